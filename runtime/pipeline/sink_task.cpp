#include "runtime/pipeline/sink_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/pipeline/call_errors.hpp"
#include "runtime/pipeline/dead_letter.hpp"

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{100};        // how long to wait at most before looking at breakers and requests again
constexpr milliseconds kLetterWait{100};  // for dead letters, before the partitions are paused for them
constexpr milliseconds kReadWait{500};    // for a first record

weir_topic_partition to_c(const kafka::TopicPartitionOffset& o) {
  return {bytes_of(o.topic), o.partition, 0, o.offset == kafka::kOffsetInvalid ? -1 : o.offset};
}

}  // namespace

SinkTask::~SinkTask() { finish(); }

void SinkTask::wake() {
  TaskCore::wake();
  const std::lock_guard lock(intake_mutex_);
  if (Intake* intake = shared_intake_.load(std::memory_order_acquire)) {
    intake->wake();
  }
}

std::optional<std::int64_t> SinkTask::lag() {
  const std::lock_guard lock(intake_mutex_);
  Intake* intake = shared_intake_.load(std::memory_order_acquire);
  if (intake == nullptr) {
    return std::nullopt;
  }
  // What was read and is not settled is no less behind than what was not read.
  auto sum = static_cast<std::int64_t>(metrics_.active.value());
  for (const auto& p : intake->consumer().lag()) {
    sum += p.records();
  }
  metrics_.lag.set(static_cast<double>(sum));
  return sum;
}

// ---- life -------------------------------------------------------------------------------------------------------

void SinkTask::run() {
  auto stages = make_stages();
  if (!stages) {
    fail("cannot start", stages.error());
  }
  stages_ = std::move(*stages);
  prepare_dead_letters();
  if (!spec_.errors.dead_letter_topic.empty()) {
    for (int attempt = 0; !stop_requested(); ++attempt) {
      auto queue = DeadLetterQueue::open(spec_, services_, metrics_, [this] { signal_.set(); });
      if (queue) {
        dead_letters_ = std::move(*queue);
        break;
      }
      if (queue.error().code != Errc::retriable) {
        fail("cannot start", queue.error());
      }
      log(WEIR_LOG_WARN, queue.error().message);
      (void)sleep(backoff(attempt));
    }
  }
  start_sink();
  auto intake = Intake::create(spec_, *this, *stages_, signal_, [this](const std::string& text) { log(WEIR_LOG_WARN, text); });
  if (!intake) {
    fail("cannot consume", intake.error());
  }
  {
    const std::lock_guard lock(intake_mutex_);
    intake_ = std::move(*intake);
    shared_intake_.store(intake_.get(), std::memory_order_release);
  }
  paused_ = pause_requested();
  set_state(paused_ ? TaskState::paused : TaskState::running);
  next_commit_ = Clock::now() + spec_.offset_flush_interval;
  while (!stop_requested()) {
    iterate();
  }
}

void SinkTask::start_sink() {
  auto sink = plugin::SinkInstance::create(*spec_.component, spec_.settings, host());
  if (!sink) {
    fail("cannot start", sink.error());
  }
  sink_.emplace(std::move(*sink));
  for (int attempt = 0; !stop_requested(); ++attempt) {
    CallErrors errors;
    auto done = errors.outcome(sink_->start(errors.sink()));
    if (done) {
      return;
    }
    note_error(Stage::task_put, done.error());
    if (done.error().code != Errc::retriable) {
      fail("cannot start", done.error());
    }
    log(WEIR_LOG_WARN, "cannot start yet: " + done.error().message);
    (void)sleep(backoff(attempt));
  }
}

