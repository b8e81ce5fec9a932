#include "runtime/pipeline/source_task.hpp"

#include <fmt/format.h>

#include <weir/json.hpp>

#include <algorithm>
#include <utility>

#include "runtime/pipeline/call_errors.hpp"
#include "runtime/pipeline/dead_letter.hpp"
#include "runtime/pipeline/mask.hpp"

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{100};
constexpr milliseconds kPollWait{500};

/// Kafka's rule for names; a broker would only say it after half a minute.
std::optional<std::string> illegal_topic(std::string_view name) {
  constexpr std::size_t kLongest = 249;
  const bool fine = !name.empty() && name != "." && name != ".." && name.size() <= kLongest &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                    });
  return fine ? std::nullopt
              : std::optional(fmt::format("'{}' is no topic name: 1 to 249 of the characters a-z A-Z 0-9 . _ -, not . or ..",
                                          name.substr(0, kLongest)));
}

}  // namespace

SourceTask::~SourceTask() { finish(); }

void SourceTask::run() {
  auto stages = make_stages();
  if (!stages) {
    fail("cannot start", stages.error());
  }
  stages_ = std::move(*stages);
  prepare_dead_letters();
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
    (void)wait_for_retry(backoff(poll_failures_++));
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
  prepare(polled_);
  if (transform(polled_) && encode(polled_)) {
    send(polled_);
  }
}

bool SourceTask::encode(PolledBatch& batch) {
  for (int attempt = 0;; ++attempt) {
    const auto away = stages_->encode(batch.c());
    if (away && away->abandoned) {
      return false;
    }
    take_failures(batch);
    if (!away) {
      return true;
    }
    note_error(Stage::value_converter, away->error);
    if (attempt == 0) {
      log(WEIR_LOG_WARN, "a converter waits: " + away->error.message);
    }
    if (!wait_for_retry(backoff(attempt))) {
      return false;
    }
  }
}

void SourceTask::prepare(PolledBatch& batch) {
  if (batch.size() >= kRecordsPerFlight / 4) {  // each may have two letters
    fail("poll", fatal("a poll returned more than 262,144 records"));
  }
  current_ = first_flight_ + flights_.size();
  Flight& flight = flights_.emplace_back();
  flight.marks.resize(batch.size());
  flight.open = 1;  // itself: it is not complete while records are still being sent
  originals_.clear();
  if (has_dead_letters() || spec_.errors.log_messages) {
    originals_.assign(batch.c()->records, batch.c()->records + batch.size());
  }
  for (const weir_record& r : originals_) {
    flight.positions.push_back(source_position(r));
  }
}

bool SourceTask::wait_for_retry(milliseconds delay) {
  const auto until = Clock::now() + delay;
  for (auto now = Clock::now(); now < until; now = Clock::now()) {
    if (!sleep(std::min(kLook, std::chrono::ceil<milliseconds>(until - now)))) {
      return false;
    }
    (void)take_reports();
    commit_if_due(false);
  }
  return !stop_requested();
}

bool SourceTask::transform(PolledBatch& batch) {
  std::size_t from = 0;
  for (int attempt = 0;; ++attempt) {
    auto stuck = stages_->transform(batch.c(), from);
    if (stuck && stuck->abandoned) {
      return false;
    }
    take_failures(batch);
    if (!stuck) {
      return true;
    }
    note_error(Stage::transformation, stuck->error);
    if (stuck->error.code != Errc::retriable) {
      fail("transforms." + stages_->step_name(stuck->step), stuck->error);
    }
    if (attempt == 0) {
      log(WEIR_LOG_WARN, "transforms." + stages_->step_name(stuck->step) + " waits: " + stuck->error.message);
    }
    from = stuck->step;
    if (!wait_for_retry(backoff(attempt))) {
      return false;
    }
  }
}

void SourceTask::take_failures(PolledBatch& batch) {
  if (stages_->has_failures()) {
    for (StageFailure& failure : stages_->take_failures()) {
      reject(batch, std::move(failure));
    }
  }
}

