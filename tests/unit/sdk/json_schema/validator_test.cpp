#include <weir/json_schema/validator.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <weir/json_schema/pattern.hpp>


namespace weir::json_schema {
namespace {

constexpr std::string_view kSale = R"({
 "$schema":"http://json-schema.org/draft-07/schema#","$id":"weir:test:1","type":"object",
 "properties":{
  "id":{"type":"string","format":"uuid"},
  "storeNo":{"type":"string","pattern":"^\\d{4}$"},
  "at":{"type":"string","format":"date-time"},
  "kind":{"enum":["SALE","RETURN"]},
  "items":{"type":"array","minItems":1,"items":{"type":"object","required":["sku","cents"],
    "properties":{"sku":{"type":"string"},"cents":{"type":"integer","minimum":0}}}},
  "cust":{"anyOf":[{"type":"object","properties":{"mobile":{"type":"string","pattern":"^\\+61[2-478]\\d{8}$"}}},{"type":"null"}]}},
 "required":["storeNo","items"],"additionalProperties":true})";

std::vector<SchemaProblem> check(std::string_view schema, std::string_view document,
                                 std::size_t limit = 10) {
  const auto compiled = JsonSchema::parse(schema);
  EXPECT_TRUE(compiled) << compiled.error().message;
  return compiled->validate(boost::json::parse(document), limit);
}

TEST(JsonSchema, a_good_document_has_no_problems) {
  EXPECT_TRUE(
      check(
          kSale,
          R"({"id":"f98afc42-2311-4a95-bb79-01c1f825bab6","storeNo":"1421","at":"2026-03-07T07:26:46+08:00",
    "kind":"SALE","items":[{"sku":"1","cents":200}],"cust":{"mobile":"+61491570156"},"other":1})")
          .empty());
  EXPECT_TRUE(
      check(kSale, R"({"storeNo":"1421","items":[{"sku":"1","cents":2}],"cust":null})").empty());
}

TEST(JsonSchema, problems_name_place_and_keyword) {
  const auto problems = check(
      kSale, R"({"storeNo":"14x1","at":"14/03/2026","kind":"LAYBY","items":[{"cents":"7"}]})");
  std::map<std::string, std::string> found;
  for (const auto& p : problems) {
    found[p.pointer + " " + p.keyword] = p.message;
  }
  EXPECT_EQ(found.count("/storeNo pattern"), 1u);
  EXPECT_EQ(found.count("/at format"), 1u);
  EXPECT_EQ(found.count("/kind enum"), 1u);
  EXPECT_EQ(found.count("/items/0 required"), 1u);
  EXPECT_EQ(found.count("/items/0/cents type"), 1u);
  EXPECT_NE(found["/items/0 required"].find("'sku'"), std::string::npos);
  EXPECT_EQ(problems.size(), 5u);
}

TEST(JsonSchema, any_of_and_missing_and_limits) {
  auto problems = check(kSale, R"({"items":[],"cust":{"mobile":"0491570156"}})");
  ASSERT_FALSE(problems.empty());
  bool any_of = false;
  bool missing = false;
  for (const auto& p : problems) {
    any_of = any_of || (p.pointer == "/cust" && p.keyword == "anyOf");
    missing = missing || (p.pointer.empty() && p.keyword == "required");
  }
  EXPECT_TRUE(any_of);
  EXPECT_TRUE(missing);
  std::string many = R"({"storeNo":"1","items":[)";
  for (int i = 0; i < 50; ++i) {
    many += i == 0 ? "{}" : ",{}";
  }
  EXPECT_EQ(check(kSale, many + "]}").size(), 10u);
}

