#include <atomic>

#include "tests/unit/pipeline/embedded_fixture.hpp"

namespace weir::runtime::pipeline::testing {
namespace {

std::atomic<int>* acks = nullptr;
std::atomic<int>* lookups_down = nullptr;

/// Ten records, numbered; resumes behind its stored offset.
class CountSource final : public Source {
 public:
  static constexpr std::string_view kType = "count";
  explicit CountSource(Task task) : task_(task) {}
  Result<void> start() override {
    OwnedArena arena;
    auto offset = task_.read_offset(partition(arena.view()), arena.view());
    if (!offset) {
      return offset.error();
    }
    if (const Value* n = offset->is_object() ? offset->find("n") : nullptr) {
      next_ = static_cast<int>(n->as_integer());
    }
    return {};
  }
  Result<void> poll(Batch& batch, std::chrono::milliseconds) override {
    for (int i = 0; i < 3 && next_ < 10; ++i, ++next_) {
      Record r = batch.append();
      Arena a = batch.arena();
      r.set_topic("out");
      r.set_value(Value::string(a.copy(std::to_string(next_))));
      r.set_source(partition(a), ObjectBuilder(a, 1).add("n", Value::int64(next_ + 1)).map());
      r.set_token(this);
    }
    return {};
  }
  void acknowledged(std::span<const Ack> list) override {
    for (const Ack& ack : list) {
      *acks += ack.ok() && ack.topic_text() == "out" && ack.offset >= 0 ? 1 : 0;
    }
  }

 private:
  static Value partition(Arena a) { return ObjectBuilder(a, 1).add("file", Value::string("f")).map(); }
  Task task_;
  int next_{0};
};

/// One record, then its system is away.
class AwaySource final : public Source {
 public:
  static constexpr std::string_view kType = "away_source";
  Result<void> poll(Batch& batch, std::chrono::milliseconds) override {
    if (std::exchange(away_, true)) {
      return retriable("the system is away");
    }
    Record r = batch.append();
    Arena a = batch.arena();
    r.set_topic("out");
    r.set_value(Value::string("x"));
    r.set_source(ObjectBuilder(a, 1).add("p", Value::int64(1)).map(), ObjectBuilder(a, 1).add("n", Value::int64(1)).map());
    return {};
  }

