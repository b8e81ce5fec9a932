// How to read one Avro schema's data into values: made once per schema, then followed for every
// record.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>
#include <weir/value.hpp>

namespace weir::converters::schema_registry::avro {

enum class ReadOp : std::uint8_t {
  nothing,
  boolean,
  int8,
  int16,
  int32,
  int64,
  float32,
  float64,
  text,
  binary,
  fixed,
  decimal,
  fixed_decimal,
  date,
  time,
  timestamp,
  symbol,
  array,
  map,
  entries,
  record,
  optional,
  single,
  choice,
  anything
};

struct ReadPlan {
  struct Named {
    weir_value key;  ///< the member's name
    const ReadPlan* plan{nullptr};
  };

  ReadOp op{ReadOp::nothing};
  bool null_second{false};  ///< optional: the union is [X, null]
  bool value_first{false};  ///< entries: the record's fields are value, key
  std::int32_t scale{0};
  std::uint32_t size{0};           ///< fixed
  std::uint32_t min_bytes{0};      ///< the least that a value takes
  const ReadPlan* inner{nullptr};  ///< items, values, the optional type
  const ReadPlan* key{nullptr};    ///< entries
  std::vector<Named> fields;       ///< record; choice: the struct's fields
  std::vector<int> branches;       ///< choice: of each branch the field, -1: null
  std::vector<std::string_view> symbols;
};

}  // namespace weir::converters::schema_registry::avro
