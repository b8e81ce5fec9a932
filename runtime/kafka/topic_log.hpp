// A topic as the store of a state: read from its beginning, followed, and written (Kafka Connect's
// KafkaBasedLog).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/producer.hpp"
#include "weir/result.hpp"

namespace weir::runtime::kafka {

struct TopicLogOptions {
  std::string topic;
  /// Connection and security for both sides, with client.id. `isolation.level=read_committed` makes
  /// the ends the last stable offsets. Offset reset and linger are set here. A `group.id` is
  /// neither joined nor committed to.
  Config consumer;
  Config producer;
  /// Every record of every partition, in the order of its partition, tombstones included; on the
  /// log's thread. The message may be kept only until the log is stopped. What it throws stops the
  /// log with a fatal error.
  std::function<void(const Message& record)> on_record;
  /// Errors of the clients, retriable ones too; on the log's or the producer's thread. May be
  /// empty.
  std::function<void(const ClientError& error)> on_error;
};

struct RecordPosition {
  std::int32_t partition{-1};
  std::int64_t offset{-1};
};

/// Thread-safe, but for stop(). The topic must exist. Records come until stop(), without any group,
/// so that every worker reads everything.
class TopicLog {
 public:
  using SendHandler = std::function<void(const Result<RecordPosition>& sent)>;

  explicit TopicLog(TopicLogOptions options);
  TopicLog(const TopicLog&) = delete;
  TopicLog& operator=(const TopicLog&) = delete;
  ~TopicLog();  // stop()

  /// Starts both clients and returns when everything up to the present end has been through
  /// on_record. Errors: bad_config from the configuration; retriable when Kafka does not answer in
  /// time or the topic does not exist: call again.
  Result<void> start(std::chrono::milliseconds timeout);

  /// Returns when every record that was readable at the call has been through on_record. Not on the
  /// log's thread.
  Result<void> read_to_end(std::chrono::milliseconds timeout);

  /// Sends with acks=all; no value is a tombstone. The handler runs once: on the producer's thread,
  /// or at once when the record is refused. The partition is the key's murmur2 as in Java, unless
  /// given. The record comes back through on_record, sooner or later than the handler.
  void send(std::string_view key, std::optional<std::string_view> value, SendHandler handler,
            std::int32_t partition = kAnyPartition);
  std::future<Result<RecordPosition>> send(std::string_view key,
                                           std::optional<std::string_view> value);
  /// Waits for the acknowledgement. retriable when it did not come in time: the record may still be
  /// written.
  Result<RecordPosition> send_and_wait(std::string_view key, std::optional<std::string_view> value,
                                       std::chrono::milliseconds timeout);

  /// Waits until everything sent is acknowledged.
  Result<void> flush(std::chrono::milliseconds timeout);

  /// Ends the thread; unsent records fail. Idempotent.
  void stop();

  /// Known after start().
  std::int32_t partitions() const noexcept { return partition_count_.load(); }
  /// Set when the log cannot go on (fatal client error, on_record threw): stop it, start another.
  std::optional<Error> failure() const;

 private:
  struct Waiter {
    std::promise<Result<void>> done;
    std::chrono::steady_clock::time_point deadline;
    std::vector<std::int64_t> ends;  // empty: not asked yet
  };
  class Acks;

  void run(const std::stop_token& stop) noexcept;
  void step();
  void take(Polled polled);
  void serve_waiters();
  void fail(Error error);

  TopicLogOptions options_;
  std::unique_ptr<Consumer> consumer_;
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<Acks> acks_;
  std::atomic<std::int32_t> partition_count_{0};
  std::vector<std::int64_t> next_;  // by partition: the next offset; the log's thread only

  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::shared_ptr<Waiter>> waiters_;
  std::optional<Error> failure_;
  bool running_{false};

  std::jthread thread_;
};

}  // namespace weir::runtime::kafka
