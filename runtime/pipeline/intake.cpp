#include "runtime/pipeline/intake.hpp"

#include <utility>

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPauseAfter{1'000};
constexpr std::chrono::seconds kQuiet{10};  // between two lines about the same kind of trouble

}  // namespace

Result<std::unique_ptr<Intake>> Intake::create(const TaskSpec& spec, kafka::RebalanceListener& listener,
                                               HeaderLoader& loader, Signal& signal,
                                               std::function<void(const std::string&)> log) {
  kafka::ConsumerOptions options;
  options.listener = &listener;
  auto consumer = kafka::Consumer::create(spec.consumer, options);
  if (!consumer) {
    return consumer.error();
  }
  std::unique_ptr<Intake> intake(new Intake(spec, loader, signal, std::move(log)));
  intake->consumer_ = std::move(*consumer);
  for (const std::string& warning : intake->consumer_->warnings()) {
    intake->log_(warning);
  }
  if (auto done = intake->consumer_->subscribe(spec.topics); !done) {
    return done.error();
  }
  return intake;
}

Result<void> Intake::take_error(const kafka::ClientError& error) {
  switch (error.kind) {
    case kafka::ErrorKind::transport:
    case kafka::ErrorKind::unknown_topic:  // it may still be created
    case kafka::ErrorKind::max_poll_exceeded:
    case kafka::ErrorKind::stale_member: {
      const auto now = Clock::now();
      if (now - last_line_ > kQuiet) {
        last_line_ = now;
        log_(error.error.message);
      }
      return {};
    }
    case kafka::ErrorKind::partition_end: return {};
    default: return error.error;
  }
}

Result<std::shared_ptr<ConsumedBatch>> Intake::read(milliseconds timeout) {
  holding_since_.reset();
  if (paused_) {
    if (auto done = consumer_->resume_all(); !done) {
      return done.error();
    }
    paused_ = false;
  }
  std::shared_ptr<ConsumedBatch> batch;
  const auto add = [&](kafka::Message message) {
    if (batch == nullptr) {
      batch = std::make_shared<ConsumedBatch>(loader_, spec_.max_batch_records, consumer_->assignment_epoch());
    }
    batch->add(std::move(message));
  };
  while (!read_ahead_.empty()) {
    add(std::move(read_ahead_.front()));
    read_ahead_.pop_front();
    timeout = milliseconds(0);
  }
  for (;;) {
    const std::uint64_t epoch = consumer_->assignment_epoch();
    kafka::Polled polled = consumer_->poll(timeout);
    if (consumer_->assignment_epoch() != epoch && batch != nullptr) {
      // A rebalance in the middle: what was collected may not be ours any more, and has not been touched.
      batch.reset();
    }
    if (auto* error = std::get_if<kafka::ClientError>(&polled)) {
      if (auto done = take_error(*error); !done) {
        return done.error();
      }
    } else if (auto* message = std::get_if<kafka::Message>(&polled)) {
      add(std::move(*message));
      if (batch->size() >= spec_.max_batch_records || batch->bytes() >= spec_.max_batch_bytes) {
        break;
      }
    } else {
      break;
    }
    timeout = milliseconds(0);
  }
  if (batch != nullptr) {
    batch->seal();
  }
  return batch;
}

Result<void> Intake::hold(milliseconds timeout) {
  const auto now = Clock::now();
  if (!holding_since_) {
    holding_since_ = now;
  }
  if (!paused_ && now - *holding_since_ < kPauseAfter) {
    (void)signal_.wait(timeout);
    return {};
  }
  // A rebalance ends the pause of the partitions it brings.
  if (!paused_ || (!consumer_->any_paused() && !consumer_->assignment().empty())) {
    if (auto done = consumer_->pause_all(); !done) {
      return done.error();
    }
    paused_ = true;
  }
  if (signal_.take()) {
    timeout = milliseconds(0);
  }
  kafka::Polled polled = consumer_->poll(timeout);
  if (auto* error = std::get_if<kafka::ClientError>(&polled)) {
    return take_error(*error);
  }
  if (auto* message = std::get_if<kafka::Message>(&polled)) {
    read_ahead_.push_back(std::move(*message));
  }
  return {};
}

}  // namespace weir::runtime::pipeline
