#include "messages.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

const std::string kProto3 = "syntax = \"proto3\";\n";

const std::string kSale = R"(syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Sale {
  enum Kind { UNKNOWN = 0; STORE = 1; ONLINE = 2; }
  message Line { string sku = 1; sint32 quantity = 2; repeated string tags = 3; }
  int32 i32 = 1; int64 i64 = 2; uint32 u32 = 3; uint64 u64 = 4; sint32 s32 = 5; sint64 s64 = 6;
  fixed32 f32 = 7; fixed64 f64 = 8; sfixed32 sf32 = 9; sfixed64 sf64 = 10;
  float f = 11; double d = 12; bool b = 13; string s = 14; bytes by = 15;
  Kind kind = 16;
  repeated int32 packed = 17;
  repeated string names = 18;
  map<string, int64> counts = 19;
  map<int32, Line> lines = 20;
  Line first = 21;
  oneof payment { string card = 22; int64 cash = 23; Line goods = 24; }
  google.protobuf.Timestamp at = 25;
  google.protobuf.StringValue note = 26;
  google.protobuf.UInt32Value count = 27;
  optional int32 maybe = 28;
  oneof other { bool yes = 29; }
})";

// Written by protoc 3.21.12 --encode.
constexpr std::string_view kSaleBytes =
    "08fbffffffffffffffff0110ffffffffffffffefff0118ffffffff0f20ffffffffffffffffff01280d300f3dfeffff"
    "ff41feffffffffffff"
    "ff4df7ffffff51f6ffffffffffffff5d0000c03f619a9999999999b9bf6801720368c3a97a0200ff8001028a010d01"
    "ffffffffffffffffff"
    "01ac02920101619201009a01050a017810019a01040a001000a2011508fdffffffffffffffff0112080a014110031a"
    "0174aa01030a0142c2"
    "01021008ca010b0880e2cfaa0610959aef3ad201030a016eda01060880d0acf30ee00100";

TEST(ProtobufDecoder, ReadsEveryType) {
  MessageType sale(kSale);
  ASSERT_EQ(sale.error(), "");
  const auto value = sale.value(from_hex(kSaleBytes));
  ASSERT_TRUE(value) << value.error().message;
  const auto field = [&](std::string_view name) {
    std::string out;
    const Value* found = value->find(name);
    EXPECT_NE(found, nullptr) << name;
    if (found != nullptr) {
      connect::append_java_string(out, *found);
    }
    return out;
  };
  EXPECT_EQ(field("i32"), "-5");
  EXPECT_EQ(field("i64"), "-9007199254740993");
  EXPECT_EQ(field("u32"), "4294967295");
  EXPECT_EQ(field("u64"), "-1") << "64 bits have no room: as Java's long";
  EXPECT_EQ(field("s32"), "-7");
  EXPECT_EQ(field("s64"), "-8");
  EXPECT_EQ(field("f32"), "4294967294");
  EXPECT_EQ(field("f64"), "-2");
  EXPECT_EQ(field("sf32"), "-9");
  EXPECT_EQ(field("sf64"), "-10");
  EXPECT_EQ(field("f"), "1.5");
  EXPECT_EQ(field("d"), "-0.1");
  EXPECT_EQ(field("b"), "true");
  EXPECT_EQ(field("s"), "h\xc3\xa9");
  EXPECT_EQ(value->find("by")->text(), std::string_view("\0\xff", 2));
  EXPECT_EQ(field("kind"), "ONLINE");
  EXPECT_EQ(field("packed"), "[1, -1, 300]");
  EXPECT_EQ(field("names"), "[a, ]");
  EXPECT_EQ(field("counts"), "{=0, x=1}");
  EXPECT_EQ(field("lines"), "{-3=Struct{sku=A,quantity=-2,tags=[t]}}");
  EXPECT_EQ(field("first"), "Struct{sku=B,quantity=0,tags=[]}");
  EXPECT_EQ(field("payment_0"), "Struct{goods=Struct{sku=,quantity=4,tags=[]}}");
  EXPECT_EQ(value->find("at")->as.i64, 1'700'000'000'123);
  EXPECT_EQ(field("note"), "n");
  EXPECT_EQ(field("count"), "4000000000");
  EXPECT_EQ(field("maybe"), "0");
  EXPECT_TRUE(value->find("other_1")->is_null());
  EXPECT_EQ(value->members()[0].name().text(), "payment_0") << "Confluent puts the oneofs first";
}

