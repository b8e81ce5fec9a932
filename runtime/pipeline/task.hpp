// A running task as the worker sees it.
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/kafka/producer.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/pipeline/breaker.hpp"
#include "runtime/pipeline/task_spec.hpp"

namespace weir::runtime::pipeline {

/// What a task says of itself; the worker writes it to the status topic. `stopped` is the last word.
enum class TaskState { running, paused, failed, stopped };

/// Called on the task's thread; must be quick and must not throw.
class TaskListener {
 public:
  virtual void on_state(TaskState state, const std::string& trace) noexcept = 0;
  /// A topic was used for the first time by this task (KIP-558).
  virtual void on_topic(const std::string& topic) noexcept = 0;

 protected:
  ~TaskListener() = default;
};

/// Source offsets in the offset topic; see state::OffsetStore. Thread-safe.
class SourceOffsets {
 public:
  struct Entry {
    std::string partition;  ///< JSON of the source partition map
    std::string offset;     ///< JSON of the source offset map
  };
  virtual ~SourceOffsets() = default;
  /// JSON of the offset, or nullopt. Reads what is known locally (the store is read to its end before a task starts).
  virtual Result<std::optional<std::string>> read(const std::string& connector, const std::string& partition) = 0;
  /// Writes and calls done (any thread) once Kafka has all of them, or with the first error.
  virtual void write(const std::string& connector, std::vector<Entry> entries,
                     std::function<void(Result<void>)> done) = 0;
};

/// Worker-wide services; they outlive every task.
struct TaskServices {
  BreakerRegistry& breakers;
  metrics::Registry& metrics;
  SourceOffsets& offsets;
  /// The producer shared by tasks without own settings (at-least-once sources, dead letters). Recreated after a fatal
  /// error; a task asks again when its channel says so.
  std::function<Result<std::shared_ptr<kafka::Producer>>()> shared_producer;
  /// Makes a topic unless it is there. Blocks up to 30 s.
  std::function<Result<void>(const std::string& topic, const TopicSettings& settings)> create_missing_topic;
};

/// What the status shows beside Kafka Connect's fields.
struct TaskReport {
  bool failed{false};
  bool stalled{false};  ///< running, but no progress for a while although there is work
  std::optional<std::int64_t> lag;
  std::vector<std::string> breakers;  ///< names of those it uses
  std::optional<std::string> last_error_stage;
  std::string last_error_code;
  std::string last_error_message;
  std::int64_t last_error_ms{0};
};

/// Owns the task's thread. All functions from any thread.
class RunningTask {
 public:
  virtual ~RunningTask() = default;  // requests the stop and joins without limit
  virtual void set_paused(bool paused) = 0;
  /// Returns at once; the task drains, commits and ends.
  virtual void request_stop() = 0;
  /// True when it has ended by the deadline.
  virtual bool join(std::chrono::steady_clock::time_point deadline) = 0;
  virtual TaskReport report() = 0;
};

/// The thread starts at once; the listener hears of everything, also of a failure to start. services and listener must
/// outlive the task.
std::unique_ptr<RunningTask> start_task(TaskSpec spec, TaskServices& services, TaskListener& listener);

}  // namespace weir::runtime::pipeline
