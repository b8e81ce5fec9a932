#include <weir/odbc/connection.hpp>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/sql.hpp"

namespace weir::odbc {
namespace {

ConnectionOptions options(std::string url) {
  ConnectionOptions o;
  o.connection_url = std::move(url);
  return o;
}

TEST(Connection, AppendsUserAndPasswordInBraces) {
  ConnectionOptions o = options("Driver=Some;Server=h");
  o.connection_user = "me";
  o.connection_password = Secret("a}b;c");
  EXPECT_EQ(connection_string(o, DialectKind::generic), "Driver=Some;Server=h;UID={me};PWD={a}}b;c}");
}

TEST(Connection, SetsUpThePostgresDriverForBulkUnlessTheUrlDoes) {
  EXPECT_EQ(connection_string(options("Driver={PostgreSQL Unicode};Server=h;"), DialectKind::postgres),
            "Driver={PostgreSQL Unicode};Server=h;Protocol=7.4-0;BoolsAsChar=0;"
            "pqopt={keepalives_idle=15 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=30000}");
  EXPECT_EQ(connection_string(options("DSN=x;PROTOCOL=7.4-2;BoolsAsChar=1;KeepaliveTime=60"), DialectKind::postgres),
            "DSN=x;PROTOCOL=7.4-2;BoolsAsChar=1;KeepaliveTime=60");
  EXPECT_EQ(connection_string(options("DSN=x;PROTOCOL=7.4-2;BoolsAsChar=1;pqopt={application_name=weir}"), DialectKind::postgres),
            "DSN=x;PROTOCOL=7.4-2;BoolsAsChar=1;pqopt={application_name=weir}");
}

TEST(Connection, ReadsKeywordsOfAConnectionString) {
  EXPECT_EQ(detail::keyword_value("Driver={A;B}}C};PWD=x", "driver"), "A;B}C");
  EXPECT_EQ(detail::keyword_value("Driver=SQLite3; pwd = y;Z=1", "PWD"), " y");
  EXPECT_EQ(detail::keyword_value("Driver=SQLite3", "PWD"), "");
}

TEST(Connection, MissingDriverIsABadConfigThatSaysWhereToLook) {
  Connection c(options("Driver={No Such Driver};Server=h"));
  auto done = c.connect();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().failure, Failure::config);
  const Error e = done.error().error("cannot connect");
  EXPECT_EQ(e.code, Errc::bad_config);
  EXPECT_NE(e.message.find("No Such Driver"), std::string::npos) << e.message;
  EXPECT_NE(e.message.find("odbcinst -q -d"), std::string::npos) << e.message;
}

TEST(Connection, RunsInitSqlAfterEachConnect) {
  weir::test::TempDir dir;
  ConnectionOptions o = options(weir::test::sqlite_odbc((dir.path() / "a.db").string()));
  o.connection_init_sql = "CREATE TABLE IF NOT EXISTS t(n INTEGER); INSERT INTO t VALUES(1);";
  Connection c(o);
  ASSERT_TRUE(c.connect());
  EXPECT_EQ(c.dialect().kind, DialectKind::sqlite);
  const auto first = c.generation();
  ASSERT_TRUE(c.connect());
  EXPECT_GT(c.generation(), first);
  weir::test::Sql sql(o.connection_url);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM t"), 2);
}

TEST(Connection, RollsBackWhatWasNotCommitted) {
  weir::test::TempDir dir;
  Connection c(options(weir::test::sqlite_odbc((dir.path() / "a.db").string())));
  ASSERT_TRUE(c.connect());
  ASSERT_TRUE(c.execute("CREATE TABLE t(n INTEGER)"));
  ASSERT_TRUE(c.begin());
  ASSERT_TRUE(c.execute("INSERT INTO t VALUES(1)"));
  ASSERT_TRUE(c.rollback());
  ASSERT_TRUE(c.begin());
  ASSERT_TRUE(c.execute("INSERT INTO t VALUES(2)"));
  ASSERT_TRUE(c.commit());
  weir::test::Sql sql(c.options().connection_url);
  EXPECT_EQ(sql.value("SELECT group_concat(n) FROM t"), "2");
}

TEST(Connection, PasswordsNeverStandInMessages) {
  ConnectionOptions o = options("Driver={hunter22};PWD=hunter22");
  o.connection_password = Secret("hunter22");
  Connection c(o);
  auto done = c.connect();
  ASSERT_FALSE(done);
  const std::string driver_text = done.error().text.substr(0, done.error().text.find(" (driver"));
  EXPECT_EQ(driver_text.find("hunter22"), std::string::npos) << driver_text;
}

TEST(Statement, OutlivesItsSessionUnharmed) {
  weir::test::TempDir dir;
  Connection c(options(weir::test::sqlite_odbc((dir.path() / "a.db").string())));
  ASSERT_TRUE(c.connect());
  {
    auto kept = c.execute("CREATE TABLE t(n INTEGER)");
    ASSERT_TRUE(kept);
  }
  c.close();
  ASSERT_TRUE(c.connect());
  ASSERT_TRUE(c.execute("INSERT INTO t VALUES(1)"));
}

}  // namespace
}  // namespace weir::odbc
