// Values into Avro's binary form. Any thread, one at a time per output.
#pragma once

#include <string>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "write_plan.hpp"

namespace weir::converters::schema_registry::avro {

/// Appends. On an error (bad_record, with the field's path) what was appended is of no use. The
/// arena is for what is made on the way.
Result<void> encode(const WritePlan& plan, const Value& value, Arena arena, std::string& out);

/// The bytes of a field's default, of which that of a union is one of its first type.
Result<std::string> encode_default(const Node& node, const Value& json);

}  // namespace weir::converters::schema_registry::avro
