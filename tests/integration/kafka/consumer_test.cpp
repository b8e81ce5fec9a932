// What the embedded broker cannot show about a consumer: it makes every topic that it is asked for.
#include "runtime/kafka/consumer.hpp"

#include <gtest/gtest.h>

#include "support/kafka_broker.hpp"
#include "support/topics.hpp"

namespace weir::runtime::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

/// A member of a group, polled by the test's thread.
struct Member {
  explicit Member(const std::string& bootstrap, const std::vector<std::string>& topics) {
    auto made = Consumer::create({{"bootstrap.servers", bootstrap},
                                  {"group.id", "g-" + topics.back()},
                                  {"auto.offset.reset", "earliest"}});
    EXPECT_TRUE(made) << made.error().message;
    consumer = std::move(*made);
    EXPECT_TRUE(consumer->subscribe(topics));
  }

  /// Polls until so many partitions are assigned or the time is over; how many then are.
  std::size_t partitions(std::size_t wanted, seconds time = seconds(20)) {
    for (const auto end = Clock::now() + time;
         consumer->assignment().size() != wanted && Clock::now() < end;) {
      const auto polled = consumer->poll(milliseconds(100));
      if (const auto* error = std::get_if<ClientError>(&polled)) {
        told.push_back(error->topic);
      }
    }
    return consumer->assignment().size();
  }

  std::unique_ptr<Consumer> consumer;
  std::vector<std::string> told;  ///< topics of errors
};

TEST(MissingTopics, OneThatComesLaterIsReadSoonAfter) {
  test::KafkaBroker broker({.properties = {"auto.create.topics.enable=false"}});
  test::create_topic(broker.bootstrap(), "early", 1);
  Member member(broker.bootstrap(), {"early", "late"});
  ASSERT_EQ(member.partitions(1), 1U);
  EXPECT_EQ(member.told, std::vector<std::string>{"late"});
  test::create_topic(broker.bootstrap(), "late", 2);
  EXPECT_EQ(member.partitions(3), 3U);

  // Nothing is there at first.
  Member alone(broker.bootstrap(), {"later"});
  EXPECT_EQ(alone.partitions(1, seconds(4)), 0U);
  EXPECT_EQ(alone.told, std::vector<std::string>{"later"});
  test::create_topic(broker.bootstrap(), "later", 1);
  EXPECT_EQ(alone.partitions(1), 1U);
}

}  // namespace
}  // namespace weir::runtime::kafka
