// Kafka Connect schemas as JSON: the "schema" half of JsonConverter's envelope, and values under such a schema.
// Facts: org.apache.kafka.connect.json.JsonConverter 4.1.
#pragma once

#include <weir/json.hpp>
#include <weir/schema.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::runtime::data {

struct JsonRules {
  bool replace_null_with_default{true};
  bool numeric_decimals{false};
};

/// Reads a schema from parsed JSON (json::ReadOptions::exact_numbers). nullptr for JSON null. With `stable` its texts are
/// copied into the arena; else they borrow from the JSON. Errc::bad_record with Kafka Connect's words.
Result<const weir_schema*> schema_from_json(const Value& json, Arena arena, bool stable, const JsonRules& rules);

/// A value from parsed JSON (exact_numbers) under a schema. json nullptr: there was no such field.
Result<Value> value_from_json(const weir_schema* schema, const Value* json, Arena arena, const JsonRules& rules);

/// Writes a schema; field_name (may be absent) is added as the last member. Errc::bad_record: a default that does not
/// fit, or a schema that contains itself (Protobuf and JSON Schema have such).
Result<void> schema_to_json(const weir_schema* schema, json::detail::ArenaWriter& out, const JsonRules& rules,
                            const weir_bytes& field_name = kAbsent, std::uint32_t depth = 0);

/// Writes a value under its schema (nullptr: schemaless).
Result<void> value_to_json(const weir_schema* schema, const Value& value, json::detail::ArenaWriter& out,
                           const JsonRules& rules);

}  // namespace weir::runtime::data
