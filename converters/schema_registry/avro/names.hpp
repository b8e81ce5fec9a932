// The names that Confluent's AvroData puts into schemas.
#pragma once

#include <string_view>
#include <weir/schema.hpp>

namespace weir::converters::schema_registry::avro {

inline constexpr std::string_view kNamespace = "io.confluent.connect.avro";
inline constexpr std::string_view kDefaultName = "ConnectDefault";
inline constexpr std::string_view kDefaultFullName = "io.confluent.connect.avro.ConnectDefault";
inline constexpr std::string_view kMapEntry = "MapEntry";
inline constexpr std::string_view kAnything = "io.confluent.connect.avro.Anything";
inline constexpr std::string_view kUnionName = "io.confluent.connect.avro.Union";
inline constexpr std::string_view kEnumParameter = "io.confluent.connect.avro.Enum";
inline constexpr std::string_view kGeneralizedEnum = "org.apache.kafka.connect.data.Enum";
inline constexpr std::string_view kGeneralizedUnion = "org.apache.kafka.connect.data.Union";
inline constexpr std::string_view kRecordDoc = "io.confluent.connect.avro.record.doc";
inline constexpr std::string_view kFieldDoc = "io.confluent.connect.avro.field.doc.";
inline constexpr std::string_view kEnumDoc = "io.confluent.connect.avro.enum.doc.";
inline constexpr std::string_view kEnumDefault = "io.confluent.connect.avro.enum.default.";
inline constexpr std::string_view kFieldDefault = "io.confluent.connect.avro.field.default";

inline constexpr std::string_view kConnectName = "connect.name";
inline constexpr std::string_view kConnectDoc = "connect.doc";
inline constexpr std::string_view kConnectRecordDoc = "connect.record.doc";
inline constexpr std::string_view kConnectEnumDoc = "connect.enum.doc";
inline constexpr std::string_view kConnectVersion = "connect.version";
inline constexpr std::string_view kConnectDefault = "connect.default";
inline constexpr std::string_view kConnectParameters = "connect.parameters";
inline constexpr std::string_view kConnectInternalType = "connect.internal.type";
inline constexpr std::string_view kConnectType = "connect.type";
inline constexpr std::string_view kFixedSize = "connect.fixed.size";
inline constexpr std::string_view kDecimalPrecision = "connect.decimal.precision";
inline constexpr std::int64_t kDefaultPrecision = 64;
inline constexpr std::string_view kAvroPrefix =
    "avro";  // properties that become parameters and back

/// The parameter of that name; data NULL: none.
inline weir_bytes parameter_of(const weir_schema& schema, std::string_view key) noexcept {
  for (std::size_t i = 0; i < schema.parameter_count; ++i) {
    if (text_of(schema.parameters[i].key) == key) {
      return schema.parameters[i].value;
    }
  }
  return kAbsent;
}
inline bool has_parameter(const weir_schema& schema, std::string_view key) noexcept {
  return parameter_of(schema, key).data != nullptr;
}
inline bool starts_with(std::string_view text, std::string_view start) noexcept {
  return text.substr(0, start.size()) == start;
}
/// A struct that stands for an Avro union: one field for each branch.
inline bool is_union(const weir_schema& schema) noexcept {
  return schema.type == WEIR_KIND_STRUCT &&
         (text_of(schema.name) == kUnionName || has_parameter(schema, kGeneralizedUnion));
}

}  // namespace weir::converters::schema_registry::avro
