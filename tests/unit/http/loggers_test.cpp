#include "runtime/http/loggers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

namespace weir::runtime::http {
namespace {

using ::testing::ElementsAre;

class LoggersTest : public ::testing::Test {
 protected:
  LoggersTest() {
    for (const char* name : {"kafka", "kafka.producer", "kafkaesque"}) {
      spdlog::register_logger(
          std::make_shared<spdlog::logger>(name, std::make_shared<spdlog::sinks::null_sink_mt>()));
    }
  }
  ~LoggersTest() override {
    for (const char* name : {"kafka", "kafka.producer", "kafkaesque"}) {
      spdlog::drop(name);
    }
    spdlog::default_logger()->set_level(spdlog::level::info);
  }
  Loggers loggers_;
};

TEST_F(LoggersTest, AListShowsRootAndTheOthers) {
  const auto all = loggers_.all();
  ASSERT_EQ(all.count("root"), 1U);
  EXPECT_EQ(all.at("root").level, "INFO");
  EXPECT_FALSE(all.at("kafka").last_modified);
  EXPECT_FALSE(loggers_.find("nobody"));
}

TEST_F(LoggersTest, ALevelGoesToTheNamesBelow) {
  const auto changed = loggers_.set("kafka", "debug");
  ASSERT_TRUE(changed);
  EXPECT_THAT(*changed, ElementsAre("kafka", "kafka.producer"));
  EXPECT_EQ(spdlog::get("kafka.producer")->level(), spdlog::level::debug);
  EXPECT_EQ(spdlog::get("kafkaesque")->level(), spdlog::level::info);
  EXPECT_EQ(loggers_.find("kafka")->level, "DEBUG");
  EXPECT_TRUE(loggers_.find("kafka")->last_modified);
  EXPECT_FALSE(loggers_.find("kafkaesque")->last_modified);
}

TEST_F(LoggersTest, RootIsAboveAll) {
  const auto changed = loggers_.set("root", "ERROR");
  ASSERT_TRUE(changed);
  EXPECT_THAT(*changed, ElementsAre("kafka", "kafka.producer", "kafkaesque", "root"));
}

TEST_F(LoggersTest, UnknownNamesAreRememberedAndUnknownLevelsRefused) {
  EXPECT_FALSE(loggers_.set("kafka", "LOUD"));
  ASSERT_TRUE(loggers_.set("org.example", "ALL"));
  EXPECT_EQ(loggers_.find("org.example")->level, "ALL");
}

}  // namespace
}  // namespace weir::runtime::http
