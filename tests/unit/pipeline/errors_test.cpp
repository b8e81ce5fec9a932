// errors.* of whole tasks: what is logged, counted and set aside, and what a stop or a restart
// does.
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <sstream>

#include "tests/unit/pipeline/embedded_fixture.hpp"

namespace weir::runtime::pipeline::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::atomic<int>* wait_attempts = nullptr;
std::atomic<int>* answers = nullptr;
std::atomic<int>* refusals = nullptr;
std::vector<std::string>* delivered = nullptr;
std::mutex* delivered_mutex = nullptr;

class ListSink final : public Sink {
 public:
  static constexpr std::string_view kType = "list";
  Result<void> put(Batch& batch) override {
    const std::lock_guard lock(*delivered_mutex);
    for (Record r : batch) {
      if (r.value().is_string() && r.value().text() == "refused") {
        batch.fail(r, bad_record("the target says no"));
      } else {
        delivered->emplace_back(r.value().is_null() ? "null" : r.value().text());
      }
    }
    return {};
  }
};

/// "wait" is never ready; "wait2" is at the third attempt; "odd" has an error without a text.
class Waiting final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "waiting";
  Result<void> apply(Record& r) override {
    if (!r.value().is_string()) {
      return {};
    }
    if (r.value().text() == "wait") {
      ++*wait_attempts;
      return retriable("not ready");
    }
    if (r.value().text() == "wait2" && ++*wait_attempts < 3) {
      return retriable("not ready");
    }
    if (r.value().text() == "odd") {
      return bad_record("");
    }
    if (r.value().text() == "toobad") {
      return bad_record("too bad, secret-password " + std::string(1022, 'x') + "\xc3\xa9");
    }
    return {};
  }
};

/// Six records, once; the third and fifth are special.
class ListSource final : public Source {
 public:
  static constexpr std::string_view kType = "list_source";
  static constexpr std::array<const char*, 6> kValues{"one",  "two",      "odd",
                                                      "four", "bad name", "six"};
  explicit ListSource(Task task) : task_(task) {}
  Result<void> start() override {
    OwnedArena arena;
    auto offset = task_.read_offset(partition(arena.view()), arena.view());
    if (offset && offset->is_object()) {
      next_ = static_cast<std::size_t>(offset->find("n")->as_integer());
    }
    return {};
  }
  Result<void> poll(Batch& batch, std::chrono::milliseconds) override {
    for (; next_ < kValues.size(); ++next_) {
      Record r = batch.append();
      Arena a = batch.arena();
      r.set_topic(std::string_view(kValues[next_]) == "bad name" ? "no such name!" : "out");
      r.set_key(Value::string("k"));
      r.set_value(Value::string(kValues[next_]));
      r.set_timestamp(1'700'000'000'000 + static_cast<std::int64_t>(next_));
      r.set_source(
          partition(a),
          ObjectBuilder(a, 1).add("n", Value::int64(static_cast<std::int64_t>(next_) + 1)).map());
      r.set_token(this);
    }
    return {};
  }
  void acknowledged(std::span<const Ack> list) override {
    for (const Ack& ack : list) {
      (ack.ok() ? *answers : *refusals) += 1;
    }
  }

 private:
  static Value partition(Arena a) {
    return ObjectBuilder(a, 1).add("file", Value::string("f")).map();
  }
  Task task_;
  std::size_t next_{0};
};

/// What spdlog is given, without times and levels.
class LogCapture {
 public:
  LogCapture() : old_(spdlog::default_logger()) {
    auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_, true);
    sink->set_pattern("%v");
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("capture", sink));
  }
  ~LogCapture() { spdlog::set_default_logger(old_); }
  std::string text() { return text_.str(); }
  /// The first line with this in it.
  std::string line(const std::string& part) {
    std::istringstream in(text());
    for (std::string line; std::getline(in, line);) {
      if (line.find(part) != std::string::npos) {
        return line;
      }
    }
    return {};
  }

 private:
  std::shared_ptr<spdlog::logger> old_;
  std::ostringstream text_;
};

