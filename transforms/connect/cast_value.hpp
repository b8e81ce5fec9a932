// Casts one value as Java's Cast transform does.
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

namespace weir::transforms::connect {

/// schema: of the value, nullptr when schemaless. target: a primitive kind. Null stays null.
/// Errc::bad_record with Kafka Connect's words.
Result<Value> cast_value(const weir_schema* schema, const Value& value, Kind target, Arena arena);

}  // namespace weir::transforms::connect
