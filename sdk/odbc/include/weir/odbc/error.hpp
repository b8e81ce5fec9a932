// What a database said, and which of our classes it is (by SQLSTATE, and by SQLite's native codes).
#pragma once

#include <weir/result.hpp>
#include <weir/task.hpp>

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace weir::inline v1::odbc {

enum class DialectKind : std::uint8_t { postgres, sqlite, snowflake, generic };

/// What to do about an error.
///   connection   reconnect, then the same again; counts for the breaker
///   transaction  roll back, the same again with jitter; says nothing about the endpoint (deadlock, busy)
///   overloaded   the same again later; counts for the breaker (timeout, full, shutting down)
///   data         these rows can never pass: find them
///   duplicate    data, but a unique key: fine where a row may be there already
///   schema       a table or column is missing: create it, or stop
///   config       nothing that a retry mends (syntax, permission, no such driver)
///   auth         the login is refused
enum class Failure : std::uint8_t { connection, transaction, overloaded, data, duplicate, schema, config, auth };

constexpr std::string_view to_string(Failure f) noexcept {
  switch (f) {
    case Failure::connection: return "connection";
    case Failure::transaction: return "transaction";
    case Failure::overloaded: return "overloaded";
    case Failure::data: return "data";
    case Failure::duplicate: return "duplicate";
    case Failure::schema: return "schema";
    case Failure::config: return "config";
    case Failure::auth: return "auth";
  }
  return "overloaded";
}

/// All diagnostic records of one failed call.
struct SqlError {
  Failure failure{Failure::overloaded};
  std::string state;  ///< of the first record
  SQLINTEGER native{0};
  std::string text;  ///< of all records; no secrets

  bool of_data() const noexcept { return failure == Failure::data || failure == Failure::duplicate; }
  /// The class in the runtime's words, for an error that nobody could mend.
  Errc code() const noexcept {
    switch (failure) {
      case Failure::data:
      case Failure::duplicate: return Errc::bad_record;
      case Failure::schema:
      case Failure::config: return Errc::bad_config;
      default: return Errc::retriable;
    }
  }
  CallOutcome outcome() const noexcept {
    switch (failure) {
      case Failure::connection:
      case Failure::overloaded: return CallOutcome::failure;
      case Failure::auth: return CallOutcome::auth;
      default: return CallOutcome::ignored;
    }
  }
  /// "what: text [state 08001, native 7]"
  Error error(std::string_view what) const {
    std::string message(what);
    message.append(": ").append(text).append(" [SQLSTATE ").append(state);
    message.append(", native code ").append(std::to_string(native)).append("]");
    return {code(), std::move(message)};
  }
};

/// A value or an SqlError; weir::Result for code that still has to decide by the class of the failure.
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Outcome(SqlError error) : state_(std::in_place_index<1>, std::move(error)) {}
  explicit operator bool() const noexcept { return state_.index() == 0; }
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const SqlError& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, SqlError> state_;
};

template <>
class [[nodiscard]] Outcome<void> {
 public:
  Outcome() noexcept = default;
  Outcome(SqlError error) : error_(std::move(error)), ok_(false) {}
  explicit operator bool() const noexcept { return ok_; }
  const SqlError& error() const noexcept { return error_; }

 private:
  SqlError error_;
  bool ok_{true};
};

namespace detail {

inline bool starts(std::string_view state, std::string_view with) noexcept {
  return state.substr(0, with.size()) == with;
}
inline bool has(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}
inline bool one_of(std::string_view state, std::initializer_list<std::string_view> list) noexcept {
  for (std::string_view s : list) {
    if (state == s) {
      return true;
    }
  }
  return false;
}

/// SQLite's driver reports everything as HY000; the native code is SQLite's result code.
inline Failure of_sqlite(SQLINTEGER native, std::string_view text) noexcept {
  switch (native & 0xff) {
    case 19:
      return has(text, "UNIQUE") || has(text, "not unique") ? Failure::duplicate : Failure::data;
    case 18:                                     // SQLITE_TOOBIG
    case 20: return Failure::data;               // SQLITE_MISMATCH
    case 5:                                      // SQLITE_BUSY
    case 6: return Failure::transaction;         // SQLITE_LOCKED
    case 1:
      return has(text, "no such table") || has(text, "no such column") || has(text, "has no column named")
                 ? Failure::schema
                 : Failure::config;
    case 17: return Failure::transaction;  // SQLITE_SCHEMA: prepared against an older one
    case 3:                                // SQLITE_PERM
    case 8:                                // SQLITE_READONLY
    case 23:                               // SQLITE_AUTH
    case 26: return Failure::config;       // SQLITE_NOTADB
    default: return Failure::overloaded;   // 10 I/O, 13 full, 14 cannot open
  }
}

}  // namespace detail

