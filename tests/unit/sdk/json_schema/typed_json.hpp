// A JSON Schema, the Connect schema that it gives, and JSON under it, as the tests look at them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <runtime/data/json_schema.hpp>
#include <string>
#include <string_view>
#include <vector>
#include <weir/connect_text.hpp>
#include <weir/json_schema/connect_schema.hpp>
#include <weir/json_schema/from_connect.hpp>
#include <weir/json_schema/values.hpp>

namespace weir::json_schema {

class TypedJson {
 public:
  explicit TypedJson(std::string_view text, Options options = {}, std::vector<ReferencedDocument> references = {},
                     std::optional<std::int32_t> version = {})
      : options_(options) {
    auto document = Document::parse(text, references);
    if (!document) {
      error_ = document.error().message;
      return;
    }
    const auto schema = connect_schema(**document, options, version, arena_.view());
    if (!schema) {
      error_ = schema.error().message;
      return;
    }
    schema_ = *schema;
  }

  const std::string& error() const { return error_; }
  const weir_schema* schema() const { return schema_; }

  /// The schema as JsonConverter writes it, or "error: ...".
  std::string connect() {
    if (schema_ == nullptr) {
      return "error: " + error_;
    }
    json::detail::ArenaWriter out{json::detail::ArenaBuffer(arena_.view())};
    const auto done = runtime::data::schema_to_json(schema_, out, {});
    return done ? std::string(out.finish()) : "error: " + done.error().message;
  }

  Result<Value> value(std::string_view text) {
    const json::ReadOptions exact{.exact_numbers = true};
    auto read = json::read(arena_.view().copy(text), arena_.view(), exact);
    return read ? value_from_json(schema_, &*read, arena_.view()) : read;
  }

  /// Kafka Connect's text of the value, or "error: ...".
  std::string read(std::string_view text) {
    const auto read = value(text);
    if (!read) {
      return "error: " + read.error().message;
    }
    std::string out;
    connect::append_java_string(out, *read);
    return out;
  }

  /// JSON, read and written again.
  std::string again(std::string_view text) {
    const auto read = value(text);
    return read ? write(*read) : "error: " + read.error().message;
  }
  std::string write(const Value& value) {
    json::detail::ArenaWriter out{json::detail::ArenaBuffer(arena_.view())};
    const auto done = value_to_json(schema_, value, out, options_);
    return done ? std::string(out.finish()) : "error: " + done.error().message;
  }

 private:
  Options options_;
  OwnedArena arena_;
  const weir_schema* schema_{nullptr};
  std::string error_;
};

}  // namespace weir::json_schema
