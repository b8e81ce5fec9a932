#include "typed_json.hpp"

namespace weir::json_schema {
namespace {

using namespace weir::schemas;

class FromConnectTest : public testing::Test {
 protected:
  std::string text(const weir_schema* schema) {
    const auto made = schema_text(*schema, options_);
    return made ? *made : "error: " + made.error().message;
  }
  SchemaBuilder structure() { return {arena(), Kind::structure, true}; }
  Arena arena() { return memory_.view(); }

  OwnedArena memory_;
  Options options_;
};

TEST_F(FromConnectTest, EveryType) {
  const auto* schema = structure()
                           .name("Sale")
                           .version(2)
                           .doc("d")
                           .field("i8", int8())
                           .field("i16", int16())
                           .field("i32", int32())
                           .field("i64", int64())
                           .field("f", float32())
                           .field("d", float64())
                           .field("b", boolean())
                           .field("s", string(true))
                           .field("by", bytes())
                           .field("t", timestamp())
                           .build();
  EXPECT_EQ(text(schema),
            R"({"type":"object","properties":{)"
            R"("i8":{"type":"integer","connect.type":"int8","connect.index":0},)"
            R"("i16":{"type":"integer","connect.type":"int16","connect.index":1},)"
            R"("i32":{"type":"integer","connect.type":"int32","connect.index":2},)"
            R"("i64":{"type":"integer","connect.type":"int64","connect.index":3},)"
            R"("f":{"type":"number","connect.type":"float32","connect.index":4},)"
            R"("d":{"type":"number","connect.type":"float64","connect.index":5},)"
            R"("b":{"type":"boolean","connect.index":6},)"
            R"("s":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":7},)"
            R"("by":{"type":"string","connect.type":"bytes","connect.index":8},)"
            R"("t":{"type":"integer","connect.type":"int64","title":"org.apache.kafka.connect.data.Timestamp",)"
            R"("connect.version":1,"connect.index":9}},)"
            R"("title":"Sale","connect.version":2,"description":"d"})");
  options_.object_additional_properties = false;
  EXPECT_NE(text(schema).find("\"additionalProperties\":false"), std::string::npos);
}

TEST_F(FromConnectTest, ListsMapsAndDefaults) {
  EXPECT_EQ(text(SchemaBuilder(arena(), Kind::array, true).values(int32(true)).optional().build()),
            R"({"oneOf":[{"type":"null"},{"type":"array","items":{"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]}}]})");
  EXPECT_EQ(text(SchemaBuilder(arena(), Kind::map, true).keys(string()).values(string()).build()),
            R"({"type":"object","connect.type":"map","additionalProperties":{"type":"string"}})");
  EXPECT_EQ(text(SchemaBuilder(arena(), Kind::map, true).keys(int32()).values(string()).build()),
            R"({"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer",)"
            R"("connect.type":"int32","connect.index":0},"value":{"type":"string","connect.index":1}}}})");
  EXPECT_EQ(text(SchemaBuilder(arena(), Kind::string, true).default_value(Value::string("x")).parameter("p", "1").build()),
            R"({"type":"string","connect.parameters":{"p":"1"},"default":"x"})");
  const auto* decimal = SchemaBuilder(arena(), Kind::bytes, true).name(kDecimalName).version(1).parameter("scale", "2").build();
  EXPECT_EQ(text(decimal), R"({"type":"string","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal",)"
                           R"("connect.version":1,"connect.parameters":{"scale":"2"}})");
  options_.numeric_decimals = true;
  EXPECT_EQ(text(decimal).substr(0, 40), R"({"type":"number","connect.type":"bytes",)");
}

TEST_F(FromConnectTest, OptionalStructsAndUnions) {
  const auto* inner = structure().field("a", int32()).name("In").optional().build();
  EXPECT_EQ(text(structure().field("in", inner).build()),
            R"({"type":"object","properties":{"in":{"oneOf":[{"type":"null"},{"type":"object","properties":{"a":{)"
            R"("type":"integer","connect.type":"int32","connect.index":0}},"title":"In"}],"connect.index":0}}})");
  const auto* either = structure().name(kUnionName).field("x.0", string(true)).field("x.1", inner).optional().build();
  EXPECT_EQ(text(either), R"({"oneOf":[{"type":"null"},{"type":"string","connect.index":0},{"type":"object","properties":{"a":{)"
                          R"("type":"integer","connect.type":"int32","connect.index":0}},"title":"In","connect.index":1}]})");
}

TEST_F(FromConnectTest, ThereAndBack) {
  for (const std::string_view text :
       {R"({"type":"object","properties":{"e":{"enum":["a","b",null],"connect.index":0},"o":{"oneOf":[{"type":"null"},{"type":"array","items":{"type":"string"}}],"connect.index":1}},"title":"T","connect.version":1})",
        R"({"type":"object","properties":{"u":{"oneOf":[{"type":"string","connect.index":0},{"type":"boolean","connect.index":1}],"connect.index":0}}})"}) {
    TypedJson typed(text);
    ASSERT_EQ(typed.error(), "");
    EXPECT_EQ(this->text(typed.schema()), text);
  }
}

TEST_F(FromConnectTest, NullsAreWrittenAsKafkaConnectDoes) {
  TypedJson t(R"({"type":"object","properties":{"r":{"type":"string"},"o":{"oneOf":[{"type":"null"},{"type":"string"}]},"d":{"type":"string","default":"x"}}})");
  EXPECT_EQ(t.again("{}"), R"({"o":null,"d":"x"})") << "a required field without a value is left out";
  Options o;
  o.ignore_default_for_nullables = true;
  TypedJson ignoring(R"({"type":"object","properties":{"d":{"oneOf":[{"type":"null"},{"type":"string","default":"x"}]}}})", o);
  const auto* schema = ignoring.schema();
  ObjectBuilder value(arena());
  value.add("d", Value());
  EXPECT_EQ(ignoring.write(value.structure()), R"({"d":null})");
  EXPECT_NE(schema, nullptr);
  EXPECT_EQ(t.write(Value::string("x")), "error: Invalid type for STRUCT: class java.lang.String");
}

}  // namespace
}  // namespace weir::json_schema