/// Away for its first calls; then bytes as they are.
class AwayConverter final : public Converter {
 public:
  static constexpr std::string_view kType = "away";
  Result<void> decode(Batch& batch, Side side) override {
    for (Record r : batch) {
      if (*wait_attempts < 5) {
        ++*wait_attempts;
        batch.fail(r, retriable("the registry is away"));
      } else {
        r.set_part(side, r.raw(side) ? Value::string(*r.raw(side)) : Value::null());
      }
    }
    return {};
  }
  Result<void> encode(Batch& batch, Side side) override {
    for (Record r : batch) {
      if (*wait_attempts < 5) {
        ++*wait_attempts;
        batch.fail(r, retriable("the registry is away"));
      } else {
        r.set_raw(side, r.part(side).text());
      }
    }
    return {};
  }
};

class ErrorsTest : public EmbeddedTest {
 protected:
  void SetUp() override {
    EmbeddedTest::SetUp();
    wait_attempts = &attempts_;
    answers = &answers_;
    refusals = &refusals_;
    delivered = &delivered_;
    delivered_mutex = &mutex_;
    ASSERT_TRUE(broker_->create_topic("in", 1));
    ASSERT_TRUE(broker_->create_topic("out", 1));
  }
  TaskSpec sink(std::string name) {
    TaskSpec s = spec(TaskKind::sink, std::move(name));
    s.component = component<ListSink>();
    s.topics = {"in"};
    s.transforms.push_back({"w", component<Waiting>(), {}, {}, nullptr, {}, false});
    return s;
  }
  TaskSpec source(std::string name) {
    TaskSpec s = spec(TaskKind::source, std::move(name));
    s.component = component<ListSource>();
    s.transforms.push_back({"w", component<Waiting>(), {}, {}, nullptr, {}, false});
    s.errors.tolerate_all = true;
    return s;
  }
  static void with_letters(TaskSpec& s, const char* topic) {
    s.errors.dead_letter_topic = topic;
    s.errors.dead_letter_headers = true;
  }
  std::size_t delivered_count() {
    const std::lock_guard lock(mutex_);
    return delivered_.size();
  }
  /// The value of a metric of that name, whatever its labels.
  double metric(const std::string& attribute) {
    const std::string text = metrics_.text();
    const std::string name = "kafka_connect_task_error_metrics_" + attribute + "{";
    const auto at = text.find("\n" + name);
    return at == std::string::npos ? -1 : std::stod(text.substr(text.find("} ", at) + 2));
  }
  static bool stop(RunningTask& task, std::chrono::seconds limit = std::chrono::seconds(20)) {
    task.request_stop();
    return task.join(std::chrono::steady_clock::now() + limit);
  }

  std::atomic<int> attempts_{0};
  std::atomic<int> answers_{0};
  std::atomic<int> refusals_{0};
  std::mutex mutex_;
  std::vector<std::string> delivered_;
  StateLog log_;
};

TEST_F(ErrorsTest, TheLogLineIsKafkaConnects) {
  produce("in", {{"a", "bad"}, {"b", "odd"}, {"c", "refused"}, {"d", "fine"}});
  TaskSpec s = sink("plain");
  s.errors.tolerate_all = true;
  s.errors.log = true;
  LogCapture log;
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return delivered_count() == 1; }));
  ASSERT_TRUE(eventually([&] { return metric("total_errors_logged") == 3; }));
  EXPECT_EQ(log.line("VALUE_CONVERTER"),
            "[plain|task-0] Error encountered in task plain-0. Executing stage 'VALUE_CONVERTER' "
            "with class '" +
                component<TextConverter>()->class_name() +
                "'. org.apache.kafka.connect.errors.DataException: this is bad");
  EXPECT_THAT(
      log.line("TASK_PUT"),
      HasSubstr("Error encountered in task plain-0. Executing stage 'TASK_PUT' with class "
                "'org.apache.kafka.connect.sink.SinkTask'. weir.bad_record: the target says no"));
  EXPECT_THAT(log.text(), Not(HasSubstr("where consumed record is")));
}

TEST_F(ErrorsTest, WithMessagesItNamesTheRecordButNotItsContent) {
  produce("in", {{"a", "bad"}});
  TaskSpec s = sink("messages");
  s.errors.tolerate_all = true;
  s.errors.log = true;
  s.errors.log_messages = true;
  LogCapture log;
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return metric("total_errors_logged") == 1; }));
  EXPECT_THAT(log.line("VALUE_CONVERTER"),
              MatchesRegex(".*with class '.*', where consumed record is \\{topic='in', "
                           "partition=0, offset=0, timestamp=[0-9]+, "
                           "timestampType=CreateTime\\}\\. .*"));
}

