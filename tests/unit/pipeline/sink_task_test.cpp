#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>

#include "tests/unit/pipeline/embedded_fixture.hpp"

namespace weir::runtime::pipeline::testing {
namespace {

/// What the sinks of this file did; each test starts with an empty one.
struct Seen {
  std::mutex mutex;
  std::vector<std::string> values;
  int retriable_left{0};
  int puts{0};
  std::deque<std::pair<weir_batch*, std::size_t>> open;  // of the settling sink
  std::optional<Task> task;
  std::function<void()> before_put;  // of AllOrNothingSink

  std::size_t count() {
    const std::lock_guard lock(mutex);
    return values.size();
  }
};
Seen* seen = nullptr;

class CollectSink final : public Sink {
 public:
  static constexpr std::string_view kType = "collect";
  Result<void> put(Batch& batch) override {
    const std::lock_guard lock(seen->mutex);
    if (!batch.empty()) {
      ++seen->puts;
    }
    if (!batch.empty() && seen->retriable_left > 0) {
      --seen->retriable_left;
      return retriable("the target is away");
    }
    for (Record r : batch) {
      if (r.value().text() == "poison") {
        batch.fail(r, bad_record("the target refuses it"));
      } else {
        seen->values.emplace_back(r.value().text());
      }
    }
    return {};
  }
};

class LateSink final : public SettlingSink {
 public:
  static constexpr std::string_view kType = "late";
  explicit LateSink(Task task) { seen->task = task; }
  Result<void> put(Batch& batch) override {
    const std::lock_guard lock(seen->mutex);
    for (Record r : batch) {
      seen->open.emplace_back(batch.c(), r.index());
      seen->values.emplace_back(r.value().text());
    }
    return {};
  }
};

/// Takes what it is given but for its first records, which it wants to see again.
class PickySink final : public SettlingSink {
 public:
  static constexpr std::string_view kType = "picky";
  explicit PickySink(Task task) { seen->task = task; }
  Result<void> put(Batch& batch) override {
    const std::lock_guard lock(seen->mutex);
    for (Record r : batch) {
      if (seen->retriable_left > 0) {
        --seen->retriable_left;
        batch.fail(r, retriable("not now"));
        continue;
      }
      seen->values.emplace_back(r.value().text());
      seen->task->settle(batch.c(), r.index(), Errc::ok);
    }
    return {};
  }
};

/// Refuses poison, and takes nothing of its batch as long as there is some.
class AllOrNothingSink final : public Sink {
 public:
  static constexpr std::string_view kType = "all_or_nothing";
  Result<void> put(Batch& batch) override {
    std::vector<std::string> values;
    std::vector<std::size_t> poison;
    for (Record r : batch) {
      values.emplace_back(r.value().text());
      if (values.back() == "poison") {
        poison.push_back(r.index());
      }
    }
    for (Record r : batch) {
      if (!poison.empty()) {
        batch.fail(r, std::find(poison.begin(), poison.end(), r.index()) != poison.end() ? bad_record("no") : retriable("later"));
      }
    }
    if (!values.empty()) {
      seen->before_put();
    }
    const std::lock_guard lock(seen->mutex);
    if (poison.empty()) {
      seen->values.insert(seen->values.end(), values.begin(), values.end());
    }
    return {};
  }
};

class ThrowingSink final : public Sink {
 public:
  static constexpr std::string_view kType = "throwing";
  Result<void> put(Batch& batch) override {
    if (!batch.empty()) {
      throw std::runtime_error("boom");
    }
    return {};
  }
};

class SinkTaskTest : public EmbeddedTest {
 protected:
  void SetUp() override {
    EmbeddedTest::SetUp();
    seen = &seen_;
    ASSERT_TRUE(broker_->create_topic("in", 1));
  }
  template <class T>
  TaskSpec sink(std::string name) {
    TaskSpec s = spec(TaskKind::sink, std::move(name));
    s.component = component<T>();
    s.topics = {"in"};
    return s;
  }
  Seen seen_;
  StateLog log_;
};

TEST_F(SinkTaskTest, DeliversAndCommitsWhatIsSettled) {
  produce("in", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  auto task = start_task(sink<CollectSink>("plain"), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 3; }));
  EXPECT_TRUE(eventually([&] { return committed("connect-plain", "in", 0) == 3; }));
  EXPECT_EQ(log_.topics(), std::vector<std::string>{"in"});
  task->request_stop();
  EXPECT_TRUE(task->join(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
  EXPECT_TRUE(log_.wait(TaskState::stopped));
}

TEST_F(SinkTaskTest, ABadRecordGoesToTheDeadLettersByteForByteWithItsReason) {
  produce("in", {{"a", "1"}, {"b", "bad"}, {"c", "poison"}, {"d", "4"}}, {{"h", "x"}});
  TaskSpec s = sink<CollectSink>("dlq");
  s.errors.tolerate_all = true;
  s.errors.dead_letter_topic = "dlq";
  s.errors.dead_letter_headers = true;
  auto task = start_task(std::move(s), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 2; }));
  const auto letters = read_topic("dlq", 1, 2);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].key, "b");
  EXPECT_EQ(letters[0].value, "bad");
  auto headers = letters[0].headers;
  EXPECT_EQ(headers["h"], "x");
  EXPECT_EQ(headers["__connect.errors.topic"], "in");
  EXPECT_EQ(headers["__connect.errors.offset"], "1");
  EXPECT_EQ(headers["__connect.errors.stage"], "KEY_CONVERTER" == headers["__connect.errors.stage"] ? "" : "VALUE_CONVERTER");
  EXPECT_EQ(headers["__connect.errors.exception.class.name"], "org.apache.kafka.connect.errors.DataException");
  EXPECT_EQ(headers["__connect.errors.exception.message"], "this is bad");
  headers = letters[1].headers;
  EXPECT_EQ(letters[1].value, "poison");
  EXPECT_EQ(headers["__connect.errors.stage"], "TASK_PUT");
  EXPECT_EQ(headers["__connect.errors.exception.class.name"], "weir.bad_record");
  EXPECT_TRUE(eventually([&] { return committed("connect-dlq", "in", 0) == 4; }));
}

