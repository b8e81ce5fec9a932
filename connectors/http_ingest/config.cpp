#include "config.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace weir::connectors::http_ingest {
namespace {

void problem(ConfigProblems& problems, const std::string& key, const std::string& value,
             const std::string& why) {
  problems.push_back({key, detail::invalid(value, key, why)});
}

Template parse_template(const std::string& key, const std::string& text, ConfigProblems& problems) {
  auto parsed = Template::parse(text);
  if (!parsed) {
    problem(problems, key, text, parsed.error().message);
    return {};
  }
  for (const Root root : {Root::key, Root::partition, Root::offset, Root::timestamp}) {
    if (parsed->uses(root)) {
      problem(problems, key, text, "a request has only value, header and topic");
      return {};
    }
  }
  return std::move(*parsed);
}

/// The methods and modes of the specification that this version does not have are refused, never
/// passed over.
void check_not_built(const Config& c, ConfigProblems& problems) {
  constexpr std::string_view kLater = "not supported by this version";
  auto refuse = [&](bool asked, const std::string& key, const std::string& value) {
    if (asked) {
      problem(problems, key, value, std::string(kLater));
    }
  };
  refuse(!c.ssl_keystore.empty(), "ssl.keystore.location", c.ssl_keystore);
  refuse(c.ssl_client_auth != "none", "ssl.client.auth", c.ssl_client_auth);
  refuse(!c.idempotency_topic.empty(), "idempotency.topic", c.idempotency_topic);
  refuse(!c.cors_origins.empty(), "cors.origins", c.cors_origins);
  refuse(c.rate_limit_global != 0, "rate.limit.global", std::to_string(c.rate_limit_global));
  refuse(c.rate_limit_ip != 0, "rate.limit.ip", std::to_string(c.rate_limit_ip));
  for (const auto& [name, value] : c.plan) {
    problem(problems, "plan." + name, value, std::string(kLater));
  }
  for (const auto& [name, value] : c.jwt) {
    problem(problems, "auth.jwt." + name, "[hidden]", std::string(kLater));
  }
  for (const auto& [name, value] : c.hmac) {
    problem(problems, "auth.hmac." + name, "[hidden]", std::string(kLater));
  }
  refuse(c.validation_mode == "dlq", "validation.mode", c.validation_mode);
  for (const std::string& method : c.auth_methods) {
    if (method == "basic" || method == "jwt" || method == "hmac" || method == "mtls") {
      problem(problems, "auth.methods", method, std::string(kLater) + "; use api_key or none");
    } else if (method != "none" && method != "api_key") {
      problem(problems, "auth.methods", method, "String must be one of: none, api_key");
    }
  }
}

void check_all(const Config& c, ConfigProblems& problems) {
  check_not_built(c, problems);
  if (c.auth_methods.empty()) {
    problem(problems, "auth.methods", "", "name at least one method; none lets everybody in");
  }
  if (!c.anonymous() && c.api_keys_file.empty()) {
    problems.push_back(
        {"auth.api.keys.file",
         "Missing required configuration \"auth.api.keys.file\": auth.methods has api_key."});
  }
  if (c.listeners.empty()) {
    problem(problems, "listeners", "", "name at least one");
  }
  for (const std::string& listener : c.listeners) {
    if (auto parsed = parse_listener(listener); !parsed) {
      problem(problems, "listeners", listener, parsed.error().message);
    }
  }
  (void)parse_routes(c, problems);
  (void)parse_topic_schemas(c, problems);
  if (c.routes.empty() && c.topics_allow.empty()) {
    problems.push_back(
        {"routes", "Nothing can be posted: neither routes nor api.topics.allow is set."});
  }
}

}  // namespace

bool Config::anonymous() const {
  return std::find(auth_methods.begin(), auth_methods.end(), "none") != auth_methods.end();
}

