// Asks the brokers for the end offsets of the assigned partitions, for two reasons: librdkafka
// before 2.2.0 sleeps up to 1 s when its fetch queue is full, and any request to a partition's
// leader wakes it (without this a sink that works on its records reads 5 to 20 times slower); and
// the answers are the lag.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "runtime/kafka/topic_partition.hpp"

namespace weir::runtime::kafka {

/// One thread, which sleeps without a time limit while nothing is consumed (with partitions paused
/// it looks once a second, so that the lag grows visibly). Belongs to a Consumer and must be gone
/// before the client handle.
class FetchSampler {
 public:
  struct Options {
    std::chrono::milliseconds interval{20};  // while busy
    std::chrono::milliseconds paused_interval{1000};
    std::chrono::milliseconds busy_for{100};  // after the last record
    std::chrono::milliseconds timeout{500};   // of one question
  };

  FetchSampler(rd_kafka_t* rk, Options options);
  FetchSampler(const FetchSampler&) = delete;
  FetchSampler& operator=(const FetchSampler&) = delete;
  ~FetchSampler();

  /// A record was delivered. The polling thread only; costs a few instructions.
  void touch() noexcept {
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (idle_.load(std::memory_order_relaxed)) {
      wake();
    }
  }

  /// The thread ends by itself; the destructor then waits at most for one question under way.
  void request_stop() noexcept { thread_.request_stop(); }

  void set_partitions(std::vector<TopicPartition> partitions);
  void set_paused(bool any_paused);

  /// The last known end offset; nothing before the first answer. Any thread.
  std::optional<std::int64_t> end_offset(const TopicPartition& partition) const;
  std::uint64_t samples() const noexcept { return samples_.load(std::memory_order_relaxed); }

 private:
  void run(const std::stop_token& stop) noexcept;
  bool sample();
  void wake() noexcept;

  rd_kafka_t* rk_;
  const Options options_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<bool> idle_{true};
  std::atomic<std::uint64_t> samples_{0};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  bool woken_{false};
  bool paused_{false};
  std::vector<TopicPartition> partitions_;
  std::map<TopicPartition, std::int64_t> ends_;
  std::size_t next_{0};

  std::jthread thread_;
};

}  // namespace weir::runtime::kafka
