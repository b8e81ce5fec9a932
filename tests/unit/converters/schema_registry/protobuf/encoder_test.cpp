#include "protobuf/encoder.hpp"

#include <google/protobuf/dynamic_message.h>

#include "messages.hpp"
#include "protobuf/proto_generator.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

using namespace weir::schemas;

/// A Connect schema and value, and what Protobuf makes of them.
class EncoderTest : public testing::Test {
 protected:
  SchemaBuilder structure(std::string_view name = {}) {
    SchemaBuilder b(arena(), Kind::structure, true);
    return name.empty() ? b : b.name(name);
  }
  const weir_schema* logical(Kind kind, std::string_view name) {
    SchemaBuilder b(arena(), kind, true);
    b.name(name).version(1);
    if (name == kDecimalName) {
      b.parameter("scale", "2");
    }
    return b.build();
  }
  Value of(const weir_schema* schema, std::vector<Value> values) {
    ObjectBuilder out(arena());
    for (std::size_t i = 0; i < values.size(); ++i) {
      out.add(text_of(schema->fields[i].name), values[i]);
    }
    return out.structure();
  }
  Value list(std::vector<Value> values) {
    ArrayBuilder out(arena());
    for (const Value& v : values) {
      out.add(v);
    }
    return out.array();
  }

  std::string text(const weir_schema* schema) {
    const auto made = generate_proto(*schema, options_);
    return made ? proto_text(made->file) : "error: " + made.error().message;
  }

  /// Hexadecimal of the message in the schema's own .proto, or "error: ...".
  std::string write(const weir_schema* schema, const Value& value) {
    auto made = generate_proto(*schema, options_);
    if (!made) {
      return "error: " + made.error().message;
    }
    auto proto = ProtoSchema::build(made->file);
    if (!proto) {
      return "error: " + proto.error().message;
    }
    // The text has to mean the same.
    auto again = ProtoSchema::compile(proto_text(made->file), {});
    EXPECT_TRUE(again) << again.error().message << "\n" << proto_text(made->file);
    const auto direct = write_with(**proto, made->message, schema, value);
    if (again) {
      EXPECT_EQ(write_with(**again, made->message, schema, value), direct);
    }
    return direct;
  }

  std::string write_with(const ProtoSchema& proto, const std::string& message,
                         const weir_schema* schema, const Value& value) {
    const pb::Descriptor* type = proto.file().pool()->FindMessageTypeByName(message);
    if (type == nullptr) {
      return "error: no message " + message;
    }
    auto plan = EncodePlan::make(proto, *type, schema, options_);
    if (!plan) {
      return "error: " + plan.error().message;
    }
    ReverseBuffer out;
    if (auto done = Encoder::encode(**plan, value, options_, arena(), out); !done) {
      return "error: " + done.error().message;
    }
    // Another implementation has to read it.
    pb::DynamicMessageFactory factory;
    const std::unique_ptr<pb::Message> read(factory.GetPrototype(type)->New());
    EXPECT_TRUE(read->ParseFromArray(out.view().data(), static_cast<int>(out.size())));
    EXPECT_EQ(read->GetReflection()->GetUnknownFields(*read).field_count(), 0);
    return to_hex(out.view());
  }

  Arena arena() { return memory_.view(); }

  OwnedArena memory_;
  DataOptions options_;
};

