#include "subject.hpp"

namespace weir::converters::schema_registry {

std::optional<SubjectStrategy> subject_strategy(std::string_view name) {
  constexpr std::string_view kPackage = "io.confluent.kafka.serializers.subject.";
  constexpr std::string_view kSuffix = "Strategy";
  if (name.substr(0, kPackage.size()) == kPackage) {
    name.remove_prefix(kPackage.size());
  }
  if (name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix) {
    name.remove_suffix(kSuffix.size());
  }
  if (name == "TopicName") {
    return SubjectStrategy::topic;
  }
  if (name == "RecordName") {
    return SubjectStrategy::record;
  }
  if (name == "TopicRecordName") {
    return SubjectStrategy::topic_record;
  }
  return std::nullopt;
}

Result<std::string> subject_name(SubjectStrategy strategy, std::string_view topic, Side side,
                                 std::string_view record_name) {
  if (strategy == SubjectStrategy::topic) {
    return std::string(topic) + (side == Side::key ? "-key" : "-value");
  }
  if (record_name.empty()) {
    const std::string key = side == Side::key ? "key" : "value";
    return bad_record("In configuration " + key +
                      ".subject.name.strategy a strategy is named that builds the subject from a "
                      "record's name, but the message " +
                      key + " is not a record");
  }
  return strategy == SubjectStrategy::record ? std::string(record_name)
                                             : std::string(topic).append("-").append(record_name);
}

}  // namespace weir::converters::schema_registry
