// A prepared statement: bind, execute, fetch.
#pragma once

#include <weir/odbc/cell.hpp>
#include <weir/odbc/connection.hpp>

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

/// A column of a result, as the driver describes it.
struct ResultColumn {
  std::string name;
  std::string type_name;  ///< the database's own word, in lower case: "jsonb", "variant", "bool"
  SQLSMALLINT sql_type{SQL_VARCHAR};
  SQLULEN size{0};
  SQLSMALLINT scale{0};
  bool nullable{true};
};

/// Outlived by its Connection object; when the session ends before it, the handle is gone with the session. One thread at
/// a time.
class Statement {
 public:
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&& other) noexcept {
    if (this != &other) {
      drop_if_gone();
      connection_ = other.connection_;
      generation_ = other.generation_;
      handle_ = std::move(other.handle_);
      lengths_ = std::move(other.lengths_);
    }
    return *this;
  }
  ~Statement() { drop_if_gone(); }

  static Outcome<Statement> prepare(Connection& connection, std::string_view sql) {
    SQLHANDLE raw = SQL_NULL_HANDLE;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, connection.handle(), &raw))) {
      return connection.error(SQL_HANDLE_DBC, connection.handle());
    }
    Statement s(connection, raw);
    connection.set_query_timeout(raw);
    std::string text(sql);
    if (!SQL_SUCCEEDED(SQLPrepare(raw, reinterpret_cast<SQLCHAR*>(text.data()), static_cast<SQLINTEGER>(text.size())))) {
      return s.error();
    }
    return s;
  }

  /// The cells' text must live until execute has returned.
  Outcome<void> bind(std::span<const Cell> cells) {
    lengths_.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!SQL_SUCCEEDED(bind_one(static_cast<SQLUSMALLINT>(i + 1), cells[i], lengths_[i]))) {
        return error();
      }
    }
    return {};
  }

  /// The number of rows changed; 0 also when the statement returns rows.
  Outcome<SQLLEN> execute() {
    const SQLRETURN rc = SQLExecute(handle_.get());
    if (!SQL_SUCCEEDED(rc) && rc != SQL_NO_DATA) {
      SqlError e = error();
      close();
      return e;
    }
    SQLLEN rows = 0;
    if (rc != SQL_NO_DATA) {
      SQLRowCount(handle_.get(), &rows);
    }
    return rows;
  }

  Outcome<SQLLEN> run(std::span<const Cell> cells) {
    if (auto bound = bind(cells); !bound) {
      return bound.error();
    }
    auto rows = execute();
    if (rows) {
      close();
    }
    return rows;
  }

  /// The columns of the result; also after prepare alone, where the driver can tell.
  Outcome<std::vector<ResultColumn>> columns() {
    SQLSMALLINT count = 0;
    if (!SQL_SUCCEEDED(SQLNumResultCols(handle_.get(), &count))) {
      return error();
    }
    std::vector<ResultColumn> out;
    for (SQLSMALLINT i = 1; i <= count; ++i) {
      ResultColumn c;
      SQLCHAR name[512] = {};
      SQLSMALLINT length = 0;
      SQLSMALLINT nullable = SQL_NULLABLE_UNKNOWN;
      const auto at = static_cast<SQLUSMALLINT>(i);
      if (!SQL_SUCCEEDED(SQLDescribeCol(handle_.get(), at, name, sizeof name, &length, &c.sql_type, &c.size, &c.scale,
                                        &nullable))) {
        return error();
      }
      c.name = reinterpret_cast<const char*>(name);
      c.nullable = nullable != SQL_NO_NULLS;
      char type[128] = {};
      SQLSMALLINT bytes = 0;
      if (SQL_SUCCEEDED(SQLColAttribute(handle_.get(), at, SQL_DESC_TYPE_NAME, type, sizeof type, &bytes, nullptr))) {
        c.type_name = type;
        for (char& ch : c.type_name) {
          ch = ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch;
        }
      }
      out.push_back(std::move(c));
    }
    return out;
  }

  /// false: no more rows (the cursor is closed).
  Outcome<bool> fetch() {
    const SQLRETURN rc = SQLFetch(handle_.get());
    if (rc == SQL_NO_DATA) {
      close();
      return false;
    }
    if (!SQL_SUCCEEDED(rc)) {
      return error();
    }
    return true;
  }

  /// A column (from 1) of the current row; each once, from left to right. nullopt: NULL.
  Outcome<std::optional<std::string>> text(int column) { return get(column, SQL_C_CHAR, 1); }
  Outcome<std::optional<std::string>> bytes(int column) { return get(column, SQL_C_BINARY, 0); }
  Outcome<std::optional<std::int64_t>> integer(int column) {
    std::int64_t out = 0;
    return scalar(column, SQL_C_SBIGINT, out);
  }
  Outcome<std::optional<double>> real(int column) {
    double out = 0;
    return scalar(column, SQL_C_DOUBLE, out);
  }

  /// Ends the result; the statement can be executed again.
  void close() noexcept { SQLFreeStmt(handle_.get(), SQL_CLOSE); }

 private:
  Statement(Connection& connection, SQLHANDLE raw) noexcept
      : connection_(&connection), generation_(connection.generation()), handle_(raw) {}

  /// SQLDisconnect has freed the handles of its session; their addresses may be in use again.
  void drop_if_gone() noexcept {
    if (handle_ && (!connection_->connected() || connection_->generation() != generation_)) {
      handle_.release();
    }
  }

  SqlError error() const { return connection_->error(SQL_HANDLE_STMT, handle_.get()); }

  SQLRETURN bind_one(SQLUSMALLINT at, const Cell& cell, SQLLEN& length) noexcept {
    static constexpr char kEmpty[] = "";
    const auto size = static_cast<SQLLEN>(cell.text.size());
    length = size;
    auto bind = [&](SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN column_size, const void* data) {
      return SQLBindParameter(handle_.get(), at, SQL_PARAM_INPUT, c_type, sql_type, column_size, 0,
                              const_cast<SQLPOINTER>(data), size, &length);
    };
    switch (cell.type) {
      case Cell::Type::null: length = SQL_NULL_DATA; return bind(SQL_C_CHAR, SQL_VARCHAR, 1, kEmpty);
      case Cell::Type::integer: length = 0; return bind(SQL_C_SBIGINT, SQL_BIGINT, 19, &cell.integer);
      case Cell::Type::real: length = 0; return bind(SQL_C_DOUBLE, SQL_DOUBLE, 15, &cell.real);
      case Cell::Type::bytes:
        return bind(SQL_C_BINARY, SQL_LONGVARBINARY, size == 0 ? 1 : static_cast<SQLULEN>(size),
                    size == 0 ? kEmpty : cell.text.data());
      case Cell::Type::text: break;
    }
    return bind(SQL_C_CHAR, size > 8000 ? SQL_LONGVARCHAR : SQL_VARCHAR, size == 0 ? 1 : static_cast<SQLULEN>(size),
                size == 0 ? kEmpty : cell.text.data());
  }

  template <class T>
  Outcome<std::optional<T>> scalar(int column, SQLSMALLINT type, T& out) {
    SQLLEN length = 0;
    if (!SQL_SUCCEEDED(SQLGetData(handle_.get(), static_cast<SQLUSMALLINT>(column), type, &out, sizeof out, &length))) {
      return error();
    }
    return length == SQL_NULL_DATA ? std::optional<T>() : std::optional<T>(out);
  }

  /// terminator: bytes of a buffer that the driver uses for the end mark.
  Outcome<std::optional<std::string>> get(int column, SQLSMALLINT type, std::size_t terminator) {
    std::string out;
    char buffer[4096];
    std::size_t used = 0;
    char* to = buffer;
    std::size_t room = sizeof buffer;
    for (;;) {
      SQLLEN length = 0;
      const SQLRETURN rc = SQLGetData(handle_.get(), static_cast<SQLUSMALLINT>(column), type, to,
                                      static_cast<SQLLEN>(room), &length);
      if (rc == SQL_NO_DATA) {
        out.resize(used);
        break;
      }
      if (!SQL_SUCCEEDED(rc)) {
        return error();
      }
      if (length == SQL_NULL_DATA) {
        return std::optional<std::string>();
      }
      const std::size_t whole = room - terminator;
      const bool more = length == SQL_NO_TOTAL || static_cast<std::size_t>(length) > whole;
      const std::size_t got = more ? whole : static_cast<std::size_t>(length);
      if (used == 0 && to == buffer) {
        out.assign(buffer, got);
      }
      used += got;
      out.resize(used);
      if (!more) {
        break;
      }
      room = length == SQL_NO_TOTAL ? used * 2 : static_cast<std::size_t>(length) - got + terminator;
      out.resize(used + room);
      to = out.data() + used;
    }
    return std::optional<std::string>(std::move(out));
  }

  Connection* connection_;
  std::uint64_t generation_;
  Handle<SQL_HANDLE_STMT> handle_;
  std::vector<SQLLEN> lengths_;
};

}  // namespace weir::inline v1::odbc
