// Kafka Connect schemas as Avro schemas (Confluent's AvroData.fromConnectSchema).
#pragma once

#include <weir/abi.h>

#include <memory>
#include <weir/result.hpp>

#include "avro_schema.hpp"
#include "options.hpp"

namespace weir::converters::schema_registry::avro {

/// schema nullptr: the record Anything, which holds values without schema. Nothing of the result
/// points to `schema`. bad_record names what Avro cannot express: an illegal name
/// (scrub.invalid.names=true would help), a default of a wrong kind.
Result<std::unique_ptr<AvroSchema>> from_connect(const weir_schema* schema,
                                                 const AvroOptions& options);

}  // namespace weir::converters::schema_registry::avro
