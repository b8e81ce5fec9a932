#include "runtime/pipeline/relay_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/pipeline/dead_letter.hpp"
#include "runtime/pipeline/mask.hpp"

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;
using Action = kafka::TransactionStatus::Action;

constexpr milliseconds kLook{100};
constexpr milliseconds kReadWait{500};
constexpr std::chrono::seconds kTransactionDeadline{60};
constexpr int kMaxRestarts = 5;

/// The open transaction cannot be completed; its batch is read again.
struct GivenUp {
  kafka::TransactionStatus status;
};

constexpr std::chrono::seconds kRestartEvery{10};
// Kafka Connect has no relay; what stands for the class that produces.
constexpr std::string_view kRelayTaskClass = kSourceTaskClass;

}  // namespace

RelayTask::~RelayTask() { finish(); }

void RelayTask::wake() {
  TaskCore::wake();
  const std::lock_guard lock(intake_mutex_);
  if (intake_ != nullptr) {
    intake_->wake();
  }
}

std::optional<std::int64_t> RelayTask::lag() {
  const std::lock_guard lock(intake_mutex_);
  if (intake_ == nullptr) {
    return std::nullopt;
  }
  std::int64_t sum = 0;
  for (const auto& p : intake_->consumer().lag()) {
    sum += p.records();
  }
  metrics_.lag.set(static_cast<double>(sum));
  return sum;
}

void RelayTask::run() {
  auto stages = make_stages();
  if (!stages) {
    fail("cannot start", stages.error());
  }
  stages_ = std::move(*stages);
  prepare_dead_letters();
  make_producer();
  if (stop_requested()) {
    return;
  }
  auto intake = Intake::create(spec_, *this, *stages_, signal_, [this](const std::string& text) { log(WEIR_LOG_WARN, text); });
  if (!intake) {
    fail("cannot consume", intake.error());
  }
  {
    const std::lock_guard lock(intake_mutex_);
    intake_ = std::move(*intake);
  }
  paused_ = pause_requested();
  set_state(paused_ ? TaskState::paused : TaskState::running);
  while (!stop_requested()) {
    iterate();
  }
}

void RelayTask::make_producer() {
  const std::string id = fmt::format("{}-{}-{}", spec_.group_id, spec_.connector, spec_.task);
  for (int attempt = 0; !stop_requested(); ++attempt) {
    channel_ = kafka::DeliveryChannel();
    producer_.reset();
    auto producer = kafka::TransactionalProducer::create(spec_.producer, id);
    if (!producer) {
      fail("cannot produce", producer.error());
    }
    producer_ = std::move(*producer);
    const auto status = insist([&](auto deadline) { return producer_->init(deadline); });
    if (status) {
      auto channel = producer_->producer().open_channel(*this, 0);
      if (!channel) {
        fail("cannot produce", channel.error());
      }
      channel_ = std::move(*channel);
      return;
    }
    note_error(Stage::kafka_produce, status.error);
    if (status.refused) {
      fail("cannot produce as " + id, status.error);
    }
    log(WEIR_LOG_WARN, "the transactional producer " + id + " cannot start yet: " + status.error.message);
    (void)sleep(backoff(attempt));
  }
}

void RelayTask::iterate() {
  const auto now = Clock::now();
  if (open_ && now >= commit_at_) {
    commit();
  }
  if (pause_requested() != paused_) {
    paused_ = pause_requested();
    set_state(paused_ ? TaskState::paused : TaskState::running);
  }
  if (rewinding_ && !rewind()) {
    if (auto done = intake_->hold(kLook); !done) {  // the group keeps this task meanwhile
      fail("consuming", done.error());
    }
    return;
  }
  if (held_ && now >= held_->until && !paused_) {
    Held held = std::move(*held_);
    held_.reset();
    process(held.batch, held.step, held.attempts);
    return;
  }
  milliseconds until_commit = kReadWait;
  if (open_) {
    until_commit = std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(commit_at_ - now));
  }
  if (paused_ || held_) {
    if (open_) {
      commit();  // what is held is not part of it, and a transaction must not wait for it
    }
    milliseconds limit = kLook;
    if (held_ && !paused_) {
      limit = std::clamp(std::chrono::duration_cast<milliseconds>(held_->until - now), milliseconds(1), kLook);
    }
    metrics_.paused.set(1);
    if (auto done = intake_->hold(limit); !done) {
      fail("consuming", done.error());
    }
    return;
  }
  metrics_.paused.set(0);
  auto batch = intake_->read(std::min(kReadWait, until_commit));
  if (!batch) {
    fail("consuming", batch.error());
  }
  if (*batch != nullptr) {
    metrics_.read.add(static_cast<double>((*batch)->size()));
    use_topics(**batch);
    process(*batch, std::nullopt, 0);
  }
}

