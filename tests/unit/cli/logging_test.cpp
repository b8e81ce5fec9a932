#include "runtime/cli/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace weir::runtime::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class LoggingTest : public ::testing::Test {
 protected:
  LoggingTest() {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
    sink->set_formatter(json_formatter());
    limited_ = rate_limited(sink);
  }
  void log(std::string_view message, spdlog::log_clock::time_point at,
           spdlog::level::level_enum level = spdlog::level::info) {
    limited_->log(spdlog::details::log_msg(at, {}, "", level, {message.data(), message.size()}));
  }
  std::string take() {
    std::string out = text_.str();
    text_.str("");
    return out;
  }
  std::size_t lines() {
    const std::string all = take();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  }
  static constexpr spdlog::log_clock::time_point at(int seconds) {
    return spdlog::log_clock::time_point(std::chrono::seconds(1'700'000'000 + seconds));
  }

  std::ostringstream text_;
  std::shared_ptr<spdlog::sinks::sink> limited_;
};

TEST_F(LoggingTest, WritesOneJsonObjectALine) {
  log("a \"b\"\nc", at(0), spdlog::level::warn);
  EXPECT_EQ(
      take(),
      "{\"ts\":\"2023-11-14T22:13:20.000Z\",\"level\":\"warning\",\"msg\":\"a \\\"b\\\"\\nc\"}\n");
}

TEST_F(LoggingTest, TheContextBecomesMembers) {
  log("[c|x|task-3] put failed", at(0));
  EXPECT_THAT(take(), EndsWith("\"connector\":\"c|x\",\"task\":3,\"msg\":\"put failed\"}\n"));
  log("[c|worker] started", at(0));
  EXPECT_THAT(take(), EndsWith("\"connector\":\"c\",\"msg\":\"started\"}\n"));
  log("[not|a context] x", at(0));
  EXPECT_THAT(take(), EndsWith("\"msg\":\"[not|a context] x\"}\n"));
}

TEST_F(LoggingTest, EqualLinesAreCountedAfterTen) {
  for (int i = 0; i < 100; ++i) {
    log("same", at(0));
    log("other " + std::to_string(i), at(0));
  }
  EXPECT_EQ(lines(), 110U);
  log("later", at(11));
  const std::string after = take();
  EXPECT_THAT(after, HasSubstr("90 more lines like this: same"));
  EXPECT_THAT(after, HasSubstr("later"));
  log("same", at(12));
  EXPECT_EQ(lines(), 1U);
}

TEST_F(LoggingTest, ManyDifferentLinesAreNotRememberedForEver) {
  for (int i = 0; i < 10'000; ++i) {
    log("line " + std::to_string(i), at(0));
  }
  EXPECT_EQ(lines(), 10'000U);
}

}  // namespace
}  // namespace weir::runtime::cli
