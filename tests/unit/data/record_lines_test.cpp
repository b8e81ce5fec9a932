#include <runtime/data/record_lines.hpp>

#include <gtest/gtest.h>

namespace weir::runtime::data {
namespace {

TEST(RecordLines, ReadsWithDefaults) {
  const auto r = read_record_line(R"({"topic":"t"})");
  ASSERT_TRUE(r);
  EXPECT_EQ(0, r->partition);
  EXPECT_EQ(0, r->offset);
  EXPECT_EQ(std::nullopt, r->timestamp);
  EXPECT_EQ(std::nullopt, r->key);
  EXPECT_TRUE(r->headers.empty());
}

TEST(RecordLines, TextsAndBytesBothWays) {
  const auto r = read_record_line(
      R"({"topic":"t","partition":3,"offset":9,"timestamp":5,"key":"","value_base64":"/w==","headers":[["a","x"],["b",null],["c",{"base64":"/w=="}]]})");
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ("", r->key);
  EXPECT_EQ("\xff", r->value);
  EXPECT_EQ(
      R"({"topic":"t","partition":3,"timestamp":5,"key":"","value_base64":"/w==","headers":[["a","x"],["b",null],["c",{"base64":"/w=="}]]})",
      write_record_line(*r));
}

TEST(RecordLines, SaysWhatIsWrong) {
  EXPECT_EQ("a record must be an object with a topic", read_record_line("[]").error().message);
  EXPECT_EQ("a record must be an object with a topic", read_record_line("").error().message);
  EXPECT_EQ("value must be a text or null", read_record_line(R"({"topic":"t","value":1})").error().message);
  EXPECT_EQ("partition is out of range", read_record_line(R"({"topic":"t","partition":-1})").error().message);
  EXPECT_EQ("key_base64 is not base64", read_record_line(R"({"topic":"t","key_base64":"!"})").error().message);
  EXPECT_EQ("a header must be [name, text]", read_record_line(R"({"topic":"t","headers":[["a"]]})").error().message);
}

TEST(RecordLines, OtherOutcomes) {
  EXPECT_EQ(R"({"dropped":true})", write_dropped_line());
  EXPECT_EQ(R"({"error":"OUT","message":"a \"b\""})", write_error_line("OUT", "a \"b\""));
}

}  // namespace
}  // namespace weir::runtime::data