TEST(ProtobufDecoder, AnEmptyMessageIsAllDefaults) {
  MessageType sale(kSale);
  EXPECT_EQ(sale.read(""),
            "Struct{i32=0,i64=0,u32=0,u64=0,s32=0,s64=0,f32=0,f64=0,sf32=0,sf64=0,f=0.0,d=0.0,b="
            "false,s=,by=[B@0,"
            "kind=UNKNOWN,packed=[],names=[],counts={},lines={}}");
}

TEST(ProtobufDecoder, SchemasCarryConfluentsMarks) {
  MessageType sale(kSale);
  EXPECT_EQ(
      sale.field_json("i32"),
      R"({"type":"int32","optional":true,"parameters":{"io.confluent.connect.protobuf.Tag":"1"}})");
  EXPECT_EQ(sale.field_json("u32"), R"({"type":"int64","optional":true,"parameters":{)"
                                    R"("io.confluent.connect.protobuf.Type":"uint32",)"
                                    R"("io.confluent.connect.protobuf.Tag":"3"}})");
  EXPECT_EQ(
      sale.field_json("kind"),
      R"({"type":"string","optional":true,"name":"Kind","parameters":{"io.confluent.connect.protobuf.Enum":"Kind",)"
      R"("io.confluent.connect.protobuf.Enum.UNKNOWN":"0","io.confluent.connect.protobuf.Enum.STORE":"1",)"
      R"("io.confluent.connect.protobuf.Enum.ONLINE":"2","io.confluent.connect.protobuf.Tag":"16"}})");
  EXPECT_EQ(sale.field_json("packed"),
            R"({"type":"array","items":{"type":"int32","optional":true},"optional":true,)"
            R"("parameters":{"io.confluent.connect.protobuf.Tag":"17"}})");
  EXPECT_EQ(
      sale.field_json("counts"),
      R"({"type":"map","keys":{"type":"string","optional":true,"parameters":{)"
      R"("io.confluent.connect.protobuf.Tag":"1"}},"values":{"type":"int64","optional":true,"parameters":{)"
      R"("io.confluent.connect.protobuf.Tag":"2"}},"optional":true,"name":"counts","parameters":{)"
      R"("io.confluent.connect.protobuf.Tag":"19"}})");
  EXPECT_EQ(sale.field_json("other_1"),
            R"({"type":"struct","fields":[{"type":"boolean","optional":true,"parameters":{)"
            R"("io.confluent.connect.protobuf.Tag":"29"},"field":"yes"}],"optional":true,)"
            R"("name":"io.confluent.connect.protobuf.Union.other"})");
  EXPECT_EQ(
      sale.field_json("at"),
      R"({"type":"int64","optional":true,"name":"org.apache.kafka.connect.data.Timestamp","version":1,)"
      R"("parameters":{"io.confluent.connect.protobuf.Tag":"25"}})");
  EXPECT_EQ(text_of(sale.schema()->name), "Sale");
  DataOptions enhanced;
  enhanced.enhanced = true;
  EXPECT_EQ(text_of(MessageType(kSale, enhanced).schema()->name), "shop.v1.Sale");
}

TEST(ProtobufDecoder, OptionsChangeTheMapping) {
  DataOptions o;
  o.int_for_enums = o.flatten_unions = true;
  EXPECT_EQ(MessageType(kProto3 + "enum E { A = 0; B = 7; } message M { E e = 1; oneof x { int32 i "
                                  "= 2; string s = 3; } }",
                        o)
                .read("0807 1005"),
            "Struct{i=5,e=7}");
  o = {};
  o.generate_index_for_unions = false;
  EXPECT_EQ(MessageType(kProto3 + "message M { oneof x { int32 i = 1; } }", o).read("0805"),
            "Struct{x=Struct{i=5}}");
  o = {};
  o.generate_struct_for_nulls = true;
  EXPECT_EQ(MessageType(kProto3 + "message M { N n = 1; optional int32 i = 2; } message N { string "
                                  "s = 1; int32 i = 2; }",
                        o)
                .read(""),
            "Struct{n=Struct{s=,i=0},i=0}");
  const std::string wrapped = kProto3 + R"(import "google/protobuf/wrappers.proto";
    message M { google.protobuf.Int32Value a = 1; int32 b = 2; })";
  o = {};
  o.wrapper_for_nullables = true;
  MessageType nullables(wrapped, o);
  EXPECT_NE(nullables.field_json("a").find("\"optional\":true"), std::string::npos);
  EXPECT_NE(nullables.field_json("b").find("\"optional\":false"), std::string::npos);
  EXPECT_EQ(nullables.read("0a00"), "Struct{a=0,b=0}");
  o = {};
  o.wrapper_for_raw_primitives = false;
  EXPECT_EQ(MessageType(wrapped, o).read("0a020805"), "Struct{a=Struct{value=5},b=0}");
  o = {};
  o.optional_for_nullables = true;
  MessageType labels(kProto3 + "message M { optional int32 a = 1; int32 b = 2; }", o);
  EXPECT_NE(labels.field_json("a").find("\"optional\":true"), std::string::npos);
  EXPECT_NE(labels.field_json("b").find("\"optional\":false"), std::string::npos);
  o = {};
  o.generalized_sum_types = true;
  EXPECT_NE(MessageType(kProto3 + "enum E { A = 0; } message M { E e = 1; }", o)
                .field_json("e")
                .find("org.apache.kafka.connect.data.Enum.A"),
            std::string::npos);
}