void RelayTask::process(const std::shared_ptr<ConsumedBatch>& batch, std::optional<std::size_t> from_step, int attempts) {
  if (!from_step) {
    note_start(*batch);
    if (const auto away = stages_->decode(batch->c())) {
      wait_for_converter(batch, std::nullopt, attempts, *away);
      return;
    }
  }
  auto stuck = stages_->transform(batch->c(), from_step.value_or(0));
  if (stuck && stuck->abandoned) {
    (void)stages_->take_failures();
    return;
  }
  if (stuck) {
    note_error(Stage::transformation, stuck->error);
    if (stuck->error.code != Errc::retriable) {
      fail("transforms." + stages_->step_name(stuck->step), stuck->error);
    }
    if (attempts == 0) {
      log(WEIR_LOG_WARN, "transforms." + stages_->step_name(stuck->step) + " waits: " + stuck->error.message);
    }
    held_ = Held{batch, stuck->step, attempts + 1, Clock::now() + backoff(attempts)};
    return;
  }
  if (const auto away = stages_->encode(batch->c())) {
    wait_for_converter(batch, stages_->steps(), attempts, *away);
    return;
  }
  try {
    begin_if_needed();
    take_failures(*batch);
    produce(*batch);
  } catch (const GivenUp& e) {
    start_over(e.status);
    return;
  }
  note_position(*batch);
  progress();
  if (channel_.in_flight_bytes() >= static_cast<std::int64_t>(spec_.max_in_flight_bytes)) {
    commit();
  }
}

void RelayTask::wait_for_converter(const std::shared_ptr<ConsumedBatch>& batch, std::optional<std::size_t> step, int attempts,
                                   const Stages::Held& away) {
  if (away.abandoned) {
    (void)stages_->take_failures();
    return;
  }
  note_error(Stage::value_converter, away.error);
  if (attempts == 0) {
    log(WEIR_LOG_WARN, "a converter waits: " + away.error.message);
  }
  held_ = Held{batch, step, attempts + 1, Clock::now() + backoff(attempts)};
}

