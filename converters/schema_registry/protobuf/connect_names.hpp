// Names and parameters by which Confluent's Protobuf mapping marks a Connect schema, and what both
// directions ask of descriptors and schemas. Any thread.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <weir/value.hpp>

#include "data_options.hpp"

namespace weir::converters::schema_registry::protobuf {

namespace pb = google::protobuf;

inline constexpr std::string_view kDefaultName = "ConnectDefault";
inline constexpr std::string_view kTagParameter = "io.confluent.connect.protobuf.Tag";
inline constexpr std::string_view kTypeParameter = "io.confluent.connect.protobuf.Type";
inline constexpr std::string_view kWrapperParameter = "io.confluent.connect.protobuf.Wrapper";
inline constexpr std::string_view kEnumParameter = "io.confluent.connect.protobuf.Enum";
inline constexpr std::string_view kUnionName = "io.confluent.connect.protobuf.Union";
inline constexpr std::string_view kGeneralUnion = "org.apache.kafka.connect.data.Union";
inline constexpr std::string_view kGeneralEnum = "org.apache.kafka.connect.data.Enum";
inline constexpr std::string_view kPrecisionParameter = "connect.decimal.precision";
inline constexpr std::string_view kScaleParameter = "scale";

inline constexpr std::string_view kDecimalType = "confluent.type.Decimal";
inline constexpr std::string_view kDateType = "google.type.Date";
inline constexpr std::string_view kTimeType = "google.type.TimeOfDay";
inline constexpr std::string_view kTimestampType = "google.protobuf.Timestamp";

enum class Logical { none, decimal, date, time, timestamp };

/// By a message type's name.
Logical logical_of(const pb::Descriptor& message) noexcept;
/// By a Connect schema's name.
Logical logical_of(const weir_schema& schema) noexcept;

/// The Connect type of google.protobuf.Int32Value and so on; Kind::null: no wrapper.
Kind wrapped_kind(const pb::Descriptor& message) noexcept;

/// A repeated message that stands for a map: XEntry with key and value.
bool is_map(const pb::FieldDescriptor& field) noexcept;

/// "tags" + Entry <-> field names of maps: TagsEntry -> tags, foo_bar -> FooBarEntry.
std::string map_entry_name(std::string_view name);
std::string map_field_name(std::string_view entry_name);

/// The Connect field of a oneof.
std::string union_field_name(const pb::OneofDescriptor& oneof, const DataOptions& options);

bool is_union(const weir_schema& schema) noexcept;

/// nullptr: not there.
const weir_bytes* parameter(const weir_schema& schema, std::string_view name) noexcept;
inline std::string_view parameter_text(const weir_schema& schema, std::string_view name) noexcept {
  const weir_bytes* found = parameter(schema, name);
  return found == nullptr ? std::string_view() : text_of(*found);
}

/// The name as an identifier: what cannot stand in one becomes the bytes of its URL encoding, then
/// '_'.
std::string scrub_name(std::string_view name);

}  // namespace weir::converters::schema_registry::protobuf
