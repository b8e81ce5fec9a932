#include "runtime/kafka/consumer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "runtime/kafka/offsets_at.hpp"

namespace weir::runtime::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kMaxEvents = 1000;
constexpr int kPollWithCommitsMs = 20;  // how late the answer of a commit may be noticed
constexpr int kPollWithMissingMs = 100;
constexpr int kClosingMs = 20;
constexpr auto kDestructorPatience = std::chrono::milliseconds(5000);

int to_ms(std::chrono::milliseconds ms) noexcept {
  return static_cast<int>(std::clamp<std::int64_t>(ms.count(), 0, 3'600'000));
}

int left_ms(SteadyClock::time_point deadline) noexcept {
  return to_ms(std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()));
}

std::vector<TopicPartition> names_of(const rd_kafka_topic_partition_list_t* list) {
  std::vector<TopicPartition> out;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    out.push_back({list->elems[i].topic, list->elems[i].partition});
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Consumer>> Consumer::create(const Config& config, ConsumerOptions options) {
  std::unique_ptr<Consumer> self(new Consumer(options));
  Config with_group = config;
  with_group.set_default("group.id", "weir-unused");  // the library's assign() insists on one
  auto conf = with_group.make_conf(ClientRole::consumer, &self->warnings_);
  if (!conf) {
    return std::move(conf).error();
  }
  self->client_ = std::make_unique<ConsumerClient>();
  self->client_->owner = self.get();
  rd_kafka_conf_set_opaque(conf->get(), self->client_.get());
  rd_kafka_conf_set_rebalance_cb(conf->get(), &Consumer::rebalance_callback);
  rd_kafka_conf_set_error_cb(conf->get(), &Consumer::error_callback);
  auto rk = new_client(ClientRole::consumer, std::move(*conf));
  if (!rk) {
    return std::move(rk).error();
  }
  self->rk_ = *rk;
  self->client_->rk.reset(*rk);
  rd_kafka_poll_set_consumer(self->rk_);
  self->client_->queue.reset(rd_kafka_queue_get_consumer(self->rk_));
  self->client_->commit_queue.reset(rd_kafka_queue_new(self->rk_));
  if (options.sampler) {
    FetchSampler::Options how;
    if (knows_fetch_queue_backoff()) {
      how.interval = std::chrono::milliseconds(1000);
    }
    self->sampler_ = std::make_unique<FetchSampler>(self->rk_, how);
  }
  return Result<std::unique_ptr<Consumer>>(std::move(self));
}

Consumer::~Consumer() {
  if (rk_ == nullptr) {
    return;
  }
  try {
    close(kDestructorPatience);
  } catch (...) {  // only out of memory; the client is destroyed below in any case
  }
  sampler_.reset();
  if (!client_->settled()) {
    abandon(std::move(client_));
  }
}

Result<void> Consumer::subscribe(const std::vector<std::string>& topics) {
  ListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const auto& topic : topics) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const auto err = rd_kafka_subscribe(rk_, list.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, "Subscribing");
  }
  missing_topics_.subscribed(topics);
  return {};
}

Result<void> Consumer::assign(const std::vector<TopicPartitionOffset>& partitions) {
  forget_pauses();
  const ListHandle list = to_list(partitions);
  if (const auto err = rd_kafka_assign(rk_, list.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, "Assigning partitions");
  }
  set_assignment(names_of(list.get()));
  return {};
}

Result<void> Consumer::unassign() { return assign({}); }

void Consumer::forget_pauses() {
  if (!paused_.empty()) {
    const ListHandle list = to_list(std::vector<TopicPartition>(paused_.begin(), paused_.end()));
    rd_kafka_resume_partitions(rk_, list.get());
    paused_.clear();
  }
}

void Consumer::set_assignment(std::vector<TopicPartition> partitions) {
  assignment_ = std::move(partitions);
  {
    std::lock_guard lock(shared_assignment_mutex_);
    shared_assignment_ = assignment_;
  }
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  if (sampler_) {
    sampler_->set_partitions(assignment_);
    sampler_->set_paused(false);
  }
}

