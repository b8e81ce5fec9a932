// Writes dead letters of a sink task and waits for their acknowledgements, which count as the record's own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/consumed_batch.hpp"
#include "runtime/pipeline/lone_records.hpp"
#include "runtime/pipeline/stages.hpp"
#include "runtime/pipeline/task.hpp"
#include "runtime/pipeline/task_metrics.hpp"

namespace weir::runtime::pipeline {

/// Task thread, but for what the producer's thread reports.
class DeadLetterQueue final : private kafka::DeliveryHandler {
 public:
  /// For the topic that TaskCore::prepare_dead_letters() has seen to. `wake` is called on the producer's thread.
  static Result<std::unique_ptr<DeadLetterQueue>> open(const TaskSpec& spec, TaskServices& services, TaskMetrics& metrics,
                                                       std::function<void()> wake);
  ~DeadLetterQueue();

  /// Hands the letter over; waits for room. With `settle` the record is settled once Kafka has the letter.
  Result<void> send(std::shared_ptr<ConsumedBatch> batch, const StageFailure& failure, bool settle);

  /// A letter that Kafka did not take; the task must fail.
  std::optional<Error> failure();
  std::size_t pending();
  /// Waits for the acknowledgements; false when the deadline came first or one failed.
  bool drain(std::chrono::steady_clock::time_point deadline);

 private:
  struct Letter {
    std::shared_ptr<ConsumedBatch> batch;
    std::size_t index;
    bool settle;
  };
  DeadLetterQueue(const TaskSpec& spec, TaskMetrics& metrics, std::function<void()> wake)
      : spec_(spec), metrics_(metrics), wake_(std::move(wake)), alone_(spec, *this) {}
  void on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept override;

  const TaskSpec& spec_;
  TaskMetrics& metrics_;
  std::function<void()> wake_;
  std::shared_ptr<kafka::Producer> producer_;
  kafka::DeliveryChannel channel_;
  LoneRecords alone_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<std::uint64_t, Letter> letters_;
  std::uint64_t next_tag_{0};
  std::optional<Error> failure_;
};

}  // namespace weir::runtime::pipeline