TEST(ProtobufDecoder, LaterValuesReplaceEarlierOnes) {
  MessageType m(
      kProto3 +
      R"(message M { int32 i = 1; N n = 2; oneof x { int32 a = 3; N b = 4; } repeated int32 r = 5;
    map<string, int32> m = 6; } message N { int32 p = 1; int32 q = 2; repeated int32 r = 3; })");
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.read("0801 0802"), "Struct{i=2,r=[],m={}}");
  EXPECT_EQ(m.read("1204 0801 1001 1204 1002 1807"),
            "Struct{i=0,n=Struct{p=1,q=2,r=[7]},r=[],m={}}")
      << "single messages are merged";
  EXPECT_EQ(m.read("1802 2202 0809"), "Struct{x_0=Struct{b=Struct{p=9,q=0,r=[]}},i=0,r=[],m={}}");
  EXPECT_EQ(m.read("2202 0809 1802"), "Struct{x_0=Struct{a=2},i=0,r=[],m={}}");
  EXPECT_EQ(m.read("2202 0809 1802 2202 1003"),
            "Struct{x_0=Struct{b=Struct{p=0,q=3,r=[]}},i=0,r=[],m={}}")
      << "what another member cleared is not merged";
  EXPECT_EQ(m.read("2801 2a02 0203 2804"), "Struct{i=0,r=[1, 2, 3, 4],m={}}")
      << "packed and not packed mix";
  EXPECT_EQ(m.read("3205 0a0161 1001 3205 0a0162 1002 3205 0a0161 1003"),
            "Struct{i=0,r=[],m={a=3, b=2}}");
  EXPECT_EQ(m.read("3200"), "Struct{i=0,r=[],m={=0}}") << "an entry without key and value";
}

TEST(ProtobufDecoder, ManyMapEntriesWithOneKey) {
  MessageType m(kProto3 + "message M { map<int32, int32> m = 1; }");
  std::string hex;
  for (int i = 0; i < 40; ++i) {
    hex += "0a040801100" + std::string(1, static_cast<char>('0' + i % 10));
  }
  EXPECT_EQ(m.read(hex + "0a0408021005"), "Struct{m={1=9, 2=5}}");
}

TEST(ProtobufDecoder, UnknownFieldsArePassedOver) {
  MessageType m(kProto3 + "message M { int32 a = 1; string s = 2; }");
  EXPECT_EQ(m.read("9801 05 a10101020304050607 08 aa0103616263 b501 01020304 c301 0801 c401 0807"),
            "Struct{a=7,s=}");
  EXPECT_EQ(m.read("0a0161 1005"), "Struct{a=0,s=}") << "another wire type: unknown";
}

TEST(ProtobufDecoder, Proto2) {
  const std::string text =
      R"(message M { required int32 a = 1; optional string s = 2 [default = "d"];
    optional E e = 3 [default = B]; repeated int32 p = 4 [packed = true]; } enum E { A = 1; B = 2; })";
  MessageType m(text);
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.read("0801"), "Struct{a=1,p=[]}");
  EXPECT_EQ(m.read("0801 1809"), "Struct{a=1,p=[]}")
      << "a number that the enum lacks is an unknown field";
  EXPECT_EQ(m.read("0801 1801 2202 0102"), "Struct{a=1,e=A,p=[1, 2]}");
  EXPECT_EQ(m.read(""), "error: Message missing required fields: a");
  EXPECT_EQ(m.read("0801 1201 ff"), "Struct{a=1,s=\xef\xbf\xbd,p=[]}")
      << "proto2 does not check UTF-8";
  DataOptions o;
  o.optional_for_proto2 = false;
  EXPECT_EQ(MessageType(text, o).read("0801"), "Struct{a=1,s=d,e=B,p=[]}");
  EXPECT_EQ(MessageType("message M { optional group G = 1 { optional int32 a = 2; } }").error(),
            "Unknown Connect schema type: GROUP (field M.g)");
}

