// A host without a broker: test a plugin class directly.
//
//   weir::testing::FakeTask host("my-sink");
//   MySink sink(config, host.task());
//   weir::testing::TestBatch batch;
//   batch.add("topic", 0, 42).value = weir::Value::string("hello");
//   auto view = batch.view();
//   ASSERT_TRUE(sink.put(view));
//   EXPECT_EQ(host.settled(0).code, weir::Errc::ok);       // sinks that settle themselves
//   EXPECT_TRUE(batch.failures().empty());                 // all others
#pragma once

#include <weir/abi.h>
#include <weir/arena.hpp>
#include <weir/record.hpp>
#include <weir/task.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::testing {

/// One record's outcome, or one failure report.
struct Outcome {
  Errc code{Errc::ok};
  std::string message;
};

/// A batch that owns its memory. Build it on one thread; the plugin may settle from any.
class TestBatch {
 public:
  TestBatch() : arena_(std::make_unique<OwnedArena>()) {
    batch_.struct_size = sizeof batch_;
    batch_.record_stride = sizeof(weir_record);
    batch_.arena = arena_->c();
    batch_.host = this;
    batch_.load_headers = [](weir_batch*, weir_record* r) { r->headers_loaded = 1; };
    batch_.append = [](weir_batch* b) -> weir_record* {
      return &static_cast<TestBatch*>(b->host)->push();
    };
    errors_.ctx = this;
    errors_.fail = [](void* ctx, std::int64_t record, std::uint32_t code, weir_bytes message) {
      static_cast<TestBatch*>(ctx)->on_fail(record, code, text_of(message));
    };
  }
  TestBatch(const TestBatch&) = delete;
  TestBatch& operator=(const TestBatch&) = delete;

  /// A record consumed from topic-partition@offset; fill in key, value, timestamp. Valid until the next add.
  weir_record& add(std::string_view topic, std::int32_t partition = 0, std::int64_t offset = 0) {
    weir_record& r = push();
    r.topic = r.origin_topic = bytes_of(arena().copy(topic));
    r.partition = r.origin_partition = partition;
    r.origin_offset = offset;
    return r;
  }
  Arena arena() { return arena_->view(); }
  weir_batch* c() { return &batch_; }
  const weir_error_sink* errors() { return &errors_; }
  Batch view() { return {&batch_, &errors_}; }
  Record operator[](std::size_t i) { return {&batch_, i}; }
  std::size_t size() const { return batch_.count; }

  /// What was reported with Batch::fail, by record index; -1 is the whole call.
  const std::map<std::int64_t, Outcome>& failures() const { return failures_; }

  /// As the runtime does before the next put: records that a sink reported as retriable are live again.
  void retry() {
    std::erase_if(failures_, [&](const auto& failure) {
      const bool again = failure.first >= 0 && failure.second.code == Errc::retriable;
      if (again) {
        records_[static_cast<std::size_t>(failure.first)].state = WEIR_RECORD_LIVE;
      }
      return again;
    });
  }

 private:
  weir_record& push() {
    records_.push_back(weir_record{});
    weir_record& r = records_.back();
    r.partition = WEIR_NO_PARTITION;
    r.timestamp = WEIR_NO_TIMESTAMP;
    r.origin_partition = WEIR_NO_PARTITION;
    r.origin_offset = -1;
    r.headers_loaded = 1;
    batch_.records = records_.data();
    batch_.count = records_.size();
    return r;
  }
  void on_fail(std::int64_t record, std::uint32_t code, std::string_view message) {
    failures_[record] = {static_cast<Errc>(code), std::string(message)};
    if (record >= 0 && static_cast<std::size_t>(record) < records_.size()) {
      records_[static_cast<std::size_t>(record)].state = WEIR_RECORD_FAILED;
    }
  }

  std::unique_ptr<OwnedArena> arena_;
  std::vector<weir_record> records_;
  weir_batch batch_{};
  weir_error_sink errors_{};
  std::map<std::int64_t, Outcome> failures_;
};

