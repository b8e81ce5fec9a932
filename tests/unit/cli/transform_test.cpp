#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/scratch.hpp"
#include "runtime/cli/local_plugins.hpp"
#include "runtime/cli/record_lines.hpp"
#include "runtime/cli/transform_command.hpp"

namespace weir::runtime::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TransformTest : public ::testing::Test {
 protected:
  int run(const std::string& config, const std::string& input, bool strict = false) {
    static const plugin::Registry& registry = load_plugins({scratch_folder()});
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err};
    console.strict = strict;
    const int status = transform(console, registry, scratch_.write("config.json", config));
    out_ = out.str();
    err_ = err.str();
    return status;
  }
  static std::string scratch_folder() {
    static const Scratch empty;
    return empty.path().string();
  }

  Scratch scratch_;
  std::string out_;
  std::string err_;
};

TEST_F(TransformTest, ConvertersDefaultToJsonAndTheirSubKeysCount) {
  EXPECT_EQ(
      run(R"({"value.converter.schemas.enable":false,"key.converter.schemas.enable":"false"})",
          "{\"topic\":\"t\",\"key\":\"7\",\"value\":\"{\\\"a\\\": [1, null]}\"}\n"),
      0)
      << err_;
  EXPECT_EQ(out_,
            "{\"topic\":\"t\",\"partition\":0,\"key\":\"7\",\"value\":\"{\\\"a\\\":[1,null]}\","
            "\"headers\":[]}\n");
}

TEST_F(TransformTest, KeepsPartitionTimestampHeadersAndNulls) {
  EXPECT_EQ(
      run(R"({"key.converter":"StringConverter","value.converter":"StringConverter"})",
          R"({"topic":"t","partition":3,"offset":9,"timestamp":12,"key":null,"value":"","headers":[["a","1"],["b",null],["a","x"]]})"
          "\n\n"
          R"({"topic":"u","value":null})"),
      0)
      << err_;
  EXPECT_EQ(
      out_,
      R"({"topic":"t","partition":3,"timestamp":12,"key":null,"value":"","headers":[["a","1"],["b",null],["a","x"]]})"
      "\n"
      R"({"topic":"u","partition":0,"key":null,"value":null,"headers":[]})"
      "\n");
}

TEST_F(TransformTest, ABadRecordIsALineOfItsOwn) {
  EXPECT_EQ(run(R"({"value.converter.schemas.enable":false,"key.converter":"StringConverter"})",
                "{\"topic\":\"t\",\"value\":\"1\"}\n{\"topic\":\"t\",\"value\":\"{\"}\n{\"topic\":"
                "\"t\",\"value\":\"2\"}\n"),
            0);
  std::istringstream lines(out_);
  std::string first;
  std::string second;
  std::string third;
  std::getline(lines, first);
  std::getline(lines, second);
  std::getline(lines, third);
  EXPECT_THAT(first, HasSubstr("\"value\":\"1\""));
  EXPECT_THAT(second, StartsWith("{\"error\":\"VALUE_CONVERTER\",\"message\":\"Converting byte[] "
                                 "to Kafka Connect data failed"));
  EXPECT_THAT(third, HasSubstr("\"value\":\"2\""));
}

TEST_F(TransformTest, BytesThatAreNotTextTravelAsBase64) {
  EXPECT_EQ(run(R"({"key.converter":"ByteArrayConverter","value.converter":"ByteArrayConverter"})",
                R"({"topic":"t","key_base64":"/wA=","value_base64":"YWJj"})"),
            0)
      << err_;
  EXPECT_EQ(out_,
            "{\"topic\":\"t\",\"partition\":0,\"key_base64\":\"/"
            "wA=\",\"value\":\"abc\",\"headers\":[]}\n");
}

TEST_F(TransformTest, ARefusedConfigPrintsNothingOnStdout) {
  EXPECT_EQ(run(R"({"transforms":"a"})", "{\"topic\":\"t\"}\n"), 1);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("transforms.a.type"));
  EXPECT_EQ(run(R"({"value.converter":"NoSuchConverter"})", "{\"topic\":\"t\"}\n"), 1);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("NoSuchConverter"));
  EXPECT_EQ(run("{", ""), 1);
  EXPECT_EQ(run(R"({"value.converter":null})", ""), 1);
}

TEST_F(TransformTest, UnknownKeysOfTheChainAreWarnings) {
  EXPECT_EQ(run(R"({"value.converter.schemas.enabel":"x","something.else":"y"})", ""), 0);
  EXPECT_THAT(err_, HasSubstr("schemas.enabel"));
  EXPECT_EQ(run(R"({"value.converter.schemas.enabel":"x"})", "", true), 1);
}

TEST_F(TransformTest, InputThatIsNoRecordEndsItWithItsLine) {
  EXPECT_EQ(run(R"({"value.converter":"StringConverter"})",
                "{\"topic\":\"t\",\"value\":\"1\"}\nnonsense\n"),
            1);
  EXPECT_THAT(err_, StartsWith("error: line 2: "));
  EXPECT_THAT(out_, HasSubstr("\"value\":\"1\""));
}

TEST(RecordLines, RefuseWhatIsWrong) {
  for (const char* line : {"[]", "{}", R"({"topic":1})", R"({"topic":"t","partition":"x"})",
                           R"({"topic":"t","timestamp":1.5})", R"({"topic":"t","headers":[["a"]]})",
                           R"({"topic":"t","key_base64":"*"})", R"({"topic":"t","valeu":""})"}) {
    EXPECT_FALSE(parse_record_line(line)) << line;
  }
  const auto record =
      parse_record_line(R"({"topic":"t","value":{"a":1.50},"headers":[["h",{"base64":"AAE="}]]})");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->value, "{\"a\":1.50}");
  EXPECT_EQ(record->headers[0].second, std::string("\0\1", 2));
}

}  // namespace
}  // namespace weir::runtime::cli
