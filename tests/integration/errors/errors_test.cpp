// errors.* (KIP-298, KIP-610) on a real broker.
#include <gmock/gmock.h>

#include <fstream>

#include "platform.hpp"

namespace weir::test {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr const char* kJson = "{\"a\":1}";

TEST_F(ErrorsTest, TheDeadLetterTopicIsMadeWithOnePartitionAndEveryLetterSaysWhy) {
  create_topic(broker().bootstrap(), "orders", 1);
  TopicWriter writer(broker().bootstrap());
  writer.write("orders", "fine", kJson);
  TopicRecord bad;
  bad.topic = "orders";
  bad.key = "k1";
  bad.value = "{\"a\":";
  bad.timestamp = 1'700'000'000'123;
  bad.headers = {{"trace", "abc"}, {"empty", ""}, {"none", std::nullopt}, {"trace", "again"}};
  writer.write(bad);
  writer.write("orders", "no-1", kJson);
  writer.write("orders", "fine", kJson);
  writer.flush();
  Config config = tolerant_sink("orders", "orders");
  config["refuse"] = "no-";
  config["errors.log.enable"] = "true";
  config["errors.log.include.messages"] = "true";
  worker().put_connector("orders", config);
  worker().wait_running("orders", 1);
  const auto found = letters("orders", 2);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(partition_count(broker().bootstrap(), "dlq.orders"), 1);

  EXPECT_EQ(found[0].key, bad.key);
  EXPECT_EQ(found[0].value, bad.value);
  EXPECT_EQ(found[0].timestamp, bad.timestamp);
  ASSERT_GE(found[0].headers.size(), 4u);
  for (std::size_t i = 0; i < bad.headers.size(); ++i) {
    EXPECT_EQ(found[0].headers[i], bad.headers[i]);
  }
  EXPECT_THAT(
      header_names(found[0]),
      ElementsAre("trace", "empty", "none", "trace", "__connect.errors.topic",
                  "__connect.errors.partition", "__connect.errors.offset",
                  "__connect.errors.connector.name", "__connect.errors.task.id",
                  "__connect.errors.stage", "__connect.errors.class.name",
                  "__connect.errors.exception.class.name", "__connect.errors.exception.message",
                  "__connect.errors.exception.stacktrace", "weir.outcome", "weir.attempt"));
  EXPECT_EQ(found[0].header("__connect.errors.topic"), "orders");
  EXPECT_EQ(found[0].header("__connect.errors.partition"), "0");
  EXPECT_EQ(found[0].header("__connect.errors.offset"), "1");
  EXPECT_EQ(found[0].header("__connect.errors.connector.name"), "orders");
  EXPECT_EQ(found[0].header("__connect.errors.task.id"), "0");
  EXPECT_EQ(found[0].header("__connect.errors.stage"), "VALUE_CONVERTER");
  EXPECT_EQ(found[0].header("__connect.errors.class.name"),
            "org.apache.kafka.connect.json.JsonConverter");
  EXPECT_EQ(found[0].header("__connect.errors.exception.class.name"),
            "org.apache.kafka.connect.errors.DataException");
  EXPECT_THAT(
      found[0].header("__connect.errors.exception.message").value_or(""),
      HasSubstr("Converting byte[] to Kafka Connect data failed due to serialization error"));

  EXPECT_EQ(found[1].key, "no-1");
  EXPECT_EQ(found[1].header("__connect.errors.stage"), "TASK_PUT");
  EXPECT_EQ(found[1].header("__connect.errors.class.name"),
            "org.apache.kafka.connect.sink.SinkTask");
  EXPECT_EQ(found[1].header("__connect.errors.exception.message"), "the target refuses no-1");

  ASSERT_TRUE(eventually(seconds(30), [&] {
    return committed_offsets(broker().bootstrap(), "connect-orders", "orders")[0] == 4;
  }));
  EXPECT_EQ(delivered("orders"), (std::set<std::int64_t>{0, 3}));
  EXPECT_THAT(
      worker().log_text(),
      HasSubstr("Error encountered in task orders-0. Executing stage 'VALUE_CONVERTER' with class "
                "'org.apache.kafka.connect.json.JsonConverter', where consumed record is "
                "{topic='orders', partition=0, offset=1, "
                "timestamp=1700000000123, timestampType=CreateTime}. "));
  EXPECT_EQ(error_metric("orders", "total_record_failures"), 2);
  EXPECT_EQ(error_metric("orders", "total_record_errors"), 1);
  EXPECT_EQ(error_metric("orders", "total_records_skipped"), 2);
  EXPECT_EQ(error_metric("orders", "total_errors_logged"), 2);
  EXPECT_EQ(error_metric("orders", "total_retries"), 0);
  EXPECT_EQ(error_metric("orders", "deadletterqueue_produce_requests"), 2);
  EXPECT_EQ(error_metric("orders", "deadletterqueue_produce_failures"), 0);
  EXPECT_GT(error_metric("orders", "last_error_timestamp"), 1.7e12);

  // The letters of a sink that reads letters: a second set of headers behind the first.
  worker().put_connector("again", tolerant_sink("again", "dlq.orders"));
  const auto again = letters("again", 1);
  ASSERT_EQ(again.size(), 1u);
  const auto names = header_names(again[0]);
  EXPECT_EQ(std::count(names.begin(), names.end(), "__connect.errors.stage"), 2);
  EXPECT_EQ(again[0].value, bad.value);
  EXPECT_EQ(again[0].header("__connect.errors.topic"), "dlq.orders");
  worker().delete_connector("orders");
  worker().delete_connector("again");
}

TEST_F(ErrorsTest, AReplicationFactorThatCannotBeHadFailsTheTaskAndNamesTheKey) {
  create_topic(broker().bootstrap(), "factor", 1);
  Config config = tolerant_sink("factor", "factor");
  config["errors.deadletterqueue.topic.replication.factor"] = "3";
  worker().put_connector("factor", config);
  const std::string trace = worker().wait_failed("factor");
  EXPECT_THAT(trace,
              HasSubstr("errors.deadletterqueue.topic.name: the topic dlq.factor cannot be used"));
  EXPECT_THAT(trace, HasSubstr("errors.deadletterqueue.topic.replication.factor=3"));
  EXPECT_FALSE(topic_exists(broker().bootstrap(), "dlq.factor"));
  // With a topic that is there the factor does not matter.
  create_topic(broker().bootstrap(), "dlq.factor", 2);
  worker().put_connector("factor", Config(config));
  worker().http().post("/connectors/factor/restart?includeTasks=true", "");
  EXPECT_TRUE(eventually(seconds(30), [&] {
    return worker().task_states("factor") == std::vector<std::string>{"RUNNING"};
  }));
  EXPECT_EQ(partition_count(broker().bootstrap(), "dlq.factor"), 2);
  worker().delete_connector("factor");
}

TEST_F(ErrorsTest, WithoutToleranceTheRecordIsReportedAtEveryStartAndItsOffsetStays) {
  create_topic(broker().bootstrap(), "strict", 1);
  TopicWriter writer(broker().bootstrap());
  writer.write("strict", "fine", kJson);
  writer.flush();
  Config config = tolerant_sink("strict", "strict");
  config["errors.tolerance"] = "none";
  worker().put_connector("strict", config);
  worker().wait_running("strict", 1);
  ASSERT_TRUE(eventually(seconds(30), [&] {
    return committed_offsets(broker().bootstrap(), "connect-strict", "strict")[0] == 1;
  }));
  writer.write("strict", "k", "nonsense");
  writer.write("strict", "fine", kJson);
  writer.flush();
  EXPECT_THAT(worker().wait_failed("strict"), HasSubstr("VALUE_CONVERTER of strict-0@1"));
  EXPECT_EQ(letters("strict", 1).size(), 1u);
  worker().http().post("/connectors/strict/tasks/0/restart", "");
  const auto found = letters("strict", 2);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].header("__connect.errors.offset"), "1");
  EXPECT_EQ(worker().wait_failed("strict").find("strict-0@1") == std::string::npos, false);
  EXPECT_EQ(committed_offsets(broker().bootstrap(), "connect-strict", "strict")[0], 1);
  // The way on: tolerate it.
  config["errors.tolerance"] = "all";
  worker().put_connector("strict", config);
  ASSERT_TRUE(eventually(seconds(60), [&] { return delivered("strict").contains(2); }));
  worker().delete_connector("strict");
}