Polled Consumer::poll(std::chrono::milliseconds timeout) {
  int wait_ms = to_ms(timeout);
  if (missing_topics_.any()) {
    missing_topics_.look(rk_);
    wait_ms = std::min(wait_ms, kPollWithMissingMs);
  }
  if (!commits_.empty()) {
    serve_commits(0);
    wait_ms = commits_.empty() ? wait_ms : std::min(wait_ms, kPollWithCommitsMs);
  }
  if (events_.empty()) {
    Message message(rd_kafka_consumer_poll(rk_, wait_ms));
    if (message) {
      if (message.raw()->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (message.raw()->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
          missing_topics_.note();
        }
        return message_error(message.raw());
      }
      if (sampler_) {
        sampler_->touch();
      }
      return message;
    }
  }
  if (!events_.empty()) {
    ClientError event = std::move(events_.front());
    events_.pop_front();
    return event;
  }
  return std::monostate{};
}

void Consumer::wake() noexcept { rd_kafka_queue_yield(client_->queue.get()); }

ClientError Consumer::message_error(const rd_kafka_message_t* message) const {
  const char* text = rd_kafka_message_errstr(message);
  ClientError out = client_error(rk_, message->err, text != nullptr ? text : "");
  if (message->rkt != nullptr) {
    out.topic = rd_kafka_topic_name(message->rkt);
    out.partition = message->partition;
    out.offset = message->offset;
    out.error.message = out.partition >= 0
                            ? fmt::format("{}-{}: {}", out.topic, out.partition, out.error.message)
                            : fmt::format("{}: {}", out.topic, out.error.message);
  }
  return out;
}

void Consumer::push_error(ClientError error) noexcept {
  try {
    if (events_.size() <
        kMaxEvents) {  // a task that does not poll has worse problems than the 1001st error
      events_.push_back(std::move(error));
    }
  } catch (...) {
  }
}

Consumer* Consumer::owner(rd_kafka_t* rk) noexcept {
  return static_cast<ConsumerClient*>(rd_kafka_opaque(rk))->owner;
}

void Consumer::error_callback(rd_kafka_t* rk, int err, const char* reason, void*) noexcept {
  try {
    if (Consumer* self = owner(rk)) {
      self->push_error(
          client_error(rk, static_cast<rd_kafka_resp_err_t>(err), reason != nullptr ? reason : ""));
    }
  } catch (...) {
  }
}

void Consumer::rebalance_callback(rd_kafka_t* rk, rd_kafka_resp_err_t err,
                                  rd_kafka_topic_partition_list_t* partitions, void*) noexcept {
  Consumer* self = owner(rk);
  if (self == nullptr) {
    rd_kafka_assign(rk, nullptr);
    return;
  }
  try {
    self->on_rebalance(err, partitions);
  } catch (...) {
    rd_kafka_assign(rk, nullptr);  // the group waits for an answer, whatever went wrong here
    self->push_error({ErrorKind::fatal,
                      RD_KAFKA_RESP_ERR__FAIL,
                      fatal("Out of memory in a rebalance"),
                      {},
                      -1,
                      -1});
  }
}

void Consumer::on_rebalance(rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t* partitions) {
  if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    assigned(partitions);
  } else {
    revoked(partitions);
    if (err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
      push_error(client_error(rk_, err, "Rebalance failed"));
    }
  }
}

void Consumer::assigned(rd_kafka_topic_partition_list_t* partitions) {
  forget_pauses();
  set_assignment(names_of(partitions));
  if (options_.listener != nullptr) {
    std::vector<TopicPartitionOffset> offsets = from_list(partitions);
    assigning_ = true;
    try {
      options_.listener->on_assigned(offsets);
      for (const auto& o : offsets) {
        if (auto* elem =
                rd_kafka_topic_partition_list_find(partitions, o.topic.c_str(), o.partition)) {
          elem->offset = o.offset;
        }
      }
    } catch (const std::exception& e) {
      push_error({ErrorKind::fatal,
                  RD_KAFKA_RESP_ERR__FAIL,
                  fatal(fmt::format("on_assigned threw: {}", e.what())),
                  {},
                  -1,
                  -1});
    }
    assigning_ = false;
  }
  const auto err = rd_kafka_assign(rk_, partitions);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    push_error(client_error(rk_, err, "Assigning partitions failed"));
  }
  if (const auto to_pause = std::exchange(pause_when_assigned_, {}); !to_pause.empty()) {
    if (auto done = pause(to_pause); !done) {
      push_error({ErrorKind::fatal, RD_KAFKA_RESP_ERR__FAIL, std::move(done).error(), {}, -1, -1});
    }
  }
}

