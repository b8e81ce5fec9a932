// The metrics of one task: Kafka Connect's names (runtime-level groups connector-task, sink-task, source-task, task-error) and ours.
#pragma once

#include <weir/abi.h>

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/metrics/registry.hpp"
#include "runtime/pipeline/task.hpp"

namespace weir::runtime::pipeline {

/// A metric that a plugin asked for; any thread.
class PluginMetric {
 public:
  explicit PluginMetric(std::variant<metrics::Counter, metrics::Gauge, metrics::Histogram> series) : series_(std::move(series)) {}
  void record(double value) const noexcept;

 private:
  std::variant<metrics::Counter, metrics::Gauge, metrics::Histogram> series_;
};

/// Any thread. Its series go with the task, unless another task of that number has begun.
class TaskMetrics {
 public:
  TaskMetrics(metrics::Registry& registry, const TaskSpec& spec);
  TaskMetrics(const TaskMetrics&) = delete;
  TaskMetrics& operator=(const TaskMetrics&) = delete;
  ~TaskMetrics();

  void set_status(TaskState state) noexcept;
  /// Lives as long as this object.
  PluginMetric* plugin_metric(std::uint32_t kind, std::string_view name, std::string_view help, const weir_pair* labels,
                              std::size_t count);

  // sink-task-metrics; a relay has them too
  metrics::Counter read;
  metrics::Counter sent;
  metrics::Counter settled;
  metrics::Gauge active;
  metrics::Gauge active_bytes;
  metrics::Gauge partitions;
  metrics::Counter commits;
  metrics::Counter commit_failures;
  metrics::Histogram put_seconds;
  metrics::Gauge lag;
  metrics::Gauge paused;
  // source-task-metrics
  metrics::Counter polled;
  metrics::Counter written;
  metrics::Counter acked;
  metrics::Histogram poll_seconds;
  // relay
  metrics::Counter transactions;
  metrics::Counter transactions_aborted;
  // task-error-metrics
  metrics::Counter record_failures;
  metrics::Counter record_errors;
  metrics::Counter records_skipped;
  metrics::Counter retries;
  metrics::Counter errors_logged;
  metrics::Counter dead_letters;
  metrics::Counter dead_letter_failures;
  metrics::Gauge last_error;

 private:
  metrics::Registry& registry_;
  metrics::Labels labels_;
  metrics::Text status_;
  std::mutex mutex_;  // guards plugin_metrics_
  std::map<std::string, PluginMetric> plugin_metrics_;
};

}  // namespace weir::runtime::pipeline
