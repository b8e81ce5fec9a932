// Everything a task needs to know, resolved: no references such as ${env:X}, no names left to look up.
#pragma once

#include <weir/config_def.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/chain.hpp"
#include "runtime/kafka/client_config.hpp"
#include "runtime/pipeline/breaker.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::pipeline {

/// errors.* (KIP-298, KIP-610).
struct ErrorPolicy {
  bool tolerate_all{false};
  std::chrono::milliseconds retry_timeout{0};  ///< 0 none, -1 without end
  std::chrono::milliseconds retry_delay_max{60'000};
  /// A converter whose service is away (retriable, errors.retry.timeout over) holds its batch: an outage is no record's
  /// fault. False: its records fail.
  bool hold_converters{true};
  bool log{false};
  bool log_messages{false};
  std::string dead_letter_topic;  ///< empty: none
  int dead_letter_replication_factor{3};
  bool dead_letter_headers{false};
};

/// max.retries, retry.*: what put may cost before a record counts as bad, and the back-off between attempts.
struct RetryPolicy {
  std::int64_t max_retries{10};
  std::chrono::milliseconds total_timeout{300'000};
  std::chrono::milliseconds backoff{500};
  std::chrono::milliseconds backoff_max{30'000};
};

enum class TaskKind { source, sink, relay };

/// How a topic is made; -1 is the broker's default.
struct TopicSettings {
  std::int32_t partitions{-1};
  std::int16_t replication_factor{-1};
  std::map<std::string, std::string> configs;
};
/// nullopt: the topic is left to the broker.
using TopicRules = std::function<std::optional<TopicSettings>(std::string_view topic)>;

struct TaskSpec {
  TaskKind kind{TaskKind::sink};
  std::string connector;
  std::uint32_t task{0};
  std::string group_id;                          ///< the worker's
  const plugin::Component* component{nullptr};  ///< null for a relay
  ConfigMap settings;                            ///< the task's config, for the plugin
  std::vector<std::string> secrets;              ///< values to be masked in every log and error, 6 characters at least

  config::ConverterChoice key_converter;
  config::ConverterChoice value_converter;
  config::ConverterChoice header_converter;
  config::ConverterChoice output_key_converter;    ///< relay: the writing side
  config::ConverterChoice output_value_converter;
  std::vector<config::ChainStep> transforms;
  ErrorPolicy errors;
  RetryPolicy retry;
  BreakerSettings breaker;
  std::string breaker_name;  ///< empty: the connector's name

  std::vector<std::string> topics;  ///< sink, relay; a regular expression as "^..."
  TopicRules topic_rules;           ///< source: for topics that are missing (topic.creation.*)
  std::string output_topic;         ///< relay: where results go; empty: the record's topic
  std::chrono::milliseconds transaction_interval{100};
  kafka::Config consumer;           ///< complete, group.id included
  kafka::Config producer;           ///< of dead letters, and of a source or relay
  bool embedded{false};             ///< the broker is the in-process one
  bool own_producer{false};         ///< producer.override.* is set: not the shared one
  std::chrono::milliseconds offset_flush_interval{60'000};
  std::chrono::milliseconds offset_flush_timeout{5'000};
  std::chrono::milliseconds shutdown_timeout{5'000};
  /// Kafka Connect's max.poll.records; larger batches leave the processor's cache and cost speed.
  std::size_t max_batch_records{500};
  std::size_t max_batch_bytes{std::size_t{4} << 20};
  std::size_t max_in_flight_bytes{std::size_t{16} << 20};  ///< consumed or produced and not settled
};

}  // namespace weir::runtime::pipeline