TEST(JsonSchema, long_texts_and_cruel_patterns_are_survived) {
  const std::string long_text = "\"" + std::string(900'000, '7') + "\"";
  EXPECT_EQ(check(R"({"pattern":"^\\d{4}$"})", long_text).size(), 1u);
  EXPECT_EQ(check(R"({"pattern":"^(\\d|x)*$"})", "\"" + std::string(50'000, '7') + "\"").size(),
            0u);
  EXPECT_EQ(check(R"({"format":"date-time"})", long_text).size(), 1u);
  EXPECT_EQ(check(R"({"pattern":"^(a+)+$"})", "\"" + std::string(40, 'a') + "!\"").size(), 1u);
}

TEST(JsonSchema, patterns_mean_what_ecma_says) {
  EXPECT_EQ(to_icu(R"(^\d{4}$)"), R"(^[0-9]{4}\z)");
  EXPECT_EQ(to_icu(R"([^\w$[&]\$)"), R"([^[A-Za-z0-9_]$\[\&]\$)");
  auto found = [](const char* pattern, std::string_view text) {
    auto compiled = Pattern::compile(pattern);
    EXPECT_TRUE(compiled) << pattern;
    return (*compiled)->found_in(text);
  };
  EXPECT_TRUE(found("b", "abc"));
  EXPECT_FALSE(found("^\\d{4}$", "1234\n"));
  EXPECT_FALSE(found("^\\d$", "\xD9\xA3"));  // ARABIC-INDIC DIGIT THREE
  EXPECT_TRUE(found("^.{2}$", "\xE6\x8A\xB9\xF0\x9F\x8D\xB5"));
  EXPECT_TRUE(found("^[\\d[]+$", "1[2"));
  EXPECT_FALSE(Pattern::compile("(").has_value());
}

TEST(JsonSchema, names_are_matched_safely_too) {
  const std::string long_name(100'000, 'a');
  EXPECT_EQ(
      check(R"({"propertyNames":{"pattern":"^(a|b)*$"}})", "{\"" + long_name + "\":1}").size(), 0u);
  EXPECT_NE(check(R"({"propertyNames":{"pattern":"^b*$"}})", "{\"" + long_name + "\":1}").size(),
            0u);
}

TEST(JsonSchema, what_is_not_supported_is_refused_when_loaded) {
  auto refusal = [](std::string_view schema) {
    const auto compiled = JsonSchema::parse(schema);
    return compiled ? std::string() : compiled.error().message;
  };
  EXPECT_NE(refusal("{"), "");
  EXPECT_NE(refusal("[]"), "");
  EXPECT_NE(refusal(R"({"properties":{"a":{"pattern":"("}}})").find("not a regular expression"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"patternProperties":{"^x":{}}})").find("patternProperties"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"properties":{"a":{"$ref":"http://example.com/x.json"}}})")
                .find("other documents"),
            std::string::npos);
  EXPECT_EQ(
      refusal(
          R"({"definitions":{"a":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/a"}}})"),
      "");
  EXPECT_NE(JsonSchema::load("/nowhere/x.json").error().message.find("/nowhere/x.json"),
            std::string::npos);
  const std::string file = ::testing::TempDir() + "weir-no-schema-" + std::to_string(::getpid()) + ".json";
  std::ofstream(file) << "{\"type\":7}";
  const auto loaded = JsonSchema::load(file);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Errc::bad_config);
}

TEST(JsonSchema, additional_properties) {
  const char* closed = R"({"properties":{"a":{"type":"integer"}},"additionalProperties":false})";
  EXPECT_TRUE(check(closed, R"({"a":1})").empty());
  auto problems = check(closed, R"({"a":1,"b":2,"c":3})");
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].keyword, "additionalProperties");
  EXPECT_NE(problems[0].message.find("'b'"), std::string::npos);
  const char* typed = R"({"properties":{"a":{}},"additionalProperties":{"type":"string"}})";
  EXPECT_TRUE(check(typed, R"({"a":1,"b":"x"})").empty());
  problems = check(typed, R"({"a":1,"b":2})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].pointer, "/b");
  problems = check(R"({"properties":{"a":false}})", R"({"a":1})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].pointer, "/a");
  EXPECT_TRUE(check(closed, R"([1])").empty());
}

TEST(JsonSchema, items) {
  const char* list = R"({"items":{"type":"integer"}})";
  EXPECT_TRUE(check(list, "[1,2]").empty());
  EXPECT_TRUE(check(list, "{}").empty());
  const auto problems = check(list, R"([1,"2",3,null])");
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].pointer, "/1");
  EXPECT_EQ(problems[1].pointer, "/3");
  EXPECT_EQ(check(R"({"items":false})", "[1]").size(), 1u);
  EXPECT_FALSE(
      check(R"({"items":[{"type":"string"}],"additionalItems":false})", R"(["a",1])").empty());
}

TEST(JsonSchema, pointers_are_escaped) {
  const auto problems = check(R"({"properties":{"a/b~c":{"type":"string"}}})", R"({"a/b~c":1})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].pointer, "/a~1b~0c");
}

}  // namespace
}  // namespace weir::json_schema
