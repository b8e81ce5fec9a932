// The SQL of each database, as pure functions from names to text.
#pragma once

#include <weir/odbc/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::inline v1::odbc {

/// nullopt for "auto".
inline std::optional<DialectKind> dialect_of(std::string_view name) noexcept {
  if (name == "postgres") {
    return DialectKind::postgres;
  }
  if (name == "sqlite") {
    return DialectKind::sqlite;
  }
  if (name == "snowflake") {
    return DialectKind::snowflake;
  }
  if (name == "generic") {
    return DialectKind::generic;
  }
  return std::nullopt;
}

/// Why no column can have this name; empty: one can.
inline std::string_view name_refusal(DialectKind dialect, std::string_view name) noexcept {
  if (name.empty() || name.find('\0') != std::string_view::npos) {
    return "a name that is empty or has the character U+0000 cannot be a column's";
  }
  if (dialect == DialectKind::postgres && name.size() > 63) {
    return "a name of more than 63 bytes cannot be a column's: PostgreSQL would cut it off";
  }
  if (dialect == DialectKind::sqlite && name.find('.') != std::string_view::npos) {
    return "a name with a dot cannot be a column's: SQLite's driver shows only what follows it";
  }
  return {};
}

enum class ColumnKind : std::uint8_t {
  boolean, int8, int16, int32, int64, float32, float64, text, bytes, decimal, date, time, timestamp, json
};

struct ColumnType {
  ColumnKind kind{ColumnKind::text};
  int scale{0};  ///< of a decimal
  bool operator==(const ColumnType&) const = default;
};

struct Column {
  std::string name;
  ColumnType type;
};

/// A column of a statement: its name as the table spells it.
struct Target {
  std::string name;
  bool json{false};  ///< text that the database has to parse (VARIANT)
  bool key{false};
  bool operator==(const Target&) const = default;
};

/// What an upsert does with a row whose key is there: change it, or leave it.
enum class OnConflict : std::uint8_t { update, ignore };

class Dialect {
 public:
  explicit Dialect(DialectKind k) noexcept : kind(k) {}

  DialectKind kind;
  char quote{'"'};
  bool quoted{true};

  /// One identifier; quotes in it are doubled.
  std::string name(std::string_view identifier) const {
    if (!quoted) {
      return std::string(identifier);
    }
    std::string out(1, quote);
    for (char c : identifier) {
      out.append(c == quote ? 2 : 1, c);
    }
    return out += quote;
  }

  /// schema.table or database.schema.table: each part by itself; a part that is already quoted stays.
  std::string table(std::string_view path) const {
    std::string out;
    std::size_t at = 0;
    while (at <= path.size()) {
      std::size_t end = path.find('.', at);
      if (at < path.size() && path[at] == quote) {
        const std::size_t closing = path.find(quote, at + 1);
        end = closing == std::string_view::npos ? std::string_view::npos : path.find('.', closing);
      }
      const std::string_view part = path.substr(at, end == std::string_view::npos ? end : end - at);
      out.append(out.empty() ? "" : ".");
      out.append(!part.empty() && part.front() == quote ? std::string(part) : name(part));
      if (end == std::string_view::npos) {
        break;
      }
      at = end + 1;
    }
    return out;
  }

  std::string type(ColumnType t) const {
    const bool pg = kind == DialectKind::postgres || kind == DialectKind::generic;
    const bool lite = kind == DialectKind::sqlite;
    switch (t.kind) {
      case ColumnKind::boolean: return lite ? "INTEGER" : "BOOLEAN";
      case ColumnKind::int8:
      case ColumnKind::int16: return pg ? "SMALLINT" : lite ? "INTEGER" : "NUMBER(5)";
      case ColumnKind::int32: return pg || lite ? "INTEGER" : "NUMBER(10)";
      case ColumnKind::int64: return pg ? "BIGINT" : lite ? "INTEGER" : "NUMBER(19)";
      case ColumnKind::float32: return pg || lite ? "REAL" : "FLOAT";
      case ColumnKind::float64: return pg ? "DOUBLE PRECISION" : lite ? "REAL" : "FLOAT";
      case ColumnKind::text: return kind == DialectKind::snowflake ? "VARCHAR"
                                    : kind == DialectKind::generic ? "VARCHAR(4000)" : "TEXT";
      case ColumnKind::bytes: return kind == DialectKind::postgres ? "BYTEA" : kind == DialectKind::snowflake ? "BINARY" : "BLOB";
      case ColumnKind::decimal:
        return lite ? "TEXT" : (pg ? "NUMERIC(38," : "NUMBER(38,") + std::to_string(t.scale) + ")";
      case ColumnKind::date: return lite ? "TEXT" : "DATE";
      case ColumnKind::time: return lite ? "TEXT" : "TIME";
      case ColumnKind::timestamp: return pg ? "TIMESTAMP(3)" : lite ? "TEXT" : "TIMESTAMP_NTZ(9)";
      case ColumnKind::json:
        return kind == DialectKind::postgres    ? "JSONB"
               : kind == DialectKind::snowflake ? "VARIANT"
               : lite                           ? "TEXT"
                                                : "VARCHAR(4000)";
    }
    return "TEXT";
  }

