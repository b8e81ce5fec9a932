// How a Connect struct becomes a message: made once from its schema and the message's descriptor.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "connect_names.hpp"
#include "proto_schema.hpp"

namespace weir::converters::schema_registry::protobuf {

struct MessageWriter;

struct FieldWriter {
  enum class Form : std::uint8_t {
    int32,  ///< also enum, uint32
    int64,  ///< also uint64
    uint32,
    sint32,
    sint64,
    boolean,
    fixed32,
    fixed64,
    float32,
    float64,
    string,
    bytes,
    symbol,  ///< an enum given by its name
    structure,
    decimal,
    date,
    time,
    timestamp
  };
  enum class Shape : std::uint8_t { single, repeated, map };

  Form form{Form::int32};
  Shape shape{Shape::single};
  bool packed{false};
  bool wrapped{false};   ///< a scalar in google.protobuf.Int32Value and so on
  bool presence{false};  ///< written even when it is zero
  std::uint32_t number{0};
  std::uint32_t slot{0};               ///< in the struct
  std::int32_t member{-1};             ///< in the union that stands there
  const weir_schema* schema{nullptr};  ///< of the value in the slot (of the member, in a union)
  const weir_schema* item{nullptr};    ///< of one item
  const weir_schema* whole{nullptr};   ///< the union's
  std::string name;
  const MessageWriter* message{nullptr};
  const MessageWriter* entry{nullptr};  ///< of a map
  std::unordered_map<std::string, std::int32_t> symbols;
};

struct MessageWriter {
  const weir_schema* schema{nullptr};
  std::vector<FieldWriter>
      fields;  ///< from the largest number to the smallest: written from the end
  std::string name;
};

/// Immutable once made; it borrows from the schema.
class EncodePlan {
 public:
  /// Fields are matched by name. Errc::bad_record: the message has no such field, or one of another
  /// type.
  static Result<std::unique_ptr<const EncodePlan>> make(const ProtoSchema& proto,
                                                        const pb::Descriptor& message,
                                                        const weir_schema* schema,
                                                        const DataOptions& options);
  const MessageWriter& root() const noexcept { return *root_; }
  /// The root is a scalar in a wrapper: the value is its one field.
  bool scalar() const noexcept { return scalar_; }

 private:
  friend class WriterMaker;
  const MessageWriter* root_{nullptr};
  bool scalar_{false};
  std::vector<std::unique_ptr<MessageWriter>> messages_;
};

}  // namespace weir::converters::schema_registry::protobuf
