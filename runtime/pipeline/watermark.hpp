// Which offsets may be committed: per partition, one past the contiguous prefix of settled records.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/kafka/topic_partition.hpp"
#include "runtime/pipeline/consumed_batch.hpp"

namespace weir::runtime::pipeline {

/// Keeps the batches under way in the order in which they were consumed. Costs nothing per record: settled batches are
/// folded into one offset per partition, and records are looked at only in batches that are not complete.
/// Task thread only (records are settled by any thread, see ConsumedBatch).
class Watermark {
 public:
  /// A sealed batch. The shared pointer is let go once all of it is settled.
  void add(std::shared_ptr<ConsumedBatch> batch);

  /// Lets go of completed batches; call it now and then, records() and bytes() are as of the last call.
  void sweep();
  /// Sweeps, and returns the offsets that have moved since the last call of committed().
  std::vector<kafka::TopicPartitionOffset> committable();
  /// These were committed.
  void committed(const std::vector<kafka::TopicPartitionOffset>& offsets);

  /// Partitions were taken away: what is not settled of them is the next owner's. A settling sink may still hold such
  /// records, so their batches stay in memory until it has settled them.
  void forget(const std::vector<kafka::TopicPartition>& partitions);

  /// Lets go of everything, held or not: only when no sink can touch a record any more.
  void clear();

  /// The owner of a batch that is not complete, or null.
  std::shared_ptr<ConsumedBatch> find(const ConsumedBatch* batch) const;

  std::size_t batches() const noexcept { return open_.size(); }
  /// Records and bytes of batches that are not complete.
  std::size_t records() const noexcept { return records_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// Records without an outcome, as of now.
  std::size_t unsettled() const noexcept;

 private:
  using Positions = std::map<kafka::TopicPartition, std::int64_t>;
  struct Entry {
    std::shared_ptr<ConsumedBatch> batch;  // null once complete
    Positions ends;                        // one past the last record, per partition
    std::size_t records;
    std::size_t bytes;
  };

  std::deque<Entry> open_;
  std::vector<std::shared_ptr<ConsumedBatch>> orphans_;  // of partitions taken away, not settled by the sink yet
  Positions done_;       // folded: everything below is settled
  Positions committed_;
  std::size_t records_{0};
  std::size_t bytes_{0};
};

}  // namespace weir::runtime::pipeline
