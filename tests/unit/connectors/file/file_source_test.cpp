#include "file_source.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <weir/testing/fake_host.hpp>

namespace weir::connectors::file {
namespace {

using std::chrono::milliseconds;

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "weir-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/input.txt";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void append(std::string_view text) {
    std::ofstream(path_, std::ios::app | std::ios::binary) << text;
  }
  SourceConfig config(std::int32_t batch_size = 2000) { return {path_, "lines", batch_size}; }
  /// The lines of one poll, as (value, position).
  std::vector<std::pair<std::string, std::int64_t>> poll(FileSource& source,
                                                         milliseconds wait = milliseconds(0)) {
    testing::TestBatch batch;
    auto view = batch.view();
    const auto done = source.poll(view, wait);
    EXPECT_TRUE(done) << done.error().message;
    std::vector<std::pair<std::string, std::int64_t>> lines;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Record record = batch[i];
      const Value offset = record.c()->source_offset;
      lines.emplace_back(record.value().text(), offset.find("position")->as_integer());
    }
    return lines;
  }

  std::string folder_;
  std::string path_;
  testing::FakeTask host_{"lines"};
};

using Lines = std::vector<std::pair<std::string, std::int64_t>>;

TEST_F(FileSourceTest, a_line_is_a_record_like_kafka_connects) {
  append("hello\n");
  FileSource source(config(), host_.task());
  ASSERT_TRUE(source.start());
  testing::TestBatch batch;
  auto view = batch.view();
  ASSERT_TRUE(source.poll(view, milliseconds(0)));
  ASSERT_EQ(batch.size(), 1u);
  Record record = batch[0];
  EXPECT_EQ(record.topic(), "lines");
  EXPECT_TRUE(record.key().is_null());
  EXPECT_EQ(record.key_schema(), nullptr);
  EXPECT_EQ(record.value().text(), "hello");
  ASSERT_NE(record.value_schema(), nullptr);
  EXPECT_EQ(record.value_schema()->kind(), Kind::string);
  EXPECT_FALSE(record.value_schema()->optional());
  EXPECT_TRUE(record.timestamp().has_value());
  const Value partition = record.c()->source_partition;
  EXPECT_EQ(partition.find("filename")->text(), path_);
  const Value offset = record.c()->source_offset;
  EXPECT_EQ(offset.find("position")->as_integer(), 6);
}

TEST_F(FileSourceTest, waits_for_the_file_and_for_the_end_of_a_line) {
  FileSource source(config(), host_.task());
  ASSERT_TRUE(source.start());
  EXPECT_EQ(poll(source), Lines{});
  append("par");
  EXPECT_EQ(poll(source), Lines{});
  append("tial\nnext");
  EXPECT_EQ(poll(source), (Lines{{"partial", 8}}));
  EXPECT_EQ(poll(source), Lines{});
  append("\n");
  EXPECT_EQ(poll(source), (Lines{{"next", 13}}));
}

TEST_F(FileSourceTest, resumes_behind_the_stored_position) {
  append("one\ntwo\nthree\n");
  host_.on_read_offset([&](const Value& partition, Arena arena) -> Value {
    EXPECT_EQ(partition.find("filename")->text(), path_);
    return ObjectBuilder(arena).add("position", Value::int64(4)).map();
  });
  FileSource source(config(), host_.task());
  ASSERT_TRUE(source.start());
  EXPECT_EQ(poll(source), (Lines{{"two", 8}, {"three", 14}}));
}

TEST_F(FileSourceTest, a_stored_position_that_is_no_number_is_refused) {
  host_.on_read_offset([](const Value&, Arena arena) -> Value {
    return ObjectBuilder(arena).add("position", Value::string("4")).map();
  });
  FileSource source(config(), host_.task());
  const auto started = source.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::bad_config);
}

TEST_F(FileSourceTest, a_full_batch_leaves_the_rest_for_the_next) {
  append("1\n2\n3\n4\n5\n");
  FileSource source(config(2), host_.task());
  ASSERT_TRUE(source.start());
  EXPECT_EQ(poll(source), (Lines{{"1", 2}, {"2", 4}}));
  EXPECT_EQ(poll(source), (Lines{{"3", 6}, {"4", 8}}));
  append("6\n");
  EXPECT_EQ(poll(source), (Lines{{"5", 10}, {"6", 12}}));
  EXPECT_EQ(poll(source), Lines{});
}

TEST_F(FileSourceTest, lines_longer_than_a_block) {
  const std::string big(700'000, 'x');
  append(big + "\n" + big + "y\n");
  FileSource source(config(), host_.task());
  ASSERT_TRUE(source.start());
  Lines lines;
  while (lines.size() < 2) {
    for (auto& line : poll(source)) {
      lines.push_back(line);
    }
  }
  EXPECT_EQ(lines[0].first, big);
  EXPECT_EQ(lines[1].first, big + "y");
  EXPECT_EQ(lines[1].second, 1'400'003);
}

TEST_F(FileSourceTest, every_byte_of_many_lines_arrives_once_and_in_order) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), '-') +
            (i % 3 == 0 ? "\r\n" : "\n");
  }
  append(text);
  FileSource source(config(777), host_.task());
  ASSERT_TRUE(source.start());
  int expected = 0;
  std::int64_t last = 0;
  while (expected < 20'000) {
    for (const auto& [line, position] : poll(source)) {
      ASSERT_EQ(line, std::to_string(expected) +
                          std::string(static_cast<std::size_t>(expected % 97), '-'));
      ASSERT_GT(position, last);
      last = position;
      ++expected;
    }
  }
  EXPECT_EQ(last, static_cast<std::int64_t>(text.size()));
}

TEST_F(FileSourceTest, a_wake_ends_the_wait) {
  append("");
  FileSource source(config(), host_.task());
  ASSERT_TRUE(source.start());
  host_.wake();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(poll(source, std::chrono::minutes(5)), Lines{});
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::minutes(1));
}

TEST(FileSourceConfig, keys_and_problems) {
  ConfigProblems problems;
  const SourceConfig parsed =
      FileSource::describe().parse({{"file", "/x"}, {"topic", "t"}}, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(parsed.batch_size, 2000);
  (void)FileSource::describe().parse({{"batch.size", "0"}}, problems);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].message,
            "Missing required configuration \"topic\" which has no default value.");
  EXPECT_EQ(problems[1].key, "batch.size");
}

}  // namespace
}  // namespace weir::connectors::file