TEST_F(SinkTaskTest, DeadLettersAreSafeBeforeTheSinkPassesTheirRecords) {
  produce("in", {{"a", "1"}, {"b", "bad"}, {"c", "poison"}, {"d", "4"}});
  std::vector<std::size_t> letters;
  seen_.before_put = [&] { letters.push_back(static_cast<std::size_t>(end_offset("dlq", 0))); };
  TaskSpec s = sink<AllOrNothingSink>("careful");
  s.errors.tolerate_all = true;
  s.errors.dead_letter_topic = "dlq";
  s.retry.max_retries = 0;  // to ask again without having moved on would be refused
  auto task = start_task(std::move(s), *services_, log_);
  EXPECT_TRUE(eventually([&] { return committed("connect-careful", "in", 0) == 4; })) << log_.trace();
  task->request_stop();
  EXPECT_TRUE(task->join(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
  EXPECT_EQ(seen_.values, (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(letters, (std::vector<std::size_t>{1, 2}));
}

TEST_F(SinkTaskTest, WithoutToleranceTheTaskStopsAtTheRecordAndItsOffsetStays) {
  produce("in", {{"a", "1"}, {"b", "poison"}, {"c", "3"}});
  auto task = start_task(sink<CollectSink>("strict"), *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::failed));
  EXPECT_NE(log_.trace().find("in-0@1"), std::string::npos) << log_.trace();
  EXPECT_NE(log_.trace().find("the target refuses it"), std::string::npos) << log_.trace();
  EXPECT_EQ(committed("connect-strict", "in", 0), 1);
}

TEST_F(SinkTaskTest, ATargetThatIsAwayGetsTheSameRecordsAgainThroughItsBreaker) {
  seen_.retriable_left = 8;
  produce("in", {{"a", "1"}, {"b", "2"}});
  auto task = start_task(sink<CollectSink>("retry"), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 2; }));
  const std::lock_guard lock(seen_.mutex);
  EXPECT_EQ(seen_.values, (std::vector<std::string>{"1", "2"}));
  Breaker* b = breakers_.find("retry");
  ASSERT_NE(b, nullptr);
  EXPECT_GE(b->snapshot().transitions, 2u);
}

TEST_F(SinkTaskTest, TheTimeOfAnOutageIsNotSpentByTheRecordThatWaited) {
  produce("in", {{"a", "1"}});
  TaskSpec s = sink<CollectSink>("outage");
  s.retry.total_timeout = std::chrono::milliseconds(500);
  s.breaker.consecutive_failures = 1000;
  s.breaker.minimum_calls = 1000;
  Breaker& breaker = breakers_.get("outage", s.breaker);
  breaker.force(BreakerState::forced_open);
  seen_.retriable_left = 1;
  auto task = start_task(std::move(s), *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::running));
  ASSERT_TRUE(eventually([&] { return metrics_.text().find("sink_record_read_total{connector=\"outage\",task=\"0\"} 1") != std::string::npos; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  breaker.force(BreakerState::closed);
  EXPECT_TRUE(eventually([&] { return seen_.count() == 1 || !log_.trace().empty(); }));
  EXPECT_EQ(log_.trace(), "");
  EXPECT_EQ(seen_.count(), 1u);
}

TEST_F(SinkTaskTest, WithABrokerThatDoesNotAnswerItEndsInItsTime) {
  TaskSpec s = sink<CollectSink>("frozen");
  s.offset_flush_interval = std::chrono::seconds(60);
  const auto limit = s.shutdown_timeout;
  produce("in", {{"a", "1"}});
  auto task = start_task(std::move(s), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 1; }));
  broker_->delay_answers(std::chrono::seconds(20));
  task->request_stop();
  EXPECT_TRUE(task->join(std::chrono::steady_clock::now() + limit));
  broker_->delay_answers(std::chrono::milliseconds(0));
}

TEST_F(SinkTaskTest, ASettlingSinkMayAskForSingleRecordsAgain) {
  produce("in", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  seen_.retriable_left = 2;
  auto task = start_task(sink<PickySink>("picky"), *services_, log_);
  EXPECT_TRUE(eventually([&] { return seen_.count() == 3 || !log_.trace().empty(); }));
  EXPECT_EQ(log_.trace(), "");
  EXPECT_TRUE(eventually([&] { return committed("connect-picky", "in", 0) == 3; }));
}

TEST_F(SinkTaskTest, ANewConfigOfTheBreakerCountsAlthoughTheBreakerIsOld) {
  TaskSpec before = sink<CollectSink>("tuned");
  breakers_.get("tuned", before.breaker).force(BreakerState::forced_open);
  produce("in", {{"a", "1"}});
  TaskSpec s = sink<CollectSink>("tuned");
  s.breaker.enabled = false;
  auto task = start_task(std::move(s), *services_, log_);
  EXPECT_TRUE(eventually([&] { return seen_.count() == 1; }));
  EXPECT_EQ(breakers_.find("tuned")->state(), BreakerState::disabled);
}

TEST_F(SinkTaskTest, OnlyTheContiguousSettledPrefixIsCommitted) {
  produce("in", {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}});
  auto task = start_task(sink<LateSink>("late"), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 4; }));
  const auto settle = [&](std::size_t i) {
    const auto [batch, index] = seen_.open[i];
    seen_.task->settle(batch, index, Errc::ok);
  };
  settle(3);
  settle(0);
  ASSERT_TRUE(eventually([&] { return committed("connect-late", "in", 0) == 1; }));
  settle(1);
  settle(2);
  EXPECT_TRUE(eventually([&] { return committed("connect-late", "in", 0) == 4; }));
}

