// A .proto for a Connect schema, as Confluent's ProtobufData makes it.
#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <weir/result.hpp>
#include <weir/schema.hpp>

#include "data_options.hpp"

namespace weir::converters::schema_registry::protobuf {

struct GeneratedProto {
  google::protobuf::FileDescriptorProto file;  ///< imports known files only
  std::string message;                         ///< full name of the root's message
};

/// Errc::bad_record: what Protobuf has nothing for (lists and maps at the top or in each other), or
/// a name that is none.
Result<GeneratedProto> generate_proto(const weir_schema& schema, const DataOptions& options);

/// The file as text, in the registry's canonical layout. For files that generate_proto makes.
std::string proto_text(const google::protobuf::FileDescriptorProto& file);

}  // namespace weir::converters::schema_registry::protobuf
