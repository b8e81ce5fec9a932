// When a failed conversion or transform is tried again (KIP-298).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>

namespace weir::runtime::pipeline {

/// Made right before the first attempt of one operation. One thread.
class RetrySchedule {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  /// `timeout`: 0 none, -1 without end. `now` and `seed` are for tests.
  RetrySchedule(std::chrono::milliseconds timeout, std::chrono::milliseconds longest,
                Now now = &Clock::now, std::optional<std::uint32_t> seed = std::nullopt);

  /// After a failed attempt: how long to wait before the next one, nullopt when there is none. 300
  /// ms, doubling; above the longest delay any time below it; never beyond the deadline, at which
  /// one last attempt is made.
  std::optional<std::chrono::milliseconds> next();

 private:
  const std::chrono::milliseconds longest_;
  const Now now_;
  const std::optional<Clock::time_point> deadline_;
  const std::optional<std::uint32_t> seed_;
  int attempts_{0};
  std::optional<std::mt19937> random_;
};

}  // namespace weir::runtime::pipeline
