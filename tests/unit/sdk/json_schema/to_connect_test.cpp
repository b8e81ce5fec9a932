#include "typed_json.hpp"

namespace weir::json_schema {
namespace {

std::string connect_of(std::string_view text, Options options = {}) { return TypedJson(text, options).connect(); }

TEST(JsonSchemaToConnect, Scalars) {
  EXPECT_EQ(connect_of(R"({"type":"boolean"})"), R"({"type":"boolean","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"integer"})"), R"({"type":"int64","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"number"})"), R"({"type":"double","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"integer","connect.type":"int8"})"), R"({"type":"int8","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"number","connect.type":"float32"})"), R"({"type":"float","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"string","connect.type":"bytes"})"), R"({"type":"bytes","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"string","format":"date-time","minLength":1})"), R"({"type":"string","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"integer","format":"int32"})"), R"({"type":"int64","optional":false})");
  EXPECT_EQ(connect_of(R"({"minimum":1})"), R"({"type":"double","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"integer","connect.type":"int65"})"), "error: #: Unsupported type int65 in connect.type");
}

TEST(JsonSchemaToConnect, WhatBelongsToASchema) {
  EXPECT_EQ(connect_of(R"({"type":"string","title":"T","description":"D","connect.version":3,)"
                       R"("connect.parameters":{"p":"1","q":"2"},"default":"x"})"),
            R"({"type":"string","optional":false,"name":"T","version":3,"doc":"D","parameters":{"p":"1","q":"2"},"default":"x"})");
  EXPECT_EQ(TypedJson(R"({"type":"string"})", {}, {}, 7).connect(), R"({"type":"string","optional":false,"version":7})");
  EXPECT_EQ(connect_of(R"({"type":"integer","title":"org.apache.kafka.connect.data.Timestamp","connect.type":"int64","connect.version":1})"),
            R"({"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1})");
  EXPECT_EQ(connect_of(R"({"type":"string","default":null})"), R"({"type":"string","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"integer","title":"org.apache.kafka.connect.data.Date","connect.type":"int32","default":"x"})"),
            "error: #: Invalid default value: Invalid type for Date, underlying representation should be integer but was STRING");
}

TEST(JsonSchemaToConnect, Structs) {
  const std::string_view sale = R"({"type":"object","title":"Sale","properties":{
      "b":{"type":"string","connect.index":1},"a":{"type":"integer","connect.index":0},
      "c":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":2}},"required":["a"]})";
  EXPECT_EQ(connect_of(sale), R"({"type":"struct","fields":[{"type":"int64","optional":false,"field":"a"},)"
                              R"({"type":"string","optional":false,"field":"b"},{"type":"string","optional":true,"field":"c"}],)"
                              R"("optional":false,"name":"Sale"})");
  Options o;
  o.optional_for_nonrequired = true;
  EXPECT_EQ(connect_of(sale, o), R"({"type":"struct","fields":[{"type":"int64","optional":false,"field":"a"},)"
                                 R"({"type":"string","optional":true,"field":"b"},{"type":"string","optional":true,"field":"c"}],)"
                                 R"("optional":false,"name":"Sale"})");
  EXPECT_EQ(connect_of(R"({"properties":{"z":{"type":"string"},"a":{"type":"boolean"}}})"),
            R"({"type":"struct","fields":[{"type":"string","optional":false,"field":"z"},)"
            R"({"type":"boolean","optional":false,"field":"a"}],"optional":false})")
      << "the document's order; the type follows from the keywords";
  EXPECT_EQ(connect_of(R"({"type":"object"})"), R"({"type":"struct","fields":[],"optional":false})");
}

TEST(JsonSchemaToConnect, ListsAndMaps) {
  EXPECT_EQ(connect_of(R"({"type":"array","items":{"type":"string"}})"),
            R"({"type":"array","items":{"type":"string","optional":false},"optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"array"})"), "error: #: Array schema did not specify the items type");
  EXPECT_EQ(connect_of(R"({"type":"object","connect.type":"map","additionalProperties":{"type":"integer"}})"),
            R"({"type":"map","keys":{"type":"string","optional":false},"values":{"type":"int64","optional":false},"optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"array","connect.type":"map","items":{"type":"object","properties":{)"
                       R"("key":{"type":"integer","connect.index":0},"value":{"type":"string","connect.index":1}}}})"),
            R"({"type":"map","keys":{"type":"int64","optional":false},"values":{"type":"string","optional":false},"optional":false})");
  EXPECT_NE(connect_of(R"({"type":"object","connect.type":"map"})").find("valueSchema cannot be null"), std::string::npos);
}

