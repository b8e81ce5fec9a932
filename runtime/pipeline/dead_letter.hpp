// A dead letter: the consumed bytes as they were, and headers that say why (KIP-298, KIP-610).
#pragma once

#include <weir/record.hpp>

#include <string>
#include <string_view>

#include "runtime/kafka/headers.hpp"
#include "runtime/kafka/message.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/stages.hpp"

namespace weir::runtime::pipeline {

/// Java's name where Kafka Connect throws one, else "weir.<Errc>".
std::string exception_class_of(Stage stage, Errc code);

/// The headers of the dead letter: the original ones, then, with `context`, __connect.errors.* in Kafka Connect's order
/// and weir.outcome.
kafka::Headers dead_letter_headers(const kafka::Message& message, bool context, std::string_view connector,
                                   std::uint32_t task, const StageFailure& failure);

/// Key, value and timestamp of the consumed record; the partition is chosen by the key.
kafka::OutgoingRecord dead_letter_record(const kafka::Message& message, std::string_view topic);

}  // namespace weir::runtime::pipeline
