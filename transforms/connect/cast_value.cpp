#include "cast_value.hpp"

#include "common.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

namespace weir::transforms::connect {
namespace {

Error out_of_range(std::string_view value) {
  return data_error({"Value (", value, ") was out of range for requested data type"});
}

// Java's (int) and (long) of a double: toward zero, saturating, NaN is 0.
template <class I>
I saturated(double d) {
  if (std::isnan(d)) {
    return 0;
  }
  if (d >= static_cast<double>(std::numeric_limits<I>::max())) {
    return std::numeric_limits<I>::max();
  }
  if (d <= static_cast<double>(std::numeric_limits<I>::min())) {
    return std::numeric_limits<I>::min();
  }
  return static_cast<I>(d);
}

std::string_view java_trim(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') {
    s.remove_prefix(1);
  }
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') {
    s.remove_suffix(1);
  }
  return s;
}

// Long.parseLong, within the limits of the width.
std::optional<std::int64_t> parse_integer(std::string_view s, std::int64_t low, std::int64_t high) {
  std::string plain;
  if (java::has_other_digits(s)) {
    plain = java::ascii_digits(s);
    s = plain;
  }
  if (s.size() > 1 && s.front() == '+' && s[1] != '-') {
    s.remove_prefix(1);
  }
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (s.empty() || ec != std::errc{} || end != s.data() + s.size() || n < low || n > high) {
    return std::nullopt;
  }
  return n;
}

// Double.parseDouble and Float.parseFloat: blanks around, a suffix, hexadecimal, NaN and Infinity.
template <class T>
std::optional<T> parse_real(std::string_view s) {
  s = java_trim(s);
  bool negative = false;
  if (!s.empty() && (s.front() == '+' || s.front() == '-')) {
    negative = s.front() == '-';
    s.remove_prefix(1);
  }
  T value{};
  if (s == "NaN" || s == "Infinity") {
    value = s == "NaN" ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::infinity();
    return negative ? -value : value;
  }
  if (!s.empty() && std::string_view("fFdD").find(s.back()) != std::string_view::npos &&
      !(s.size() > 1 && (s[1] == 'x' || s[1] == 'X') && s.find_first_of("pP") == std::string_view::npos)) {
    s.remove_suffix(1);
  }
  if (s.size() > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
    s.remove_prefix(2);
    if (s.find_first_of("pP") == std::string_view::npos || s.front() == '-' || s.front() == '+') {
      return std::nullopt;
    }
    const auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), value, std::chars_format::hex);
    if (ec != std::errc{} || end != s.data() + s.size()) {
      return std::nullopt;
    }
    return negative ? -value : value;
  }
  if (s.empty() || s.front() == '-' || s.front() == '+') {
    return std::nullopt;
  }
  // The grammar of a decimal, an exponent of any size.
  std::size_t i = 0;
  std::size_t digits = 0;
  bool point = false;
  for (; i < s.size() && ((s[i] >= '0' && s[i] <= '9') || (s[i] == '.' && !point)); ++i) {
    point = point || s[i] == '.';
    digits += s[i] == '.' ? 0 : 1;
  }
  if (digits == 0) {
    return std::nullopt;
  }
  bool big_exponent = true;
  if (i < s.size()) {
    if (s[i] != 'e' && s[i] != 'E') {
      return std::nullopt;
    }
    std::size_t k = i + 1;
    if (k < s.size() && (s[k] == '+' || s[k] == '-')) {
      big_exponent = s[k] == '+';
      ++k;
    }
    const std::size_t from = k;
    while (k < s.size() && s[k] >= '0' && s[k] <= '9') {
      ++k;
    }
    if (k == from || k != s.size()) {
      return std::nullopt;
    }
  }
  const auto r = std::from_chars(s.data(), s.data() + s.size(), value);
  if (r.ec == std::errc::result_out_of_range) {
    const auto d = java::parse_decimal(s);
    const bool zero = s.substr(0, i).find_first_of("123456789") == std::string_view::npos;
    const bool big = d ? static_cast<std::int64_t>(d->digits.size()) - d->scale > 0 : big_exponent;
    value = !zero && big ? std::numeric_limits<T>::infinity() : T{0};
  }
  return negative ? -value : value;
}

bool same_word(std::string_view s, std::string_view lower) {
  return s.size() == lower.size() && std::equal(s.begin(), s.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
         });
}

