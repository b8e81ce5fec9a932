#include "runtime/pipeline/retry_schedule.hpp"

#include <algorithm>
#include <utility>

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirst{300};
constexpr int kMaxDoublings = 40;  // 300 ms times that is 10 millennia

}  // namespace

RetrySchedule::RetrySchedule(milliseconds timeout, milliseconds longest, Now now,
                             std::optional<std::uint32_t> seed)
    : longest_(std::max(milliseconds(0), longest)),
      now_(std::move(now)),
      deadline_(timeout.count() < 0 ? std::nullopt : std::optional(now_() + timeout)),
      seed_(seed) {}

std::optional<milliseconds> RetrySchedule::next() {
  const auto now = now_();
  if (deadline_ && now >= *deadline_) {
    return std::nullopt;
  }
  milliseconds delay = kFirst * (std::int64_t{1} << std::min(attempts_++, kMaxDoublings));
  if (delay > longest_) {
    if (!random_) {  // few get here, and setting it up costs more than most conversions
      random_.emplace(seed_ ? *seed_ : std::random_device{}());
    }
    delay = longest_.count() == 0 ? milliseconds(0)
                                  : milliseconds(std::uniform_int_distribution<std::int64_t>(
                                        0, longest_.count() - 1)(*random_));
  }
  if (deadline_) {
    delay = std::min(delay, std::chrono::ceil<milliseconds>(*deadline_ - now));
  }
  return delay;
}

}  // namespace weir::runtime::pipeline
