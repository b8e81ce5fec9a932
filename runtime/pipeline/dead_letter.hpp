// A dead letter: the consumed bytes as they were, and headers that say why (KIP-298, KIP-610).
#pragma once

#include <weir/record.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/kafka/headers.hpp"
#include "runtime/kafka/message.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/stages.hpp"

namespace weir::runtime::pipeline {

/// Java's name where Kafka Connect throws one, else "weir.<Errc>".
std::string exception_class_of(Stage stage, Errc code);

/// What stands in the log and the headers for Kafka Connect's own classes: a put, a record that Kafka did not take.
inline constexpr std::string_view kSinkTaskClass = "org.apache.kafka.connect.sink.SinkTask";
inline constexpr std::string_view kSourceTaskClass = "org.apache.kafka.connect.runtime.WorkerSourceTask";

/// Where a dead letter comes from.
struct LetterOrigin {
  std::optional<std::string_view> topic;  ///< of a source record: where it was to go
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> offset;
  std::string_view connector;
  std::uint32_t task;
};

/// __connect.errors.* in Kafka Connect's order (what is not known is left out), weir.outcome and weir.attempt. The message
/// may be null, and is cut after 1 KiB.
std::vector<std::pair<std::string, std::optional<std::string>>> context_headers(const LetterOrigin& origin,
                                                                                const StageFailure& failure);

/// The headers of the dead letter: the original ones, then, with `context`, __connect.errors.* in Kafka Connect's order
/// weir.outcome and weir.attempt.
kafka::Headers dead_letter_headers(const kafka::Message& message, bool context, std::string_view connector,
                                   std::uint32_t task, const StageFailure& failure);

/// Key, value and timestamp of the consumed record; the partition is chosen by the key.
kafka::OutgoingRecord dead_letter_record(const kafka::Message& message, std::string_view topic);

}  // namespace weir::runtime::pipeline
