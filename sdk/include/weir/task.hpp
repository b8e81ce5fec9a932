// What the runtime offers to one instance: log, breaker, metrics, offsets, waking.
#pragma once

#include <weir/abi.h>
#include <weir/record.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace weir {
inline namespace v1 {

enum class LogLevel : std::uint32_t {
  trace = WEIR_LOG_TRACE,
  debug = WEIR_LOG_DEBUG,
  info = WEIR_LOG_INFO,
  warn = WEIR_LOG_WARN,
  error = WEIR_LOG_ERROR
};

enum class Permit : std::uint32_t {
  denied = WEIR_PERMIT_DENIED,
  closed = WEIR_PERMIT_CLOSED,
  probe = WEIR_PERMIT_PROBE
};

enum class CallOutcome : std::uint32_t {
  success = WEIR_CALL_SUCCESS,
  failure = WEIR_CALL_FAILURE,
  ignored = WEIR_CALL_IGNORED,
  auth = WEIR_CALL_AUTH
};

/// A handle on the worker-wide circuit breaker; copies are the same breaker. Any thread.
class Breaker {
 public:
  struct Grant {
    Permit permit{Permit::denied};
    std::uint64_t id{0};                    ///< to be reported exactly once, unless denied
    std::chrono::milliseconds wait{0};      ///< denied: ask again after this
    explicit operator bool() const noexcept { return permit != Permit::denied; }
  };
  Breaker() = default;
  Breaker(const weir_task* task, weir_breaker* breaker) noexcept : task_(task), breaker_(breaker) {}

  /// Asked before every attempt at the endpoint.
  Grant acquire() const {
    std::uint64_t id = 0;
    std::int64_t wait = 0;
    const auto permit = static_cast<Permit>(task_->breaker_acquire(breaker_, &id, &wait));
    return {permit, id, std::chrono::milliseconds(wait)};
  }
  /// After the attempt; reason is a short word for status and metrics: "timeout", "http_503".
  void report(const Grant& grant, CallOutcome outcome, std::string_view reason = {}) const {
    task_->breaker_report(breaker_, grant.id, static_cast<std::uint32_t>(outcome), bytes_of(reason));
  }

 private:
  const weir_task* task_{nullptr};
  weir_breaker* breaker_{nullptr};
};

/// A counter, gauge or histogram on the worker's /metrics. Any thread.
class Metric {
 public:
  Metric() = default;
  Metric(const weir_task* task, weir_metric* metric) noexcept : task_(task), metric_(metric) {}
  /// Counter: adds; gauge: sets; histogram: observes.
  void record(double value) const {
    if (task_ != nullptr) {
      task_->metric_record(metric_, value);
    }
  }

 private:
  const weir_task* task_{nullptr};
  weir_metric* metric_{nullptr};
};

/// Borrowed by an instance from its constructor to the end of its destructor. Copy it freely.
class Task {
 public:
  explicit Task(const weir_task* task) noexcept : task_(task) {}

  std::string_view connector() const noexcept { return text_of(task_->connector); }
  /// "<connector>", or "<connector>.<alias>" for a transform: the default breaker name.
  std::string_view instance() const noexcept { return text_of(task_->instance); }
  std::uint32_t id() const noexcept { return task_->task_id; }

  /// Any thread.
  void log(LogLevel level, std::string_view message) const {
    task_->log(task_->ctx, static_cast<std::uint32_t>(level), bytes_of(message));
  }

  /// Sinks that settle themselves: any thread, once per live record of an accepted batch. The batch is gone when its
  /// last record is settled. Errc::retriable: the record comes to put again.
  void settle(weir_batch* batch, std::size_t record, Errc code, std::string_view message = {}) const {
    task_->settle(task_->ctx, batch, record, static_cast<std::uint32_t>(code), bytes_of(message));
  }

  /// Sources, task thread: the last committed offset (a map) of that source partition; null when there is none.
  Result<Value> read_offset(const Value& partition, Arena arena) const {
    Value out;
    const auto code = task_->read_offset(task_->ctx, &partition, arena.c(), &out);
    if (code != WEIR_OK) {
      return Error{static_cast<Errc>(code), "the source offsets cannot be read"};
    }
    return out;
  }

  /// Task thread: readable when poll or put should return early (abi.h). -1: none.
  int wake_fd() const { return task_->wake_fd(task_->ctx); }
  /// Any thread: poll, or put with an empty batch, is called again soon.
  void wake() const { task_->wake(task_->ctx); }
  /// Any thread.
  bool stopping() const { return task_->stopping(task_->ctx) != 0; }

  /// Task thread. No '/' in the name.
  Breaker breaker(std::string_view name) const {
    return {task_, task_->breaker(task_->ctx, bytes_of(name))};
  }

  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  /// Task thread; keep the handle.
  Metric counter(std::string_view name, std::string_view help, Labels labels = {}) const {
    return metric(WEIR_METRIC_COUNTER, name, help, labels);
  }
  Metric gauge(std::string_view name, std::string_view help, Labels labels = {}) const {
    return metric(WEIR_METRIC_GAUGE, name, help, labels);
  }
  Metric histogram(std::string_view name, std::string_view help, Labels labels = {}) const {
    return metric(WEIR_METRIC_HISTOGRAM, name, help, labels);
  }

  /// Sources, any thread.
  void request_reconfiguration() const { task_->request_reconfiguration(task_->ctx); }

  const weir_task* c() const noexcept { return task_; }

 private:
  Metric metric(std::uint32_t kind, std::string_view name, std::string_view help, Labels labels) const {
    weir_pair pairs[8];
    std::size_t n = 0;
    for (const auto& [key, value] : labels) {
      if (n < 8) {
        pairs[n++] = {bytes_of(key), bytes_of(value)};
      }
    }
    return {task_, task_->metric(task_->ctx, kind, bytes_of(name), bytes_of(help), pairs, n)};
  }

  const weir_task* task_;
};

}  // namespace v1
}  // namespace weir
