// How JSON Schema and Kafka Connect's data are mapped: Confluent's keys.
#pragma once

namespace weir::json_schema {

struct Options {
  bool generalized_sum_types{false};
  bool ignore_default_for_nullables{false};
  bool object_additional_properties{true};
  bool optional_for_nonrequired{false};
  bool numeric_decimals{false};
  bool flatten_singleton_unions{true};
};

/// Names and parameters by which Confluent's mapping marks a Connect schema.
inline constexpr const char* kEnumParameter = "io.confluent.connect.json.Enum";
inline constexpr const char* kIdParameter = "io.confluent.connect.json.Id";
inline constexpr const char* kUnionName = "io.confluent.connect.json.OneOf";
inline constexpr const char* kOwnNames = "io.confluent.connect.json";
inline constexpr const char* kGeneralUnion = "org.apache.kafka.connect.data.Union";
inline constexpr const char* kGeneralEnum = "org.apache.kafka.connect.data.Enum";
inline constexpr const char* kGeneralUnionPrefix = "connect_union_";
inline constexpr const char* kNullMarker = "<NULL>";

}  // namespace weir::json_schema
