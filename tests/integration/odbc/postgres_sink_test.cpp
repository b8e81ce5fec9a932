#include "odbc_sink.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include "postgres.hpp"

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

namespace weir::connectors::odbc {
namespace {

using testing::FakeTask;
using testing::TestBatch;
using weir::test::lines;
using weir::test::postgres;

struct PostgresSink : ::testing::Test {
  weir::test::Sql sql{postgres().odbc()};
  FakeTask task{"sink"};

  void SetUp() override { sql.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); }

  static std::unique_ptr<OdbcSink> make(ConfigMap config, FakeTask& host) {
    config.emplace("connection.url", postgres().odbc());
    ConfigProblems problems;
    auto sink = std::make_unique<OdbcSink>(OdbcSink::describe().parse(config, problems), host.task());
    EXPECT_TRUE(problems.empty()) << problems[0].message;
    return sink;
  }
  static void add(TestBatch& batch, std::int64_t offset, const std::string& value) {
    weir_record& r = batch.add("sales", 0, offset);
    r.value = *json::read(batch.arena().copy(value), batch.arena());
  }
  static Result<void> put(OdbcSink& sink, TestBatch& batch) {
    auto view = batch.view();
    return sink.put(view);
  }
};

const ConfigMap kUpsert{{"insert.mode", "upsert"}, {"pk.mode", "record_value"}, {"pk.fields", "id"}, {"auto.create", "true"}};

TEST_F(PostgresSink, CreatesTheTableAndWritesEveryKindOfValue) {
  auto sink = make(kUpsert, task);
  TestBatch batch;
  add(batch, 0, R"({"id":"1","name":"Zoë 🍵 'q' \\ %","n":-9007199254740993,"ratio":0.1,"ok":true,"none":null,"doc":{"a":[1,"é"]}})");
  add(batch, 1, R"({"id":"2","name":"","n":0,"ratio":1e300,"ok":false,"none":null,"doc":[]})");
  ASSERT_TRUE(put(*sink, batch));
  EXPECT_EQ(lines(sql, "SELECT id,name,n::text,ratio::text,ok::int::text,none,doc::text FROM sales ORDER BY id"),
            "1|Zoë 🍵 'q' \\ %|-9007199254740993|0.1|1|-|{\"a\": [1, \"é\"]}\n2||0|1e+300|0|-|[]\n");
  EXPECT_EQ(lines(sql, "SELECT string_agg(data_type, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name='sales'"),
            "text,text,bigint,double precision,boolean,text,jsonb\n");
}

TEST_F(PostgresSink, NamesThatCannotBeColumnsFailTheirRecordOnly) {
  ConfigMap config = kUpsert;
  config["auto.evolve"] = "true";
  auto sink = make(config, task);
  const std::string most(63, 'n');
  TestBatch batch;
  add(batch, 0, R"({"id":"0","":1})");
  add(batch, 1, R"({"id":"1","a":1,")" + most + R"(":7})");
  add(batch, 2, R"({"id":"2",")" + most + R"(n":7})");
  ASSERT_TRUE(put(*sink, batch));
  EXPECT_EQ(batch.failures().size(), 2u);
  TestBatch more;
  add(more, 3, R"({"id":"3","a":1,"A":2})");
  add(more, 4, R"({"id":"4","A":4})");
  ASSERT_TRUE(put(*sink, more));
  EXPECT_EQ(more.failures().size(), 1u);
  EXPECT_EQ(lines(sql, "SELECT id,a::text," + most + "::text FROM sales ORDER BY id"), "1|1|7\n4|4|-\n");
}

TEST_F(PostgresSink, AKeyTooLongForItsIndexFailsItsRecordOnly) {
  auto sink = make(kUpsert, task);
  std::string key;  // that cannot be compressed
  for (unsigned n = 1; key.size() < 30'000; ++n) {
    key += std::to_string(n * 2654435761U);
  }
  TestBatch batch;
  add(batch, 0, R"({"id":"1"})");
  add(batch, 1, R"({"id":")" + key + R"("})");
  ASSERT_TRUE(put(*sink, batch));
  ASSERT_EQ(batch.failures().size(), 1u);
  EXPECT_EQ(lines(sql, "SELECT id FROM sales"), "1\n");
}

TEST_F(PostgresSink, ATableOfOnesOwnDecidesTheTypes) {
  sql.execute("CREATE TABLE SALES(ID integer PRIMARY KEY, TOTAL numeric(10,2), AT timestamptz, DOC jsonb, FLAG boolean, NOTE varchar(5))");
  ConfigMap config = kUpsert;
  config["table.name.format"] = "SALES";  // created without quotes: sales
  auto sink = make(config, task);
  TestBatch batch;
  add(batch, 0, R"({"id":"7","TOTAL":"12.50","AT":"2026-03-01 10:11:12","DOC":"{\"x\":1}","FLAG":"true","NOTE":"abc"})");
  add(batch, 1, R"({"id":"x","TOTAL":"1","AT":null,"DOC":null,"FLAG":null,"NOTE":null})");
  add(batch, 2, R"({"id":"8","TOTAL":"1","AT":null,"DOC":null,"FLAG":null,"NOTE":"too long"})");
  add(batch, 3, R"({"id":"9","TOTAL":"1","AT":null,"DOC":"{no json","FLAG":null,"NOTE":null})");
  add(batch, 4, R"({"id":"10","TOTAL":"1.005","AT":null,"DOC":null,"FLAG":null,"NOTE":"a\u0000b"})");
  ASSERT_TRUE(put(*sink, batch));
  EXPECT_EQ(lines(sql, "SELECT id::text,total::text,(at AT TIME ZONE 'UTC')::text,doc::text,flag::text,note FROM sales"),
            "7|12.50|2026-03-01 10:11:12|{\"x\": 1}|true|abc\n");
  ASSERT_EQ(batch.failures().size(), 4u);
  for (const auto& [index, outcome] : batch.failures()) {
    EXPECT_EQ(outcome.code, Errc::bad_record) << index << outcome.message;
  }
}

TEST_F(PostgresSink, BadRowsAreFoundByHalvingAndTheOffsetWaitsForTheirDeadLetters) {
  sql.execute("CREATE TABLE sales(id text PRIMARY KEY, n integer CHECK(n<>13))");
  ConfigMap config = kUpsert;
  config["offsets.table"] = "weir_offsets";
  auto sink = make(config, task);
  TestBatch batch;
  for (int i = 0; i < 1000; ++i) {
    add(batch, i, R"({"id":"k)" + std::to_string(i) + R"(","n":)" + std::to_string(i % 250 == 249 ? 13 : 1) + "}");
  }
  add(batch, 1000, R"({"id":"last","n":1})");
  ASSERT_TRUE(put(*sink, batch));
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales"), 0);
  EXPECT_EQ(sql.number("SELECT MAX(next_offset) FROM weir_offsets"), 0);
  batch.retry();
  EXPECT_EQ(batch.failures().size(), 4u);
  EXPECT_TRUE(batch.failures().contains(499));
  ASSERT_TRUE(put(*sink, batch));
  EXPECT_EQ(batch.failures().size(), 4u);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales"), 997);
  EXPECT_EQ(sql.number("SELECT next_offset FROM weir_offsets"), 1001);
}

TEST_F(PostgresSink, WideRowsStayBelowTheDriversLimit) {
  auto sink = make(kUpsert, task);
  TestBatch batch;
  for (int i = 0; i < 400; ++i) {
    std::string value = R"({"id":")" + std::to_string(i) + "\"";
    for (int c = 0; c < 120; ++c) {
      value += ",\"c" + std::to_string(c) + "\":" + std::to_string(c);
    }
    add(batch, i, value + "}");
  }
  ASSERT_TRUE(put(*sink, batch));
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales WHERE c119=119"), 400);
}

TEST_F(PostgresSink, ServerStopsAndStartsAndNothingIsLostOrTwice) {
  const ConfigMap config{{"auto.create", "true"}, {"offsets.table", "weir_offsets"}};
  auto sink = make(config, task);
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  int retried = 0;
  for (int b = 0; b < 30; ++b) {
    TestBatch batch;
    for (int i = 0; i < 100; ++i) {
      add(batch, b * 100 + i, R"({"id":)" + std::to_string(b * 100 + i) + "}");
    }
    if (b == 10) {
      postgres().stop();
      auto down = put(*sink, batch);
      ASSERT_FALSE(down);
      EXPECT_EQ(down.error().code, Errc::retriable) << down.error().message;
      postgres().start();
    }
    if (b == 20) {
      postgres().kill9();
      postgres().start();
    }
    auto done = put(*sink, batch);
    while (!done) {
      ASSERT_EQ(done.error().code, Errc::retriable) << done.error().message;
      ASSERT_LT(++retried, 5);
      done = put(*sink, batch);
    }
  }
  weir::test::Sql again(postgres().odbc());
  EXPECT_EQ(lines(again, "SELECT COUNT(*)::text,COUNT(DISTINCT id)::text,MAX(id)::text FROM sales"), "3000|3000|2999\n");
  EXPECT_EQ(again.number("SELECT next_offset FROM weir_offsets"), 3000);
}

TEST_F(PostgresSink, ADatabaseThatLostCommitsStopsTheTask) {
  const ConfigMap config{{"auto.create", "true"}, {"offsets.table", "weir_offsets"}};
  auto sink = make(config, task);
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  TestBatch batch;
  add(batch, 9, R"({"id":9})");
  ASSERT_TRUE(put(*sink, batch));
  sql.execute("UPDATE weir_offsets SET next_offset=5");
  (void)sql.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid<>pg_backend_pid() AND datname='postgres'");
  TestBatch next;
  add(next, 10, R"({"id":10})");
  auto done = put(*sink, next);
  for (int i = 0; i < 3 && !done && done.error().code == Errc::retriable; ++i) {
    done = put(*sink, next);
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::fatal);
  EXPECT_NE(done.error().message.find("lost commits"), std::string::npos);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales"), 1);
}

TEST_F(PostgresSink, SessionsAreEndedInTheMiddleOfTransactions) {
  const ConfigMap config{{"auto.create", "true"}, {"offsets.table", "weir_offsets"}};
  auto sink = make(config, task);
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  ASSERT_TRUE(sink->open(std::span(&tp, 1)));
  std::jthread killer([](const std::stop_token& over) {
    weir::test::Sql admin(postgres().odbc());
    for (std::size_t ended = 0; !over.stop_requested() && ended < 30;) {  // not for ever: a slow machine must get through too
      ended += admin.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid<>pg_backend_pid() AND query LIKE 'INSERT%'").size();
    }
  });
  for (int b = 0; b < 40; ++b) {
    TestBatch batch;
    for (int i = 0; i < 500; ++i) {
      add(batch, b * 500 + i, R"({"id":)" + std::to_string(b * 500 + i) + "}");
    }
    auto done = put(*sink, batch);
    while (!done) {
      ASSERT_EQ(done.error().code, Errc::retriable) << done.error().message;
      done = put(*sink, batch);
    }
  }
  killer.request_stop();
  killer.join();
  weir::test::Sql again(postgres().odbc());
  EXPECT_EQ(lines(again, "SELECT COUNT(*)::text,COUNT(DISTINCT id)::text FROM sales"), "20000|20000\n");
}

TEST_F(PostgresSink, ReplacedTaskWritesNothing) {
  const ConfigMap config{{"auto.create", "true"}, {"offsets.table", "weir_offsets"}};
  auto zombie = make(config, task);
  TopicPartition tp{};
  tp.topic = bytes_of("sales");
  ASSERT_TRUE(zombie->open(std::span(&tp, 1)));
  FakeTask other_task("sink");
  auto owner = make(config, other_task);
  ASSERT_TRUE(owner->open(std::span(&tp, 1)));
  TestBatch late;
  add(late, 0, R"({"id":1})");
  auto done = put(*zombie, late);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::fatal);
  TestBatch batch;
  add(batch, 0, R"({"id":1})");
  ASSERT_TRUE(put(*owner, batch));
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales"), 1);
}

