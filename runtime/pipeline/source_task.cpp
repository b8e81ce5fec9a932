#include "runtime/pipeline/source_task.hpp"

#include <fmt/format.h>

#include <weir/json.hpp>

#include <algorithm>
#include <utility>

#include "runtime/pipeline/call_errors.hpp"

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{100};
constexpr milliseconds kPollWait{500};
constexpr std::uint64_t kRecordsPerFlight = std::uint64_t{1} << 20;  // a tag is flight number * this + position

}  // namespace

SourceTask::~SourceTask() { finish(); }

void SourceTask::run() {
  auto stages = make_stages();
  if (!stages) {
    fail("cannot start", stages.error());
  }
  stages_ = std::move(*stages);
  start_source();
  if (stop_requested()) {
    return;
  }
  open_producer();
  paused_ = pause_requested();
  set_state(paused_ ? TaskState::paused : TaskState::running);
  next_commit_ = Clock::now() + spec_.offset_flush_interval;
  while (!stop_requested()) {
    (void)take_reports();
    if (delivery_error_) {
      fail("producing", *delivery_error_);
    }
    commit_if_due(false);
    if (pause_requested() != paused_) {
      paused_ = pause_requested();
      set_state(paused_ ? TaskState::paused : TaskState::running);
    }
    const bool full = channel_.in_flight_bytes() >= static_cast<std::int64_t>(spec_.max_in_flight_bytes);
    if (paused_ || full) {
      (void)signal_.wait(kLook);
      continue;
    }
    poll_once();
  }
}

void SourceTask::start_source() {
  auto source = plugin::SourceInstance::create(*spec_.component, spec_.settings, host());
  if (!source) {
    fail("cannot start", source.error());
  }
  source_.emplace(std::move(*source));
  for (int attempt = 0; !stop_requested(); ++attempt) {
    CallErrors errors;
    const auto done = errors.outcome(source_->start(errors.sink()));
    if (done) {
      return;
    }
    note_error(Stage::task_poll, done.error());
    if (done.error().code != Errc::retriable) {
      fail("cannot start", done.error());
    }
    log(WEIR_LOG_WARN, "cannot start yet: " + done.error().message);
    (void)sleep(backoff(attempt));
  }
}

void SourceTask::open_producer() {
  if (spec_.own_producer) {
    auto own = kafka::Producer::create(spec_.producer);
    if (!own) {
      fail("cannot produce", own.error());
    }
    producer_ = std::move(*own);
  } else {
    auto shared = services_.shared_producer();
    if (!shared) {
      fail("cannot produce", shared.error());
    }
    producer_ = *shared;
  }
  auto channel = producer_->open_channel(*this, spec_.max_in_flight_bytes);
  if (!channel) {
    fail("cannot produce", channel.error());
  }
  channel_ = std::move(*channel);
}

void SourceTask::poll_once() {
  polled_.clear();
  (void)signal_.take();  // what it said has been looked at; from here on it ends the wait inside poll
  if (take_reports()) {
    return;
  }
  CallErrors errors(polled_.c());
  const auto wait = std::min<milliseconds>(kPollWait, std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(next_commit_ - Clock::now())));
  const auto started = Clock::now();
  const auto done = errors.outcome(source_->poll(polled_.c(), wait.count(), errors.sink()));
  if (!done) {
    note_error(Stage::task_poll, done.error());
    if (done.error().code != Errc::retriable) {
      fail("poll", done.error());
    }
    if (poll_failures_ == 0) {
      log(WEIR_LOG_WARN, "poll will be tried again: " + done.error().message);
    }
    metrics_.retries.add(1);
    (void)sleep(backoff(poll_failures_++));
    return;
  }
  poll_failures_ = 0;
  if (polled_.size() == 0) {
    return;
  }
  progress();
  metrics_.polled.add(static_cast<double>(polled_.size()));
  metrics_.poll_seconds.observe(std::chrono::duration<double>(Clock::now() - started).count());
  for (auto& e : errors.records()) {
    fail("poll", e.error);
  }
  transform(polled_);
  stages_->encode(polled_.c());
  take_failures(polled_);
  send(polled_);
}

