// An idempotent producer with one thread of its own that serves delivery reports.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/kafka/client_config.hpp"
#include "runtime/kafka/error.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/headers.hpp"
#include "runtime/kafka/topic_partition.hpp"
#include "weir/result.hpp"

namespace weir::runtime::kafka {

using Clock = std::chrono::steady_clock;

/// A record to be produced; views that must live until produce() returns (everything is copied).
struct OutgoingRecord {
  std::string_view topic;
  std::int32_t partition{kAnyPartition};  // any: murmur2 of the key, without key a random one
  std::optional<std::string_view> key{};  // absent is not empty
  std::optional<std::string_view> value{};
  std::int64_t timestamp{
      0};  // ms since 1970; 0 = now (the library cannot express 1970-01-01T00:00:00.000Z)
};

/// What became of a record.
struct Delivery {
  rd_kafka_resp_err_t code{RD_KAFKA_RESP_ERR_NO_ERROR};
  std::int32_t partition{-1};
  std::int64_t offset{-1};  // -1: unknown, also for some successes of a retried batch
  std::string_view topic;   // for the call only
  const rd_kafka_message_t* message{nullptr};  // key, value and headers as produced; for the call only

  bool ok() const noexcept { return code == RD_KAFKA_RESP_ERR_NO_ERROR; }
  /// "Delivery to <topic>[-<partition>] failed: …". Only when not ok().
  Error error() const;
};

/// Receives the fate of every record of one channel, exactly once each, on the producer's thread,
/// in the order of production per partition. Must be quick: every channel of the producer waits for
/// it.
class DeliveryHandler {
 public:
  virtual void on_delivery(std::uint64_t tag, const Delivery& delivery) noexcept = 0;

 protected:
  ~DeliveryHandler() = default;
};

class Producer;

/// One user's share of a producer (a task's): its handler, its count of records under way and its
/// byte budget, so that one stuck topic cannot fill a shared producer for all. Thread-safe like the
/// producer; move-only. When it is destroyed it waits for a running callback, later reports of its
/// records are dropped. Must be gone before the Producer.
class DeliveryChannel {
 public:
  DeliveryChannel() = default;
  DeliveryChannel(DeliveryChannel&& other) noexcept;
  DeliveryChannel& operator=(DeliveryChannel&& other) noexcept;
  DeliveryChannel(const DeliveryChannel&) = delete;
  DeliveryChannel& operator=(const DeliveryChannel&) = delete;
  ~DeliveryChannel() { close(); }

  static constexpr std::uint64_t kMaxTag = (std::uint64_t{1} << 48) - 1;

  /// Hands a record over without blocking; `tag` (at most kMaxTag) comes back in its report.
  /// `headers` is taken on success only. Errors: retriable = queue or budget full (nothing was
  /// taken, call again when reports have come), bad_record = too large, fatal = the producer is
  /// finished (fatal_error()). There is no report for a record that was refused.
  Result<void> produce(const OutgoingRecord& record, Headers& headers, std::uint64_t tag);
  Result<void> produce(const OutgoingRecord& record, std::uint64_t tag);

  /// The same, but waits for room until `deadline`, or until `stop` asks to stop; then it is still
  /// retriable.
  Result<void> produce_wait(const OutgoingRecord& record, Headers& headers, std::uint64_t tag,
                            Clock::time_point deadline, std::stop_token stop = {});

  std::int64_t in_flight() const noexcept;        // records without a report yet
  std::int64_t in_flight_bytes() const noexcept;  // of key and value

  void close() noexcept;

 private:
  friend class Producer;
  DeliveryChannel(Producer* producer, std::uint32_t slot) : producer_(producer), slot_(slot) {}

  Producer* producer_{nullptr};
  std::uint32_t slot_{0};
};

struct ProducerOptions {
  /// Connection and other errors of the client, on the producer's thread. May be empty.
  std::function<void(const ClientError&)> on_error;
  /// What end_offsets() calls the end: read_uncommitted the high watermark, read_committed the last
  /// stable offset.
  std::string isolation_level{"read_uncommitted"};
};

/// Thread-safe. Records of one channel and partition keep their order. The first failed delivery of
/// an at-least-once source must stop the task: after a time-out the same producer goes on with a
/// hole in the sequence.
class Producer {
 public:
  /// Errors: bad_config naming the keys. Connects in the background: an unreachable broker is no
  /// error here.
  static Result<std::unique_ptr<Producer>> create(const Config& config,
                                                  ProducerOptions options = {});
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  /// What is still queued is purged (and reported as such); flush() first. Bounded: about 1 s.
  ~Producer();

  /// At most kMaxChannels at a time (a channel that was closed counts until its last record is
  /// reported); beyond that the error is retriable. A `budget_bytes` of 0 is unlimited.
  Result<DeliveryChannel> open_channel(DeliveryHandler& handler, std::size_t budget_bytes = 0);
  static constexpr std::uint32_t kMaxChannels = 4096;

  /// Waits until everything handed over has been reported. retriable: `deadline` or `stop` came
  /// first.
  Result<void> flush(Clock::time_point deadline, std::stop_token stop = {});

  /// Drops everything queued or in flight; each record is reported as purged. Does not wait.
  void purge() noexcept;

  /// End offsets by a client whose connections no fetch occupies: a Consumer's own question waits
  /// behind its fetch for up to fetch.wait.max.ms. Blocks up to `timeout`.
  Result<std::vector<TopicPartitionOffset>> end_offsets(
      const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const;

  /// Set for ever once the producer cannot be used: destroy it, create another, resend from the
  /// last acked record.
  std::optional<Error> fatal_error() const;

  std::int64_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  /// What the configuration said that librdkafka has no use for; to be logged once.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  rd_kafka_t* raw() const noexcept { return rk_.get(); }

 private:
  friend class DeliveryChannel;

  struct alignas(64) Slot {
    std::atomic<DeliveryHandler*> handler{nullptr};
    std::atomic<std::int64_t> in_flight{0};
    std::atomic<std::int64_t> bytes{0};
    std::atomic<bool> open{false};  // changes under slots_mutex_
    std::int64_t budget{0};
  };

  Producer() = default;
  Result<void> produce(std::uint32_t slot, const OutgoingRecord& record, Headers* headers,
                       std::uint64_t tag);
  rd_kafka_topic_t* topic(std::string_view name);
  void serve(const std::stop_token& stop) noexcept;
  void serve_deliveries(rd_kafka_event_t* event) noexcept;
  void serve_error(rd_kafka_event_t* event) noexcept;
  void signal_room() noexcept;
  void close_slot(std::uint32_t slot) noexcept;

  ClientHandle rk_;
  QueueHandle queue_;
  ProducerOptions options_;
  std::vector<std::string> warnings_;

  std::shared_mutex topics_mutex_;  // guards topics_
  std::map<std::string, TopicHandle, std::less<>> topics_;

  std::mutex slots_mutex_;  // guards opening and closing of slots_
  std::unique_ptr<Slot[]> slots_;
  std::atomic<std::uint32_t> serving_{kMaxChannels};  // the slot whose handler may be running
  std::atomic<std::int64_t> in_flight_{0};

  std::mutex room_mutex_;  // guards room_generation_
  std::condition_variable_any room_;
  std::uint64_t room_generation_{0};
  std::atomic<int> waiters_{0};

  mutable std::mutex fatal_mutex_;  // guards fatal_
  std::optional<Error> fatal_;

  std::jthread thread_;
};

}  // namespace weir::runtime::kafka
