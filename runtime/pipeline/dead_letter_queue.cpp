#include "runtime/pipeline/dead_letter_queue.hpp"

#include "runtime/pipeline/dead_letter.hpp"
#include "runtime/pipeline/mask.hpp"

namespace weir::runtime::pipeline {

Result<std::unique_ptr<DeadLetterQueue>> DeadLetterQueue::open(const TaskSpec& spec, TaskServices& services,
                                                               TaskMetrics& metrics, std::function<void()> wake) {
  std::unique_ptr<DeadLetterQueue> queue(new DeadLetterQueue(spec, metrics, std::move(wake)));
  if (spec.own_producer) {
    auto own = kafka::Producer::create(spec.producer);
    if (!own) {
      return own.error();
    }
    queue->producer_ = std::move(*own);
  } else {
    auto shared = services.shared_producer();
    if (!shared) {
      return shared.error();
    }
    queue->producer_ = *shared;
  }
  auto channel = queue->producer_->open_channel(*queue, spec.max_in_flight_bytes);
  if (!channel) {
    return channel.error();
  }
  queue->channel_ = std::move(*channel);
  return queue;
}

DeadLetterQueue::~DeadLetterQueue() {
  channel_.close();
  alone_.close();
}

Result<void> DeadLetterQueue::send(std::shared_ptr<ConsumedBatch> batch, const StageFailure& failure, bool settle) {
  const kafka::Message& message = batch->message(failure.index);
  StageFailure masked = failure;
  masked.error.message = mask(masked.error.message, spec_.secrets);
  kafka::Headers headers =
      dead_letter_headers(message, spec_.errors.dead_letter_headers, spec_.connector, spec_.task, masked);
  const auto record = dead_letter_record(message, spec_.errors.dead_letter_topic);
  std::uint64_t tag = 0;
  {
    const std::lock_guard lock(mutex_);
    tag = ++next_tag_;
    letters_.emplace(tag, Letter{batch, failure.index, settle});
  }
  metrics_.dead_letters.add(1);
  constexpr std::chrono::seconds kRoom{60};
  auto sent = channel_.produce_wait(record, headers, tag, std::chrono::steady_clock::now() + kRoom);
  if (!sent && sent.error().code == Errc::bad_record) {
    sent = alone_.produce_wait(record, headers, tag, std::chrono::steady_clock::now() + kRoom);
  }
  if (!sent) {
    metrics_.dead_letter_failures.add(1);
    const std::lock_guard lock(mutex_);
    letters_.erase(tag);
    return Error{sent.error().code, "the dead letter for " + std::string(message.topic()) + "-" +
                                        std::to_string(message.partition()) + "@" + std::to_string(message.offset()) +
                                        " cannot be written to " + spec_.errors.dead_letter_topic + ": " +
                                        sent.error().message};
  }
  return {};
}

void DeadLetterQueue::on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept {
  Letter letter{};
  {
    const std::lock_guard lock(mutex_);
    const auto it = letters_.find(tag);
    if (it == letters_.end()) {
      return;
    }
    letter = std::move(it->second);
    letters_.erase(it);
    if (!delivery.ok() && !failure_) {
      failure_ = delivery.error();
    }
  }
  if (!delivery.ok()) {
    metrics_.dead_letter_failures.add(1);
  } else if (letter.settle) {
    (void)letter.batch->settle(letter.index);
  }
  letter.batch.reset();
  changed_.notify_all();
  wake_();
}

std::optional<Error> DeadLetterQueue::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::size_t DeadLetterQueue::pending() {
  const std::lock_guard lock(mutex_);
  return letters_.size();
}

bool DeadLetterQueue::drain(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return letters_.empty() || failure_; }) && !failure_;
}

}  // namespace weir::runtime::pipeline
