// The classes that plugin authors derive from. All calls on one instance come from one thread, the task's, in the order
// constructor, start, ..., stop, destructor; so no locks are needed. What an instance gets by reference is borrowed for
// the call, unless said otherwise. An exception that leaves a call counts as Errc::fatal (in a RecordTransform: as a bad
// record) and never reaches the worker.
//
// An instance is made from a constructor T(Config, Task), T(Config), T(Task) or T(), whichever exists; Config is what
// T::describe() parses. Reach nothing outside in a constructor: that is start()'s or open()'s business.
#pragma once

#include <weir/abi.h>
#include <weir/config_def.hpp>
#include <weir/record.hpp>
#include <weir/result.hpp>
#include <weir/task.hpp>

#include <chrono>
#include <exception>
#include <span>
#include <string_view>
#include <vector>

namespace weir {
inline namespace v1 {

/// What became of one record of a source.
struct Ack : weir_ack {
  bool ok() const noexcept { return code == WEIR_OK; }
  Errc error_code() const noexcept { return static_cast<Errc>(code); }
  std::string_view topic_text() const noexcept { return text_of(topic); }
  std::string_view message_text() const noexcept { return text_of(message); }
};

/// Brings records in. One instance is one task.
class Source {
 public:
  virtual ~Source() = default;

  /// Once, before the first poll; source offsets may be read (Task::read_offset). retriable: called again.
  virtual Result<void> start() { return {}; }

  /// Appends records (Batch::append) and returns. May wait for input at most max_wait, but returns early when
  /// Task::wake_fd() is readable. Errc::retriable: nothing now; polled again after a back-off.
  virtual Result<void> poll(Batch& batch, std::chrono::milliseconds max_wait) = 0;

  /// For records with a token (Record::set_token): exactly once each, in any order; Kafka has it, or why not.
  virtual void acknowledged(std::span<const Ack>) {}

  /// The source offsets of acknowledged records have been committed.
  virtual void committed() {}

  /// Take no more input. Acknowledgements of what was polled still follow.
  virtual void stop() {}
};

struct TopicPartition : weir_topic_partition {
  std::string_view topic_text() const noexcept { return text_of(topic); }
};

/// Brings records out; delivery is settled when put returns. For sinks that settle later: SettlingSink.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Once, before the first open. retriable: called again.
  virtual Result<void> start() { return {}; }

  /// New partitions; offset is where the consumer would start. Change it to start elsewhere (exactly-once sinks: the
  /// offset that the target has stored).
  virtual Result<void> open(std::span<TopicPartition>) { return {}; }

  /// Partitions taken away. lost: their new owner already works, so write nothing more for them.
  virtual void close(std::span<const TopicPartition>, bool /*lost*/) {}

  /// Delivers the live records. On success all those not reported with Batch::fail count as delivered; on an error none
  /// does. retriable: the runtime backs off (its breaker counts the failure) and calls again with the same records.
  /// Records failed as retriable come again alone, once the dead letters of those failed as bad are safe: a sink that
  /// stores offsets of its own must not pass those before.
  /// Called with an empty batch when nothing came for a while.
  virtual Result<void> put(Batch& batch) = 0;

  /// What was accepted should be settled soon (a commit waits for it).
  virtual Result<void> flush() { return {}; }

  /// Offsets about to be committed; may be lowered.
  virtual Result<void> pre_commit(std::span<TopicPartition>) { return {}; }

  /// Take no more; finish or give up what is in flight within the deadline.
  virtual void stop(std::chrono::milliseconds /*deadline*/) {}
};

/// A sink whose put only accepts: each live record is settled later with Task::settle, from any thread, in any order.
/// A record never settled counts as not delivered: its offset is not committed.
class SettlingSink : public Sink {};

/// Changes records between decode and put, or between poll and encode.
class Transform {
 public:
  virtual ~Transform() = default;
  /// Changes the live records in place. Batch::fail for one that cannot be transformed, Record::drop to filter.
  /// retriable: nothing was changed; the same batch comes again later, while the task pauses.
  virtual Result<void> apply(Batch& batch) = 0;
};

/// A transform that looks at one record at a time.
class RecordTransform : public Transform {
 public:
  /// An error, or an exception, fails this record alone.
  virtual Result<void> apply(Record& record) = 0;

  Result<void> apply(Batch& batch) final {
    for (Record record : batch) {
      try {
        if (auto done = apply(record); !done) {
          batch.fail(record, done.error());
        }
      } catch (const std::exception& e) {
        batch.fail(record, bad_record(e.what()));
      }
    }
    return {};
  }
};

/// Decides whether a transform is applied to a record.
class Predicate {
 public:
  virtual ~Predicate() = default;
  virtual Result<bool> test(Record& record) = 0;
};

/// Bytes to values and back, for keys or for values (converter.type says which).
class Converter {
 public:
  virtual ~Converter() = default;
  /// raw(side) -> part(side) and schema, for every live record; Batch::fail for one that cannot be read.
  virtual Result<void> decode(Batch& batch, Side side) = 0;
  /// part(side) and schema -> raw(side), in the arena.
  virtual Result<void> encode(Batch& batch, Side side) = 0;
};

/// Header bytes to values and back.
class HeaderConverter {
 public:
  virtual ~HeaderConverter() = default;
  /// Sets header.value and header.schema; what they point to lives in the arena or in raw. raw nullopt: a null header.
  virtual Result<void> decode(std::string_view topic, std::optional<std::string_view> raw, Arena arena, Header& header) = 0;
  virtual Result<std::optional<std::string_view>> encode(std::string_view topic, const Header& header, Arena arena) = 0;
};

}  // namespace v1
}  // namespace weir
