// How Protobuf and Kafka Connect's data are mapped: Confluent's keys.
#pragma once

namespace weir::converters::schema_registry::protobuf {

struct DataOptions {
  bool generalized_sum_types{false};
  bool ignore_default_for_nullables{false};
  bool enhanced{false};  ///< names with their package
  bool scrub_invalid_names{false};
  bool int_for_enums{false};
  bool optional_for_nullables{false};
  bool optional_for_proto2{true};
  bool wrapper_for_nullables{false};
  bool wrapper_for_raw_primitives{true};
  bool generate_struct_for_nulls{false};
  bool generate_index_for_unions{true};
  bool flatten_unions{false};
};

}  // namespace weir::converters::schema_registry::protobuf