 private:
  bool away_{false};
};

class Exclaim final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "exclaim";
  Result<void> apply(Record& r) override {
    if (r.value().text() == "drop") {
      r.drop();
      return {};
    }
    r.set_value(Value::string(r.arena().copy(std::string(r.value().text()) + "!")));
    return {};
  }
};

/// Cannot work for a while, as a look-up whose database is away.
class Lookup final : public Transform {
 public:
  static constexpr std::string_view kType = "lookup";
  Result<void> apply(Batch&) override {
    if (lookups_down->fetch_sub(1) > 0) {
      return retriable("the database is away");
    }
    return {};
  }
};

/// Never answers, until it is told to.
class SilentOffsets final : public SourceOffsets {
 public:
  Result<std::optional<std::string>> read(const std::string&, const std::string&) override { return std::optional<std::string>(); }
  void write(const std::string&, std::vector<Entry>, std::function<void(Result<void>)> done) override {
    const std::lock_guard lock(mutex_);
    open_.push_back(std::move(done));
  }
  std::vector<std::function<void(Result<void>)>> open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void(Result<void>)>> open_;
};

class FlowTest : public EmbeddedTest {
 protected:
  void SetUp() override {
    EmbeddedTest::SetUp();
    acks = &acks_;
    lookups_down = &down_;
    ASSERT_TRUE(broker_->create_topic("in", 2));
    ASSERT_TRUE(broker_->create_topic("out", 1));
  }
  std::atomic<int> acks_{0};
  std::atomic<int> down_{0};
  StateLog log_;
};

TEST_F(FlowTest, ASourceIsAcknowledgedAndResumesBehindItsCommittedOffset) {
  TaskSpec s = spec(TaskKind::source, "numbers");
  s.component = component<CountSource>();
  auto task = start_task(s, *services_, log_);
  ASSERT_TRUE(eventually([&] { return acks_ == 10; }));
  task->request_stop();
  ASSERT_TRUE(task->join(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
  EXPECT_EQ(offsets_.stored().at("numbers{\"file\":\"f\"}"), "{\"n\":10}");
  task.reset();
  auto again = start_task(s, *services_, log_);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(acks_, 10);
  const auto records = read_topic("out", 1, 10);
  ASSERT_EQ(records.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(records[static_cast<std::size_t>(i)].value, std::to_string(i));
  }
}

TEST_F(FlowTest, ARelayWritesResultsOffsetsAndDeadLettersTogether) {
  TaskSpec s = spec(TaskKind::relay, "relay");
  s.topics = {"in"};
  s.output_topic = "out";
  s.errors.tolerate_all = true;
  s.errors.dead_letter_topic = "dlq";
  s.errors.dead_letter_headers = true;
  s.transforms.push_back({"up", component<Exclaim>(), {}, {}, nullptr, {}, false});
  produce("in", {{"a", "1"}, {"b", "bad"}, {"c", "drop"}, {"d", "4"}}, {{"trace", "t"}});
  auto task = start_task(std::move(s), *services_, log_);
  const auto records = read_topic("out", 1, 2);
  ASSERT_EQ(records.size(), 2u);
  std::map<std::string, std::string> by_key;
  for (const auto& r : records) {
    by_key[r.key] = r.value.value_or("");
    EXPECT_EQ(r.headers.at("trace"), "t");
  }
  EXPECT_EQ(by_key, (std::map<std::string, std::string>{{"a", "1!"}, {"d", "4!"}}));
  const auto letters = read_topic("dlq", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, "bad");
  const auto committed_records = [&] {
    std::int64_t sum = 0;
    for (int p = 0; p < 2; ++p) {
      sum += std::max<std::int64_t>(0, committed("connect-relay", "in", p));
    }
    return sum;
  };
  EXPECT_TRUE(eventually([&] { return committed_records() == 4; })) << committed_records();
  EXPECT_EQ(log_.topics(), (std::vector<std::string>{"in", "out"}));
}

TEST_F(FlowTest, OffsetsAreCommittedWhileTheSourcesSystemIsAway) {
  TaskSpec s = spec(TaskKind::source, "away");
  s.component = component<AwaySource>();
  s.retry.backoff = s.retry.backoff_max = std::chrono::minutes(30);
  auto task = start_task(std::move(s), *services_, log_);
  EXPECT_TRUE(eventually([&] { return !offsets_.stored().empty(); }, std::chrono::seconds(5)));
}

TEST_F(FlowTest, ASourceWhoseOffsetsAreNotAcknowledgedEndsInItsTime) {
  SilentOffsets offsets;
  TaskServices services{breakers_, metrics_, offsets, services_->shared_producer, services_->create_missing_topic};
  TaskSpec s = spec(TaskKind::source, "silent");
  s.component = component<CountSource>();
  const auto limit = s.shutdown_timeout;
  auto task = start_task(std::move(s), services, log_);
  ASSERT_TRUE(eventually([&] { return !offsets.open().empty(); }));
  task->request_stop();
  ASSERT_TRUE(task->join(std::chrono::steady_clock::now() + limit));
  task.reset();
  for (const auto& done : offsets.open()) {
    done({});  // late, when there is nobody any more
  }
}

TEST_F(FlowTest, ARelayThatMayNotProduceFails) {
  constexpr std::int16_t kAddPartitionsToTxn = 24;
  TaskSpec s = spec(TaskKind::relay, "relay3");
  s.topics = {"in"};
  s.output_topic = "out";
  auto task = start_task(std::move(s), *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::running));
  broker_->refuse(kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 1);
  produce("in", {{"a", "1"}});
  ASSERT_TRUE(log_.wait(TaskState::failed)) << log_.trace();
  EXPECT_NE(log_.trace().find("TOPIC_AUTHORIZATION_FAILED"), std::string::npos) << log_.trace();
}

TEST_F(FlowTest, ATransformThatCallsOutHoldsItsBatchUntilItCan) {
  down_ = 3;
  TaskSpec s = spec(TaskKind::relay, "held");
  s.topics = {"in"};
  s.output_topic = "out";
  s.transforms.push_back({"up", component<Exclaim>(), {}, {}, nullptr, {}, false});
  s.transforms.push_back({"ask", component<Lookup>(), {}, {}, nullptr, {}, false});
  produce("in", {{"a", "1"}});
  auto task = start_task(std::move(s), *services_, log_);
  const auto records = read_topic("out", 1, 1);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].value, "1!");  // the step before was not applied again
  EXPECT_LE(down_, 0);
}

}  // namespace
}  // namespace weir::runtime::pipeline::testing
