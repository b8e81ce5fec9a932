// Protobuf bytes -> Connect value, straight into the batch's arena.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include "decode_plan.hpp"
#include "wire_reader.hpp"

namespace weir::converters::schema_registry::protobuf {

/// Keeps memory between messages; one thread at a time.
class Decoder {
 public:
  /// Texts and bytes borrow from the message. Errc::bad_record: not such a message, in
  /// protobuf-java's words; more than kMaxMessageDepth messages in each other.
  Result<Value> decode(const MessagePlan& plan, std::string_view message, Arena arena);

 private:
  struct State {
    bool seen{false};
    std::uint32_t count{0};
    std::uint32_t capacity{0};
    void* list{nullptr};         // weir_value or weir_member
    std::string_view message{};  // of a single message field
    Value value{};               // of a oneof's member
  };
  class Call;

  std::vector<State> states_;
};

}  // namespace weir::converters::schema_registry::protobuf