TEST(ProtobufDecoder, OpenEnums) {
  MessageType m(kProto3 +
                "enum Color { RED = 0; CRIMSON = 1; SCARLET = 1; option allow_alias = true; } "
                "message M { Color c = 1; }");
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.read("0801"), "Struct{c=CRIMSON}");
  EXPECT_EQ(m.read("0809"), "Struct{c=UNKNOWN_ENUM_VALUE_Color_9}");
  EXPECT_EQ(m.read("08ffffffffffffffffff01"), "Struct{c=UNKNOWN_ENUM_VALUE_Color_-1}");
}

TEST(ProtobufDecoder, LogicalTypes) {
  MessageType m(kProto3 + R"(import "confluent/meta.proto"; import "confluent/type/decimal.proto";
    import "google/type/date.proto"; import "google/type/timeofday.proto"; import "google/protobuf/timestamp.proto";
    message M {
      confluent.type.Decimal d = 1 [(confluent.field_meta) = { params: [ { key: "precision", value: "5" }, { key: "scale", value: "2" } ] }];
      google.type.Date day = 2; google.type.TimeOfDay t = 3; google.protobuf.Timestamp ts = 4;
      int32 small = 5 [(confluent.field_meta) = { params: { key: "connect.type" value: "int8" } }];
      int32 middle = 6 [(confluent.field_meta).params = { key: "connect.type" value: "int16" }];
    })");
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.field_json("d"),
            R"({"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal",)"
            R"("version":1,"parameters":{"scale":"2","connect.decimal.precision":"5",)"
            R"("io.confluent.connect.protobuf.Tag":"1"}})");
  const auto decimal = [&](std::string_view hex) {
    const auto value = m.value(from_hex(hex));
    return value ? std::string(value->find("d")->text()) : value.error().message;
  };
  EXPECT_EQ(decimal("0a08 0a02 04ce 1004 1802"), "12.30");
  EXPECT_EQ(decimal("0a08 0a02 ff38 1003 1802"), "-2.00");
  EXPECT_EQ(decimal("0a08 0a02 3039 1003 1800"), "1.23E+4") << "rounded to the precision, half up";
  EXPECT_EQ(decimal("0a08 0a02 270f 1003 1802"), "100");
  EXPECT_EQ(decimal("0a06 0a02 3039 1000"), "12345") << "precision 0: unlimited";
  EXPECT_EQ(decimal("0a00"),
            "Zero length BigInteger (the value of a confluent.type.Decimal is empty)");
  const auto ms = [&](std::string_view name, std::string_view hex) {
    const auto value = m.value(from_hex(hex));
    return value ? std::to_string(value->find(name)->as.i64) : value.error().message;
  };
  EXPECT_EQ(ms("day", "1207 08e70f 1001 1802"), "1672617600000");
  EXPECT_EQ(ms("day", "1207 08e70f 1002 181e"),
            "DAY_OF_MONTH: no date 2023-2-30 (google.type.Date)");
  EXPECT_EQ(ms("day", "1205 08e70f 1802"), "MONTH: no date 2023-0-2 (google.type.Date)");
  EXPECT_EQ(ms("day", "1200"), "YEAR: no date 0-0-0 (google.type.Date)");
  EXPECT_EQ(ms("t", "1a0a 0817 103b 183b 20c0843d"), "86399001");
  EXPECT_EQ(ms("t", "1a02 0818"), "Invalid value for HourOfDay (valid values 0 - 23): 24");
  EXPECT_EQ(ms("ts", "2210 08ffffffffffffffffff01 1080c2d72f"), "-900");
  EXPECT_EQ(ms("ts", "2206 1080a8d6b907").substr(0, 23), "Timestamp is not valid.");
  EXPECT_EQ(m.read("28ff03 30ffff07"), "Struct{small=-1,middle=-1}") << "narrowed as Java does";
}

