// A session with a database, over unixODBC: RAII handles, connect, transactions.
#pragma once

#include <weir/odbc/dialect.hpp>
#include <weir/odbc/error.hpp>
#include <weir/odbc/options.hpp>

#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::inline v1::odbc {

/// Owns one ODBC handle.
template <SQLSMALLINT kType>
class Handle {
 public:
  Handle() noexcept = default;
  explicit Handle(SQLHANDLE handle) noexcept : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, SQLHANDLE{SQL_NULL_HANDLE})) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, SQLHANDLE{SQL_NULL_HANDLE});
    }
    return *this;
  }
  ~Handle() { reset(); }
  void reset() noexcept {
    if (handle_ != SQL_NULL_HANDLE) {
      SQLFreeHandle(kType, handle_);
      handle_ = SQL_NULL_HANDLE;
    }
  }
  void release() noexcept { handle_ = SQL_NULL_HANDLE; }
  SQLHANDLE get() const noexcept { return handle_; }
  explicit operator bool() const noexcept { return handle_ != SQL_NULL_HANDLE; }

 private:
  SQLHANDLE handle_{SQL_NULL_HANDLE};
};

namespace detail {

inline bool contains_word(std::string_view text, std::string_view word) noexcept {
  auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [&](char a, char b) { return low(a) == low(b); }) != text.end();
}

inline void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; !what.empty() && (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

/// The value of a keyword in a connection string, without braces.
inline std::string keyword_value(std::string_view url, std::string_view keyword) {
  std::size_t at = 0;
  while (at < url.size()) {
    const std::size_t eq = url.find('=', at);
    if (eq == std::string_view::npos) {
      break;
    }
    const std::string_view name = weir::detail::trim(url.substr(at, eq - at));
    std::string value;
    std::size_t end = eq + 1;
    if (end < url.size() && url[end] == '{') {
      for (++end; end < url.size(); ++end) {
        if (url[end] == '}') {
          if (end + 1 < url.size() && url[end + 1] == '}') {
            ++end;
          } else {
            ++end;
            break;
          }
        }
        value.push_back(url[end]);
      }
      end = std::min(url.find(';', end), url.size());
    } else {
      end = std::min(url.find(';', end), url.size());
      value = url.substr(eq + 1, end - eq - 1);
    }
    if (name.size() == keyword.size() && contains_word(name, keyword)) {
      return value;
    }
    at = end + 1;
  }
  return {};
}

}  // namespace detail

/// A value for a connection string: {text}, closing braces doubled.
inline std::string braced(std::string_view text) {
  std::string out = "{";
  for (char c : text) {
    out.append(c == '}' ? 2 : 1, c);
  }
  return out += '}';
}

/// The whole connection string: the url, then UID and PWD, then what the dialect's driver is best used with and the url
/// leaves open.
inline std::string connection_string(const ConnectionOptions& options, DialectKind kind) {
  std::string out = options.connection_url;
  auto add = [&](std::string_view key, std::string_view value) {
    if (!out.empty() && out.back() != ';') {
      out += ';';
    }
    out.append(key).append("=").append(value);
  };
  if (!options.connection_user.empty()) {
    add("UID", braced(options.connection_user));
  }
  if (!options.connection_password.empty()) {
    add("PWD", braced(options.connection_password.text()));
  }
  if (kind == DialectKind::postgres) {
    // No savepoint around each statement (half the time of short ones), and no ROLLBACK of the driver's own after an error:
    // savepoints are set where they are needed. Booleans as booleans.
    if (!detail::contains_word(out, "protocol=")) {
      add("Protocol", "7.4-0");
    }
    if (!detail::contains_word(out, "boolsaschar=")) {
      add("BoolsAsChar", "0");
    }
    // The server keeps the query timeout, so a network that is cut must be noticed here: in half a minute, not in two hours.
    if (!detail::contains_word(out, "pqopt=") && !detail::contains_word(out, "keepalive")) {
      add("pqopt", "{keepalives_idle=15 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=30000}");
    }
  }
  return out;
}

/// What the connection string says about the dialect before anybody is connected.
inline DialectKind guess_dialect(const ConnectionOptions& options) {
  if (auto named = dialect_of(options.dialect_name)) {
    return *named;
  }
  const std::string driver = detail::keyword_value(options.connection_url, "driver");
  if (detail::contains_word(driver, "postgres") || detail::contains_word(driver, "psqlodbc")) {
    return DialectKind::postgres;
  }
  if (detail::contains_word(driver, "sqlite")) {
    return DialectKind::sqlite;
  }
  if (detail::contains_word(driver, "snowflake")) {
    return DialectKind::snowflake;
  }
  return DialectKind::generic;
}

