#include "protobuf/protobuf_converter.hpp"

#include "../converter_rig.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

using namespace std::string_literals;
using test::SchemaRegistry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rig = ConverterRig<ProtobufConverter>;

const std::string kProto3 = "syntax = \"proto3\";\n";

TEST(ProtobufConverter, WritesAndReads) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  const std::string bytes = rig.write(sale.schema, sale.value(7, "x"));
  EXPECT_EQ(bytes, framed(1, "\0\x08\x07\x12\x01x"s));
  EXPECT_THAT(registry.subjects(), ElementsAre("t-value"));
  EXPECT_EQ(registry.latest("t-value"), kProto3 + "package shop;\n\nmessage Sale {\n  int64 id = 1;\n  string note = 2;\n}\n");
  EXPECT_EQ(rig.read(bytes), "Struct{id=7,note=x}");
  EXPECT_EQ(rig.record().value_schema()->name_text(), "Sale");
  EXPECT_TRUE(rig.record().value_schema()->stable());
  EXPECT_EQ(rig.record().value_schema()->version, 1) << "of the subject";
}

TEST(ProtobufConverter, AsksTheRegistryOncePerSchemaAndTopic) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  std::string bytes;
  for (int i = 0; i < 5; ++i) {
    bytes = rig.write(sale.schema, sale.value(i, "x"));
  }
  rig.write(sale.schema, sale.value(1, "x"), "other");
  for (int i = 0; i < 5; ++i) {
    rig.read(bytes);
  }
  EXPECT_THAT(registry.requests(), ElementsAre("POST /subjects/t-value/versions", "POST /subjects/other-value/versions",
                                               "GET /schemas/ids/1", "POST /subjects/t-value"));
}

TEST(ProtobufConverter, SchemasOfABatchAreNotConfusedWithTheNext) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale(false);
  EXPECT_EQ(rig.write(sale.schema, sale.value(1, "")).substr(0, 5), framed(1, ""));
  EXPECT_EQ(rig.write(sale.schema, sale.value(1, "")).substr(0, 5), framed(1, ""));
}

TEST(ProtobufConverter, NullIsNoMessage) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  EXPECT_EQ(rig.write(nullptr, Value::null()), "null");
  EXPECT_EQ(rig.write(sale.schema, Value::null()), "null");
  EXPECT_EQ(rig.read(std::nullopt), "null");
  EXPECT_THAT(rig.write(nullptr, Value::int64(1)), HasSubstr("a value without a schema cannot be written as Protobuf"));
  EXPECT_EQ(rig.code(), Errc::bad_record);
  EXPECT_TRUE(registry.requests().empty());
}

TEST(ProtobufConverter, AnyMessageOfTheSchema) {
  SchemaRegistry registry;
  const auto id = registry.add("t-value", kProto3 + "message A { message B { string s = 1; } int32 a = 1; } message C { bool c = 1; }", "PROTOBUF");
  Rig rig(registry);
  EXPECT_EQ(rig.read(framed(id, "\0\x08\x05"s)), "Struct{a=5}");
  EXPECT_EQ(rig.read(framed(id, "\x02\x02\x08\x01"s)), "Struct{c=true}");
  EXPECT_EQ(rig.read(framed(id, "\x04\0\0\x0a\x01z"s)), "Struct{s=z}");
  EXPECT_EQ(rig.read(framed(id, "\x02\0\x08\x05"s)), "Struct{a=5}") << "[0] in its long form";
  EXPECT_THAT(rig.read(framed(id, "\x02\x08"s)), HasSubstr("The schema has no message at index [4]"));
}

TEST(ProtobufConverter, ReferencesAndEvolution) {
  SchemaRegistry registry;
  registry.add("money.proto", kProto3 + "package shop; message Money { int64 cents = 1; }", "PROTOBUF");
  const std::string references = R"([{"name":"money.proto","subject":"money.proto","version":1}])";
  const auto one = registry.add("t-value", kProto3 + "import \"money.proto\"; message S { shop.Money total = 1; }", "PROTOBUF", references);
  const auto two = registry.add("t-value", kProto3 + "import \"money.proto\"; message S { shop.Money total = 1; int32 till = 2; }", "PROTOBUF", references);
  ASSERT_NE(one, two);
  Rig rig(registry);
  EXPECT_EQ(rig.read(framed(one, "\0\x0a\x02\x08\x07"s)), "Struct{total=Struct{cents=7}}");
  EXPECT_EQ(rig.record().value_schema()->version, 1);
  EXPECT_EQ(rig.read(framed(two, "\0\x0a\x02\x08\x07\x10\x03"s)), "Struct{total=Struct{cents=7},till=3}");
  EXPECT_EQ(rig.record().value_schema()->version, 2);
}