void SinkTask::iterate() {
  if (dead_letters_ != nullptr) {
    if (auto error = dead_letters_->failure()) {
      fail("a dead letter was not accepted by " + spec_.errors.dead_letter_topic +
               (error->code == Errc::bad_record ? " (raise its max.message.bytes, or name another errors.deadletterqueue.topic.name)" : ""),
           *error);
    }
  }
  take_late_outcomes();
  account_settled();
  commit_if_due();
  follow_pause();

  const auto now = Clock::now();
  if (!opening_.empty() && now >= open_again_) {
    (void)try_open();
  }
  if (held_ && now >= held_->until && !paused_) {
    Held held = std::move(*held_);
    held_.reset();
    auto batch = held.batch;
    if (held.step || held.decode) {
      process(batch, held.step, std::move(held));
    } else {
      deliver(batch, std::move(held));
    }
    return;
  }
  const bool full = watermark_.bytes() >= spec_.max_in_flight_bytes;
  const bool breaker_holds = sink_->settles() && watermark_.records() > 0 && held_back();
  if (paused_ || held_ || !opening_.empty() || full || breaker_holds) {
    milliseconds limit = std::max(milliseconds(1), std::min(kLook, until_next_commit()));
    if (held_ && !paused_) {
      limit = std::clamp(std::chrono::duration_cast<milliseconds>(held_->until - now), milliseconds(1), limit);
    }
    metrics_.paused.set(1);
    waiting_.store(true, std::memory_order_seq_cst);
    if (auto done = intake_->hold(limit); !done) {
      fail("consuming", done.error());
    }
    waiting_.store(false, std::memory_order_seq_cst);
    return;
  }
  metrics_.paused.set(0);
  auto batch = intake_->read(std::min(kReadWait, until_next_commit()));
  if (!batch) {
    fail("consuming", batch.error());
  }
  if (*batch != nullptr) {
    metrics_.read.add(static_cast<double>((*batch)->size()));
    use_topics(**batch);
    if (watermark_.records() == 0) {
      progress();  // there was nothing to do until now
    }
    added_ += (*batch)->size();
    watermark_.add(*batch);
    process(*batch, std::nullopt, Held{*batch, std::nullopt, 0, Clock::now(), {}});
  }
}

void SinkTask::follow_pause() {
  if (pause_requested() != paused_) {
    paused_ = pause_requested();
    set_state(paused_ ? TaskState::paused : TaskState::running);
    next_commit_ = Clock::now();
  }
}

// ---- one batch ----------------------------------------------------------------------------------------------------

void SinkTask::process(const std::shared_ptr<ConsumedBatch>& batch, std::optional<std::size_t> from_step, Held context) {
  if (!from_step) {
    const auto away = stages_->decode(batch->c());
    if (away && away->abandoned) {
      abandon(batch);
      return;
    }
    take_failures(batch);
    if (away) {
      note_error(Stage::value_converter, away->error);
      if (context.attempts == 0) {
        log(WEIR_LOG_WARN, "a converter waits: " + away->error.message);
      }
      context.decode = true;
      const int attempt = context.attempts++;
      hold(std::move(context), backoff(attempt));
      return;
    }
    context.attempts = 0;
    context.decode = false;
  }
  if (auto stuck = stages_->transform(batch->c(), from_step.value_or(0))) {
    if (stuck->abandoned) {
      abandon(batch);
      return;
    }
    take_failures(batch);
    note_error(Stage::transformation, stuck->error);
    if (stuck->error.code != Errc::retriable) {
      fail("transforms." + stages_->step_name(stuck->step), stuck->error);
    }
    if (context.attempts == 0) {
      log(WEIR_LOG_WARN, "transforms." + stages_->step_name(stuck->step) + " waits: " + stuck->error.message);
    }
    context.step = stuck->step;
    const int attempt = context.attempts++;
    hold(std::move(context), backoff(attempt));
    return;
  }
  take_failures(batch);
  settle_filtered(*batch);
  context.step.reset();
  context.attempts = 0;
  context.since = Clock::now();
  deliver(batch, std::move(context));
}

bool SinkTask::wait_for_retry(milliseconds delay) {
  const std::uint64_t epoch = intake_->consumer().assignment_epoch();
  const auto until = Clock::now() + delay;
  for (auto now = Clock::now(); now < until; now = Clock::now()) {
    if (stop_requested()) {
      return false;
    }
    // The group keeps this task however long it takes.
    if (auto done = intake_->hold(std::min(kLook, std::chrono::ceil<milliseconds>(until - now))); !done) {
      fail("consuming", done.error());
    }
    if (intake_->consumer().assignment_epoch() != epoch) {
      return false;
    }
    commit_if_due();
  }
  return !stop_requested();
}

