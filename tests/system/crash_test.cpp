// The worker dies or stops in the middle of its work.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "support/topics.hpp"
#include "system/load.hpp"

namespace weir::test {
namespace {

using Clock = std::chrono::steady_clock;

std::map<std::string, std::string> quick_sessions() {
  return {{"consumer.session.timeout.ms", "6000"}, {"consumer.heartbeat.interval.ms", "1500"}};
}

std::uint64_t repeats(PartnerProcess& partner) { return partner.stats().at("repeats").to_number<std::uint64_t>(); }

TEST(Crash, Kill9InTheMiddleOf5000SalesLosesNothingAndDoublesNothing) {
  Platform platform({.name = "kill9", .worker = quick_sessions()});
  const Expectation expected = generate_sales(5000, 5);
  Load load(platform, expected.sales, 150);
  for (const std::int64_t rows : {700, 1800, 3000}) {
    wait_for_rows(platform, rows);
    platform.worker().kill9();
    platform.worker().start();
    std::printf("killed after %lld rows\n", static_cast<long long>(rows));
  }
  const PosterReport report = load.report();
  EXPECT_EQ(report.acknowledged(), 5000U);
  EXPECT_GT(report.tries_again, 0U) << "no request met a dead worker";
  platform.expect_delivered(expected, std::chrono::seconds(90));
  std::printf("requests posted again %llu, repeats at onepass %llu, at slyp %llu\n",
              static_cast<unsigned long long>(report.tries_again),
              static_cast<unsigned long long>(repeats(platform.onepass())),
              static_cast<unsigned long long>(repeats(platform.slyp())));
}

TEST(Crash, ASigtermUnderLoadSettlesAndCommitsWhatItCan) {
  Platform platform({.name = "sigterm", .worker = quick_sessions()});
  const Expectation expected = generate_sales(2000, 6);
  Load load(platform, expected.sales, 200);
  for (const std::int64_t rows : {400, 1000}) {
    wait_for_rows(platform, rows);
    const auto started = Clock::now();
    EXPECT_EQ(platform.worker().terminate(), 0) << tail(platform.worker().log());
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    EXPECT_LT(seconds, 10);
    std::printf("stopped in %.2f s\n", seconds);
    platform.worker().start();
  }
  EXPECT_EQ(load.report().acknowledged(), 2000U);
  platform.expect_delivered(expected, std::chrono::seconds(60));
  EXPECT_EQ(repeats(platform.onepass()), 0U);
  EXPECT_EQ(repeats(platform.slyp()), 0U);
}

TEST(Crash, ASigtermWhileAPartnerIsDownEndsInTimeAndLosesNothing) {
  Platform platform({.name = "sigterm_down", .worker = quick_sessions()});
  const Expectation expected = generate_sales(600, 10);
  EXPECT_EQ(platform.post({expected.sales.begin(), expected.sales.begin() + 300}).acknowledged(), 300U);
  platform.onepass().fault(R"({"mode":"refuse"})");
  EXPECT_EQ(platform.post({expected.sales.begin() + 300, expected.sales.end()}).acknowledged(), 300U);
  wait_for_rows(platform, 600);
  const auto started = Clock::now();
  EXPECT_EQ(platform.worker().terminate(), 0) << tail(platform.worker().log());
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  EXPECT_LT(seconds, 10);
  std::printf("stopped in %.2f s\n", seconds);
  EXPECT_EQ(platform.worker().log_text().find("is abandoned"), std::string::npos) << tail(platform.worker().log());
  platform.onepass().fault(R"({"mode":"none"})");
  platform.worker().start();
  platform.expect_delivered(expected, std::chrono::seconds(60));
  EXPECT_EQ(repeats(platform.onepass()), 0U);
  EXPECT_EQ(repeats(platform.slyp()), 0U);
}

}  // namespace
}  // namespace weir::test
