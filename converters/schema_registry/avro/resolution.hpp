// Avro's schema resolution, as a question: can data of one schema be read with another one?
#pragma once

#include <weir/result.hpp>

#include "avro_schema.hpp"

namespace weir::converters::schema_registry::avro {

/// bad_record says at which path and why not.
Result<void> can_read(const Node& reader, const Node& writer);

}  // namespace weir::converters::schema_registry::avro