TEST(JsonSchemaToConnect, Enums) {
  EXPECT_EQ(connect_of(R"({"enum":["a","b",null,1]})"),
            R"({"type":"string","optional":false,"parameters":{"io.confluent.connect.json.Enum":"",)"
            R"("io.confluent.connect.json.Enum.a":"a","io.confluent.connect.json.Enum.b":"b",)"
            R"("io.confluent.connect.json.Enum.<NULL>":"<NULL>","io.confluent.connect.json.Enum.1":"1"}})");
  EXPECT_EQ(connect_of(R"({"type":"string","enum":["a"]})"),
            R"({"type":"string","optional":false,"parameters":{"io.confluent.connect.json.Enum":"",)"
            R"("io.confluent.connect.json.Enum.a":"a"}})");
  Options o;
  o.generalized_sum_types = true;
  EXPECT_EQ(connect_of(R"({"enum":["a","b"]})", o),
            R"({"type":"string","optional":false,"parameters":{"org.apache.kafka.connect.data.Enum":"",)"
            R"("org.apache.kafka.connect.data.Enum.a":"0","org.apache.kafka.connect.data.Enum.b":"1"}})");
  EXPECT_EQ(connect_of(R"({"type":"integer","enum":[1,2]})"), R"({"type":"int64","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"string","const":"x"})"), R"({"type":"string","optional":false})");
}

TEST(JsonSchemaToConnect, Unions) {
  const std::string_view either = R"({"oneOf":[{"type":"null"},{"type":"string"},{"type":"integer"}]})";
  EXPECT_EQ(connect_of(either),
            R"({"type":"struct","fields":[{"type":"string","optional":true,"field":"io.confluent.connect.json.OneOf.field.0"},)"
            R"({"type":"int64","optional":true,"field":"io.confluent.connect.json.OneOf.field.1"}],"optional":true,)"
            R"("name":"io.confluent.connect.json.OneOf"})");
  Options o;
  o.generalized_sum_types = true;
  EXPECT_EQ(connect_of(either, o),
            R"({"type":"struct","fields":[{"type":"string","optional":true,"field":"connect_union_field_0"},)"
            R"({"type":"int64","optional":true,"field":"connect_union_field_1"}],"optional":true,"name":"connect_union_0",)"
            R"("parameters":{"org.apache.kafka.connect.data.Union":"connect_union_0"}})");
  EXPECT_EQ(connect_of(R"({"type":["string","null"]})"), R"({"type":"string","optional":true})");
  EXPECT_EQ(connect_of(R"({"anyOf":[{"type":"string"}]})"), R"({"type":"string","optional":false})");
  o = {};
  o.flatten_singleton_unions = false;
  EXPECT_EQ(connect_of(R"({"anyOf":[{"type":"string"}]})", o),
            R"({"type":"struct","fields":[{"type":"string","optional":true,"field":"io.confluent.connect.json.OneOf.field.0"}],)"
            R"("optional":false,"name":"io.confluent.connect.json.OneOf"})");
}

TEST(JsonSchemaToConnect, AllOf) {
  EXPECT_EQ(connect_of(R"({"allOf":[{"$ref":"#/definitions/a"},{"type":"object","properties":{"y":{"type":"string"}},"required":["y"]}],
                          "definitions":{"a":{"type":"object","properties":{"x":{"type":"integer"}}}}})"),
            R"({"type":"struct","fields":[{"type":"int64","optional":false,"field":"x"},)"
            R"({"type":"string","optional":false,"field":"y"}],"optional":false})");
  EXPECT_EQ(connect_of(R"({"allOf":[{"type":"string"},{"minLength":2}]})"), R"({"type":"string","optional":false})");
  EXPECT_EQ(connect_of(R"({"type":"object","oneOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}]})").substr(0, 16),
            R"({"type":"struct")");
}

