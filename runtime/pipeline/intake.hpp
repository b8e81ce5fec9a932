// The consuming end of a sink or relay task: batches when the task wants them, membership kept when it does not.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/kafka/consumer.hpp"
#include "runtime/pipeline/consumed_batch.hpp"
#include "runtime/pipeline/signal.hpp"
#include "runtime/pipeline/task_spec.hpp"

namespace weir::runtime::pipeline {

/// Task thread, but for wake().
class Intake {
 public:
  /// `log` gets what is worth a line but no failure.
  static Result<std::unique_ptr<Intake>> create(const TaskSpec& spec, kafka::RebalanceListener& listener,
                                                HeaderLoader& loader, Signal& signal,
                                                std::function<void(const std::string&)> log);

  /// Waits at most `timeout` for a first record and takes what else is there, up to the limits of the spec. nullptr:
  /// nothing came. Errors: those that must end the task.
  Result<std::shared_ptr<ConsumedBatch>> read(std::chrono::milliseconds timeout);

  /// Nothing is wanted now: waits at most `timeout`, or until the signal is set. A short hold leaves the consumer alone,
  /// because a pause throws away what was fetched; a longer one pauses the partitions and keeps polling, so that the
  /// group keeps this member.
  Result<void> hold(std::chrono::milliseconds timeout);

  /// Any thread: read() and hold() return soon.
  void wake() noexcept { consumer_->wake(); }

  kafka::Consumer& consumer() noexcept { return *consumer_; }
  bool paused() const noexcept { return paused_; }
  /// Partitions were taken away: what was read ahead of them is dropped.
  void forget_read_ahead() noexcept { read_ahead_.clear(); }

 private:
  Intake(const TaskSpec& spec, HeaderLoader& loader, Signal& signal, std::function<void(const std::string&)> log)
      : spec_(spec), loader_(loader), signal_(signal), log_(std::move(log)) {}
  Result<void> take_error(const kafka::ClientError& error);

  const TaskSpec& spec_;
  HeaderLoader& loader_;
  Signal& signal_;
  std::function<void(const std::string&)> log_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::deque<kafka::Message> read_ahead_;  // delivered although their partitions were being paused
  bool paused_{false};
  std::optional<std::chrono::steady_clock::time_point> holding_since_;
  std::chrono::steady_clock::time_point last_line_{};
};

}  // namespace weir::runtime::pipeline