kafka::TransactionStatus RelayTask::insist(const std::function<kafka::TransactionStatus(Clock::time_point)>& call) {
  constexpr milliseconds kSlice{1'000};
  const auto last = Clock::now() + kTransactionDeadline;
  for (;;) {
    const auto status = call(std::min(last, Clock::now() + kSlice));
    const auto now = Clock::now();
    if (stop_requested() && !give_up_at_) {
      give_up_at_ = now + spec_.shutdown_timeout / 2;  // the rest is for leaving the group, and for the producer's end
    }
    if (status.action != Action::retry || now >= last || (give_up_at_ && now >= *give_up_at_)) {
      return status;
    }
  }
}

bool RelayTask::wait_for_retry(milliseconds delay) {
  const std::uint64_t epoch = intake_->consumer().assignment_epoch();
  const auto until = Clock::now() + delay;
  commit();  // a transaction must not wait for what is not part of it
  for (auto now = Clock::now(); now < until && !rewinding_; now = Clock::now()) {
    if (stop_requested()) {
      return false;
    }
    if (auto done = intake_->hold(std::min(kLook, std::chrono::ceil<milliseconds>(until - now))); !done) {
      fail("consuming", done.error());
    }
    if (intake_->consumer().assignment_epoch() != epoch) {
      return false;
    }
  }
  return !rewinding_ && !stop_requested();
}

void RelayTask::begin_if_needed() {
  if (open_) {
    return;
  }
  {
    const std::lock_guard lock(sent_mutex_);
    sent_.clear();
  }
  if (const auto status = producer_->begin(); !status) {
    throw GivenUp{status};
  }
  open_ = true;
  commit_at_ = Clock::now() + spec_.transaction_interval;
}

void RelayTask::take_failures(ConsumedBatch& batch) {
  if (stages_->has_failures()) {
    for (const StageFailure& failure : stages_->take_failures()) {
      reject(batch, failure);
    }
  }
}

void RelayTask::reject(ConsumedBatch& batch, const StageFailure& failure) {
  const kafka::Message& message = batch.message(failure.index);
  const bool tolerated = account(failure, message);
  if (!spec_.errors.dead_letter_topic.empty()) {
    StageFailure masked = failure;
    masked.error.message = mask(masked.error.message, spec_.secrets);
    kafka::Headers headers = dead_letter_headers(message, spec_.errors.dead_letter_headers, spec_.connector, spec_.task, masked);
    metrics_.dead_letters.add(1);
    if (tolerated) {
      send_letter(message, headers);
    } else {
      report_alone(message, headers);
    }
  } else if (tolerated && !spec_.errors.log) {
    log(WEIR_LOG_WARN, fmt::format("skipped {}-{}@{}: {}: {}", message.topic(), message.partition(), message.offset(),
                                   to_string(failure.stage), failure.error.message));
  }
  if (!tolerated) {
    throw TaskFailure(fmt::format("{} of {}-{}@{} failed in {}: {} (errors.tolerance=none stops the task at the first bad record)",
                                  to_string(failure.stage), message.topic(), message.partition(), message.offset(), failure.class_name,
                                  failure.error.message));
  }
}

void RelayTask::send_letter(const kafka::Message& message, kafka::Headers& headers) {
  auto sent = send(dead_letter_record(message, spec_.errors.dead_letter_topic), headers, tag_of(message, true));
  if (!sent) {
    metrics_.dead_letter_failures.add(1);
    fail(fmt::format("the dead letter for {}-{}@{} cannot be written to {}", message.topic(), message.partition(), message.offset(),
                     spec_.errors.dead_letter_topic),
         sent.error());
  }
}

// The task is about to fail, so its transaction must not be committed; the letter goes out in one of its own.
void RelayTask::report_alone(const kafka::Message& message, kafka::Headers& headers) {
  if (open_) {
    const auto aborted = insist([&](auto deadline) { return producer_->abort(deadline); });
    open_ = false;
    pending_.clear();
    if (!aborted) {
      log(WEIR_LOG_WARN, "the dead letter is not written: " + aborted.error.message);
      return;
    }
  }
  try {
    begin_if_needed();
    send_letter(message, headers);
    const auto status = insist([&](auto deadline) { return producer_->commit(deadline); });
    if (!status) {
      log(WEIR_LOG_WARN, "the dead letter is not written: " + status.error.message);
    }
    open_ = !status;
  } catch (const GivenUp& e) {
    log(WEIR_LOG_WARN, "the dead letter is not written: " + e.status.error.message);
  }
}

std::uint64_t RelayTask::tag_of(const kafka::Message& message, bool letter, bool alone) {
  const std::lock_guard lock(sent_mutex_);
  if (sent_.empty() || sent_.back().partition != message.partition() || sent_.back().topic != message.topic()) {
    sent_.push_back({std::string(message.topic()), message.partition(), message.offset(), letter, alone});
  } else {
    sent_.push_back({sent_.back().topic, message.partition(), message.offset(), letter, alone});
  }
  return sent_.size();
}

void RelayTask::produce(ConsumedBatch& batch) {
  std::size_t sent = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    weir_record& r = batch.record(i);
    if (r.state != WEIR_RECORD_LIVE) {
      continue;
    }
    kafka::Headers headers;
    const kafka::Message& message = batch.message(i);
    // It may have been refused for the company it was in, so it gets a second chance without.
    const auto before = refused(message);
    if (before && before->alone) {
      reject(batch, {i, Stage::kafka_produce, std::string(kRelayTaskClass), before->error});
      continue;
    }
    if (r.headers_loaded == 0) {
      if (message.header_count() > 0) {  // nobody looked at them: they pass as they are
        message.for_each_header([&](std::string_view name, std::optional<std::string_view> value) { headers.add(name, value); });
      }
    } else if (!stages_->encode_headers(batch.c(), i, [&](std::string_view name, std::optional<std::string_view> raw) { headers.add(name, raw); })) {
      take_failures(batch);
      continue;
    }
    kafka::OutgoingRecord out;
    out.topic = spec_.output_topic.empty() ? text_of(r.topic) : std::string_view(spec_.output_topic);
    if (spec_.output_topic.empty() && text_of(r.topic) == text_of(r.origin_topic)) {
      fail("the record would go back to the topic it came from, " + std::string(out.topic), bad_config("set `topic`, or let a transform change it"));
    }
    out.key = batch[i].raw(Side::key);
    out.value = batch[i].raw(Side::value);
    out.timestamp = r.timestamp == WEIR_NO_TIMESTAMP ? 0 : r.timestamp;
    if (before) {
      flush();
    }
    const auto done = send(out, headers, tag_of(message, false, before.has_value()));
    if (before) {
      flush();
    }
    if (!done) {
      reject(batch, {i, Stage::kafka_produce, std::string(kRelayTaskClass), done.error()});
      continue;
    }
    use_topic(out.topic);
    ++sent;
  }
  metrics_.sent.add(static_cast<double>(sent));
}