struct Limits {
  std::int64_t low;
  std::int64_t high;
};
Limits limits_of(Kind kind) {
  switch (kind) {
    case Kind::int8: return {INT8_MIN, INT8_MAX};
    case Kind::int16: return {INT16_MIN, INT16_MAX};
    case Kind::int32: return {INT32_MIN, INT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

Value narrowed(Kind target, std::int64_t n) {
  switch (target) {
    case Kind::int8: return Value::int8(static_cast<std::int8_t>(n));
    case Kind::int16: return Value::int16(static_cast<std::int16_t>(n));
    case Kind::int32: return Value::int32(static_cast<std::int32_t>(n));
    default: return Value::int64(n);
  }
}

Result<Value> to_integer(const Value& v, Kind target) {
  switch (v.type()) {
    case Kind::float32:
    case Kind::float64:
      return narrowed(target, target == Kind::int64 ? saturated<std::int64_t>(v.as.f64) : saturated<std::int32_t>(v.as.f64));
    case Kind::decimal: {
      const auto d = java::parse_decimal(v.text());
      return narrowed(target, d ? java::to_long(*d) : 0);
    }
    case Kind::string: {
      const Limits limits = limits_of(target);
      const auto n = parse_integer(v.text(), limits.low, limits.high);
      return n ? Result<Value>(narrowed(target, *n)) : out_of_range(v.text());
    }
    default:
      return narrowed(target, v.as.i64);  // integers and booleans
  }
}

template <class T>
Result<Value> to_real(const Value& v) {
  const auto made = [](T x) { return sizeof(T) == 4 ? Value::float32(static_cast<float>(x)) : Value::float64(static_cast<double>(x)); };
  switch (v.type()) {
    case Kind::float32:
    case Kind::float64:
      return made(static_cast<T>(v.as.f64));
    case Kind::decimal:
      return made(text::real_of<T>(v.text()));
    case Kind::string: {
      const auto parsed = parse_real<T>(v.text());
      return parsed ? Result<Value>(made(*parsed)) : out_of_range(v.text());
    }
    default:
      return made(static_cast<T>(v.as.i64));
  }
}

Value to_boolean(const Value& v) {
  switch (v.type()) {
    case Kind::float32:
    case Kind::float64:
      return Value::boolean(saturated<std::int64_t>(v.as.f64) != 0);
    case Kind::decimal: {
      const auto d = java::parse_decimal(v.text());
      return Value::boolean(d && java::to_long(*d) != 0);
    }
    case Kind::string:
      return Value::boolean(same_word(v.text(), "true"));
    default:
      return Value::boolean(v.as.i64 != 0);
  }
}

Value to_text(const Value& v, Arena arena) {
  switch (v.type()) {
    case Kind::string:
      return v;
    case Kind::timestamp:
      return Value::string(arena.copy(java::iso_text(v.as.i64)));
    case Kind::bytes:
      return Value::string(arena.copy(java::base64(v.text())));
    default: {
      std::string out;
      text::append_java_string(out, v);
      return Value::string(arena.copy(out));
    }
  }
}

// The plain number behind Date, Time and Timestamp.
Result<Value> encoded(std::string_view name, const Value& v) {
  if (!v.is(Kind::timestamp)) {
    return v;
  }
  if (name == kDateName) {
    if (v.as.i64 % java::kDayMs != 0) {
      return data_error({"Kafka Connect Date type should not have any time fields set to non-zero values."});
    }
    return Value::int32(static_cast<std::int32_t>(v.as.i64 / java::kDayMs));
  }
  if (name == kTimeName) {
    if (v.as.i64 < 0 || v.as.i64 > java::kDayMs) {
      return data_error({"Kafka Connect Time type should not have any date fields set to non-zero values."});
    }
    return Value::int32(static_cast<std::int32_t>(v.as.i64));
  }
  return name == kTimestampName ? Value::int64(v.as.i64) : v;
}

}  // namespace

Result<Value> cast_value(const weir_schema* schema, const Value& value, Kind target, Arena arena) {
  if (value.is_null()) {
    return value;
  }
  std::uint32_t type = value.kind;
  if (schema != nullptr) {
    type = schema->type;
  } else if (value.is(Kind::decimal) || value.is(Kind::timestamp)) {
    return data_error({"Cast transformation was passed a value of type class ", text::java_class(value),
                       " which is not supported by Connect's data API"});
  } else if (value.is_lazy()) {
    type = *value.as.text == '[' ? WEIR_KIND_ARRAY : WEIR_KIND_MAP;
  }
  if (type > WEIR_KIND_BYTES) {
    return data_error({"Cast transformation does not support casting from ", text::type_name(type),
                       "; supported types are [INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]"});
  }
  if (target == Kind::string) {
    return to_text(value, arena);
  }
  Value v = value;
  if (schema != nullptr && schema->name.data != nullptr) {
    auto plain = encoded(text_of(schema->name), value);
    if (!plain) {
      return plain;
    }
    v = *plain;
  }
  if (v.is_bytes() || v.is(Kind::timestamp) || v.is_array() || v.is_object() || v.is_lazy()) {
    return data_error({"Unexpected type in Cast transformation: class ", text::java_class(v)});
  }
  switch (target) {
    case Kind::boolean:
      return to_boolean(v);
    case Kind::float32:
      return to_real<float>(v);
    case Kind::float64:
      return to_real<double>(v);
    default:
      return to_integer(v, target);
  }
}

}  // namespace weir::transforms::connect