void SourceTask::reject(PolledBatch& batch, StageFailure failure) {
  const std::size_t i = failure.index;
  const std::string topic(batch[i].topic());
  const bool tolerated = account(failure, [&] { return ", where source record is = " + source_record_text(originals_[i], batch.c()->arena); });
  if (has_dead_letters()) {
    weir_record original = originals_[i];
    weir_batch alone = *batch.c();
    alone.records = &original;
    alone.count = 1;
    // What Kafka did not take exists as bytes; the rest does not.
    SourceLetter letter = letter_of(Record(&alone, 0));
    if (failure.stage == Stage::kafka_produce) {
      letter.key = batch[i].raw(Side::key);
      letter.value = batch[i].raw(Side::value);
    }
    StageFailure masked = failure;
    masked.error.message = mask(masked.error.message, spec_.secrets);
    LetterOrigin origin{std::nullopt, std::nullopt, std::nullopt, spec_.connector, spec_.task};
    if (!topic.empty()) {
      origin.topic = topic;
    }
    if (batch[i].partition()) {
      origin.partition = batch[i].partition();
    }
    if (spec_.errors.dead_letter_headers) {
      add_context(letter, origin, masked, flight(current_).positions[i]);
    }
    send_letter(current_, i, std::move(letter));
  } else if (tolerated && !spec_.errors.log) {
    log(WEIR_LOG_WARN, fmt::format("skipped a record for {}: {}: {}", topic, to_string(failure.stage), failure.error.message));
  }
  if (!tolerated) {
    throw TaskFailure(
        fmt::format("a record {} failed in {} ({}): {} (errors.tolerance=none stops the task at "
                    "the first bad record; errors.tolerance=all "
                    "with errors.deadletterqueue.topic.name sets it aside)",
                    topic.empty() ? "without a topic" : fmt::format("for {}", topic),
                    failure.class_name, to_string(failure.stage), failure.error.message));
  }
  if (void* token = batch.record(i).token; token != nullptr && !has_dead_letters()) {
    weir_ack ack{token, static_cast<std::uint32_t>(failure.error.code), -1, -1, batch.record(i).topic, bytes_of(failure.error.message)};
    source_->acknowledged({&ack, 1});
  } else if (token != nullptr) {
    // Answered when the letter is safe.
    Flight::Mark& mark = flight(current_).marks[i];
    mark.token = token;
    mark.topic = &*unused_topics_.emplace(topic).first;
  }
}

bool SourceTask::send_alone(std::uint64_t number, std::size_t position, const SourceLetter& lost) {
  Flight::Mark& mark = flight(number).marks[position];
  const bool letter = mark.letter_for != Flight::kNoLetter;
  kafka::Headers headers = lost.kafka_headers();
  kafka::OutgoingRecord record = lost.record(letter ? std::string_view(spec_.errors.dead_letter_topic) : std::string_view(*mark.topic));
  record.partition = letter ? kafka::kAnyPartition : mark.partition;
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  mark.alone = bool(alone_.produce_wait(record, headers, number * kRecordsPerFlight + position, deadline));
  return mark.alone;
}

bool SourceTask::reject_produced(std::uint64_t number, std::size_t position, const Error& error, SourceLetter lost) {
  const Flight::Mark mark = flight(number).marks[position];
  const StageFailure failure{position, Stage::kafka_produce, std::string(kSourceTaskClass), error};
  const bool tolerated = account(failure, [&] {
    const SourcePosition& at = flight(number).positions[position];
    return fmt::format(", where source record is = SourceRecord{{sourcePartition={}, sourceOffset={}}} ConnectRecord{{topic='{}', "
                       "key=({} bytes), value=({} bytes), timestamp={}}}",
                       at.partition, at.offset, *mark.topic, lost.key ? lost.key->size() : 0, lost.value ? lost.value->size() : 0,
                       lost.timestamp);
  });
  if (has_dead_letters()) {
    StageFailure masked = failure;
    masked.error.message = mask(masked.error.message, spec_.secrets);
    if (spec_.errors.dead_letter_headers) {
      add_context(lost, {*mark.topic, std::nullopt, std::nullopt, spec_.connector, spec_.task}, masked, flight(number).positions[position]);
    }
    send_letter(number, position, std::move(lost));
  } else if (tolerated && !spec_.errors.log) {
    log(WEIR_LOG_WARN, fmt::format("lost a record for {}: {} (errors.deadletterqueue.topic.name would keep it)", *mark.topic, error.message));
  }
  return tolerated;
}

