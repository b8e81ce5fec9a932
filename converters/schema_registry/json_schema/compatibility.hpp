// Whether documents of one schema can be read with another, as far as their Connect schemas tell. Any thread.
#pragma once

#include <weir/result.hpp>
#include <weir/value.hpp>

namespace weir::converters::schema_registry::json_schema {

/// bad_record names the first field that `reader` lacks, or has with a type that does not hold the writer's.
Result<void> can_hold(const weir_schema& reader, const weir_schema& writer);

}  // namespace weir::converters::schema_registry::json_schema
