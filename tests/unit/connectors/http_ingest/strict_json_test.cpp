#include "strict_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <string>
#include <weir/json_schema/rfc3339.hpp>


namespace weir::connectors::http_ingest {
namespace {

std::string why(std::string_view text, std::size_t depth = 64) {
  const auto parsed = parse_strict(text, depth);
  return parsed ? "" : parsed.error().message;
}

TEST(StrictJson, takes_what_is_right) {
  for (const char* text : {"{}", " [1,2.5,-0,1e10,\"x\",true,false,null] \n", "\"\"", "7",
                           R"({"a":{"b":1},"b":{"a":1},"":0})", R"("\\u0000 is text")",
                           R"("\ud83c\udf75")", "\"\xF0\x9F\x8D\xB5\"", R"([{"a":1},{"a":2}])"}) {
    EXPECT_EQ(why(text), "") << text;
  }
  EXPECT_EQ(parse_strict(R"({"x":[1,{"y":"z"}]})", 64)->at("x").at(1).at("y").as_string(), "z");
}

TEST(StrictJson, refuses_the_same_name_twice) {
  EXPECT_NE(why(R"({"a":1,"a":2})").find("twice"), std::string::npos);
  EXPECT_NE(why(R"({"x":{"a":1,"b":2,"\u0061":3}})").find("twice"), std::string::npos);
  EXPECT_NE(why(R"([[{"k":{"k":1},"k":2}]])").find("twice"), std::string::npos);
}

TEST(StrictJson, refuses_what_readers_understand_differently) {
  EXPECT_NE(why(R"({"a":"x\u0000y"})").find("\\u0000"), std::string::npos);
  EXPECT_NE(why(R"({"a\u0000":1})").find("\\u0000"), std::string::npos);
  EXPECT_NE(why("1e999").find("double"), std::string::npos);
  EXPECT_NE(why("[-1e400]").find("double"), std::string::npos);
  EXPECT_NE(why("1e99999999999"), "");
  EXPECT_NE(why(R"("\ud800")"), "");
  EXPECT_NE(why(R"("\udc00")"), "");
  EXPECT_NE(why(R"("\ud800\u0041")"), "");
  EXPECT_NE(why("\"\xFF\""), "");
  EXPECT_NE(why("\"\xC0\x80\""), "");
  EXPECT_NE(why("\"\xED\xA0\x80\""), "");
}

TEST(StrictJson, refuses_what_is_not_json) {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "nul", "01", "+1", "NaN",
                           "\"\t\"", "{} {}", "{}x", "\xEF\xBB\xBF{}", "// x\n1", "{\"a\" 1}"}) {
    EXPECT_NE(why(text), "") << text;
  }
  EXPECT_NE(why(R"({"msgId":"f1446bea","ver)").find("ends before"), std::string::npos);
}

TEST(StrictJson, depth_is_limited) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(why(deep), "");
  EXPECT_NE(why("[" + deep + "]").find("deeper than 64"), std::string::npos);
  EXPECT_NE(why(std::string(1'000'000, '[')), "");
}

TEST(Rfc3339, date_times) {
  EXPECT_EQ(json_schema::parse_date_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(json_schema::parse_date_time("2026-03-13T16:52:45.1234+10:00"), 1773384765123);
  EXPECT_EQ(json_schema::parse_date_time("2026-03-13t06:52:45z"), 1773384765000);
  EXPECT_EQ(json_schema::parse_date_time("2024-02-29T00:00:00-00:30"), 1709166600000);
  for (const char* bad :
       {"", "2026-03-13", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-13T24:00:00Z",
        "2026-03-13T16:52:45", "2026-03-13T16:52:45.Z", "2026-03-13 16:52:45Z", "14/03/2026 1:22pm",
        "2026-03-13T16:52:45+1000", "2026-03-13T16:52:45Zx", "26-03-13T16:52:45Z"}) {
    EXPECT_EQ(json_schema::parse_date_time(bad), std::nullopt) << bad;
  }
  EXPECT_TRUE(json_schema::is_full_date("2024-02-29"));
  EXPECT_FALSE(json_schema::is_full_date("2024-02-30"));
  EXPECT_TRUE(json_schema::is_full_time("23:59:60Z"));
  EXPECT_FALSE(json_schema::is_full_time("23:59"));
  EXPECT_TRUE(json_schema::is_uuid("f98afc42-2311-4a95-bb79-01c1f825bab6"));
  EXPECT_FALSE(json_schema::is_uuid("f98afc42-2311-4a95-bb79-01c1f825bab"));
  EXPECT_FALSE(json_schema::is_uuid("f98afc42-2311-4a95-bb79x01c1f825bab6"));
}

}  // namespace
}  // namespace weir::connectors::http_ingest