void SourceTask::transform(PolledBatch& batch) {
  std::size_t from = 0;
  for (int attempt = 0;; ++attempt) {
    auto stuck = stages_->transform(batch.c(), from);
    take_failures(batch);
    if (!stuck) {
      return;
    }
    note_error(Stage::transformation, stuck->error);
    if (stuck->error.code != Errc::retriable) {
      fail("transforms." + stages_->step_name(stuck->step), stuck->error);
    }
    from = stuck->step;
    (void)take_reports();
    commit_if_due(false);
    if (!sleep(backoff(attempt))) {
      throw TaskFailure("stopped while transforms." + stages_->step_name(from) + " was waiting: " + stuck->error.message);
    }
  }
}

void SourceTask::take_failures(PolledBatch& batch) {
  if (!stages_->has_failures()) {
    return;
  }
  for (const StageFailure& failure : stages_->take_failures()) {
    if (!account(failure, nullptr)) {
      throw TaskFailure(fmt::format("a record for {} failed in {} ({}): {}", batch[failure.index].topic(), failure.class_name,
                                    to_string(failure.stage), failure.error.message));
    }
    if (!spec_.errors.log) {
      log(WEIR_LOG_WARN, fmt::format("skipped a record for {}: {}: {}", batch[failure.index].topic(), to_string(failure.stage), failure.error.message));
    }
    if (void* token = batch.record(failure.index).token) {
      weir_ack ack{token, static_cast<std::uint32_t>(failure.error.code), -1, -1, batch.record(failure.index).topic, bytes_of(failure.error.message)};
      source_->acknowledged({&ack, 1});
    }
  }
}

const std::string* SourceTask::intern(std::string_view topic) {
  auto it = topics_.find(topic);
  if (it == topics_.end()) {
    create_if_missing(std::string(topic));
    it = topics_.emplace(topic).first;
    listener_.on_topic(*it);
  }
  return &*it;
}

void SourceTask::create_if_missing(const std::string& topic) {
  const auto settings = spec_.topic_rules ? spec_.topic_rules(topic) : std::nullopt;
  if (!settings || !services_.create_missing_topic) {
    return;
  }
  for (int attempt = 0;; ++attempt) {
    const auto made = services_.create_missing_topic(topic, *settings);
    if (made) {
      return;
    }
    note_error(Stage::kafka_produce, made.error());
    if (made.error().code != Errc::retriable) {
      fail("creating the topic " + topic, made.error());
    }
    log(WEIR_LOG_WARN, "the topic " + topic + " cannot be created yet: " + made.error().message);
    if (!sleep(backoff(attempt))) {
      throw TaskFailure("stopped while the topic " + topic + " could not be created: " + made.error().message);
    }
  }
}

std::vector<SourceOffsets::Entry> SourceTask::offsets_of(PolledBatch& batch) const {
  // The last offset of each source partition; records of one partition come in runs, so compare with the one before first.
  std::vector<SourceOffsets::Entry> out;
  std::string partition;
  std::string last;
  const weir_member* last_members = nullptr;
  std::map<std::string, std::size_t> last_of;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const weir_record& r = batch.record(i);
    if (r.source_partition.kind == WEIR_KIND_NULL) {
      continue;
    }
    if (last_members == nullptr || r.source_partition.as.members != last_members) {
      last_members = r.source_partition.as.members;
      partition.clear();
      json::write(Value(r.source_partition), partition);
    }
    last_of[partition] = i;
    // The same members again and again is the common case: skip ahead cheaply.
    while (i + 1 < batch.size() && batch.record(i + 1).source_partition.kind != WEIR_KIND_NULL &&
           batch.record(i + 1).source_partition.as.members == last_members) {
      ++i;
    }
    last_of[partition] = i;
  }
  for (const auto& [key, index] : last_of) {
    std::string offset;
    json::write(Value(batch.record(index).source_offset), offset);
    out.push_back({key, std::move(offset)});
  }
  return out;
}

