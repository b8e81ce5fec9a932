#include "runtime/kafka/topic_log.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

namespace weir::runtime::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto kPoll = std::chrono::milliseconds(1000);  // wake() ends it early
constexpr auto kAsk = std::chrono::milliseconds(1000);   // one question for end offsets
constexpr auto kPurge = std::chrono::milliseconds(1000);
constexpr auto kRetry = std::chrono::milliseconds(50);

std::chrono::milliseconds left(SteadyClock::time_point deadline) {
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()));
}

}  // namespace

/// From delivery reports to the handlers of send(). State topics see few records, so a map is good
/// enough.
class TopicLog::Acks final : public DeliveryHandler {
 public:
  Result<void> open(Producer& producer) {
    auto channel = producer.open_channel(*this);
    if (!channel) {
      return std::move(channel).error();
    }
    channel_ = std::move(*channel);
    return {};
  }

  ~Acks() {
    channel_.close();
    for (auto& [tag, handler] : handlers_) {
      run(handler, retriable("The record was not acknowledged before the log was stopped"));
    }
  }

  /// Takes `handler` over unless the record is refused.
  Result<void> send(const OutgoingRecord& record, SendHandler& handler) {
    std::uint64_t tag = 0;
    {
      std::lock_guard lock(mutex_);
      tag = next_tag_++;
      handlers_.emplace(tag, std::move(handler));
    }
    auto sent = channel_.produce(record, tag);
    if (!sent) {
      handler = take(tag);
    }
    return sent;
  }

  void on_delivery(std::uint64_t tag, const Delivery& delivery) noexcept override {
    try {
      const SendHandler handler = take(tag);
      if (delivery.ok()) {
        run(handler, RecordPosition{delivery.partition, delivery.offset});
      } else {
        run(handler, delivery.error());
      }
    } catch (...) {  // out of memory while an error text was made
    }
  }

 private:
  static void run(const SendHandler& handler, const Result<RecordPosition>& sent) noexcept {
    try {
      if (handler) {
        handler(sent);
      }
    } catch (...) {  // a handler's exception must not end the producer's thread
    }
  }

  SendHandler take(std::uint64_t tag) {
    std::lock_guard lock(mutex_);
    auto node = handlers_.extract(tag);
    return node.empty() ? SendHandler{} : std::move(node.mapped());
  }

  std::mutex mutex_;  // guards handlers_ and next_tag_
  std::map<std::uint64_t, SendHandler> handlers_;
  std::uint64_t next_tag_{0};
  DeliveryChannel channel_;
};

TopicLog::TopicLog(TopicLogOptions options) : options_(std::move(options)) {}

TopicLog::~TopicLog() { stop(); }

Result<void> TopicLog::start(std::chrono::milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  stop();
  {
    std::lock_guard lock(mutex_);
    failure_.reset();
  }
  Config reading = options_.consumer;
  reading.set("auto.offset.reset", "earliest")
      .set("enable.partition.eof", "true")
      .set("allow.auto.create.topics", "false");
  reading.erase("group.instance.id");
  auto consumer = Consumer::create(reading);
  if (!consumer) {
    return std::move(consumer).error();
  }
  consumer_ = std::move(*consumer);

  std::vector<TopicPartition> all;
  std::vector<TopicPartitionOffset> begin;
  for (Result<void> tried = retriable("");;) {
    const auto ask =
        std::min<std::chrono::milliseconds>(left(deadline), std::chrono::milliseconds(5000));
    auto count = consumer_->partition_count(options_.topic, ask);
    if (count) {
      all.clear();
      for (std::int32_t p = 0; p < *count; ++p) {
        all.push_back({options_.topic, p});
      }
      auto offsets = consumer_->beginning_offsets(all, ask);
      if (offsets) {
        begin = std::move(*offsets);
        break;
      }
      tried = std::move(offsets).error();
    } else {
      tried = std::move(count).error();
    }
    if (tried.error().code != Errc::retriable || left(deadline) <= kRetry) {
      consumer_.reset();
      return tried;
    }
    std::this_thread::sleep_for(kRetry);
  }
  partition_count_.store(static_cast<std::int32_t>(all.size()));
  next_.assign(all.size(), 0);
  for (auto& at : begin) {
    at.offset = std::max<std::int64_t>(at.offset, 0);
    next_[static_cast<std::size_t>(at.partition)] = at.offset;
  }
  if (auto assigned = consumer_->assign(begin); !assigned) {
    return assigned;
  }

  Config writing = options_.producer;
  writing.set_default("linger.ms", "0").set_default("acks", "all");
  auto producer = Producer::create(
      writing,
      {.on_error = options_.on_error,
       .isolation_level = options_.consumer.get("isolation.level").value_or("read_uncommitted")});
  if (!producer) {
    return std::move(producer).error();
  }
  producer_ = std::move(*producer);
  acks_ = std::make_unique<Acks>();
  if (auto opened = acks_->open(*producer_); !opened) {
    return opened;
  }
  {
    std::lock_guard lock(mutex_);
    running_ = true;
  }
  thread_ = std::jthread([this](const std::stop_token& token) {
    (void)::pthread_setname_np(::pthread_self(), "weir-state");
    run(token);
  });
  return read_to_end(left(deadline));
}

void TopicLog::stop() {
  {
    std::lock_guard lock(mutex_);
    running_ = false;
  }
  if (thread_.joinable()) {
    thread_.request_stop();
    consumer_->wake();
    thread_.join();
  }
  if (producer_) {
    producer_->purge();
    (void)producer_->flush(SteadyClock::now() + kPurge);
  }
  acks_.reset();
  producer_.reset();
  consumer_.reset();
  std::vector<std::shared_ptr<Waiter>> waiters;
  {
    std::lock_guard lock(mutex_);
    waiters.swap(waiters_);
  }
  for (auto& w : waiters) {
    w->done.set_value(retriable(fmt::format("Reading '{}' to its end: stopped", options_.topic)));
  }
}

