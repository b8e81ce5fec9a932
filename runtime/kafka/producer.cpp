#include "runtime/kafka/producer.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

#include "runtime/kafka/offsets_at.hpp"

namespace weir::runtime::kafka {
namespace {

constexpr int kTagBits = 48;
constexpr int kPollMs =
    1000;  // reports wake the poll, this is only how often an idle thread looks around
constexpr auto kDestroyPatience = std::chrono::seconds(1);

void* pack(std::uint32_t slot, std::uint64_t tag) noexcept {
  return reinterpret_cast<void*>((static_cast<std::uint64_t>(slot) << kTagBits) | tag);
}

std::int64_t size_of(const OutgoingRecord& record) noexcept {
  return static_cast<std::int64_t>((record.key ? record.key->size() : 0) +
                                   (record.value ? record.value->size() : 0));
}

/// librdkafka reads a null pointer as absent, so an empty text needs an address.
const char* address(std::string_view text) noexcept {
  return text.data() != nullptr ? text.data() : "";
}

}  // namespace

Error Delivery::error() const {
  if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
    return bad_record(fmt::format("Delivery to {}-{} failed: there is no such partition", topic, partition));
  }
  return make_error(code, partition >= 0 ? fmt::format("Delivery to {}-{} failed", topic, partition)
                                         : fmt::format("Delivery to {} failed", topic));
}

