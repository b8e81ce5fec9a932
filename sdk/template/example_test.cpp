// No broker needed: the SDK's fake host gives a class what a worker would.
#include <gtest/gtest.h>
#include <weir/testing/fake_host.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "counter_source.hpp"
#include "file_lines_sink.hpp"
#include "upper_case.hpp"

namespace {

using weir::Value;
using weir::testing::FakeTask;
using weir::testing::TestBatch;

TEST(UpperCaseTest, ChangesTheFieldAndLeavesTheRest) {
  example::UpperCase transform({"name"});
  TestBatch batch;
  auto& record = batch.add("people", 0, 7);
  record.value = weir::ObjectBuilder(batch.arena(), 2).add("name", Value::string("ada")).add("age", Value::int64(36)).map();
  batch.add("people", 0, 8).value = weir::ObjectBuilder(batch.arena(), 1).add("name", Value::int64(1)).map();
  auto view = batch.view();
  ASSERT_TRUE(static_cast<weir::Transform&>(transform).apply(view));
  EXPECT_EQ(weir::json::write(batch[0].value(), batch.arena()), R"({"name":"ADA","age":36})");
  ASSERT_EQ(batch.failures().count(1), 1u);
  EXPECT_EQ(batch.failures().at(1).message, "people-0@8: name is not a text");
}

TEST(CounterSourceTest, ResumesBehindItsStoredOffset) {
  FakeTask host;
  host.on_read_offset([](const Value&, weir::Arena arena) {
    return weir::ObjectBuilder(arena, 1).add("number", Value::int64(8)).map();
  });
  example::CounterSource source({"numbers", 10}, host.task());
  ASSERT_TRUE(source.start());
  TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(source.poll(view, std::chrono::milliseconds(0)));
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(weir::json::write(batch[0].value(), batch.arena()), R"({"number":9})");
}

TEST(FileLinesSinkTest, WritesALineARecord) {
  const std::string path = testing::TempDir() + "weir-example.jsonl";
  std::remove(path.c_str());
  example::FileLinesSink sink({path});
  ASSERT_TRUE(sink.start());
  TestBatch batch;
  batch.add("t").value = Value::string("a");
  batch.add("t").value = Value::int64(1);
  auto view = batch.view();
  ASSERT_TRUE(sink.put(view));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "\"a\"\n1\n");
  std::remove(path.c_str());
}

}  // namespace
