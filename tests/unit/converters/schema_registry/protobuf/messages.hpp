// Messages in hexadecimal, read and written with a .proto, as the tests look at them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <runtime/data/json_schema.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/connect_text.hpp>

#include "protobuf/connect_schema.hpp"
#include "protobuf/decode_plan.hpp"
#include "protobuf/decoder.hpp"
#include "protobuf/proto_schema.hpp"

namespace weir::converters::schema_registry::protobuf {

inline std::string from_hex(std::string_view hex) {
  std::string out;
  int half = -1;
  for (const char c : hex) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit >= 0) {
      if (half >= 0) {
        out += static_cast<char>(half * 16 + digit);
      }
      half = half < 0 ? digit : -1;
    }
  }
  return out;
}

inline std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

/// One message type, ready to read.
class MessageType {
 public:
  explicit MessageType(const std::string& text, DataOptions options = {},
                       std::vector<ImportedFile> files = {}, std::vector<std::int32_t> path = {0})
      : options_(options) {
    auto proto = ProtoSchema::compile(text, files);
    if (!proto) {
      error_ = proto.error().message;
      return;
    }
    proto_ = *std::move(proto);
    const auto type = proto_->message_at(path);
    if (!type) {
      error_ = type.error().message;
      return;
    }
    type_ = *type;
    const auto schema = connect_schema(*proto_, *type_, options_, std::nullopt, arena_.view());
    if (!schema) {
      error_ = schema.error().message;
      return;
    }
    schema_ = *schema;
    auto plan = DecodePlan::make(*proto_, *type_, schema_, options_, arena_.view());
    if (!plan) {
      error_ = plan.error().message;
      return;
    }
    plan_ = *std::move(plan);
  }

  const std::string& error() const { return error_; }
  const ProtoSchema& proto() const { return *proto_; }
  const pb::Descriptor& type() const { return *type_; }
  const weir_schema* schema() const { return schema_; }
  const DataOptions& options() const { return options_; }

  Result<Value> value(std::string_view bytes) {
    if (plan_ == nullptr) {
      return bad_record("no plan: " + error_);
    }
    return decoder_.decode(plan_->root(), arena_.view().copy(bytes), arena_.view());
  }

  /// Kafka Connect's text of the value ("Struct{a=1}"; fields that are null are left out), or
  /// "error: ...".
  std::string read(std::string_view hex) {
    const auto read = value(from_hex(hex));
    if (!read) {
      return "error: " + read.error().message;
    }
    std::string out;
    connect::append_java_string(out, *read);
    return out;
  }

  /// The schema as JsonConverter writes it.
  std::string schema_json() {
    if (schema_ == nullptr) {
      return "error: " + error_;
    }
    json::detail::ArenaWriter out{json::detail::ArenaBuffer(arena_.view())};
    const auto done = runtime::data::schema_to_json(schema_, out, {});
    return done ? std::string(out.finish()) : "error: " + done.error().message;
  }
  std::string field_json(std::string_view name) {
    const weir_field* field = schema_ == nullptr ? nullptr : view(schema_)->field(name);
    if (field == nullptr) {
      return "no field " + std::string(name) + error_;
    }
    json::detail::ArenaWriter out{json::detail::ArenaBuffer(arena_.view())};
    const auto done = runtime::data::schema_to_json(field->schema, out, {});
    return done ? std::string(out.finish()) : "error: " + done.error().message;
  }

 private:
  DataOptions options_;
  std::unique_ptr<const ProtoSchema> proto_;
  const pb::Descriptor* type_{nullptr};
  const weir_schema* schema_{nullptr};
  std::unique_ptr<const DecodePlan> plan_;
  OwnedArena arena_;
  Decoder decoder_;
  std::string error_;
};

}  // namespace weir::converters::schema_registry::protobuf
