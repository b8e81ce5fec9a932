#include "runtime/kafka/topic_log.hpp"

#include "embedded_fixture.hpp"

namespace weir::runtime::kafka {
namespace {

class Log : public Embedded {
 protected:
  struct Row {
    std::string key;
    std::optional<std::string> value;
    std::int32_t partition;
    std::int64_t offset;
  };

  std::unique_ptr<TopicLog> log(const std::string& topic) {
    return std::make_unique<TopicLog>(TopicLogOptions{
        .topic = topic,
        .consumer = config(),
        .producer = config(),
        .on_record =
            [this](const Message& m) {
              std::lock_guard lock(mutex);
              rows.push_back({std::string(m.key().value_or("")),
                              m.value() ? std::optional<std::string>(*m.value()) : std::nullopt,
                              m.partition(), m.offset()});
              if (m.key() == "bomb") {
                throw std::runtime_error("boom");
              }
            },
        .on_error = {}});
  }
  std::vector<Row> seen() {
    std::lock_guard lock(mutex);
    return rows;
  }

  std::mutex mutex;
  std::vector<Row> rows;
};

TEST_F(Log, AnEmptyTopicIsReadAtOnce) {
  ASSERT_TRUE(broker->create_topic("s", 5));
  auto l = log("s");
  const auto started = l->start(seconds(20));
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(l->partitions(), 5);
  EXPECT_TRUE(seen().empty());
  EXPECT_TRUE(l->read_to_end(seconds(5)));
}

TEST_F(Log, WhatIsSentComesBackTombstonesIncluded) {
  ASSERT_TRUE(broker->create_topic("s", 3));
  auto l = log("s");
  ASSERT_TRUE(l->start(seconds(20)));
  const auto first = l->send_and_wait("k1", "v1", seconds(10));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->offset, 0);
  ASSERT_TRUE(l->send_and_wait("k1", "v2", seconds(10)));
  auto third = l->send("k1", std::nullopt);
  auto fourth = l->send("k1", "");
  ASSERT_TRUE(l->flush(seconds(10)));
  ASSERT_TRUE(third.get());
  ASSERT_TRUE(fourth.get());
  ASSERT_TRUE(l->read_to_end(seconds(10)));
  const auto all = seen();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].value, "v1");
  EXPECT_EQ(all[1].value, "v2");
  EXPECT_EQ(all[2].value, std::nullopt);
  EXPECT_EQ(all[3].value, "");
  EXPECT_EQ(all[3].offset, 3);
  EXPECT_EQ(all[0].partition, first->partition);
}

TEST_F(Log, ReadToEndSeesWhatOthersWroteBefore) {
  ASSERT_TRUE(broker->create_topic("s", 2));
  auto mine = log("s");
  ASSERT_TRUE(mine->start(seconds(20)));
  for (int round = 1; round <= 5; ++round) {
    fill("s", 10, round % 2);
    ASSERT_TRUE(mine->read_to_end(seconds(10)));
    EXPECT_EQ(seen().size(), static_cast<std::size_t>(round) * 10);
  }
}

TEST_F(Log, ARestartReadsEverythingAgain) {
  ASSERT_TRUE(broker->create_topic("s", 1));
  fill("s", 2000);
  auto l = log("s");
  ASSERT_TRUE(l->start(seconds(20)));
  EXPECT_EQ(seen().size(), 2000U);
  l->stop();
  EXPECT_FALSE(l->read_to_end(seconds(1)));
  EXPECT_FALSE(l->send_and_wait("k", "v", seconds(1)));
  ASSERT_TRUE(l->start(seconds(20)));
  EXPECT_EQ(seen().size(), 4000U);
}

TEST_F(Log, ARecordThatThrowsStopsTheLogWithAFailure) {
  ASSERT_TRUE(broker->create_topic("s", 1));
  auto l = log("s");
  ASSERT_TRUE(l->start(seconds(20)));
  ASSERT_TRUE(l->send_and_wait("bomb", "v", seconds(10)));
  const auto read = l->read_to_end(seconds(10));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::fatal);
  ASSERT_TRUE(l->failure());
  EXPECT_NE(l->failure()->message.find("boom"), std::string::npos);
}

TEST_F(Log, AnUnreachableClusterIsRetriableInTime) {
  ASSERT_TRUE(broker->set_reachable(false));
  auto l = log("s");
  const auto started = l->start(milliseconds(300));
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::retriable);
  EXPECT_NE(started.error().message.find("'s'"), std::string::npos);
}

TEST_F(Log, AnOutageFailsReadToEndInTimeAndHeals) {
  ASSERT_TRUE(broker->create_topic("s", 1));
  auto l = log("s");
  ASSERT_TRUE(l->start(seconds(20)));
  ASSERT_TRUE(broker->set_reachable(false));
  const auto read = l->read_to_end(milliseconds(100));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::retriable);
  EXPECT_FALSE(l->send_and_wait("k", "v", milliseconds(50)));
  ASSERT_TRUE(broker->set_reachable(true));
  ASSERT_TRUE(l->flush(seconds(30)));
  ASSERT_TRUE(l->read_to_end(seconds(30)));
  EXPECT_EQ(seen().size(), 1U);
}

}  // namespace
}  // namespace weir::runtime::kafka
