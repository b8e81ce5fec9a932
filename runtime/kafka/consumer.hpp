// A Kafka consumer: member of a group (subscribe) or reader of chosen partitions (assign).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "runtime/kafka/client_config.hpp"
#include "runtime/kafka/client_reaper.hpp"
#include "runtime/kafka/error.hpp"
#include "runtime/kafka/fetch_sampler.hpp"
#include "runtime/kafka/group_metadata.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/message.hpp"
#include "runtime/kafka/missing_topics.hpp"
#include "runtime/kafka/topic_partition.hpp"
#include "weir/result.hpp"

namespace weir::runtime::kafka {

/// Told of assignments on the polling thread, inside poll() or close(). What it throws becomes a
/// `fatal` ClientError of the next poll().
class RebalanceListener {
 public:
  /// Before reading starts. An `offset` may be set to start there; kOffsetInvalid (as given) starts
  /// at the committed offset, else as auto.offset.reset says. pause() of these partitions is
  /// possible here.
  virtual void on_assigned(std::vector<TopicPartitionOffset>& partitions) = 0;
  /// Before the partitions are given away; assignment_epoch() is still the old one. lost=false:
  /// stop intake, wait for acks (bounded), commit_and_wait(), return. lost=true: somebody else may
  /// own them already: neither wait nor commit.
  virtual void on_revoked(const std::vector<TopicPartition>& partitions, bool lost) = 0;

 protected:
  ~RebalanceListener() = default;
};

struct ConsumerOptions {
  RebalanceListener* listener{nullptr};  // must outlive the consumer
  /// Keep the fetchers awake and the lag known. Off for readers that never work on their records.
  bool sampler{true};
  std::chrono::milliseconds commit_deadline{5000};  // of asynchronous commits
};

struct PartitionLag {
  TopicPartition partition;
  std::int64_t end{-1};       // end offset; read_committed: last stable offset; -1 unknown
  std::int64_t position{-1};  // next offset to be delivered by poll(); -1 unknown

  std::int64_t records() const noexcept {
    return end >= 0 && position >= 0 && end > position ? end - position : 0;
  }
};

/// nothing: the time is over (or wake() was called); call again.
using Polled = std::variant<std::monostate, Message, ClientError>;

/// What became of an asynchronous commit; on the polling thread, inside poll(), commit_and_wait()
/// or close().
using CommitHandler = std::function<void(const Result<void>& result)>;

/// One thread polls and makes every other call unless said otherwise. poll() must be called at
/// least every max.poll.interval.ms, also while everything is paused, or the group takes the
/// partitions away.
class Consumer {
 public:
  /// Errors: bad_config naming the keys. Connects in the background. Without `group.id` only
  /// assign() is of use; the library then names a group "weir-unused" to the broker, without
  /// joining it or committing to it.
  static Result<std::unique_ptr<Consumer>> create(const Config& config,
                                                  ConsumerOptions options = {});
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  ~Consumer();  // close(5 s), if that has not been called; a client that is not done then is left
                // to the reaper

  /// Topic names, or regular expressions that start with `^`. Replaces the former subscription. A
  /// topic that does not exist is an error that poll() tells once; poll() notices within a second
  /// or two when it has come.
  Result<void> subscribe(const std::vector<std::string>& topics);
  /// Reads these from their `offset` (kOffsetBeginning, kOffsetEnd, kOffsetStored or a number),
  /// without group membership.
  Result<void> assign(const std::vector<TopicPartitionOffset>& partitions);
  Result<void> unassign();

  /// The next record or error. All messages must be gone before the consumer is.
  Polled poll(std::chrono::milliseconds timeout);
  /// Makes a waiting poll() return. Any thread.
  void wake() noexcept;

  /// Stops delivery of these partitions and discards what was fetched: do not flap it. Partitions
  /// that are not assigned or already paused are passed over; resume() likewise touches only what
  /// is paused, because resuming a running partition moves its position back in librdkafka < 2.4.0.
  Result<void> pause(const std::vector<TopicPartition>& partitions);
  Result<void> resume(const std::vector<TopicPartition>& partitions);
  Result<void> pause_all();
  Result<void> resume_all();
  bool paused(const TopicPartition& partition) const { return paused_.contains(partition); }
  bool any_paused() const { return !paused_.empty(); }

  /// The next poll() delivers from here. Only for assigned partitions; retriable while one is still
  /// being started.
  Result<void> seek(const TopicPartitionOffset& to, std::chrono::milliseconds timeout);

  /// The next offset to be delivered, kOffsetInvalid when nothing was delivered yet. Any thread.
  Result<std::vector<TopicPartitionOffset>> position(
      const std::vector<TopicPartition>& partitions) const;

