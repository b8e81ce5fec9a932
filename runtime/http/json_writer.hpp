// Writes compact JSON text in the order of the calls. Boost.JSON's serializer writes 1.5 as 1.5E0
// and can't carry raw text, and clients compare what they get with Kafka Connect's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::runtime::http {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);  ///< bytes that are not UTF-8 become U+FFFD
  JsonWriter& number(std::int64_t value) { return raw(std::to_string(value)); }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  JsonWriter& raw(std::string_view json);  ///< a complete JSON value
  JsonWriter& text_or_null(const std::optional<std::string>& value) {
    return value ? text(*value) : null();
  }

  JsonWriter& member(std::string_view name, std::string_view value) {
    return key(name).text(value);
  }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
  JsonWriter& member(std::string_view name, int value) { return key(name).number(value); }
  JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }

  std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char c);
  JsonWriter& close(char c);
  void separate();

  std::string out_;
  bool first_{true};  // nothing stands before in the open object or array
};

}  // namespace weir::runtime::http
