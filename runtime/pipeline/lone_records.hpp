// Produces records in requests of their own, of any size. A broker refuses a request as a whole, so
// the neighbours of a record that is too large are refused with it; and a dead letter may be larger
// than what a task may produce.
#pragma once

#include <memory>

#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/task_spec.hpp"

namespace weir::runtime::pipeline {

/// Opens its producer at the first record. One thread; reports come to the handler on the
/// producer's. spec and handler outlive it.
class LoneRecords {
 public:
  LoneRecords(const TaskSpec& spec, kafka::DeliveryHandler& handler)
      : spec_(spec), handler_(handler) {}
  LoneRecords(const LoneRecords&) = delete;
  LoneRecords& operator=(const LoneRecords&) = delete;
  ~LoneRecords() { close(); }

  /// As DeliveryChannel::produce_wait.
  Result<void> produce_wait(const kafka::OutgoingRecord& record, kafka::Headers& headers,
                            std::uint64_t tag, kafka::Clock::time_point deadline);
  std::int64_t in_flight() const noexcept { return channel_.in_flight(); }
  void close() noexcept { channel_.close(); }

 private:
  const TaskSpec& spec_;
  kafka::DeliveryHandler& handler_;
  std::unique_ptr<kafka::Producer> producer_;
  kafka::DeliveryChannel channel_;
};

}  // namespace weir::runtime::pipeline