TEST(JsonSchemaToConnect, References) {
  TypedJson sale(R"({"type":"object","properties":{"line":{"$ref":"line.json"},"store":{"$ref":"line.json#/definitions/store"}}})", {},
                 {{"line.json", R"({"type":"object","title":"Line","properties":{"sku":{"type":"string"}},"definitions":{"store":{"type":"integer"}}})"}});
  EXPECT_EQ(sale.connect(), R"({"type":"struct","fields":[{"type":"struct","fields":[{"type":"string","optional":false,)"
                            R"("field":"sku"}],"optional":false,"name":"Line","field":"line"},)"
                            R"({"type":"int64","optional":false,"field":"store"}],"optional":false})");
  EXPECT_EQ(sale.read(R"({"line":{"sku":"A"},"store":5})"), "Struct{line=Struct{sku=A},store=5}");
  EXPECT_EQ(connect_of(R"({"properties":{"a":{"$ref":"#/nowhere"}}})"),
            "error: #/properties/a: $ref \"#/nowhere\" leads nowhere: it is neither in the schema nor among its references");
  EXPECT_NE(connect_of(R"({"$ref":"#"})").find("error:"), std::string::npos);
}

TEST(JsonSchemaToConnect, SchemasThatReferToThemselves) {
  for (const std::string_view text :
       {R"({"type":"object","title":"Node","properties":{"v":{"type":"integer"},"next":{"oneOf":[{"type":"null"},{"$ref":"#"}]}}})",
        R"({"$ref":"#/definitions/node","definitions":{"node":{"type":"object","title":"Node","properties":{
            "v":{"type":"integer"},"next":{"$ref":"#/definitions/maybe"}}},
            "maybe":{"oneOf":[{"type":"null"},{"$ref":"#/definitions/node"}]}}})",
        R"({"oneOf":[{"type":"null"},{"type":"object","title":"Node","properties":{"v":{"type":"integer"},"next":{"$ref":"#"}}}]})"}) {
    TypedJson list(text);
    ASSERT_EQ(list.error(), "") << text;
    EXPECT_EQ(list.again(R"({"v":1,"next":{"v":2,"next":{"v":3,"next":null}}})"), R"({"v":1,"next":{"v":2,"next":{"v":3,"next":null}}})");
    EXPECT_NE(list.connect().find("contains itself"), std::string::npos);
    // Written as a JSON Schema it refers to itself by an id.
    const auto written = schema_text(*list.schema(), {});
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_NE(written->find("\"$id\":\"#id"), std::string::npos) << *written;
    EXPECT_NE(written->find("\"$ref\":\"#id"), std::string::npos) << *written;
    TypedJson read(*written);
    EXPECT_EQ(read.error(), "");
    EXPECT_EQ(read.again(R"({"v":1,"next":{"v":2}})").substr(0, 20), R"({"v":1,"next":{"v":2)");
  }
  EXPECT_NE(connect_of(R"({"oneOf":[{"type":"string"},{"type":"array","items":{"$ref":"#"}}]})").find("too deep"), std::string::npos);
}

TEST(JsonSchemaToConnect, WhatConnectHasNothingFor) {
  EXPECT_EQ(connect_of(R"({"type":"object","properties":{"a":{"type":"array","items":{}}}})"),
            "error: #/properties/a/items: Unsupported schema type any: a schema without a type says nothing that Connect could use");
  EXPECT_EQ(connect_of(R"({"not":{"type":"string"}})"), "error: #: Unsupported schema type not: Connect has nothing for it");
  EXPECT_EQ(connect_of(R"({"type":"null"})"), "error: #: Unsupported schema type null: it stands beside other types only");
  EXPECT_EQ(connect_of(R"({"type":"text"})"), "error: #: unknown type: \"text\"");
  EXPECT_EQ(connect_of("false"), "error: #: Unsupported schema type false: Connect has nothing for it");
}

TEST(JsonSchemaValues, Reading) {
  TypedJson sale(R"({"type":"object","properties":{"i":{"type":"integer","connect.type":"int32"},"s":{"type":"string"},
      "d":{"type":"number"},"o":{"oneOf":[{"type":"null"},{"type":"string","default":"dflt"}]},
      "l":{"type":"array","items":{"type":"integer"}}}})");
  ASSERT_EQ(sale.error(), "");
  EXPECT_EQ(sale.read(R"({"i":3000000000,"s":"x","d":1,"o":null,"l":[1,2],"more":1})"),
            "Struct{i=-1294967296,s=x,d=1.0,o=dflt,l=[1, 2]}")
      << "narrowed as Java does; a null becomes the default";
  EXPECT_EQ(sale.read(R"({})"), "Struct{o=dflt}") << "what is missing is null, even when required";
  EXPECT_EQ(sale.read(R"({"i":null})"), "error: Invalid null value for required INT32 field");
  EXPECT_EQ(sale.read(R"([1])"), "error: Structs should be encoded as JSON objects, but found ARRAY");
  EXPECT_EQ(sale.read(R"({"i":"7","s":7})"), "Struct{i=0,o=dflt}") << "other types become 0 and null";
  EXPECT_EQ(TypedJson(R"({"type":"string","connect.type":"bytes"})").read(R"("!!!")"), "error: Invalid bytes field");
  EXPECT_EQ(TypedJson(R"({"type":"string","connect.type":"bytes"})").read("1.5"), "error: Invalid bytes field");
}

