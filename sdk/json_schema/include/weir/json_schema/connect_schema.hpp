// The Connect schema of a JSON Schema, as Confluent's JsonSchemaData makes it.
#pragma once

#include <cstdint>
#include <optional>
#include <weir/arena.hpp>
#include <weir/json_schema/document.hpp>
#include <weir/json_schema/options.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>

namespace weir::json_schema {

/// A stable schema; the arena lives as long as the task. Schemas that refer to themselves give one that contains itself.
/// Properties without connect.index keep the document's order. Errc::bad_record names the place (#/properties/x) of what
/// Connect has nothing for.
Result<const weir_schema*> connect_schema(const Document& document, const Options& options,
                                          std::optional<std::int32_t> version, Arena arena);

}  // namespace weir::json_schema
