#include <gtest/gtest.h>

#include <algorithm>

#include "support/kafka_broker.hpp"
#include "support/postgres_server.hpp"
#include "support/sql.hpp"
#include "support/topics.hpp"

namespace weir::test {
namespace {

TEST(KafkaBroker, KeepsTopicsAndOffsetsOverStopAndKill) {
  KafkaBroker broker;
  create_topic(broker.bootstrap(), "t", 3, {{"cleanup.policy", "compact"}});
  EXPECT_TRUE(topic_exists(broker.bootstrap(), "t"));
  EXPECT_FALSE(topic_exists(broker.bootstrap(), "u"));
  {
    TopicWriter writer(broker.bootstrap());
    writer.write({"t", 1, 0, 1700000000000, "k", "v", {{"h", "x"}, {"h", std::nullopt}}});
    writer.write("t", "gone", std::nullopt, 1);
    for (int i = 0; i < 100; ++i) {
      writer.write("t", "key" + std::to_string(i), "value");
    }
    writer.flush();
  }
  broker.kill9();
  EXPECT_FALSE(broker.running());
  broker.start();
  broker.restart();

  std::vector<TopicRecord> records = read_topic(broker.bootstrap(), "t");
  ASSERT_EQ(records.size(), 102U);
  auto first = std::find_if(records.begin(), records.end(),
                            [](const TopicRecord& r) { return r.partition == 1; });
  ASSERT_NE(first, records.end());
  EXPECT_EQ(first->key, "k");
  EXPECT_EQ(first->value, "v");
  EXPECT_EQ(first->timestamp, 1700000000000);
  ASSERT_EQ(first->headers.size(), 2U);
  EXPECT_EQ(first->headers[0].second, "x");
  EXPECT_EQ(first->header("h"), std::nullopt);
  EXPECT_EQ((first + 1)->value, std::nullopt);

  std::int64_t sum = 0;
  for (const auto& [partition, end] : end_offsets(broker.bootstrap(), "t")) {
    sum += end;
  }
  EXPECT_EQ(sum, 102);
  EXPECT_TRUE(committed_offsets(broker.bootstrap(), "nobody", "t").empty());
  EXPECT_EQ(group_lag(broker.bootstrap(), "nobody", "t"), 102);
  EXPECT_TRUE(describe_group(broker.bootstrap(), "nobody").member_ids.empty());

  TopicReader reader(broker.bootstrap(), "t");
  EXPECT_EQ(reader.read_to_end().size(), 102U);
  EXPECT_EQ(reader.read_to_end().size(), 0U);
  TopicWriter writer(broker.bootstrap());
  writer.write("t", "late", "v");
  writer.flush();
  EXPECT_EQ(reader.read_to_end().size(), 1U);
  writer.write("t", "later", "v");
  EXPECT_EQ(reader.read(1).size(), 1U);
}

TEST(PostgresServer, KeepsItsDataOverStopAndKill) {
  PostgresServer server({true, {}});
  {
    Sql sql(server.odbc());
    sql.execute("CREATE TABLE t (a int, b text)");
    sql.execute("INSERT INTO t VALUES (1, 'Größe 陳')");
  }
  server.restart();
  server.stop_immediate();
  EXPECT_THROW(Sql(server.odbc()), std::runtime_error);
  server.start();
  server.kill9();
  server.start();
  EXPECT_EQ(Sql(server.odbc()).value("SELECT b FROM t"), "Größe 陳");
}

TEST(LoadProducts, FillsTheViewOfActiveProductsInBothDatabases) {
  PostgresServer server;
  TempDir dir;
  const std::string file = (dir.path() / "warehouse.db").string();
  const std::string script = WEIR_RECEIPTS "/load_products";
  for (int round = 0; round < 2; ++round) {
    Outcome postgres = run({"python3", script, "--postgres", std::to_string(server.port())});
    EXPECT_EQ(postgres.status, 0) << postgres.err;
    Outcome sqlite = run({"python3", script, "--sqlite", file});
    EXPECT_EQ(sqlite.status, 0) << sqlite.err;
  }
  const std::string all = "SELECT * FROM PRODUCT_V ORDER BY SKU";
  std::vector<SqlRow> rows = Sql(server.odbc()).rows(all);
  ASSERT_EQ(rows.size(), 198U);
  ASSERT_EQ(rows.at(0).size(), 16U);
  EXPECT_EQ(rows.at(0).at(2), "Kids Tee Sage Size XL");
  EXPECT_EQ(rows, Sql(sqlite_odbc(file)).rows(all));
}

}  // namespace
}  // namespace weir::test
