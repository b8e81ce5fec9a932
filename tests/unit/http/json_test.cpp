#include "runtime/http/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/http/json_writer.hpp"
#include "runtime/http/utf8.hpp"
#include "runtime/http/views.hpp"

namespace weir::runtime::http {
namespace {

using ::testing::HasSubstr;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, KeepsTheTextOfNumbersAndTheOrderOfMembers) {
  const std::string text =
      R"({"z":1.50,"a":-0,"big":123456789012345678901234567890,"e":1e400,"x":[true,null,"t"],"E":1.0E+5})";
  const auto json = parse_json(text);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->dump(), text);
  EXPECT_EQ(json->find("z")->text, "1.50");
  EXPECT_EQ(json->text_of("a"), "-0");
  EXPECT_EQ(json->text_of("x"), "");
}

TEST(Json, DecodesEscapes) {
  const auto json = parse_json(R"({"a\u0062":"\ud83d\ude00\n\u00e9\/"})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->members[0].first, "ab");
  EXPECT_EQ(json->members[0].second.text, "\xF0\x9F\x98\x80\n\xC3\xA9/");
}

TEST(Json, RefusesRepeatedMembersAtAnyDepth) {
  const auto json = parse_json(R"({"x":[{"k":1,"k":2}]})");
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().message, "member \"k\" is there twice");
  EXPECT_FALSE(parse_json(R"({"a":1,"\u0061":2})"));
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const std::string text :
       {"", " ", "{", "[1,]", "{\"a\":}", "tru", "{} x", "{'a':1}", "[01]", "[.5]", "[+1]",
        "\"\t\"", "nul", "{\"a\" 1}", "/* c */ 1", "NaN", "[1 2]", "\"\\x\"", "\"\\ud800\""}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Json, IsStrictAboutUtf8) {
  EXPECT_FALSE(parse_json("\"\xC3\""));
  EXPECT_FALSE(parse_json("\"\xC0\xAF\""));
  EXPECT_FALSE(parse_json("\"\xED\xA0\x80\""));
  EXPECT_FALSE(parse_json("{\"\xFF\":1}"));
  EXPECT_TRUE(parse_json("\"\xC3\xA9\""));
}

TEST(Json, Holds128LevelsAndFailsCleanlyBeyond) {
  EXPECT_TRUE(parse_json(nested(128)));
  EXPECT_FALSE(parse_json(nested(129)));
  EXPECT_FALSE(parse_json(nested(100'000)));
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
}

TEST(JsonWriter, EscapesWhatMustBeAndReplacesBrokenUtf8) {
  JsonWriter out;
  out.begin_array().text("a\"\\\n\x01\x1F\xC3\xA9\xFFz").text("").end_array();
  EXPECT_EQ(out.take(), "[\"a\\\"\\\\\\n\\u0001\\u001f\xC3\xA9\xEF\xBF\xBDz\",\"\"]");
}

TEST(JsonWriter, SeparatesNestedValues) {
  JsonWriter out;
  out.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .begin_object()
      .end_object()
      .null()
      .end_array();
  out.member("c", "x").member("d", true).key("e").raw("1.50").end_object();
  EXPECT_EQ(out.take(), R"({"a":1,"b":[{},null],"c":"x","d":true,"e":1.50})");
}

TEST(Utf8, KnowsTheBorders) {
  EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF"));
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xE0\x9F\xBF"));
  EXPECT_FALSE(is_utf8("\x80"));
  EXPECT_FALSE(is_utf8("\xF0\x9F\x98"));
}

TEST(Views, InstantsAreUtcWithMilliseconds) {
  EXPECT_EQ(instant_text(1'700'000'000'123), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(instant_text(0), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace weir::runtime::http