  /// Parameter markers that one statement may have.
  std::size_t max_parameters() const noexcept {
    switch (kind) {
      // PostgreSQL takes 65,535, but the description of more than 7,498 is a message of over 30,000 bytes, which libpq takes
      // for a lost connection ("lost synchronization with server").
      case DialectKind::postgres: return 7'400;
      case DialectKind::sqlite: return 32'766;
      case DialectKind::snowflake: return 16'384;
      case DialectKind::generic: return 2'000;
    }
    return 2'000;
  }
  bool savepoints() const noexcept { return kind != DialectKind::snowflake; }
  /// An upsert of many rows is one statement.
  bool bulk_upsert() const noexcept { return kind != DialectKind::generic; }
  bool text_may_hold_nul() const noexcept { return kind != DialectKind::postgres; }
  /// Names that differ in case only are two columns.
  bool case_matters() const noexcept { return quoted && (kind == DialectKind::postgres || kind == DialectKind::snowflake); }
  /// Integers, reals and booleans go as text, whose type the server takes from the column.
  bool binds_text() const noexcept { return kind != DialectKind::sqlite; }
  std::string_view true_text() const noexcept { return kind == DialectKind::generic ? "1" : "true"; }
  std::string_view false_text() const noexcept { return kind == DialectKind::generic ? "0" : "false"; }

