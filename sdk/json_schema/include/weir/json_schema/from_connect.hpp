// The JSON Schema of a Connect schema, as Confluent's JsonSchemaData makes it. Any thread.
#pragma once

#include <string>
#include <weir/json_schema/options.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>

namespace weir::json_schema {

/// Compact text. Errc::bad_record: nested too deep (a schema that contains itself without ids).
Result<std::string> schema_text(const weir_schema& schema, const Options& options);

}  // namespace weir::json_schema