TEST_F(EncoderTest, EveryScalar) {
  const auto* schema = structure("com.acme.Sale")
                           .field("i8", int8())
                           .field("i16", int16())
                           .field("i32", int32())
                           .field("i64", int64())
                           .field("f", float32())
                           .field("d", float64())
                           .field("b", boolean())
                           .field("s", string())
                           .field("by", bytes())
                           .build();
  EXPECT_EQ(text(schema), R"(syntax = "proto3";
package com.acme;

message Sale {
  int32 i8 = 1 [(confluent.field_meta) = { params: [{ key: "connect.type", value: "int8" }] }];
  int32 i16 = 2 [(confluent.field_meta) = { params: [{ key: "connect.type", value: "int16" }] }];
  int32 i32 = 3;
  int64 i64 = 4;
  float f = 5;
  double d = 6;
  bool b = 7;
  string s = 8;
  bytes by = 9;
}
)");
  EXPECT_EQ(write(schema,
                  of(schema, {Value::int8(-1), Value::int16(300), Value::int32(1), Value::int64(-2),
                              Value::float32(1.5F), Value::float64(-0.1), Value::boolean(true),
                              Value::string("h\xc3\xa9"), Value::bytes("\x01")})),
            "08ffffffffffffffffff01"
            "10ac02"
            "1801"
            "20feffffffffffffffff01"
            "2d0000c03f"
            "319a9999999999b9bf"
            "3801"
            "420368c3a9"
            "4a0101");
  EXPECT_EQ(write(schema, of(schema, {Value::int8(0), Value::int16(0), Value::int32(0),
                                      Value::int64(0), Value::float32(0), Value::float64(0),
                                      Value::boolean(false), Value::string(""), Value::bytes("")})),
            "")
      << "defaults are left out";
  EXPECT_EQ(write(schema, of(schema, std::vector<Value>(9))), "");
  EXPECT_EQ(write(schema, of(schema, {Value(), Value(), Value(), Value(), Value::float32(-0.0F),
                                      Value(), Value(), Value(), Value()})),
            "2d00000080")
      << "minus zero is not zero";
}

TEST_F(EncoderTest, StructsListsAndMaps) {
  const auto* line = structure("Line").field("sku", string()).field("n", int32()).build();
  const auto* schema =
      structure()
          .field("line", line)
          .field("lines", SchemaBuilder(arena(), Kind::array, true).values(line).build())
          .field("ints", SchemaBuilder(arena(), Kind::array, true).values(int32()).build())
          .field("names", SchemaBuilder(arena(), Kind::array, true).values(string()).build())
          .field("counts", SchemaBuilder(arena(), Kind::map, true)
                               .keys(string())
                               .values(int64())
                               .name("counts")
                               .build())
          .field("by_id",
                 SchemaBuilder(arena(), Kind::map, true).keys(int32()).values(line).build())
          .build();
  EXPECT_EQ(text(schema), R"(syntax = "proto3";

message ConnectDefault1 {
  Line line = 1;
  repeated Line lines = 2;
  repeated int32 ints = 3;
  repeated string names = 4;
  repeated countsEntry counts = 5;
  repeated ConnectDefault2Entry by_id = 6;

  message Line {
    string sku = 1;
    int32 n = 2;
  }

  message countsEntry {
    string key = 1;
    int64 value = 2;
  }

  message ConnectDefault2Entry {
    int32 key = 1;
    Line value = 2;

    message Line {
      string sku = 1;
      int32 n = 2;
    }
  }
}
)");
  const Value a = of(line, {Value::string("A"), Value::int32(2)});
  ObjectBuilder counts(arena());
  counts.add("x", Value::int64(1)).add("", Value::int64(0));
  ObjectBuilder by_id(arena());
  by_id.add_member(Value::int32(-3), a);
  EXPECT_EQ(write(schema, of(schema, {a, list({a, of(line, {Value(), Value()})}),
                                      list({Value::int32(1), Value::int32(0), Value::int32(300)}),
                                      list({Value::string("a"), Value::string("")}), counts.map(),
                                      by_id.map()})),
            "0a050a01411002"
            "12050a01411002"
            "1200"
            "1a040100ac02"
            "220161"
            "2200"
            "2a050a01781001"
            "2a00"
            "321208fdffffffffffffffff0112050a01411002");
  EXPECT_EQ(write(schema, of(schema, {Value(), list({}), list({}), Value(),
                                      ObjectBuilder(arena()).map(), Value()})),
            "");
  EXPECT_EQ(
      write(schema, of(schema, {Value(), Value(), list({Value()}), Value(), Value(), Value()})),
      "error: Field ints: a list in Protobuf cannot hold null");
}

