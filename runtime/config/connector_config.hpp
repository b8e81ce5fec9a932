// The keys that every connector has, typed (worker-config.md 3, http-sink.md 4, weir.md 3 and 5).
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/worker_config.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::config {

/// Sources and sinks alike; each member's initialiser is the default.
struct CommonKeys {
  std::string name;
  std::string connector_class;
  std::optional<std::string> plugin_version;
  std::int32_t tasks_max{1};
  bool tasks_max_enforce{true};
  std::optional<std::string> key_converter;
  std::optional<std::string> value_converter;
  std::optional<std::string> header_converter;
  std::optional<std::string> key_converter_version;
  std::optional<std::string> value_converter_version;
  std::optional<std::string> header_converter_version;
  std::vector<std::string> transforms;
  std::vector<std::string> predicates;
  std::string reload_action{"restart"};
  std::chrono::milliseconds errors_retry_timeout{0};  ///< -1: without end
  std::chrono::milliseconds errors_retry_delay_max{60'000};
  std::string errors_tolerance{"none"};
  bool errors_log{false};
  bool errors_log_messages{false};

  bool tolerates_all() const { return errors_tolerance == "all"; }
};

struct SinkKeys {
  std::vector<std::string> topics;
  std::string topics_regex;
};

/// Kafka Connect has them for sinks only; here sources have them too.
struct DeadLetterKeys {
  std::string topic;
  std::int16_t replication_factor{3};
  bool headers{false};
};

struct SourceKeys {
  std::vector<std::string> topic_creation_groups;
  std::string exactly_once_support{"requested"};
  std::string transaction_boundary{"poll"};
  std::optional<std::chrono::milliseconds> transaction_interval;
  std::optional<std::string> offsets_topic;
};

/// Declared once, by the runtime, for every connector. A connector that declares one of these keys changes its default.
struct FlowKeys {
  std::int64_t max_retries{10};
  std::chrono::milliseconds retry_total_timeout{300'000};
  std::string retry_policy{"EXPONENTIAL_WITH_JITTER"};
  std::chrono::milliseconds retry_backoff{500};
  std::chrono::milliseconds retry_backoff_max{30'000};
  bool retry_after{true};
  std::chrono::milliseconds retry_after_max{300'000};
  bool breaker_enabled{true};
  std::string breaker_name;
  std::string breaker_window_type{"count"};
  std::int64_t breaker_window_size{20};
  std::int64_t breaker_minimum_calls{5};
  double breaker_failure_rate{50};
  std::int64_t breaker_consecutive_failures{5};
  std::chrono::milliseconds breaker_slow_call{10'000};
  double breaker_slow_call_rate{100};
  std::chrono::milliseconds breaker_open{1'000};
  std::chrono::milliseconds breaker_open_max{30'000};
  double breaker_open_multiplier{2.0};
  std::int64_t breaker_half_open_max_calls{1};
  std::chrono::milliseconds breaker_half_open_max_wait{60'000};
  std::int64_t breaker_close_after_successes{3};
  bool breaker_count_throttled{false};
  std::string breaker_on_open{"pause"};
};

const ConfigDef<CommonKeys>& common_def();
const ConfigDef<SinkKeys>& sink_def();
const ConfigDef<DeadLetterKeys>& dead_letter_def();
const ConfigDef<SourceKeys>& source_def();
const ConfigDef<FlowKeys>& flow_def();

/// The relay's own keys (weir.md 3); it is a built-in connector class of type sink.
struct RelayKeys {
  std::optional<std::string> topic;
  std::optional<std::string> output_key_converter;
  std::optional<std::string> output_value_converter;
  std::chrono::milliseconds transaction_interval{100};
  ConfigMap output_key_settings;
  ConfigMap output_value_settings;
};
const ConfigDef<RelayKeys>& relay_def();

/// The table that registers the relay with a registry; the pipeline runs it, not an instance of it.
const weir_plugin* relay_plugin();
inline constexpr std::string_view kRelay = "relay";

/// The components of the runtime itself have this origin.
using plugin::kBuiltIn;
bool is_relay(const plugin::Component& component);

/// `config`, completed with the defaults that the connector gives to the runtime's keys.
ConfigMap with_connector_defaults(const ConfigMap& config, const plugin::Component& component);

/// Everything in `config` whose key starts with `prefix`, without it.
ConfigMap with_prefix(const ConfigMap& config, std::string_view prefix);

}  // namespace weir::runtime::config
