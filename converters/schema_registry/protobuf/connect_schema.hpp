// The Connect schema of a message type, as Confluent's ProtobufData makes it.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <optional>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>

#include "connect_names.hpp"
#include "proto_schema.hpp"

namespace weir::converters::schema_registry::protobuf {

/// A stable schema; the arena lives as long as the task. A message type that contains itself gives
/// a schema that does so too. Errc::bad_record: a type that Connect has nothing for (a group), or
/// more than 100,000 fields.
Result<const weir_schema*> connect_schema(const ProtoSchema& proto, const pb::Descriptor& message,
                                          const DataOptions& options,
                                          std::optional<std::int32_t> version, Arena arena);

}  // namespace weir::converters::schema_registry::protobuf