  /// Sends a commit and returns. Offsets are the next to be read. The handler gets an error,
  /// retriable if the broker did not answer within commit_deadline; a commit that was given up may
  /// still take effect.
  void commit(const std::vector<TopicPartitionOffset>& offsets, CommitHandler handler);
  /// Also inside on_revoked(). Handlers of earlier commits may run within.
  Result<void> commit_and_wait(const std::vector<TopicPartitionOffset>& offsets,
                               std::chrono::milliseconds timeout);
  std::size_t outstanding_commits() const { return commits_.size(); }

  /// The group's offsets; kOffsetInvalid where there is none. Blocks up to `timeout`; any thread.
  Result<std::vector<TopicPartitionOffset>> committed(const std::vector<TopicPartition>& partitions,
                                                      std::chrono::milliseconds timeout) const;
  /// For TransactionalProducer::send_offsets(). Errors: retriable when there is no group.
  Result<GroupMetadata> group_metadata() const;

  /// First offsets, or end offsets (with read_committed: last stable offsets), one request to each
  /// leader. Any thread.
  Result<std::vector<TopicPartitionOffset>> beginning_offsets(
      const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const;
  Result<std::vector<TopicPartitionOffset>> end_offsets(
      const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const;
  /// Errors: retriable, also for an unknown topic. Any thread.
  Result<std::int32_t> partition_count(const std::string& topic,
                                       std::chrono::milliseconds timeout) const;

  const std::vector<TopicPartition>& assignment() const { return assignment_; }
  /// Grows with every assignment and every revocation: acks that carry an older one belong to
  /// another life. Any thread.
  std::uint64_t assignment_epoch() const noexcept { return epoch_.load(std::memory_order_acquire); }
  /// How far each assigned partition is behind, from what is known locally. Any thread.
  std::vector<PartitionLag> lag() const;

  /// Leaves the group: on_revoked() is called, then the rest of the commits is waited for, all
  /// within `timeout`. False when the broker did not answer in time; the group then finds out by
  /// the session's end.
  bool close(std::chrono::milliseconds timeout);

  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  rd_kafka_t* raw() const noexcept { return rk_; }

 private:
  struct PendingCommit {
    std::chrono::steady_clock::time_point deadline;
    CommitHandler handler;
  };
  friend struct ConsumerClient;
  explicit Consumer(ConsumerOptions options) : options_(options) {}
  static Consumer* owner(rd_kafka_t* rk) noexcept;
  static void rebalance_callback(rd_kafka_t* rk, rd_kafka_resp_err_t err,
                                 rd_kafka_topic_partition_list_t* partitions,
                                 void* opaque) noexcept;
  static void error_callback(rd_kafka_t* rk, int err, const char* reason, void* opaque) noexcept;
  static void commit_callback(rd_kafka_t* rk, rd_kafka_resp_err_t err,
                              rd_kafka_topic_partition_list_t* offsets, void* commit_id) noexcept;
  void on_rebalance(rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t* partitions);
  void assigned(rd_kafka_topic_partition_list_t* partitions);
  void revoked(const rd_kafka_topic_partition_list_t* partitions);
  /// Before an assignment ends: the library would bring the partition back paused, if it ever
  /// comes.
  void forget_pauses();
  void set_assignment(std::vector<TopicPartition> partitions);
  void push_error(ClientError error) noexcept;
  void serve_commits(int timeout_ms);
  void finish_commit(std::uint64_t id, const Result<void>& result);
  std::uint64_t start_commit(const std::vector<TopicPartitionOffset>& offsets,
                             std::chrono::milliseconds timeout, CommitHandler handler);
  Result<void> set_paused(const std::vector<TopicPartition>& partitions, bool paused);
  ClientError message_error(const rd_kafka_message_t* message) const;

  const ConsumerOptions options_;
  std::vector<std::string> warnings_;
  std::unique_ptr<ConsumerClient> client_;
  rd_kafka_t* rk_{nullptr};  // client_'s

  std::deque<ClientError> events_;
  std::map<std::uint64_t, PendingCommit> commits_;
  std::uint64_t next_commit_{1};
  std::set<TopicPartition> paused_;
  std::vector<TopicPartition> assignment_;
  mutable std::mutex shared_assignment_mutex_;  // guards shared_assignment_
  std::vector<TopicPartition> shared_assignment_;
  std::vector<TopicPartition> pause_when_assigned_;
  bool assigning_{false};
  bool closed_{false};
  std::atomic<std::uint64_t> epoch_{0};

  std::unique_ptr<FetchSampler> sampler_;
  MissingTopics missing_topics_;
};

}  // namespace weir::runtime::kafka
