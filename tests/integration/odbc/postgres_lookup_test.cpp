#include "odbc_lookup.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "postgres.hpp"

#include <memory>

namespace weir::transforms::odbc_lookup {
namespace {

using testing::FakeTask;
using testing::TestBatch;
using weir::test::postgres;

struct PostgresLookup : ::testing::Test {
  weir::test::Sql sql{postgres().odbc()};
  FakeTask task{"relay", "relay.products"};
  std::unique_ptr<OdbcLookup> lookup;

  void SetUp() override {
    sql.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    sql.execute("CREATE TABLE PRODUCT(SKU TEXT, N INTEGER, PRICE NUMERIC(10,2), UPDATED_AT TIMESTAMP, OK BOOLEAN, DOC JSONB, ACTIVE TEXT)");
    sql.execute("CREATE VIEW PRODUCT_V AS SELECT SKU, N, PRICE, UPDATED_AT, OK, DOC FROM PRODUCT WHERE ACTIVE='Y'");
    sql.execute("INSERT INTO PRODUCT VALUES('a',1,12.50,'2026-02-01 00:00:00',true,'{\"k\":[1]}','Y'),('b',2,NULL,NULL,NULL,NULL,'Y')");
  }
  void use(const ConfigMap& extra = {}) {
    ConfigMap config = extra;
    config.merge(ConfigMap{{"connection.url", postgres().odbc()}, {"lookup.table", "PRODUCT_V"}, {"lookup.key.column", "SKU"},
                           {"lookup.key.pointer", "/items/*/sku"}});
    ConfigProblems problems;
    auto parsed = OdbcLookup::describe().parse(config, problems);
    ASSERT_TRUE(problems.empty()) << problems[0].message;
    lookup = std::make_unique<OdbcLookup>(std::move(parsed), task.task());
  }
  std::string enrich(const std::string& value) {
    TestBatch batch;
    weir_record& r = batch.add("t", 0, 0);
    r.value = *json::read(batch.arena().copy(value), batch.arena());
    auto view = batch.view();
    auto done = lookup->apply(view);
    std::string text;
    json::write(batch[0].value(), text);
    return done ? text : std::string(to_string(done.error().code)) + ": " + done.error().message;
  }
};

TEST_F(PostgresLookup, TypesOfARow) {
  use();
  EXPECT_EQ(enrich(R"({"items":[{"sku":"a"},{"sku":"b"},{"sku":"c"}]})"),
            R"({"items":[{"sku":"a","product":{"sku":"a","n":1,"price":"12.50","updated_at":"2026-02-01 00:00:00","ok":true,"doc":"{\"k\": [1]}"}},)"
            R"({"sku":"b","product":{"sku":"b","n":2,"price":null,"updated_at":null,"ok":null,"doc":null}},)"
            R"({"sku":"c","product":null,"_enriched":false}]})");
}

TEST_F(PostgresLookup, BlanksThatFillUpAKeyDoNotCount) {
  sql.execute("CREATE TABLE FIXED(SKU CHAR(14), N INTEGER); INSERT INTO FIXED VALUES('a',1)");
  use({{"lookup.table", "FIXED"}, {"lookup.columns", "N"}});
  EXPECT_EQ(enrich(R"({"items":[{"sku":"a"},{"sku":"b"}]})"),
            R"({"items":[{"sku":"a","product":{"n":1}},{"sku":"b","product":null,"_enriched":false}]})");
}

TEST_F(PostgresLookup, KeyThatCannotBeComparedIsUnknownAlone) {
  use({{"lookup.key.column", "N"}, {"lookup.columns", "SKU"}});
  EXPECT_EQ(enrich(R"({"items":[{"sku":"no number"},{"sku":2},{"sku":"1"}]})"),
            R"({"items":[{"sku":"no number","product":null,"_enriched":false},{"sku":2,"product":{"sku":"b"}},{"sku":"1","product":{"sku":"a"}}]})");
}

TEST_F(PostgresLookup, GoesOnAfterARestartOfTheServer) {
  use({{"cache.ttl.ms", "0"}, {"cache.stale.on.error.ms", "0"}});
  (void)enrich(R"({"items":[{"sku":"a"}]})");
  postgres().stop();
  EXPECT_EQ(enrich(R"({"items":[{"sku":"a"}]})").substr(0, 9), "retriable");
  postgres().start();
  EXPECT_NE(enrich(R"({"items":[{"sku":"a"}]})").find("12.50"), std::string::npos);
  postgres().restart();
  EXPECT_NE(enrich(R"({"items":[{"sku":"a"}]})").find("12.50"), std::string::npos) << "an old session is replaced at once";
}

}  // namespace
}  // namespace weir::transforms::odbc_lookup
