// Records as lines of JSON: what `weir transform` reads and writes.
#pragma once

#include <weir/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::runtime::data {

/// A record as bytes; nullopt is Kafka's null.
struct RecordLine {
  using Bytes = std::optional<std::string>;
  std::string topic;
  std::optional<std::int32_t> partition;
  std::int64_t offset{0};
  std::optional<std::int64_t> timestamp;
  Bytes key;
  Bytes value;
  std::vector<std::pair<std::string, Bytes>> headers;
};

/// Reads {"topic","partition" (0),"offset" (0),"timestamp" (none),"key","value","headers":[[name,text or null],...]}.
/// Bytes that are not UTF-8 stand as key_base64, value_base64, and {"base64":"..."} in a header.
/// Errc::bad_record: not such an object.
Result<RecordLine> read_record_line(std::string_view line);

/// {"topic","partition","timestamp","key","value","headers"} without a line end; partition and timestamp are left out
/// when there are none, the offset always.
std::string write_record_line(const RecordLine& record);

/// {"dropped":true}
std::string write_dropped_line();

/// {"error":stage,"message":message}
std::string write_error_line(std::string_view stage, std::string_view message);

}  // namespace weir::runtime::data
