// What a decoder does with each field of a message type: made once from the descriptor and its
// Connect schema.
#pragma once

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "connect_names.hpp"
#include "proto_schema.hpp"

namespace weir::converters::schema_registry::protobuf {

/// Values of an enum by number. proto3: any number is one; proto2: others are unknown fields.
struct EnumPlan {
  bool as_int{false};
  bool open{true};
  std::string name;
  std::unordered_map<std::int32_t, std::string_view> symbols;  ///< texts live in the plan's arena
};

struct MessagePlan;

struct FieldPlan {
  enum class Op : std::uint8_t {
    int32,
    int64,
    uint32,
    uint64,
    sint32,
    sint64,
    boolean,
    enumeration,
    fixed32,
    fixed64,
    sfixed32,
    sfixed64,
    float32,
    float64,
    string,
    bytes,
    message
  };
  enum class Shape : std::uint8_t { single, repeated, map };

  Op op{Op::int32};
  Shape shape{Shape::single};
  Kind kind{Kind::int32};  ///< of the Connect value
  std::uint8_t wire{0};    ///< wire type of one value
  bool check_utf8{true};   ///< proto3: invalid text is an error; else it is replaced
  bool required{false};
  bool default_message{false};  ///< absent: its default instance instead of null
  std::uint32_t number{0};
  std::uint32_t slot{0};    ///< in the struct; of a union member: the union's
  std::int32_t member{-1};  ///< in the union; -1: not in one
  std::int32_t oneof{-1};   ///< of which oneof; flattened unions have this, but no member
  std::int32_t state{-1};   ///< index of its state while a message is read; -1: needs none
  const MessagePlan* message{nullptr};  ///< of the entry, when a map
  const EnumPlan* symbols{nullptr};
  std::string_view name;
};

struct MessagePlan {
  enum class Form : std::uint8_t { structure, wrapper, decimal, date, time, timestamp, entry };

  Form form{Form::structure};
  std::string full_name;
  std::vector<FieldPlan> fields;
  std::vector<std::int16_t> by_number;  ///< small numbers: index of the field, -1 none
  std::unordered_map<std::uint32_t, std::int16_t> others;  ///< large ones
  std::vector<weir_member> empty;                ///< the struct of a message without fields
  std::vector<std::vector<weir_member>> unions;  ///< by oneof: its struct, all null
  std::uint32_t states{0};  ///< one for each oneof, then one for each field that needs it
  std::uint32_t oneofs{0};
  bool has_required{false};
  bool has_default_messages{false};

  const FieldPlan* find(std::uint32_t number) const noexcept {
    if (number < by_number.size()) {
      const std::int16_t i = by_number[number];
      return i < 0 ? nullptr : &fields[static_cast<std::size_t>(i)];
    }
    const auto it = others.find(number);
    return it == others.end() ? nullptr : &fields[static_cast<std::size_t>(it->second)];
  }
};

/// The plans of a message type and of all that it holds. Immutable once made; it borrows from the
/// schema's arena.
class DecodePlan {
 public:
  /// schema: from connect_schema() with the same options.
  static Result<std::unique_ptr<const DecodePlan>> make(const ProtoSchema& proto,
                                                        const pb::Descriptor& message,
                                                        const weir_schema* schema,
                                                        const DataOptions& options, Arena arena);
  const MessagePlan& root() const noexcept { return *root_; }

 private:
  friend class PlanMaker;
  const MessagePlan* root_{nullptr};
  std::vector<std::unique_ptr<MessagePlan>> messages_;
  std::vector<std::unique_ptr<EnumPlan>> enums_;
};

}  // namespace weir::converters::schema_registry::protobuf
