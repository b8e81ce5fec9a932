#include "runtime/pipeline/task_metrics.hpp"

#include <weir/value.hpp>

namespace weir::runtime::pipeline {

using metrics::kafka_connect_name;

void PluginMetric::record(double value) const noexcept {
  if (const auto* c = std::get_if<metrics::Counter>(&series_)) {
    c->add(value);
  } else if (const auto* g = std::get_if<metrics::Gauge>(&series_)) {
    g->set(value);
  } else if (const auto* h = std::get_if<metrics::Histogram>(&series_)) {
    h->observe(value);
  }
}

TaskMetrics::TaskMetrics(metrics::Registry& registry, const TaskSpec& spec)
    : registry_(registry), labels_{{"connector", spec.connector}, {"task", std::to_string(spec.task)}} {
  registry.claim(labels_);
  const auto counter = [&](std::string_view type, std::string_view attribute, const char* help) {
    return registry.counter(kafka_connect_name(type, attribute), help, labels_);
  };
  const auto gauge = [&](std::string_view type, std::string_view attribute, const char* help) {
    return registry.gauge(kafka_connect_name(type, attribute), help, labels_);
  };
  if (spec.kind == TaskKind::source) {
    polled = counter("source-task-metrics", "source-record-poll-total", "Records polled from the source.");
    written = counter("source-task-metrics", "source-record-write-total", "Records handed to the producer.");
    active = gauge("source-task-metrics", "source-record-active-count", "Records produced and not acknowledged yet.");
    acked = registry.counter("weir_source_acked_total", "Records that Kafka has acknowledged.", labels_);
    poll_seconds = registry.histogram("weir_source_poll_seconds", "Time of one poll that returned records.", labels_);
  } else {
    read = counter("sink-task-metrics", "sink-record-read-total", "Records read from Kafka.");
    sent = counter("sink-task-metrics", "sink-record-send-total", "Records after the transforms, handed to the sink.");
    active = gauge("sink-task-metrics", "sink-record-active-count", "Records read and not settled yet.");
    partitions = gauge("sink-task-metrics", "partition-count", "Partitions assigned to this task.");
    commits = counter("sink-task-metrics", "offset-commit-completion-total", "Offset commits completed.");
    settled = registry.counter("weir_sink_acked_total", "Records settled for good.", labels_);
    active_bytes = registry.gauge("weir_sink_inflight_bytes", "Bytes read and not settled yet.", labels_);
    commit_failures = registry.counter("weir_sink_offset_commit_failures_total", "Offset commits that failed.", labels_);
    put_seconds = registry.histogram("weir_sink_put_seconds", "Time of one put.", labels_);
    lag = registry.gauge("weir_sink_lag_records", "Records of the assigned partitions that are not read, or not settled yet.", labels_);
    paused = registry.gauge("weir_sink_paused", "1 while intake is paused (by hand, breaker or back-pressure).", labels_);
  }
  if (spec.kind == TaskKind::relay) {
    auto committed = labels_;
    committed["result"] = "committed";
    transactions = registry.counter("weir_transactions_total", "Transactions of a relay.", committed);
    auto aborted = labels_;
    aborted["result"] = "aborted";
    transactions_aborted = registry.counter("weir_transactions_total", "Transactions of a relay.", aborted);
  }
  record_failures = counter("task-error-metrics", "total-record-failures", "Failed attempts to process a record.");
  record_errors = counter("task-error-metrics", "total-record-errors", "Records that could not be processed.");
  records_skipped = counter("task-error-metrics", "total-records-skipped", "Records skipped due to errors.");
  retries = counter("task-error-metrics", "total-retries", "Operations retried.");
  errors_logged = counter("task-error-metrics", "total-errors-logged", "Errors that were logged.");
  dead_letters = counter("task-error-metrics", "deadletterqueue-produce-requests", "Writes to the dead-letter topic.");
  dead_letter_failures = counter("task-error-metrics", "deadletterqueue-produce-failures", "Failed writes to the dead-letter topic.");
  last_error = gauge("task-error-metrics", "last-error-timestamp", "Time of the last error, ms since 1970.");
  status_ = registry.text(kafka_connect_name("connector-task-metrics", "status"), "State of the task.", "status", labels_);
}

TaskMetrics::~TaskMetrics() { registry_.release(labels_); }

void TaskMetrics::set_status(TaskState state) noexcept {
  constexpr std::string_view kNames[] = {"running", "paused", "failed", "destroyed"};
  status_.set(kNames[static_cast<std::size_t>(state)]);
}

PluginMetric* TaskMetrics::plugin_metric(std::uint32_t kind, std::string_view name, std::string_view help,
                                         const weir_pair* labels, std::size_t count) {
  metrics::Labels all = labels_;
  std::string key(name);
  for (std::size_t i = 0; i < count; ++i) {
    all[std::string(text_of(labels[i].key))] = std::string(text_of(labels[i].value));
    key.append("\n").append(text_of(labels[i].key)).append("=").append(text_of(labels[i].value));
  }
  const std::lock_guard lock(mutex_);
  if (const auto it = plugin_metrics_.find(key); it != plugin_metrics_.end()) {
    return &it->second;
  }
  const std::string n(name);
  const std::string h(help);
  auto series = [&]() -> std::variant<metrics::Counter, metrics::Gauge, metrics::Histogram> {
    switch (kind) {
      case WEIR_METRIC_COUNTER: return registry_.counter(n, h, all);
      case WEIR_METRIC_HISTOGRAM: return registry_.histogram(n, h, all);
      default: return registry_.gauge(n, h, all);
    }
  }();
  return &plugin_metrics_.try_emplace(key, std::move(series)).first->second;
}

}  // namespace weir::runtime::pipeline