TEST_F(PostgresSink, TasksThatWriteTheSameKeysDoNotDeadlock) {
  sql.execute("CREATE TABLE sales(id text PRIMARY KEY, n bigint)");
  const long long before = sql.number("SELECT deadlocks FROM pg_stat_database WHERE datname='postgres'");
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        FakeTask host("sink");
        auto sink = make(kUpsert, host);
        for (int b = 0; b < 20; ++b) {
          TestBatch batch;
          for (int i = 0; i < 300; ++i) {
            const int k = t % 2 == 0 ? i : 299 - i;
            add(batch, b * 300 + i, R"({"id":"k)" + std::to_string(k) + R"(","n":)" + std::to_string(b) + "}");
          }
          failed += put(*sink, batch) ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales WHERE n=19"), 300);
  EXPECT_EQ(sql.number("SELECT deadlocks FROM pg_stat_database WHERE datname='postgres'"), before);
}

TEST_F(PostgresSink, TasksThatCreateTheSameTableAtOnce) {
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        FakeTask host("sink");
        ConfigMap config = kUpsert;
        config["offsets.table"] = "weir_offsets";
        config["auto.evolve"] = "true";
        auto sink = make(config, host);
        TopicPartition tp{};
        tp.topic = bytes_of("sales");
        tp.partition = t;
        TestBatch batch;
        weir_record& r = batch.add("sales", t, 0);
        const std::string value = R"({"id":"k)" + std::to_string(t) + R"(","c)" + std::to_string(t) + "\":1}";
        r.value = *json::read(batch.arena().copy(value), batch.arena());
        auto done = sink->open(std::span(&tp, 1));
        if (done) {
          done = put(*sink, batch);
        }
        EXPECT_TRUE(done) << done.error().message;
        failed += done && batch.failures().empty() ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM sales"), 4);
  EXPECT_EQ(sql.number("SELECT COUNT(*) FROM information_schema.columns WHERE table_name='sales'"), 5);
}

TEST_F(PostgresSink, WrongPasswordAndWrongDatabase) {
  FakeTask host("sink");
  auto sink = make({{"connection.url", postgres().odbc() + ";Database=nosuch"}}, host);
  TestBatch batch;
  add(batch, 0, R"({"id":1})");
  auto done = put(*sink, batch);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::bad_config) << done.error().message;
}

}  // namespace
}  // namespace weir::connectors::odbc
