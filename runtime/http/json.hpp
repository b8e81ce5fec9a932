// JSON as it was sent: numbers keep their text (1.50 stays 1.50), members their order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/result.hpp>

namespace weir::runtime::http {

struct Json {
  enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

  Kind kind{Kind::null};
  std::string text;  ///< text: the characters; number: its literal; boolean: "true" or "false"
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  bool is_null() const noexcept { return kind == Kind::null; }
  bool is_object() const noexcept { return kind == Kind::object; }
  bool is_array() const noexcept { return kind == Kind::array; }
  bool is_scalar() const noexcept { return !is_object() && !is_array() && !is_null(); }
  /// nullptr: no such member, or not an object.
  const Json* find(std::string_view name) const noexcept;
  /// The text of that member when it is a scalar, else "".
  std::string_view text_of(std::string_view name) const noexcept;
  /// Compact JSON.
  std::string dump() const;
};

/// One complete document. Errors (bad_config): no JSON, invalid UTF-8, deeper than 128 levels, a
/// repeated member name.
Result<Json> parse_json(std::string_view text);

}  // namespace weir::runtime::http