/// One session. One thread at a time. Every connection has an environment of its own, because unixODBC serialises all
/// calls on one environment.
class Connection {
 public:
  explicit Connection(ConnectionOptions options) : options_(std::move(options)) {
    dialect_ = make_dialect(guess_dialect(options_));
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }

  bool connected() const noexcept { return connected_; }
  /// Grows with each connect: what was prepared before is gone.
  std::uint64_t generation() const noexcept { return generation_; }
  const Dialect& dialect() const noexcept { return dialect_; }
  const ConnectionOptions& options() const noexcept { return options_; }

  /// Connects if it is not connected.
  Outcome<void> ensure() { return connected_ ? Outcome<void>{} : connect(); }

  Outcome<void> connect() {
    close();
    const DialectKind guess = guess_dialect(options_);
    if (auto done = connect_as(guess); !done) {
      close();
      return done;
    }
    const DialectKind actual = dialect_of(options_.dialect_name).value_or(ask_dialect());
    if (actual == DialectKind::postgres && guess != actual) {  // a DSN: again, with the driver's options
      close();
      if (auto done = connect_as(actual); !done) {
        close();
        return done;
      }
    }
    dialect_ = make_dialect(actual);
    if (actual == DialectKind::postgres) {
      if (auto done = execute("SET TIME ZONE 'UTC'"); !done) {
        return lost(done.error());
      }
    }
    if (auto done = run_init_sql(); !done) {
      return lost(done.error());
    }
    ++generation_;
    return {};
  }

  void close() noexcept {
    if (connected_) {
      if (in_transaction_) {
        (void)rollback();
      }
      SQLDisconnect(dbc_.get());
      connected_ = false;
    }
    in_transaction_ = false;
    dbc_.reset();
    env_.reset();
  }

