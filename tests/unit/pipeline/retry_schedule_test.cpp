#include "runtime/pipeline/retry_schedule.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;

class RetryScheduleTest : public ::testing::Test {
 protected:
  RetrySchedule schedule(int timeout, int longest, std::uint32_t seed = 1) {
    return {milliseconds(timeout), milliseconds(longest), [this] { return now_; }, seed};
  }
  /// The delay, after which the time has passed; -1: no more.
  std::int64_t next(RetrySchedule& s) {
    const auto delay = s.next();
    if (!delay) {
      return -1;
    }
    now_ += *delay;
    return delay->count();
  }
  RetrySchedule::Clock::time_point now_{};
};

TEST_F(RetryScheduleTest, ZeroIsNoRetry) {
  auto s = schedule(0, 60'000);
  EXPECT_EQ(next(s), -1);
}

TEST_F(RetryScheduleTest, DelaysDoubleFrom300AndTheLastOneEndsAtTheDeadline) {
  auto s = schedule(5'000, 60'000);
  std::vector<std::int64_t> delays;
  for (auto d = next(s); d >= 0; d = next(s)) {
    delays.push_back(d);
  }
  EXPECT_EQ(delays, (std::vector<std::int64_t>{300, 600, 1200, 2400, 500}));
}

TEST_F(RetryScheduleTest, TheTimeOfTheAttemptsCounts) {
  auto s = schedule(1'000, 60'000);
  now_ += milliseconds(900);
  EXPECT_EQ(next(s), 100);
  EXPECT_EQ(next(s), -1);
}

TEST_F(RetryScheduleTest, AboveTheLongestDelayItIsAnyTimeBelowIt) {
  std::set<std::int64_t> seen;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    auto s = schedule(-1, 1'000, seed);
    EXPECT_EQ(next(s), 300);
    EXPECT_EQ(next(s), 600);
    for (int i = 0; i < 4; ++i) {
      const auto d = next(s);
      EXPECT_GE(d, 0);
      EXPECT_LT(d, 1'000);
      seen.insert(d);
    }
  }
  EXPECT_GT(seen.size(), 100u);
  EXPECT_LT(*seen.begin(), 100);
  EXPECT_GT(*seen.rbegin(), 900);
}

TEST_F(RetryScheduleTest, BelowZeroItNeverEndsAndNeverOverflows) {
  auto s = schedule(-1, 60'000);
  for (int i = 0; i < 5'000; ++i) {
    const auto d = next(s);
    ASSERT_GE(d, 0);
    ASSERT_LE(d, 60'000);
  }
  auto other = schedule(-7, 60'000);
  EXPECT_EQ(next(other), 300);
}

TEST_F(RetryScheduleTest, ALongestDelayOfZeroTriesAgainAtOnce) {
  auto s = schedule(-1, 0);
  EXPECT_EQ(next(s), 0);
  EXPECT_EQ(next(s), 0);
}

}  // namespace
}  // namespace weir::runtime::pipeline
