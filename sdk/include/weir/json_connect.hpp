// Values of Connect's types as JSON, where all of Kafka Connect's JSON converters agree: scalars and logical types.
// The JSON is read with json::ReadOptions::exact_numbers. Any thread; nothing here keeps state.
#pragma once

#include <weir/connect_text.hpp>
#include <weir/java_date.hpp>
#include <weir/java_text.hpp>
#include <weir/json.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <system_error>

namespace weir {
inline namespace v1 {
namespace connect_json {
namespace detail {

inline std::string text(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out += part;
  }
  return out;
}

}  // namespace detail

enum class Logical { none, decimal, date, time, timestamp };

inline Logical logical_of(const weir_schema* schema) {
  if (schema->name.data == nullptr) {
    return Logical::none;
  }
  const std::string_view name = text_of(schema->name);
  return name == kDecimalName     ? Logical::decimal
         : name == kDateName      ? Logical::date
         : name == kTimeName      ? Logical::time
         : name == kTimestampName ? Logical::timestamp
                                  : Logical::none;
}

/// JsonNode.getNodeType().
inline std::string_view node_type(const Value& json) {
  switch (json.type()) {
    case Kind::null: return "NULL";
    case Kind::boolean: return "BOOLEAN";
    case Kind::int64:
    case Kind::decimal: return "NUMBER";
    case Kind::string: return "STRING";
    case Kind::array: return "ARRAY";
    default: return "OBJECT";
  }
}

/// JsonNode.isIntegralNumber().
inline bool whole(const Value& json) {
  return json.is(Kind::int64) ||
         (json.is(Kind::decimal) && json.text().find_first_of(".eE") == std::string_view::npos);
}

/// JsonNode.longValue(): numbers truncate and wrap, anything else is 0.
inline std::int64_t long_of(const Value& json) {
  if (json.is(Kind::int64)) {
    return json.as.i64;
  }
  if (json.is(Kind::decimal)) {
    if (const auto d = java::parse_decimal(json.text())) {
      return java::to_long(*d);
    }
  }
  return 0;
}

template <class T>
T real_of(const Value& json) {
  if (json.is(Kind::int64)) {
    return static_cast<T>(json.as.i64);
  }
  return json.is(Kind::decimal) ? connect::real_of<T>(json.text()) : T{0};
}

/// The scale that a Decimal schema's parameters give.
inline Result<std::int32_t> decimal_scale(const weir_schema* schema) {
  for (std::size_t i = 0; i < schema->parameter_count; ++i) {
    if (text_of(schema->parameters[i].key) != "scale") {
      continue;
    }
    std::string_view digits = text_of(schema->parameters[i].value);
    if (digits.size() > 1 && digits.front() == '+') {
      digits.remove_prefix(1);
    }
    std::int32_t scale = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), scale);
    if (ec == std::errc{} && end == digits.data() + digits.size()) {
      return scale;
    }
    return bad_record("Invalid scale parameter found in Decimal schema: ");
  }
  return bad_record("Invalid Decimal schema: scale parameter not found.");
}

inline Result<Value> logical_from_json(Logical logical, const weir_schema* schema, const Value& json, Arena arena) {
  if (logical == Logical::decimal) {
    if (json.is(Kind::int64) || json.is(Kind::decimal)) {
      const std::string digits = json.is(Kind::int64) ? std::to_string(json.as.i64) : std::string(json.text());
      const auto d = java::parse_decimal(digits);
      return d ? Result<Value>(Value::decimal(arena.copy(java::to_string(*d))))
               : bad_record("Invalid number for Decimal field");
    }
    if (!json.is_string()) {
      return bad_record(detail::text({"Invalid type for Decimal, underlying representation should be numeric or bytes but was ",
                              node_type(json)}));
    }
    const auto bytes = java::parse_base64(json.text());
    const auto scale = decimal_scale(schema);
    if (!bytes || bytes->empty() || !scale) {
      return bad_record("Invalid bytes for Decimal field");
    }
    return Value::decimal(arena.copy(java::to_string(java::decimal_from_bytes(*bytes, *scale))));
  }
  if (logical == Logical::timestamp) {
    if (!whole(json)) {
      return bad_record(detail::text({"Invalid type for Timestamp, underlying representation should be integral but was ",
                              node_type(json)}));
    }
    return Value::timestamp(long_of(json));
  }
  const std::string_view word = logical == Logical::date ? "Date" : "Time";
  if (!json.is(Kind::int64) || json.as.i64 != static_cast<std::int32_t>(json.as.i64)) {
    return bad_record(detail::text({"Invalid type for ", word, ", underlying representation should be integer but was ",
                            node_type(json)}));
  }
  if (logical == Logical::date) {
    return Value::timestamp(json.as.i64 * java::kDayMs);
  }
  if (json.as.i64 < 0 || json.as.i64 > java::kDayMs) {
    return bad_record("Time values must use number of milliseconds greater than 0 and less than 86400000");
  }
  return Value::timestamp(json.as.i64);
}

