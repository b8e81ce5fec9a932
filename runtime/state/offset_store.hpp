// Source offsets in the offset topic (internal-topics.md 3).
#pragma once

#include <weir/result.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kafka/topic_log.hpp"

namespace weir::runtime::state {

struct OffsetEntry {
  std::string partition;             ///< JSON object: the source partition
  std::optional<std::string> offset;  ///< JSON object: the source offset; nullopt: none (a tombstone)
};

/// The keys of the topic, by content: `{"a":1,"b":2}` and `{"b":2,"a":1}` are one partition. The bytes that were seen first
/// are kept for writing, because compaction goes by bytes. Not thread-safe.
class OffsetImage {
 public:
  /// False: not a key of that kind (warned of and skipped by the caller).
  bool apply(std::string_view key, std::optional<std::string_view> value);

  std::optional<std::string> find(std::string_view connector, std::string_view partition) const;
  std::vector<OffsetEntry> list(std::string_view connector) const;

  /// What has to be written for an entry: its record under the bytes first seen, and tombstones for other bytes that mean
  /// the same partition.
  struct Write {
    std::string key;
    std::optional<std::string> value;
  };
  std::vector<Write> writes(std::string_view connector, const OffsetEntry& entry) const;

 private:
  struct Slot {
    std::string partition;              // JSON as first seen
    std::vector<std::string> keys;      // bytes; the first is the one to write under
    std::map<std::string, std::string, std::less<>> values;  // by key bytes; newest wins through `last`
    std::string last;                   // key bytes of the newest value; empty: none
  };
  std::map<std::string, std::map<std::string, Slot, std::less<>>, std::less<>> connectors_;
};

/// Canonical text of a JSON object of scalars: members sorted, integers and reals in one form each. nullopt: not such an object.
std::optional<std::string> canonical_json(std::string_view object);

/// Thread-safe.
class OffsetStore {
 public:
  struct Options {
    std::string topic;
    kafka::Config client;
    std::string client_id;
    std::function<void(const std::string& message)> on_warning;  ///< any thread
  };
  using Done = std::function<void(Result<void>)>;

  explicit OffsetStore(Options options) : options_(std::move(options)) {}
  ~OffsetStore() { stop(); }
  OffsetStore(const OffsetStore&) = delete;
  OffsetStore& operator=(const OffsetStore&) = delete;

  /// Reads the topic to its end. Errors: retriable, bad_config.
  Result<void> start(std::chrono::milliseconds timeout);
  void stop();
  Result<void> read_to_end(std::chrono::milliseconds timeout);

  /// What is known here; JSON of the offset.
  std::optional<std::string> read(std::string_view connector, std::string_view partition) const;
  std::vector<OffsetEntry> list(std::string_view connector) const;

  /// Calls `done` once (any thread, or at once) when Kafka has all of them, or with the first error. Known here at once.
  void write(const std::string& connector, const std::vector<OffsetEntry>& entries, Done done);
  /// The same, waiting. Errors: retriable when it did not come in time.
  Result<void> write_and_wait(const std::string& connector, const std::vector<OffsetEntry>& entries, std::chrono::milliseconds timeout);

 private:
  const Options options_;
  std::unique_ptr<kafka::TopicLog> log_;
  mutable std::mutex mutex_;  // guards image_
  OffsetImage image_;
};

}  // namespace weir::runtime::state
