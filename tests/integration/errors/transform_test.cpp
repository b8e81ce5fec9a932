// weir transform --from-topic: reads a topic and leaves no trace.
#include <gmock/gmock.h>

#include "platform.hpp"
#include "support/process.hpp"

namespace weir::test {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

class TransformTest : public ErrorsTest {
 protected:
  static void SetUpTestSuite() {
    create_topic(broker().bootstrap(), "sales", 2);
    TopicWriter writer(broker().bootstrap());
    for (int i = 0; i < 10; ++i) {
      TopicRecord r;
      r.topic = "sales";
      r.partition = i % 2;
      r.timestamp = 1'700'000'000'000 + i;
      r.key = "k" + std::to_string(i);
      r.value = "{\"n\":" + std::to_string(i) + "}";
      r.headers = {{"h", "x"}};
      writer.write(r);
    }
    writer.flush();
  }
  Outcome transform(std::vector<std::string> arguments) {
    write_file(
        dir_.path() / "c.json",
        R"({"name":"sales-sink","connector.class":"picky_sink","topics":"sales","value.converter.schemas.enable":"false",
      "key.converter":"StringConverter","transforms":"add","transforms.add.type":"InsertField$Value","transforms.add.static.field":"s",
      "transforms.add.static.value":"v"})");
    std::vector<std::string> argv{WEIR_BINARY,  "transform", "--plugin-path",
                                  WEIR_PLUGINS, "--config",  (dir_.path() / "c.json").string()};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return run(argv, {}, {}, seconds(60));
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
};

TEST_F(TransformTest, ReadsTheTopicToItsEnd) {
  const auto all = transform({"--from-topic", "sales", "--kafka", broker().bootstrap()});
  EXPECT_EQ(all.status, 0) << all.err;
  EXPECT_EQ(lines(all.out), 10u);
  EXPECT_THAT(
      all.out,
      HasSubstr(
          R"({"topic":"sales","partition":1,"timestamp":1700000000003,"key":"k3","value":"{\"n\":3,\"s\":\"v\"}","headers":[["h","x"]]})"));
  EXPECT_EQ(all.err, "");
}

TEST_F(TransformTest, ReadsAPartWhenAskedTo) {
  const std::vector<std::string> base{"--from-topic", "sales", "--kafka", broker().bootstrap()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return transform(more);
  };
  EXPECT_EQ(lines(with({"-n", "3"}).out), 3u);
  const auto one = with({"--partition", "1", "--from", "3"});
  EXPECT_EQ(lines(one.out), 2u) << one.err;
  EXPECT_THAT(one.out, HasSubstr("\"k7\""));
  EXPECT_THAT(one.out, HasSubstr("\"k9\""));
  const auto tail = with({"--from=-1"});
  EXPECT_EQ(lines(tail.out), 2u) << tail.err;
  const auto explained = with({"--from=-1", "--partition", "0", "--explain"});
  EXPECT_THAT(explained.out, HasSubstr("record 1  sales-0@4"));
  EXPECT_THAT(explained.out,
              HasSubstr("transforms.add  org.apache.kafka.connect.transforms.InsertField$Value"));
}

TEST_F(TransformTest, TheLastRecordsAreCountedAsRecordsWhereTransactionsLeaveGaps) {
  create_topic(broker().bootstrap(), "copied", 1);
  worker().put_connector("copy", {{"connector.class", "relay"},
                                  {"topics", "sales"},
                                  {"topic", "copied"},
                                  {"key.converter", "StringConverter"},
                                  {"value.converter", "StringConverter"}});
  EXPECT_TRUE(eventually(
      seconds(60), [] { return read_topic(broker().bootstrap(), "copied").size() == 10; }));
  EXPECT_GT(end_offsets(broker().bootstrap(), "copied").at(0), 10) << "no marker, no gap";
  for (const std::size_t count : {std::size_t{1}, std::size_t{4}, std::size_t{10}}) {
    const auto tail = transform({"--from-topic", "copied", "--kafka", broker().bootstrap(),
                                 "--from=-" + std::to_string(count)});
    EXPECT_EQ(lines(tail.out), count) << tail.err;
  }
  const auto all =
      transform({"--from-topic", "copied", "--kafka", broker().bootstrap(), "--from=-500"});
  EXPECT_EQ(lines(all.out), 10u) << all.err;
}

TEST_F(TransformTest, LeavesNoGroupBehind) {
  (void)transform({"--from-topic", "sales", "--kafka", broker().bootstrap()});
  EXPECT_TRUE(committed_offsets(broker().bootstrap(), "connect-sales-sink", "sales").empty());
  EXPECT_TRUE(committed_offsets(broker().bootstrap(), "weir-unused", "sales").empty());
}

TEST_F(TransformTest, SaysWhatIsWrong) {
  const auto wrong = transform({"--from-topic", "salles", "--kafka", broker().bootstrap()});
  EXPECT_EQ(wrong.status, 1);
  EXPECT_EQ(wrong.out, "");
  EXPECT_THAT(wrong.err, HasSubstr("there is no topic \"salles\""));
  EXPECT_THAT(wrong.err, HasSubstr("did you mean \"sales\"?"));
  EXPECT_FALSE(topic_exists(broker().bootstrap(), "salles"));
  EXPECT_THAT(
      transform({"--from-topic", "sales", "--kafka", broker().bootstrap(), "--partition", "7"}).err,
      HasSubstr("has partitions 0 to 1, not 7"));
  EXPECT_THAT(
      transform({"--from-topic", "sales", "--kafka", broker().bootstrap(), "--from", "now"}).err,
      HasSubstr("--from: \"now\""));
  const auto away = transform({"--from-topic", "sales", "--kafka", "127.0.0.1:1"});
  EXPECT_EQ(away.status, 1);
  EXPECT_THAT(away.err, HasSubstr("127.0.0.1:1"));
}

TEST_F(TransformTest, AReaderThatHasEnoughIsNoError) {
  write_file(dir_.path() / "c.json",
             "{\"value.converter\":\"StringConverter\",\"key.converter\":\"StringConverter\"}");
  const std::string line = "{\"topic\":\"t\",\"value\":\"" + std::string(200, 'x') + "\"}";
  const auto piped = run({"bash", "-c",
                          "yes '" + line +
                              "' | head -100000 | " WEIR_BINARY
                              " transform --plugin-path " WEIR_PLUGINS " --config " +
                              (dir_.path() / "c.json").string() + " | head -2"});
  EXPECT_EQ(lines(piped.out), 2u);
  EXPECT_EQ(piped.err, "");
}

TEST_F(TransformTest, WritesEachRecordOfASlowPipeAtOnce) {
  write_file(dir_.path() / "c.json",
             "{\"value.converter\":\"StringConverter\",\"key.converter\":\"StringConverter\"}");
  const auto slow =
      run({"bash", "-c",
           "(echo '{\"topic\":\"t\",\"value\":\"1\"}'; sleep 20) | timeout 5 " WEIR_BINARY
           " transform --plugin-path " WEIR_PLUGINS " --config " +
               (dir_.path() / "c.json").string() + " | head -1"});
  EXPECT_THAT(slow.out, HasSubstr("\"value\":\"1\""));
}

}  // namespace
}  // namespace weir::test
