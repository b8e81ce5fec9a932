#include "avro/avro_converter.hpp"
#include "protobuf/protobuf_converter.hpp"

#include <weir/plugin.hpp>

WEIR_PLUGIN("weir-schema-registry", "1.0.0", weir::component<weir::converters::schema_registry::avro::AvroConverter>(),
            weir::component<weir::converters::schema_registry::protobuf::ProtobufConverter>())