TEST_F(ErrorsTest, ALetterThatIsNotTakenFailsTheTaskAndNothingIsLost) {
  create_topic(broker().bootstrap(), "unheard", 1);
  create_topic(broker().bootstrap(), "dlq.unheard", 1, {{"max.message.bytes", "3000"}});
  TopicWriter writer(broker().bootstrap());
  const std::string bad = "{\"a\":\"" + std::string(10'000, 'x');
  writer.write("unheard", "fine", kJson);
  writer.write("unheard", "k", bad);
  writer.write("unheard", "fine", kJson);
  writer.flush();
  Config config = tolerant_sink("unheard", "unheard");
  worker().put_connector("unheard", config);
  const std::string trace = worker().wait_failed("unheard");
  EXPECT_THAT(
      trace,
      HasSubstr("a dead letter was not accepted by dlq.unheard (raise its max.message.bytes"));
  const auto committed = committed_offsets(broker().bootstrap(), "connect-unheard", "unheard");
  EXPECT_TRUE(committed.count(0) == 0 || committed.at(0) <= 1) << committed.at(0);
  EXPECT_EQ(error_metric("unheard", "deadletterqueue_produce_failures"), 1);
  // Another topic: everything is there.
  config["errors.deadletterqueue.topic.name"] = "dlq.heard";
  worker().put_connector("unheard", config);
  const auto found = letters("heard", 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].value, bad);
  EXPECT_TRUE(eventually(seconds(30), [&] {
    return delivered("unheard") == std::set<std::int64_t>{0, 2};
  }));
  worker().delete_connector("unheard");
}

