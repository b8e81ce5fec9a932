// A few threads for calls that may block; started when there is work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace weir::runtime::http {

/// Thread-safe.
class Pool {
 public:
  explicit Pool(std::size_t most_threads) : most_(most_threads) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { stop(); }

  /// The job must not throw. Dropped after stop().
  void submit(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return;
    }
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < most_) {
      threads_.emplace_back([this] { run(); });
    }
    ready_.notify_one();
  }

  /// Drops what has not begun and waits for what has.
  void stop() {
    std::vector<std::jthread> threads;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      jobs_.clear();
      threads.swap(threads_);
    }
    ready_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      ready_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
      --idle_;
      if (stopped_) {
        return;
      }
      auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
  }

  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable ready_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::jthread> threads_;
  std::size_t idle_{0};
  bool stopped_{false};
};

}  // namespace weir::runtime::http
