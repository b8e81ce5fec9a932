#include "odbc_sink.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/sql.hpp"

#include <memory>
#include <optional>

namespace weir::connectors::odbc {
namespace {

using testing::FakeTask;
using testing::TestBatch;

struct OdbcSinkTest : ::testing::Test {
  weir::test::TempDir dir;
  std::string url = weir::test::sqlite_odbc((dir.path() / "a.db").string());
  weir::test::Sql sql{url};
  FakeTask task{"sink"};
  std::unique_ptr<OdbcSink> sink;

  static OdbcSinkConfig parse(ConfigMap config, ConfigProblems& problems) {
    return OdbcSink::describe().parse(config, problems);
  }
  std::unique_ptr<OdbcSink> make(ConfigMap config, FakeTask& host) {
    config.emplace("connection.url", url);
    ConfigProblems problems;
    auto made = std::make_unique<OdbcSink>(parse(config, problems), host.task());
    EXPECT_TRUE(problems.empty()) << problems[0].message;
    return made;
  }
  void use(const ConfigMap& config) { sink = make(config, task); }

  static void add(TestBatch& batch, std::int64_t offset, std::optional<std::string> key, std::optional<std::string> value) {
    weir_record& r = batch.add("sales", 0, offset);
    if (key) {
      r.key = *json::read(batch.arena().copy(*key), batch.arena());
    }
    if (value) {
      r.value = *json::read(batch.arena().copy(*value), batch.arena());
    }
  }
  Result<void> put(TestBatch& batch) {
    auto view = batch.view();
    return sink->put(view);
  }
  std::string rows(const std::string& query) {
    std::string out;
    for (const auto& row : sql.rows(query)) {
      for (const auto& cell : row) {
        out.append(out.empty() || out.back() == '\n' ? "" : "|").append(cell.value_or("-"));
      }
      out += '\n';
    }
    return out;
  }
};

TEST_F(OdbcSinkTest, CreatesTheTableAndWritesEveryKindOfValue) {
  use({{"auto.create", "true"}});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1,"name":"Zoë 🍵 'q' %","price":"12.50","ratio":0.25,"ok":true,"none":null,"doc":{"a":[1,"x"]}})");
  add(batch, 1, {}, R"({"id":2,"name":"","price":null,"ratio":1.0,"ok":false,"none":null,"doc":[]})");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT * FROM sales ORDER BY id"), "1|Zoë 🍵 'q' %|12.50|0.25|1|-|{\"a\":[1,\"x\"]}\n2||-|1.0|0|-|[]\n");
  EXPECT_EQ(rows("SELECT type FROM pragma_table_info('sales')"), "INTEGER\nTEXT\nTEXT\nREAL\nINTEGER\nTEXT\nTEXT\n");
  EXPECT_EQ(rows("SELECT typeof(id),typeof(price),typeof(ratio) FROM sales WHERE id=1"), "integer|text|real\n");
}

TEST_F(OdbcSinkTest, MissingTableOrColumnStopsTheTask) {
  use({});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1})");
  auto done = put(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::bad_config);
  EXPECT_NE(done.error().message.find("auto.create"), std::string::npos);
  sql.execute("CREATE TABLE sales(other INTEGER)");
  use({});
  TestBatch again;
  add(again, 0, {}, R"({"id":1})");
  done = put(again);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::bad_config);
  EXPECT_NE(done.error().message.find("id"), std::string::npos);
}

TEST_F(OdbcSinkTest, AddsColumnsButNotForNulls) {
  sql.execute("CREATE TABLE sales(id INTEGER)");
  use({{"auto.evolve", "true"}});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1,"later":null})");
  add(batch, 1, {}, R"({"id":2,"more":"x"})");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT name FROM pragma_table_info('sales')"), "id\nmore\n");
  TestBatch again;
  add(again, 2, {}, R"({"id":3,"later":1.5})");
  ASSERT_TRUE(put(again));
  // Named: SQLite's driver takes the columns of `*` from what this connection knew before.
  EXPECT_EQ(rows("SELECT id,more,later FROM sales ORDER BY id"), "1|-|-\n2|x|-\n3|-|1.5\n");
}

TEST_F(OdbcSinkTest, SomebodyElseChangesTheTableMeanwhile) {
  use({{"auto.create", "true"}, {"auto.evolve", "true"}});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1,"a":1})");
  ASSERT_TRUE(put(batch));
  sql.execute("DROP TABLE sales");
  TestBatch again;
  add(again, 1, {}, R"({"id":2,"a":2})");
  ASSERT_TRUE(put(again));
  EXPECT_EQ(rows("SELECT id FROM sales"), "2\n");
}