TEST_F(SinkTaskTest, WhatIsNotSettledIsBehind) {
  produce("in", {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  auto task = start_task(sink<LateSink>("behind"), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 3; }));
  EXPECT_TRUE(eventually([&] { return task->report().lag == 3; }));
  for (const auto& [batch, index] : seen_.open) {
    seen_.task->settle(batch, index, Errc::ok);
  }
  EXPECT_TRUE(eventually([&] { return task->report().lag == 0; }));
}

TEST_F(SinkTaskTest, ALateBadRecordIsADeadLetterAndItsOffsetWaitsForIt) {
  produce("in", {{"a", "1"}, {"b", "2"}});
  TaskSpec s = sink<LateSink>("latebad");
  s.errors.tolerate_all = true;
  s.errors.dead_letter_topic = "dlq2";
  s.errors.dead_letter_headers = true;
  auto task = start_task(std::move(s), *services_, log_);
  ASSERT_TRUE(eventually([&] { return seen_.count() == 2; }));
  seen_.task->settle(seen_.open[0].first, seen_.open[0].second, Errc::bad_record, "http_422");
  seen_.task->settle(seen_.open[1].first, seen_.open[1].second, Errc::ok);
  const auto letters = read_topic("dlq2", 1, 1);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].value, "1");
  EXPECT_TRUE(eventually([&] { return committed("connect-latebad", "in", 0) == 2; }));
}

TEST_F(SinkTaskTest, APluginThatThrowsFailsItsTaskOnly) {
  produce("in", {{"a", "1"}});
  auto task = start_task(sink<ThrowingSink>("throws"), *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::failed));
  EXPECT_NE(log_.trace().find("boom"), std::string::npos) << log_.trace();
  auto other = start_task(sink<CollectSink>("other"), *services_, log_);
  EXPECT_TRUE(eventually([&] { return seen_.count() == 1; }));
}

TEST_F(SinkTaskTest, PausedItReadsNothingAndGoesOnAfterwards) {
  auto task = start_task(sink<CollectSink>("pause"), *services_, log_);
  ASSERT_TRUE(log_.wait(TaskState::running));
  produce("in", {{"a", "1"}});
  ASSERT_TRUE(eventually([&] { return seen_.count() == 1; }));
  task->set_paused(true);
  ASSERT_TRUE(log_.wait(TaskState::paused));
  produce("in", {{"a", "2"}});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_EQ(seen_.count(), 1u);
  task->set_paused(false);
  EXPECT_TRUE(eventually([&] { return seen_.count() == 2; }));
}

}  // namespace
}  // namespace weir::runtime::pipeline::testing