/// The services a runtime gives to one instance, recorded. Thread-safe where the contract says "any thread".
class FakeTask {
 public:
  explicit FakeTask(std::string connector = "test", std::string instance = {})
      : connector_(std::move(connector)),
        instance_(instance.empty() ? connector_ : std::move(instance)),
        wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    table_.struct_size = sizeof table_;
    table_.ctx = this;
    table_.connector = bytes_of(connector_);
    table_.instance = bytes_of(instance_);
    table_.log = [](void* ctx, std::uint32_t level, weir_bytes text) {
      auto* self = static_cast<FakeTask*>(ctx);
      const std::lock_guard lock(self->mutex_);
      self->logs_.emplace_back(static_cast<LogLevel>(level), std::string(text_of(text)));
    };
    table_.settle = [](void* ctx, weir_batch* batch, std::size_t record, std::uint32_t code, weir_bytes text) {
      auto* self = static_cast<FakeTask*>(ctx);
      {
        const std::lock_guard lock(self->mutex_);
        self->settled_[{batch, record}] = {static_cast<Errc>(code), std::string(text_of(text))};
        self->settled_order_.emplace_back(record);
        ++self->settle_calls_;
      }
      self->changed_.notify_all();
    };
    table_.read_offset = [](void* ctx, const weir_value* partition, weir_arena* arena, weir_value* out) -> std::uint32_t {
      auto* self = static_cast<FakeTask*>(ctx);
      *out = self->offset_reader_ ? self->offset_reader_(Value(*partition), Arena(arena)) : Value();
      return WEIR_OK;
    };
    table_.wake_fd = [](void* ctx) { return static_cast<FakeTask*>(ctx)->wake_fd_; };
    table_.wake = [](void* ctx) { static_cast<FakeTask*>(ctx)->wake(); };
    table_.stopping = [](void* ctx) -> std::uint32_t {
      return static_cast<FakeTask*>(ctx)->stopping_.load() ? 1 : 0;
    };
    table_.breaker = [](void* ctx, weir_bytes name) -> weir_breaker* {
      auto* self = static_cast<FakeTask*>(ctx);
      const std::lock_guard lock(self->mutex_);
      auto& slot = self->breakers_[std::string(text_of(name))];
      if (!slot) {
        slot = std::make_unique<FakeBreaker>();
        slot->owner = self;
        slot->name = std::string(text_of(name));
      }
      return reinterpret_cast<weir_breaker*>(slot.get());
    };
    table_.breaker_acquire = [](weir_breaker* b, std::uint64_t* permit, std::int64_t* wait_ms) -> std::uint32_t {
      auto* breaker = reinterpret_cast<FakeBreaker*>(b);
      const std::lock_guard lock(breaker->owner->mutex_);
      *permit = ++breaker->granted;
      *wait_ms = breaker->wait_ms;
      return static_cast<std::uint32_t>(breaker->permit);
    };
    table_.breaker_report = [](weir_breaker* b, std::uint64_t, std::uint32_t outcome, weir_bytes reason) {
      auto* breaker = reinterpret_cast<FakeBreaker*>(b);
      {
        const std::lock_guard lock(breaker->owner->mutex_);
        breaker->owner->reports_.emplace_back(static_cast<CallOutcome>(outcome), std::string(text_of(reason)));
      }
      breaker->owner->changed_.notify_all();
    };
    table_.metric = [](void* ctx, std::uint32_t, weir_bytes name, weir_bytes, const weir_pair* labels,
                       std::size_t count) -> weir_metric* {
      auto* self = static_cast<FakeTask*>(ctx);
      std::string key(text_of(name));
      for (std::size_t i = 0; i < count; ++i) {
        key.append(i == 0 ? "{" : ",").append(text_of(labels[i].key)).append("=").append(text_of(labels[i].value));
      }
      key.append(count > 0 ? "}" : "");
      const std::lock_guard lock(self->mutex_);
      auto& slot = self->metrics_[key];
      if (!slot) {
        slot = std::make_unique<FakeMetric>();
      }
      return reinterpret_cast<weir_metric*>(slot.get());
    };
    table_.metric_record = [](weir_metric* metric, double value) {
      auto* m = reinterpret_cast<FakeMetric*>(metric);
      m->last.store(value);
      double sum = m->sum.load();
      while (!m->sum.compare_exchange_weak(sum, sum + value)) {
      }
    };
    table_.request_reconfiguration = [](void* ctx) { ++static_cast<FakeTask*>(ctx)->reconfigurations_; };
  }
  FakeTask(const FakeTask&) = delete;
  FakeTask& operator=(const FakeTask&) = delete;
  ~FakeTask() { ::close(wake_fd_); }

  Task task() { return Task(&table_); }
  const weir_task* c() const { return &table_; }

  void wake() {
    const std::uint64_t one = 1;
    (void)!::write(wake_fd_, &one, sizeof one);
  }
  void stop() {
    stopping_ = true;
    wake();
  }
  /// What read_offset answers.
  void on_read_offset(std::function<Value(const Value& partition, Arena)> reader) { offset_reader_ = std::move(reader); }
  /// What acquire answers from now on for that breaker (known once the plugin asked for it).
  void set_breaker(std::string_view name, Permit permit, std::chrono::milliseconds wait = {}) {
    const auto* b = table_.breaker(this, bytes_of(name));
    auto* breaker = reinterpret_cast<FakeBreaker*>(const_cast<weir_breaker*>(b));
    const std::lock_guard lock(mutex_);
    breaker->permit = permit;
    breaker->wait_ms = wait.count();
  }

  /// Waits until `count` records have been settled in all; false after the limit.
  bool wait_settled(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return settle_calls_ >= count; });
  }
  /// Waits until `count` attempts have been reported to breakers.
  bool wait_reports(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return reports_.size() >= count; });
  }
  std::optional<Outcome> settled(const TestBatch& batch, std::size_t record) const {
    const std::lock_guard lock(mutex_);
    auto it = settled_.find({const_cast<TestBatch&>(batch).c(), record});
    return it == settled_.end() ? std::nullopt : std::optional(it->second);
  }
  std::size_t settle_calls() const {
    const std::lock_guard lock(mutex_);
    return settle_calls_;
  }
  /// Record indices in the order in which they were settled.
  std::vector<std::size_t> settled_order() const {
    const std::lock_guard lock(mutex_);
    return settled_order_;
  }
  std::vector<std::pair<CallOutcome, std::string>> reports() const {
    const std::lock_guard lock(mutex_);
    return reports_;
  }
  std::vector<std::pair<LogLevel, std::string>> logs() const {
    const std::lock_guard lock(mutex_);
    return logs_;
  }
  /// Sum of what was recorded under "name{label=value,...}" (gauges: use last_metric).
  double metric_sum(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    auto it = metrics_.find(key);
    return it == metrics_.end() ? 0 : it->second->sum.load();
  }
  double last_metric(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    auto it = metrics_.find(key);
    return it == metrics_.end() ? 0 : it->second->last.load();
  }
  int reconfigurations() const { return reconfigurations_; }

 private:
  struct FakeBreaker {
    FakeTask* owner{nullptr};
    std::string name;
    Permit permit{Permit::closed};
    std::int64_t wait_ms{0};
    std::uint64_t granted{0};
  };
  struct FakeMetric {
    std::atomic<double> sum{0};
    std::atomic<double> last{0};
  };

  std::string connector_;
  std::string instance_;
  int wake_fd_;
  weir_task table_{};
  std::atomic<bool> stopping_{false};
  std::atomic<int> reconfigurations_{0};
  std::function<Value(const Value&, Arena)> offset_reader_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::pair<weir_batch*, std::size_t>, Outcome> settled_;
  std::vector<std::size_t> settled_order_;
  std::size_t settle_calls_{0};
  std::vector<std::pair<LogLevel, std::string>> logs_;
  std::vector<std::pair<CallOutcome, std::string>> reports_;
  std::map<std::string, std::unique_ptr<FakeBreaker>, std::less<>> breakers_;
  std::map<std::string, std::unique_ptr<FakeMetric>, std::less<>> metrics_;
};

}  // namespace weir::testing