TEST_F(ErrorsTest, OnlyRetriableFailuresAreTriedAgainAndNoLongerThanTheTimeout) {
  create_topic(broker().bootstrap(), "shaky", 1);
  TopicWriter writer(broker().bootstrap());
  writer.write("shaky", "fine", kJson);
  writer.write("shaky", "shaky", kJson);
  writer.write("shaky", "fine", kJson);
  writer.flush();
  Config config = tolerant_sink("shaky", "shaky");
  config.insert({{"transforms", "s"},
                 {"transforms.s.type", "shaky"},
                 {"transforms.s.attempts", "3"},
                 {"errors.retry.timeout", "60000"}});
  worker().put_connector("shaky", config);
  ASSERT_TRUE(eventually(seconds(30), [&] { return delivered("shaky").size() == 3; }));
  EXPECT_EQ(error_metric("shaky", "total_retries"), 2);
  EXPECT_EQ(error_metric("shaky", "total_record_failures"), 2);
  EXPECT_EQ(error_metric("shaky", "total_record_errors"), 0);
  worker().delete_connector("shaky");

  config = tolerant_sink("never", "shaky");
  config.insert({{"transforms", "s"},
                 {"transforms.s.type", "shaky"},
                 {"transforms.s.attempts", "0"},
                 {"errors.retry.timeout", "2000"}});
  worker().put_connector("never", config);
  const auto found = letters("never", 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].header("__connect.errors.exception.class.name"),
            "org.apache.kafka.connect.errors.RetriableException");
  EXPECT_EQ(found[0].header("__connect.errors.stage"), "TRANSFORMATION");
  EXPECT_EQ(found[0].header("weir.attempt"), "4");  // 0, 300, 900, 2000 ms
  ASSERT_TRUE(eventually(seconds(30), [&] {
    return delivered("never") == std::set<std::int64_t>{0, 2};
  }));
  worker().delete_connector("never");
}