void SinkTask::abandon(const std::shared_ptr<ConsumedBatch>& batch) {
  (void)stages_->take_failures();
  if (stop_requested()) {
    hold(Held{batch, 0, 0, Clock::now(), {}}, milliseconds(0));  // without an outcome: read again by the next start
    return;
  }
  // Its partitions were taken away, so the watermark knows it no more; nobody else has a share in it.
  for (std::size_t i = 0; i < batch->size(); ++i) {
    if (!batch->settled(i)) {
      (void)batch->settle(i);
    }
  }
}

void SinkTask::deliver(const std::shared_ptr<ConsumedBatch>& batch, Held context) {
  const std::size_t live = batch->live();
  if (live == 0) {
    return;
  }
  // A sink may store how far it is: what failed on the way here must be safe before that passes it.
  if (dead_letters_ != nullptr && dead_letters_->pending() > 0 && !dead_letters_->drain(Clock::now() + kLetterWait)) {
    hold(std::move(context), kLook);
    return;
  }
  if (sink_->settles()) {
    hand_over(batch, std::move(context));
  } else {
    put_directly(batch, std::move(context));
  }
}

void SinkTask::put_directly(const std::shared_ptr<ConsumedBatch>& batch, Held context) {
  Breaker& gate = own_breaker();
  const auto grant = gate.acquire();
  if (grant.permit != Breaker::Permit::closed) {
    context.since = Clock::now() + grant.wait;  // an outage spends nothing of retry.total.timeout.ms
  }
  if (grant.permit == Breaker::Permit::denied) {
    hold(std::move(context), grant.wait);
    return;
  }
  const std::size_t live = batch->live();
  CallErrors errors(batch->c());
  const auto started = Clock::now();
  const auto done = errors.outcome(sink_->put(batch->c(), errors.sink()));
  metrics_.put_seconds.observe(std::chrono::duration<double>(Clock::now() - started).count());
  put_since_commit_ = true;

  if (!done && done.error().code == Errc::retriable) {
    gate.report(grant.id, Breaker::Outcome::failure, "put_failed");
    note_error(Stage::task_put, done.error());
    for (const auto& e : errors.records()) {
      batch->record(e.index).state = WEIR_RECORD_LIVE;  // none is delivered: all come again
    }
    if (grant.permit == Breaker::Permit::closed) {
      ++context.attempts;
    }
    if (context.attempts == 1 && grant.permit == Breaker::Permit::closed) {
      log(WEIR_LOG_WARN, "put will be tried again: " + done.error().message);
    }
    const bool spent = context.attempts > spec_.retry.max_retries ||
                       Clock::now() - context.since > spec_.retry.total_timeout;
    const BreakerState state = gate.state();
    if (spent && (state == BreakerState::closed || state == BreakerState::disabled)) {
      give_up_retrying(batch, done.error(), context.attempts);
      return;
    }
    metrics_.retries.add(1);
    const int attempt = std::max(0, context.attempts - 1);
    hold(std::move(context), backoff(attempt));
    return;
  }
  gate.report(grant.id, done || done.error().code == Errc::bad_record ? Breaker::Outcome::success : Breaker::Outcome::ignored, {});
  if (!done && done.error().code != Errc::bad_record) {
    note_error(Stage::task_put, done.error());
    fail("put", done.error());
  }
  std::vector<CallErrors::RecordError> rejected = std::move(errors.records());
  std::size_t again = 0;
  std::vector<StageFailure> failures;
  for (auto& e : rejected) {
    if (e.error.code == Errc::retriable) {
      ++again;
    } else {
      failures.push_back({e.index, Stage::task_put, std::string(kSinkTaskClass), std::move(e.error)});
    }
  }
  std::size_t delivered = 0;
  for (std::size_t i = 0; i < batch->size(); ++i) {
    weir_record& r = batch->record(i);
    if (r.state != WEIR_RECORD_LIVE) {
      continue;
    }
    if (!done) {  // the whole call said bad_record
      r.state = WEIR_RECORD_FAILED;
      failures.push_back({i, Stage::task_put, std::string(kSinkTaskClass), done.error()});
      continue;
    }
    r.state = WEIR_RECORD_SETTLED;
    (void)batch->settle(i);
    ++delivered;
  }
  metrics_.sent.add(static_cast<double>(std::min(delivered, live)));
  for (auto& f : failures) {
    reject(batch, std::move(f));
  }
  if (again > 0) {
    for (const auto& e : rejected) {
      if (e.error.code == Errc::retriable) {
        batch->record(e.index).state = WEIR_RECORD_LIVE;
      }
    }
    if (!failures.empty()) {  // without those the others go on
      hold(std::move(context), milliseconds(0));
      return;
    }
    const int attempt = context.attempts++;
    if (context.attempts > spec_.retry.max_retries) {
      give_up_retrying(batch, retriable("the sink asked for these records again and again"), context.attempts);
      return;
    }
    hold(std::move(context), backoff(attempt));
  }
}

