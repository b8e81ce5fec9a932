#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <converters/schema_registry/avro/avro_schema.hpp>
#include <converters/schema_registry/avro/to_connect.hpp>
#include <string>

namespace weir::converters::schema_registry::avro {
namespace {

using ::testing::HasSubstr;

std::string again(const std::string& text, std::span<const ResolvedReference> references = {}) {
  auto schema = AvroSchema::parse(text, references);
  if (!schema) {
    return "error: " + schema.error().message;
  }
  auto out = schema_text((*schema)->root());
  return out ? *out : "error: " + out.error().message;
}

std::string mapped(const std::string& text) {
  auto schema = AvroSchema::parse(text);
  if (!schema) {
    return "error: " + schema.error().message;
  }
  ToConnect to(AvroOptions{});
  auto made = to.make(**schema, std::nullopt);
  return made ? "fine" : "error: " + made.error().message;
}

TEST(AvroSchema, KeepsEverythingOfItsText) {
  const std::string text =
      R"({"type":"record","name":"R","namespace":"a.b","doc":"d","fields":[{"name":"x","type":{"type":"int","connect.type":"int8"},)"
      R"("doc":"f","default":1,"order":"ignore","aliases":["y"],"p":{"q":[1.50,null]}},{"name":"e","type":{"type":"enum","name":"E",)"
      R"("symbols":["A","B"],"default":"A"}},{"name":"e2","type":"E"},{"name":"f","type":{"type":"fixed","name":"F","namespace":"c",)"
      R"("size":3}},{"name":"m","type":{"type":"map","values":["null","c.F"]}}],"connect.name":"a.b.R","aliases":["Old"]})";
  EXPECT_EQ(again(text), text);
}

TEST(AvroSchema, NamesAreKnownInTheirNamespaceFirst) {
  EXPECT_EQ(
      again(
          R"({"type":"record","name":"n.R","fields":[{"name":"i","type":{"type":"record","name":"I","fields":[]}},)"
          R"({"name":"j","type":"I"},{"name":"k","type":"n.I"}]})"),
      R"({"type":"record","name":"R","namespace":"n","fields":[{"name":"i","type":{"type":"record","name":"I","fields":[]}},)"
      R"({"name":"j","type":"I"},{"name":"k","type":"I"}]})");
}

TEST(AvroSchema, ReferencesGiveNames) {
  const ResolvedReference a{"n.A", R"({"type":"record","name":"A","namespace":"n","fields":[]})"};
  EXPECT_EQ(again(R"(["null","n.A"])", std::span(&a, 1)),
            R"(["null",{"type":"record","name":"A","namespace":"n","fields":[]}])");
  EXPECT_THAT(again(R"(["null","n.A"])"), HasSubstr("Undefined name in the Avro schema: \"n.A\""));
}

TEST(AvroSchema, ANameMayBeUsedBeforeItsDefinition) {
  EXPECT_EQ(
      mapped(
          R"({"type":"record","name":"R","fields":[{"name":"a","type":"E"},{"name":"b","type":{"type":"enum","name":"E","symbols":["X"]}}]})"),
      "fine");
}

TEST(AvroSchema, SaysWhatIsWrong) {
  EXPECT_THAT(again("{"), HasSubstr("not JSON"));
  EXPECT_THAT(again("17"), HasSubstr("must be a name, an object or an array"));
  EXPECT_THAT(again("{}"), HasSubstr("No type"));
  EXPECT_THAT(again(R"({"type":"array"})"), HasSubstr("\"items\""));
  EXPECT_THAT(again(R"({"type":"record","name":"a-b","fields":[]})"),
              HasSubstr("Illegal Avro name"));
  EXPECT_THAT(again(R"({"type":"record","name":"R","fields":[{"name":"1","type":"int"}]})"),
              HasSubstr("Illegal Avro name"));
  EXPECT_THAT(
      again(
          R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]})"),
      HasSubstr("Duplicate field a"));
  EXPECT_THAT(again(R"({"type":"record","name":"R"})"), HasSubstr("\"fields\""));
  EXPECT_THAT(again(R"(["int","int"])"), HasSubstr("Duplicate in an Avro union: int"));
  EXPECT_THAT(again(R"([["int"]])"), HasSubstr("Nested union"));
  EXPECT_THAT(again(R"({"type":"enum","name":"E","symbols":["A","A"]})"),
              HasSubstr("Duplicate enum symbol"));
  EXPECT_THAT(again(R"({"type":"enum","name":"E","symbols":["A"],"default":"B"})"),
              HasSubstr("none of its symbols"));
  EXPECT_THAT(again(R"({"type":"fixed","name":"F","size":-1})"), HasSubstr("size"));
  EXPECT_THAT(
      again(R"([{"type":"fixed","name":"F","size":1},{"type":"enum","name":"F","symbols":[]}])"),
      HasSubstr("Can't redefine: F"));
  EXPECT_THAT(again(R"({"type":"record","name":"R","fields":[{"name":"bad","type":"Nowhere"}]})"),
              HasSubstr("Nowhere"));
}

TEST(AvroSchema, HostileTextEndsInAnError) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += R"({"type":"array","items":)";
  }
  EXPECT_THAT(again(deep), HasSubstr("error"));
  // Each record holds the one before it twice: 2^60 types when written out.
  std::string bomb = R"([{"type":"record","name":"R0","fields":[]})";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "R" + std::to_string(i - 1);
    bomb += R"(,{"type":"record","name":"R)" + std::to_string(i) +
            R"(","fields":[{"name":"a","type":")" + before + R"("},{"name":"b","type":")" + before +
            R"("}]})";
  }
  EXPECT_THAT(mapped(bomb + "]"), HasSubstr("named ones written out"));
  EXPECT_THAT(
      mapped(
          R"({"type":"record","name":"Node","fields":[{"name":"next","type":["null","Node"],"default":null}]})"),
      HasSubstr("Node contains itself"));
  EXPECT_THAT(mapped(R"({"type":"record","name":"Self","fields":[{"name":"me","type":"Self"}]})"),
              HasSubstr("contains itself"));
}

}  // namespace
}  // namespace weir::converters::schema_registry::avro