TEST_F(EncoderTest, LogicalTypes) {
  const auto* schema = structure()
                           .field("d", logical(Kind::bytes, kDecimalName))
                           .field("day", date())
                           .field("t", time())
                           .field("ts", timestamp())
                           .build();
  EXPECT_EQ(text(schema), R"(syntax = "proto3";

import "confluent/type/decimal.proto";
import "google/type/date.proto";
import "google/type/timeofday.proto";
import "google/protobuf/timestamp.proto";

message ConnectDefault1 {
  confluent.type.Decimal d = 1 [(confluent.field_meta) = { params: [{ key: "scale", value: "2" }] }];
  google.type.Date day = 2;
  google.type.TimeOfDay t = 3;
  google.protobuf.Timestamp ts = 4;
}
)");
  EXPECT_EQ(write(schema, of(schema, {Value::decimal("12.30"), Value::timestamp(1'672'617'600'000),
                                      Value::timestamp(86'399'001), Value::timestamp(-900)})),
            "0a080a0204ce10041802"
            "120708e70f10011802"
            "1a0a0817103b183b20c0843d"
            "221008ffffffffffffffffff011080c2d72f");
  EXPECT_EQ(write(schema, of(schema, {Value::decimal("0"), Value::timestamp(0), Value::timestamp(0),
                                      Value::timestamp(0)})),
            "0a050a01001001120708b20f100118011a002200");
  const auto one = [&](std::size_t i, const Value& v) {
    std::vector<Value> values(4);
    values[i] = v;
    return write(schema, of(schema, values));
  };
  EXPECT_EQ(one(0, Value::string("1")),
            "error: Invalid type for Decimal, expected BigDecimal but was class java.lang.String");
  EXPECT_EQ(
      one(1, Value::timestamp(1)),
      "error: Kafka Connect Date type should not have any time fields set to non-zero values.");
  EXPECT_EQ(one(2, Value::timestamp(-1)),
            "error: Time values must use number of millis greater than 0 and less than 86400000");
  EXPECT_EQ(one(3, Value::timestamp(253'402'300'800'000)).substr(0, 30),
            "error: Timestamp is not valid.");
  EXPECT_EQ(one(3, Value::int64(1)),
            "error: Invalid type for Timestamp, expected Date but was class java.lang.Long");
}

TEST_F(EncoderTest, NullsAndDefaults) {
  const auto* with_default = SchemaBuilder(arena(), Kind::string, true)
                                 .optional()
                                 .default_value(Value::string("d\"\n"))
                                 .build();
  const auto* schema =
      structure().field("a", string(true)).field("b", int32(true)).field("c", with_default).build();
  const Value nothing = of(schema, std::vector<Value>(3));
  EXPECT_NE(text(schema).find("string c = 3;"), std::string::npos)
      << "proto3 has no defaults: " << text(schema);
  EXPECT_EQ(write(schema, nothing),
            "1a036422"
            "0a");
  EXPECT_EQ(write(schema, of(schema, {Value::string(""), Value::int32(0), Value::string("")})), "");
  options_.optional_for_nullables = true;
  EXPECT_NE(text(schema).find("optional string a = 1;"), std::string::npos);
  EXPECT_EQ(write(schema, of(schema, {Value::string(""), Value::int32(0), Value()})),
            "0a0010001a036422"
            "0a");
  options_ = {};
  options_.wrapper_for_nullables = true;
  EXPECT_NE(text(schema).find("google.protobuf.StringValue a = 1;"), std::string::npos);
  EXPECT_EQ(write(schema, of(schema, {Value::string(""), Value::int32(7), Value()})),
            "0a00120208071a050a036422"
            "0a");
  options_.ignore_default_for_nullables = true;
  EXPECT_EQ(write(schema, nothing), "");
}

