#include "file_sink.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <weir/testing/fake_host.hpp>

namespace weir::connectors::file {
namespace {

class FileSinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "weir-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/output.txt";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string content() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string folder_;
  std::string path_;
};

TEST_F(FileSinkTest, one_line_a_value_appended) {
  std::ofstream(path_) << "before\n";
  FileSink sink(SinkConfig{path_});
  ASSERT_TRUE(sink.start());
  testing::TestBatch batch;
  batch.add("t", 0, 0).value = Value::string("text");
  batch.add("t", 0, 1).value = Value::bytes("raw\xFF");
  batch.add("t", 0, 2).value = Value::int64(7);
  batch.add("t", 0, 3).value = ObjectBuilder(batch.arena()).add("a", Value::boolean(true)).map();
  batch.add("t", 0, 4);
  batch.add("t", 0, 5).state = WEIR_RECORD_DROPPED;
  auto view = batch.view();
  ASSERT_TRUE(sink.put(view));
  EXPECT_EQ(content(), "before\ntext\nraw\xFF\n7\n{\"a\":true}\nnull\n");
}

TEST_F(FileSinkTest, many_records_are_written_whole) {
  FileSink sink(SinkConfig{path_});
  ASSERT_TRUE(sink.start());
  testing::TestBatch batch;
  const std::string line(5000, 'z');
  for (int i = 0; i < 300; ++i) {
    batch.add("t", 0, i).value = Value::string(line);
  }
  auto view = batch.view();
  ASSERT_TRUE(sink.put(view));
  EXPECT_EQ(content().size(), 300u * 5001u);
}

TEST_F(FileSinkTest, a_file_that_cannot_be_made_is_a_bad_config) {
  FileSink sink(SinkConfig{folder_ + "/missing/output.txt"});
  const auto started = sink.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::bad_config);
  EXPECT_NE(started.error().message.find("No such file"), std::string::npos);
}

TEST_F(FileSinkTest, a_failed_write_is_retriable) {
  FileSink sink(SinkConfig{"/dev/full"});
  ASSERT_TRUE(sink.start());
  testing::TestBatch batch;
  batch.add("t").value = Value::string("x");
  auto view = batch.view();
  const auto put = sink.put(view);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Errc::retriable);
}

}  // namespace
}  // namespace weir::connectors::file