TEST(ProtobufConverter, TheLatestVersionIsWrittenByName) {
  SchemaRegistry registry;
  const auto id = registry.add("t-value", kProto3 + "package shop; message Other { bool b = 1; } message Sale { string note = 5; int64 id = 3; string more = 1; }", "PROTOBUF");
  Rig rig(registry, {{"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  Sale sale;
  const std::string bytes = rig.write(sale.schema, sale.value(7, "x"));
  EXPECT_EQ(bytes, framed(id, "\x02\x02\x18\x07\x2a\x01x"s));
  EXPECT_EQ(rig.read(bytes), "Struct{note=x,id=7,more=}");
  OwnedArena memory;
  const auto* other = SchemaBuilder(memory.view(), Kind::structure, true).name("shop.Sale").field("gone", schemas::string()).build();
  weir_member member{Value::string("gone"), Value::string("x")};
  EXPECT_THAT(rig.write(other, Value::structure(&member, 1)), HasSubstr("Cannot find field with name gone in message shop.Sale"));
}

TEST(ProtobufConverter, Proto3FieldsThatOldConvertersGaveADefaultAreAlwaysWritten) {
  SchemaRegistry registry;
  const auto id = registry.add(
      "t-value", "syntax = \"proto3\"; package shop; message Sale { int64 id = 1 [default = 7]; string note = 2; }", "PROTOBUF");
  Rig rig(registry, {{"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  Sale sale;
  EXPECT_EQ(rig.write(sale.schema, sale.value(7, "")), framed(id, "\x00\x08\x07"s)) << "other readers would take 0 for it";
  const std::string zero = rig.write(sale.schema, sale.value(0, ""));
  EXPECT_EQ(zero, framed(id, "\x00\x08\x00"s));
  EXPECT_EQ(rig.read(zero), "Struct{id=0,note=}");
  EXPECT_EQ(rig.read(framed(id, "\x00"s)), "Struct{id=7,note=}");
}

TEST(ProtobufConverter, RawPrimitives) {
  SchemaRegistry registry;
  Rig rig(registry);
  const std::string bytes = rig.write(schemas::string(), Value::string("hi"), "t", Side::key);
  EXPECT_EQ(bytes, framed(1, "\x02\x0e\x0a\x02hi"s)) << "StringValue is the eighth message of wrappers.proto";
  EXPECT_EQ(rig.read(bytes, "t", Side::key), "hi");
  EXPECT_THAT(registry.subjects(), ElementsAre("t-key"));
}

TEST(ProtobufConverter, SubjectsFollowTheStrategy) {
  SchemaRegistry registry;
  Rig rig(registry, {{"value.subject.name.strategy", "RecordNameStrategy"}});
  Sale sale;
  rig.write(sale.schema, sale.value(1, "x"));
  EXPECT_THAT(registry.subjects(), ElementsAre("shop.Sale"));
}

TEST(ProtobufConverter, WhatCannotBeRead) {
  SchemaRegistry registry;
  const auto avro = registry.add("a", R"("string")");
  const auto broken = registry.add("t-value", kProto3 + "import \"x.proto\"; message M { }", "PROTOBUF");
  const auto fine = registry.add("f-value", kProto3 + "message M { string s = 1; }", "PROTOBUF");
  Rig rig(registry);
  EXPECT_THAT(rig.read("{}"), HasSubstr("Failed to deserialize data for topic t to Protobuf: Unknown magic byte!"));
  EXPECT_THAT(rig.read("\0\0\0"s), HasSubstr("too short"));
  EXPECT_THAT(rig.read(framed(avro, "\0"s)), HasSubstr("is of type AVRO, which AvroConverter reads"));
  EXPECT_THAT(rig.read(framed(broken, "\0"s)), HasSubstr("import \"x.proto\" is neither"));
  EXPECT_THAT(rig.read(framed(99, "\0"s)), HasSubstr("Error retrieving Protobuf schema for id 99"));
  EXPECT_EQ(rig.code(), Errc::bad_record);
  EXPECT_THAT(rig.read(framed(fine, ""), "f"), HasSubstr("index path"));
  EXPECT_THAT(rig.read(framed(fine, "\0\x0a\x05x"s), "f"),
              HasSubstr("Error deserializing Protobuf message for id " + std::to_string(fine) + ": While parsing"));
  registry.fail_next(10, 503);
  EXPECT_THAT(rig.read(framed(77, "\0"s)), HasSubstr("503"));
  EXPECT_EQ(rig.code(), Errc::retriable) << "a registry that is down makes no dead letters";
}

}  // namespace
}  // namespace weir::converters::schema_registry::protobuf