void SourceTask::send(PolledBatch& batch) {
  if (batch.size() >= kRecordsPerFlight) {
    fail("poll", fatal("a poll returned more than a million records"));
  }
  const std::uint64_t number = first_flight_ + flights_.size();
  flights_.emplace_back();
  Flight& flight = flights_.back();
  flight.offsets = offsets_of(batch);
  flight.marks.resize(batch.size());
  flight.open = 1;  // itself: it is not complete while records are still being sent
  std::vector<weir_ack> filtered;
  std::size_t sent_records = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    weir_record& r = batch.record(i);
    if (r.state != WEIR_RECORD_LIVE) {
      if (r.state == WEIR_RECORD_DROPPED && r.token != nullptr) {
        filtered.push_back({r.token, WEIR_OK, -1, -1, r.topic, kAbsent});
      }
      continue;
    }
    const std::string* topic = intern(text_of(r.topic));
    flight.marks[i] = {r.token, topic, r.raw_key.size + r.raw_value.size};
    kafka::OutgoingRecord out;
    out.topic = *topic;
    out.partition = r.partition == WEIR_NO_PARTITION ? kafka::kAnyPartition : r.partition;
    out.key = batch[i].raw(Side::key);
    out.value = batch[i].raw(Side::value);
    out.timestamp = r.timestamp == WEIR_NO_TIMESTAMP ? 0 : r.timestamp;
    kafka::Headers headers;
    if (r.header_count > 0 &&
        !stages_->encode_headers(batch.c(), i, [&](std::string_view name, std::optional<std::string_view> raw) { headers.add(name, raw); })) {
      take_failures(batch);
      continue;
    }
    ++flight.open;
    ++sent_records;
    for (;;) {
      auto sent = channel_.produce_wait(out, headers, number * kRecordsPerFlight + i, Clock::now() + kLook);
      if (sent) {
        break;
      }
      if (sent.error().code == Errc::retriable && !delivery_error_) {
        (void)take_reports();
        if (!stop_requested()) {
          continue;
        }
      }
      --flight.open;
      if (sent.error().code == Errc::bad_record) {
        StageFailure failure{i, Stage::kafka_produce, spec_.component->class_name(), sent.error()};
        if (account(failure, nullptr)) {
          break;
        }
      }
      flight.offsets.clear();  // this poll is not complete: its offset must not be committed
      fail("producing to " + *topic, delivery_error_ ? *delivery_error_ : sent.error());
    }
  }
  metrics_.written.add(static_cast<double>(sent_records));
  --flight.open;
  metrics_.active.set(static_cast<double>(channel_.in_flight()));
  if (!filtered.empty()) {
    source_->acknowledged(filtered);
  }
}

void SourceTask::on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept {
  bool first = false;
  try {
    const std::lock_guard lock(reports_mutex_);
    first = reports_.empty();
    reports_.push_back({tag, delivery.code, delivery.partition, delivery.offset});
  } catch (const std::exception&) {
    return;  // out of memory: the record stays unacknowledged, its offset uncommitted
  }
  if (first) {
    signal_.set();
  }
}

