#include "odbc_lookup.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/sql.hpp"

#include <memory>

namespace weir::transforms::odbc_lookup {
namespace {

using std::chrono::milliseconds;
using testing::FakeTask;
using testing::TestBatch;

struct OdbcLookupTest : ::testing::Test {
  weir::test::TempDir dir;
  std::string url = weir::test::sqlite_odbc((dir.path() / "a.db").string());
  weir::test::Sql sql{url};
  FakeTask task{"relay", "relay.products"};
  std::unique_ptr<OdbcLookup> lookup;
  Cache::Clock::time_point now{};

  void SetUp() override {
    sql.execute("CREATE TABLE PRODUCT(SKU TEXT, NAME TEXT, PRICE_CENTS INTEGER, ACTIVE TEXT)");
    sql.execute("CREATE VIEW PRODUCT_V AS SELECT SKU, NAME, PRICE_CENTS FROM PRODUCT WHERE ACTIVE='Y'");
    sql.execute("INSERT INTO PRODUCT VALUES('43000040','Kids Tee',1200,'Y'),('43000188','抹茶 \"🍵\"',NULL,'Y'),('43000999','Gone',1,'N')");
  }
  static ConfigMap base(const std::string& url) {
    return {{"connection.url", url}, {"lookup.table", "PRODUCT_V"}, {"lookup.key.column", "SKU"}, {"lookup.key.pointer", "/items/*/sku"}};
  }
  void use(const ConfigMap& extra = {}) {
    ConfigMap config = extra;
    config.merge(base(url));
    ConfigProblems problems;
    auto parsed = OdbcLookup::describe().parse(config, problems);
    ASSERT_TRUE(problems.empty()) << problems[0].message;
    lookup = std::make_unique<OdbcLookup>(std::move(parsed), task.task(), [this] { return now; });
  }
  static void add(TestBatch& batch, const std::string& value) {
    json::ReadOptions lazy;
    lazy.lazy = true;
    weir_record& r = batch.add("t", 0, static_cast<std::int64_t>(batch.size()));
    r.value = *json::read(batch.arena().copy(value), batch.arena(), lazy);
  }
  static std::string out(TestBatch& batch, std::size_t at) {
    std::string text;
    json::write(batch[at].value(), text);
    return text;
  }
  Result<void> apply(TestBatch& batch) {
    auto view = batch.view();
    return lookup->apply(view);
  }
  std::string enrich(const std::string& value) {
    TestBatch batch;
    add(batch, value);
    auto done = apply(batch);
    return done ? out(batch, 0) : std::string(to_string(done.error().code));
  }
  double statements() const { return task.metric_sum("weir_lookup_statements_total"); }
};

TEST_F(OdbcLookupTest, RowsGoBesideTheirKeys) {
  use();
  EXPECT_EQ(enrich(R"({"id":1,"items":[{"sku":"43000040","qty":2},{"sku":"43000188"}]})"),
            R"({"id":1,"items":[{"sku":"43000040","qty":2,"product":{"sku":"43000040","name":"Kids Tee","price_cents":1200}},)"
            "{\"sku\":\"43000188\",\"product\":{\"sku\":\"43000188\",\"name\":\"抹茶 \\\"\\uD83C\\uDF75\\\"\",\"price_cents\":null}}]}");
}

TEST_F(OdbcLookupTest, UnknownAndInactiveGoOnUnenriched) {
  use();
  EXPECT_EQ(enrich(R"({"items":[{"sku":"49999999"},{"sku":"43000999"},{"sku":null},{"qty":1}]})"),
            R"({"items":[{"sku":"49999999","product":null,"_enriched":false},{"sku":"43000999","product":null,"_enriched":false},)"
            R"({"sku":null,"product":null,"_enriched":false},{"qty":1,"product":null,"_enriched":false}]})");
  EXPECT_EQ(task.metric_sum("weir_enriched_items_total{state=none}"), 1);
}

TEST_F(OdbcLookupTest, OneStatementForABatchAndNoneWhenWarm) {
  sql.execute("BEGIN");
  for (int i = 0; i < 250; ++i) {
    sql.execute("INSERT INTO PRODUCT VALUES('x" + std::to_string(i) + "','n',1,'Y')");
  }
  sql.execute("COMMIT");
  use();
  for (int round = 0; round < 2; ++round) {
    TestBatch batch;
    for (int i = 0; i < 1000; ++i) {
      add(batch, R"({"items":[{"sku":"x)" + std::to_string(i % 250) + R"("},{"sku":"x)" + std::to_string(i * 7 % 250) + "\"}]}");
    }
    ASSERT_TRUE(apply(batch));
    EXPECT_NE(out(batch, 999).find(R"("name":"n")"), std::string::npos);
    EXPECT_EQ(statements(), 3) << "250 keys in chunks of 100";
  }
  EXPECT_EQ(task.metric_sum("weir_lookup_keys_total{result=miss}"), 250);
  EXPECT_EQ(task.metric_sum("weir_lookup_keys_total{result=hit}"), 250);
}

TEST_F(OdbcLookupTest, UnknownKeyIsAskedOnceInItsTime) {
  use({{"cache.ttl.jitter", "0"}});
  (void)enrich(R"({"items":[{"sku":"49999999"}]})");
  now += milliseconds(59'999);
  (void)enrich(R"({"items":[{"sku":"49999999"}]})");
  EXPECT_EQ(statements(), 1);
  now += milliseconds(1);
  sql.execute("INSERT INTO PRODUCT VALUES('49999999','Late',1,'Y')");
  EXPECT_NE(enrich(R"({"items":[{"sku":"49999999"}]})").find("Late"), std::string::npos);
}

TEST_F(OdbcLookupTest, KeysAreBoundNeverSpliced) {
  const std::string odd = "O'Brien %_\\\\ 🍵 " + std::string(200, 'k');
  sql.execute("INSERT INTO PRODUCT VALUES('O''Brien %_\\ 🍵 " + std::string(200, 'k') + "','odd',1,'Y')");
  use();
  EXPECT_NE(enrich(R"({"items":[{"sku":")" + odd + R"("}]})").find("\"name\":\"odd\""), std::string::npos);
  EXPECT_NE(enrich(R"({"items":[{"sku":"'; DROP TABLE PRODUCT; --"}]})").find("_enriched"), std::string::npos);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM PRODUCT"), 4);
}

TEST_F(OdbcLookupTest, OneBadRecordFailsAlone) {
  use();
  TestBatch batch;
  add(batch, R"({"items":[{"sku":{"no":"scalar"}}]})");
  add(batch, R"({"items":[{"sku":"43000040"}]})");
  add(batch, R"("no object")");
  batch.add("t", 0, 3);  // a tombstone
  ASSERT_TRUE(apply(batch));
  ASSERT_EQ(batch.failures().size(), 1u);
  EXPECT_EQ(batch.failures().at(0).code, Errc::bad_record);
  EXPECT_NE(out(batch, 1).find("Kids Tee"), std::string::npos);
  EXPECT_EQ(out(batch, 2), R"("no object")");
}

TEST_F(OdbcLookupTest, SourceDownColdWaitsBehindTheBreakerAndChangesNothing) {
  url = "Driver=SQLite3;Database=" + (dir.path() / "no" / "such" / "folder.db").string() + ";NoCreat=1";
  use();
  TestBatch batch;
  const std::string value = R"({"items":[{"sku":"43000040"}]})";
  add(batch, value);
  auto done = apply(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::retriable) << done.error().message;
  EXPECT_EQ(out(batch, 0), value);
  ASSERT_FALSE(task.reports().empty());
  EXPECT_EQ(task.reports().back().first, CallOutcome::failure);
}

TEST_F(OdbcLookupTest, SourceDownWarmServesOldRows) {
  use({{"cache.ttl.jitter", "0"}});
  const std::string value = R"({"items":[{"sku":"43000040"}]})";
  (void)enrich(value);
  now += milliseconds(900'001);
  task.set_breaker("relay.products", Permit::denied, milliseconds(100));
  EXPECT_EQ(enrich(value),
            R"({"items":[{"sku":"43000040","product":{"sku":"43000040","name":"Kids Tee","price_cents":1200,"_stale":true}}]})");
  EXPECT_EQ(enrich(R"({"items":[{"sku":"43000188"}]})"), "retriable");
  EXPECT_EQ(task.metric_sum("weir_lookup_keys_total{result=stale}"), 1);
  task.set_breaker("relay.products", Permit::closed);
  EXPECT_EQ(enrich(value).find("_stale"), std::string::npos);
}

TEST_F(OdbcLookupTest, WhatElseAnErrorCanMean) {
  use({{"on.error", "pass"}});
  task.set_breaker("relay.products", Permit::denied);
  EXPECT_EQ(enrich(R"({"items":[{"sku":"1"}]})"), R"({"items":[{"sku":"1","product":null,"_enriched":false}]})");
  use({{"on.error", "dlq"}, {"cache.max.entries", "1000"}});
  TestBatch batch;
  add(batch, R"({"items":[{"sku":"1"}]})");
  ASSERT_TRUE(apply(batch));
  EXPECT_EQ(batch.failures().at(0).code, Errc::bad_record);
}

TEST_F(OdbcLookupTest, WrongTableIsABadConfig) {
  use({{"lookup.table", "NO_SUCH"}});
  EXPECT_EQ(enrich(R"({"items":[{"sku":"1"}]})"), "bad_config");
  EXPECT_EQ(task.reports().back().first, CallOutcome::ignored);
}

TEST_F(OdbcLookupTest, MergeColumnsAndCases) {
  use({{"lookup.target", "merge"}, {"lookup.columns", "NAME"}, {"lookup.column.case", "as_is"}});
  EXPECT_EQ(enrich(R"({"items":[{"sku":"43000040","NAME":"old"},{"sku":"?"}]})"),
            R"({"items":[{"sku":"43000040","NAME":"Kids Tee"},{"sku":"?","_enriched":false}]})");
}

TEST_F(OdbcLookupTest, QueryOfOnesOwnAndNormalizedKeys) {
  sql.execute("INSERT INTO PRODUCT VALUES('77','Till',1,'Y')");
  use({{"lookup.table", ""}, {"lookup.query", "SELECT SKU, NAME FROM PRODUCT WHERE SKU IN (${keys}) AND ACTIVE='Y'"},
       {"lookup.key.normalize", "strip_leading_zeros"}});
  EXPECT_EQ(enrich(R"({"items":[{"sku":"00077"},{"sku":77}]})"),
            R"({"items":[{"sku":"00077","product":{"sku":"77","name":"Till"}},{"sku":77,"product":{"sku":"77","name":"Till"}}]})");
  EXPECT_EQ(statements(), 1);
}

TEST_F(OdbcLookupTest, MissingMayMeanOtherThings) {
  const std::string value = R"({"items":[{"sku":"?"}]})";
  use({{"on.missing", "default"}, {"lookup.default", R"({"name":"unknown"})"}});
  EXPECT_EQ(enrich(value), R"({"items":[{"sku":"?","product":{"name":"unknown"}}]})");
  use({{"on.missing", "fail"}});
  EXPECT_EQ(enrich(value), "fatal");
  use({{"on.missing", "dlq"}});
  TestBatch batch;
  add(batch, value);
  ASSERT_TRUE(apply(batch));
  EXPECT_EQ(batch.failures().at(0).code, Errc::bad_record);
}

TEST_F(OdbcLookupTest, ConfigurationsThatCannotWork) {
  auto problem = [&](const ConfigMap& extra) {
    ConfigMap config = extra;
    config.merge(base("Driver=x"));
    ConfigProblems problems;
    (void)OdbcLookup::describe().parse(config, problems);
    return problems.empty() ? std::string() : problems[0].key;
  };
  EXPECT_EQ(problem({}), "");
  EXPECT_EQ(problem({{"lookup.query", "SELECT ${keys}"}}), "lookup.table");
  EXPECT_EQ(problem({{"lookup.table", ""}, {"lookup.query", "SELECT 1"}}), "lookup.query");
  EXPECT_EQ(problem({{"lookup.key.column", "a,b"}}), "lookup.key.column");
  EXPECT_EQ(problem({{"lookup.target", "/elsewhere"}}), "lookup.key.pointer");
  EXPECT_EQ(problem({{"on.missing", "default"}}), "lookup.default");
  EXPECT_EQ(problem({{"on.error", "panic"}}), "on.error");
}

}  // namespace
}  // namespace weir::transforms::odbc_lookup