void SinkTask::hand_over(const std::shared_ptr<ConsumedBatch>& batch, Held context) {
  // The sink may settle from its own thread before put has returned, so the states are set first.
  CallErrors errors(batch->c());
  const std::size_t live = batch->live();
  const auto started = Clock::now();
  const auto done = errors.outcome(sink_->put(batch->c(), errors.sink()));
  metrics_.put_seconds.observe(std::chrono::duration<double>(Clock::now() - started).count());
  put_since_commit_ = true;
  if (!done) {
    note_error(Stage::task_put, done.error());
    if (done.error().code != Errc::retriable) {
      fail("put", done.error());
    }
    for (const auto& e : errors.records()) {
      batch->record(e.index).state = WEIR_RECORD_LIVE;
    }
    const int attempt = context.attempts++;
    hold(std::move(context), backoff(attempt));
    return;
  }
  for (std::size_t i = 0; i < batch->size(); ++i) {
    if (batch->record(i).state == WEIR_RECORD_LIVE) {
      batch->record(i).state = WEIR_RECORD_SETTLED;  // in the sink's hands
    }
  }
  metrics_.sent.add(static_cast<double>(live - errors.records().size()));
  std::size_t again = 0;
  for (auto& e : errors.records()) {
    if (e.error.code == Errc::retriable) {
      batch->record(e.index).state = WEIR_RECORD_LIVE;
      note_error(Stage::task_put, e.error);
      ++again;
    } else {
      reject(batch, {e.index, Stage::task_put, std::string(kSinkTaskClass), std::move(e.error)});
    }
  }
  if (again > 0) {
    const int attempt = context.attempts++;
    hold(std::move(context), backoff(attempt));
  }
}

void SinkTask::hold(Held held, milliseconds delay) {
  held.until = Clock::now() + delay;
  held_ = std::move(held);
}

void SinkTask::give_up_retrying(const std::shared_ptr<ConsumedBatch>& batch, const Error& error, int attempts) {
  const Error reason = bad_record("retries_exhausted: " + error.message);
  for (std::size_t i = 0; i < batch->size(); ++i) {
    if (batch->record(i).state == WEIR_RECORD_LIVE) {
      batch->record(i).state = WEIR_RECORD_FAILED;
      reject(batch, {i, Stage::task_put, std::string(kSinkTaskClass), reason, attempts});
    }
  }
}

void SinkTask::settle_filtered(ConsumedBatch& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    weir_record& r = batch.record(i);
    if (r.state == WEIR_RECORD_DROPPED) {
      r.state = WEIR_RECORD_SETTLED;
      (void)batch.settle(i);
    }
  }
}

void SinkTask::take_failures(const std::shared_ptr<ConsumedBatch>& batch) {
  if (!stages_->has_failures()) {
    return;
  }
  for (StageFailure& failure : stages_->take_failures()) {
    reject(batch, std::move(failure));
  }
}

void SinkTask::reject(const std::shared_ptr<ConsumedBatch>& batch, StageFailure failure) {
  const kafka::Message& message = batch->message(failure.index);
  const bool tolerated = account(failure, message);
  const bool record_fault = failure.error.code == Errc::bad_record || failure.stage != Stage::task_put;
  const bool go_on = tolerated && record_fault;
  if (dead_letters_ != nullptr && record_fault) {
    if (auto sent = dead_letters_->send(batch, failure, go_on); !sent) {
      throw TaskFailure(sent.error().message);
    }
  } else if (go_on) {
    if (!spec_.errors.log) {
      log(WEIR_LOG_WARN, fmt::format("skipped {}-{}@{}: {}: {}", message.topic(), message.partition(), message.offset(),
                                     to_string(failure.stage), failure.error.message));
    }
    (void)batch->settle(failure.index);
  }
  if (!go_on) {
    throw TaskFailure(fmt::format(
        "{} of {}-{}@{} failed in {}: {} (errors.tolerance=none stops the task at the first bad record; errors.tolerance=all "
        "with errors.deadletterqueue.topic.name sets it aside)",
        to_string(failure.stage), message.topic(), message.partition(), message.offset(), failure.class_name,
        failure.error.message));
  }
}

