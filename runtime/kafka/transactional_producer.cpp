#include "runtime/kafka/transactional_producer.hpp"

#include <algorithm>
#include <thread>

namespace weir::runtime::kafka {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(1000);
constexpr auto kPause = std::chrono::milliseconds(50);

TransactionStatus classify(const rd_kafka_error_t* error, const char* what) {
  TransactionStatus out;
  out.error = make_error(error, what);
  if (rd_kafka_error_is_fatal(error) != 0) {
    out.action = TransactionStatus::Action::fatal;
  } else if (rd_kafka_error_txn_requires_abort(error) != 0) {
    out.action = TransactionStatus::Action::abort;
    out.error.code = Errc::retriable;
  } else if (rd_kafka_error_is_retriable(error) != 0) {
    out.action = TransactionStatus::Action::retry;
  } else {
    out.action = TransactionStatus::Action::fatal;
  }
  const ErrorKind kind = kind_of(rd_kafka_error_code(error));
  out.refused = kind == ErrorKind::authorization;
  if (out.action == TransactionStatus::Action::fatal) {
    out.error.code = Errc::fatal;
    out.fenced = kind == ErrorKind::fenced;
  }
  return out;
}

/// The library's calls can be resumed after a time-out, so they are made in slices to notice a stop
/// request.
template <class Call>
TransactionStatus until(Clock::time_point deadline, const std::stop_token& stop, const char* what,
                        Call&& call) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    const auto slice =
        std::clamp(left, std::chrono::milliseconds(1), std::chrono::milliseconds(kSlice));
    ErrorHandle error(call(static_cast<int>(slice.count())));
    if (!error) {
      return {};
    }
    TransactionStatus status = classify(error.get(), what);
    if (status.action != TransactionStatus::Action::retry || stop.stop_requested() ||
        Clock::now() + kPause >= deadline) {
      return status;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Result<std::unique_ptr<TransactionalProducer>> TransactionalProducer::create(
    Config config, const std::string& transactional_id, ProducerOptions options) {
  config.set("transactional.id", transactional_id);
  config.set("enable.idempotence", "true");
  auto producer = Producer::create(config, std::move(options));
  if (!producer) {
    return std::move(producer).error();
  }
  return Result<std::unique_ptr<TransactionalProducer>>(
      std::unique_ptr<TransactionalProducer>(new TransactionalProducer(std::move(*producer))));
}

TransactionStatus TransactionalProducer::init(Clock::time_point deadline, std::stop_token stop) {
  return until(deadline, stop, "Initialising transactions",
               [&](int ms) { return rd_kafka_init_transactions(producer_->raw(), ms); });
}

TransactionStatus TransactionalProducer::begin() {
  ErrorHandle error(rd_kafka_begin_transaction(producer_->raw()));
  return error ? classify(error.get(), "Beginning a transaction") : TransactionStatus{};
}

TransactionStatus TransactionalProducer::send_offsets(
    const std::vector<TopicPartitionOffset>& offsets, const GroupMetadata& group,
    Clock::time_point deadline, std::stop_token stop) {
  const ListHandle list = to_list(offsets);
  return until(deadline, stop, "Adding offsets to the transaction", [&](int ms) {
    return rd_kafka_send_offsets_to_transaction(producer_->raw(), list.get(), group.raw(), ms);
  });
}

TransactionStatus TransactionalProducer::commit(Clock::time_point deadline, std::stop_token stop) {
  return until(deadline, stop, "Committing the transaction",
               [&](int ms) { return rd_kafka_commit_transaction(producer_->raw(), ms); });
}

TransactionStatus TransactionalProducer::abort(Clock::time_point deadline, std::stop_token stop) {
  return until(deadline, stop, "Aborting the transaction",
               [&](int ms) { return rd_kafka_abort_transaction(producer_->raw(), ms); });
}

}  // namespace weir::runtime::kafka
