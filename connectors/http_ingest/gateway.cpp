#include "gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <charconv>
#include <chrono>
#include <utility>

#include "strict_json.hpp"

namespace weir::connectors::http_ingest {
namespace {

namespace http = boost::beast::http;

constexpr std::int64_t kPolledWithinMs = 15'000;
constexpr std::int64_t kRefusalLastsMs = 10'000;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

struct MediaType {
  std::string type;
  bool utf8{true};
};
MediaType media_type(std::string_view text) {
  MediaType out;
  const auto semicolon = text.find(';');
  out.type = lower(detail::trim(text.substr(0, semicolon)));
  while (!text.empty() && semicolon != std::string_view::npos) {
    const auto at = text.find(';');
    if (at == std::string_view::npos) {
      break;
    }
    text.remove_prefix(at + 1);
    const std::string parameter = lower(detail::trim(text.substr(0, text.find(';'))));
    if (parameter.starts_with("charset=")) {
      const std::string charset = parameter.substr(8);
      out.utf8 = charset == "utf-8" || charset == "\"utf-8\"" || charset == "utf8" ||
                 charset == "us-ascii";
    }
  }
  return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size() ||
        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr !=
            text.data() + i + 3) {
      return std::nullopt;
    }
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

Answer unauthorized(ErrorForm form, std::string_view why) {
  return error_answer(form, 401, why, form == ErrorForm::rest_proxy ? 40101 : 0)
      .with("WWW-Authenticate", "ApiKey realm=\"weir\", header=\"X-API-Key\"");
}

Answer not_allowed(ErrorForm form, std::string_view method, std::string_view allowed) {
  return error_answer(form, 405, "The method " + std::string(method) + " is not allowed here.")
      .with("Allow", std::string(allowed));
}

bool is_get(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

std::string_view header_of(const Fields& fields, std::string_view name) {
  auto it = fields.find(boost::beast::string_view(name.data(), name.size()));
  return it == fields.end() ? std::string_view{}
                            : std::string_view(it->value().data(), it->value().size());
}

Gateway::Gateway(const Config& config, std::string cluster_id)
    : config_(config),
      cluster_id_(std::move(cluster_id)),
      idempotency_(config.idempotency_ttl,
                   static_cast<std::size_t>(config.idempotency_max_entries)) {}

Result<std::unique_ptr<Gateway>> Gateway::make(const Config& config, std::string cluster_id,
                                               Log log) {
  std::unique_ptr<Gateway> gateway(new Gateway(config, std::move(cluster_id)));
  ConfigProblems problems;
  gateway->routes_ = parse_routes(config, problems);
  const auto files = parse_topic_schemas(config, problems);
  if (config.validates()) {
    for (const auto& [topic, file] : files) {
      auto schema = json_schema::JsonSchema::load(file);
      if (!schema) {
        problems.push_back({"topic.schemas", schema.error().message});
        continue;
      }
      gateway->schemas_.emplace(topic, std::move(*schema));
    }
    for (const Route& route : gateway->routes_) {
      if (route.schema_file.empty()) {
        continue;
      }
      auto schema = json_schema::JsonSchema::load(route.schema_file);
      if (!schema) {
        problems.push_back({"route." + route.name + ".schema", schema.error().message});
        continue;
      }
      gateway->route_schemas_.emplace(&route, std::move(*schema));
    }
  }
  for (const Route& route : gateway->routes_) {
    gateway->by_path_.emplace(route.path, &route);
  }
  gateway->everybody_ = std::make_shared<Principal>(Principal{"", "", {"*"}});
  if (!config.anonymous()) {
    auto keys = ApiKeys::open(config.api_keys_file, std::move(log));
    if (!keys) {
      problems.push_back({"auth.api.keys.file", keys.error().message});
    } else {
      gateway->keys_ = std::move(*keys);
    }
  }
  if (!problems.empty()) {
    std::string text;
    for (const auto& p : problems) {
      text.append(text.empty() ? "" : "\n").append(p.key).append(": ").append(p.message);
    }
    return bad_config(text);
  }
  gateway->openapi_ = openapi_document(config, gateway->routes_);
  return gateway;
}

std::variant<Answer, Admission> Gateway::admit(const Head& head) const {
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (head.fields.count(http::field::transfer_encoding) > 0 && !head.chunked) {
    Answer answer =
        error_answer(ErrorForm::problem, 400, "Only the transfer encoding chunked is understood.");
    answer.close = true;
    return answer;
  }
  Admission admission;
  if (auto it = by_path_.find(path); it != by_path_.end()) {
    if (head.method != "POST") {
      return not_allowed(ErrorForm::problem, head.method, "POST");
    }
    admission.route = it->second;
    admission.topic = it->second->topic;
    return admit_post(head, std::move(admission));
  }
  if (path.starts_with("/health/") || path == "/openapi.json") {
    return is_get(head.method) ? get(path)
                               : not_allowed(ErrorForm::problem, head.method, "GET, HEAD");
  }
  auto found = find_produce_path(path, head.method);
  if (auto* answer = std::get_if<Answer>(&found)) {
    return std::move(*answer);
  }
  return admit_post(head, std::get<Admission>(std::move(found)));
}

/// What the produce APIs have at a path; listings (topic empty) are answered in admit_post, behind
/// authentication.
std::variant<Answer, Admission> Gateway::find_produce_path(std::string_view path,
                                                           std::string_view method) const {
  std::vector<std::string> parts;
  for (std::string_view rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const auto slash = rest.find('/');
    auto part = percent_decoded(rest.substr(0, slash));
    parts.push_back(part ? std::move(*part) : std::string());
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash);
  }
  const bool v2 = config_.v2_enable && !parts.empty() && parts[0] == "topics";
  const bool v3 =
      config_.v3_enable && parts.size() >= 2 && parts[0] == "v3" && parts[1] == "clusters";
  const Answer missing = error_answer(v2 || v3 ? ErrorForm::rest_proxy : ErrorForm::problem, 404,
                                      "Nothing is at this path.");
  Admission admission;
  if ((v2 && parts.size() == 1) ||
      (v3 && (parts.size() == 2 || (parts.size() == 3 && parts[2] == cluster_id_)))) {
    if (!is_get(method)) {
      return not_allowed(ErrorForm::rest_proxy, method, "GET, HEAD");
    }
    admission.api = v2 ? Api::v2 : Api::v3_records;
    return admission;
  }
  if (v2 && (parts.size() == 2 || (parts.size() == 4 && parts[2] == "partitions"))) {
    admission.api = Api::v2;
    admission.topic = parts[1];
    if (parts.size() == 4) {
      std::int32_t partition = -1;
      const auto [end, ec] =
          std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), partition);
      if (ec != std::errc{} || end != parts[3].data() + parts[3].size() || partition < 0) {
        return error_answer(ErrorForm::rest_proxy, 404, "Partition not found.", 40402);
      }
      admission.partition = partition;
    }
  } else if (v3 && parts.size() == 6 && parts[2] == cluster_id_ && parts[3] == "topics" &&
             (parts[5] == "records" || parts[5] == "records:batch")) {
    admission.api = parts[5] == "records" ? Api::v3_records : Api::v3_batch;
    admission.topic = parts[4];
  } else {
    return missing;
  }
  if (!is_topic_name(admission.topic)) {
    return error_answer(ErrorForm::rest_proxy, 404, "Topic not found.", 40401);
  }
  if (method != "POST") {
    return not_allowed(ErrorForm::rest_proxy, method, "POST");
  }
  return admission;
}

