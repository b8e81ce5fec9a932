#include "snowflake_sink.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/sql.hpp"

#include <memory>

namespace weir::connectors::snowflake {
namespace {

using testing::FakeTask;
using testing::TestBatch;

struct SnowflakeSinkTest : ::testing::Test {
  weir::test::TempDir dir;
  std::string url = weir::test::sqlite_odbc((dir.path() / "a.db").string());
  weir::test::Sql sql{url};
  FakeTask task{"warehouse"};
  std::unique_ptr<SnowflakeSink> sink;

  void use(ConfigMap config) {
    config.emplace("connection.url", url);
    config.emplace("connection.init.sql", "PRAGMA journal_mode=WAL");
    ConfigProblems problems;
    sink = std::make_unique<SnowflakeSink>(SnowflakeSink::describe().parse(config, problems), task.task());
    ASSERT_TRUE(problems.empty()) << problems[0].message;
  }
  std::int64_t open(std::int64_t offset) {
    TopicPartition tp{};
    tp.topic = bytes_of("receipts.enriched");
    tp.offset = offset;
    auto done = sink->open(std::span(&tp, 1));
    EXPECT_TRUE(done) << done.error().message;
    return tp.offset;
  }
  static void add(TestBatch& batch, std::int64_t offset, const char* value) {
    weir_record& r = batch.add("receipts.enriched", 0, offset);
    r.key = Value::string("k");
    r.timestamp = 1000;
    if (value != nullptr) {
      json::ReadOptions lazy;
      lazy.lazy = true;
      r.value = *json::read(batch.arena().copy(value), batch.arena(), lazy);
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

const ConfigMap kMerge{{"snowflake.enable.schematization", "true"},
                       {"sink.mode", "merge"},
                       {"pk.fields", "RECEIPT_ID"},
                       {"snowflake.topic2table.map", "receipts.enriched:RECEIPTS"}};

TEST_F(SnowflakeSinkTest, MergesReceiptsByTheirId) {
  use(kMerge);
  EXPECT_EQ(open(0), 0);
  TestBatch batch;
  add(batch, 0, R"({"RECEIPT_ID":"S-1","STORE_NO":null,"ITEM_COUNT":2,"TOTAL":"12.50","TO_SLYP":true,"PAYLOAD":{"a":["é",1.5]}})");
  add(batch, 1, R"({"RECEIPT_ID":"S-2","STORE_NO":"1045","ITEM_COUNT":1,"TOTAL":"0.05","TO_SLYP":false,"PAYLOAD":{}})");
  add(batch, 2, R"({"RECEIPT_ID":"S-1","STORE_NO":null,"ITEM_COUNT":2,"TOTAL":"12.50","TO_SLYP":true,"PAYLOAD":{"a":["é",1.5]}})");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT * FROM RECEIPTS ORDER BY 1"), "S-1|-|2|12.50|1|{\"a\":[\"é\",1.5]}\nS-2|1045|1|0.05|0|{}\n");
  EXPECT_EQ(rows("SELECT * FROM WEIR_OFFSETS"), "warehouse|receipts.enriched|0|3|1\n");
  use(kMerge);
  EXPECT_EQ(open(1), 3) << "the database decides";
}

TEST_F(SnowflakeSinkTest, AppendKeepsContentAndMetadata) {
  use({{"snowflake.topic2table.map", "receipts.enriched:RAW"}, {"snowflake.streaming.metadata.connectorPushTime", "false"}});
  (void)open(0);
  TestBatch batch;
  add(batch, 5, R"({"a":{"b":1}})");
  add(batch, 6, nullptr);
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT RECORD_CONTENT,RECORD_METADATA,KAFKA_TOPIC,KAFKA_PARTITION,KAFKA_OFFSET FROM RAW ORDER BY KAFKA_OFFSET"),
            "{\"a\":{\"b\":1}}|{\"topic\":\"receipts.enriched\",\"partition\":0,\"offset\":5,\"CreateTime\":1000,\"key\":\"k\"}|"
            "receipts.enriched|0|5\n"
            "-|{\"topic\":\"receipts.enriched\",\"partition\":0,\"offset\":6,\"CreateTime\":1000,\"key\":\"k\"}|receipts.enriched|0|6\n");
  EXPECT_EQ(rows("SELECT COUNT(*) FROM RAW WHERE INGESTED_AT LIKE '20__-__-__ __:__:__.___'"), "2\n");
}

TEST_F(SnowflakeSinkTest, NullsCanBeIgnored) {
  use({{"snowflake.topic2table.map", "receipts.enriched:RAW"}, {"behavior.on.null.values", "ignore"}, {"snowflake.metadata.all", "false"}});
  (void)open(0);
  TestBatch batch;
  add(batch, 0, nullptr);
  add(batch, 1, "{}");
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT KAFKA_OFFSET FROM RAW"), "1\n");
  EXPECT_EQ(rows("SELECT next_offset FROM WEIR_OFFSETS"), "2\n");
}

TEST_F(SnowflakeSinkTest, TableThatIsNotToBeCreated) {
  ConfigMap config = kMerge;
  config["snowflake.autocreate.table.type"] = "none";
  use(config);
  (void)open(0);
  TestBatch batch;
  add(batch, 0, R"({"RECEIPT_ID":"S-1"})");
  auto done = put(batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::bad_config);
  EXPECT_EQ(rows("SELECT next_offset FROM WEIR_OFFSETS"), "0\n");
}

TEST_F(SnowflakeSinkTest, BadReceiptsFailAloneAndTheOffsetMovesOn) {
  sql.execute("CREATE TABLE RECEIPTS(RECEIPT_ID TEXT PRIMARY KEY, N INTEGER NOT NULL)");
  use(kMerge);
  (void)open(0);
  TestBatch batch;
  add(batch, 0, R"({"RECEIPT_ID":"a","N":1})");
  add(batch, 1, R"({"RECEIPT_ID":"b","N":null})");
  add(batch, 2, R"({"N":3})");
  add(batch, 3, R"({"RECEIPT_ID":"d","N":4})");
  // First what is no row, then what the database refuses: the offset passes neither before its dead letter is safe.
  for (const std::size_t bad : {1u, 2u}) {
    ASSERT_TRUE(put(batch));
    EXPECT_EQ(rows("SELECT COUNT(*) FROM RECEIPTS"), "0\n");
    EXPECT_EQ(rows("SELECT next_offset FROM WEIR_OFFSETS"), "0\n");
    batch.retry();
    ASSERT_EQ(batch.failures().size(), bad);
  }
  ASSERT_TRUE(put(batch));
  EXPECT_EQ(rows("SELECT group_concat(RECEIPT_ID) FROM RECEIPTS"), "a,d\n");
  EXPECT_EQ(batch.failures().size(), 2u);
  EXPECT_EQ(batch.failures().at(1).code, Errc::bad_record);
  EXPECT_EQ(batch.failures().at(2).code, Errc::bad_record);
  EXPECT_EQ(rows("SELECT next_offset FROM WEIR_OFFSETS"), "4\n");
}

TEST_F(SnowflakeSinkTest, SeveralTasksShareOneFile) {
  use(kMerge);
  (void)open(0);
  FakeTask other_task("warehouse");
  ConfigMap config = kMerge;
  config["connection.url"] = url;
  config["connection.init.sql"] = "PRAGMA journal_mode=WAL";
  ConfigProblems problems;
  SnowflakeSink other(SnowflakeSink::describe().parse(config, problems), other_task.task());
  TopicPartition tp{};
  tp.topic = bytes_of("receipts.enriched");
  tp.partition = 1;
  ASSERT_TRUE(other.open(std::span(&tp, 1)));
  for (int i = 0; i < 20; ++i) {
    TestBatch one;
    add(one, i, (R"({"RECEIPT_ID":"a)" + std::to_string(i) + "\"}").c_str());
    ASSERT_TRUE(put(one));
    TestBatch two;
    weir_record& r = two.add("receipts.enriched", 1, i);
    r.value = *json::read(two.arena().copy(R"({"RECEIPT_ID":"b)" + std::to_string(i) + "\"}"), two.arena());
    auto view = two.view();
    ASSERT_TRUE(other.put(view));
  }
  EXPECT_EQ(rows("SELECT COUNT(*) FROM RECEIPTS"), "40\n");
  EXPECT_EQ(rows("SELECT part,next_offset FROM WEIR_OFFSETS ORDER BY part"), "0|20\n1|20\n");
}

}  // namespace
}  // namespace weir::connectors::snowflake