TEST_F(ErrorsTest, AStopWhileARecordWaitsIsQuickAndLosesNothing) {
  create_topic(broker().bootstrap(), "waiting", 1);
  TopicWriter writer(broker().bootstrap());
  writer.write("waiting", "shaky", kJson);
  writer.flush();
  Config config = tolerant_sink("waiting", "waiting");
  config.insert({{"transforms", "s"},
                 {"transforms.s.type", "shaky"},
                 {"transforms.s.attempts", "0"},
                 {"errors.retry.timeout", "-1"}});
  worker().put_connector("waiting", config);
  ASSERT_TRUE(
      eventually(seconds(30), [&] { return error_metric("waiting", "total_retries") >= 2; }));
  const auto before = std::chrono::steady_clock::now();
  worker().http().put("/connectors/waiting/stop", "");
  ASSERT_TRUE(eventually(seconds(10), [&] { return worker().task_states("waiting").empty(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(8));
  EXPECT_TRUE(end_offsets(broker().bootstrap(), "dlq.waiting")[0] == 0);
  config["transforms.s.attempts"] = "1";
  worker().put_connector("waiting", config);
  worker().http().put("/connectors/waiting/resume", "");
  EXPECT_TRUE(eventually(seconds(60), [&] { return delivered("waiting").contains(0); }));
  worker().delete_connector("waiting");
}

TEST_F(ErrorsTest, ASourceSetsAsideWhatKafkaDoesNotTake) {
  create_topic(broker().bootstrap(), "lines", 1, {{"max.message.bytes", "200000"}});
  const auto file = dir_.path() / "lines.txt";
  const std::string huge(3'000'000, 'x');  // more than a producer takes
  const std::string large(500'000, 'y');   // more than the topic takes
  write_file(file, "one\n" + huge + "\ntwo\n" + large + "\nthree\n");
  worker().put_connector(
      "lines", Config{{"connector.class", "FileStreamSource"},
                      {"file", file.string()},
                      {"topic", "lines"},
                      {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                      {"value.converter", "org.apache.kafka.connect.storage.StringConverter"},
                      {"errors.tolerance", "all"},
                      {"errors.log.enable", "true"},
                      {"errors.deadletterqueue.topic.name", "dlq.lines"},
                      {"errors.deadletterqueue.topic.replication.factor", "1"},
                      {"errors.deadletterqueue.context.headers.enable", "true"}});
  const auto found = letters("lines", 2);
  ASSERT_EQ(found.size(), 2u);
  std::set<std::optional<std::string>> values;
  for (const TopicRecord& letter : found) {
    values.insert(letter.value);
    EXPECT_EQ(letter.header("__connect.errors.stage"), "KAFKA_PRODUCE");
    EXPECT_EQ(letter.header("__connect.errors.class.name"),
              "org.apache.kafka.connect.runtime.WorkerSourceTask");
    EXPECT_EQ(letter.header("__connect.errors.topic"), "lines");
    EXPECT_THAT(letter.header("weir.source.partition").value_or(""), HasSubstr("lines.txt"));
    EXPECT_THAT(letter.header("weir.source.offset").value_or(""), HasSubstr("position"));
  }
  EXPECT_EQ(values, (std::set<std::optional<std::string>>{huge, large}));
  TopicReader reader(broker().bootstrap(), "lines");
  const auto lines = reader.read(3);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].value, "one");
  EXPECT_EQ(lines[1].value, "two");
  EXPECT_EQ(lines[2].value, "three");
  EXPECT_EQ(error_metric("lines", "total_records_skipped"), 2);
  EXPECT_EQ(error_metric("lines", "deadletterqueue_produce_requests"), 2);
  // The offset has moved past all of them.
  EXPECT_TRUE(eventually(seconds(30), [&] {
    return worker()
               .http()
               .get("/connectors/lines/offsets")
               .body.find(std::to_string(4 + 3'000'001 + 4 + 500'001 + 6)) != std::string::npos;
  })) << worker().http().get("/connectors/lines/offsets").body;
  worker().delete_connector("lines");
}

TEST_F(ErrorsTest, ALetterTopicThatTakesNeitherGetsTheRecordsPlaceInstead) {
  create_topic(broker().bootstrap(), "tight", 1, {{"max.message.bytes", "2000"}});
  create_topic(broker().bootstrap(), "dlq.tight", 1, {{"max.message.bytes", "2000"}});
  const auto file = dir_.path() / "tight.txt";
  write_file(file, "one\n" + std::string(5'000, 'x') + "\ntwo\n");
  worker().put_connector(
      "tight", Config{{"connector.class", "FileStreamSource"},
                      {"file", file.string()},
                      {"topic", "tight"},
                      {"value.converter", "org.apache.kafka.connect.storage.StringConverter"},
                      {"errors.tolerance", "all"},
                      {"errors.deadletterqueue.topic.name", "dlq.tight"},
                      {"errors.deadletterqueue.context.headers.enable", "true"}});
  const auto found = letters("tight", 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].value, std::nullopt);
  EXPECT_EQ(found[0].header("weir.omitted"), "key=null,value=5000");
  EXPECT_THAT(found[0].header("weir.source.offset").value_or(""), HasSubstr("5005"));
  EXPECT_TRUE(
      eventually(seconds(30), [&] { return end_offsets(broker().bootstrap(), "tight")[0] == 2; }));
  worker().delete_connector("tight");
}

TEST_F(ErrorsTest, ARelayGoesOnAfterARecordThatItsTopicDoesNotTake) {
  create_topic(broker().bootstrap(), "wide", 1);
  create_topic(broker().bootstrap(), "narrow", 1, {{"max.message.bytes", "3000"}});
  TopicWriter writer(broker().bootstrap());
  writer.write("wide", "a", "1");
  writer.write("wide", "b", std::string(20'000, 'x'));
  writer.write("wide", "c", "3");
  writer.flush();
  worker().put_connector(
      "relay", Config{{"connector.class", "relay"},
                      {"topics", "wide"},
                      {"topic", "narrow"},
                      {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                      {"value.converter", "org.apache.kafka.connect.storage.StringConverter"},
                      {"errors.tolerance", "all"},
                      {"errors.deadletterqueue.topic.name", "dlq.relay"},
                      {"errors.deadletterqueue.topic.replication.factor", "1"},
                      {"errors.deadletterqueue.context.headers.enable", "true"}});
  const auto found = letters("relay", 1);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key, "b");
  EXPECT_EQ(found[0].header("__connect.errors.stage"), "KAFKA_PRODUCE");
  EXPECT_EQ(found[0].header("__connect.errors.offset"), "1");
  TopicReader reader(broker().bootstrap(), "narrow");
  const auto through = reader.read(2, seconds(30));
  ASSERT_EQ(through.size(), 2u);
  EXPECT_EQ(through[0].value, "1");
  EXPECT_EQ(through[1].value, "3");
  ASSERT_TRUE(eventually(
      seconds(30), [&] { return group_lag(broker().bootstrap(), "connect-relay", "wide") == 0; }));
  EXPECT_EQ(reader.read_to_end().size(), 0u);
  worker().delete_connector("relay");
}

}  // namespace
}  // namespace weir::test