Result<std::unique_ptr<Producer>> Producer::create(const Config& config, ProducerOptions options) {
  std::unique_ptr<Producer> self(new Producer());
  auto conf = config.make_conf(ClientRole::producer, &self->warnings_);
  if (!conf) {
    return std::move(conf).error();
  }
  // Events, not callbacks: flush() and the transaction calls would otherwise run the reports on
  // their callers' threads.
  char reason[128];
  rd_kafka_conf_set(conf->get(), "isolation.level", options.isolation_level.c_str(), reason,
                    sizeof reason);
  rd_kafka_conf_set_events(conf->get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  auto rk = new_client(ClientRole::producer, std::move(*conf));
  if (!rk) {
    return std::move(rk).error();
  }
  self->rk_.reset(*rk);
  self->queue_.reset(rd_kafka_queue_get_main(self->rk_.get()));
  self->options_ = std::move(options);
  self->slots_ = std::make_unique<Slot[]>(kMaxChannels);
  self->thread_ = std::jthread([p = self.get()](const std::stop_token& stop) {
    (void)::pthread_setname_np(::pthread_self(), "weir-producer");
    p->serve(stop);
  });
  return Result<std::unique_ptr<Producer>>(std::move(self));
}

Producer::~Producer() {
  if (!rk_) {  // the library refused its properties
    return;
  }
  purge();
  (void)flush(Clock::now() + kDestroyPatience);
  if (thread_.joinable()) {
    thread_.request_stop();
    rd_kafka_queue_yield(queue_.get());
    thread_.join();
  }
  topics_.clear();
  queue_.reset();
}

void Producer::serve(const std::stop_token& stop) noexcept {
  while (!stop.stop_requested()) {
    EventHandle event(rd_kafka_queue_poll(queue_.get(), kPollMs));
    if (!event) {
      continue;
    }
    switch (rd_kafka_event_type(event.get())) {
      case RD_KAFKA_EVENT_DR: serve_deliveries(event.get()); break;
      case RD_KAFKA_EVENT_ERROR: serve_error(event.get()); break;
      default: break;
    }
    signal_room();
  }
}

void Producer::serve_deliveries(rd_kafka_event_t* event) noexcept {
  std::uint32_t current = kMaxChannels;
  while (const rd_kafka_message_t* m = rd_kafka_event_message_next(event)) {
    const auto packed = reinterpret_cast<std::uint64_t>(m->_private);
    const auto index = static_cast<std::uint32_t>(packed >> kTagBits);
    if (index >= kMaxChannels) {
      continue;
    }
    Slot& slot = slots_[index];
    if (index != current) {
      serving_.store(index);  // before the handler is read: close_slot() does the opposite
      current = index;
    }
    if (DeliveryHandler* handler = slot.handler.load()) {
      handler->on_delivery(
          packed & DeliveryChannel::kMaxTag,
          {m->err, m->partition, m->err == RD_KAFKA_RESP_ERR_NO_ERROR ? m->offset : -1,
           m->rkt != nullptr ? rd_kafka_topic_name(m->rkt) : "", m});
    }
    slot.bytes.fetch_sub(static_cast<std::int64_t>(m->len + m->key_len), std::memory_order_relaxed);
    slot.in_flight.fetch_sub(1, std::memory_order_release);
    in_flight_.fetch_sub(1, std::memory_order_release);
  }
  serving_.store(kMaxChannels);
}

void Producer::serve_error(rd_kafka_event_t* event) noexcept {
  try {
    const char* text = rd_kafka_event_error_string(event);
    const ClientError error =
        client_error(rk_.get(), rd_kafka_event_error(event), text != nullptr ? text : "");
    if (error.kind == ErrorKind::fatal || error.kind == ErrorKind::fenced) {
      std::lock_guard lock(fatal_mutex_);
      if (!fatal_) {
        fatal_ = error.error;
        fatal_->code = Errc::fatal;
      }
    }
    if (options_.on_error) {
      options_.on_error(error);
    }
  } catch (
      ...) {  // a handler's exception must not end the thread that everybody's reports depend on
  }
}

void Producer::signal_room() noexcept {
  if (waiters_.load() == 0) {
    return;
  }
  {
    std::lock_guard lock(room_mutex_);
    ++room_generation_;
  }
  room_.notify_all();
}

Result<DeliveryChannel> Producer::open_channel(DeliveryHandler& handler, std::size_t budget_bytes) {
  std::lock_guard lock(slots_mutex_);
  for (std::uint32_t i = 0; i < kMaxChannels; ++i) {
    Slot& slot = slots_[i];
    if (!slot.open.load(std::memory_order_relaxed) &&
        slot.in_flight.load(std::memory_order_acquire) == 0) {
      slot.budget = static_cast<std::int64_t>(budget_bytes);
      slot.open.store(true, std::memory_order_relaxed);
      slot.handler.store(&handler);
      return DeliveryChannel(this, i);
    }
  }
  return retriable(fmt::format("Producer {}: all {} channels are in use", rd_kafka_name(rk_.get()),
                               kMaxChannels));
}

void Producer::close_slot(std::uint32_t index) noexcept {
  Slot& slot = slots_[index];
  slot.handler.store(nullptr);
  if (std::this_thread::get_id() != thread_.get_id()) {
    while (serving_.load() == index) {
      std::this_thread::yield();
    }
  }
  std::lock_guard lock(slots_mutex_);
  slot.open.store(false, std::memory_order_relaxed);
}

rd_kafka_topic_t* Producer::topic(std::string_view name) {
  {
    std::shared_lock lock(topics_mutex_);
    if (auto it = topics_.find(name); it != topics_.end()) {
      return it->second.get();
    }
  }
  std::unique_lock lock(topics_mutex_);
  std::string text(name);
  auto [it, added] = topics_.try_emplace(text);
  if (added) {
    it->second.reset(rd_kafka_topic_new(rk_.get(), text.c_str(), nullptr));
    if (!it->second) {
      topics_.erase(it);
      return nullptr;
    }
  }
  return it->second.get();
}

Result<void> Producer::produce(std::uint32_t index, const OutgoingRecord& record, Headers* headers,
                               std::uint64_t tag) {
  Slot& slot = slots_[index];
  const std::int64_t size = size_of(record);
  // A record larger than the whole budget may still go alone.
  if (slot.budget > 0) {
    const std::int64_t used = slot.bytes.load(std::memory_order_relaxed);
    if (used > 0 && used + size > slot.budget) {
      return retriable("Producer queue is full: the budget of this task is used up");
    }
  }
  rd_kafka_topic_t* rkt = topic(record.topic);
  if (rkt == nullptr) {
    return bad_record(fmt::format("Producing to '{}': {}", record.topic,
                                  rd_kafka_err2str(rd_kafka_last_error())));
  }

  rd_kafka_vu_t args[8];
  std::size_t n = 0;
  args[n].vtype = RD_KAFKA_VTYPE_RKT;
  args[n++].u.rkt = rkt;
  args[n].vtype = RD_KAFKA_VTYPE_PARTITION;
  args[n++].u.i32 = record.partition;
  args[n].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  args[n++].u.i = RD_KAFKA_MSG_F_COPY;
  args[n].vtype = RD_KAFKA_VTYPE_OPAQUE;
  args[n++].u.ptr = pack(index, tag);
  if (record.timestamp != 0) {
    args[n].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    args[n++].u.i64 = record.timestamp;
  }
  if (record.key) {
    args[n].vtype = RD_KAFKA_VTYPE_KEY;
    args[n].u.mem.ptr = const_cast<char*>(address(*record.key));
    args[n++].u.mem.size = record.key->size();
  }
  if (record.value) {
    args[n].vtype = RD_KAFKA_VTYPE_VALUE;
    args[n].u.mem.ptr = const_cast<char*>(address(*record.value));
    args[n++].u.mem.size = record.value->size();
  }
  if (headers != nullptr && headers->raw() != nullptr) {
    args[n].vtype = RD_KAFKA_VTYPE_HEADERS;
    args[n++].u.headers = headers->raw();
  }

  // Counted before, because the report may come before the call returns.
  slot.bytes.fetch_add(size, std::memory_order_relaxed);
  slot.in_flight.fetch_add(1, std::memory_order_relaxed);
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  if (ErrorHandle error{rd_kafka_produceva(rk_.get(), args, n)}) {
    slot.bytes.fetch_sub(size, std::memory_order_relaxed);
    slot.in_flight.fetch_sub(1, std::memory_order_relaxed);
    in_flight_.fetch_sub(1, std::memory_order_relaxed);
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return retriable("Producer queue is full");
    }
    if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
      return bad_record(fmt::format("Producing to '{}': it has no partition {}", record.topic, record.partition));
    }
    return make_error(code, fmt::format("Producing to '{}'", record.topic));
  }
  if (headers != nullptr) {
    (void)headers->release();
  }
  return {};
}

