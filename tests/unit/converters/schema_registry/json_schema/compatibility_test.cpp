#include "json_schema/compatibility.hpp"

#include <gtest/gtest.h>

#include <string>
#include <weir/json_schema/connect_schema.hpp>

namespace weir::converters::schema_registry::json_schema {
namespace {

class CompatibilityTest : public testing::Test {
 protected:
  std::string fits(std::string_view reader, std::string_view writer) {
    const auto done = can_hold(*schema(reader), *schema(writer));
    return done ? "" : done.error().message;
  }
  const weir_schema* schema(std::string_view text) {
    const auto document = weir::json_schema::Document::parse(text);
    const auto made = weir::json_schema::connect_schema(**document, {}, {}, memory_.view());
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  OwnedArena memory_;
};

TEST_F(CompatibilityTest, NamesWhatDoesNotFit) {
  const std::string_view one = R"({"properties":{"a":{"type":"integer"},"b":{"properties":{"c":{"type":"string"}}}}})";
  EXPECT_EQ(fits(one, one), "");
  EXPECT_EQ(fits(one, R"({"properties":{"a":{"type":"integer","connect.type":"int8"}}})"), "") << "fewer fields, a narrower number";
  EXPECT_EQ(fits(one, R"({"properties":{"x":{"type":"integer"}}})"), "field x is not in the registered schema");
  EXPECT_EQ(fits(one, R"({"properties":{"b":{"properties":{"c":{"type":"boolean"}}}}})"),
            "field b.c is of type BOOLEAN, in the registered schema of type STRING");
  EXPECT_EQ(fits(one, R"({"properties":{"a":{"type":["integer","null"]}}})"),
            "field a may be null, which the registered schema does not allow");
  EXPECT_EQ(fits(R"({"type":"number"})", R"({"type":"integer"})"), "");
  EXPECT_EQ(fits(R"({"type":"integer"})", R"({"type":"number"})"),
            "the value is of type FLOAT64, in the registered schema of type INT64");
  EXPECT_EQ(fits(R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", R"({"type":"integer"})"), "");
  EXPECT_EQ(fits(R"({"oneOf":[{"type":"string"},{"type":"integer"}]})", R"({"type":"boolean"})"),
            "the value is of none of the types that the registered schema allows there");
  EXPECT_EQ(fits(R"({"type":"array","items":{"type":"string"}})", R"({"type":"array","items":{"type":"integer"}})"),
            "field [] is of type INT64, in the registered schema of type STRING");
}

}  // namespace
}  // namespace weir::converters::schema_registry::json_schema