std::variant<Answer, Admission> Gateway::admit_post(const Head& head, Admission admission) const {
  const ErrorForm form = admission.form();
  if (keys_ == nullptr) {
    admission.principal = everybody_;
  } else {
    const std::string_view key = header_of(head.fields, "X-API-Key");
    if (key.empty()) {
      return unauthorized(form, "The header X-API-Key is missing.");
    }
    admission.principal = keys_->find(key);
    if (admission.principal == nullptr) {
      return unauthorized(form, "The key in X-API-Key is not known.");
    }
  }
  if (admission.topic.empty()) {  // a listing
    Answer listing;
    if (admission.api == Api::v2) {
      listing.content_type = "application/vnd.kafka.v2+json";
      for (const std::string& topic : config_.topics_allow) {
        if (!topic.ends_with('*') && admission.principal->may_write(topic)) {
          listing.body.append(listing.body.empty() ? "" : ",").append(quoted(topic));
        }
      }
      listing.body = "[" + listing.body + "]";
    } else {
      const std::string id = quoted(cluster_id_);
      const std::string cluster = "{\"kind\":\"KafkaCluster\",\"cluster_id\":" + id + "}";
      const bool list = head.target.substr(0, head.target.find('?')) == "/v3/clusters";
      listing.body = list ? "{\"kind\":\"KafkaClusterList\",\"data\":[" + cluster + "]}" : cluster;
    }
    return listing;
  }
  const int no_topic = form == ErrorForm::rest_proxy ? 40301 : 0;
  if (admission.api != Api::route && !is_allowed(config_.topics_allow, admission.topic)) {
    return error_answer(form, 403, "The topic " + admission.topic + " is not open to this API.",
                        no_topic);
  }
  if (!admission.principal->may_write(admission.topic)) {
    return error_answer(form, 403, "This key may not write the topic " + admission.topic + ".",
                        no_topic);
  }

  const MediaType type = media_type(header_of(head.fields, "Content-Type"));
  bool fine = type.utf8 && header_of(head.fields, "Content-Encoding").empty();
  if (admission.api == Api::v2) {
    const bool json = type.type == "application/vnd.kafka.json.v2+json";
    admission.binary = type.type == "application/vnd.kafka.binary.v2+json" ||
                       type.type == "application/vnd.kafka.v2+json" ||
                       type.type == "application/json" || type.type == "application/octet-stream";
    fine = fine && (json || admission.binary);
  } else {
    fine = fine && (type.type == "application/json" ||
                    (type.type.starts_with("application/") && type.type.ends_with("+json")));
  }
  if (!fine) {
    return error_answer(form, 415, "The content type or encoding is not supported here.");
  }
  if (!head.length && !head.chunked) {
    Answer answer = error_answer(form, 411, "The request has no Content-Length.");
    answer.close = true;
    return answer;
  }
  if (head.length && *head.length > static_cast<std::uint64_t>(config_.request_max_bytes)) {
    Answer answer = error_answer(
        form, 413, fmt::format("The body is longer than {} bytes.", config_.request_max_bytes));
    answer.close = true;
    return answer;
  }
  const std::string_view expect = header_of(head.fields, "Expect");
  if (!expect.empty() && lower(expect) != "100-continue") {
    return error_answer(form, 417, "Only the expectation 100-continue is understood.");
  }
  return admission;
}

