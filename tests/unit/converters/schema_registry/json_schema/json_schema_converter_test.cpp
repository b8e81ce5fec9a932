#include "json_schema/json_schema_converter.hpp"

#include "../converter_rig.hpp"

namespace weir::converters::schema_registry::json_schema {
namespace {

using test::SchemaRegistry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rig = ConverterRig<JsonSchemaConverter>;

TEST(JsonSchemaConverter, WritesAndReads) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  const std::string bytes = rig.write(sale.schema, sale.value(7, "x"));
  EXPECT_EQ(bytes, framed(1, R"({"id":7,"note":"x"})"));
  EXPECT_THAT(registry.subjects(), ElementsAre("t-value"));
  EXPECT_EQ(registry.latest("t-value"), R"({"type":"object","properties":{"id":{"type":"integer","connect.type":"int64","connect.index":0},)"
                                        R"("note":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":1}},"title":"shop.Sale"})");
  EXPECT_EQ(rig.read(bytes), "Struct{id=7,note=x}");
  EXPECT_EQ(rig.record().value_schema()->name_text(), "shop.Sale");
  EXPECT_EQ(rig.record().value_schema()->version, 1) << "of the subject";
}

TEST(JsonSchemaConverter, AsksTheRegistryOncePerSchemaAndTopic) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  std::string bytes;
  for (int i = 0; i < 5; ++i) {
    bytes = rig.write(sale.schema, sale.value(i, "x"));
  }
  for (int i = 0; i < 5; ++i) {
    rig.read(bytes);
  }
  EXPECT_THAT(registry.requests(),
              ElementsAre("POST /subjects/t-value/versions", "GET /schemas/ids/1", "POST /subjects/t-value"));
}

TEST(JsonSchemaConverter, Nulls) {
  SchemaRegistry registry;
  Rig rig(registry);
  EXPECT_EQ(rig.write(nullptr, Value::null()), "null");
  EXPECT_EQ(rig.write(schemas::string(), Value::null()), "null");
  EXPECT_EQ(rig.write(schemas::string(true), Value::null()), framed(1, "null")) << "as Confluent's converter";
  EXPECT_EQ(rig.read(std::nullopt), "null");
  EXPECT_EQ(rig.read(framed(1, "null")), "null");
  ASSERT_NE(rig.record().value_schema(), nullptr) << "no tombstone";
  EXPECT_TRUE(rig.record().value_schema()->optional());
  EXPECT_THAT(rig.write(nullptr, Value::int64(1)), HasSubstr("a value without a schema cannot be written with a JSON Schema"));
}

TEST(JsonSchemaConverter, References) {
  SchemaRegistry registry;
  registry.add("money", R"({"type":"object","title":"Money","properties":{"cents":{"type":"integer"}}})", "JSON");
  const auto id = registry.add("t-value", R"({"type":"object","properties":{"total":{"$ref":"money.json"}}})", "JSON",
                               R"([{"name":"money.json","subject":"money","version":1}])");
  Rig rig(registry);
  EXPECT_EQ(rig.read(framed(id, R"({"total":{"cents":5}})")), "Struct{total=Struct{cents=5}}");
}

TEST(JsonSchemaConverter, DecimalsAsNumbers) {
  SchemaRegistry registry;
  Rig rig(registry, {{"decimal.format", "numeric"}});
  OwnedArena memory;
  const auto* schema = SchemaBuilder(memory.view(), Kind::bytes, true).name(kDecimalName).version(1).parameter("scale", "2").build();
  EXPECT_EQ(rig.write(schema, Value::decimal("12.30")), framed(1, "12.30"));
  EXPECT_EQ(rig.read(framed(1, "12.30")), "12.30");
}