TEST_F(ErrorsTest, WithoutLoggingNothingOfItIsLogged) {
  produce("in", {{"a", "bad"}, {"b", "fine"}});
  TaskSpec s = sink("quiet");
  s.errors.tolerate_all = true;
  with_letters(s, "dlq.quiet");
  LogCapture log;
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return delivered_count() == 1; }));
  EXPECT_EQ(metric("total_errors_logged"), 0);
  EXPECT_THAT(log.text(), Not(HasSubstr("Error encountered")));
}

TEST_F(ErrorsTest, CountersFollowKafkaConnect) {
  produce("in", {{"a", "bad"}, {"b", "wait2"}, {"c", "refused"}, {"d", "fine"}});
  TaskSpec s = sink("counted");
  s.errors.tolerate_all = true;
  s.errors.retry_timeout = std::chrono::milliseconds(-1);
  s.errors.retry_delay_max = std::chrono::milliseconds(50);
  with_letters(s, "dlq.counted");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return delivered_count() == 2; }));
  ASSERT_TRUE(eventually([&] { return committed("connect-counted", "in", 0) == 4; }));
  EXPECT_EQ(metric("total_record_failures"), 4);  // bad, two attempts of wait2, refused
  EXPECT_EQ(metric("total_record_errors"),
            1);  // bad; what put reports is no error while it is tolerated
  EXPECT_EQ(metric("total_records_skipped"), 2);
  EXPECT_EQ(metric("total_retries"), 2);
  EXPECT_EQ(metric("deadletterqueue_produce_requests"), 2);
  EXPECT_EQ(metric("deadletterqueue_produce_failures"), 0);
  EXPECT_GT(metric("last_error_timestamp"), 1.7e12);
}

