// Under which name a schema stands in the registry. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <weir/record.hpp>
#include <weir/result.hpp>

namespace weir::converters::schema_registry {

enum class SubjectStrategy { topic, record, topic_record };

/// "TopicNameStrategy", "io.confluent.kafka.serializers.subject.TopicNameStrategy", "TopicName"
/// ...; nullopt: unknown.
std::optional<SubjectStrategy> subject_strategy(std::string_view name);

/// record_name: the full name of the record or message type, empty when the schema has none
/// (bad_record for the strategies that need one).
Result<std::string> subject_name(SubjectStrategy strategy, std::string_view topic, Side side,
                                 std::string_view record_name);

}  // namespace weir::converters::schema_registry
