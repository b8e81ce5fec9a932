#include "runtime/config/connector_config.hpp"

#include <weir/plugin.hpp>

namespace weir::runtime::config {
namespace {

constexpr const char* kCommon = "Common";
constexpr const char* kErrors = "Error Handling";
constexpr const char* kRetries = "Retries";
constexpr const char* kBreaker = "Circuit Breaker";

// Only a name, keys and the kind: the pipeline has the loop.
class Relay final : public Sink {
 public:
  static constexpr std::string_view kType = kRelay;
  static constexpr std::string_view kDoc =
      "Topic to topic: consume, transform, produce, with the consumed offsets and the produced records in one transaction.";
  static ConfigDef<RelayKeys> describe() { return relay_def(); }
  explicit Relay(RelayKeys) {}
  Result<void> put(Batch&) override { return fatal("the relay is run by the worker itself"); }
};

}  // namespace

const ConfigDef<CommonKeys>& common_def() {
  using K = CommonKeys;
  static const auto* def = new ConfigDef<K>(
      ConfigDef<K>{}
          .field("name", &K::name, "Globally unique name to use for this connector.").required().importance(Importance::high).group(kCommon).display_name("Connector name")
          .field("connector.class", &K::connector_class, "Name or alias of the class for this connector. Must be a source or sink that this worker has loaded.").required().importance(Importance::high).group(kCommon).display_name("Connector class")
          .field("connector.plugin.version", &K::plugin_version, "Version of the connector.").group(kCommon).display_name("Connector version")
          .field("tasks.max", &K::tasks_max, "Maximum number of tasks to use for this connector.").at_least(1).importance(Importance::high).group(kCommon).display_name("Tasks max")
          .field("tasks.max.enforce", &K::tasks_max_enforce, "(Deprecated) Whether to enforce that the tasks.max property is respected by the connector.").importance(Importance::low).group(kCommon).display_name("Enforce tasks max")
          .field("key.converter", &K::key_converter, "Converter of record keys; default the worker's.").class_name().importance(Importance::low).group(kCommon).display_name("Key converter class")
          .field("key.converter.plugin.version", &K::key_converter_version, "Version of the key converter.").importance(Importance::low).group(kCommon).display_name("Key converter version")
          .field("value.converter", &K::value_converter, "Converter of record values; default the worker's.").class_name().importance(Importance::low).group(kCommon).display_name("Value converter class")
          .field("value.converter.plugin.version", &K::value_converter_version, "Version of the value converter.").importance(Importance::low).group(kCommon).display_name("Value converter version")
          .field("header.converter", &K::header_converter, "Converter of header values; default the worker's.").class_name().importance(Importance::low).group(kCommon).display_name("Header converter class")
          .field("header.converter.plugin.version", &K::header_converter_version, "Version of the header converter.").importance(Importance::low).group(kCommon).display_name("Header converter version")
          .field("transforms", &K::transforms, "Aliases for the transformations to be applied to records.").importance(Importance::low).group("Transforms").display_name("Transforms")
          .field("predicates", &K::predicates, "Aliases for the predicates used by transformations.").importance(Importance::low).group("Predicates").display_name("Predicates")
          .field("config.action.reload", &K::reload_action, "What to do when a value of a config provider changes: restart or none.").one_of({"none", "restart"}).importance(Importance::low).group(kCommon).display_name("Reload Action")
          .field("errors.retry.timeout", &K::errors_retry_timeout, "How long a failed conversion or transformation is tried again, in ms; 0: not, -1: without limit.").group(kErrors).display_name("Retry Timeout for Errors")
          .field("errors.retry.delay.max.ms", &K::errors_retry_delay_max, "Longest pause between two tries.").group(kErrors).display_name("Maximum Delay Between Retries for Errors")
          .field("errors.tolerance", &K::errors_tolerance, "none: a bad record stops the task; all: it is reported and left out.").one_of({"none", "all"}).group(kErrors).display_name("Error Tolerance")
          .field("errors.log.enable", &K::errors_log, "Whether each error is written to the log.").group(kErrors).display_name("Log Errors")
          .field("errors.log.include.messages", &K::errors_log_messages, "Whether the log line says which record it was.").group(kErrors).display_name("Log Error Details"));
  return *def;
}

const ConfigDef<SinkKeys>& sink_def() {
  using K = SinkKeys;
  static const auto* def = new ConfigDef<K>(
      ConfigDef<K>{}
          .field("topics", &K::topics, "List of topics to consume, separated by commas").importance(Importance::high).group(kCommon).display_name("Topics")
          .field("topics.regex", &K::topics_regex, "Regular expression giving topics to consume; a topic's whole name must match.").importance(Importance::high).group(kCommon).display_name("Topics regex"));
  return *def;
}

const ConfigDef<DeadLetterKeys>& dead_letter_def() {
  using K = DeadLetterKeys;
  static const auto* def = new ConfigDef<K>(
      ConfigDef<K>{}
          .field("errors.deadletterqueue.topic.name", &K::topic, "Topic for records that cannot be processed; empty: none.").group(kErrors).display_name("Dead Letter Queue Topic Name")
          .field("errors.deadletterqueue.topic.replication.factor", &K::replication_factor, "Replicas of the dead letter topic when it is created; -1 is the broker's default.").group(kErrors).display_name("Dead Letter Queue Topic Replication Factor")
          .field("errors.deadletterqueue.context.headers.enable", &K::headers, "Whether dead letters get headers that say what went wrong.").group(kErrors).display_name("Enable Error Context Headers"));
  return *def;
}

const ConfigDef<SourceKeys>& source_def() {
  using K = SourceKeys;
  static const auto* def = new ConfigDef<K>(
      ConfigDef<K>{}
          .field("topic.creation.groups", &K::topic_creation_groups, "Groups of topics that this source may create, each with its settings.").importance(Importance::low).group("Topic Creation").display_name("Topic Creation Groups")
          .field("exactly.once.support", &K::exactly_once_support, "requested or required.").one_of({"requested", "required"}).group("Exactly Once Support").display_name("Exactly once support")
          .field("transaction.boundary", &K::transaction_boundary, "poll, interval or connector.").one_of({"poll", "interval", "connector"}).group("Exactly Once Support").display_name("Transaction Boundary")
          .field("transaction.boundary.interval.ms", &K::transaction_interval, "Interval of transactions with transaction.boundary=interval.").at_least(0).importance(Importance::low).group("Exactly Once Support").display_name("Transaction boundary interval")
          .field("offsets.storage.topic", &K::offsets_topic, "Topic for the source offsets of this connector; default the worker's.").importance(Importance::low).group("offsets.topic").display_name("Offsets topic"));
  return *def;
}

const ConfigDef<FlowKeys>& flow_def() {
  using K = FlowKeys;
  static const auto* def = new ConfigDef<K>(
      ConfigDef<K>{}
          .field("max.retries", &K::max_retries,
                 "Tries again for one record, counted only while the breaker is closed; after them "
                 "it counts as bad.")
          .at_least(-1)
          .group(kRetries)
          .field("retry.total.timeout.ms", &K::retry_total_timeout,
                 "Limit for all tries of one record.")
          .at_least(-1)
          .group(kRetries)
          .field("retry.backoff.policy", &K::retry_policy, "How pauses between tries grow.")
          .one_of({"EXPONENTIAL_WITH_JITTER", "CONSTANT_VALUE"})
          .importance(Importance::low)
          .group(kRetries)
          .field("retry.backoff.ms", &K::retry_backoff, "First pause between tries.")
          .at_least(0)
          .group(kRetries)
          .field("retry.backoff.max.ms", &K::retry_backoff_max, "Longest pause between tries.")
          .at_least(0)
          .group(kRetries)
          .field("retry.respect.retry.after", &K::retry_after,
                 "Whether the destination's Retry-After is followed.")
          .importance(Importance::low)
          .group(kRetries)
          .field("retry.after.max.ms", &K::retry_after_max, "Longest Retry-After that is followed.")
          .at_least(0)
          .importance(Importance::low)
          .group(kRetries)
          .field("breaker.enabled", &K::breaker_enabled,
                 "Whether a circuit breaker guards the destination.")
          .group(kBreaker)
          .field("breaker.name", &K::breaker_name,
                 "Connectors with one breaker name share it; default the destination's host and "
                 "port, or the connector's name.")
          .group(kBreaker)
          .field("breaker.window.type", &K::breaker_window_type,
                 "count: the last calls; time: the calls of the last seconds.")
          .one_of({"count", "time"})
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.window.size", &K::breaker_window_size, "Calls or seconds.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.minimum.calls", &K::breaker_minimum_calls,
                 "Calls in the window before its rates count.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.failure.rate.threshold", &K::breaker_failure_rate,
                 "Per cent of failed calls that open it.")
          .between(0, 100)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.consecutive.failures", &K::breaker_consecutive_failures,
                 "Failures in a row that open it.")
          .at_least(1)
          .group(kBreaker)
          .field("breaker.slow.call.duration.ms", &K::breaker_slow_call,
                 "A call that takes longer counts as slow.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.slow.call.rate.threshold", &K::breaker_slow_call_rate,
                 "Per cent of slow calls that open it.")
          .between(0, 100)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.open.ms", &K::breaker_open, "How long it stays open the first time.")
          .at_least(1)
          .group(kBreaker)
          .field("breaker.open.max.ms", &K::breaker_open_max,
                 "Longest time it stays open before it probes.")
          .at_least(1)
          .group(kBreaker)
          .field("breaker.open.multiplier", &K::breaker_open_multiplier,
                 "Growth of the open time when a probe fails.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.half.open.max.calls", &K::breaker_half_open_max_calls,
                 "Probes under way at a time.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.half.open.max.wait.ms", &K::breaker_half_open_max_wait,
                 "A probe without an answer for so long counts as failed.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.close.after.successes", &K::breaker_close_after_successes,
                 "Good probes in a row that close it.")
          .at_least(1)
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.count.throttled", &K::breaker_count_throttled,
                 "Whether a throttled call (429, 503 with Retry-After) counts as failed.")
          .importance(Importance::low)
          .group(kBreaker)
          .field("breaker.on.open", &K::breaker_on_open, "pause: records wait until it closes.")
          .one_of({"pause"})
          .group(kBreaker));
  return *def;
}