// ---- settling from other threads -------------------------------------------------------------------------------------

void SinkTask::settle(weir_batch* batch, std::size_t record, Error outcome) {
  ConsumedBatch* b = ConsumedBatch::of(batch);
  if (outcome.code == Errc::ok) {
    const bool last = b->settle(record);  // b may be gone after this
    if (last && waiting_.load(std::memory_order_seq_cst)) {
      signal_.set();
    }
    return;
  }
  {
    const std::lock_guard lock(late_mutex_);
    late_.push_back({b, record, std::move(outcome)});
  }
  signal_.set();
}

void SinkTask::take_late_outcomes() {
  std::vector<Late> late;
  {
    const std::lock_guard lock(late_mutex_);
    late.swap(late_);
  }
  for (Late& l : late) {
    auto batch = watermark_.find(l.batch);  // its record is not settled, so the batch is still there
    if (batch == nullptr) {
      continue;
    }
    if (batch->epoch() != intake_->consumer().assignment_epoch()) {
      (void)batch->settle(l.index);  // of partitions that were taken away: the next owner's
      continue;
    }
    if (l.outcome.code == Errc::retriable) {
      if (!closing_ && !stop_requested()) {
        batch->record(l.index).state = WEIR_RECORD_LIVE;
        if (!held_) {
          hold(Held{batch, std::nullopt, 0, Clock::now(), {}}, milliseconds(10));
        } else if (held_->batch != batch) {
          const std::lock_guard lock(late_mutex_);
          batch->record(l.index).state = WEIR_RECORD_SETTLED;
          late_.push_back(std::move(l));  // after the one that is held
        }
      }
      continue;
    }
    note_error(Stage::task_put, l.outcome);
    if (l.outcome.code != Errc::bad_record) {
      fail("put", l.outcome);
    }
    reject(batch, {l.index, Stage::task_put, std::string(kSinkTaskClass), std::move(l.outcome)});
  }
}

void SinkTask::account_settled() {
  watermark_.sweep();
  const std::uint64_t now_settled = added_ - dropped_ - watermark_.records();
  if (now_settled > settled_) {
    metrics_.settled.add(static_cast<double>(now_settled - settled_));
    settled_ = now_settled;
    progress();
  }
  metrics_.active.set(static_cast<double>(watermark_.records()));
  metrics_.active_bytes.set(static_cast<double>(watermark_.bytes()));
}

// ---- offsets and partitions --------------------------------------------------------------------------------------------

void SinkTask::wait_for_settlement(Clock::time_point deadline) {
  waiting_.store(true, std::memory_order_seq_cst);
  for (;;) {
    take_late_outcomes();
    const std::size_t held = held_ ? held_->batch->unsettled() : 0;
    // Records of a sink that settles in put can only wait for their dead letters.
    const bool letters = dead_letters_ != nullptr && dead_letters_->pending() > 0;
    const bool settling = sink_->settles() && watermark_.unsettled() > held;
    if ((!letters && !settling) || Clock::now() >= deadline) {
      break;
    }
    (void)signal_.wait(milliseconds(20));
  }
  waiting_.store(false, std::memory_order_seq_cst);
}

milliseconds SinkTask::until_next_commit() const {
  if (committing_) {
    return kReadWait;  // its answer ends the wait
  }
  const auto left = std::chrono::duration_cast<milliseconds>(next_commit_ - Clock::now());
  return std::max(milliseconds(0), left);
}

std::vector<kafka::TopicPartitionOffset> SinkTask::offsets_to_commit() {
  auto offsets = watermark_.committable();
  if (offsets.empty() || !sink_) {
    return offsets;
  }
  std::vector<weir_topic_partition> list;
  for (const auto& o : offsets) {
    list.push_back(to_c(o));
  }
  CallErrors errors;
  if (auto done = errors.outcome(sink_->pre_commit(list, errors.sink())); !done) {
    log(WEIR_LOG_WARN, "offsets are not committed now: " + done.error().message);
    return {};
  }
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    offsets[i].offset = std::min(offsets[i].offset, list[i].offset);
  }
  return offsets;
}

