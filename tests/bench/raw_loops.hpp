// The physical limit: librdkafka's own loops with nothing behind them.
#pragma once

#include <cstdint>
#include <string>

namespace weir::bench {

/// Reads `count` records of the topic from its start and throws them away.
void raw_consume(const std::string& bootstrap, const std::string& topic, std::uint64_t count);

/// Produces `count` receipts (`flat`: as columns with a schema), key = receipt id, with librdkafka's defaults and acks=all.
void raw_produce(const std::string& bootstrap, const std::string& topic, std::uint64_t count, bool flat);

/// Every line of the file as a record without key.
void raw_produce_lines(const std::string& bootstrap, const std::string& topic, const std::string& file);

}  // namespace weir::bench