TEST_F(OdbcSinkTest, ColumnsAreFoundInAnyCase) {
  sql.execute("CREATE TABLE sales(ID INTEGER, Name TEXT)");
  use({});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1,"NAME":"x"})");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT * FROM sales"), "1|x\n");
}

TEST_F(OdbcSinkTest, NamesThatCannotBeColumnsFailTheirRecordOnly) {
  use({{"auto.create", "true"}, {"auto.evolve", "true"}});
  TestBatch batch;
  add(batch, 0, {}, R"({"":1})");
  add(batch, 1, {}, R"({"id":1,"b":1})");
  add(batch, 2, {}, R"({"id":2,"x.y":1})");
  add(batch, 3, {}, R"({"id":3,"a":1,"A":2})");
  add(batch, 4, {}, R"({"id":4,"B":4})");
  add(batch, 5, {}, R"({"id":5,"n\u0000":4})");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT id,b FROM sales ORDER BY id"), "1|1\n4|4\n");
  std::string failed;
  for (const auto& [index, outcome] : batch.failures()) {
    EXPECT_EQ(outcome.code, Errc::bad_record);
    failed += std::to_string(index) + " " + outcome.message + "\n";
  }
  EXPECT_NE(failed.find("0 sales-0@0: '': a name that is empty"), std::string::npos) << failed;
  EXPECT_NE(failed.find("2 sales-0@2: 'x.y': a name with a dot"), std::string::npos) << failed;
  EXPECT_NE(failed.find("3 sales-0@3: two members go to the column a"), std::string::npos) << failed;
  EXPECT_EQ(batch.failures().size(), 4u) << failed;
  TestBatch more;
  add(more, 6, {}, R"({"id":6,"":1})");
  add(more, 7, {}, R"({"id":7,"new":"x"})");
  ASSERT_TRUE(put(more));
  EXPECT_EQ(rows("SELECT id,new FROM sales WHERE id>5"), "7|x\n");
}

TEST_F(OdbcSinkTest, UpsertLastRecordOfAKeyWins) {
  use({{"auto.create", "true"}, {"insert.mode", "upsert"}, {"pk.mode", "record_key"}, {"pk.fields", "id"}});
  TestBatch batch;
  for (int i = 0; i < 500; ++i) {
    add(batch, i, "\"k" + std::to_string(i % 123) + "\"", R"({"n":)" + std::to_string(i) + "}");
  }
  ASSERT_TRUE(put(batch));
  TestBatch again;
  add(again, 500, R"("k0")", R"({"n":-1})");
  ASSERT_TRUE(put(again));
  EXPECT_EQ(rows("SELECT COUNT(*),SUM(n),MIN(n) FROM sales"), "123|53381|-1\n");
}

TEST_F(OdbcSinkTest, TombstonesDelete) {
  use({{"auto.create", "true"}, {"insert.mode", "upsert"}, {"pk.mode", "record_key"}, {"pk.fields", "id"}, {"delete.enabled", "true"}});
  TestBatch batch;
  add(batch, 0, R"("a")", R"({"n":1})");
  add(batch, 1, R"("b")", R"({"n":2})");
  add(batch, 2, R"("a")", {});
  add(batch, 3, R"("c")", {});
  add(batch, 4, R"("c")", R"({"n":3})");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT * FROM sales ORDER BY id"), "b|2\nc|3\n");
  TestBatch again;
  add(again, 5, R"("b")", {});
  ASSERT_TRUE(put(again));
  EXPECT_EQ(rows("SELECT id FROM sales"), "c\n");
}

TEST_F(OdbcSinkTest, UpdateAndAppendOnce) {
  sql.execute("CREATE TABLE sales(id TEXT PRIMARY KEY, n INTEGER)");
  sql.execute("INSERT INTO sales VALUES('a',1)");
  const ConfigMap key{{"pk.mode", "record_value"}, {"pk.fields", "id"}};
  ConfigMap update = key;
  update["insert.mode"] = "update";
  use(update);
  TestBatch batch;
  add(batch, 0, {}, R"({"id":"a","n":5})");
  add(batch, 1, {}, R"({"id":"b","n":6})");
  add(batch, 2, {}, R"({"id":"a"})");
  ASSERT_TRUE(put(batch)) << "a record of keys alone changes nothing";
  EXPECT_EQ(batch.failures().size(), 0u);
  EXPECT_EQ(rows("SELECT * FROM sales"), "a|5\n");
  ConfigMap once = key;
  once["insert.mode"] = "append_once";
  use(once);
  TestBatch again;
  add(again, 2, {}, R"({"id":"a","n":7})");
  add(again, 3, {}, R"({"id":"b","n":8})");
  add(again, 4, {}, R"({"id":"b","n":9})");
  ASSERT_TRUE(put(again));
  EXPECT_EQ(rows("SELECT * FROM sales ORDER BY id"), "a|5\nb|8\n");
}