void Consumer::revoked(const rd_kafka_topic_partition_list_t* partitions) {
  const bool lost = rd_kafka_assignment_lost(rk_) != 0;
  if (options_.listener != nullptr) {
    try {
      options_.listener->on_revoked(names_of(partitions), lost);
    } catch (const std::exception& e) {
      push_error({ErrorKind::fatal,
                  RD_KAFKA_RESP_ERR__FAIL,
                  fatal(fmt::format("on_revoked threw: {}", e.what())),
                  {},
                  -1,
                  -1});
    }
  }
  forget_pauses();
  rd_kafka_assign(rk_, nullptr);
  set_assignment({});
}

Result<void> Consumer::set_paused(const std::vector<TopicPartition>& partitions, bool paused) {
  std::vector<TopicPartition> change;
  for (const auto& tp : partitions) {
    const bool ours = std::find(assignment_.begin(), assignment_.end(), tp) != assignment_.end();
    if (ours && paused_.contains(tp) != paused) {
      change.push_back(tp);
    }
  }
  if (change.empty()) {
    return {};
  }
  const ListHandle list = to_list(change);
  const auto err = paused ? rd_kafka_pause_partitions(rk_, list.get())
                          : rd_kafka_resume_partitions(rk_, list.get());
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const TopicPartition tp{list->elems[i].topic, list->elems[i].partition};
      paused ? (void)paused_.insert(tp) : (void)paused_.erase(tp);
    }
  }
  if (sampler_) {
    sampler_->set_paused(!paused_.empty());
  }
  const char* what = paused ? "Pausing" : "Resuming";
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, what);
  }
  return first_error(list.get(), what);
}

Result<void> Consumer::pause(const std::vector<TopicPartition>& partitions) {
  if (assigning_) {  // the library knows the partitions only after the callback
    pause_when_assigned_.insert(pause_when_assigned_.end(), partitions.begin(), partitions.end());
    return {};
  }
  return set_paused(partitions, true);
}

Result<void> Consumer::resume(const std::vector<TopicPartition>& partitions) {
  return set_paused(partitions, false);
}
Result<void> Consumer::pause_all() { return pause(std::vector<TopicPartition>(assignment_)); }
Result<void> Consumer::resume_all() { return resume({paused_.begin(), paused_.end()}); }

Result<void> Consumer::seek(const TopicPartitionOffset& to, std::chrono::milliseconds timeout) {
  const auto where = [&] {
    return fmt::format("Seeking to {}-{}@{}", to.topic, to.partition, to.offset);
  };
  if (std::find(assignment_.begin(), assignment_.end(), TopicPartition{to.topic, to.partition}) ==
      assignment_.end()) {
    return fatal(where() + ": the partition is not assigned");
  }
  // Not rd_kafka_seek_partitions(): before 2.1.0 its time limit is a thousand times too short.
  const TopicHandle topic(rd_kafka_topic_new(rk_, to.topic.c_str(), nullptr));
  if (!topic) {
    return make_error(rd_kafka_last_error(), where());
  }
  const auto err = rd_kafka_seek(topic.get(), to.partition, to.offset, to_ms(timeout));
  if (err == RD_KAFKA_RESP_ERR__STATE) {
    return retriable(where() + ": the partition is still being started");
  }
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, where());
  }
  return {};
}

Result<std::vector<TopicPartitionOffset>> Consumer::position(
    const std::vector<TopicPartition>& partitions) const {
  const ListHandle list = to_list(partitions);
  if (const auto err = rd_kafka_position(rk_, list.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, "Reading the position");
  }
  return from_list(list.get());
}

