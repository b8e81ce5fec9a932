// The keys with which every ODBC component says where its database is.
#pragma once

#include <weir/config_def.hpp>

#include <chrono>
#include <string>

namespace weir::inline v1::odbc {

/// Base of a component's Config.
struct ConnectionOptions {
  std::string connection_url;
  std::string connection_user;
  Secret connection_password;
  std::string dialect_name{"auto"};
  std::string quote_sql_identifiers{"always"};
  std::chrono::milliseconds query_timeout{60'000};
  std::chrono::milliseconds login_timeout{10'000};
  std::string connection_init_sql;
};

/// A member of a base as a member of the config: &ConnectionOptions::url does not convert by itself in field().
template <class C, class B, class T>
constexpr T C::*member(T B::*pointer) noexcept {
  return pointer;
}

/// Declares the keys above, but not those that a component does not use.
template <class C>
ConfigDef<C> describe_connection(ConfigDef<C> def, bool quotes_names = true, bool has_query_timeout = true) {
  using O = ConnectionOptions;
  def.field("connection.url", member<C>(&O::connection_url),
            "ODBC connection string (`Driver={...};Server=...`) or `DSN=name`.")
      .required()
      .non_empty()
      .importance(Importance::high)
      .group("Connection")
      .field("connection.user", member<C>(&O::connection_user), "Appended to the connection string as UID.")
      .group("Connection")
      .field("connection.password", member<C>(&O::connection_password),
             "Appended to the connection string as PWD.")
      .group("Connection")
      .field("dialect.name", member<C>(&O::dialect_name),
             "SQL dialect; auto asks the driver for the name of its database.")
      .one_of({"auto", "postgres", "sqlite", "snowflake", "generic"})
      .group("Connection")
      .field("login.timeout.ms", member<C>(&O::login_timeout),
             "Limit for connecting (whole seconds, rounded up; 0: the driver's).")
      .at_least(0)
      .group("Connection")
      .field("connection.init.sql", member<C>(&O::connection_init_sql),
             "Run after each connect, statements separated by `;` "
             "(`PRAGMA journal_mode=WAL` for a SQLite file with several connections).")
      .group("Connection");
  if (quotes_names) {
    def.field("quote.sql.identifiers", member<C>(&O::quote_sql_identifiers),
              "Whether names of tables and columns are quoted.")
        .one_of({"always", "never"})
        .group("Connection");
  }
  if (has_query_timeout) {
    def.field("query.timeout.ms", member<C>(&O::query_timeout),
              "Limit for one statement (whole seconds, rounded up; 0: none).")
        .at_least(0)
        .group("Connection");
  }
  def.check([](const C& config, ConfigProblems& problems) {
    if (config.connection_url.starts_with(
            "jdbc:")) {  // it may hold a password, so it is not repeated
      problems.push_back(
          {"connection.url",
           "connection.url is a JDBC URL, and an ODBC connection string is needed: "
           "Driver={PostgreSQL Unicode};Server=HOST;Port=5432;Database=NAME, or DSN=NAME"});
    }
  });
  return def;
}

}  // namespace weir::inline v1::odbc