TEST(JsonSchemaConverter, TheLatestVersionHasToHoldTheRecord) {
  SchemaRegistry registry;
  const auto id = registry.add("t-value", R"({"type":"object","properties":{"id":{"type":"integer"},"note":{"type":["null","string"]},"more":{"type":"string"}}})", "JSON");
  Rig rig(registry, {{"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  Sale sale;
  EXPECT_EQ(rig.write(sale.schema, sale.value(7, "x")), framed(id, R"({"id":7,"note":"x"})"));
  EXPECT_THAT(rig.write(schemas::string(), Value::string("x")), HasSubstr("the value is of type STRING, in the registered schema of type STRUCT"));
}

TEST(JsonSchemaConverter, PlainJsonWithASubjectsSchema) {
  SchemaRegistry registry;
  registry.add("sales", R"({"type":"object","title":"S1","properties":{"id":{"type":"integer"}}})", "JSON");
  const auto two = registry.add("sales", R"({"type":"object","title":"S2","properties":{"id":{"type":"integer"},"note":{"type":"string"}}})", "JSON");
  Rig rig(registry, {{"schema.registry.subject", "sales"}});
  EXPECT_EQ(rig.read(R"({"id":5,"note":"n"})"), "Struct{id=5,note=n}");
  EXPECT_EQ(rig.record().value_schema()->name_text(), "S2");
  EXPECT_EQ(rig.record().value_schema()->version, 2);
  EXPECT_EQ(rig.read(framed(two, R"({"id":6})")), "Struct{id=6}") << "messages with a frame are still read";
  EXPECT_THAT(rig.read("{"), HasSubstr("Error deserializing plain JSON"));
  Rig missing(registry, {{"schema.registry.subject", "nobody"}});
  EXPECT_THAT(missing.read("{}"), HasSubstr("schema.registry.subject=nobody"));
}

TEST(JsonSchemaConverter, DocumentsAreCheckedOnDemand) {
  SchemaRegistry registry;
  registry.add("money", R"({"type":"object","properties":{"cents":{"type":"integer","minimum":0}}})", "JSON");
  const auto id = registry.add("t-value", R"({"type":"object","properties":{"s":{"type":"string","pattern":"^a+$"},"m":{"$ref":"money.json"}},"required":["s"]})",
                               "JSON", R"([{"name":"money.json","subject":"money","version":1}])");
  const std::string wrong = framed(id, R"({"s":"b","m":{"cents":-1}})");
  Rig lenient(registry);
  EXPECT_EQ(lenient.read(wrong), "Struct{s=b,m=Struct{cents=-1}}");
  Rig rig(registry, {{"json.fail.invalid.schema", "true"}, {"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  EXPECT_EQ(rig.read(framed(id, R"({"s":"aaa","m":{"cents":1}})")), "Struct{s=aaa,m=Struct{cents=1}}");
  EXPECT_THAT(rig.read(wrong), HasSubstr("/s: Failed to match regex"));
  EXPECT_THAT(rig.read(wrong), HasSubstr("/m/cents: "));
  EXPECT_EQ(rig.code(), Errc::bad_record);
  EXPECT_THAT(rig.read(framed(id, "{}")), HasSubstr("Missing required property"));
  OwnedArena memory;
  const auto* schema = SchemaBuilder(memory.view(), Kind::structure, true).field("s", schemas::string()).build();
  weir_member member{Value::string("s"), Value::string("aa")};
  EXPECT_EQ(rig.write(schema, Value::structure(&member, 1)), framed(id, R"({"s":"aa"})"));
  member.value = Value::string("x");
  EXPECT_THAT(rig.write(schema, Value::structure(&member, 1)), HasSubstr("Validation error in JSON"));
}

TEST(JsonSchemaConverter, WhatCannotBeRead) {
  SchemaRegistry registry;
  const auto avro = registry.add("a", R"("string")");
  const auto fine = registry.add("t-value", R"({"type":"object","properties":{"i":{"type":"integer"}}})", "JSON");
  Rig rig(registry);
  EXPECT_THAT(rig.read("{}"), HasSubstr("Converting byte[] to Kafka Connect data failed due to serialization error of topic t: Unknown magic byte!"));
  EXPECT_THAT(rig.read(framed(avro, "{}")), HasSubstr("is of type AVRO, which AvroConverter reads"));
  EXPECT_THAT(rig.read(framed(fine, "{\"i\":")), HasSubstr("Error deserializing JSON message for id"));
  EXPECT_THAT(rig.read(framed(fine, "[1]")), HasSubstr("Structs should be encoded as JSON objects, but found ARRAY"));
  EXPECT_THAT(rig.read(framed(fine, "null")), HasSubstr("Invalid null value for required STRUCT field"));
  EXPECT_THAT(rig.read(framed(fine, R"({"i":null})")), HasSubstr("Invalid null value for required INT64 field"));
  EXPECT_THAT(rig.read(framed(99, "{}")), HasSubstr("Error retrieving JSON schema for id 99"));
  EXPECT_EQ(rig.code(), Errc::bad_record);
}

}  // namespace
}  // namespace weir::converters::schema_registry::json_schema
