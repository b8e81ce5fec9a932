// The row of the product view that the look-up put beside an item.
#pragma once

#include <weir/value.hpp>

#include <charconv>
#include <cstdint>
#include <string_view>

namespace weir::transforms::receipt {

/// Columns by their lower-case names. Numbers may come as numbers or as text, depending on the driver.
class Product {
 public:
  explicit Product(Value row) : row_(row) {}
  /// False: the SKU is unknown.
  explicit operator bool() const { return row_.is_object(); }
  std::string_view text(std::string_view column) const {
    const Value* v = row_.find(column);
    return v != nullptr && (v->is_string() || v->is(Kind::decimal)) ? v->text() : std::string_view();
  }
  /// Null for NULL and for the empty text.
  Value text_or_null(std::string_view column) const {
    const std::string_view t = text(column);
    return t.empty() ? Value::null() : Value::string(t);
  }
  std::int64_t integer(std::string_view column) const {
    const Value* v = row_.find(column);
    if (v == nullptr) {
      return 0;
    }
    if (v->is_integer()) {
      return v->as_integer();
    }
    if (v->is_real()) {
      return static_cast<std::int64_t>(v->as_real());
    }
    std::int64_t n = 0;
    if (v->is_string() || v->is(Kind::decimal)) {
      std::from_chars(v->text().data(), v->text().data() + v->text().size(), n);
    }
    return n;
  }

 private:
  Value row_;
};

inline constexpr std::string_view kPolicyStart = "Change of mind within ";
inline constexpr std::string_view kPolicyEnd = " days with proof of purchase.";

}  // namespace weir::transforms::receipt