bool SourceTask::take_reports() {
  std::vector<Report> reports;
  {
    const std::lock_guard lock(reports_mutex_);
    reports.swap(reports_);
  }
  if (reports.empty()) {
    return false;
  }
  std::vector<weir_ack> acks;
  std::string failed;
  std::size_t acked = 0;
  for (const Report& report : reports) {
    const std::uint64_t number = report.tag / kRecordsPerFlight;
    if (number < first_flight_ || number - first_flight_ >= flights_.size()) {
      continue;
    }
    Flight& flight = flights_[number - first_flight_];
    const Flight::Mark& mark = flight.marks[report.tag % kRecordsPerFlight];
    const bool ok = report.code == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (ok) {
      --flight.open;
      ++acked;
    } else if (!delivery_error_) {
      kafka::Delivery delivery;
      delivery.code = report.code;
      delivery.partition = report.partition;
      delivery.topic = *mark.topic;
      delivery_error_ = delivery.error();
      failed = delivery_error_->message;
      StageFailure failure{0, Stage::kafka_produce, spec_.component->class_name(), *delivery_error_};
      (void)account(failure, nullptr);
    }
    if (mark.token != nullptr) {
      acks.push_back({mark.token, static_cast<std::uint32_t>(ok ? Errc::ok : Errc::retriable), report.partition, report.offset,
                      bytes_of(*mark.topic), ok ? kAbsent : bytes_of(delivery_error_->message)});
    }
  }
  metrics_.acked.add(static_cast<double>(acked));
  metrics_.active.set(static_cast<double>(channel_.in_flight()));
  if (!acks.empty()) {
    source_->acknowledged(acks);
  }
  while (!flights_.empty() && flights_.front().open == 0 && !delivery_error_) {
    for (auto& entry : flights_.front().offsets) {
      offsets_[entry.partition] = std::move(entry.offset);
    }
    flights_.pop_front();
    ++first_flight_;
    progress();
  }
  return true;
}

Result<std::optional<std::string>> SourceTask::read_offset(const std::string& partition_json) {
  return services_.offsets.read(spec_.connector, partition_json);
}

bool SourceTask::take_written() {
  std::optional<Result<void>> result;
  {
    const std::lock_guard lock(commit_mutex_);
    if (writing_) {
      return false;
    }
    result = std::exchange(written_, std::nullopt);
  }
  if (result) {
    if (*result) {
      source_->committed();
    } else {
      log(WEIR_LOG_WARN, "source offsets were not committed, tried again later: " + result->error().message);
      for (auto& entry : in_write_) {
        offsets_.try_emplace(std::move(entry.partition), std::move(entry.offset));  // unless a newer one waits
      }
    }
    in_write_.clear();
  }
  return true;
}

void SourceTask::commit_if_due(bool now) {
  if ((!now && Clock::now() < next_commit_) || !take_written()) {
    return;
  }
  next_commit_ = Clock::now() + spec_.offset_flush_interval;
  if (offsets_.empty()) {
    return;
  }
  for (auto& [partition, offset] : offsets_) {
    in_write_.push_back({partition, offset});
  }
  offsets_.clear();
  {
    const std::lock_guard lock(commit_mutex_);
    writing_ = true;
  }
  services_.offsets.write(spec_.connector, in_write_, [this](Result<void> result) {
    const std::lock_guard lock(commit_mutex_);
    writing_ = false;
    written_ = std::move(result);
    written_changed_.notify_all();
  });
}

void SourceTask::wait_written() {
  // The callback refers to this task, so its end is waited for; the offset store bounds it.
  std::unique_lock lock(commit_mutex_);
  written_changed_.wait(lock, [this] { return !writing_; });
}

void SourceTask::shut_down() noexcept {
  try {
    if (source_) {
      const auto deadline = Clock::now() + spec_.shutdown_timeout;
      source_->stop();
      // Records under way may still be acknowledged; what the source was promised an answer for gets one.
      while (channel_.in_flight() > 0 && Clock::now() < deadline) {
        (void)signal_.wait(milliseconds(20));
        (void)take_reports();
      }
      (void)take_reports();
      wait_written();
      commit_if_due(true);
      wait_written();
      (void)take_written();
    }
    channel_.close();
    source_.reset();
    producer_.reset();
    stages_.reset();
  } catch (const std::exception& e) {
    log(WEIR_LOG_ERROR, std::string("while stopping: ") + e.what());
  }
}

}  // namespace weir::runtime::pipeline