TEST_F(ErrorsTest, ADeadLetterHasAllHeadersInOrderAndAReplayedOneASecondSet) {
  produce("in", {{"k", "toobad"}}, {{"trace", "t"}});
  TaskSpec s = sink("letters");
  s.errors.tolerate_all = true;
  s.secrets = {"secret-password"};
  with_letters(s, "dlq.letters");
  std::vector<StoredRecord> letters;
  {
    auto task = start_task(s, *services_, log_);
    letters = read_topic("dlq.letters", 1, 1);
    ASSERT_EQ(letters.size(), 1u);
    EXPECT_TRUE(stop(*task));
  }
  const auto names = [](const StoredRecord& r) {
    std::vector<std::string> out;
    for (const auto& [name, value] : r.header_list) {
      out.push_back(name);
    }
    return out;
  };
  EXPECT_THAT(names(letters[0]),
              ElementsAre("trace", "__connect.errors.topic", "__connect.errors.partition",
                          "__connect.errors.offset", "__connect.errors.connector.name",
                          "__connect.errors.task.id", "__connect.errors.stage",
                          "__connect.errors.class.name", "__connect.errors.exception.class.name",
                          "__connect.errors.exception.message",
                          "__connect.errors.exception.stacktrace", "weir.outcome", "weir.attempt"));
  auto& h = letters[0].headers;
  EXPECT_EQ(h["__connect.errors.topic"], "in");
  EXPECT_EQ(h["__connect.errors.partition"], "0");
  EXPECT_EQ(h["__connect.errors.offset"], "0");
  EXPECT_EQ(h["__connect.errors.connector.name"], "letters");
  EXPECT_EQ(h["__connect.errors.task.id"], "0");
  EXPECT_EQ(h["__connect.errors.stage"], "TRANSFORMATION");
  EXPECT_EQ(h["__connect.errors.class.name"], component<Waiting>()->class_name());
  EXPECT_EQ(h["__connect.errors.exception.class.name"],
            "org.apache.kafka.connect.errors.DataException");
  EXPECT_THAT(h["__connect.errors.exception.message"], HasSubstr("too bad, [hidden]"));
  EXPECT_LE(h["__connect.errors.exception.message"].size(), 1024u);
  EXPECT_EQ(h["__connect.errors.exception.message"].back(), 'x');  // no half character
  EXPECT_THAT(h["__connect.errors.exception.stacktrace"],
              HasSubstr("DataException: too bad, [hidden]"));
  EXPECT_EQ(letters[0].key, "k");
  EXPECT_EQ(letters[0].value, "toobad");

  TaskSpec again = sink("replay");
  again.topics = {"dlq.letters"};
  again.errors.tolerate_all = true;
  with_letters(again, "dlq.replay");
  auto task = start_task(again, *services_, log_);
  letters = read_topic("dlq.replay", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  const auto all = names(letters[0]);
  EXPECT_EQ(std::count(all.begin(), all.end(), "__connect.errors.topic"), 2);
  EXPECT_EQ(all.size(), 25u);
  EXPECT_EQ(letters[0].headers["__connect.errors.topic"], "dlq.letters");  // the last one
}

TEST_F(ErrorsTest, AnErrorWithoutATextHasANullHeader) {
  produce("in", {{"k", "odd"}});
  TaskSpec s = sink("odd");
  s.errors.tolerate_all = true;
  with_letters(s, "dlq.odd");
  auto task = start_task(s, *services_, log_);
  const auto letters = read_topic("dlq.odd", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  for (const auto& [name, value] : letters[0].header_list) {
    EXPECT_EQ(value.has_value(), name != "__connect.errors.exception.message") << name;
  }
}

TEST_F(ErrorsTest, WithoutContextThereAreOnlyTheRecordsOwnHeaders) {
  produce("in", {{"k", "bad"}}, {{"trace", "t"}});
  TaskSpec s = sink("bare");
  s.errors.tolerate_all = true;
  s.errors.dead_letter_topic = "dlq.bare";
  auto task = start_task(s, *services_, log_);
  const auto letters = read_topic("dlq.bare", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  ASSERT_EQ(letters[0].header_list.size(), 1u);
  EXPECT_EQ(letters[0].header_list[0].first, "trace");
}

TEST_F(ErrorsTest, WithoutToleranceTheRecordIsReportedTooAndAgainAfterARestart) {
  produce("in", {{"a", "fine"}, {"b", "bad"}, {"c", "fine"}});
  TaskSpec s = sink("none");
  s.consumer.set("session.timeout.ms",
                 "6000");  // the in-process broker waits for the member that is gone
  with_letters(s, "dlq.none");
  for (int start = 0; start < 2; ++start) {
    StateLog log;
    auto task = start_task(s, *services_, log);
    ASSERT_TRUE(log.wait(TaskState::failed, std::chrono::seconds(60)));
    EXPECT_THAT(log.trace(), HasSubstr("in-0@1"));
    EXPECT_THAT(log.trace(), HasSubstr("this is bad"));
    EXPECT_THAT(log.trace(), HasSubstr("errors.tolerance"));
  }
  const auto letters = read_topic("dlq.none", 1, 2);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].headers.at("__connect.errors.offset"), "1");
  EXPECT_EQ(letters[1].headers.at("__connect.errors.offset"), "1");
  EXPECT_LE(committed("connect-none", "in", 0), 1);
}

TEST_F(ErrorsTest, AStopWhileARecordWaitsIsNoFailureAndLosesNothing) {
  produce("in", {{"a", "fine"}, {"b", "wait"}, {"c", "fine"}});
  TaskSpec s = sink("stopped");
  s.errors.tolerate_all = true;
  s.errors.retry_timeout = std::chrono::milliseconds(-1);
  with_letters(s, "dlq.stopped");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return attempts_ >= 3; }));
  const auto before = std::chrono::steady_clock::now();
  ASSERT_TRUE(stop(*task, std::chrono::seconds(5)));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4));
  EXPECT_TRUE(log_.wait(TaskState::stopped));
  EXPECT_EQ(log_.trace(), "");
  EXPECT_EQ(metric("deadletterqueue_produce_requests"), 0);
  EXPECT_LE(committed("connect-stopped", "in", 0), 1);
}

