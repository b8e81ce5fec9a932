// Record values to parameters and column types, and result columns back to record values.
#pragma once

#include <weir/json.hpp>
#include <weir/odbc/cell.hpp>
#include <weir/odbc/dialect.hpp>
#include <weir/odbc/statement.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace weir::inline v1::odbc {

enum class TimeFormat : std::uint8_t { date, time, timestamp };

/// "2026-03-01 10:11:12.345" in UTC; nullopt outside the years 1 to 9999.
inline std::optional<std::string_view> format_time(std::int64_t ms, TimeFormat format, Arena arena) {
  using namespace std::chrono;
  constexpr std::int64_t kFirst = -62'135'596'800'000;  // 0001-01-01
  constexpr std::int64_t kEnd = 253'402'300'800'000;    // 10000-01-01
  if (ms < kFirst || ms >= kEnd) {
    return std::nullopt;
  }
  const sys_time<milliseconds> at{milliseconds(ms)};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss<milliseconds> time{at - day};
  char text[32];
  int n = 0;
  if (format != TimeFormat::time) {
    n = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  }
  if (format != TimeFormat::date) {
    n += std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), "%s%02d:%02d:%02d.%03d", n > 0 ? " " : "",
                       static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                       static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  }
  return arena.copy({text, static_cast<std::size_t>(n)});
}

/// ms since the epoch of "2026-03-01[ T]10:11:12[.345678][Z]" in UTC; nullopt when it is something else.
/// nanos: what is below a millisecond, as nanoseconds of the whole second.
inline std::optional<std::int64_t> parse_time(std::string_view text, std::int32_t* nanos = nullptr) {
  using namespace std::chrono;
  auto number = [&](std::size_t from, std::size_t count) -> int {
    int out = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') {
        return -1;
      }
      out = out * 10 + (text[i] - '0');
    }
    return out;
  };
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !date.ok()) {
    return std::nullopt;
  }
  std::int64_t ms = duration_cast<milliseconds>(sys_days{date}.time_since_epoch()).count();
  std::int64_t fraction = 0;
  if (text.size() > 10) {
    if (text.size() < 19 || text[13] != ':' || text[16] != ':' || number(11, 2) < 0 || number(14, 2) < 0 ||
        number(17, 2) < 0) {
      return std::nullopt;
    }
    ms += (std::int64_t{number(11, 2)} * 3600 + number(14, 2) * 60 + number(17, 2)) * 1000;
    std::size_t at = 19;
    if (at < text.size() && text[at] == '.') {
      std::int64_t scale = 100'000'000;
      for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
        fraction += (text[at] - '0') * scale;
      }
    }
    if (at < text.size() && text.substr(at) != "Z" && text.substr(at) != "+00" && text.substr(at) != "+00:00") {
      return std::nullopt;
    }
  }
  if (nanos != nullptr) {
    *nanos = static_cast<std::int32_t>(fraction);
  }
  return ms + fraction / 1'000'000;
}

/// "name" of a logical type, also of Debezium-free Connect only.
inline ColumnType type_of_schema(const Schema& schema) {
  const std::string_view name = schema.name_text();
  if (name == kDecimalName) {
    ColumnType t{ColumnKind::decimal, 0};
    for (std::size_t i = 0; i < schema.parameter_count; ++i) {
      if (text_of(schema.parameters[i].key) == "scale") {
        const std::string_view s = text_of(schema.parameters[i].value);
        std::from_chars(s.data(), s.data() + s.size(), t.scale);
      }
    }
    return t;
  }
  if (name == kDateName) {
    return {ColumnKind::date};
  }
  if (name == kTimeName) {
    return {ColumnKind::time};
  }
  if (name == kTimestampName) {
    return {ColumnKind::timestamp};
  }
  switch (schema.kind()) {
    case Kind::boolean: return {ColumnKind::boolean};
    case Kind::int8: return {ColumnKind::int8};
    case Kind::int16: return {ColumnKind::int16};
    case Kind::int32: return {ColumnKind::int32};
    case Kind::int64: return {ColumnKind::int64};
    case Kind::float32: return {ColumnKind::float32};
    case Kind::float64: return {ColumnKind::float64};
    case Kind::bytes: return {ColumnKind::bytes};
    case Kind::array:
    case Kind::map:
    case Kind::structure: return {ColumnKind::json};
    default: return {ColumnKind::text};
  }
}