Result<void> Producer::flush(Clock::time_point deadline, std::stop_token stop) {
  constexpr auto kSlice = std::chrono::milliseconds(100);
  while (in_flight_.load(std::memory_order_acquire) > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0 || stop.stop_requested()) {
      return retriable(fmt::format("Producer {}: {} records are not acknowledged yet",
                                   rd_kafka_name(rk_.get()), in_flight_.load()));
    }
    // Sends what linger.ms would hold back, and waits until the library is done; then our thread
    // must serve the reports.
    rd_kafka_flush(rk_.get(),
                   static_cast<int>(std::min(left, std::chrono::milliseconds(kSlice)).count()));
    if (in_flight_.load(std::memory_order_acquire) > 0) {
      waiters_.fetch_add(1);
      std::unique_lock lock(room_mutex_);
      const auto seen = room_generation_;
      room_.wait_for(lock, std::chrono::milliseconds(1), [&] { return room_generation_ != seen; });
      waiters_.fetch_sub(1);
    }
  }
  return {};
}

void Producer::purge() noexcept {
  rd_kafka_purge(rk_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                RD_KAFKA_PURGE_F_NON_BLOCKING);
}

Result<std::vector<TopicPartitionOffset>> Producer::end_offsets(
    const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const {
  return offsets_at(rk_.get(), kOffsetEnd, partitions, timeout);
}

std::optional<Error> Producer::fatal_error() const {
  {
    std::lock_guard lock(fatal_mutex_);
    if (fatal_) {
      return fatal_;
    }
  }
  char reason[512] = "";
  const rd_kafka_resp_err_t code = rd_kafka_fatal_error(rk_.get(), reason, sizeof reason);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  return fatal(fmt::format("{} ({})", reason, rd_kafka_err2name(code)));
}

DeliveryChannel::DeliveryChannel(DeliveryChannel&& other) noexcept
    : producer_(std::exchange(other.producer_, nullptr)), slot_(other.slot_) {}

DeliveryChannel& DeliveryChannel::operator=(DeliveryChannel&& other) noexcept {
  if (this != &other) {
    close();
    producer_ = std::exchange(other.producer_, nullptr);
    slot_ = other.slot_;
  }
  return *this;
}

void DeliveryChannel::close() noexcept {
  if (Producer* p = std::exchange(producer_, nullptr)) {
    p->close_slot(slot_);
  }
}

Result<void> DeliveryChannel::produce(const OutgoingRecord& record, Headers& headers,
                                      std::uint64_t tag) {
  return producer_->produce(slot_, record, &headers, tag & kMaxTag);
}

Result<void> DeliveryChannel::produce(const OutgoingRecord& record, std::uint64_t tag) {
  return producer_->produce(slot_, record, nullptr, tag & kMaxTag);
}

Result<void> DeliveryChannel::produce_wait(const OutgoingRecord& record, Headers& headers,
                                           std::uint64_t tag, Clock::time_point deadline,
                                           std::stop_token stop) {
  for (;;) {
    auto result = produce(record, headers, tag);
    if (result || result.error().code != Errc::retriable) {
      return result;
    }
    Producer& p = *producer_;
    p.waiters_.fetch_add(1);
    {
      std::unique_lock lock(p.room_mutex_);
      const auto seen = p.room_generation_;
      // A report between the refusal and this wait is not seen: hence the short limit.
      p.room_.wait_until(lock, stop,
                         std::min(deadline, Clock::now() + std::chrono::milliseconds(20)),
                         [&] { return p.room_generation_ != seen; });
    }
    p.waiters_.fetch_sub(1);
    if (Clock::now() >= deadline || stop.stop_requested()) {
      return result;
    }
  }
}

std::int64_t DeliveryChannel::in_flight() const noexcept {
  return producer_ == nullptr ? 0
                              : producer_->slots_[slot_].in_flight.load(std::memory_order_acquire);
}

std::int64_t DeliveryChannel::in_flight_bytes() const noexcept {
  return producer_ == nullptr ? 0 : producer_->slots_[slot_].bytes.load(std::memory_order_relaxed);
}

}  // namespace weir::runtime::kafka
