// Records as lines of JSON, the input and output of weir transform.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <weir/arena.hpp>
#include <weir/record.hpp>
#include <weir/result.hpp>

#include "runtime/http/json_writer.hpp"

namespace weir::runtime::cli {

using Bytes = std::optional<std::string>;  ///< nullopt: Kafka's null

struct LineRecord {
  std::string topic;
  std::int32_t partition{0};
  std::int64_t offset{0};
  std::optional<std::int64_t> timestamp;
  Bytes key;
  Bytes value;
  std::vector<std::pair<std::string, Bytes>> headers;
};

/// {"topic","partition","offset","timestamp","key","value","headers":[[name,text]]}; `key_base64`,
/// `value_base64` and {"base64":...} in a header for bytes that are not UTF-8. Error: bad_record
/// with the reason.
Result<LineRecord> parse_record_line(const std::string& line);

/// Members `name` or, for bytes that are not UTF-8, `name`_base64.
void write_bytes(http::JsonWriter& out, const std::string& name,
                 std::optional<std::string_view> bytes);
/// One header as [name, text].
void write_header(http::JsonWriter& out, std::string_view name,
                  std::optional<std::string_view> bytes);

}  // namespace weir::runtime::cli
