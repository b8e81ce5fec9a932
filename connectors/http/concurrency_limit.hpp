// How many requests may be under way: additive increase, multiplicative decrease on the round-trip time and on
// back-pressure, as Vector's adaptive request concurrency does it, with its constants.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace weir::connectors::http {

/// One thread. The caller brings the time.
class ConcurrencyLimit {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr double kAlpha = 0.4;        // of the moving averages
  static constexpr double kDeviations = 2.5;   // above the mean that count as back-pressure
  static constexpr double kDecrease = 0.9;
  /// Differences below this are noise of schedulers, not of a loaded endpoint.
  static constexpr double kNoise = 0.001;      // seconds

  ConcurrencyLimit(std::size_t initial, std::size_t max, bool fixed)
      : initial_(std::max<std::size_t>(1, std::min(initial, max))),
        max_(std::max<std::size_t>(1, max)),
        fixed_(fixed),
        limit_(fixed ? max_ : initial_) {}

  std::size_t value() const noexcept { return limit_; }
  /// Seconds: moving average of the intervals' means; 0 before the first.
  double rtt() const noexcept { return mean_; }

  /// The ceiling has become known (one request per connection on HTTP/1.1, streams on HTTP/2).
  void set_max(std::size_t max) noexcept {
    max_ = std::max<std::size_t>(1, max);
    limit_ = fixed_ ? max_ : std::min(limit_, max_);
  }
  /// After an outage: from the bottom again.
  void reset() noexcept {
    limit_ = fixed_ ? max_ : std::min(initial_, max_);
    reached_ = pressed_ = false;
    sum_ = 0;
    count_ = 0;
  }
  /// A request has begun; in_flight counts it.
  void started(std::size_t in_flight) noexcept { reached_ = reached_ || in_flight >= limit_; }
  void succeeded(Clock::time_point now, double seconds) noexcept {
    sum_ += seconds;
    ++count_;
    decide(now);
  }
  /// Throttled, timed out, refused, 5xx.
  void pushed_back(Clock::time_point now) noexcept {
    pressed_ = true;
    decide(now);
  }

 private:
  void decide(Clock::time_point now) noexcept {
    if (fixed_ || now < next_) {
      return;
    }
    const double current = count_ > 0 ? sum_ / static_cast<double>(count_) : mean_;
    if (known_ || pressed_) {
      const double above = std::max(kDeviations * std::sqrt(variance_), kNoise);
      if (pressed_ || (known_ && current >= mean_ + above)) {
        limit_ = std::max<std::size_t>(
            1, static_cast<std::size_t>(std::floor(static_cast<double>(limit_) * kDecrease)));
      } else if (reached_ && current <= mean_ + kNoise && limit_ < max_) {
        ++limit_;
      }
    }
    if (count_ > 0) {
      if (!known_) {
        known_ = true;
        mean_ = current;
        variance_ = 0;
      } else {
        const double difference = current - mean_;
        const double step = kAlpha * difference;
        mean_ += step;
        variance_ = (1 - kAlpha) * (variance_ + difference * step);
      }
    }
    reached_ = pressed_ = false;
    sum_ = 0;
    count_ = 0;
    next_ = now + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(mean_));
  }

  std::size_t initial_;
  std::size_t max_;
  bool fixed_;
  std::size_t limit_;
  bool reached_{false};
  bool pressed_{false};
  bool known_{false};
  double sum_{0};
  std::size_t count_{0};
  double mean_{0};
  double variance_{0};
  Clock::time_point next_{};
};

}  // namespace weir::connectors::http