  /// Runs a statement that returns no rows; the answer is the number of rows it changed (-1: unknown).
  Outcome<SQLLEN> execute(std::string_view sql) {
    SQLHANDLE raw = SQL_NULL_HANDLE;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, dbc_.get(), &raw))) {
      return error(SQL_HANDLE_DBC, dbc_.get());
    }
    const Handle<SQL_HANDLE_STMT> statement(raw);
    set_query_timeout(raw);
    std::string text(sql);
    const SQLRETURN rc = SQLExecDirect(raw, reinterpret_cast<SQLCHAR*>(text.data()), static_cast<SQLINTEGER>(text.size()));
    if (!SQL_SUCCEEDED(rc) && rc != SQL_NO_DATA) {
      return error(SQL_HANDLE_STMT, raw);
    }
    SQLLEN rows = -1;
    SQLRowCount(raw, &rows);
    return rc == SQL_NO_DATA ? SQLLEN{0} : rows;
  }

  /// SQLite's driver would begin a deferred transaction, which cannot wait for a lock once it has read.
  Outcome<void> begin() {
    if (dialect_.kind == DialectKind::sqlite) {
      if (auto done = execute("BEGIN IMMEDIATE"); !done) {
        return done.error();
      }
    } else if (!SQL_SUCCEEDED(SQLSetConnectAttr(dbc_.get(), SQL_ATTR_AUTOCOMMIT, as_pointer(SQL_AUTOCOMMIT_OFF), 0))) {
      return error(SQL_HANDLE_DBC, dbc_.get());
    }
    in_transaction_ = true;
    return {};
  }
  Outcome<void> commit() { return end(SQL_COMMIT, "COMMIT"); }
  Outcome<void> rollback() { return end(SQL_ROLLBACK, "ROLLBACK"); }

  /// The error of a handle of this session, without secrets.
  SqlError error(SQLSMALLINT type, SQLHANDLE handle) const {
    SqlError e = read_error(type, handle, dialect_.kind);
    if (options_.connection_password.text().size() > 3) {
      detail::replace_all(e.text, options_.connection_password.text(), "****");
    }
    const std::string in_url = detail::keyword_value(options_.connection_url, "pwd");
    if (in_url.size() > 3) {
      detail::replace_all(e.text, in_url, "****");
    }
    return e;
  }

  SQLHDBC handle() const noexcept { return dbc_.get(); }
  void set_query_timeout(SQLHSTMT statement) const noexcept {
    if (options_.query_timeout.count() > 0 && dialect_.kind != DialectKind::sqlite) {
      SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT, as_pointer(seconds(options_.query_timeout)), 0);
    }
  }

 private:
  static SQLPOINTER as_pointer(SQLULEN n) noexcept { return reinterpret_cast<SQLPOINTER>(n); }
  static SQLULEN seconds(std::chrono::milliseconds ms) noexcept {
    return static_cast<SQLULEN>((ms.count() + 999) / 1000);
  }

  Outcome<void> connect_as(DialectKind kind) {
    SQLHANDLE raw = SQL_NULL_HANDLE;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &raw))) {
      return SqlError{Failure::overloaded, "HY001", 0, "no memory for an ODBC environment"};
    }
    env_ = Handle<SQL_HANDLE_ENV>(raw);
    SQLSetEnvAttr(raw, SQL_ATTR_ODBC_VERSION, as_pointer(SQL_OV_ODBC3), 0);
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, env_.get(), &raw))) {
      return error(SQL_HANDLE_ENV, env_.get());
    }
    dbc_ = Handle<SQL_HANDLE_DBC>(raw);
    dialect_.kind = kind;
    if (options_.login_timeout.count() > 0) {
      SQLSetConnectAttr(raw, SQL_ATTR_LOGIN_TIMEOUT, as_pointer(seconds(options_.login_timeout)), 0);
    }
    std::string text = connection_string(options_, kind);
    const SQLRETURN rc =
        SQLDriverConnect(raw, nullptr, reinterpret_cast<SQLCHAR*>(text.data()), static_cast<SQLSMALLINT>(text.size()),
                         nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
    if (!SQL_SUCCEEDED(rc)) {
      SqlError e = error(SQL_HANDLE_DBC, raw);
      if (e.failure == Failure::config && (detail::starts(e.state, "IM") || detail::has(e.text, "Can't open lib"))) {
        const std::string driver = detail::keyword_value(options_.connection_url, "driver");
        e.text.append(" (driver '").append(driver).append("'; `odbcinst -q -d` lists the installed drivers)");
      } else if (!e.of_data() && e.failure != Failure::auth && e.failure != Failure::config) {
        e.failure = Failure::connection;
      }
      return e;
    }
    connected_ = true;
    return {};
  }

  DialectKind ask_dialect() const {
    char name[128] = {};
    SQLSMALLINT length = 0;
    SQLGetInfo(dbc_.get(), SQL_DBMS_NAME, name, sizeof name, &length);
    const std::string_view dbms(name);
    return detail::contains_word(dbms, "postgres")    ? DialectKind::postgres
           : detail::contains_word(dbms, "sqlite")    ? DialectKind::sqlite
           : detail::contains_word(dbms, "snowflake") ? DialectKind::snowflake
                                                      : DialectKind::generic;
  }

  Dialect make_dialect(DialectKind kind) const {
    Dialect d(kind);
    d.quoted = options_.quote_sql_identifiers != "never";
    if (kind == DialectKind::generic && connected_) {
      char quote[8] = {};
      SQLSMALLINT length = 0;
      if (SQL_SUCCEEDED(SQLGetInfo(dbc_.get(), SQL_IDENTIFIER_QUOTE_CHAR, quote, sizeof quote, &length)) && length == 1) {
        d.quote = quote[0];
        d.quoted = d.quoted && quote[0] != ' ';
      }
    }
    return d;
  }

  Outcome<void> run_init_sql() {
    std::string_view rest = options_.connection_init_sql;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      const std::string_view one = weir::detail::trim(rest.substr(0, end));
      if (!one.empty()) {
        if (auto done = execute(one); !done) {
          return done.error();
        }
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
  }

  Outcome<void> lost(SqlError e) {
    close();
    return e;
  }

  /// After an error the transaction still stands, and can be rolled back.
  Outcome<void> end(SQLSMALLINT how, std::string_view sql) {
    if (!in_transaction_) {
      return {};
    }
    if (dialect_.kind == DialectKind::sqlite) {
      if (auto done = execute(sql); !done) {
        return done.error();
      }
    } else if (!SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, dbc_.get(), how)) ||
               !SQL_SUCCEEDED(SQLSetConnectAttr(dbc_.get(), SQL_ATTR_AUTOCOMMIT, as_pointer(SQL_AUTOCOMMIT_ON), 0))) {
      return error(SQL_HANDLE_DBC, dbc_.get());
    }
    in_transaction_ = false;
    return {};
  }

  ConnectionOptions options_;
  Dialect dialect_{DialectKind::generic};
  Handle<SQL_HANDLE_ENV> env_;
  Handle<SQL_HANDLE_DBC> dbc_;
  std::uint64_t generation_{0};
  bool connected_{false};
  bool in_transaction_{false};
};

}  // namespace weir::inline v1::odbc
