// Files that a .proto may import without bringing them along. Any thread.
#pragma once

#include <string_view>

namespace weir::converters::schema_registry::protobuf {

inline constexpr std::string_view kMetaFile = "confluent/meta.proto";
inline constexpr std::string_view kDecimalFile = "confluent/type/decimal.proto";
inline constexpr std::string_view kDateFile = "google/type/date.proto";
inline constexpr std::string_view kTimeOfDayFile = "google/type/timeofday.proto";
inline constexpr std::string_view kTimestampFile = "google/protobuf/timestamp.proto";
inline constexpr std::string_view kWrappersFile = "google/protobuf/wrappers.proto";

/// The text of confluent/... and google/type/...; empty: not one of them. (google/protobuf/... is
/// in libprotobuf.)
std::string_view known_file(std::string_view name) noexcept;

}  // namespace weir::converters::schema_registry::protobuf