TEST_F(EncoderTest, UnionsBecomeOneofs) {
  const auto* choice = structure("io.confluent.connect.protobuf.Union.choice")
                           .field("i", int32(true))
                           .field("s", string(true))
                           .optional()
                           .build();
  const auto* schema = structure("M").field("choice_0", choice).field("n", int32()).build();
  EXPECT_EQ(text(schema), R"(syntax = "proto3";

message M {
  int32 n = 3;

  oneof choice {
    int32 i = 1;
    string s = 2;
  }
}
)");
  EXPECT_EQ(write(schema, of(schema, {of(choice, {Value(), Value::string("")}), Value::int32(5)})),
            "12001805");
  EXPECT_EQ(write(schema, of(schema, {of(choice, {Value::int32(0), Value()}), Value::int32(0)})),
            "0800");
  EXPECT_EQ(write(schema, of(schema, {Value(), Value::int32(0)})), "");
  EXPECT_EQ(write(schema, of(schema, {of(choice, {Value(), Value()}), Value()})).substr(0, 33),
            "error: Cannot find non-null field");
}

TEST_F(EncoderTest, RawPrimitivesAtTheTop) {
  EXPECT_EQ(write(string(), Value::string("hi")), "0a026869");
  EXPECT_EQ(write(int16(), Value::int16(5)), "0805");
  EXPECT_EQ(write(int64(true), Value::int64(0)), "");
  EXPECT_NE(text(string()).find("package google.protobuf;"), std::string::npos);
  EXPECT_EQ(write(timestamp(), Value::timestamp(0)),
            "error: A schema org.apache.kafka.connect.data.Timestamp cannot stand at the top of a "
            "Protobuf message; put it "
            "into a struct (HoistField)");
  EXPECT_EQ(write(SchemaBuilder(arena(), Kind::array, true).values(string()).build(), list({})),
            "error: Unsupported root schema of type ARRAY; put it into a struct (HoistField)");
}

TEST_F(EncoderTest, NamesThatAreNone) {
  const auto* schema = structure("my-app.Sale")
                           .field("a b", string())
                           .field("1st", string())
                           .field("ok", string())
                           .build();
  EXPECT_EQ(write(schema, of(schema, std::vector<Value>(3))).substr(0, 6), "error:");
  options_.scrub_invalid_names = true;
  EXPECT_EQ(text(schema), R"(syntax = "proto3";
package my_app;

message Sale {
  string a_b = 1;
  string x1st = 2;
  string ok = 3;
}
)");
  EXPECT_EQ(write(schema, of(schema, {Value::string("a"), Value::string("b"), Value()})),
            "0a016112"
            "0162");
}

TEST_F(EncoderTest, AFieldThatATransformAddedGetsAFreeNumber) {
  const auto tagged = [&](const char* tag) {
    return SchemaBuilder(arena(), Kind::int32, true).parameter(kTagParameter, tag).build();
  };
  const auto* schema = structure("M")
                           .field("a", tagged("1"))
                           .field("new", string())
                           .field("c", tagged("2"))
                           .field("later", string())
                           .build();
  EXPECT_EQ(text(schema), R"(syntax = "proto3";

message M {
  int32 a = 1;
  string new = 3;
  int32 c = 2;
  string later = 4;
}
)");
  EXPECT_EQ(
      write(schema, of(schema, {Value::int32(1), Value::string("n"), Value::int32(2), Value()})),
      "080110021a016e");
}

TEST_F(EncoderTest, EnumsByNameAndNumber) {
  const auto* color = SchemaBuilder(arena(), Kind::string, true)
                          .name("Color")
                          .parameter(kEnumParameter, "Color")
                          .parameter("io.confluent.connect.protobuf.Enum.RED", "1")
                          .parameter("io.confluent.connect.protobuf.Enum.NONE", "0")
                          .build();
  const auto* schema = structure("M").field("c", color).build();
  EXPECT_EQ(text(schema), R"(syntax = "proto3";

message M {
  Color c = 1;

  enum Color {
    NONE = 0;
    RED = 1;
  }
}
)");
  EXPECT_EQ(write(schema, of(schema, {Value::string("RED")})), "0801");
  EXPECT_EQ(write(schema, of(schema, {Value::string("NONE")})), "");
  EXPECT_EQ(write(schema, of(schema, {Value::string("BLUE")})),
            "error: Field c: \"BLUE\" is no value of its enum");
}

