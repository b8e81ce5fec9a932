#include "odbc_source.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "postgres.hpp"

#include <map>
#include <memory>

namespace weir::connectors::odbc {
namespace {

using testing::FakeTask;
using testing::TestBatch;
using weir::test::postgres;

struct PostgresSource : ::testing::Test {
  weir::test::Sql sql{postgres().odbc()};
  weir::test::Sql slow{postgres().odbc()};
  FakeTask task{"source"};
  std::unique_ptr<OdbcSource> source;

  void SetUp() override { sql.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); }
  void use(ConfigMap config) {
    config.emplace("connection.url", postgres().odbc());
    config.emplace("poll.interval.ms", "1");
    config.emplace("topic", "t");
    ConfigProblems problems;
    source = std::make_unique<OdbcSource>(OdbcSource::describe().parse(config, problems), task.task());
    ASSERT_TRUE(problems.empty()) << problems[0].message;
    ASSERT_TRUE(source->start());
  }
  /// The value of the first record of a poll.
  std::string first() {
    TestBatch batch;
    auto view = batch.view();
    EXPECT_TRUE(source->poll(view, std::chrono::milliseconds(20)));
    std::string out;
    if (batch.size() > 0) {
      json::write(batch[0].value(), out);
    }
    return out;
  }
  std::string poll() {
    std::string out;
    for (int i = 0; i < 3; ++i) {
      TestBatch batch;
      auto view = batch.view();
      auto done = source->poll(view, std::chrono::milliseconds(20));
      EXPECT_TRUE(done) << done.error().message;
      for (std::size_t r = 0; r < batch.size(); ++r) {
        json::write(batch[r].value(), out);
        out += '\n';
      }
      i = batch.size() > 0 ? -1 : i;
    }
    return out;
  }
};

TEST_F(PostgresSource, TypesOfColumns) {
  sql.execute("CREATE TABLE p(a smallint NOT NULL, b integer, c bigint, d real, e double precision, f boolean, g numeric(10,2), h text, "
              "i bytea, j date, k timestamp, l timestamptz, m jsonb, n numeric(5,0))");
  sql.execute("SET TIME ZONE 'Australia/Sydney'");
  sql.execute("INSERT INTO p VALUES(1,2,9007199254740993,0.5,0.1,true,12.50,'Zoë 🍵','\\x0001','2026-03-01','2026-03-01 10:11:12.345',"
              "'2026-03-01 10:11:12+11','{\"x\":1}',7)");
  use({{"table.whitelist", "p"}, {"mode", "bulk"}, {"numeric.mapping", "best_fit"}});
  TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(source->poll(view, std::chrono::milliseconds(20)));
  ASSERT_GE(batch.size(), 1u);
  std::string text;
  json::write(batch[0].value(), text);
  EXPECT_EQ(text,
            "{\"a\":1,\"b\":2,\"c\":9007199254740993,\"d\":0.5,\"e\":0.1,\"f\":true,\"g\":12.5,\"h\":\"Zoë \\uD83C\\uDF75\",\"i\":\"AAE=\","
            "\"j\":1772323200000,\"k\":1772359872345,\"l\":1772320272000,\"m\":\"{\\\"x\\\": 1}\",\"n\":7}");
  const Schema* schema = batch[0].value_schema();
  EXPECT_FALSE(weir::view(schema->field("a")->schema)->optional());
  EXPECT_EQ(weir::view(schema->field("a")->schema)->kind(), Kind::int16);
  EXPECT_EQ(weir::view(schema->field("f")->schema)->kind(), Kind::boolean);
  EXPECT_EQ(weir::view(schema->field("k")->schema)->name_text(), kTimestampName);
}

TEST_F(PostgresSource, DecimalsHaveTheScaleOfTheirSchema) {
  sql.execute("CREATE TABLE p(id integer, free numeric, two numeric(10,2), odd numeric(5,-2))");
  sql.execute("INSERT INTO p VALUES(1,1.5,12.50,12300),(2,-1.23456789,0,0),(3,7,NULL,100)");
  use({{"table.whitelist", "p"}, {"mode", "bulk"}, {"query.suffix", "ORDER BY id"}, {"key.columns", "free"}});
  TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(source->poll(view, std::chrono::milliseconds(20)));
  ASSERT_GE(batch.size(), 3u);
  const std::string_view values[] = {R"({"id":1,"free":1.500000,"two":12.50,"odd":12300})", R"({"id":2,"free":-1.23456789,"two":0.00,"odd":0})",
                                     R"({"id":3,"free":7.00000000,"two":null,"odd":100})"};
  const std::string_view keys[] = {"1.500000", "-1.23456789", "7.00000000"};
  const std::string_view scales[] = {"6", "8", "8"};
  for (std::size_t i = 0; i < 3; ++i) {
    std::string text;
    json::write(batch[i].value(), text);
    EXPECT_EQ(text, values[i]);
    EXPECT_EQ(batch[i].key().text(), keys[i]);
    const Schema* free = weir::view(batch[i].value_schema()->field("free")->schema);
    EXPECT_EQ(text_of(free->parameters[0].value), scales[i]);
    EXPECT_EQ(text_of(batch[i].key_schema()->parameters[0].value), scales[i]);
  }
}

TEST_F(PostgresSource, AWiderScaleIsNoDifferenceOfOtherRows) {
  sql.execute("CREATE TABLE p(id integer NOT NULL, free numeric)");
  sql.execute("INSERT INTO p VALUES(1,1.5)");
  use({{"table.whitelist", "p"}, {"mode", "bulk"}, {"snapshot.diff", "true"}, {"key.columns", "id"}});
  EXPECT_EQ(poll(), "{\"id\":1,\"free\":1.500000}\n");
  sql.execute("INSERT INTO p VALUES(2,-1.23456789)");
  EXPECT_EQ(poll(), "{\"id\":2,\"free\":-1.23456789}\n");
  sql.execute("UPDATE p SET free=2 WHERE id=1; DELETE FROM p WHERE id=2");
  const std::string both = poll();
  EXPECT_NE(both.find("{\"id\":1,\"free\":2.00000000}\n"), std::string::npos) << both;
  EXPECT_NE(both.find("null\n"), std::string::npos) << both;
}

TEST_F(PostgresSource, UuidsAreWrittenAsPostgresWritesThem) {
  sql.execute("CREATE TABLE p(u uuid); INSERT INTO p VALUES('f98afc42-2311-4a95-bb79-01c1f825bab6')");
  use({{"table.whitelist", "p"}, {"mode", "bulk"}});
  EXPECT_EQ(first(), "{\"u\":\"f98afc42-2311-4a95-bb79-01c1f825bab6\"}");
}

TEST_F(PostgresSource, LateCommitIsNotPassedOverByTheNumber) {
  sql.execute("CREATE TABLE p(id serial PRIMARY KEY, v text)");
  use({{"table.whitelist", "p"}, {"mode", "incrementing"}, {"incrementing.column.name", "id"}});
  slow.execute("BEGIN");
  slow.execute("INSERT INTO p(v) VALUES('slow')");
  sql.execute("INSERT INTO p(v) VALUES('fast')");
  EXPECT_EQ(poll(), "") << "1 is not there yet, so 2 waits";
  slow.execute("COMMIT");
  EXPECT_EQ(poll(), "{\"id\":1,\"v\":\"slow\"}\n{\"id\":2,\"v\":\"fast\"}\n");
}

TEST_F(PostgresSource, LateCommitIsNotPassedOverByTheTime) {
  sql.execute("CREATE TABLE p(v text, at timestamptz DEFAULT now())");
  use({{"table.whitelist", "p"}, {"mode", "timestamp"}, {"timestamp.column.name", "at"}});
  slow.execute("BEGIN");
  slow.execute("INSERT INTO p(v) VALUES('slow')");
  sql.execute("INSERT INTO p(v) VALUES('fast')");
  EXPECT_EQ(poll(), "");
  slow.execute("COMMIT");
  const std::string both = poll();
  EXPECT_NE(both.find("slow"), std::string::npos);
  EXPECT_NE(both.find("fast"), std::string::npos);
  EXPECT_EQ(poll(), "");
}

TEST_F(PostgresSource, TheOlderTransactionMayHaveTheLaterNumber) {
  sql.execute("CREATE TABLE p(id serial PRIMARY KEY, v text); CREATE TABLE other(v text)");
  use({{"table.whitelist", "p"}, {"mode", "incrementing"}, {"incrementing.column.name", "id"}});
  sql.execute("BEGIN");
  sql.execute("INSERT INTO other VALUES('the transaction has its number')");
  slow.execute("BEGIN");
  slow.execute("INSERT INTO p(v) VALUES('slow')");
  sql.execute("INSERT INTO p(v) VALUES('fast')");
  sql.execute("COMMIT");
  EXPECT_EQ(poll(), "") << "1 is not there yet, so 2 waits";
  slow.execute("COMMIT");
  EXPECT_EQ(poll(), "{\"id\":1,\"v\":\"slow\"}\n{\"id\":2,\"v\":\"fast\"}\n");
}

TEST_F(PostgresSource, LateCommitIsNotPassedOverByARoleWithoutPrivileges) {
  sql.execute("DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; GRANT USAGE ON SCHEMA public TO plain");
  sql.execute("CREATE TABLE p(v text, at timestamptz DEFAULT now()); GRANT SELECT ON p TO plain");
  use({{"connection.url", postgres().odbc() + "UID=plain;"}, {"table.whitelist", "p"}, {"mode", "timestamp"}, {"timestamp.column.name", "at"}});
  slow.execute("BEGIN");
  slow.execute("INSERT INTO p(v) VALUES('slow')");
  sql.execute("INSERT INTO p(v) VALUES('fast')");
  EXPECT_EQ(poll(), "");
  slow.execute("COMMIT");
  const std::string both = poll();
  EXPECT_NE(both.find("slow"), std::string::npos);
  EXPECT_NE(both.find("fast"), std::string::npos);
}

TEST_F(PostgresSource, ColumnsAreFoundInAnyCase) {
  sql.execute("CREATE TABLE P(Id integer, At timestamp)");
  sql.execute("INSERT INTO P VALUES(1,'2026-01-01 00:00:00')");
  for (const char* mode : {"incrementing", "timestamp", "timestamp+incrementing"}) {
    use({{"table.whitelist", "P"}, {"mode", mode}, {"timestamp.column.name", "AT"}, {"incrementing.column.name", "ID"}, {"key.columns", "ID"}});
    EXPECT_EQ(poll(), "{\"id\":1,\"at\":1767225600000}\n") << mode;
  }
}

TEST_F(PostgresSource, MicrosecondsDoNotRepeatTheLastRow) {
  sql.execute("CREATE TABLE p(id integer, at timestamp)");
  sql.execute("INSERT INTO p VALUES(1,'2026-01-01 00:00:00.123456'),(2,'2026-01-01 00:00:00.123457')");
  use({{"table.whitelist", "p"}, {"mode", "timestamp+incrementing"}, {"timestamp.column.name", "at"}, {"incrementing.column.name", "id"}});
  EXPECT_EQ(poll(), "{\"id\":1,\"at\":1767225600123}\n{\"id\":2,\"at\":1767225600123}\n");
  EXPECT_EQ(poll(), "");
}

TEST_F(PostgresSource, LateCommitIsNotPassedOverInAView) {
  sql.execute("CREATE TABLE p(id serial)");
  sql.execute("CREATE VIEW P_V AS SELECT * FROM p");
  use({{"table.whitelist", "P_V"}, {"mode", "incrementing"}, {"incrementing.column.name", "id"}});
  slow.execute("BEGIN");
  slow.execute("INSERT INTO p VALUES(DEFAULT)");
  sql.execute("INSERT INTO p VALUES(DEFAULT)");
  EXPECT_EQ(poll(), "");
  slow.execute("COMMIT");
  EXPECT_EQ(poll(), "{\"id\":1}\n{\"id\":2}\n");
}

TEST_F(PostgresSource, GoesOnAfterARestartOfTheServer) {
  sql.execute("CREATE TABLE p(id integer)");
  sql.execute("INSERT INTO p VALUES(1)");
  use({{"table.whitelist", "p"}, {"mode", "incrementing"}, {"incrementing.column.name", "id"}});
  EXPECT_EQ(poll(), "{\"id\":1}\n");
  postgres().stop();
  TestBatch batch;
  auto view = batch.view();
  auto down = source->poll(view, std::chrono::milliseconds(20));
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Errc::retriable);
  postgres().start();
  weir::test::Sql again(postgres().odbc());
  again.execute("INSERT INTO p VALUES(2)");
  EXPECT_EQ(poll(), "{\"id\":2}\n");
}

}  // namespace
}  // namespace weir::connectors::odbc