Answer Gateway::get(std::string_view path) const {
  if (path == "/health/live") {
    return Answer{200, "application/json", "{\"status\":\"live\"}", {}, false};
  }
  if (path == "/health/ready") {
    return readiness();
  }
  if (path == "/openapi.json" && config_.docs_enabled) {
    return Answer{200, "application/json", openapi_, {}, false};
  }
  return error_answer(ErrorForm::problem, 404, "Nothing is at this path.");
}

Answer Gateway::readiness() const {
  const std::int64_t now = steady_ms();
  const std::int64_t polled = health_.polled_at_ms;
  const std::int64_t refused = health_.refused_at_ms;
  std::string_view why;
  if (health_.draining) {
    why = "stopping";
  } else if (polled == 0 || now - polled > kPolledWithinMs) {
    why = "the worker does not take records";
  } else if (refused != 0 && now - refused < kRefusalLastsMs) {
    why = "Kafka does not take records";
  } else if (health_.inflight_bytes * 10 > config_.max_inflight_bytes * 8) {
    why = "too much is waiting for Kafka";
  } else {
    return Answer{200, "application/json", "{\"status\":\"ready\"}", {}, false};
  }
  Answer answer = busy_answer(ErrorForm::problem, why);
  return answer;
}

const json_schema::JsonSchema* Gateway::schema_for(std::string_view topic) const {
  auto it = schemas_.find(topic);
  return it == schemas_.end() ? nullptr : &it->second;
}