TEST_F(OdbcSinkTest, OnlyTheRefusedRowsFail) {
  sql.execute("CREATE TABLE sales(id INTEGER PRIMARY KEY, n INTEGER CHECK(n<>13))");
  use({{"insert.mode", "upsert"}, {"pk.mode", "record_value"}, {"pk.fields", "id"}});
  TestBatch batch;
  for (int i = 0; i < 700; ++i) {
    const bool bad = i == 3 || i == 4 || i == 650;
    add(batch, i, {}, R"({"id":)" + std::to_string(i) + R"(,"n":)" + (bad ? "13" : "1") + "}");
  }
  add(batch, 700, {}, "[]");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM sales"), "697\n");
  ASSERT_EQ(batch.failures().size(), 4u);
  for (const std::int64_t at : {3, 4, 650, 700}) {
    ASSERT_TRUE(batch.failures().contains(at)) << at;
    EXPECT_EQ(batch.failures().at(at).code, Errc::bad_record);
  }
  EXPECT_NE(batch.failures().at(650).message.find("sales-0@650"), std::string::npos);
  EXPECT_NE(batch.failures().at(650).message.find("CHECK"), std::string::npos);
  EXPECT_EQ(task.metric_sum("weir_odbc_rows_total"), 697);
  EXPECT_EQ(task.metric_sum("weir_odbc_rows_refused_total"), 3);
}

TEST_F(OdbcSinkTest, LockedDatabaseIsRetriableAndNothingIsLost) {
  url = "Driver=SQLite3;Database=" + (dir.path() / "a.db").string() + ";Timeout=1";
  use({{"auto.create", "true"}});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1})");
  sql.execute("CREATE TABLE sales(id INTEGER)");
  sql.execute("BEGIN IMMEDIATE");
  auto done = put(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::retriable);
  sql.execute("ROLLBACK");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT * FROM sales"), "1\n");
}

TEST_F(OdbcSinkTest, HalfDeliveredPutIsNotRepeated) {
  sql.execute("CREATE TABLE sales(id INTEGER)");
  use({{"batch.size", "2"}});
  TestBatch batch;
  for (int i = 0; i < 5; ++i) {
    add(batch, i, {}, R"({"id":)" + std::to_string(i) + "}");
  }
  // The second transaction meets a failure that is nobody's data.
  sql.execute("CREATE TABLE gate(open INTEGER)");
  sql.execute("INSERT INTO gate VALUES(0)");
  sql.execute("CREATE TRIGGER g BEFORE INSERT ON sales WHEN NEW.id=3 AND (SELECT open FROM gate)=0 BEGIN SELECT abs(-9223372036854775807-1); END");
  auto done = put(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(rows("SELECT group_concat(id) FROM sales"), "0,1\n");
  sql.execute("DROP TRIGGER g");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT group_concat(id) FROM sales"), "0,1,2,3,4\n");
}

TEST_F(OdbcSinkTest, ExactlyOnceSkipsWhatIsStored) {
  const ConfigMap config{{"auto.create", "true"}, {"offsets.table", "weir_offsets"}};
  use(config);
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  tp.partition = 0;
  tp.offset = 10;
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  EXPECT_EQ(tp.offset, 10);
  TestBatch batch;
  add(batch, 10, {}, R"({"id":10})");
  add(batch, 12, {}, R"({"id":12})");
  ASSERT_TRUE(put(batch));
  // The answer of the commit was lost: the same records come again, with one more.
  TestBatch again;
  add(again, 10, {}, R"({"id":10})");
  add(again, 12, {}, R"({"id":12})");
  add(again, 13, {}, R"({"id":13})");
  ASSERT_TRUE(put(again));
  EXPECT_EQ(rows("SELECT group_concat(id) FROM sales"), "10,12,13\n");
  use(config);
  tp.offset = 3;
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  EXPECT_EQ(tp.offset, 14);
}

TEST_F(OdbcSinkTest, ExactlyOnceTheStoredOffsetWaitsForDeadLetters) {
  use({{"auto.create", "true"}, {"offsets.table", "weir_offsets"}, {"insert.mode", "upsert"}, {"pk.mode", "record_value"}, {"pk.fields", "id"}});
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  tp.offset = 10;
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  TestBatch batch;
  add(batch, 10, {}, R"({"id":1})");
  add(batch, 11, {}, R"({"n":"no key"})");
  add(batch, 12, {}, R"({"id":3})");
  ASSERT_TRUE(put(batch));
  ASSERT_EQ(batch.failures().size(), 3u);
  EXPECT_EQ(batch.failures().at(0).code, Errc::retriable);
  EXPECT_EQ(batch.failures().at(1).code, Errc::bad_record);
  EXPECT_EQ(batch.failures().at(2).code, Errc::retriable);
  EXPECT_EQ(rows("SELECT MAX(next_offset) FROM weir_offsets"), "10\n");
  batch.retry();
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(batch.failures().size(), 1u);
  EXPECT_EQ(rows("SELECT group_concat(id) FROM sales"), "1,3\n");
  EXPECT_EQ(rows("SELECT next_offset FROM weir_offsets"), "13\n");
}

TEST_F(OdbcSinkTest, ReplacedTaskWritesNothing) {
  const ConfigMap config{{"auto.create", "true"}, {"offsets.table", "weir_offsets"}};
  use(config);
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  FakeTask other_task("sink");
  auto other = make(config, other_task);
  TopicPartition other_tp = tp;
  ASSERT_TRUE(other->open(std::span(&other_tp, 1)));
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1})");
  auto zombie = put(batch);
  ASSERT_FALSE(zombie);
  EXPECT_EQ(zombie.error().code, Errc::fatal) << zombie.error().message;
  EXPECT_EQ(rows("SELECT COUNT(*) FROM sales"), "0\n");
  TestBatch same;
  add(same, 0, {}, R"({"id":1})");
  auto view = same.view();
  ASSERT_TRUE(other->put(view));
  EXPECT_EQ(rows("SELECT COUNT(*) FROM sales"), "1\n");
}

