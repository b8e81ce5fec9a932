// What the three kinds of task have in common: their thread, their controls, the services for their plugins.
#pragma once

#include <weir/abi.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/kafka/topic_partition.hpp"
#include "runtime/pipeline/signal.hpp"
#include "runtime/pipeline/stages.hpp"
#include "runtime/pipeline/task.hpp"
#include "runtime/pipeline/task_metrics.hpp"

namespace weir::runtime::pipeline {

/// Ends a task: caught at its thread's top, becomes its trace. The runtime's own, no plugin sees it.
class TaskFailure : public std::exception {
 public:
  explicit TaskFailure(std::string trace) : trace_(std::move(trace)) {}
  const char* what() const noexcept override { return trace_.c_str(); }

 private:
  std::string trace_;
};

class TaskCore : public RunningTask {
 public:
  TaskCore(TaskSpec spec, TaskServices& services, TaskListener& listener);
  ~TaskCore() override;

  void set_paused(bool paused) override;
  void request_stop() override;
  bool join(std::chrono::steady_clock::time_point deadline) override;
  TaskReport report() override;

  /// Called once, right after construction: the thread runs derived functions.
  void start();

 protected:
  using Clock = std::chrono::steady_clock;

  /// Requests the stop and joins. The first thing in every derived destructor: the thread uses derived members.
  void finish();

  /// The life of the task between its first and its last status; throws TaskFailure. Task thread.
  virtual void run() = 0;
  /// Called after run, also after a failure: drain, commit, close. Must not throw. Task thread.
  virtual void shut_down() noexcept = 0;
  /// Wakes the task's thread out of whatever it waits for. Any thread.
  virtual void wake() { signal_.set(); }

  /// Services of weir_task that differ by kind of task.
  virtual void settle(weir_batch* batch, std::size_t record, Error outcome);
  virtual Result<std::optional<std::string>> read_offset(const std::string& partition_json);
  virtual std::optional<std::int64_t> lag() { return std::nullopt; }

  bool stop_requested() const noexcept { return stop_.load(std::memory_order_acquire); }
  bool pause_requested() const noexcept { return pause_.load(std::memory_order_acquire); }
  /// Sleeps, at most `limit`; false when the task is being stopped.
  bool sleep(std::chrono::milliseconds limit);
  /// For shut_down(), which has task.shutdown.graceful.timeout.ms for all it does: what is left until then, at least 100 ms.
  static std::chrono::milliseconds left_until(Clock::time_point end);

  /// The services for the connector's instance (empty alias) or a transform's. Lives as long as the task.
  const weir_task* host(const std::string& alias = {});
  Breaker& breaker(std::string_view name);
  /// The breaker for calls the runtime makes itself (synchronous put).
  Breaker& own_breaker();
  /// True when a breaker that this task uses holds it back.
  bool held_back();

  Result<std::unique_ptr<Stages>> make_stages();
  /// Makes the dead-letter topic when there is one to be and it is missing; waits for a cluster that is away, and fails the
  /// task when it cannot be made.
  void prepare_dead_letters();
  /// Waits before records are tried again (errors.retry.*); false: stopped, or their batch is not this task's any more.
  virtual bool wait_for_retry(std::chrono::milliseconds delay) { return sleep(delay); }
  /// Full jitter: uniform(0, min(max, base * 2^attempt)), at least 10 ms.
  std::chrono::milliseconds backoff(int attempt);

  void set_state(TaskState state, const std::string& trace = {});
  void log(std::uint32_t level, std::string_view text) const;
  /// Tells the worker of each topic that records come from or go to, the first time (KIP-558). Task
  /// thread.
  void use_topic(std::string_view topic);
  void use_topics(const ConsumedBatch& batch);
  void note_error(Stage stage, const Error& error);
  /// Log line and counters of KIP-298 for one failed record; false: not tolerated. `record` says which one it was, for
  /// errors.log.include.messages.
  bool account(const StageFailure& failure, const std::function<std::string()>& record);
  bool account(const StageFailure& failure, const kafka::Message& message);
  [[noreturn]] void fail(std::string_view what, const Error& error) const;
  void progress() noexcept { last_progress_ms_.store(now_ms(), std::memory_order_relaxed); }
  static std::int64_t now_ms() noexcept;

  const TaskSpec spec_;
  TaskServices& services_;
  TaskListener& listener_;
  TaskMetrics metrics_;
  Signal signal_;

 private:
  struct Host {
    weir_task table{};
    TaskCore* core{nullptr};
    std::string instance;
  };

  void main() noexcept;
  static weir_task table_of(Host& host, const TaskSpec& spec);

  std::atomic<bool> stop_{false};
  std::atomic<bool> pause_{false};
  std::atomic<bool> failed_{false};
  std::atomic<std::int64_t> last_progress_ms_{0};

  std::map<std::string, std::unique_ptr<Host>> hosts_;
  std::set<std::string, std::less<>> used_topics_;
  std::string last_used_topic_;
  std::mutex shared_mutex_;  // guards what follows
  std::map<std::string, Breaker*> breakers_;
  std::optional<TaskReport> last_error_;
  bool ended_{false};
  std::condition_variable ended_changed_;
  std::jthread thread_;
};

}  // namespace weir::runtime::pipeline
