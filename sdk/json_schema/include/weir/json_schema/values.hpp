// JSON values under a Connect schema that came from a JSON Schema, both ways, as Confluent's JsonSchemaData has it.
// Any thread; nothing here keeps state.
#pragma once

#include <weir/arena.hpp>
#include <weir/json.hpp>
#include <weir/json_schema/options.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

namespace weir::json_schema {

/// json: read with json::ReadOptions::exact_numbers; nullptr: there is no such member. Errc::bad_record in Kafka Connect's
/// words.
Result<Value> value_from_json(const weir_schema* schema, const Value* json, Arena arena);

/// Writes a value; schema nullptr: schemaless.
Result<void> value_to_json(const weir_schema* schema, const Value& value, json::detail::ArenaWriter& out,
                           const Options& options);

bool is_union(const weir_schema& schema) noexcept;

}  // namespace weir::json_schema