// An error that comes back is the record's own.
Result<void> RelayTask::send(const kafka::OutgoingRecord& record, kafka::Headers& headers, std::uint64_t tag) {
  auto sent = channel_.produce_wait(record, headers, tag, Clock::now() + kTransactionDeadline);
  if (!sent && sent.error().code != Errc::bad_record) {
    if (sent.error().code == Errc::bad_config) {
      fail("producing to " + std::string(record.topic), sent.error());
    }
    // A record that was not taken must not be passed over by a commit.
    throw GivenUp{{Action::abort, false, false, sent.error()}};
  }
  return sent;
}

// The commit tells that something was not taken; this says what, so that the same record is not sent for ever.
void RelayTask::on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept {
  if (delivery.ok()) {
    return;
  }
  try {
    Error error = delivery.error();
    if (error.code != Errc::bad_record) {
      return;
    }
    const std::lock_guard lock(sent_mutex_);
    if (tag > 0 && tag <= sent_.size()) {
      const Sent& s = sent_[tag - 1];
      if (s.letter) {
        letter_error_ = std::move(error);
      } else {
        refused_.insert_or_assign({s.topic, s.partition, s.offset}, Refused{std::move(error), s.alone});
      }
    }
  } catch (const std::exception&) {  // out of memory: the record is tried once more
  }
}

// Kept until a transaction is through: this one may be given up too.
std::optional<RelayTask::Refused> RelayTask::refused(const kafka::Message& message) {
  const std::lock_guard lock(sent_mutex_);
  if (refused_.empty()) {
    return std::nullopt;
  }
  const auto it = refused_.find({std::string(message.topic()), message.partition(), message.offset()});
  return it == refused_.end() ? std::nullopt : std::optional(it->second);
}

void RelayTask::flush() {
  if (auto done = producer_->producer().flush(Clock::now() + kTransactionDeadline); !done) {
    throw GivenUp{{Action::abort, false, false, done.error()}};
  }
}

void RelayTask::note_start(const ConsumedBatch& batch) {
  const void* last_topic = nullptr;
  std::int32_t last_partition = -1;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const kafka::Message& m = batch.message(i);
    if (m.topic_id() != last_topic || m.partition() != last_partition) {
      last_topic = m.topic_id();
      last_partition = m.partition();
      committed_.try_emplace({std::string(m.topic()), m.partition()}, m.offset());
    }
  }
}

void RelayTask::note_position(const ConsumedBatch& batch) {
  const void* last_topic = nullptr;
  std::int32_t last_partition = -1;
  std::int64_t* at = nullptr;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const kafka::Message& m = batch.message(i);
    if (at == nullptr || m.topic_id() != last_topic || m.partition() != last_partition) {
      last_topic = m.topic_id();
      last_partition = m.partition();
      kafka::TopicPartition tp{std::string(m.topic()), m.partition()};
      at = &pending_[std::move(tp)];
    }
    *at = m.offset() + 1;
  }
}

void RelayTask::commit() {
  if (!open_) {
    return;
  }
  std::vector<kafka::TopicPartitionOffset> offsets;
  for (const auto& [tp, offset] : pending_) {
    offsets.push_back({tp.topic, tp.partition, offset});
  }
  auto group = intake_->consumer().group_metadata();
  kafka::TransactionStatus status;
  if (!group) {
    status = {Action::abort, false, false, group.error()};
  } else {
    status = insist([&](auto deadline) { return producer_->send_offsets(offsets, *group, deadline); });
    if (status) {
      status = insist([&](auto deadline) { return producer_->commit(deadline); });
    }
  }
  if (!status) {
    start_over(status);
    return;
  }
  open_ = false;
  {
    const std::lock_guard lock(sent_mutex_);
    refused_.clear();
  }
  if (spec_.embedded) {
    // The in-process broker forgets offsets that come with a transaction.
    if (auto done = intake_->consumer().commit_and_wait(offsets, std::chrono::seconds(5)); !done) {
      log(WEIR_LOG_WARN, "offset commit failed: " + done.error().message);
    }
  }
  for (const auto& [tp, offset] : pending_) {
    committed_[tp] = offset;
  }
  pending_.clear();
  metrics_.transactions.add(1);
  metrics_.commits.add(1);
}