Result<GroupMetadata> Consumer::group_metadata() const {
  GroupMetadataHandle handle(rd_kafka_consumer_group_metadata(rk_));
  if (!handle) {
    return retriable("The consumer has no group");
  }
  return GroupMetadata(std::move(handle));
}

Result<std::vector<TopicPartitionOffset>> Consumer::beginning_offsets(
    const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const {
  return offsets_at(rk_, kOffsetBeginning, partitions, timeout);
}

Result<std::vector<TopicPartitionOffset>> Consumer::end_offsets(
    const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const {
  return offsets_at(rk_, kOffsetEnd, partitions, timeout);
}

Result<std::int32_t> Consumer::partition_count(const std::string& topic,
                                               std::chrono::milliseconds timeout) const {
  const TopicHandle handle(rd_kafka_topic_new(rk_, topic.c_str(), nullptr));
  if (!handle) {
    return make_error(rd_kafka_last_error(), fmt::format("Topic '{}'", topic));
  }
  const rd_kafka_metadata_t* raw = nullptr;
  const auto err = rd_kafka_metadata(rk_, 0, handle.get(), &raw, to_ms(timeout));
  const std::unique_ptr<const rd_kafka_metadata_t, HandleDeleter<rd_kafka_metadata_destroy>>
      metadata(raw);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, fmt::format("Asking about topic '{}'", topic));
  }
  if (metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(
        metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        fmt::format("Asking about topic '{}'", topic));
  }
  return metadata->topics[0].partition_cnt;
}

std::vector<PartitionLag> Consumer::lag() const {
  std::vector<TopicPartition> partitions;
  {
    std::lock_guard lock(shared_assignment_mutex_);
    partitions = shared_assignment_;
  }
  std::vector<PartitionLag> out;
  const auto positions = position(partitions);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    PartitionLag lag{partitions[i], -1,
                     positions && (*positions)[i].offset >= 0 ? (*positions)[i].offset : -1};
    std::int64_t low = 0;
    std::int64_t high = -1;
    rd_kafka_get_watermark_offsets(rk_, lag.partition.topic.c_str(), lag.partition.partition, &low,
                                   &high);
    lag.end = std::max<std::int64_t>(high, -1);
    if (sampler_) {
      lag.end = std::max(lag.end, sampler_->end_offset(lag.partition).value_or(-1));
    }
    out.push_back(std::move(lag));
  }
  return out;
}

void ConsumerClient::serve(int timeout_ms) {
  rd_kafka_queue_poll_callback(commit_queue.get(), 0);
  if (!closing_queue) {
    return;
  }
  // As events, because fetched records come here too, which the callback way of serving a queue
  // does not expect.
  while (const EventHandle event{rd_kafka_queue_poll(closing_queue.get(), timeout_ms)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE) {
      Consumer::rebalance_callback(rk.get(), rd_kafka_event_error(event.get()),
                                   rd_kafka_event_topic_partition_list(event.get()), nullptr);
    }
    timeout_ms = 0;
  }
}

bool Consumer::close(std::chrono::milliseconds timeout) {
  if (std::exchange(closed_, true)) {
    return rd_kafka_consumer_closed(rk_) != 0;
  }
  const auto deadline = SteadyClock::now() + timeout;
  if (sampler_) {
    sampler_->request_stop();
  }
  client_->closing_queue.reset(rd_kafka_queue_new(rk_));
  const ErrorHandle error(rd_kafka_consumer_close_queue(rk_, client_->closing_queue.get()));
  bool done = false;
  while (!error && !(done = rd_kafka_consumer_closed(rk_) != 0) && SteadyClock::now() < deadline) {
    client_->serve(std::min(left_ms(deadline), kClosingMs));
  }
  while (!commits_.empty() && SteadyClock::now() < deadline) {
    serve_commits(std::min(left_ms(deadline), kClosingMs));
  }
  while (!commits_.empty()) {
    finish_commit(commits_.begin()->first,
                  retriable("Committing offsets: the consumer was closed"));
  }
  if (!assignment_.empty()) {
    rd_kafka_assign(rk_, nullptr);
    set_assignment({});
  }
  return done;
}

}  // namespace weir::runtime::kafka