void SourceTask::send_letter(std::uint64_t number, std::size_t position, SourceLetter letter, bool bare) {
  Flight& to = flight(number);
  const std::size_t at = to.marks.size();
  Flight::Mark mark;
  mark.letter_for = position;
  mark.bare = bare;
  to.marks.push_back(mark);
  ++to.open;
  metrics_.dead_letters.add(bare ? 0 : 1);
  const auto record = letter.record(spec_.errors.dead_letter_topic);
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  kafka::Headers headers = letter.kafka_headers();
  auto sent = channel_.produce_wait(record, headers, number * kRecordsPerFlight + at, deadline);
  if (!sent && sent.error().code == Errc::bad_record && !bare) {
    to.marks[at].alone = true;
    sent = alone_.produce_wait(record, headers, number * kRecordsPerFlight + at, deadline);
  }
  if (sent) {
    return;
  }
  --to.open;
  if (sent.error().code == Errc::bad_record && !bare) {
    send_letter(number, position, without_bytes(std::move(letter)), true);
    return;
  }
  metrics_.dead_letter_failures.add(1);
  to.open += 1;  // for ever: its offsets must not be committed
  fail("a dead letter cannot be written to " + spec_.errors.dead_letter_topic, sent.error());
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
  if (!settings) {
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
  const std::uint64_t number = current_;
  Flight& flight = this->flight(number);
  flight.offsets = offsets_of(batch);
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
    if (auto why = illegal_topic(text_of(r.topic))) {
      r.state = WEIR_RECORD_FAILED;
      reject(batch, {i, Stage::kafka_produce, std::string(kSourceTaskClass), bad_record(*why)});
      continue;
    }
    const std::string* topic = intern(text_of(r.topic));
    flight.marks[i].token = r.token;
    flight.marks[i].topic = topic;
    flight.marks[i].partition = r.partition == WEIR_NO_PARTITION ? kafka::kAnyPartition : r.partition;
    kafka::OutgoingRecord out;
    out.topic = *topic;
    out.partition = flight.marks[i].partition;
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
        --sent_records;
        r.state = WEIR_RECORD_FAILED;
        flight.marks[i].token = nullptr;
        reject(batch, {i, Stage::kafka_produce, std::string(kSourceTaskClass), sent.error()});
        break;
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
    reports_.push_back({tag, delivery.code, delivery.partition, delivery.offset, nullptr});
    if (!delivery.ok() && delivery.message != nullptr) {
      reports_.back().lost = std::make_unique<SourceLetter>(letter_of(*delivery.message));
    }
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
  std::deque<std::string> texts;  // what acks refer to
  std::size_t acked = 0;
  for (Report& report : reports) {
    const std::uint64_t ahead = (report.tag / kRecordsPerFlight - first_flight_) % kFlightNumbers;
    if (ahead >= flights_.size()) {
      continue;
    }
    const std::uint64_t number = first_flight_ + ahead;
    const std::size_t position = report.tag % kRecordsPerFlight;
    const Flight::Mark mark = flight(number).marks[position];
    const bool letter = mark.letter_for != Flight::kNoLetter;
    if (report.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      --flight(number).open;
      acked += letter ? 0 : 1;
      const Flight::Mark& answered = letter ? flight(number).marks[mark.letter_for] : mark;
      if (answered.token != nullptr) {
        const auto code = static_cast<std::uint32_t>(letter ? Errc::bad_record : Errc::ok);
        acks.push_back({answered.token, code, letter ? -1 : report.partition, letter ? -1 : report.offset, bytes_of(*answered.topic),
                        letter ? bytes_of(std::string_view("it is in the dead-letter topic")) : kAbsent});
        flight(number).marks[letter ? mark.letter_for : position].token = nullptr;
      }
      continue;
    }
    kafka::Delivery delivery;
    delivery.code = report.code;
    delivery.partition = report.partition;
    delivery.topic = letter ? std::string_view(spec_.errors.dead_letter_topic) : *mark.topic;
    const Error error = delivery.error();
    if (!delivery_error_ && error.code == Errc::bad_record && report.lost != nullptr) {
      if (!mark.alone && send_alone(number, position, *report.lost)) {
        continue;
      }
      if (letter && !mark.bare) {
        send_letter(number, mark.letter_for, without_bytes(std::move(*report.lost)), true);
        --flight(number).open;
        continue;
      }
      if (!letter && reject_produced(number, position, error, std::move(*report.lost))) {
        --flight(number).open;
        if (mark.token != nullptr && !has_dead_letters()) {
          texts.push_back(error.message);
          acks.push_back({mark.token, static_cast<std::uint32_t>(error.code), -1, -1, bytes_of(*mark.topic), bytes_of(texts.back())});
          flight(number).marks[position].token = nullptr;
        }
        continue;
      }
    }
    if (letter) {
      metrics_.dead_letter_failures.add(1);
    }
    if (!delivery_error_) {
      delivery_error_ = error;
      note_error(Stage::kafka_produce, error);
    }
    if (mark.token != nullptr) {
      texts.push_back(delivery_error_->message);
      acks.push_back({mark.token, static_cast<std::uint32_t>(Errc::retriable), report.partition, report.offset, bytes_of(*mark.topic),
                      bytes_of(texts.back())});
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
    const std::lock_guard lock(write_->mutex);
    if (write_->under_way) {
      return false;
    }
    result = std::exchange(write_->result, std::nullopt);
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
    const std::lock_guard lock(write_->mutex);
    write_->under_way = true;
  }
  services_.offsets.write(spec_.connector, in_write_, [write = write_](Result<void> result) {
    const std::lock_guard lock(write->mutex);
    write->under_way = false;
    write->result = std::move(result);
    write->changed.notify_all();
  });
}

void SourceTask::wait_written(Clock::time_point deadline) {
  std::unique_lock lock(write_->mutex);
  write_->changed.wait_until(lock, deadline, [this] { return !write_->under_way; });
}

void SourceTask::shut_down() noexcept {
  try {
    if (source_) {
      const auto deadline = Clock::now() + spec_.shutdown_timeout * 3 / 5;
      const auto end = Clock::now() + spec_.shutdown_timeout * 4 / 5;  // the rest is for a producer of its own
      const auto look = [this] {
        try {
          (void)take_reports();
        } catch (const TaskFailure& e) {
          log(WEIR_LOG_ERROR, e.what());
        }
      };
      source_->stop();
      // Records under way may still be acknowledged; what the source was promised an answer for gets one.
      while (channel_.in_flight() + alone_.in_flight() > 0 && Clock::now() < deadline) {
        (void)signal_.wait(milliseconds(20));
        look();
      }
      look();
      wait_written(end);
      commit_if_due(true);
      wait_written(end);
      if (!take_written()) {
        log(WEIR_LOG_WARN, "the last source offsets were not acknowledged in time, some records may come again");
      }
    }
    channel_.close();
    alone_.close();
    source_.reset();
    producer_.reset();
    stages_.reset();
  } catch (const std::exception& e) {
    log(WEIR_LOG_ERROR, std::string("while stopping: ") + e.what());
  }
}

}  // namespace weir::runtime::pipeline
