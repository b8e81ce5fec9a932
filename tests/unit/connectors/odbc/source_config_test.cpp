#include "horizon.hpp"
#include "source_config.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::odbc {
namespace {

using weir::odbc::Dialect;
using weir::odbc::DialectKind;

ConfigProblems problems_of(ConfigMap config) {
  config.emplace("connection.url", "Driver=x");
  ConfigProblems problems;
  (void)describe_source().parse(config, problems);
  return problems;
}

TEST(OdbcSourceConfig, Queries) {
  OdbcSourceConfig c;
  const Dialect d(DialectKind::postgres);
  EXPECT_EQ(source_sql(c, d, "\"t\"", false), "SELECT * FROM \"t\"");
  c.query_suffix = "LIMIT 5";
  EXPECT_EQ(source_sql(c, d, "\"t\"", false), "SELECT * FROM \"t\" LIMIT 5");
  c.query_suffix.clear();
  c.incrementing_column = "id";
  c.timestamp_columns = {"at"};
  c.mode = Mode::incrementing;
  EXPECT_EQ(source_sql(c, d, "\"t\"", false), "SELECT * FROM \"t\" WHERE \"id\">? ORDER BY \"id\"");
  EXPECT_EQ(source_sql(c, d, "\"t\"", true),
            "SELECT * FROM \"t\" WHERE \"id\">? AND \"id\"<=? ORDER BY \"id\"");
  c.mode = Mode::timestamp;
  EXPECT_EQ(source_sql(c, d, "\"t\"", false), "SELECT * FROM \"t\" WHERE \"at\">? AND \"at\"<? ORDER BY \"at\"");
  c.timestamp_columns = {"changed", "made"};
  EXPECT_EQ(source_sql(c, d, "\"t\"", false),
            "SELECT * FROM \"t\" WHERE COALESCE(\"changed\",\"made\")>? AND COALESCE(\"changed\",\"made\")<? ORDER BY "
            "COALESCE(\"changed\",\"made\")");
  c.timestamp_columns = {"at"};
  c.mode = Mode::timestamp_incrementing;
  EXPECT_EQ(source_sql(c, d, "\"t\"", false),
            "SELECT * FROM \"t\" WHERE \"at\"<? AND ((\"at\"=? AND \"id\">?) OR \"at\">?) ORDER BY \"at\",\"id\"");
  c.query = "SELECT 1 AS id";
  c.mode = Mode::bulk;
  EXPECT_EQ(source_sql(c, d, "", false), "SELECT 1 AS id");
  c.mode = Mode::incrementing;
  EXPECT_EQ(source_sql(c, d, "", false), "SELECT * FROM (SELECT 1 AS id) weir_query WHERE \"id\">? ORDER BY \"id\"");
}

TEST(OdbcSourceConfig, OnlyPostgresTellsOfTransactions) {
  OdbcSourceConfig c;
  const Dialect d(DialectKind::postgres);
  EXPECT_EQ(horizon_sql(c, d, "\"t\""), "");
  c.incrementing_column = "id";
  c.mode = Mode::incrementing;
  EXPECT_TRUE(horizon_sql(c, d, "\"t\"").starts_with("SELECT (SELECT MAX(\"id\") FROM \"t\"),("));
  EXPECT_EQ(horizon_sql(c, Dialect(DialectKind::sqlite), "\"t\""), "");
  c.mode = Mode::timestamp_incrementing;
  EXPECT_TRUE(horizon_sql(c, d, "\"t\"").starts_with("SELECT to_char(now(),"));
}

TEST(Horizon, WaitsForTheWritersOfTheMomentAndNoOthers) {
  Horizon h;
  h.observe("5", "70,71");
  EXPECT_FALSE(h.settled());
  h.observe("9", "71,72");
  EXPECT_FALSE(h.settled());
  h.observe("12", "72");
  EXPECT_EQ(h.settled(), "5") << "72 came after 5 was noted";
  h.observe("15", "73");
  EXPECT_EQ(h.settled(), "12");
  h.observe("20", "");
  EXPECT_EQ(h.settled(), "20");
  h.observe(std::nullopt, "");
  EXPECT_FALSE(h.settled());
}

TEST(OdbcSourceConfig, RefusesWhatDoesNotFit) {
  EXPECT_EQ(problems_of({{"topic", "t"}}).at(0).key, "table.whitelist");
  EXPECT_EQ(problems_of({{"topic", "t"}, {"query", "q"}, {"table.whitelist", "a"}}).at(0).key, "table.whitelist");
  EXPECT_EQ(problems_of({{"table.whitelist", "a"}}).at(0).key, "topic.prefix");
  EXPECT_EQ(problems_of({{"table.whitelist", "a"}, {"topic", "t"}, {"mode", "incrementing"}}).at(0).key,
            "incrementing.column.name");
  EXPECT_EQ(problems_of({{"table.whitelist", "a"}, {"topic", "t"}, {"mode", "timestamp"}}).at(0).key,
            "timestamp.column.name");
  EXPECT_EQ(problems_of({{"table.whitelist", "a"}, {"topic", "t"}, {"snapshot.diff", "true"}}).at(0).key, "key.columns");
  EXPECT_EQ(problems_of({{"table.whitelist", "a,b"}, {"topic", "t"}}).at(0).key, "topic");
  EXPECT_TRUE(problems_of({{"table.whitelist", "a,b"}, {"topic.prefix", "t."}}).empty());
  const auto jdbc = problems_of({{"connection.url", "jdbc:postgresql://h/d?password=p"},
                                 {"table.whitelist", "a"},
                                 {"topic", "t"}});
  ASSERT_EQ(jdbc.size(), 1u);
  EXPECT_EQ(jdbc[0].key, "connection.url");
  EXPECT_EQ(jdbc[0].message.find("password=p"), std::string::npos);
}

}  // namespace
}  // namespace weir::connectors::odbc