void SinkTask::commit_if_due() {
  if (Clock::now() < next_commit_ || committing_) {
    return;
  }
  next_commit_ = Clock::now() + spec_.offset_flush_interval;
  if (!put_since_commit_ && opening_.empty() && !held_ && !intake_->consumer().assignment().empty()) {
    // Kafka Connect calls put without records when nothing came for a while.
    ConsumedBatch empty(*stages_, 0, 0);
    CallErrors errors(empty.c());
    if (auto done = errors.outcome(sink_->put(empty.c(), errors.sink())); !done && done.error().code != Errc::retriable) {
      fail("put without records", done.error());
    }
  }
  put_since_commit_ = false;
  auto offsets = offsets_to_commit();
  if (offsets.empty()) {
    return;
  }
  committing_ = true;
  intake_->consumer().commit(offsets, [this, offsets](const Result<void>& result) {
    committing_ = false;
    if (result) {
      watermark_.committed(offsets);
      metrics_.commits.add(1);
    } else {
      metrics_.commit_failures.add(1);
      log(WEIR_LOG_WARN, "offset commit failed, tried again at the next one: " + result.error().message);
    }
  });
}

void SinkTask::on_assigned(std::vector<kafka::TopicPartitionOffset>& partitions) {
  metrics_.partitions.set(static_cast<double>(partitions.size()));
  if (partitions.empty() || !sink_ || closing_) {
    return;
  }
  std::vector<kafka::TopicPartition> names;
  for (const auto& p : partitions) {
    names.push_back({p.topic, p.partition});
  }
  opening_ = partitions;
  if (auto known = intake_ == nullptr ? Result<std::vector<kafka::TopicPartitionOffset>>(partitions)
                                      : intake_->consumer().committed(names, std::chrono::seconds(5))) {
    opening_ = *known;
  }
  std::vector<weir_topic_partition> list;
  for (const auto& p : opening_) {
    list.push_back(to_c(p));
  }
  CallErrors errors;
  const auto done = errors.outcome(sink_->open(list, errors.sink()));
  if (done) {
    for (std::size_t i = 0; i < list.size() && i < partitions.size(); ++i) {
      const auto wanted = to_c(opening_[i]).offset;
      if (list[i].offset != wanted && list[i].offset >= 0) {
        for (auto& p : partitions) {
          if (p.topic == opening_[i].topic && p.partition == opening_[i].partition) {
            p.offset = list[i].offset;
          }
        }
      }
    }
    opening_.clear();
    return;
  }
  if (done.error().code != Errc::retriable) {
    throw TaskFailure("open: " + done.error().message);
  }
  // The target is away: the partitions wait, paused, and are opened again from the task's loop.
  log(WEIR_LOG_WARN, "partitions wait to be opened: " + done.error().message);
  note_error(Stage::task_put, done.error());
  open_attempts_ = 0;
  open_again_ = Clock::now() + backoff(open_attempts_);
  if (intake_ != nullptr) {
    (void)intake_->consumer().pause(names);
  }
}

bool SinkTask::try_open() {
  std::vector<weir_topic_partition> list;
  for (const auto& p : opening_) {
    list.push_back(to_c(p));
  }
  CallErrors errors;
  const auto done = errors.outcome(sink_->open(list, errors.sink()));
  if (!done) {
    if (done.error().code != Errc::retriable) {
      fail("open", done.error());
    }
    note_error(Stage::task_put, done.error());
    open_again_ = Clock::now() + backoff(++open_attempts_);
    return false;
  }
  std::vector<kafka::TopicPartition> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    names.push_back({opening_[i].topic, opening_[i].partition});
    if (list[i].offset >= 0 && list[i].offset != to_c(opening_[i]).offset) {
      if (auto sought = intake_->consumer().seek({opening_[i].topic, opening_[i].partition, list[i].offset}, std::chrono::seconds(5));
          !sought) {
        open_again_ = Clock::now() + backoff(++open_attempts_);
        return false;
      }
    }
  }
  (void)intake_->consumer().resume(names);
  opening_.clear();
  return true;
}