/// nullopt: a null says nothing.
inline std::optional<ColumnType> type_of_value(const Value& value) {
  switch (value.type()) {
    case Kind::null: return std::nullopt;
    case Kind::boolean: return ColumnType{ColumnKind::boolean};
    case Kind::int8: return ColumnType{ColumnKind::int8};
    case Kind::int16: return ColumnType{ColumnKind::int16};
    case Kind::int32: return ColumnType{ColumnKind::int32};
    case Kind::int64: return ColumnType{ColumnKind::int64};
    case Kind::float32: return ColumnType{ColumnKind::float32};
    case Kind::float64: return ColumnType{ColumnKind::float64};
    case Kind::bytes: return ColumnType{ColumnKind::bytes};
    case Kind::array:
    case Kind::map:
    case Kind::structure:
    case Kind::lazy: return ColumnType{ColumnKind::json};
    case Kind::decimal: return ColumnType{ColumnKind::decimal, 10};
    case Kind::timestamp: return ColumnType{ColumnKind::timestamp};
    case Kind::string: break;
  }
  return ColumnType{ColumnKind::text};
}

/// The type that holds both.
inline ColumnType merge_types(ColumnType a, ColumnType b) {
  auto rank = [](ColumnKind k) { return static_cast<int>(k); };
  const bool numbers = rank(a.kind) >= rank(ColumnKind::int8) && rank(a.kind) <= rank(ColumnKind::float64) &&
                       rank(b.kind) >= rank(ColumnKind::int8) && rank(b.kind) <= rank(ColumnKind::float64);
  if (a == b) {
    return a;
  }
  if (numbers) {
    return rank(a.kind) < rank(b.kind) ? b : a;
  }
  return {ColumnKind::text};
}

/// value as a parameter. Text lives in the record's bytes or in arena. bad_record: it cannot stand in a column.
inline Result<Cell> to_cell(const Value& value, const Schema* schema, const Dialect& dialect, Arena arena) {
  auto short_text = [&](auto... args) {
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, args...);
    return Cell::of(arena.copy({buffer, static_cast<std::size_t>(end.ptr - buffer)}));
  };
  switch (value.type()) {
    case Kind::null: return Cell();
    case Kind::boolean:
      return dialect.binds_text() ? Cell::of(value.as_boolean() ? dialect.true_text() : dialect.false_text())
                                  : Cell::of_integer(value.as_boolean() ? 1 : 0);
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
      return dialect.binds_text() ? short_text(value.as_integer()) : Cell::of_integer(value.as_integer());
    case Kind::float32:
      if (dialect.binds_text() && std::isfinite(value.as_real())) {
        return short_text(static_cast<float>(value.as_real()));
      }
      [[fallthrough]];
    case Kind::float64:
      if (!dialect.binds_text()) {
        return Cell::of_real(value.as_real());
      }
      if (!std::isfinite(value.as_real())) {
        return Cell::of(std::isnan(value.as_real()) ? "NaN" : value.as_real() > 0 ? "Infinity" : "-Infinity");
      }
      return short_text(value.as_real());
    case Kind::string:
      if (!dialect.text_may_hold_nul() && value.text().find('\0') != std::string_view::npos) {
        return bad_record("a text with the character U+0000");
      }
      return Cell::of(value.text());
    case Kind::decimal: return Cell::of(value.text());
    case Kind::bytes: return Cell::of_bytes(value.text());
    case Kind::lazy: return Cell::of(value.text());
    case Kind::array:
    case Kind::map:
    case Kind::structure: return Cell::of(json::write(value, arena));
    case Kind::timestamp: {
      const std::string_view name = schema == nullptr ? std::string_view() : schema->name_text();
      const TimeFormat format = name == kDateName   ? TimeFormat::date
                                : name == kTimeName ? TimeFormat::time
                                                    : TimeFormat::timestamp;
      if (auto text = format_time(value.as_integer(), format, arena)) {
        return Cell::of(*text);
      }
      return bad_record("a timestamp outside the years 1 to 9999");
    }
  }
  return bad_record("a value of an unknown kind");
}

