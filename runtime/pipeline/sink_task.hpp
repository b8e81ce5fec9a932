// consume -> decode -> transforms -> put -> settle -> commit offset
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/pipeline/dead_letter_queue.hpp"
#include "runtime/pipeline/intake.hpp"
#include "runtime/pipeline/task_core.hpp"
#include "runtime/pipeline/watermark.hpp"
#include "runtime/plugin/instances.hpp"

namespace weir::runtime::pipeline {

class SinkTask final : public TaskCore, private kafka::RebalanceListener {
 public:
  using TaskCore::TaskCore;
  ~SinkTask() override;

 private:
  /// A batch that cannot go on now; it is tried again when its time has come, and nothing else is read meanwhile.
  struct Held {
    std::shared_ptr<ConsumedBatch> batch;
    std::optional<std::size_t> step;  // of the transforms; nullopt: put, or with decode the converters
    int attempts{0};                  // of put, made while the breaker was CLOSED
    Clock::time_point since;
    Clock::time_point until;
    bool decode{false};
  };
  struct Late {
    ConsumedBatch* batch;
    std::size_t index;
    Error outcome;
  };

  void run() override;
  void shut_down() noexcept override;
  void wake() override;
  void settle(weir_batch* batch, std::size_t record, Error outcome) override;
  std::optional<std::int64_t> lag() override;

  bool wait_for_retry(std::chrono::milliseconds delay) override;

  void start_sink();
  void iterate();
  void take_late_outcomes();
  void account_settled();
  void follow_pause();
  void process(const std::shared_ptr<ConsumedBatch>& batch, std::optional<std::size_t> from_step, Held context);
  /// What becomes of a batch whose conversion or transforms were not finished: stopped, or taken away.
  void abandon(const std::shared_ptr<ConsumedBatch>& batch);
  void deliver(const std::shared_ptr<ConsumedBatch>& batch, Held context);
  void put_directly(const std::shared_ptr<ConsumedBatch>& batch, Held context);
  void hand_over(const std::shared_ptr<ConsumedBatch>& batch, Held context);
  void hold(Held held, std::chrono::milliseconds delay);
  void settle_filtered(ConsumedBatch& batch);
  void take_failures(const std::shared_ptr<ConsumedBatch>& batch);
  void reject(const std::shared_ptr<ConsumedBatch>& batch, StageFailure failure);
  void give_up_retrying(const std::shared_ptr<ConsumedBatch>& batch, const Error& error, int attempts);
  /// Until everything that is not held has an outcome, or the deadline.
  void wait_for_settlement(Clock::time_point deadline);
  void commit_if_due();
  std::vector<kafka::TopicPartitionOffset> offsets_to_commit();
  bool try_open();
  std::chrono::milliseconds until_next_commit() const;

  void on_assigned(std::vector<kafka::TopicPartitionOffset>& partitions) override;
  void on_revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) override;

  std::unique_ptr<Stages> stages_;
  std::optional<plugin::SinkInstance> sink_;
  std::unique_ptr<DeadLetterQueue> dead_letters_;
  std::unique_ptr<Intake> intake_;
  std::atomic<Intake*> shared_intake_{nullptr};  // for other threads
  std::mutex intake_mutex_;                       // keeps intake_ alive while another thread uses it
  Watermark watermark_;
  std::optional<Held> held_;
  std::vector<kafka::TopicPartitionOffset> opening_;  // assigned, but the sink cannot open them yet
  int open_attempts_{0};
  Clock::time_point open_again_{};
  Clock::time_point next_commit_{};
  bool committing_{false};
  bool put_since_commit_{false};
  bool paused_{false};
  bool closing_{false};
  std::uint64_t added_{0};    // records given to the watermark
  std::uint64_t settled_{0};  // of those, settled in complete batches
  std::uint64_t dropped_{0};  // of those, taken away with their partitions

  std::atomic<bool> waiting_{false};
  std::mutex late_mutex_;  // guards late_
  std::vector<Late> late_;
};

}  // namespace weir::runtime::pipeline
