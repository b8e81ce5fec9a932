#include "runtime/kafka/fetch_sampler.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace weir::runtime::kafka {
namespace {
// Above this the partitions take turns. One request goes to each leader, so with many partitions on
// few brokers every leader is still asked in each round.
constexpr std::size_t kPartitionsPerSample = 64;
}  // namespace

FetchSampler::FetchSampler(rd_kafka_t* rk, Options options) : rk_(rk), options_(options) {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    (void)::pthread_setname_np(::pthread_self(), "weir-sampler");
    run(stop);
  });
}

FetchSampler::~FetchSampler() {
  thread_.request_stop();
  thread_.join();
}

void FetchSampler::wake() noexcept {
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void FetchSampler::set_partitions(std::vector<TopicPartition> partitions) {
  std::lock_guard lock(mutex_);
  partitions_ = std::move(partitions);
  std::erase_if(ends_, [&](const auto& end) {
    return std::find(partitions_.begin(), partitions_.end(), end.first) == partitions_.end();
  });
}

void FetchSampler::set_paused(bool any_paused) {
  {
    std::lock_guard lock(mutex_);
    paused_ = any_paused;
  }
  changed_.notify_one();
}

std::optional<std::int64_t> FetchSampler::end_offset(const TopicPartition& partition) const {
  std::lock_guard lock(mutex_);
  auto it = ends_.find(partition);
  return it == ends_.end() ? std::nullopt : std::optional(it->second);
}

void FetchSampler::run(const std::stop_token& stop) noexcept {
  using SteadyClock = std::chrono::steady_clock;
  std::uint64_t seen = 0;
  auto busy_until = SteadyClock::time_point::min();
  while (!stop.stop_requested()) {
    try {
      const std::uint64_t count = count_.load(std::memory_order_relaxed);
      const auto now = SteadyClock::now();
      if (count != seen) {
        seen = count;
        busy_until = now + options_.busy_for;
      }
      const bool busy = now < busy_until;
      {
        std::unique_lock lock(mutex_);
        if (!busy) {
          woken_ = false;
          idle_.store(true);
          const auto work = [&] {
            return woken_ || count_.load(std::memory_order_relaxed) != seen;
          };
          if (paused_) {
            changed_.wait_for(lock, stop, options_.paused_interval, work);
          } else {
            changed_.wait(lock, stop, [&] { return work() || paused_; });
          }
          idle_.store(false);
        } else {
          changed_.wait_for(lock, stop, options_.interval, [] { return false; });
        }
      }
      if (!stop.stop_requested() && !sample()) {
        std::unique_lock lock(mutex_);  // the broker is away: do not hammer it
        changed_.wait_for(lock, stop, options_.timeout, [] { return false; });
      }
    } catch (...) {  // out of memory: a missed sample is the least of it
    }
  }
}

bool FetchSampler::sample() {
  std::vector<TopicPartition> round;
  {
    std::lock_guard lock(mutex_);
    const std::size_t n = std::min(partitions_.size(), kPartitionsPerSample);
    for (std::size_t i = 0; i < n; ++i) {
      round.push_back(partitions_[next_++ % partitions_.size()]);
    }
  }
  if (round.empty()) {
    return true;
  }
  const ListHandle list = to_list(round);
  for (int i = 0; i < list->cnt; ++i) {
    list->elems[i].offset = RD_KAFKA_OFFSET_END;  // as a "time" this asks for the end offset
  }
  // Not rd_kafka_query_watermark_offsets(): before 2.3.0 that ignores its time limit when the
  // broker hangs.
  const rd_kafka_resp_err_t err =
      rd_kafka_offsets_for_times(rk_, list.get(), static_cast<int>(options_.timeout.count()));
  samples_.fetch_add(1, std::memory_order_relaxed);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return false;
  }
  std::lock_guard lock(mutex_);
  for (int i = 0; i < list->cnt; ++i) {
    const auto& elem = list->elems[i];
    TopicPartition tp{elem.topic, elem.partition};
    if (elem.err == RD_KAFKA_RESP_ERR_NO_ERROR && elem.offset >= 0 &&
        std::find(partitions_.begin(), partitions_.end(), tp) != partitions_.end()) {
      ends_[std::move(tp)] = elem.offset;
    }
  }
  return true;
}

}  // namespace weir::runtime::kafka
