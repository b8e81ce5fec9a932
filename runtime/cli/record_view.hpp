// A record inside the chain, as a person or a script reads it.
#pragma once

#include <optional>
#include <string>
#include <vector>
#include <weir/record.hpp>

#include "runtime/http/json_writer.hpp"

namespace weir::runtime::cli {

struct PartView {
  std::string json;
  std::string type;  ///< {a: int64, b: string?}; of a schema, or of the value itself
  bool operator==(const PartView&) const = default;
};

struct RecordView {
  std::string topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> timestamp;
  PartView key;
  PartView value;
  struct HeaderView {
    std::string name;
    PartView value;
    bool operator==(const HeaderView&) const = default;
  };
  std::vector<HeaderView> headers;

  static RecordView of(Record record);
  /// Names of the members that differ: topic, partition, timestamp, key, value, headers.
  std::vector<std::string> differences(const RecordView& before) const;
  void write(http::JsonWriter& out) const;
};

/// The type of a value under its schema (may be null).
std::string type_of(const Value& value, const weir_schema* schema);

}  // namespace weir::runtime::cli
