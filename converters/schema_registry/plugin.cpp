#include "avro/avro_converter.hpp"

#include <weir/plugin.hpp>

WEIR_PLUGIN("weir-schema-registry", "1.0.0", weir::component<weir::converters::schema_registry::avro::AvroConverter>())