void TopicLog::run(const std::stop_token& stop) noexcept {
  try {
    while (!stop.stop_requested() && !failure()) {
      step();
    }
  } catch (const std::exception& e) {
    fail(fatal(fmt::format("Reading '{}': {}", options_.topic, e.what())));
  } catch (...) {
    fail(fatal(fmt::format("Reading '{}': an unknown exception", options_.topic)));
  }
}

void TopicLog::step() {
  auto wait = std::chrono::milliseconds(kPoll);
  {
    std::lock_guard lock(mutex_);
    for (const auto& w : waiters_) {
      wait = std::min(wait, w->ends.empty() ? kRetry : left(w->deadline));
    }
  }
  take(consumer_->poll(wait));
  serve_waiters();
}

void TopicLog::take(Polled polled) {
  if (auto* message = std::get_if<Message>(&polled)) {
    options_.on_record(*message);
    next_[static_cast<std::size_t>(message->partition())] = message->offset() + 1;
    return;
  }
  auto* error = std::get_if<ClientError>(&polled);
  if (error == nullptr) {
    return;
  }
  if (error->kind ==
      ErrorKind::partition_end) {  // also moves past transaction markers and compacted records
    if (error->topic == options_.topic && error->partition >= 0) {
      auto& next = next_[static_cast<std::size_t>(error->partition)];
      next = std::max(next, error->offset);
    }
    return;
  }
  if (options_.on_error) {
    options_.on_error(*error);
  }
  if (error->kind == ErrorKind::fatal || error->kind == ErrorKind::fenced) {
    fail(error->error);
  }
}

void TopicLog::serve_waiters() {
  std::vector<std::shared_ptr<Waiter>> waiters;
  {
    std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
      return;
    }
    waiters = waiters_;
  }
  const bool ask =
      std::any_of(waiters.begin(), waiters.end(), [](const auto& w) { return w->ends.empty(); });
  Result<void> answered;
  if (ask) {
    auto ends = producer_->end_offsets(consumer_->assignment(), kAsk);
    if (!ends) {
      answered = std::move(ends).error();
    } else {
      std::vector<std::int64_t> by_partition(next_.size(), 0);
      for (const auto& e : *ends) {
        by_partition[static_cast<std::size_t>(e.partition)] = e.offset;
      }
      for (auto& w : waiters) {
        if (w->ends.empty()) {
          w->ends = by_partition;
        }
      }
    }
  }
  const auto now = SteadyClock::now();
  for (auto& w : waiters) {
    bool reached = !w->ends.empty();
    for (std::size_t p = 0; reached && p < next_.size(); ++p) {
      reached = next_[p] >= w->ends[p];
    }
    if (!reached && now < w->deadline) {
      continue;
    }
    {
      std::lock_guard lock(mutex_);
      if (std::erase(waiters_, w) == 0) {
        continue;  // fail() was quicker
      }
    }
    if (reached) {
      w->done.set_value({});
    } else {
      w->done.set_value(
          retriable(fmt::format("Reading '{}' to its end took too long{}{}", options_.topic,
                                answered ? "" : ": ", answered ? "" : answered.error().message)));
    }
  }
}

void TopicLog::fail(Error error) {
  std::vector<std::shared_ptr<Waiter>> waiters;
  {
    std::lock_guard lock(mutex_);
    error.code = Errc::fatal;
    failure_ = error;
    waiters.swap(waiters_);
  }
  for (auto& w : waiters) {
    w->done.set_value(error);
  }
}

std::optional<Error> TopicLog::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

Result<void> TopicLog::read_to_end(std::chrono::milliseconds timeout) {
  auto waiter = std::make_shared<Waiter>();
  waiter->deadline = SteadyClock::now() + timeout;
  auto done = waiter->done.get_future();
  {
    std::lock_guard lock(mutex_);
    if (failure_) {
      return *failure_;
    }
    if (!running_) {
      return retriable(fmt::format("Reading '{}' to its end: not started", options_.topic));
    }
    waiters_.push_back(std::move(waiter));
    consumer_->wake();
  }
  return done.get();
}

void TopicLog::send(std::string_view key, std::optional<std::string_view> value,
                    SendHandler handler, std::int32_t partition) {
  Result<void> sent = retriable(fmt::format("Writing to '{}': not started", options_.topic));
  {
    std::lock_guard lock(mutex_);
    if (running_) {
      sent = acks_->send(
          {.topic = options_.topic, .partition = partition, .key = key, .value = value}, handler);
    }
  }
  if (!sent && handler) {
    handler(std::move(sent).error());
  }
}

std::future<Result<RecordPosition>> TopicLog::send(std::string_view key,
                                                   std::optional<std::string_view> value) {
  auto promise = std::make_shared<std::promise<Result<RecordPosition>>>();
  auto future = promise->get_future();
  send(key, value, [promise](const Result<RecordPosition>& sent) { promise->set_value(sent); });
  return future;
}

Result<RecordPosition> TopicLog::send_and_wait(std::string_view key,
                                               std::optional<std::string_view> value,
                                               std::chrono::milliseconds timeout) {
  auto future = send(key, value);
  if (future.wait_for(timeout) != std::future_status::ready) {
    return retriable(fmt::format("Writing to '{}': not acknowledged in time", options_.topic));
  }
  return future.get();
}

Result<void> TopicLog::flush(std::chrono::milliseconds timeout) {
  return producer_ ? producer_->flush(Clock::now() + timeout) : Result<void>{};
}

}  // namespace weir::runtime::kafka
