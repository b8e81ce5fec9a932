// Avro's binary form into values. Hostile data gets an error: never more memory than a fixed
// multiple of its own size.
#pragma once

#include <string_view>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "read_plan.hpp"

namespace weir::converters::schema_registry::avro {

/// What the value points to lives in the arena, in `data`, or as long as the plan. Bytes after the
/// value are ignored, as Java's reader does.
Result<Value> decode(const ReadPlan& plan, std::string_view data, Arena arena);

/// A decimal as text, from its unscaled bytes.
Result<Value> decimal_value(std::string_view unscaled, std::int32_t scale, Arena arena);

}  // namespace weir::converters::schema_registry::avro
