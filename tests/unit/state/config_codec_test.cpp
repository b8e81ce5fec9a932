// Samples are copied from the topics of a Kafka Connect 4.1.0 cluster.
#include "runtime/state/config_codec.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace weir::runtime::state {
namespace {

constexpr const char* kConnector =
    R"({"properties":{"connector.class":"FileStreamSource","tasks.max":"1","file":"in.txt","topic":"t1","name":"fs"}})";
constexpr const char* kTask =
    R"({"properties":{"connector.class":"FileStreamSource","file":"in.txt","task.class":"org.apache.kafka.connect.file.FileStreamSourceTask","tasks.max":"1","name":"fs","topic":"t1"}})";

TEST(ConfigImageTest, ReadsAJavaLogInAnyOrder) {
  std::vector<std::pair<std::string, std::string>> log = {{"connector-fs", kConnector},
                                                          {"task-fs-0", kTask},
                                                          {"commit-fs", R"({"tasks":1})"},
                                                          {"target-state-fs", R"({"state":"PAUSED","state.v2":"STOPPED"})"},
                                                          {"session-key", "{}"}};
  std::sort(log.begin(), log.end());
  do {  // compaction leaves the last value of each key, in whatever order (KAFKA-17719)
    ConfigImage image;
    for (const auto& [key, value] : log) {
      EXPECT_TRUE(image.apply(key, value));
    }
    const auto connector = image.connector("fs");
    ASSERT_TRUE(connector);
    EXPECT_EQ(connector->config.at("file"), "in.txt");
    EXPECT_EQ(connector->target, TargetState::stopped);
    ASSERT_EQ(connector->tasks.size(), 1u);
    EXPECT_EQ(connector->tasks[0].at("task.class"), "org.apache.kafka.connect.file.FileStreamSourceTask");
  } while (std::next_permutation(log.begin(), log.end()));
}

TEST(ConfigImageTest, WritesWhatJavaReads) {
  EXPECT_EQ(connector_record("a", {{"name", "a"}, {"x", "1\""}}).value, R"({"properties":{"name":"a","x":"1\""}})");
  EXPECT_EQ(task_record("a", 3, {}).key, "task-a-3");
  EXPECT_EQ(commit_record("a", 2).value, R"({"tasks":2})");
  EXPECT_EQ(target_record("a", TargetState::stopped).value, R"({"state":"PAUSED","state.v2":"STOPPED"})");
  EXPECT_EQ(target_record("a", TargetState::paused).value, R"({"state":"PAUSED","state.v2":"PAUSED"})");
  EXPECT_EQ(logger_record("org.x", "INFO").key, "logger-cluster-org.x");
  EXPECT_NE(session_key_record().value, session_key_record().value);
  EXPECT_EQ(session_key_record().value->find("{\"key\":\""), 0u);
}

TEST(ConfigImageTest, ANameMayHoldDashes) {
  ConfigImage image;
  image.apply("connector-a-1", R"({"properties":{"name":"a-1"}})");
  image.apply("task-a-1-0", R"({"properties":{"x":"y"}})");
  image.apply("commit-a-1", R"({"tasks":1})");
  ASSERT_EQ(image.connector("a-1")->tasks.size(), 1u);
  EXPECT_FALSE(image.connector("a"));
}

TEST(ConfigImageTest, AnIncompleteTaskSetIsInconsistent) {
  ConfigImage image;
  image.apply("connector-a", R"({"properties":{}})");
  image.apply("task-a-0", R"({"properties":{}})");
  image.apply("commit-a", R"({"tasks":2})");
  EXPECT_FALSE(image.connector("a")->consistent);
  EXPECT_TRUE(image.connector("a")->tasks.empty());
  image.apply("task-a-1", R"({"properties":{}})");
  EXPECT_TRUE(image.connector("a")->consistent);
  EXPECT_EQ(image.connector("a")->tasks.size(), 2u);
}

TEST(ConfigImageTest, TombstonesTakeEverythingAway) {
  ConfigImage image;
  for (const StateRecord& r : {connector_record("a", {{"k", "v"}}), task_record("a", 0, {}), task_record("a", 1, {}), commit_record("a", 1),
                               target_record("a", TargetState::paused)}) {
    ASSERT_TRUE(image.apply(r.key, r.value));
  }
  const auto removal = image.removal("a");
  EXPECT_EQ(removal.size(), 5u) << "leftover tasks too (KAFKA-16838)";
  for (const StateRecord& r : removal) {
    EXPECT_FALSE(r.value);
    image.apply(r.key, std::nullopt);
  }
  EXPECT_FALSE(image.connector("a"));
  image.apply("connector-a", R"({"properties":{}})");
  EXPECT_TRUE(image.connector("a")->tasks.empty());
  EXPECT_EQ(image.connector("a")->target, TargetState::started);
}

// As Java's workers delete it.
TEST(ConfigImageTest, ANewConnectorDoesNotInheritTheTasksOfADeletedOne) {
  ConfigImage image;
  image.apply("connector-a", R"({"properties":{"x":"1"}})");
  image.apply("task-a-0", R"({"properties":{"x":"1"}})");
  image.apply("commit-a", R"({"tasks":1})");
  image.apply("connector-a", std::nullopt);
  image.apply("target-state-a", std::nullopt);
  image.apply("connector-a", R"({"properties":{"x":"2"}})");
  EXPECT_TRUE(image.connector("a")->tasks.empty());
  EXPECT_TRUE(image.connector("a")->consistent);
}

TEST(ConfigImageTest, SkipsWhatItDoesNotUnderstand) {
  ConfigImage image;
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"connector-a", "[]"}, {"connector-a", R"({"properties":3})"}, {"connector-a", "{"}, {"commit-a", R"({"tasks":"x"})"},
           {"commit-a", R"({"tasks":-1})"}, {"target-state-a", R"({"state":"ODD"})"}, {"task-a", R"({"properties":{}})"},
           {"task-a-x", R"({"properties":{}})"}, {"something", "{}"}, {"", "{}"}}) {
    EXPECT_FALSE(image.apply(key, value)) << key << value;
  }
  EXPECT_TRUE(image.connectors().empty());
  EXPECT_TRUE(image.apply("restart-connector-x", "{}"));
  EXPECT_TRUE(image.apply("logger-cluster-x", "{}"));
}

}  // namespace
}  // namespace weir::runtime::state