TEST_F(ErrorsTest, AGroupKeepsATaskThatTriesAgainForLongerThanItsPollInterval) {
  produce("in", {{"b", "wait"}});
  TaskSpec s = sink("patient");
  s.consumer.set("max.poll.interval.ms", "6000").set("session.timeout.ms", "6000");
  s.errors.tolerate_all = true;
  s.errors.retry_timeout = std::chrono::milliseconds(12'000);
  s.errors.retry_delay_max = std::chrono::milliseconds(9'000);
  with_letters(s, "dlq.patient");
  LogCapture log;
  auto task = start_task(s, *services_, log_);
  const auto letters = read_topic("dlq.patient", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].headers.at("__connect.errors.exception.class.name"),
            "org.apache.kafka.connect.errors.RetriableException");
  EXPECT_EQ(letters[0].headers.at("weir.attempt"), std::to_string(attempts_.load()));
  EXPECT_THAT(log.text(), Not(HasSubstr("max.poll.interval.ms")));
  EXPECT_TRUE(eventually([&] { return committed("connect-patient", "in", 0) == 1; }));
}

TEST_F(ErrorsTest, ATopicThatCannotBeMadeFailsTheTaskNamingTheKey) {
  services_->create_missing_topic = [](const std::string&, const TopicSettings&) -> Result<void> {
    return bad_config("Replication factor: 3 larger than available brokers: 1.");
  };
  TaskSpec s = sink("topicless");
  s.errors.tolerate_all = true;
  with_letters(s, "dlq.topicless");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::failed));
  EXPECT_THAT(log_.trace(), HasSubstr("errors.deadletterqueue.topic.name: the topic dlq.topicless "
                                      "cannot be used: Replication factor"));
  EXPECT_THAT(log_.trace(), HasSubstr("errors.deadletterqueue.topic.replication.factor=3"));
}

TEST_F(ErrorsTest, AClusterThatLetsNobodyChooseSettingsStillGetsItsTopic) {
  std::vector<TopicSettings> asked;
  services_->create_missing_topic = [&](const std::string& topic,
                                        const TopicSettings& settings) -> Result<void> {
    asked.push_back(settings);
    return settings.configs.empty() ? broker_->create_topic(topic, settings.partitions)
                                    : Result<void>(bad_config("policy"));
  };
  TaskSpec s = sink("policy");
  s.errors.dead_letter_replication_factor = 2;
  with_letters(s, "dlq.policy");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::running));
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].partitions, 1);
  EXPECT_EQ(asked[0].replication_factor, 2);
  EXPECT_EQ(asked[0].configs.count("max.message.bytes"), 1u);
}

TEST_F(ErrorsTest, ASourceSkipsAndCountsWhatFails) {
  TaskSpec s = source("skips");
  s.errors.log = true;
  s.errors.log_messages = true;
  LogCapture log;
  auto task = start_task(s, *services_, log_);
  const auto records = read_topic("out", 1, 4);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[2].value, "four");
  ASSERT_TRUE(eventually([&] { return answers_ == 4 && refusals_ == 2; }));
  EXPECT_EQ(metric("total_records_skipped"), 2);
  EXPECT_THAT(log.line("TRANSFORMATION"),
              HasSubstr(", where source record is = SourceRecord{sourcePartition={file=f}, "
                        "sourceOffset={n=3}} ConnectRecord{topic='out', "
                        "kafkaPartition=null, key=k, keySchema=null, value=odd, valueSchema=null, "
                        "timestamp=1700000000002, "
                        "headers=ConnectHeaders(headers=)}. "));
  EXPECT_THAT(log.line("KAFKA_PRODUCE"),
              HasSubstr("with class 'org.apache.kafka.connect.runtime.WorkerSourceTask'"));
  EXPECT_TRUE(eventually([&] { return offsets_.stored().count("skips{\"file\":\"f\"}") > 0; }));
  EXPECT_EQ(offsets_.stored().at("skips{\"file\":\"f\"}"), "{\"n\":6}");
}

TEST_F(ErrorsTest, ASourceSetsAsideWhatFailsAndItsOffsetWaitsForTheLetters) {
  TaskSpec s = source("aside");
  with_letters(s, "dlq.aside");
  auto task = start_task(s, *services_, log_);
  const auto letters = read_topic("dlq.aside", 1, 2);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].key, "\"k\"");  // it was never encoded: JSON
  EXPECT_EQ(letters[0].value, "\"odd\"");
  EXPECT_EQ(letters[0].timestamp, 1'700'000'000'002);
  auto h = letters[0].headers;
  EXPECT_EQ(h["__connect.errors.topic"], "out");
  EXPECT_EQ(h.count("__connect.errors.offset"), 0u);
  EXPECT_EQ(h["__connect.errors.connector.name"], "aside");
  EXPECT_EQ(h["__connect.errors.stage"], "TRANSFORMATION");
  EXPECT_EQ(h["weir.source.partition"], "{\"file\":\"f\"}");
  EXPECT_EQ(h["weir.source.offset"], "{\"n\":3}");
  EXPECT_EQ(letters[1].key, "k");  // as it was to be produced
  EXPECT_EQ(letters[1].value, "bad name");
  h = letters[1].headers;
  EXPECT_EQ(h["__connect.errors.topic"], "no such name!");
  EXPECT_EQ(h["__connect.errors.stage"], "KAFKA_PRODUCE");
  EXPECT_EQ(h["__connect.errors.class.name"], "org.apache.kafka.connect.runtime.WorkerSourceTask");
  EXPECT_EQ(h["weir.source.offset"], "{\"n\":5}");
  ASSERT_TRUE(eventually([&] { return answers_ == 4 && refusals_ == 2; }));
  EXPECT_TRUE(eventually([&] { return offsets_.stored().count("aside{\"file\":\"f\"}") > 0; }));
  EXPECT_EQ(offsets_.stored().at("aside{\"file\":\"f\"}"), "{\"n\":6}");
  EXPECT_EQ(metric("deadletterqueue_produce_requests"), 2);
}