const ConfigDef<RelayKeys>& relay_def() {
  using K = RelayKeys;
  static const auto* def = new ConfigDef<K>(
      ConfigDef<K>{}
          .field("topic", &K::topic, "Where results go; without it the record's topic after the transforms.").importance(Importance::high)
          .field("output.key.converter", &K::output_key_converter, "Converter of the keys that are written; default the one that reads.").class_name()
          .field("output.value.converter", &K::output_value_converter, "Converter of the values that are written; default the one that reads.").class_name()
          .field("transaction.boundary.interval.ms", &K::transaction_interval, "How often a transaction is committed.").at_least(1)
          .prefix("output.key.converter.", &K::output_key_settings, "Options of output.key.converter.")
          .prefix("output.value.converter.", &K::output_value_settings, "Options of output.value.converter."));
  return *def;
}

const weir_plugin* relay_plugin() {
  static const weir_plugin* plugin = make_plugin("weir", "0.1.0", {component<Relay>()});
  return plugin;
}

bool is_relay(const plugin::Component& component) {
  return component.kind() == plugin::Kind::sink && component.name() == kRelay && component.origin() == kBuiltIn;
}

ConfigMap with_connector_defaults(const ConfigMap& config, const plugin::Component& component) {
  static const auto* keys = new ConfigKeys(flow_def().keys());
  ConfigMap out = config;
  for (const weir_config_key& key : *keys) {
    const std::string name(static_cast<const char*>(key.name.data), key.name.size);
    if (out.contains(name)) {
      continue;
    }
    for (const plugin::ConfigKey& own : component.keys()) {
      if (own.name == name && own.default_value) {
        out[name] = *own.default_value;
      } else if (own.alias_of == name && config.contains(own.name)) {
        out[name] = config.find(own.name)->second;
        break;
      }
    }
  }
  return out;
}

ConfigMap with_prefix(const ConfigMap& config, std::string_view prefix) {
  ConfigMap out;
  for (auto it = config.lower_bound(prefix); it != config.end() && it->first.compare(0, prefix.size(), prefix) == 0; ++it) {
    if (it->first.size() > prefix.size()) {
      out.emplace(it->first.substr(prefix.size()), it->second);
    }
  }
  return out;
}

}  // namespace weir::runtime::config