/// The class of one diagnostic record.
inline Failure classify(DialectKind dialect, std::string_view state, SQLINTEGER native,
                        std::string_view text) noexcept {
  using detail::has;
  using detail::one_of;
  using detail::starts;
  if (starts(state, "IM") || has(text, "Can't open lib")) {
    return Failure::config;
  }
  if (dialect == DialectKind::sqlite && (state == "HY000" || native != 0)) {
    return detail::of_sqlite(native, text);
  }
  // psqlODBC reports a refused login as 08001.
  if (starts(state, "28") || has(text, "password authentication failed") ||
      has(text, "no pg_hba.conf entry")) {
    return Failure::auth;
  }
  if (starts(state, "3D") || (state == "08001" && has(text, "FATAL") && has(text, "does not exist"))) {
    return Failure::config;
  }
  if (starts(state, "08") || one_of(state, {"57P01", "57P02", "57P03", "HYT01", "01002"}) ||
      has(text, "server closed the connection") || has(text, "no connection to the server") ||
      has(text, "terminating connection") || has(text, "could not receive data from server") ||
      has(text, "could not send data to server")) {
    return Failure::connection;
  }
  // PostgreSQL, when somebody changes a table between the preparation of a SELECT * and its execution.
  if (one_of(state, {"40001", "40P01", "55P03", "25P02"}) || has(text, "cached plan must not change result type")) {
    return Failure::transaction;
  }
  if (one_of(state, {"HYT00", "57014", "54001"}) || starts(state, "53") || starts(state, "58")) {
    return Failure::overloaded;
  }
  if (one_of(state, {"42S02", "42P01", "42S22", "42703", "21S01", "3F000"})) {
    return Failure::schema;
  }
  if (state == "23505") {
    return Failure::duplicate;
  }
  // 54000: a value is too large for an index or a row; 44000: a view's CHECK OPTION.
  if (starts(state, "22") || starts(state, "23") ||
      one_of(state, {"07006", "HY104", "42804", "21000", "44000", "54000"})) {
    return Failure::data;
  }
  if (starts(state, "42") || starts(state, "0A") || starts(state, "25") || starts(state, "2B")) {
    return Failure::config;
  }
  return Failure::overloaded;
}

/// Everything that the handle has to say about its last call; call it before the next one.
inline SqlError read_error(SQLSMALLINT type, SQLHANDLE handle, DialectKind dialect) {
  SqlError error;
  SQLCHAR state[6] = {};
  SQLINTEGER native = 0;
  SQLCHAR text[2048] = {};
  SQLSMALLINT length = 0;
  for (SQLSMALLINT i = 1; i <= 8; ++i) {
    const SQLRETURN rc = SQLGetDiagRec(type, handle, i, state, &native, text, sizeof text, &length);
    if (!SQL_SUCCEEDED(rc)) {
      break;
    }
    std::string_view part(reinterpret_cast<const char*>(text));
    while (!part.empty() && (part.back() == '\n' || part.back() == ' ' || part.back() == ';')) {
      part.remove_suffix(1);
    }
    if (i == 1) {
      error.state.assign(reinterpret_cast<const char*>(state), 5);
      error.native = native;
      error.text = part;
    } else if (error.text.find(part) == std::string::npos) {
      error.text.append("; ").append(part);
    }
  }
  if (error.state.empty()) {
    error.state = "HY000";
    error.text = "the driver gives no reason";
  }
  for (char& c : error.text) {
    c = c == '\n' || c == '\r' ? ' ' : c;
  }
  error.failure = classify(dialect, error.state, error.native, error.text);
  return error;
}

}  // namespace weir::inline v1::odbc
