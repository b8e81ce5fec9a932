// Runs tasks of the pipeline against the in-process broker, with components that are classes of the test.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <weir/plugin.hpp>

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/embedded_broker.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/task.hpp"

namespace weir::runtime::pipeline::testing {

/// Bytes as they are; "bad" cannot be converted.
class TextConverter final : public Converter {
 public:
  static constexpr std::string_view kType = "text";
  Result<void> decode(Batch& batch, Side side) override {
    for (Record r : batch) {
      const auto raw = r.raw(side);
      if (raw == "bad") {
        batch.fail(r, bad_record("this is bad"));
      } else {
        r.set_part(side, raw ? Value::string(*raw) : Value::null());
      }
    }
    return {};
  }
  Result<void> encode(Batch& batch, Side side) override {
    for (Record r : batch) {
      r.set_raw(side, r.part(side).is_null() ? std::nullopt : std::optional(r.part(side).text()));
    }
    return {};
  }
};

class TextHeaders final : public HeaderConverter {
 public:
  static constexpr std::string_view kType = "text_headers";
  Result<void> decode(std::string_view, std::optional<std::string_view> raw, Arena, Header& header) override {
    header.value = raw ? Value::string(*raw) : Value::null();
    return {};
  }
  Result<std::optional<std::string_view>> encode(std::string_view, const Header& header, Arena) override {
    return header.item().is_null() ? std::optional<std::string_view>() : std::optional(header.item().text());
  }
};

struct StoredRecord {
  std::string key;
  std::optional<std::string> value;
  std::map<std::string, std::string> headers;
  std::int64_t offset;
  std::int64_t timestamp;
  std::vector<std::pair<std::string, std::optional<std::string>>> header_list{};  // as they came
};

class MemoryOffsets final : public SourceOffsets {
 public:
  Result<std::optional<std::string>> read(const std::string& connector, const std::string& partition) override {
    const std::lock_guard lock(mutex_);
    const auto it = stored_.find(connector + partition);
    return it == stored_.end() ? std::optional<std::string>() : std::optional(it->second);
  }
  void write(const std::string& connector, std::vector<Entry> entries, std::function<void(Result<void>)> done) override {
    {
      const std::lock_guard lock(mutex_);
      for (const Entry& e : entries) {
        stored_[connector + e.partition] = e.offset;
      }
    }
    done({});
  }
  std::map<std::string, std::string> stored() {
    const std::lock_guard lock(mutex_);
    return stored_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> stored_;
};

class StateLog final : public TaskListener {
 public:
  void on_state(TaskState state, const std::string& trace) noexcept override {
    {
      const std::lock_guard lock(mutex_);
      states_.push_back(state);
      trace_ = trace;
    }
    changed_.notify_all();
  }
  void on_topic(const std::string& topic) noexcept override {
    const std::lock_guard lock(mutex_);
    topics_.push_back(topic);
  }
  /// As often as they were reported, in order of their names.
  std::vector<std::string> topics() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out = topics_;
    std::sort(out.begin(), out.end());
    return out;
  }
  bool wait(TaskState state, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return !states_.empty() && states_.back() == state; });
  }
  std::string trace() {
    const std::lock_guard lock(mutex_);
    return trace_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<TaskState> states_;
  std::vector<std::string> topics_;
  std::string trace_;
};

class EmbeddedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto broker = kafka::EmbeddedBroker::start();
    ASSERT_TRUE(broker) << broker.error().message;
    broker_ = std::move(*broker);
    auto producer = kafka::Producer::create(kafka::Config{{"bootstrap.servers", broker_->bootstrap_servers()}, {"linger.ms", "0"}});
    ASSERT_TRUE(producer) << producer.error().message;
    producer_ = std::move(*producer);
    services_ = std::make_unique<TaskServices>(TaskServices{
        breakers_, metrics_, offsets_, [this]() -> Result<std::shared_ptr<kafka::Producer>> { return producer_; },
        [this](const std::string& topic, const TopicSettings& settings) { return broker_->create_topic(topic, std::max(1, settings.partitions)); }});
  }
  void TearDown() override {
    services_.reset();
    producer_.reset();
    broker_.reset();
  }

  /// Components of the test: registered once, looked up by name.
  template <class T>
  const plugin::Component* component() {
    const auto table = weir::component<T>();
    const auto kind = static_cast<plugin::Kind>(table.kind);
    if (registry_.find(kind, T::kType) == nullptr) {
      const auto added = registry_.add(weir::make_plugin("test", "1", {table}), "test");
      EXPECT_TRUE(added) << added.error().message;
    }
    return registry_.find(kind, T::kType);
  }

  TaskSpec spec(TaskKind kind, std::string name) {
    TaskSpec s;
    s.kind = kind;
    s.connector = std::move(name);
    s.group_id = "weir";
    s.embedded = true;
    s.key_converter.component = s.value_converter.component = component<TextConverter>();
    s.header_converter.component = component<TextHeaders>();
    s.consumer = kafka::Config{{"bootstrap.servers", broker_->bootstrap_servers()},
                               {"group.id", "connect-" + s.connector},
                               {"auto.offset.reset", "earliest"},
                               {"enable.auto.commit", "false"}};
    s.producer = kafka::Config{{"bootstrap.servers", broker_->bootstrap_servers()}, {"linger.ms", "0"}};
    s.offset_flush_interval = std::chrono::milliseconds(200);
    s.retry.backoff = std::chrono::milliseconds(5);
    s.retry.backoff_max = std::chrono::milliseconds(20);
    s.breaker.open = std::chrono::milliseconds(20);
    s.breaker.open_max = std::chrono::milliseconds(100);
    return s;
  }

  void produce(const std::string& topic, const std::vector<std::pair<std::string, std::string>>& records,
               const std::map<std::string, std::string>& headers = {}) {
    struct Count final : kafka::DeliveryHandler {
      void on_delivery(std::uint64_t, const kafka::Delivery& d) noexcept override { failed += d.ok() ? 0 : 1; }
      std::atomic<int> failed{0};
    } count;
    auto channel = producer_->open_channel(count);
    ASSERT_TRUE(channel);
    for (const auto& [key, value] : records) {
      kafka::Headers list;
      for (const auto& [name, text] : headers) {
        list.add(name, text);
      }
      kafka::OutgoingRecord r;
      r.topic = topic;
      r.key = key;
      r.value = value;
      ASSERT_TRUE(channel->produce_wait(r, list, 1, kafka::Clock::now() + std::chrono::seconds(10)));
    }
    ASSERT_TRUE(producer_->flush(kafka::Clock::now() + std::chrono::seconds(10)));
    ASSERT_EQ(count.failed, 0);
  }

  /// Reads until `expected` records are there.
  std::vector<StoredRecord> read_topic(const std::string& topic, int partitions, std::size_t expected) {
    auto consumer = kafka::Consumer::create(
        kafka::Config{{"bootstrap.servers", broker_->bootstrap_servers()}, {"group.id", "reader"}, {"enable.auto.commit", "false"}});
    EXPECT_TRUE(consumer);
    std::vector<kafka::TopicPartitionOffset> all;
    for (int p = 0; p < partitions; ++p) {
      all.push_back({topic, p, kafka::kOffsetBeginning});
    }
    EXPECT_TRUE((*consumer)->assign(all));
    std::vector<StoredRecord> out;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (out.size() < expected && std::chrono::steady_clock::now() < deadline) {
      auto polled = (*consumer)->poll(std::chrono::milliseconds(100));
      if (auto* m = std::get_if<kafka::Message>(&polled)) {
        StoredRecord r{std::string(m->key().value_or("")), std::nullopt, {}, m->offset(), m->timestamp().value_or(-1)};
        if (m->value()) {
          r.value = std::string(*m->value());
        }
        m->for_each_header([&](std::string_view n, std::optional<std::string_view> v) {
          r.headers[std::string(n)] = std::string(v.value_or(""));
          r.header_list.emplace_back(n, v ? std::optional(std::string(*v)) : std::nullopt);
        });
        out.push_back(std::move(r));
      }
    }
    return out;
  }

  std::int64_t committed(const std::string& group, const std::string& topic, int partition) {
    auto consumer = kafka::Consumer::create(kafka::Config{{"bootstrap.servers", broker_->bootstrap_servers()}, {"group.id", group}});
    EXPECT_TRUE(consumer);
    auto offsets = (*consumer)->committed({{topic, partition}}, std::chrono::seconds(10));
    EXPECT_TRUE(offsets);
    return offsets ? offsets->at(0).offset : -2;
  }

  std::int64_t end_offset(const std::string& topic, int partition) {
    auto consumer = kafka::Consumer::create(kafka::Config{{"bootstrap.servers", broker_->bootstrap_servers()}});
    EXPECT_TRUE(consumer);
    auto offsets = (*consumer)->end_offsets({{topic, partition}}, std::chrono::seconds(10));
    EXPECT_TRUE(offsets);
    return offsets ? offsets->at(0).offset : -2;
  }

  template <class F>
  static bool eventually(F&& condition, std::chrono::seconds limit = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
  }

  std::unique_ptr<kafka::EmbeddedBroker> broker_;
  std::shared_ptr<kafka::Producer> producer_;
  BreakerRegistry breakers_;
  metrics::Registry metrics_;
  MemoryOffsets offsets_;
  std::unique_ptr<TaskServices> services_;
  plugin::Registry registry_;
};

}  // namespace weir::runtime::pipeline::testing
