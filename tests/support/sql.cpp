#include "support/sql.hpp"

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <stdexcept>

namespace weir::test {
namespace {

[[noreturn]] void fail(SQLSMALLINT type, SQLHANDLE handle, const std::string& what) {
  std::array<SQLCHAR, 6> state{};
  std::array<SQLCHAR, 1024> text{};
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  std::string message = what;
  if (SQL_SUCCEEDED(SQLGetDiagRec(type, handle, 1, state.data(), &native, text.data(),
                                  static_cast<SQLSMALLINT>(text.size()), &length))) {
    message += ": [" + std::string(reinterpret_cast<const char*>(state.data())) + "] " +
               reinterpret_cast<const char*>(text.data());
  }
  throw std::runtime_error(message);
}

SQLCHAR* chars(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

class Statement {
 public:
  explicit Statement(SQLHDBC connection) {
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, connection, &handle_))) {
      fail(SQL_HANDLE_DBC, connection, "statement");
    }
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }
  SQLHSTMT get() const { return handle_; }

  void run(const std::string& text) {
    SQLRETURN code = SQLExecDirect(handle_, chars(text), SQL_NTS);
    if (!SQL_SUCCEEDED(code) && code != SQL_NO_DATA) {
      fail(SQL_HANDLE_STMT, handle_, text);
    }
  }

  std::optional<std::string> column(SQLUSMALLINT index) {
    std::string all;
    std::array<char, 4096> part{};
    while (true) {
      SQLLEN length = 0;
      SQLRETURN code = SQLGetData(handle_, index, SQL_C_CHAR, part.data(),
                                  static_cast<SQLLEN>(part.size()), &length);
      if (code == SQL_NO_DATA) {
        return all;
      }
      if (!SQL_SUCCEEDED(code)) {
        fail(SQL_HANDLE_STMT, handle_, "column " + std::to_string(index));
      }
      if (length == SQL_NULL_DATA) {
        return std::nullopt;
      }
      all += part.data();
      if (code == SQL_SUCCESS) {
        return all;
      }
    }
  }

 private:
  SQLHSTMT handle_{SQL_NULL_HSTMT};
};

}  // namespace

struct Sql::Handles {
  SQLHENV environment{SQL_NULL_HENV};
  SQLHDBC connection{SQL_NULL_HDBC};
  bool connected{false};

  Handles() = default;
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    if (connected) {
      SQLDisconnect(connection);
    }
    if (connection != SQL_NULL_HDBC) {
      SQLFreeHandle(SQL_HANDLE_DBC, connection);
    }
    if (environment != SQL_NULL_HENV) {
      SQLFreeHandle(SQL_HANDLE_ENV, environment);
    }
  }
};

std::string sqlite_odbc(const std::string& file) {
  return "Driver=SQLite3;Database=" + file + ";Timeout=5000";
}

Sql::Sql(const std::string& connection_string) : handles_(std::make_unique<Handles>()) {
  SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &handles_->environment);
  SQLSetEnvAttr(handles_->environment, SQL_ATTR_ODBC_VERSION,
                reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  SQLAllocHandle(SQL_HANDLE_DBC, handles_->environment, &handles_->connection);
  SQLRETURN code = SQLDriverConnect(handles_->connection, nullptr, chars(connection_string),
                                    SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
  if (!SQL_SUCCEEDED(code)) {
    fail(SQL_HANDLE_DBC, handles_->connection, "connect " + connection_string);
  }
  handles_->connected = true;
}

Sql::~Sql() = default;

void Sql::execute(const std::string& text) { Statement(handles_->connection).run(text); }

std::vector<SqlRow> Sql::rows(const std::string& query) {
  Statement statement(handles_->connection);
  statement.run(query);
  SQLSMALLINT columns = 0;
  SQLNumResultCols(statement.get(), &columns);
  std::vector<SqlRow> result;
  while (true) {
    SQLRETURN code = SQLFetch(statement.get());
    if (code == SQL_NO_DATA) {
      return result;
    }
    if (!SQL_SUCCEEDED(code)) {
      fail(SQL_HANDLE_STMT, statement.get(), query);
    }
    SqlRow row;
    for (SQLSMALLINT i = 1; i <= columns; ++i) {
      row.push_back(statement.column(static_cast<SQLUSMALLINT>(i)));
    }
    result.push_back(std::move(row));
  }
}

std::string Sql::value(const std::string& query) {
  std::vector<SqlRow> all = rows(query);
  if (all.empty() || all.front().empty() || !all.front().front()) {
    throw std::runtime_error("no value: " + query);
  }
  return *all.front().front();
}

}  // namespace weir::test
