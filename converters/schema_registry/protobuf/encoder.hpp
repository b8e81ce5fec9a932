// Connect value -> Protobuf bytes.
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "encode_plan.hpp"
#include "reverse_buffer.hpp"

namespace weir::converters::schema_registry::protobuf {

class Encoder {
 public:
  /// Writes the message in front of what the buffer holds. Errc::bad_record: a value that is not of
  /// its schema's type, in Kafka Connect's words. The arena is for scratch.
  static Result<void> encode(const EncodePlan& plan, const Value& value, const DataOptions& options,
                             Arena arena, ReverseBuffer& out);
};

}  // namespace weir::converters::schema_registry::protobuf
