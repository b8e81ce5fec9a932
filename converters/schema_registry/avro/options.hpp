// What AvroData's keys say about mapping schemas.
#pragma once

namespace weir::converters::schema_registry::avro {

struct AvroOptions {
  bool enhanced{false};             ///< enhanced.avro.schema.support
  bool connect_meta_data{true};     ///< connect.meta.data
  bool scrub_invalid_names{false};  ///< scrub.invalid.names
  bool discard_doc_default{false};  ///< discard.type.doc.default
  bool optional_map_keys{false};    ///< allow.optional.map.keys
  bool flatten_singletons{true};    ///< flatten.singleton.unions
  bool generalized{false};          ///< generalized.sum.type.support
  bool ignore_default{false};       ///< ignore.default.for.nullables
};

}  // namespace weir::converters::schema_registry::avro