ConfigDef<Config> describe_config() {
  ConfigDef<Config> def;
  def.field("listeners", &Config::listeners,
            "Where to listen: http://HOST:PORT. Port 0 takes any free one; the log and the metric "
            "weir_http_ingest_port say which.")
      .importance(Importance::high)
      .field("routes", &Config::routes, "Names of the business routes.")
      .importance(Importance::high)
      .prefix("route.", &Config::route,
              "Of each route {n}: route.{n}.path, .topic, .key, .idempotency.key and .timestamp "
              "(templates such as "
              "S-${value.storeNo}-${value.txnNo}), .schema (a file; default: the topic's), "
              ".headers.forward (names "
              "of request headers that become Kafka headers).")
      .importance(Importance::high)
      .field("topic.schemas", &Config::topic_schemas,
             "topic=file.json, ...: the JSON Schema (draft 7) of what may be written there, "
             "whichever way it comes.")
      .importance(Importance::high)
      .choice("value.format", &Config::value_format,
              {{"bytes", BodyKind::bytes}, {"string", BodyKind::string}, {"json", BodyKind::json}},
              "What a body is for transforms and converters; in each case the bytes that came "
              "reach Kafka. bytes: for "
              "ByteArrayConverter; string: for StringConverter; json: an object that transforms "
              "can look into, for "
              "JsonConverter without schemas.")
      .choice("response.mode", &Config::response_mode,
              {{"acks", ResponseMode::acks}, {"accepted", ResponseMode::accepted}},
              "acks: answer when Kafka has the record. accepted: 202 as soon as it is validated; a "
              "crash loses it.")
      .field("validation.mode", &Config::validation_mode,
             "reject: what does not follow its schema gets 422. off: schemas are not looked at.")
      .one_of({"reject", "off", "dlq"});
  def.field("api.v2.enable", &Config::v2_enable,
            "Serve the produce API of Confluent REST Proxy, v2.")
      .group("Produce API")
      .field("api.v3.enable", &Config::v3_enable,
             "Serve the produce API of Confluent REST Proxy, v3: records and records:batch.")
      .group("Produce API")
      .field("api.topics.allow", &Config::topics_allow,
             "Topics that the produce APIs may write: names, or beginnings that end with *. Empty: "
             "none.")
      .group("Produce API")
      .importance(Importance::high);
  def.field("auth.methods", &Config::auth_methods,
            "How callers show who they are: api_key, or none.")
      .group("Authentication")
      .importance(Importance::high)
      .field("auth.api.keys.file", &Config::api_keys_file,
             "Lines id:sha256(key) in hex:plan:topics (a comma list, or *). Read again when it "
             "changes. The key comes "
             "in the header X-API-Key.")
      .group("Authentication")
      .importance(Importance::high);
  def.field("request.max.bytes", &Config::request_max_bytes, "Longest body.")
      .between(1, 1 << 30)
      .group("Limits")
      .field("header.max.bytes", &Config::header_max_bytes, "Longest request line and headers.")
      .between(256, 1 << 20)
      .group("Limits")
      .field("max.json.depth", &Config::max_json_depth, "Deepest nesting of a body.")
      .between(1, 256)
      .group("Limits")
      .field("max.connections", &Config::max_connections, "Connections at a time; more get 503.")
      .at_least(1)
      .group("Limits")
      .field("max.inflight.bytes", &Config::max_inflight_bytes,
             "Bodies held at a time, until Kafka has them; past that a request gets 503.")
      .at_least(1)
      .group("Limits")
      .field("request.timeout.ms", &Config::request_timeout,
             "From the end of the headers to the answer; 408 while the body is awaited, 503 after.")
      .at_least(1)
      .group("Limits")
      .field("header.timeout.ms", &Config::header_timeout,
             "From the first byte of a request to the end of its headers.")
      .at_least(1)
      .group("Limits")
      .field("idle.timeout.ms", &Config::idle_timeout,
             "How long a connection may wait between two requests.")
      .at_least(1)
      .group("Limits")
      .field("shutdown.timeout.ms", &Config::shutdown_timeout,
             "How long a stop waits for answers to be sent.")
      .at_least(0)
      .group("Limits")
      .field("server.threads", &Config::server_threads, "Threads that serve connections.")
      .between(1, 64)
      .group("Limits");
  def.field("idempotency.header", &Config::idempotency_header,
            "Header with the caller's idempotency key.")
      .non_empty()
      .group("Idempotency")
      .field("idempotency.ttl.ms", &Config::idempotency_ttl,
             "How long an answered request is remembered.")
      .at_least(0)
      .group("Idempotency")
      .field("idempotency.max.entries", &Config::idempotency_max_entries,
             "How many are; the oldest go first.")
      .at_least(0)
      .group("Idempotency");
  def.field("docs.enabled", &Config::docs_enabled, "Serve /openapi.json.")
      .importance(Importance::low)
      .field("access.log", &Config::access_log,
             "Which requests are logged, one JSON line each, without bodies.")
      .one_of({"off", "errors", "all"})
      .importance(Importance::low);
  // Of later versions; see check_not_built.
  constexpr const char* kReserved = "Reserved; another value than the default is refused.";
  def.field("ssl.keystore.location", &Config::ssl_keystore, kReserved)
      .importance(Importance::low)
      .field("ssl.client.auth", &Config::ssl_client_auth, kReserved)
      .importance(Importance::low)
      .field("idempotency.topic", &Config::idempotency_topic, kReserved)
      .importance(Importance::low)
      .field("cors.origins", &Config::cors_origins, kReserved)
      .importance(Importance::low);
  def.field("rate.limit.global", &Config::rate_limit_global, kReserved)
      .importance(Importance::low)
      .field("rate.limit.ip", &Config::rate_limit_ip, kReserved)
      .importance(Importance::low)
      .prefix("plan.", &Config::plan, "Reserved; refused.")
      .importance(Importance::low)
      .prefix("auth.jwt.", &Config::jwt, "Reserved; refused.")
      .importance(Importance::low)
      .prefix("auth.hmac.", &Config::hmac, "Reserved; refused.")
      .importance(Importance::low)
      .check(check_all);
  return def;
}

