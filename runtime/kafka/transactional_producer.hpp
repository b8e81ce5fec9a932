// A Producer with transactions.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/kafka/group_metadata.hpp"
#include "runtime/kafka/producer.hpp"

namespace weir::runtime::kafka {

/// The outcome of a transaction call. There are no others and no mixtures.
struct TransactionStatus {
  enum class Action : std::uint8_t {
    ok,
    retry,  // the deadline or the stop request came first: call the same function again to resume
    abort,  // call abort(), then do the whole transaction again
    fatal,  // destroy this producer; nothing of the open transaction will be visible
  };
  Action action{Action::ok};
  bool fenced{false};   // fatal because another producer has our id, or the transaction timed out:
                        // not distinguishable
  bool refused{false};  // the cluster's rules do not let us do this: again would fare no better
  Error error;

  explicit operator bool() const noexcept { return action == Action::ok; }
};

/// Life: init() once, then begin() [produce, send_offsets()] commit() or abort(), again and again.
/// The transaction functions come from one thread, produce() of the channels from any. Each takes a
/// deadline on the sum of all its tries and a stop token that is looked at about every second
/// (send_offsets() of librdkafka 2.0.2 returns later while the coordinator is away: its own
/// requests must time out first).
///
/// produce() may succeed after this producer was fenced: only commit() decides, and an empty commit
/// proves nothing. An idle task must not hold a transaction open: the broker ends it after
/// transaction.timeout.ms.
class TransactionalProducer {
 public:
  /// `config` as for Producer; `transactional_id` is set by us. Errors: bad_config.
  static Result<std::unique_ptr<TransactionalProducer>> create(Config config,
                                                               const std::string& transactional_id,
                                                               ProducerOptions options = {});

  /// Fences older producers of the same id and ends their open transactions. 10 ms to 1.3 s.
  TransactionStatus init(Clock::time_point deadline, std::stop_token stop = {});
  TransactionStatus begin();
  /// `offsets` are the next ones to be read; `group` is Consumer::group_metadata() of the member
  /// that read them, taken after the last rebalance (KIP-447: a member that was replaced is
  /// refused).
  TransactionStatus send_offsets(const std::vector<TopicPartitionOffset>& offsets,
                                 const GroupMetadata& group, Clock::time_point deadline,
                                 std::stop_token stop = {});
  /// Flushes and commits. After `ok` every record and offset of the transaction is visible to
  /// read_committed readers.
  TransactionStatus commit(Clock::time_point deadline, std::stop_token stop = {});
  /// Purges and aborts: the records that were not acknowledged yet are reported as purged.
  TransactionStatus abort(Clock::time_point deadline, std::stop_token stop = {});

  Producer& producer() noexcept { return *producer_; }

 private:
  explicit TransactionalProducer(std::unique_ptr<Producer> producer)
      : producer_(std::move(producer)) {}

  std::unique_ptr<Producer> producer_;
};

}  // namespace weir::runtime::kafka