TEST(JsonSchemaValues, Maps) {
  TypedJson object(R"({"type":"object","connect.type":"map","additionalProperties":{"type":"integer"}})");
  EXPECT_EQ(object.again(R"({"a":1,"b":2})"), R"({"a":1,"b":2})");
  EXPECT_EQ(object.read("[1]"), "error: Maps with string fields should be encoded as JSON objects, but found ARRAY");
  TypedJson entries(R"({"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer"},"value":{"type":"string"}}}})");
  EXPECT_EQ(entries.again(R"([{"key":1,"value":"a"},{"value":"b","key":2}])"), R"([{"key":1,"value":"a"},{"key":2,"value":"b"}])");
  EXPECT_EQ(entries.read("{}"), "error: Maps with non-string fields should be encoded as JSON array of objects, but found OBJECT");
  EXPECT_EQ(entries.read("[1]"), "error: Found invalid map entry instead of object: NUMBER");
  EXPECT_EQ(entries.read(R"([{"key":1}])"), "error: Found invalid map entry, expected length 2 but found :1");
}

TEST(JsonSchemaValues, LogicalTypes) {
  const auto typed = [](const char* type, const char* connect, const char* name, const char* more = "") {
    return std::string("{\"type\":\"") + type + "\",\"connect.type\":\"" + connect +
           "\",\"title\":\"org.apache.kafka.connect.data." + name + "\",\"connect.version\":1" + more + "}";
  };
  TypedJson decimal(typed("string", "bytes", "Decimal", ",\"connect.parameters\":{\"scale\":\"2\"}"));
  EXPECT_EQ(decimal.read("\"BM4=\""), "12.30");
  EXPECT_EQ(decimal.read("12.3"), "12.3");
  EXPECT_EQ(decimal.again("\"BM4=\""), "\"BM4=\"");
  Options numeric;
  numeric.numeric_decimals = true;
  EXPECT_EQ(TypedJson(typed("number", "bytes", "Decimal", ",\"connect.parameters\":{\"scale\":\"2\"}"), numeric).again("12.30"), "12.30");
  EXPECT_EQ(TypedJson(typed("integer", "int32", "Date")).again("19359"), "19359");
  EXPECT_EQ(TypedJson(typed("integer", "int32", "Time")).again("1000"), "1000");
  EXPECT_EQ(TypedJson(typed("integer", "int64", "Timestamp")).again("-1"), "-1");
  EXPECT_EQ(TypedJson(typed("integer", "int32", "Date")).read("\"x\""),
            "error: Invalid type for Date, underlying representation should be integer but was STRING");
}

TEST(JsonSchemaValues, Unions) {
  TypedJson u(R"({"oneOf":[{"type":"string"},{"type":"integer"},{"type":"boolean"},{"type":"array","items":{"type":"string"}},
      {"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}}},
      {"type":"object","properties":{"a":{"type":"integer"},"c":{"type":"object","properties":{"d":{"type":"string"}}}}}]})");
  ASSERT_EQ(u.error(), "");
  const std::string f = "io.confluent.connect.json.OneOf.field.";
  EXPECT_EQ(u.read("\"x\""), "Struct{" + f + "0=x}");
  EXPECT_EQ(u.read("5"), "Struct{" + f + "1=5}");
  EXPECT_EQ(u.read("true"), "Struct{" + f + "2=true}");
  EXPECT_EQ(u.read("[\"a\"]"), "Struct{" + f + "3=[a]}");
  EXPECT_EQ(u.read(R"({"a":1,"b":2})"), "Struct{" + f + "4=Struct{a=1,b=2}}");
  EXPECT_EQ(u.read(R"({"a":1,"c":{"d":"x"}})"), "Struct{" + f + "5=Struct{a=1,c=Struct{d=x}}}");
  EXPECT_EQ(u.read(R"({"z":1})"), "error: Did not find matching oneof field for data");
  EXPECT_EQ(u.read("1.5"), "error: Did not find matching oneof field for data");
  for (const std::string_view text : {R"("x")", "5", "true", R"(["a"])", R"({"a":1,"b":2})", R"({"a":1,"c":{"d":"x"}})"}) {
    EXPECT_EQ(u.again(text), text);
  }
}

}  // namespace
}  // namespace weir::json_schema