TEST_F(EncoderTest, WrongValues) {
  const auto* schema = structure("M").field("i", int32()).field("s", string()).build();
  EXPECT_EQ(write(schema, of(schema, {Value::string("1"), Value()})),
            "error: Invalid type for INT32: class java.lang.String");
  EXPECT_EQ(write(schema, of(schema, {Value(), Value::int32(1)})),
            "error: Invalid type for STRING: class java.lang.Integer");
  EXPECT_EQ(write(schema, Value::string("x")),
            "error: Invalid type for STRUCT: class java.lang.String");
  const auto* nested =
      structure()
          .field("a",
                 SchemaBuilder(arena(), Kind::array, true)
                     .values(SchemaBuilder(arena(), Kind::array, true).values(string()).build())
                     .build())
          .build();
  EXPECT_EQ(text(nested),
            "error: Field a: Array cannot be nested; in Protobuf a list holds scalars or structs");
}

TEST_F(EncoderTest, AnotherSchemaIsWrittenByName) {
  // use.latest.version: other numbers, an enum for a text, a wider integer, a field that the record
  // lacks.
  const auto proto = ProtoSchema::compile(
      R"(syntax = "proto3"; message M { enum E { NO = 0; YES = 4; } int64 a = 7; E e = 3; string more = 1; })",
      {});
  ASSERT_TRUE(proto);
  const auto* schema = structure("M").field("a", int32()).field("e", string()).build();
  EXPECT_EQ(write_with(**proto, "M", schema, of(schema, {Value::int32(5), Value::string("YES")})),
            "18043805");
  const auto* wrong = structure("M").field("more", int32()).build();
  EXPECT_EQ(write_with(**proto, "M", wrong, of(wrong, {Value::int32(5)})),
            "error: M.more is of Protobuf type string, which a value of Connect type INT32 cannot "
            "become");
  const auto* missing = structure("M").field("x", int32()).build();
  EXPECT_EQ(write_with(**proto, "M", missing, of(missing, {Value::int32(5)})),
            "error: Cannot find field with name x in message M");
}

TEST_F(EncoderTest, WhatWasReadIsWrittenAgain) {
  const std::string proto = R"(syntax = "proto3";
    import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
    message Sale {
      enum Kind { UNKNOWN = 0; STORE = 1; ONLINE = 2; }
      message Line { string sku = 1; sint32 quantity = 2; repeated string tags = 3; Line part = 4; }
      fixed64 f64 = 8; uint32 u32 = 30; sfixed32 sf = 31;
      Kind kind = 16; repeated Kind kinds = 32;
      map<string, int64> counts = 19; map<int32, Line> lines = 20;
      Line first = 21;
      oneof payment { string card = 22; int64 cash = 23; Line goods = 24; }
      google.protobuf.Timestamp at = 25;
    })";
  MessageType sale(proto);
  ASSERT_EQ(sale.error(), "");
  const std::string hex =
      "41feffffffffffffff8001029a01050a01781001a2011508fdffffffffffffffff0112080a014110031a0174aa01"
      "030a0142c2010410082200"
      "ca010b0880e2cfaa0610959aef3af001ffffffff0ffd01f7ffffff820202"
      "0201";
  const auto value = sale.value(from_hex(hex));
  ASSERT_TRUE(value) << value.error().message;
  const std::string out = write(sale.schema(), *value);
  EXPECT_EQ(sale.read(out), sale.read(hex));
  EXPECT_NE(text(sale.schema()).find("fixed64 f64 = 8;"), std::string::npos) << text(sale.schema());
}

}  // namespace
}  // namespace weir::converters::schema_registry::protobuf
