// A small ODBC connection for the oracles of tests: PostgreSQL and SQLite.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::test {

using SqlRow = std::vector<std::optional<std::string>>;  ///< every column as text, NULL = nothing

/// "Driver=SQLite3;Database=FILE;Timeout=5000"
std::string sqlite_odbc(const std::string& file);

/// Autocommit. One thread at a time; every call throws std::runtime_error with the driver's
/// message.
class Sql {
 public:
  explicit Sql(const std::string& connection_string);
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;
  ~Sql();

  void execute(const std::string& statement);
  std::vector<SqlRow> rows(const std::string& query);
  /// First column of the first row; throws when there is none or it is NULL.
  std::string value(const std::string& query);
  long long number(const std::string& query) { return std::stoll(value(query)); }

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace weir::test
