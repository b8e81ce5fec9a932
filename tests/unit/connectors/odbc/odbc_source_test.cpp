#include "odbc_source.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/sql.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace weir::connectors::odbc {
namespace {

using testing::FakeTask;
using testing::TestBatch;

std::string text(const weir_value& v) {
  std::string out;
  json::write(Value(v), out);
  return out;
}

struct OdbcSourceTest : ::testing::Test {
  weir::test::TempDir dir;
  std::string url = weir::test::sqlite_odbc((dir.path() / "a.db").string());
  weir::test::Sql sql{url};
  FakeTask task{"source"};
  std::unique_ptr<OdbcSource> source;
  std::map<std::string, std::string> offsets;  // what Kafka would hold
  std::string topics;

  void use(ConfigMap config) {
    config.emplace("connection.url", url);
    config.emplace("poll.interval.ms", "1");
    ConfigProblems problems;
    source = std::make_unique<OdbcSource>(OdbcSource::describe().parse(config, problems), task.task());
    ASSERT_TRUE(problems.empty()) << problems[0].message;
    task.on_read_offset([this](const Value& partition, Arena arena) {
      auto it = offsets.find(text(partition));
      return it == offsets.end() ? Value::null() : *json::read(arena.copy(it->second), arena);
    });
    ASSERT_TRUE(source->start());
  }
  /// Polls until nothing new comes; commits the offsets of the first `committed` records.
  std::string poll(std::size_t committed = 1'000'000, int rounds = 3) {
    std::string out;
    topics.clear();
    for (int i = 0; i < rounds; ++i) {
      TestBatch batch;
      auto view = batch.view();
      auto done = source->poll(view, std::chrono::milliseconds(20));
      EXPECT_TRUE(done) << done.error().message;
      if (batch.size() > 0) {
        i = -1;
      }
      for (std::size_t r = 0; r < batch.size(); ++r) {
        const weir_record& rec = *batch[r].c();
        out.append(text(rec.key)).append(text(rec.value)).append("\n");
        topics.append(text_of(rec.topic)).append(" ");
        if (committed > 0 && rec.source_offset.kind != WEIR_KIND_NULL) {
          offsets[text(rec.source_partition)] = text(rec.source_offset);
        }
        committed -= committed > 0 ? 1 : 0;
      }
      if (rounds == 1) {
        break;
      }
    }
    return out;
  }
};

TEST_F(OdbcSourceTest, ATimestampMayBeMilliseconds) {
  sql.execute("CREATE TABLE p(at TIMESTAMP)");
  sql.execute("INSERT INTO p VALUES(1772359872345),(-1),('2026-03-01 10:11:12.345')");
  use({{"table.whitelist", "p"}, {"topic", "t"}});
  EXPECT_EQ(poll(1, 1), "null{\"at\":1772359872345}\nnull{\"at\":-1}\nnull{\"at\":1772359872345}\n");
}

TEST_F(OdbcSourceTest, BulkSendsEverythingEachTime) {
  sql.execute("CREATE TABLE p(sku TEXT NOT NULL, price INTEGER, ratio REAL, name TEXT, raw BLOB)");
  sql.execute("INSERT INTO p VALUES('a',5,0.5,'Zoë 🍵',x'0001'),('b',NULL,NULL,NULL,NULL)");
  use({{"table.whitelist", "p"}, {"topic.prefix", "ref."}, {"key.columns", "sku"}, {"batch.max.rows", "1"}});
  const std::string once = "\"a\"{\"sku\":\"a\",\"price\":5,\"ratio\":0.5,\"name\":\"Zoë \\uD83C\\uDF75\",\"raw\":\"AAE=\"}\n";
  EXPECT_EQ(poll(0, 1), once);
  EXPECT_EQ(topics, "ref.p ");
  EXPECT_EQ(poll(0, 1), "\"b\"{\"sku\":\"b\",\"price\":null,\"ratio\":null,\"name\":null,\"raw\":null}\n");
  EXPECT_EQ(poll(0, 1), once);
  EXPECT_TRUE(offsets.empty());
}

TEST_F(OdbcSourceTest, RecordsHaveSchemas) {
  sql.execute("CREATE TABLE p(sku TEXT NOT NULL, price INTEGER)");
  sql.execute("INSERT INTO p VALUES('a',5)");
  use({{"table.whitelist", "p"}, {"topic", "t"}, {"key.columns", "sku"}});
  TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(source->poll(view, std::chrono::milliseconds(0)));
  ASSERT_EQ(batch.size(), 1u);
  const Schema* schema = batch[0].value_schema();
  ASSERT_NE(schema, nullptr);
  EXPECT_TRUE(schema->stable());
  EXPECT_EQ(weir::view(schema->field("sku")->schema)->kind(), Kind::string);
  EXPECT_EQ(weir::view(schema->field("price")->schema)->kind(), Kind::int64);
  EXPECT_EQ(batch[0].key_schema()->kind(), Kind::string);
}

TEST_F(OdbcSourceTest, IncrementingGoesOnBehindTheOffset) {
  sql.execute("CREATE TABLE p(ID INTEGER PRIMARY KEY, v TEXT)");
  sql.execute("INSERT INTO p VALUES(1,'a'),(2,'b'),(3,'c')");
  const ConfigMap config{{"table.whitelist", "p"}, {"topic", "t"}, {"mode", "incrementing"}, {"incrementing.column.name", "id"}};
  use(config);
  EXPECT_EQ(poll(2), "null{\"ID\":1,\"v\":\"a\"}\nnull{\"ID\":2,\"v\":\"b\"}\nnull{\"ID\":3,\"v\":\"c\"}\n");
  EXPECT_EQ(offsets.at("{\"table\":\"p\"}"), "{\"incrementing\":2}");
  use(config);
  sql.execute("INSERT INTO p VALUES(4,'d')");
  EXPECT_EQ(poll(), "null{\"ID\":3,\"v\":\"c\"}\nnull{\"ID\":4,\"v\":\"d\"}\n");
  use(config);
  EXPECT_EQ(poll(), "");
}

TEST_F(OdbcSourceTest, RowsOfOneTimeAreNotLostAcrossARestart) {
  sql.execute("CREATE TABLE p(id INTEGER, at TEXT)");
  sql.execute("INSERT INTO p VALUES(1,'2026-01-01 00:00:00'),(2,'2026-01-02 00:00:00'),(3,'2026-01-02 00:00:00'),"
              "(4,'2026-01-02 00:00:00'),(5,'2026-01-03 00:00:00')");
  const ConfigMap config{{"table.whitelist", "p"}, {"topic", "t"}, {"mode", "timestamp"}, {"timestamp.column.name", "AT"},
                         {"batch.max.rows", "1"}, {"query.suffix", ""}};
  auto ids = [](const std::string& lines) {
    std::string out;
    for (std::size_t at = 0; (at = lines.find("\"id\":", at)) != std::string::npos; at += 5) {
      out.push_back(lines[at + 5]);
    }
    return out;
  };
  use(config);
  EXPECT_EQ(ids(poll(3)), "12345");  // Kafka has three of them
  use(config);
  EXPECT_EQ(ids(poll()), "2345");
  use(config);
  EXPECT_EQ(ids(poll()), "");
  sql.execute("INSERT INTO p VALUES(6,'2026-01-03 00:00:01.5'),(7,'2999-01-01 00:00:00')");
  EXPECT_EQ(ids(poll()), "6") << "what lies in the future waits";
}

TEST_F(OdbcSourceTest, TimeAndNumberTogether) {
  sql.execute("CREATE TABLE p(id INTEGER, at TEXT)");
  sql.execute("INSERT INTO p VALUES(1,'2026-01-01 00:00:00'),(2,'2026-01-01 00:00:00'),(3,'2026-01-02 00:00:00.25')");
  const ConfigMap config{{"table.whitelist", "p"}, {"topic", "t"}, {"mode", "timestamp+incrementing"},
                         {"timestamp.column.name", "at"}, {"incrementing.column.name", "id"}};
  use(config);
  (void)poll(1);
  EXPECT_EQ(offsets.at("{\"table\":\"p\"}"),
            "{\"incrementing\":1,\"timestamp\":1767225600000,\"timestamp_nanos\":0,\"timestamp_text\":\"2026-01-01 00:00:00\"}");
  use(config);
  EXPECT_EQ(poll(), "null{\"id\":2,\"at\":\"2026-01-01 00:00:00\"}\nnull{\"id\":3,\"at\":\"2026-01-02 00:00:00.25\"}\n");
  sql.execute("UPDATE p SET at='2026-02-01 00:00:00' WHERE id=1");
  EXPECT_EQ(poll(), "null{\"id\":1,\"at\":\"2026-02-01 00:00:00\"}\n");
}

TEST_F(OdbcSourceTest, QueryInsteadOfATable) {
  sql.execute("CREATE TABLE p(id INTEGER, v TEXT)");
  sql.execute("INSERT INTO p VALUES(1,'a'),(2,'b')");
  use({{"query", "SELECT id, v FROM p WHERE v <> 'a'"}, {"topic.prefix", "q"}, {"mode", "incrementing"},
       {"incrementing.column.name", "id"}});
  EXPECT_EQ(poll(), "null{\"id\":2,\"v\":\"b\"}\n");
  EXPECT_EQ(topics, "q ");
  EXPECT_EQ(offsets.at("{\"query\":\"query\"}"), "{\"incrementing\":2}");
}

TEST_F(OdbcSourceTest, SnapshotDiffSendsChangesAndTombstones) {
  sql.execute("CREATE TABLE product(sku TEXT, price INTEGER, active TEXT)");
  sql.execute("CREATE VIEW product_v AS SELECT sku, price FROM product WHERE active='Y'");
  sql.execute("INSERT INTO product VALUES('a',1,'Y'),('b',2,'Y'),('c',3,'N')");
  const ConfigMap config{{"table.whitelist", "PRODUCT_V"}, {"topic", "reference.products"}, {"snapshot.diff", "true"},
                         {"key.columns", "SKU"}, {"batch.max.rows", "1"}};
  auto sorted = [](std::string lines) {
    std::vector<std::string> list;
    for (std::size_t at = 0, end; (end = lines.find('\n', at)) != std::string::npos; at = end + 1) {
      list.push_back(lines.substr(at, end - at));
    }
    std::sort(list.begin(), list.end());
    std::string out;
    for (const auto& l : list) {
      out += l + "\n";
    }
    return out;
  };
  use(config);
  EXPECT_EQ(sorted(poll()), "\"a\"{\"sku\":\"a\",\"price\":1}\n\"b\"{\"sku\":\"b\",\"price\":2}\n");
  EXPECT_EQ(poll(), "");
  sql.execute("UPDATE product SET price=9 WHERE sku='a'");
  EXPECT_EQ(poll(), "\"a\"{\"sku\":\"a\",\"price\":9}\n");
  use(config);  // restart: what was sent is known from the offsets
  EXPECT_EQ(poll(), "");
  sql.execute("UPDATE product SET active='N' WHERE sku='b'");
  sql.execute("UPDATE product SET active='Y' WHERE sku='c'");
  use(config);
  EXPECT_EQ(sorted(poll(0)), "\"b\"null\n\"c\"{\"sku\":\"c\",\"price\":3}\n");
  use(config);  // Kafka had nothing of it
  EXPECT_EQ(sorted(poll()), "\"b\"null\n\"c\"{\"sku\":\"c\",\"price\":3}\n");
  use(config);
  EXPECT_EQ(poll(), "");
}

TEST_F(OdbcSourceTest, SnapshotDiffWithIntegerAndSeveralKeys) {
  sql.execute("CREATE TABLE p(a INTEGER, b TEXT, v INTEGER)");
  sql.execute("INSERT INTO p VALUES(1,'x',1),(1,'y',2)");
  const ConfigMap config{{"table.whitelist", "p"}, {"topic", "t"}, {"snapshot.diff", "true"}, {"key.columns", "a,b"}};
  use(config);
  (void)poll();
  sql.execute("DELETE FROM p WHERE b='x'");
  use(config);
  EXPECT_EQ(poll(), "{\"a\":1,\"b\":\"x\"}null\n");
}

TEST_F(OdbcSourceTest, MissingColumnsAreABadConfig) {
  sql.execute("CREATE TABLE p(id INTEGER)");
  sql.execute("INSERT INTO p VALUES(1)");
  use({{"table.whitelist", "p"}, {"topic", "t"}, {"key.columns", "sku"}});
  TestBatch batch;
  auto view = batch.view();
  auto done = source->poll(view, std::chrono::milliseconds(0));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::bad_config);
  EXPECT_NE(done.error().message.find("sku"), std::string::npos);
}

TEST_F(OdbcSourceTest, TablesAreSharedOut) {
  const ConfigMap config{{"connection.url", url}, {"table.whitelist", "a,b,c"}, {"topic.prefix", "t."}};
  auto two = OdbcSource::task_configs(config, 2);
  ASSERT_TRUE(two);
  ASSERT_EQ(two->size(), 2u);
  EXPECT_EQ((*two)[0].at("table.whitelist"), "a,c");
  EXPECT_EQ((*two)[1].at("table.whitelist"), "b");
  EXPECT_EQ(OdbcSource::task_configs(config, 9)->size(), 3u);
}

}  // namespace
}  // namespace weir::connectors::odbc