/// Turns parsed JSON into schemaless values: exact numbers become doubles, or wrap.
inline Value schemaless(const Value& json) {
  switch (json.type()) {
    case Kind::decimal:
      return whole(json) ? Value::int64(long_of(json)) : Value::float64(connect::real_of<double>(json.text()));
    case Kind::array:
      for (Value& item : json.items()) {
        item = schemaless(item);
      }
      return json;
    case Kind::map:
      for (Member& member : json.members()) {
        member.item() = schemaless(member.item());
      }
      return json;
    default:
      return json;
  }
}

/// A value of a scalar schema without a logical type, as JsonNode's shortValue(), textValue() and so on: what is of another
/// type becomes 0, false or null. Errc::bad_record: bytes that are not base64.
inline Result<Value> scalar_from_json(const weir_schema* schema, const Value& json, Arena arena) {
  switch (static_cast<Kind>(schema->type)) {
    case Kind::boolean:
      return Value::boolean(json.is_boolean() && json.as_boolean());
    case Kind::int8:
      return Value::int8(static_cast<std::int8_t>(long_of(json)));
    case Kind::int16:
      return Value::int16(static_cast<std::int16_t>(long_of(json)));
    case Kind::int32:
      return Value::int32(static_cast<std::int32_t>(long_of(json)));
    case Kind::int64:
      return Value::int64(long_of(json));
    case Kind::float32:
      return Value::float32(real_of<float>(json));
    case Kind::float64:
      return Value::float64(real_of<double>(json));
    case Kind::bytes: {
      if (!json.is_string()) {
        return Value();
      }
      const auto bytes = java::parse_base64(json.text());
      return bytes ? Result<Value>(Value::bytes(arena.copy(*bytes))) : bad_record("Invalid bytes field");
    }
    default:
      return json.is_string() ? json : Value();
  }
}

/// Writes a value of a logical type; numeric: decimals as numbers, else base64 of the unscaled value.
inline Result<void> logical_to_json(Logical logical, const weir_schema* schema, const Value& v,
                                    json::detail::ArenaWriter& out, bool numeric) {
  if (logical == Logical::decimal) {
    if (!v.is(Kind::decimal)) {
      return bad_record(detail::text({"Invalid type for Decimal, expected BigDecimal but was class ", connect::java_class(v)}));
    }
    if (numeric) {
      out.raw(v.text());
      return {};
    }
    const auto scale = decimal_scale(schema);
    if (!scale) {
      return scale.error();
    }
    const auto d = java::parse_decimal(v.text());
    if (!d) {
      return bad_record("not a decimal: " + std::string(v.text()));
    }
    if (d->scale != *scale) {
      return bad_record("Decimal value has mismatching scale for given Decimal schema. Schema has scale " +
                        std::to_string(*scale) + ", value has scale " + std::to_string(d->scale) + ".");
    }
    out.base64(java::unscaled_bytes(*d));
    return {};
  }
  const std::string_view word = logical == Logical::date   ? "Date"
                                : logical == Logical::time ? "Time"
                                                           : "Timestamp";
  if (!v.is(Kind::timestamp)) {
    return bad_record(detail::text({"Invalid type for ", word, ", expected Date but was class ", connect::java_class(v)}));
  }
  const std::int64_t ms = v.as.i64;
  if (logical == Logical::date && ms % java::kDayMs != 0) {
    return bad_record("Kafka Connect Date type should not have any time fields set to non-zero values.");
  }
  if (logical == Logical::time && (ms < 0 || ms > java::kDayMs)) {
    return bad_record("Kafka Connect Time type should not have any date fields set to non-zero values.");
  }
  out.integer(logical == Logical::date ? static_cast<std::int32_t>(ms / java::kDayMs) : ms);
  return {};
}

}  // namespace connect_json
}  // namespace v1
}  // namespace weir
