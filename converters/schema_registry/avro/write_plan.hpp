// How to write values of one Kafka Connect schema as one Avro schema: made once, then followed for
// every record.
#pragma once

#include <weir/abi.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>
#include <weir/result.hpp>

#include "avro_schema.hpp"
#include "options.hpp"

namespace weir::converters::schema_registry::avro {

enum class WriteOp : std::uint8_t {
  boolean,
  integer,
  float32,
  float64,
  text,
  symbol,
  binary,
  fixed,
  decimal,
  fixed_decimal,
  date,
  time,
  timestamp,
  array,
  map,
  entries,
  record,
  choice,
  anything
};

struct WritePlan {
  struct FieldPlan {
    std::string_view name;  ///< in the value
    std::size_t index{0};   ///< in the schema
    const WritePlan* plan{
        nullptr};  ///< nullptr: the value's schema has no such field; `constant` is written
    std::string constant;
  };

  WriteOp op{WriteOp::anything};
  const weir_schema* schema{nullptr};  ///< borrowed; of the value
  int null_branch{-1};                 ///< index of null in the union; -1: null cannot be written
  int branch{-1};                      ///< index that stands before the value; -1: no union
  Type number{Type::integer};  ///< integer: as what it is written (int, long, float, double)
  std::int64_t factor{1};      ///< time, timestamp: 1000 for microseconds
  std::int32_t scale{0};
  std::uint32_t size{0};
  const WritePlan* inner{nullptr};
  const WritePlan* key{nullptr};
  std::vector<FieldPlan> fields;  ///< record: in Avro's order; choice: the alternatives
  std::vector<std::string_view> symbols;
  bool ignore_default{false};  ///< record: null fields stay null
};

/// Owns what it makes. One thread.
class WritePlans {
 public:
  /// schema (nullptr: values without schema) and avro outlive this. bad_record: at which field the
  /// two do not fit.
  Result<const WritePlan*> make(const weir_schema* schema, const Node& avro,
                                const AvroOptions& options);

 private:
  friend class PlanMaker;
  std::deque<WritePlan> plans_;
};

}  // namespace weir::converters::schema_registry::avro
