#include "runtime/config/worker_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "runtime/config/nearest.hpp"
#include "runtime/kafka/properties.hpp"

namespace weir::runtime::config {
namespace {

constexpr std::array<const char*, 4> kDistributedKeys = {"group.id", "config.storage.topic", "offset.storage.topic",
                                                         "status.storage.topic"};

// Kafka Connect's keys that mean nothing here; they are known, so that a worker file can be taken over as it is.
constexpr std::array<std::string_view, 37> kIgnored = {
    "plugin.discovery", "key.converter.plugin.version", "value.converter.plugin.version", "header.converter.plugin.version",
    "rest.extension.classes", "metric.reporters", "metrics.sample.window.ms", "metrics.num.samples",
    "metrics.recording.level", "internal.key.converter", "internal.value.converter", "session.timeout.ms",
    "heartbeat.interval.ms", "rebalance.timeout.ms", "worker.sync.timeout.ms", "worker.unsync.backoff.ms",
    "connect.protocol", "inter.worker.key.generation.algorithm", "inter.worker.signature.algorithm",
    "inter.worker.verification.algorithms", "inter.worker.key.size", "inter.worker.key.ttl.ms", "ssl.client.auth",
    "client.dns.lookup", "metadata.max.age.ms", "connections.max.idle.ms", "retry.backoff.ms", "retry.backoff.max.ms",
    "reconnect.backoff.ms", "reconnect.backoff.max.ms", "request.timeout.ms", "security.providers", "auto.include.jmx.reporter",
    "metrics.context.", "listeners.https.", "admin.listeners.https.", "offset.storage.file.filename"};

bool is_ignored(std::string_view key) {
  return std::any_of(kIgnored.begin(), kIgnored.end(), [&](std::string_view known) {
    return known.back() == '.' ? key.substr(0, known.size()) == known : key == known;
  });
}

const std::string* find(const ConfigMap& map, std::string_view key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

// "http://host:port", "https://[::1]:8083", host may be empty. nullopt: not of that form.
struct Listener {
  std::string protocol;
  std::string host;
  int port;
};
std::optional<Listener> parse_listener(std::string_view text) {
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(scheme + 3);
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  Listener out{std::string(text.substr(0, scheme)), std::string(rest.substr(0, colon)), 0};
  const std::string_view port = rest.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size() || out.port < 0 || out.port > 65535) {
    return std::nullopt;
  }
  if (out.host.size() > 1 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  for (char& c : out.protocol) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

void check(const WorkerKeys& keys, ConfigProblems& problems) {
  const auto factor = [&](const char* key, std::int16_t value) {
    if (value != -1 && value < 1) {
      problems.push_back({key, weir::detail::invalid(std::to_string(value), key, "Replication factor must be larger than 0, or -1 to use the broker's default")});
    }
  };
  factor("config.storage.replication.factor", keys.config_replication_factor);
  factor("offset.storage.replication.factor", keys.offset_replication_factor);
  factor("status.storage.replication.factor", keys.status_replication_factor);
  const auto partitions = [&](const char* key, std::int32_t value) {
    if (value != -1 && value < 1) {
      problems.push_back({key, weir::detail::invalid(std::to_string(value), key, "Number of partitions must be larger than 0, or -1 to use the broker's default")});
    }
  };
  partitions("offset.storage.partitions", keys.offset_partitions);
  partitions("status.storage.partitions", keys.status_partitions);
  if (keys.listeners.empty()) {
    problems.push_back({"listeners", weir::detail::invalid("", "listeners", "List must contain at least one listener")});
  }
  std::vector<std::string> all = keys.listeners;
  all.insert(all.end(), keys.admin_listeners.begin(), keys.admin_listeners.end());
  for (const std::string& listener : all) {
    const auto parsed = parse_listener(listener);
    if (!parsed || (parsed->protocol != "http" && parsed->protocol != "https")) {
      problems.push_back({"listeners", weir::detail::invalid(listener, "listeners", "Listener must be of the form http://host:port or https://host:port")});
    }
  }
  if (keys.exactly_once_support && *keys.exactly_once_support != "disabled" &&
      *keys.exactly_once_support != "preparing" && *keys.exactly_once_support != "enabled") {
    problems.push_back({"exactly.once.source.support", weir::detail::invalid(*keys.exactly_once_support, "exactly.once.source.support", "String must be one of (case insensitive): ENABLED, DISABLED, PREPARING")});
  }
}

ConfigDef<WorkerKeys> describe() {
  using K = WorkerKeys;
  return ConfigDef<K>{}
      .field("bootstrap.servers", &K::bootstrap_servers, "Kafka's brokers, host:port, separated by commas.").importance(Importance::high)
      .field("group.id", &K::group_id, "Name of this worker's cluster.").importance(Importance::high)
      .field("client.id", &K::client_id, "Part of the client ids of the worker's own clients.")
      .field("config.storage.topic", &K::config_topic, "Compacted topic of the connectors' configs, one partition.").importance(Importance::high)
      .field("offset.storage.topic", &K::offset_topic, "Compacted topic of the source offsets.").importance(Importance::high)
      .field("status.storage.topic", &K::status_topic, "Compacted topic of the statuses.").importance(Importance::high)
      .field("config.storage.replication.factor", &K::config_replication_factor, "Replicas of the config topic when it is created; -1 is the broker's default.")
      .field("offset.storage.replication.factor", &K::offset_replication_factor, "Replicas of the offset topic when it is created; -1 is the broker's default.")
      .field("status.storage.replication.factor", &K::status_replication_factor, "Replicas of the status topic when it is created; -1 is the broker's default.")
      .field("offset.storage.partitions", &K::offset_partitions, "Partitions of the offset topic when it is created.")
      .field("status.storage.partitions", &K::status_partitions, "Partitions of the status topic when it is created.")
      .field("key.converter", &K::key_converter, "Converter of record keys, unless a connector has its own.").class_name().importance(Importance::high)
      .field("value.converter", &K::value_converter, "Converter of record values, unless a connector has its own.").class_name().importance(Importance::high)
      .field("header.converter", &K::header_converter, "Converter of header values, unless a connector has its own.").class_name()
      .field("plugin.path", &K::plugin_path, "Folders with .so files, or .so files; default ../plugins and ../lib/weir/plugins from the program.")
      .field("offset.flush.interval.ms", &K::offset_flush_interval, "How often offsets are committed.").at_least(1)
      .field("offset.flush.timeout.ms", &K::offset_flush_timeout, "Limit for one commit of offsets.").at_least(1)
      .field("task.shutdown.graceful.timeout.ms", &K::shutdown_timeout, "How long all tasks together may take to stop.").at_least(0)
      .field("topic.creation.enable", &K::topic_creation, "Whether sources may create topics with topic.creation.* of their config.")
      .field("topic.tracking.enable", &K::topic_tracking, "Whether the topics that connectors use are remembered.")
      .field("topic.tracking.allow.reset", &K::topic_tracking_reset, "Whether that memory may be reset over REST.")
      .choice("connector.client.config.override.policy", &K::override_policy,
              {{"All", OverridePolicy::all},
               {"None", OverridePolicy::none},
               {"Principal", OverridePolicy::principal},
               {"AllConnectorClientConfigOverridePolicy", OverridePolicy::all},
               {"NoneConnectorClientConfigOverridePolicy", OverridePolicy::none},
               {"PrincipalConnectorClientConfigOverridePolicy", OverridePolicy::principal},
               {"org.apache.kafka.connect.connector.policy.AllConnectorClientConfigOverridePolicy", OverridePolicy::all},
               {"org.apache.kafka.connect.connector.policy.NoneConnectorClientConfigOverridePolicy", OverridePolicy::none},
               {"org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy", OverridePolicy::principal}},
              "Which client properties connectors may set with producer.override. and the like.")
      .field("listeners", &K::listeners, "Where the REST API listens: http://host:port, several with commas.")
      .field("rest.advertised.host.name", &K::advertised_host, "Host name that other workers and statuses use.")
      .field("rest.advertised.port", &K::advertised_port, "Port that other workers and statuses use.").between(0, 65535)
      .field("rest.advertised.listener", &K::advertised_listener, "Protocol of the listener that other workers use.")
      .field("admin.listeners", &K::admin_listeners, "Where /admin listens; default as listeners, empty: nowhere.")
      .field("access.control.allow.origin", &K::allow_origin, "CORS: allowed origin.")
      .field("access.control.allow.methods", &K::allow_methods, "CORS: allowed methods.")
      .field("response.http.headers.config", &K::response_headers, "Headers to be added to REST answers: [set|add|setDate|addDate] Name: Value, with commas.")
      .field("exactly.once.source.support", &K::exactly_once_support, "disabled, preparing or enabled.")
      .field("scheduled.rebalance.max.delay.ms", &K::scheduled_rebalance_delay, "Accepted; work of a lost worker is not held back.")
      .prefix("config.storage.", &K::config_topic_settings, "Settings of the config topic when it is created.")
      .prefix("offset.storage.", &K::offset_topic_settings, "Settings of the offset topic when it is created.")
      .prefix("status.storage.", &K::status_topic_settings, "Settings of the status topic when it is created.")
      .prefix("config.providers", &K::providers, "Config providers.")
      .prefix("key.converter.", &K::key_converter_settings, "Options of the key converter.")
      .prefix("value.converter.", &K::value_converter_settings, "Options of the value converter.")
      .prefix("header.converter.", &K::header_converter_settings, "Options of the header converter.")
      .prefix("producer.", &K::producer, "Properties of the producers of connectors.")
      .prefix("consumer.", &K::consumer, "Properties of the consumers of connectors.")
      .prefix("admin.", &K::admin, "Properties of the admin clients of connectors.")
      .check(&check);
}

void take_out(ConfigMap& settings, std::initializer_list<std::string_view> known) {
  for (const std::string_view key : known) {
    if (const auto it = settings.find(key); it != settings.end()) {
      settings.erase(it);
    }
  }
}

}  // namespace

const ConfigDef<WorkerKeys>& worker_config_def() {
  static const auto* def = new ConfigDef<WorkerKeys>(describe());
  return *def;
}

Result<WorkerConfig> WorkerConfig::create(const ConfigMap& file, bool embedded, bool strict) {
  WorkerConfig out;
  out.embedded = embedded;
  auto providers = ConfigProviders::create(file, out.warnings);
  if (!providers) {
    return providers.error();
  }
  auto resolved = providers->resolve(file);
  if (!resolved) {
    return resolved.error();
  }
  if (const std::string* path = find(file, "plugin.path")) {
    resolved->config["plugin.path"] = *path;  // read before providers exist (KC)
  }
  out.config_providers = std::move(*providers);
  out.secrets = std::move(resolved->secrets);
  const std::vector<std::string> unresolved = resolved->warnings;
  for (std::string& warning : resolved->warnings) {
    if (warning.find("\"plugin.path\"") == std::string::npos) {
      out.warnings.push_back(std::move(warning));
    }
  }
  ConfigMap values = std::move(resolved->config);

  ConfigProblems problems;
  std::vector<std::string> missing;
  for (const char* key : kDistributedKeys) {
    const std::string* text = find(values, key);
    if (text == nullptr || text->empty()) {
      missing.emplace_back(key);
    }
  }
  out.standalone = missing.size() == kDistributedKeys.size() || embedded;
  if (out.standalone) {
    static constexpr std::array<const char*, 4> kDefaults = {"weir", "weir-configs", "weir-offsets", "weir-status"};
    for (std::size_t i = 0; i < kDistributedKeys.size(); ++i) {
      values.try_emplace(kDistributedKeys[i], kDefaults[i]);
    }
    values.try_emplace("key.converter", "org.apache.kafka.connect.json.JsonConverter");
    values.try_emplace("value.converter", "org.apache.kafka.connect.json.JsonConverter");
    missing.clear();
  }
  for (const char* key : {"key.converter", "value.converter"}) {
    if (find(values, key) == nullptr) {
      missing.emplace_back(key);
    }
  }
  for (const std::string& key : missing) {
    problems.push_back({key, fmt::format("Missing required configuration \"{}\" which has no default value.", key)});
  }

  static_cast<WorkerKeys&>(out) = worker_config_def().parse(values, problems);
  const std::array<std::string, 3> topics = {out.config_topic, out.offset_topic, out.status_topic};
  if (problems.empty() && std::set<std::string>(topics.begin(), topics.end()).size() < topics.size()) {
    problems.push_back({"config.storage.topic", "config.storage.topic, offset.storage.topic and status.storage.topic must name three different topics"});
  }
  take_out(out.config_topic_settings, {"topic", "replication.factor", "partitions", "cleanup.policy"});
  take_out(out.offset_topic_settings, {"topic", "replication.factor", "partitions", "cleanup.policy", "file.filename"});
  take_out(out.status_topic_settings, {"topic", "replication.factor", "partitions", "cleanup.policy"});
  if (embedded) {
    out.config_replication_factor = out.offset_replication_factor = out.status_replication_factor = 1;
  }

  std::vector<std::string> known;
  std::vector<std::string> prefixes;
  for (const weir_config_key& key : worker_config_def().keys()) {
    (((key.flags & WEIR_KEY_PREFIX) != 0) ? prefixes : known)
        .emplace_back(static_cast<const char*>(key.name.data), key.name.size);
  }
  std::vector<std::string> unknown;
  for (const auto& [key, text] : values) {
    const std::string_view name = key;
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      continue;
    }
    const auto prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](const std::string& p) {
      return name.size() > p.size() && name.substr(0, p.size()) == p;
    });
    if (name == "offset.storage.file.filename") {
      out.warnings.push_back(fmt::format("offset.storage.file.filename is not read: source offsets live in the Kafka topic {}", out.offset_topic));
    } else if (name == "config.providers") {
      // A property of Java's clients too, but the worker has resolved everything already.
    } else if (is_ignored(name)) {
      if (kafka::is_client_property(name)) {
        out.client[key] = text;
      }
    } else if (prefix != prefixes.end()) {
      if (*prefix == "producer." || *prefix == "consumer." || *prefix == "admin.") {
        const std::string_view property = name.substr(prefix->size());
        if (!kafka::is_client_property(property)) {
          const auto near = nearest(property, kafka::client_property_names());
          unknown.push_back(fmt::format("Unknown key \"{}\" is ignored: no client of Kafka has a property \"{}\"{}", key, property,
                                        near ? fmt::format("; did you mean \"{}{}\"?", *prefix, *near) : "."));
        }
      }
    } else if (kafka::is_client_property(name)) {
      out.client[key] = text;
    } else {
      unknown.push_back(unknown_key_text(name, known));
    }
  }
  if (strict) {
    for (const std::string& text : unknown) {
      problems.push_back({"", text});
    }
  } else {
    out.warnings.insert(out.warnings.end(), unknown.begin(), unknown.end());
  }
  if (out.scheduled_rebalance_delay.count() > 0) {
    out.warnings.push_back("scheduled.rebalance.max.delay.ms is not used: work of a lost worker is taken over at once");
  }

  if (!problems.empty()) {
    std::string text;
    for (const ConfigProblem& problem : problems) {
      text.append(text.empty() ? "" : "\n").append(problem.message);
    }
    for (const std::string& warning : unresolved) {  // probably the reason
      text.append("\n").append(warning);
    }
    return bad_config(text);
  }
  out.admin_listeners_set = values.contains("admin.listeners");
  out.values = std::move(values);

  const auto first = parse_listener(out.listeners.front());
  std::string host = out.advertised_host.value_or(first->host.empty() || first->host == "0.0.0.0" || first->host == "::" ? "localhost" : first->host);
  if (host.find(':') != std::string::npos) {
    host = "[" + host + "]";
  }
  out.worker_id = fmt::format("{}:{}", host, out.advertised_port.value_or(first->port));
  return out;
}

}  // namespace weir::runtime::config
