// Values and schemas as the files in vectors/ show them.
#pragma once

#include <string>
#include <weir/value.hpp>

namespace weir::conformance {

/// INT8, STRUCT?(name)v1<a:STRING,>, "-" without a schema.
std::string shown_type(const weir_schema* schema);
/// Byte:1, "text", Map{...}: values with their Java types.
std::string shown(const Value& v, const weir_schema* schema);

}  // namespace weir::conformance
