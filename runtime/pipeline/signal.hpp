// Wakes a task's thread.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace weir::runtime::pipeline {

/// A flag that one thread waits for and any thread sets; also a descriptor, for those who wait with poll(2).
class Signal {
 public:
  Signal() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { ::close(fd_); }

  /// Any thread. Cheap when the flag is set already.
  void set() noexcept {
    if (set_.exchange(true, std::memory_order_acq_rel)) {
      return;
    }
    const std::uint64_t one = 1;
    (void)!::write(fd_, &one, sizeof one);
    {
      const std::lock_guard lock(mutex_);
    }
    changed_.notify_one();
  }

  /// The waiting thread: clears the flag; true when it was set.
  bool take() noexcept {
    if (!set_.load(std::memory_order_acquire)) {
      return false;
    }
    std::uint64_t n = 0;
    (void)!::read(fd_, &n, sizeof n);
    set_.store(false, std::memory_order_release);
    return true;
  }

  /// The waiting thread: until the flag is set (and then clears it), at most `limit`.
  bool wait(std::chrono::milliseconds limit) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, limit, [this] { return set_.load(std::memory_order_acquire); });
    }
    return take();
  }

  /// Readable while the flag is set.
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
  std::atomic<bool> set_{false};
  std::mutex mutex_;  // only for waiting
  std::condition_variable changed_;
};

}  // namespace weir::runtime::pipeline