void SinkTask::on_revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) {
  if (!sink_) {
    return;
  }
  if (!lost && !closing_) {
    // What is in flight may still arrive; then one commit.
    CallErrors errors;
    (void)sink_->flush(errors.sink());
    wait_for_settlement(Clock::now() + spec_.shutdown_timeout);
    if (auto offsets = offsets_to_commit(); !offsets.empty()) {
      if (auto done = intake_->consumer().commit_and_wait(offsets, std::chrono::seconds(5)); done) {
        watermark_.committed(offsets);
        metrics_.commits.add(1);
      } else {
        metrics_.commit_failures.add(1);
        log(WEIR_LOG_WARN, "offset commit at a rebalance failed: " + done.error().message);
      }
    }
  }
  if (!closing_) {
    std::vector<weir_topic_partition> list;
    for (const auto& p : partitions) {
      list.push_back({bytes_of(p.topic), p.partition, 0, -1});
    }
    sink_->close(list, lost);
  }
  const std::size_t before = watermark_.records();
  watermark_.forget(partitions);
  dropped_ += before - watermark_.records();
  if (held_) {
    ConsumedBatch& batch = *held_->batch;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const kafka::Message& m = batch.message(i);
      // Not those in the sink's hands, which it settles; what waits for its dead letter is settled by that.
      const auto state = batch.record(i).state;
      if ((state == WEIR_RECORD_LIVE || state == WEIR_RECORD_DROPPED) &&
          std::find(partitions.begin(), partitions.end(), kafka::TopicPartition{std::string(m.topic()), m.partition()}) != partitions.end()) {
        batch.record(i).state = WEIR_RECORD_SETTLED;  // the next owner's
        (void)batch.settle(i);
      }
    }
    if (batch.live() == 0) {
      held_.reset();
    }
  }
  std::erase_if(opening_, [&](const auto& o) {
    return std::find(partitions.begin(), partitions.end(), kafka::TopicPartition{o.topic, o.partition}) != partitions.end();
  });
  if (intake_ != nullptr) {
    intake_->forget_read_ahead();
  }
  metrics_.partitions.set(0);
}

// ---- the end -------------------------------------------------------------------------------------------------------------

void SinkTask::shut_down() noexcept {
  try {
    // The rest of the time is for the last commit and for leaving the group: records that wait for an open breaker do not
    // settle, however long one waits.
    const auto deadline = Clock::now() + spec_.shutdown_timeout * 3 / 5;
    const auto end = Clock::now() + spec_.shutdown_timeout * 9 / 10;
    if (sink_ && intake_ != nullptr) {
      CallErrors errors;
      (void)sink_->flush(errors.sink());
      try {
        wait_for_settlement(deadline);
      } catch (const TaskFailure& e) {
        log(WEIR_LOG_ERROR, e.what());
      }
      if (auto offsets = offsets_to_commit(); !offsets.empty()) {
        if (auto done = intake_->consumer().commit_and_wait(offsets, left_until(end)); done) {
          metrics_.commits.add(1);
        } else {
          log(WEIR_LOG_WARN, "the last offset commit failed, some records will come again: " + done.error().message);
        }
      }
    }
    closing_ = true;
    if (sink_) {
      std::vector<weir_topic_partition> list;
      std::vector<kafka::TopicPartition> partitions = intake_ == nullptr ? std::vector<kafka::TopicPartition>{} : intake_->consumer().assignment();
      for (const auto& p : partitions) {
        list.push_back({bytes_of(p.topic), p.partition, 0, -1});
      }
      if (!list.empty()) {
        sink_->close(list, false);
      }
      const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
      sink_->stop(std::max<std::int64_t>(100, left.count()));
      sink_.reset();  // from here on nobody settles any more
    }
    dead_letters_.reset();
    held_.reset();
    {
      const std::lock_guard lock(late_mutex_);
      late_.clear();
    }
    watermark_.clear();
    {
      const std::lock_guard lock(intake_mutex_);
      shared_intake_.store(nullptr, std::memory_order_release);
    }
    if (intake_ != nullptr) {
      intake_->forget_read_ahead();
      (void)intake_->consumer().close(left_until(end));
      intake_.reset();
    }
    stages_.reset();
  } catch (const std::exception& e) {
    log(WEIR_LOG_ERROR, std::string("while stopping: ") + e.what());
  }
}

}  // namespace weir::runtime::pipeline