TEST(ProtobufDecoder, RawPrimitivesAtTheTop) {
  MessageType m(kProto3 +
                    "package google.protobuf; message DoubleValue { double value = 1; } message "
                    "StringValue { string value = 1; }",
                {}, {}, {1});
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.schema_json(), R"({"type":"string","optional":false})");
  EXPECT_EQ(m.read("0a026869"), "hi");
  EXPECT_EQ(m.read(""), "");
}

TEST(ProtobufDecoder, MessagesThatContainThemselves) {
  MessageType m(kProto3 +
                "message Tree { string name = 1; repeated Tree children = 2; Tree parent = 3; }");
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.read("0a0172 1205 0a0161 1200"),
            "Struct{name=r,children=[Struct{name=a,children=[Struct{name=,children=[]}]}]}");
  EXPECT_EQ(m.schema_json().substr(0, 6), "error:") << "no schema text has an end";
  std::string deep;
  for (int i = 0; i < 100; ++i) {
    std::string size;
    for (std::size_t n = deep.size();; n >>= 7) {
      size += static_cast<char>((n & 0x7f) | (n >= 0x80 ? 0x80 : 0));
      if (n < 0x80) {
        break;
      }
    }
    deep = "\x1a" + size + deep;
  }
  EXPECT_TRUE(m.value(deep)) << "100 levels below the top are read";
  EXPECT_EQ(m.value("\x1a" + std::string("\x80\x02", 2) + deep.substr(0, 256)).has_value(), false);
  DataOptions o;
  o.generate_struct_for_nulls = true;
  EXPECT_EQ(MessageType(kProto3 + "message Tree { Tree parent = 1; }", o).read("").substr(0, 54),
            "error: Protocol message had too many levels of nesting");
}

TEST(ProtobufDecoder, GoogleStruct) {
  MessageType m(
      kProto3 +
      "import \"google/protobuf/struct.proto\"; message M { google.protobuf.Struct s = 1; }");
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.read("0a0c 0a0a 0a0161 1205 1a03 616263"),
            "Struct{s=Struct{fields={a=Struct{kind_0=Struct{string_value=abc}}}}}");
}

TEST(ProtobufDecoder, WhatIsBroken) {
  MessageType m(kProto3 +
                "message M { int32 a = 1; string s = 2; M m = 3; repeated fixed32 p = 4; }");
  const std::string truncated =
      "error: While parsing a protocol message, the input ended unexpectedly in the middle of a "
      "field.  This could mean "
      "either that the input has been truncated or that an embedded message misreported its own "
      "length.";
  EXPECT_EQ(m.read("08"), truncated);
  EXPECT_EQ(m.read("0880"), truncated);
  EXPECT_EQ(m.read("1205 6162"), truncated);
  EXPECT_EQ(m.read("2203 010203"), truncated);
  EXPECT_EQ(m.read("1a04 0801 1205"), truncated);
  EXPECT_EQ(m.read("00"), "error: Protocol message contained an invalid tag (zero).");
  EXPECT_EQ(m.read("0e"), "error: Protocol message tag had invalid wire type.");
  EXPECT_EQ(m.read("9c01"), "error: Protocol message end-group tag did not match expected tag.");
  EXPECT_EQ(m.read("9b01 a401"),
            "error: Protocol message end-group tag did not match expected tag.");
  EXPECT_EQ(m.read("12ffffffff0f"),
            "error: CodedInputStream encountered an embedded string or message which claimed to "
            "have negative size.");
  EXPECT_EQ(m.read("08ffffffffffffffffffff01"),
            "error: CodedInputStream encountered a malformed varint.");
  EXPECT_EQ(m.read("1201ff"), "error: Protocol message had invalid UTF-8.");
  std::string groups;
  for (int i = 0; i < 150; ++i) {
    groups += "9b01";
  }
  EXPECT_EQ(m.read(groups).substr(0, 54), "error: Protocol message had too many levels of nesting");
}

TEST(ProtobufDecoder, SmallMessagesDoNotFillTheMemory) {
  // Each empty item is a struct of 1,000 fields.
  std::string text = kProto3 + "message M { repeated N n = 1; } message N {";
  for (int i = 1; i <= 1000; ++i) {
    text += " int32 f" + std::to_string(i) + " = " + std::to_string(i) + ";";
  }
  MessageType m(text + " }");
  ASSERT_EQ(m.error(), "");
  std::string items;
  for (int i = 0; i < 20'000; ++i) {
    items += std::string("\x0a\0", 2);
  }
  const auto read = m.value(items);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "The message holds more than 10000000 fields, set or not");
}

}  // namespace
}  // namespace weir::converters::schema_registry::protobuf
