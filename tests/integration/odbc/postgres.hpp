// One PostgreSQL for all tests of this program.
#pragma once

#include "support/postgres_server.hpp"
#include "support/sql.hpp"

#include <string>

namespace weir::test {

inline PostgresServer& postgres() {
  static PostgresServer server(PostgresOptions{.durable = true, .settings = {}});  // kill -9 must lose nothing
  return server;
}

/// Rows as lines, columns with '|' between, NULL as '-'.
inline std::string lines(Sql& sql, const std::string& query) {
  std::string out;
  for (const auto& row : sql.rows(query)) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out.append(i == 0 ? "" : "|").append(row[i].value_or("-"));
    }
    out += '\n';
  }
  return out;
}

}  // namespace weir::test