TEST_F(OdbcSinkTest, TopicThatBeginsAgain) {
  for (const std::string policy : {"fail", "rewind", "reset"}) {
    const ConfigMap config{{"auto.create", "true"},       {"offsets.table", "o_" + policy}, {"table.name.format", "t_" + policy},
                           {"offset.on.regression", policy}};
    use(config);
    TopicPartition tp{};
    tp.topic = bytes_of("sales");
    tp.offset = 100;
    ASSERT_TRUE(sink->open(std::span(&tp, 1)));
    TestBatch batch;
    add(batch, 100, {}, R"({"id":100})");
    ASSERT_TRUE(put(batch));
    use(config);
    ASSERT_TRUE(sink->open(std::span(&tp, 1)));
    TestBatch low;
    add(low, 5, {}, R"({"id":5})");
    auto done = put(low);
    if (policy == "fail") {
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code, Errc::bad_config);
      continue;
    }
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(rows("SELECT group_concat(id) FROM t_" + policy), policy == "reset" ? "100,5\n" : "100\n");
    EXPECT_EQ(rows("SELECT next_offset FROM o_" + policy), policy == "reset" ? "6\n" : "101\n");
  }
}

TEST_F(OdbcSinkTest, WholeValueInOneColumn) {
  use({{"auto.create", "true"}, {"value.json.column", "doc"}});
  TestBatch batch;
  add(batch, 7, {}, R"({"a":{"b":1}})");
  add(batch, 8, {}, "[1,2]");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT doc,__connect_topic,__connect_partition,__connect_offset FROM sales ORDER BY 4"),
            "{\"a\":{\"b\":1}}|sales|0|7\n[1,2]|sales|0|8\n");
}

TEST_F(OdbcSinkTest, TablesByTopic) {
  use({{"auto.create", "true"}, {"table.name.format", "x_${topic}"}, {"topics.to.tables.mapping", "orders:bestellungen"}});
  TestBatch batch;
  add(batch, 0, {}, R"({"id":1})");
  weir_record& r = batch.add("orders", 0, 0);
  r.value = *json::read(R"({"id":2})", batch.arena());
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT id FROM x_sales"), "1\n");
  EXPECT_EQ(rows("SELECT id FROM bestellungen"), "2\n");
}

TEST_F(OdbcSinkTest, ConfigurationsThatCannotWork) {
  auto problem = [&](ConfigMap config) {
    config.emplace("connection.url", url);
    ConfigProblems problems;
    (void)parse(config, problems);
    return problems.empty() ? std::string() : problems[0].key;
  };
  EXPECT_EQ(problem({{"delete.enabled", "true"}}), "delete.enabled");
  EXPECT_EQ(problem({{"insert.mode", "upsert"}}), "pk.mode");
  EXPECT_EQ(problem({{"pk.mode", "kafka"}, {"pk.fields", "a"}}), "pk.fields");
  EXPECT_EQ(problem({{"topics.to.tables.mapping", "a"}}), "topics.to.tables.mapping");
  EXPECT_EQ(problem({{"insert.mode", "replace"}}), "insert.mode");
  EXPECT_EQ(problem({{"insert.mode", "multi"}}), "");
}

TEST_F(OdbcSinkTest, EmptyPutDoesNotEvenConnect) {
  url = "Driver={No Such Driver}";
  use({});
  TestBatch batch;
  EXPECT_TRUE(put(batch));
}

}  // namespace
}  // namespace weir::connectors::odbc