std::vector<Route> parse_routes(const Config& config, ConfigProblems& problems) {
  std::vector<Route> routes;
  std::set<std::string, std::less<>> known;
  std::set<std::string, std::less<>> paths;
  for (const std::string& name : config.routes) {
    Route route;
    route.name = name;
    auto get = [&](const std::string& option) -> std::string {
      known.insert(name + "." + option);
      auto it = config.route.find(name + "." + option);
      return it == config.route.end() ? std::string() : std::string(detail::trim(it->second));
    };
    const std::string start = "route." + name + ".";
    auto required = [&](const std::string& option) {
      std::string value = get(option);
      if (value.empty()) {
        problems.push_back({start + option, "Missing required configuration \"" + start + option +
                                                "\" which has no default value."});
      }
      return value;
    };
    route.path = required("path");
    if (!route.path.empty() &&
        (route.path.front() != '/' || route.path.find_first_of("?#% ") != std::string::npos)) {
      problem(problems, start + "path", route.path,
              "a path begins with / and has no ?, #, % or blank");
    } else if (route.path == "/openapi.json" || route.path.starts_with("/health/") ||
               route.path == "/topics" || route.path.starts_with("/topics/") ||
               route.path.starts_with("/v3/")) {
      problem(problems, start + "path", route.path, "the path is taken");
    } else if (!route.path.empty() && !paths.insert(route.path).second) {
      problem(problems, start + "path", route.path, "two routes have this path");
    }
    route.topic = required("topic");
    if (!route.topic.empty() && !is_topic_name(route.topic)) {
      problem(problems, start + "topic", route.topic, "not a topic name");
    }
    route.key = parse_template(start + "key", get("key"), problems);
    route.idempotency_key =
        parse_template(start + "idempotency.key", get("idempotency.key"), problems);
    route.timestamp = parse_template(start + "timestamp", get("timestamp"), problems);
    route.schema_file = get("schema");
    route.forwarded_headers = detail::split_list(get("headers.forward"));
    for (const char* later : {"auth", "plan"}) {
      if (const std::string value = get(later); !value.empty()) {
        problem(problems, start + later, value, "not supported by this version");
      }
    }
    routes.push_back(std::move(route));
  }
  for (const auto& [key, value] : config.route) {
    if (known.find(key) == known.end()) {
      problem(problems, "route." + key, value, "no such route in routes, or no such option");
    }
  }
  return routes;
}

std::map<std::string, std::string, std::less<>> parse_topic_schemas(const Config& config,
                                                                    ConfigProblems& problems) {
  std::map<std::string, std::string, std::less<>> out;
  for (const std::string& entry : config.topic_schemas) {
    const auto equals = entry.find('=');
    const std::string topic(detail::trim(std::string_view(entry).substr(0, equals)));
    if (equals == std::string::npos || !is_topic_name(topic) || equals + 1 == entry.size()) {
      problem(problems, "topic.schemas", entry, "an entry is topic=file");
      continue;
    }
    out[topic] = std::string(detail::trim(std::string_view(entry).substr(equals + 1)));
  }
  return out;
}

Result<Listener> parse_listener(std::string_view text) {
  constexpr std::string_view kHttp = "http://";
  if (text.starts_with("https://")) {
    return bad_config("https is not supported by this version; put a TLS proxy in front");
  }
  if (!text.starts_with(kHttp)) {
    return bad_config("a listener is http://HOST:PORT");
  }
  text.remove_prefix(kHttp.size());
  if (!text.empty() && text.back() == '/') {
    text.remove_suffix(1);
  }
  const auto colon = text.rfind(':');
  Listener out;
  if (colon == std::string_view::npos) {
    return bad_config("a listener names its port: http://HOST:PORT");
  }
  out.host = std::string(text.substr(0, colon));
  out.port = std::string(text.substr(colon + 1));
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  } else if (out.host.find(':') != std::string::npos) {
    return bad_config("an IPv6 address stands in brackets");
  }
  std::uint16_t port = 0;
  if (detail::parse_into(out.port, port)) {
    return bad_config("the port is a number up to 65535");
  }
  return out;
}

bool is_topic_name(std::string_view name) {
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool is_allowed(const std::vector<std::string>& allow, std::string_view topic) {
  return std::any_of(allow.begin(), allow.end(), [&](std::string_view entry) {
    return !entry.empty() && entry.back() == '*'
               ? topic.starts_with(entry.substr(0, entry.size() - 1))
               : topic == entry;
  });
}

}  // namespace weir::connectors::http_ingest
