#include <algorithm>
#include <limits>

#include "runtime/metrics/registry.hpp"

namespace weir::runtime::metrics {

Sampled::Sampled(std::chrono::milliseconds window, int samples,
                 std::function<Clock::time_point()> now)
    : window_(window),
      now_(std::move(now)),
      start_(now_()),
      samples_(static_cast<std::size_t>(std::max(samples, 1))) {
  samples_[0].start = start_;
}

void Sampled::record(double value, double count) noexcept {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  if (now - samples_[current_].start >= window_) {
    current_ = (current_ + 1) % samples_.size();
    samples_[current_] = Sample{};
    samples_[current_].start = now;
  }
  Sample& s = samples_[current_];
  s.maximum = s.used ? std::max(s.maximum, value) : value;
  s.minimum = s.used ? std::min(s.minimum, value) : value;
  s.used = true;
  s.sum += value;
  s.count += count;
}

Sampled::Total Sampled::total(Clock::time_point now) noexcept {
  Total out;
  const auto horizon = window_ * static_cast<int>(samples_.size());
  for (const Sample& s : samples_) {
    if (!s.used || now - s.start >= horizon) {
      continue;
    }
    out.maximum = out.any ? std::max(out.maximum, s.maximum) : s.maximum;
    out.minimum = out.any ? std::min(out.minimum, s.minimum) : s.minimum;
    out.any = true;
    out.sum += s.sum;
    out.count += s.count;
  }
  return out;
}

double Sampled::average() noexcept {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  const Total t = total(now);
  return t.count > 0 ? t.sum / t.count : std::numeric_limits<double>::quiet_NaN();
}

double Sampled::maximum() noexcept {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  const Total t = total(now);
  return t.any ? t.maximum : std::numeric_limits<double>::quiet_NaN();
}

double Sampled::minimum() noexcept {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  const Total t = total(now);
  return t.any ? t.minimum : std::numeric_limits<double>::quiet_NaN();
}

double Sampled::rate() noexcept {
  const auto now = now_();
  const std::lock_guard lock(mutex_);
  const Total t = total(now);
  // Kafka's Rate: the elapsed time counts as at least all windows but the last, so that a young
  // meter does not exaggerate.
  const auto horizon = window_ * static_cast<int>(samples_.size());
  Clock::duration elapsed = std::min<Clock::duration>(now - start_, horizon);
  elapsed = std::max<Clock::duration>(elapsed, horizon - window_);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  return seconds > 0 ? t.sum / seconds : t.sum;
}

}  // namespace weir::runtime::metrics
