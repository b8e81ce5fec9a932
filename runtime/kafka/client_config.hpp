// The configuration of one Kafka client, written with Java's or librdkafka's names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kafka/handles.hpp"
#include "weir/result.hpp"

namespace weir::runtime::kafka {

enum class ClientRole : std::uint8_t { consumer, producer, admin };

struct KeyError {
  std::string key;
  std::string message;  // names the key, never a secret value
};

/// What a Config means to librdkafka.
struct Translation {
  std::map<std::string, std::string, std::less<>>
      properties;                     // librdkafka's names, defaults of ours included
  std::vector<std::string> warnings;  // a sentence each: what is ignored or changed
  std::vector<KeyError> errors;       // all of them at once
};

/// An ordered map of properties: a value type, no thread of its own. Values are never logged.
///
/// Defaults where nothing is set (Java's, so that configs written for Kafka Connect mean the same):
///   consumer  isolation.level=read_uncommitted, partition.assignment.strategy=range,roundrobin,
///             enable.auto.commit=false, allow.auto.create.topics=true,
///             queued.max.messages.kbytes=8192, and fetch.queue.backoff.ms=10 where the library
///             knows it
///   producer  partitioner=murmur2_random, enable.idempotence=true (unless acks, retries or
///             max.in.flight.requests.per.connection forbid it, as in Java),
///             message.max.bytes=1048576, queue.buffering.max.kbytes=32768 (Java's buffer.memory)
///             with up to 1,000,000 records
class Config {
 public:
  Config() = default;
  Config(std::initializer_list<std::pair<const std::string, std::string>> properties)
      : values_(properties) {}

  /// Later wins.
  Config& set(std::string key, std::string value);
  Config& set_all(const std::map<std::string, std::string>& properties);
  Config& set_default(std::string key, std::string value);  // only when absent
  Config& merge(const Config& later);
  Config& erase(std::string_view key);

  std::optional<std::string> get(std::string_view key) const;
  bool contains(std::string_view key) const { return values_.find(key) != values_.end(); }
  const std::map<std::string, std::string, std::less<>>& values() const { return values_; }

  /// For logs: secrets and unknown keys are shown as "[hidden]".
  std::map<std::string, std::string> loggable() const;

  /// Pure; does not touch librdkafka. Keys of another role are left out silently (a worker hands
  /// every key to every client), unknown ones with a warning.
  Translation translate(ClientRole role) const;

  /// translate() and a trial of every value on a scratch configuration of librdkafka: for
  /// validating a connector. Connector-supplied keys must have passed check_override() before.
  Translation validate(ClientRole role) const;

  /// The configuration for rd_kafka_new(), with logging wired. Errors: bad_config, naming every
  /// wrong key.
  Result<ConfHandle> make_conf(ClientRole role, std::vector<std::string>* warnings = nullptr) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// True when the loaded library sleeps only `fetch.queue.backoff.ms` when its queue is full
/// (2.2.0), so that no sampler has to wake it. Any thread.
bool knows_fetch_queue_backoff();

/// A client handle from a configuration; takes `conf` over. Errors: bad_config with the library's
/// reason.
Result<rd_kafka_t*> new_client(ClientRole role, ConfHandle conf);

}  // namespace weir::runtime::kafka
