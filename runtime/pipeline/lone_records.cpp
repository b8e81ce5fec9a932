#include "runtime/pipeline/lone_records.hpp"

#include <utility>

namespace weir::runtime::pipeline {

Result<void> LoneRecords::produce_wait(const kafka::OutgoingRecord& record, kafka::Headers& headers,
                                       std::uint64_t tag, kafka::Clock::time_point deadline) {
  if (producer_ == nullptr) {
    kafka::Config config = spec_.producer;
    config.erase("message.max.bytes")
        .set("max.request.size", "1000000000")
        .set("batch.num.messages", "1");
    auto made = kafka::Producer::create(config);
    if (!made) {
      return made.error();
    }
    auto channel = (*made)->open_channel(handler_, spec_.max_in_flight_bytes);
    if (!channel) {
      return channel.error();
    }
    producer_ = std::move(*made);
    channel_ = std::move(*channel);
  }
  return channel_.produce_wait(record, headers, tag, deadline);
}

}  // namespace weir::runtime::pipeline
