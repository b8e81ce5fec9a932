#include "runtime/state/status_store.hpp"

#include <gmock/gmock.h>

namespace weir::runtime::state {
namespace {

TEST(StatusJson, IsJavas) {
  const Status status{"RUNNING", "", "127.0.0.1:8083", 13, "4.1.0"};
  EXPECT_EQ(to_json(status), R"({"state":"RUNNING","trace":null,"worker_id":"127.0.0.1:8083","generation":13,"version":"4.1.0"})");
  EXPECT_EQ(parse_status(to_json(status)), status);
  const Status failed{"FAILED", "line\n\tline", "w", 0, std::nullopt};
  EXPECT_EQ(parse_status(to_json(failed)), failed);
  EXPECT_EQ(parse_status(R"({"state":"RUNNING","worker_id":"w"})")->state, "RUNNING") << "before 4.1 there was no version";
  EXPECT_FALSE(parse_status("{}"));
  EXPECT_FALSE(parse_status("["));
}

// Without a log nothing is sent; what is written is seen here all the same.
TEST(StatusStoreTest, KeepsTheNewestOfEachKey) {
  StatusStore store({});
  store.put_connector("a", {"RUNNING", "", "w", 1, {}});
  store.put_task("a", 1, {"FAILED", "why", "w", 1, {}});
  store.put_task("a", 0, {"RUNNING", "", "w", 1, {}});
  store.put_task("a-1", 0, {"PAUSED", "", "w", 1, {}});
  EXPECT_EQ(store.tasks("a").size(), 2u);
  EXPECT_EQ(store.tasks("a").at(1).trace, "why");
  EXPECT_EQ(store.task("a-1", 0)->state, "PAUSED");
  EXPECT_EQ(store.known(), (std::set<std::string>{"a", "a-1"}));
  store.remove_connector("a");
  EXPECT_EQ(store.known(), (std::set<std::string>{"a-1"}));
  EXPECT_FALSE(store.connector("a"));
}

TEST(StatusStoreTest, TracksTopics) {
  StatusStore store({});
  store.add_topic("a", "t1", 0);
  store.add_topic("a", "t2", 0);
  store.add_topic("a", "t1", 1);
  EXPECT_EQ(store.topics("a"), (std::vector<std::string>{"t1", "t2"}));
  store.reset_topics("a");
  EXPECT_TRUE(store.topics("a").empty());
}

}  // namespace
}  // namespace weir::runtime::state