std::variant<Answer, std::shared_ptr<Exchange>> Gateway::accept(const Admission& admission,
                                                                const Fields& fields,
                                                                std::string body) {
  auto exchange = std::make_shared<Exchange>();
  exchange->api = admission.api;
  exchange->route = admission.route;
  exchange->topic = admission.topic;
  exchange->body = std::move(body);
  auto accepted = admission.api == Api::route
                      ? accept_document(admission, fields, std::move(exchange))
                  : admission.api == Api::v2 ? accept_v2(admission, std::move(exchange))
                                             : accept_v3(admission, std::move(exchange));
  if (auto* ready = std::get_if<std::shared_ptr<Exchange>>(&accepted)) {
    Exchange& e = **ready;
    const std::string_view trace = header_of(fields, "traceparent");
    for (OutRecord& record : e.records) {
      record.exchange = &e;
      record.topic = e.topic;
      if (!trace.empty() && trace.size() <= 128) {
        record.headers.emplace_back("traceparent", e.keep(trace));
      }
    }
  }
  return accepted;
}

std::optional<Answer> Gateway::check_value(std::string_view topic, std::string_view value,
                                           std::string_view where) const {
  const json_schema::JsonSchema* schema = schema_for(topic);
  if (schema == nullptr) {
    return std::nullopt;
  }
  unsigned char memory[32 * 1024];
  boost::json::monotonic_resource resource(memory, sizeof memory);
  auto document = parse_strict(value, static_cast<std::size_t>(config_.max_json_depth), &resource);
  if (!document) {
    return error_answer(ErrorForm::rest_proxy, 422,
                        std::string(where) + ": " + document.error().message, 42203);
  }
  if (const auto problems = schema->validate(*document); !problems.empty()) {
    return schema_answer(ErrorForm::rest_proxy, problems, where);
  }
  return std::nullopt;
}

void Gateway::settled(Exchange& exchange) {
  if (!exchange.idempotency) {
    return;
  }
  const OutRecord& record = exchange.records.front();
  if (record.code == Errc::ok) {
    idempotency_.finish(*exchange.idempotency, record.landed_partition, record.landed_offset);
  } else {
    idempotency_.forget(*exchange.idempotency);
  }
}

void Gateway::cancel(Exchange& exchange) {
  if (exchange.idempotency) {
    idempotency_.forget(*exchange.idempotency);
  }
}

Answer Gateway::created(const Exchange& exchange, std::int32_t partition,
                        std::int64_t offset) const {
  const OutRecord& record = exchange.records.front();
  Answer answer;
  answer.status = config_.response_mode == ResponseMode::accepted ? 202 : 201;
  const std::string key = record.key ? quoted(*record.key) : "null";
  if (partition < 0) {  // filtered by a transform
    answer.body = fmt::format(R"({{"topic":"{}","partition":null,"offset":null,"key":{}}})",
                              exchange.topic, key);
  } else {
    answer.body = fmt::format(R"({{"topic":"{}","partition":{},"offset":{},"key":{}}})",
                              exchange.topic, partition, offset, key);
  }
  return answer;
}

Answer Gateway::accepted_answer(const Exchange& exchange) const {
  if (exchange.api == Api::route) {
    return created(exchange, -1, -1);
  }
  Answer answer;
  answer.status = 202;
  answer.body = "{}";
  return answer;
}

Answer Gateway::answer(const Exchange& exchange) const {
  switch (exchange.api) {
    case Api::v2: return v2_answer(exchange);
    case Api::v3_records: return v3_records_answer(exchange, cluster_id_);
    case Api::v3_batch: return v3_batch_answer(exchange, cluster_id_);
    case Api::route: break;
  }
  const OutRecord& record = exchange.records.front();
  switch (record.code) {
    case Errc::ok: return created(exchange, record.landed_partition, record.landed_offset);
    case Errc::bad_record:
      return error_answer(ErrorForm::problem, 422, "The record was refused: " + record.message);
    case Errc::retriable:
    case Errc::bad_config:
    case Errc::fatal: break;
  }
  return busy_answer(ErrorForm::problem, "Kafka has not taken the record: " + record.message);
}

}  // namespace weir::connectors::http_ingest
