// The worker file, typed (worker-config.md 1 and 2, weir.md 1).
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/config/providers.hpp"

namespace weir::runtime::config {

enum class OverridePolicy { all, none, principal };

/// What the file's keys say; every member's initialiser is the key's default.
struct WorkerKeys {
  std::string bootstrap_servers{"localhost:9092"};
  std::string client_id;
  std::string group_id;
  std::string config_topic;
  std::string offset_topic;
  std::string status_topic;
  std::int16_t config_replication_factor{3};
  std::int16_t offset_replication_factor{3};
  std::int16_t status_replication_factor{3};
  std::int32_t offset_partitions{25};
  std::int32_t status_partitions{5};
  std::optional<std::string> key_converter;
  std::optional<std::string> value_converter;
  std::string header_converter{"org.apache.kafka.connect.storage.SimpleHeaderConverter"};
  std::vector<std::string> plugin_path;  ///< empty: the default of plugin::default_plugin_path()
  std::chrono::milliseconds offset_flush_interval{60'000};
  std::chrono::milliseconds offset_flush_timeout{5'000};
  std::chrono::milliseconds shutdown_timeout{5'000};
  bool topic_creation{true};
  bool topic_tracking{true};
  bool topic_tracking_reset{true};
  OverridePolicy override_policy{OverridePolicy::all};
  std::vector<std::string> listeners{"http://127.0.0.1:8083"};
  std::optional<std::string> advertised_host;
  std::optional<std::int32_t> advertised_port;
  std::optional<std::string> advertised_listener;
  std::vector<std::string> admin_listeners;  ///< see admin_listeners_set
  std::string allow_origin;
  std::string allow_methods;
  std::string response_headers;
  std::optional<std::string> exactly_once_support;
  std::chrono::milliseconds scheduled_rebalance_delay{0};
  ConfigMap config_topic_settings;  ///< `config.storage.*` beyond the known ones
  ConfigMap offset_topic_settings;
  ConfigMap status_topic_settings;
  ConfigMap providers;       ///< `config.providers.*`
  ConfigMap key_converter_settings;
  ConfigMap value_converter_settings;
  ConfigMap header_converter_settings;
  ConfigMap producer;        ///< `producer.*` without the prefix
  ConfigMap consumer;
  ConfigMap admin;
};

/// Immutable once loaded; any thread.
struct WorkerConfig : WorkerKeys {
  bool standalone{false};  ///< none of group.id and the three topics was given: weir, weir-configs, weir-offsets, weir-status
  bool admin_listeners_set{false};  ///< not set: as listeners; set and empty: no /admin
  bool embedded{false};    ///< --embedded: bootstrap_servers is set by the worker later, replication factors are 1
  ConfigMap values;        ///< the file, references resolved
  ConfigMap client;        ///< un-prefixed client properties (security.protocol, sasl.*, ssl.*, request.timeout.ms ...): worker's own clients
  ConfigProviders config_providers;
  std::vector<std::string> secrets;   ///< texts to be masked in logs
  std::vector<std::string> warnings;  ///< one sentence each, to be logged at start

  /// The host:port that stands in statuses as worker_id: rest.advertised.*, else the first listener's.
  std::string worker_id;

  /// Errors: bad_config, all problems at once, a line each, in Kafka's words.
  static Result<WorkerConfig> create(const ConfigMap& file, bool embedded, bool strict = false);
};

/// The options of the worker file, for documentation.
const ConfigDef<WorkerKeys>& worker_config_def();

}  // namespace weir::runtime::config