/// What a result column becomes in a record.
enum class ReadAs : std::uint8_t { text, boolean, int16, int32, int64, float32, float64, decimal, bytes, date, time, timestamp, json, uuid };

inline ReadAs read_as(const ResultColumn& column, DialectKind dialect) {
  if (column.type_name == "json" || column.type_name == "jsonb" || column.type_name == "variant") {
    return ReadAs::json;
  }
  switch (column.sql_type) {
    case SQL_BIT: return ReadAs::boolean;
    case SQL_TINYINT:
    case SQL_SMALLINT: return dialect == DialectKind::sqlite ? ReadAs::int64 : ReadAs::int16;
    case SQL_INTEGER: return dialect == DialectKind::sqlite ? ReadAs::int64 : ReadAs::int32;
    case SQL_BIGINT: return ReadAs::int64;
    case SQL_REAL: return dialect == DialectKind::sqlite ? ReadAs::float64 : ReadAs::float32;
    case SQL_FLOAT:
    case SQL_DOUBLE: return ReadAs::float64;
    case SQL_NUMERIC:
    case SQL_DECIMAL: return ReadAs::decimal;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY: return ReadAs::bytes;
    case SQL_TYPE_DATE: return ReadAs::date;
    case SQL_TYPE_TIME: return ReadAs::time;
    case SQL_TYPE_TIMESTAMP: return ReadAs::timestamp;
    case SQL_GUID: return dialect == DialectKind::postgres ? ReadAs::uuid : ReadAs::text;
    default: return ReadAs::text;
  }
}

/// Column `at` (from 1) of the fetched row. Texts are copied into arena; dates and times stay text (as_text) or become
/// milliseconds (a time that cannot be read stays text).
inline Outcome<Value> read_value(Statement& statement, int at, ReadAs as, bool times_as_text, Arena arena) {
  auto scalar = [&](auto outcome, auto make) -> Outcome<Value> {
    if (!outcome) {
      return outcome.error();
    }
    return *outcome ? make(**outcome) : Value::null();
  };
  switch (as) {
    case ReadAs::boolean:
      return scalar(statement.integer(at), [](std::int64_t i) { return Value::boolean(i != 0); });
    case ReadAs::int16:
      return scalar(statement.integer(at), [](std::int64_t i) { return Value::integer(Kind::int16, i); });
    case ReadAs::int32:
      return scalar(statement.integer(at), [](std::int64_t i) { return Value::integer(Kind::int32, i); });
    case ReadAs::int64:
      return scalar(statement.integer(at), [](std::int64_t i) { return Value::int64(i); });
    case ReadAs::float32:
      return scalar(statement.real(at), [](double d) { return Value::float32(static_cast<float>(d)); });
    case ReadAs::float64:
      return scalar(statement.real(at), [](double d) { return Value::float64(d); });
    case ReadAs::bytes:
      return scalar(statement.bytes(at), [&](const std::string& s) { return Value::bytes(arena.copy(s)); });
    case ReadAs::decimal:
      return scalar(statement.text(at), [&](const std::string& s) { return Value::decimal(arena.copy(s)); });
    case ReadAs::date:
    case ReadAs::timestamp:
      return scalar(statement.text(at), [&](const std::string& s) {
        const auto ms = times_as_text ? std::nullopt : parse_time(s);
        return ms ? Value::timestamp(*ms) : Value::string(arena.copy(s));
      });
    case ReadAs::time:
      return scalar(statement.text(at), [&](const std::string& s) {
        const auto ms = times_as_text ? std::nullopt : parse_time("1970-01-01 " + s);
        return ms ? Value::timestamp(*ms) : Value::string(arena.copy(s));
      });
    case ReadAs::uuid:  // psqlODBC writes it in capitals, PostgreSQL does not
      return scalar(statement.text(at), [&](std::string s) {
        for (char& c : s) {
          c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
        }
        return Value::string(arena.copy(s));
      });
    case ReadAs::json:
    case ReadAs::text: break;
  }
  return scalar(statement.text(at), [&](const std::string& s) { return Value::string(arena.copy(s)); });
}

}  // namespace weir::inline v1::odbc
