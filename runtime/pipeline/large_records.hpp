// Produces what is larger than a task's producer takes: dead letters, which must not be lost for their size.
#pragma once

#include <memory>

#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/task_spec.hpp"

namespace weir::runtime::pipeline {

/// Opens its producer at the first record: a limit of that size costs the library memory for every request. One thread;
/// reports come to the handler on the producer's. spec and handler outlive it.
class LargeRecords {
 public:
  LargeRecords(const TaskSpec& spec, kafka::DeliveryHandler& handler) : spec_(spec), handler_(handler) {}
  LargeRecords(const LargeRecords&) = delete;
  LargeRecords& operator=(const LargeRecords&) = delete;
  ~LargeRecords() { close(); }

  /// As DeliveryChannel::produce_wait.
  Result<void> produce_wait(const kafka::OutgoingRecord& record, kafka::Headers& headers, std::uint64_t tag,
                            kafka::Clock::time_point deadline);
  std::int64_t in_flight() const noexcept { return channel_.in_flight(); }
  void close() noexcept { channel_.close(); }

 private:
  const TaskSpec& spec_;
  kafka::DeliveryHandler& handler_;
  std::unique_ptr<kafka::Producer> producer_;
  kafka::DeliveryChannel channel_;
};

}  // namespace weir::runtime::pipeline