TEST_F(ErrorsTest, ASourceWithoutToleranceReportsToo) {
  TaskSpec s = source("strict");
  s.errors.tolerate_all = false;
  with_letters(s, "dlq.strict");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::failed));
  EXPECT_THAT(log_.trace(), HasSubstr("errors.tolerance"));
  const auto letters = read_topic("dlq.strict", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, "\"odd\"");
  EXPECT_EQ(offsets_.stored().count("strict{\"file\":\"f\"}"), 0u);
}

TEST_F(ErrorsTest, AnOutageOfAConvertersServiceIsNoDeadLetter) {
  produce("in", {{"a", "one"}, {"b", "two"}});
  TaskSpec s = sink("away");
  s.value_converter.component = component<AwayConverter>();
  s.errors.tolerate_all = true;
  with_letters(s, "dlq.away");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return delivered_count() == 2; }));
  EXPECT_TRUE(eventually([&] { return committed("connect-away", "in", 0) == 2; }));
  EXPECT_EQ(metric("deadletterqueue_produce_requests"), 0);
  EXPECT_EQ(metric("total_records_skipped"), 0);
  EXPECT_TRUE(stop(*task));
}

TEST_F(ErrorsTest, ASourceAndARelayWaitForTheirConvertersToo) {
  TaskSpec s = source("wait");
  s.value_converter.component = component<AwayConverter>();
  auto task = start_task(s, *services_, log_);
  EXPECT_EQ(read_topic("out", 1, 4).size(), 4u);
  EXPECT_TRUE(stop(*task));
  attempts_ = 0;
  produce("in", {{"a", "one"}});
  TaskSpec r = spec(TaskKind::relay, "waits");
  r.topics = {"in"};
  r.output_topic = "out";
  r.output_value_converter.component = component<AwayConverter>();
  StateLog log;
  task = start_task(r, *services_, log);
  const auto records = read_topic("out", 1, 5);
  ASSERT_EQ(records.size(), 5u);
  EXPECT_EQ(records[4].value, "one");
  EXPECT_TRUE(stop(*task));
  task.reset();
}

TEST_F(ErrorsTest, ARelayTriesAgainBetweenItsTransactions) {
  produce("in", {{"a", "first"}});
  TaskSpec s = spec(TaskKind::relay, "again");
  s.topics = {"in"};
  s.output_topic = "out";
  s.transforms.push_back({"w", component<Waiting>(), {}, {}, nullptr, {}, false});
  s.errors.retry_timeout = std::chrono::milliseconds(-1);
  auto task = start_task(s, *services_, log_);
  ASSERT_EQ(read_topic("out", 1, 1).size(), 1u);
  produce("in", {{"b", "wait2"}, {"c", "last"}});
  const auto records = read_topic("out", 1, 3);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].value, "wait2");
  EXPECT_EQ(records[2].value, "last");
  EXPECT_EQ(metric("total_retries"), 2);
  EXPECT_TRUE(eventually([&] { return committed("connect-again", "in", 0) == 3; }));
  EXPECT_TRUE(stop(*task));
}

TEST_F(ErrorsTest, ARelayWithoutToleranceReportsInATransactionOfItsOwn) {
  produce("in", {{"a", "fine"}, {"b", "bad"}});
  TaskSpec s = spec(TaskKind::relay, "relay");
  s.topics = {"in"};
  s.output_topic = "out";
  with_letters(s, "dlq.relay");
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::failed));
  const auto letters = read_topic("dlq.relay", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, "bad");
  EXPECT_LE(committed("connect-relay", "in", 0), 0);
}

}  // namespace
}  // namespace weir::runtime::pipeline::testing