void RelayTask::start_over(const kafka::TransactionStatus& status) {
  metrics_.transactions_aborted.add(1);
  metrics_.commit_failures.add(1);
  note_error(Stage::kafka_produce, status.error);
  log(WEIR_LOG_WARN, "a transaction was given up, its records are read again: " + status.error.message);
  bool recreate = status.action == Action::fatal || status.action == Action::retry;
  if (!recreate && open_) {
    const auto aborted = insist([&](auto deadline) { return producer_->abort(deadline); });
    recreate = !aborted;
  }
  open_ = false;
  pending_.clear();
  held_.reset();
  (void)stages_->take_failures();
  rewinding_ = true;
  std::optional<Error> letter;
  {
    const std::lock_guard lock(sent_mutex_);
    letter = std::exchange(letter_error_, std::nullopt);
  }
  if (status.refused) {
    fail("producing", status.error);
  }
  if (letter) {
    metrics_.dead_letter_failures.add(1);
    fail("a dead letter was not accepted by " + spec_.errors.dead_letter_topic, *letter);
  }
  if (recreate) {
    // Also reported when the broker timed the transaction out. Whoever fenced us for good does so again: not for ever.
    const auto now = Clock::now();
    if (now - last_restart_ > kRestartEvery * kMaxRestarts * 2) {
      restarts_ = 0;
    }
    if (++restarts_ > kMaxRestarts) {
      fail("the transactional producer was fenced again and again", status.error);
    }
    if (now - last_restart_ < kRestartEvery && last_restart_ != Clock::time_point{}) {
      (void)sleep(std::chrono::duration_cast<milliseconds>(kRestartEvery - (now - last_restart_)));
    }
    last_restart_ = Clock::now();
    make_producer();
  }
}

// A commit that was not answered may have been made all the same, so the group is asked.
bool RelayTask::rewind() {
  const auto known = intake_->consumer().committed(intake_->consumer().assignment(), std::chrono::seconds(5));
  if (!known) {
    log(WEIR_LOG_WARN, "cannot go back yet: " + known.error().message);
    return false;
  }
  for (const auto& group : *known) {
    const auto it = committed_.find({group.topic, group.partition});
    if (it == committed_.end()) {
      continue;  // nothing of it was read
    }
    it->second = std::max(it->second, group.offset);
    if (auto done = intake_->consumer().seek({group.topic, group.partition, it->second}, std::chrono::seconds(5)); !done) {
      log(WEIR_LOG_WARN, "cannot go back yet: " + done.error().message);
      return false;
    }
  }
  intake_->forget_read_ahead();
  rewinding_ = false;
  return true;
}

void RelayTask::on_assigned(std::vector<kafka::TopicPartitionOffset>& partitions) {
  metrics_.partitions.set(static_cast<double>(partitions.size()));
  for (const auto& p : partitions) {
    committed_.erase({p.topic, p.partition});  // starts at the group's offset
  }
  rewinding_ = false;
}

void RelayTask::on_revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) {
  if (producer_ != nullptr && open_) {
    if (!lost) {
      commit();
    } else {
      const auto aborted = producer_->abort(Clock::now() + std::chrono::seconds(10));
      open_ = false;
      pending_.clear();
      if (!aborted) {
        start_over(aborted);
      }
    }
  }
  held_.reset();
  (void)stages_->take_failures();
  for (const auto& tp : partitions) {
    committed_.erase(tp);
    pending_.erase(tp);
  }
  rewinding_ = false;
  if (intake_ != nullptr) {
    intake_->forget_read_ahead();
  }
  metrics_.partitions.set(0);
}

void RelayTask::shut_down() noexcept {
  try {
    const auto end = Clock::now() + spec_.shutdown_timeout * 7 / 10;
    if (producer_ != nullptr && intake_ != nullptr && open_) {
      if (report().failed) {
        (void)producer_->abort(Clock::now() + spec_.shutdown_timeout / 2);
      } else {
        try {
          commit();
        } catch (const TaskFailure& e) {
          log(WEIR_LOG_ERROR, e.what());  // its records are read again by the next start
        }
      }
      open_ = false;
    }
    held_.reset();
    if (intake_ != nullptr) {
      intake_->forget_read_ahead();
      (void)intake_->consumer().close(left_until(end));
      const std::lock_guard lock(intake_mutex_);
      intake_.reset();
    }
    channel_.close();
    producer_.reset();
    stages_.reset();
  } catch (const std::exception& e) {
    log(WEIR_LOG_ERROR, std::string("while stopping: ") + e.what());
  }
}

}  // namespace weir::runtime::pipeline
