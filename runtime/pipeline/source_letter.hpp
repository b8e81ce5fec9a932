// Dead letters of source records: Kafka never had them, so there are no consumed bytes to keep.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/record.hpp>

#include "runtime/kafka/headers.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/dead_letter.hpp"

namespace weir::runtime::pipeline {

/// A letter as bytes that are its own.
struct SourceLetter {
  using Bytes = std::optional<std::string>;
  Bytes key;
  Bytes value;
  std::int64_t timestamp{0};
  std::vector<std::pair<std::string, Bytes>> headers;

  kafka::OutgoingRecord record(std::string_view topic) const;
  kafka::Headers kafka_headers() const;
};

/// Where a record comes from at its source, as JSON; empty: the source did not say.
struct SourcePosition {
  std::string partition;
  std::string offset;
};
SourcePosition source_position(const weir_record& record);

/// Of a record that was not encoded: key and value as plain JSON, header values as text.
SourceLetter letter_of(Record record);

/// Of a record that Kafka did not take: key, value and headers as they were produced.
SourceLetter letter_of(const rd_kafka_message_t& message);

/// Appends the context headers (see add_context) and, where they are known, weir.source.partition
/// and weir.source.offset.
void add_context(SourceLetter& letter, const LetterOrigin& origin, const StageFailure& failure,
                 const SourcePosition& position);

/// For the case that the dead-letter topic does not take it either: without its bytes, whose sizes
/// go to weir.omitted.
SourceLetter without_bytes(SourceLetter letter);

/// SourceRecord.toString(): what errors.log.include.messages shows.
std::string source_record_text(const weir_record& record, weir_arena* arena);

}  // namespace weir::runtime::pipeline