  /// table is already quoted, here and below. keys: names of primary key columns, in order.
  std::string create_table(std::string_view table_sql, std::span<const Column> columns,
                           std::span<const std::string> keys) const {
    std::string out = "CREATE TABLE ";
    out.append(kind == DialectKind::generic ? "" : "IF NOT EXISTS ").append(table_sql).append(" (");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      out.append(i == 0 ? "" : ", ").append(name(columns[i].name)).append(" ").append(type(columns[i].type));
      for (const std::string& key : keys) {
        out.append(key == columns[i].name ? " NOT NULL" : "");
      }
    }
    if (!keys.empty()) {
      out.append(", PRIMARY KEY (");
      for (std::size_t i = 0; i < keys.size(); ++i) {
        out.append(i == 0 ? "" : ", ").append(name(keys[i]));
      }
      out += ')';
    }
    return out += ')';
  }

  std::string add_column(std::string_view table_sql, const Column& column) const {
    std::string out = "ALTER TABLE ";
    const bool checked = kind == DialectKind::postgres || kind == DialectKind::snowflake;
    out.append(table_sql).append(kind == DialectKind::generic ? " ADD " : " ADD COLUMN ");
    return out.append(checked ? "IF NOT EXISTS " : "").append(name(column.name)).append(" ").append(type(column.type));
  }

  std::string insert(std::string_view table_sql, std::span<const Target> columns, std::size_t rows) const {
    std::string out = "INSERT INTO ";
    out.append(table_sql).append(" (").append(list(columns)).append(") ");
    if (kind == DialectKind::snowflake && any_json(columns)) {  // no function call on a bind inside VALUES
      return out.append("SELECT ").append(from_values(columns, false)).append(values(columns.size(), rows));
    }
    return out.append(values(columns.size(), rows));
  }

  /// Needs bulk_upsert(). The rows of one statement have distinct keys.
  std::string upsert(std::string_view table_sql, std::span<const Target> columns, OnConflict conflict,
                     std::size_t rows) const {
    if (kind == DialectKind::snowflake) {
      return merge(table_sql, columns, conflict, rows);
    }
    std::string out = insert(table_sql, columns, rows);
    out.append(" ON CONFLICT ");
    std::string keys;
    std::string sets;
    for (const Target& c : columns) {
      if (c.key) {
        keys.append(keys.empty() ? "" : ",").append(name(c.name));
      } else {
        sets.append(sets.empty() ? "" : ",").append(name(c.name)).append("=EXCLUDED.").append(name(c.name));
      }
    }
    if (!keys.empty()) {
      out.append("(").append(keys).append(") ");
    }
    return out.append(sets.empty() || conflict == OnConflict::ignore ? "DO NOTHING" : "DO UPDATE SET " + sets);
  }

  /// One row: its parameters are the columns that are no keys, then the keys, each in the order given.
  std::string update(std::string_view table_sql, std::span<const Target> columns) const {
    std::string sets;
    std::string where;
    for (const Target& c : columns) {
      std::string& to = c.key ? where : sets;
      const bool parse = c.json && kind == DialectKind::snowflake;
      to.append(to.empty() ? "" : c.key ? " AND " : ",").append(name(c.name)).append(parse ? "=PARSE_JSON(?)" : "=?");
    }
    return std::string("UPDATE ").append(table_sql).append(" SET ").append(sets).append(" WHERE ").append(where);
  }

  /// Parameters: the keys of the first row, then those of the next.
  std::string remove(std::string_view table_sql, std::span<const Target> keys, std::size_t rows) const {
    return std::string("DELETE FROM ").append(table_sql).append(" WHERE ").append(in_list(keys, rows));
  }

  /// `"a" IN (?,?)`, or for several columns `("a"=? AND "b"=?) OR (...)`.
  std::string in_list(std::span<const Target> keys, std::size_t rows) const {
    std::string out;
    if (keys.size() == 1) {
      out.append(name(keys[0].name)).append(" IN (");
      for (std::size_t r = 0; r < rows; ++r) {
        out.append(r == 0 ? "?" : ",?");
      }
      return out += ')';
    }
    for (std::size_t r = 0; r < rows; ++r) {
      out.append(r == 0 ? "(" : " OR (");
      for (std::size_t k = 0; k < keys.size(); ++k) {
        out.append(k == 0 ? "" : " AND ").append(name(keys[k].name)).append("=?");
      }
      out += ')';
    }
    return out;
  }

 private:
  static bool any_json(std::span<const Target> columns) noexcept {
    for (const Target& c : columns) {
      if (c.json) {
        return true;
      }
    }
    return false;
  }
  std::string list(std::span<const Target> columns, std::string_view prefix = {}) const {
    std::string out;
    for (const Target& c : columns) {
      out.append(out.empty() ? "" : ",").append(prefix).append(name(c.name));
    }
    return out;
  }
  static std::string values(std::size_t columns, std::size_t rows) {
    std::string row = "(";
    for (std::size_t c = 0; c < columns; ++c) {
      row.append(c == 0 ? "?" : ",?");
    }
    row += ')';
    std::string out = "VALUES ";
    out.reserve(out.size() + rows * (row.size() + 1));
    for (std::size_t r = 0; r < rows; ++r) {
      out.append(r == 0 ? "" : ",").append(row);
    }
    return out;
  }
  /// Snowflake's names for the columns of VALUES.
  std::string from_values(std::span<const Target> columns, bool named) const {
    std::string out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string column = "column" + std::to_string(i + 1);
      out.append(i == 0 ? "" : ",").append(columns[i].json ? "PARSE_JSON(" + column + ")" : column);
      if (named) {
        out.append(" AS ").append(name(columns[i].name));
      }
    }
    return out.append(" FROM ");
  }
  std::string merge(std::string_view table_sql, std::span<const Target> columns, OnConflict conflict,
                    std::size_t rows) const {
    std::string on;
    std::string sets;
    for (const Target& c : columns) {
      std::string& to = c.key ? on : sets;
      to.append(to.empty() ? "" : c.key ? " AND " : ",");
      to.append("t.").append(name(c.name)).append("=s.").append(name(c.name));
    }
    std::string out = "MERGE INTO ";
    out.append(table_sql).append(" AS t USING (SELECT ").append(from_values(columns, true));
    out.append(values(columns.size(), rows)).append(") AS s ON ").append(on);
    if (conflict == OnConflict::update && !sets.empty()) {
      out.append(" WHEN MATCHED THEN UPDATE SET ").append(sets);
    }
    out.append(" WHEN NOT MATCHED THEN INSERT (").append(list(columns)).append(") VALUES (");
    return out.append(list(columns, "s.")).append(")");
  }
};

}  // namespace weir::inline v1::odbc
