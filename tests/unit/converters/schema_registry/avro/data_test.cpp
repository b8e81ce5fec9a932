// Avro's binary form: bytes worked out from its specification, and hostile ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <converters/schema_registry/avro/decoder.hpp>
#include <converters/schema_registry/avro/encoder.hpp>
#include <converters/schema_registry/avro/from_connect.hpp>
#include <converters/schema_registry/avro/to_connect.hpp>
#include <string>
#include <weir/json.hpp>

namespace weir::converters::schema_registry::avro {
namespace {

using namespace std::string_view_literals;
using ::testing::HasSubstr;

/// The value of field v of a record of that one field, as JSON, or the error.
class Reading {
 public:
  explicit Reading(const std::string& type) : to_(AvroOptions{}) {
    auto schema = AvroSchema::parse(R"({"type":"record","name":"R","fields":[{"name":"v","type":)" +
                                    type + "}]}");
    EXPECT_TRUE(schema) << type;
    schema_ = *std::move(schema);
    auto made = to_.make(*schema_, std::nullopt);
    EXPECT_TRUE(made) << type;
    ready_ = *made;
  }
  Result<Value> value(std::string_view data) {
    auto v = decode(*ready_.plan, memory_.view().copy(data), memory_.view());
    return v ? Result<Value>(*v->find("v")) : v;
  }
  std::string operator()(std::string_view data) {
    auto v = value(data);
    if (!v) {
      return v.error().message;
    }
    std::string out;
    json::write(*v, out);
    return out;
  }

 private:
  ToConnect to_;
  std::unique_ptr<AvroSchema> schema_;
  ReadSchema ready_;
  OwnedArena memory_;
};

TEST(AvroData, ReadsTheSpecificationsExamples) {
  Reading i(R"("int")");
  EXPECT_EQ(i("\0"sv), "0");
  EXPECT_EQ(i("\1"), "-1");
  EXPECT_EQ(i("\2"), "1");
  EXPECT_EQ(i("\x7f"), "-64");
  EXPECT_EQ(i("\x80\1"), "64");
  EXPECT_EQ(i("\xff\xff\xff\xff\x0f"), "-2147483648");
  EXPECT_EQ(Reading(R"("long")")("\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"), "-9223372036854775808");
  EXPECT_EQ(Reading(R"("string")")("\6foo"), R"("foo")");
  EXPECT_EQ(Reading(R"({"type":"array","items":"long"})")("\4\6\x36\0"sv), "[3,27]");
  EXPECT_EQ(Reading(R"(["null","string"])")("\2\2a"), R"("a")");
  EXPECT_EQ(Reading(R"(["null","string"])")("\0"sv), "null");
  EXPECT_EQ(Reading(R"("float")")("\0\0\xc0\x3f"sv), "1.5");
  EXPECT_EQ(Reading(R"("double")")("\0\0\0\0\0\0\xf8\x3f"sv), "1.5");
  EXPECT_EQ(Reading(R"("boolean")")("\1"), "true");
  EXPECT_EQ(Reading(R"({"type":"fixed","name":"F","size":2})").value("ab")->text(), "ab");
}

TEST(AvroData, ABlockMayGiveItsSize) {
  EXPECT_EQ(Reading(R"({"type":"array","items":"long"})")("\3\4\6\x36\0"sv), "[3,27]");
  EXPECT_EQ(Reading(R"({"type":"array","items":"long"})")("\2\2\4\4\6\0"sv), "[1,2,3]");
  EXPECT_EQ(Reading(R"({"type":"map","values":"int"})")("\1\6\2a\2\2\2b\4\0"sv),
            R"({"a":1,"b":2})");
}

TEST(AvroData, OfEqualKeysTheLastValueStays) {
  EXPECT_EQ(Reading(R"({"type":"map","values":"int"})")("\6\2a\2\2b\4\2a\6\0"sv),
            R"({"a":3,"b":2})");
  std::string many(1, '\x50');  // 40 entries
  for (int i = 0; i < 40; ++i) {
    many.append({'\2', static_cast<char>('a' + i % 20), static_cast<char>(2 * i)});
  }
  Reading map(R"({"type":"map","values":"int"})");
  const auto v = map.value(many + '\0');
  ASSERT_TRUE(v);
  EXPECT_EQ(v->count, 20u);
  EXPECT_EQ(v->find("a")->as_integer(), 20);
}

TEST(AvroData, TextThatIsNotUtf8IsReadAsJavaDoes) {
  EXPECT_EQ(Reading(R"("string")").value("\4\xff\xfe")->text(), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(AvroData, DecimalsKeepTheirScale) {
  Reading two(R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":2})");
  EXPECT_EQ(two.value("\4\4\xd2")->text(), "12.34");
  EXPECT_EQ(two.value("\2\0"sv)->text(), "0.00");
  EXPECT_EQ(two.value("\2\xff")->text(), "-0.01");
  EXPECT_EQ(two.value("\x10\x80\0\0\0\0\0\0\0"sv)->text(), "-92233720368547758.08");
  EXPECT_EQ(two.value("\x12\1\0\0\0\0\0\0\0\0"sv)->text(), "184467440737095516.16");
  EXPECT_EQ(Reading(R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":10})")
                .value("\2\1")
                ->text(),
            "1E-10");
  EXPECT_THAT(two("\0"sv), HasSubstr("without a byte"));
  EXPECT_THAT(two("\x82\x40" + std::string(4097, 'x')), HasSubstr("4097 bytes"));
}

TEST(AvroData, BrokenDataSaysWhereAndWhy) {
  EXPECT_THAT(Reading(R"("int")")(""),
              HasSubstr("ends in the middle of a value at byte 0 of the data's 0"));
  EXPECT_THAT(Reading(R"("int")")("\xff\xff\xff\xff\xff\1"), HasSubstr("Invalid int encoding"));
  EXPECT_THAT(Reading(R"("long")")("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
              HasSubstr("Invalid long encoding"));
  EXPECT_THAT(Reading(R"("string")")("\1"), HasSubstr("Length is negative: -1"));
  EXPECT_THAT(Reading(R"("string")")("\x08"
                                     "ab"),
              HasSubstr("middle of a value"));
  EXPECT_THAT(Reading(R"("string")")("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1"),
              HasSubstr("middle of a value"));
  EXPECT_THAT(Reading(R"({"type":"enum","name":"E","symbols":["A"]})")("\2"),
              HasSubstr("Enumeration out of range: max is 1 but received 1"));
  EXPECT_THAT(Reading(R"(["null","int"])")("\4"), HasSubstr("Union index out of range: 2"));
  EXPECT_THAT(Reading(R"(["int","string","null"])")("\1"),
              HasSubstr("Union index out of range: -1"));
  EXPECT_THAT(Reading(R"({"type":"int","logicalType":"time-millis"})")("\1"),
              HasSubstr("Time values"));
}

TEST(AvroData, HugeCountsCostNothing) {
  const std::string huge = "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1";
  EXPECT_THAT(Reading(R"({"type":"array","items":"int"})")(huge),
              HasSubstr("cannot be in the 0 bytes"));
  EXPECT_THAT(Reading(R"({"type":"map","values":"int"})")(huge),
              HasSubstr("cannot be in the 0 bytes"));
  const std::string lowest = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\1";
  EXPECT_THAT(Reading(R"({"type":"array","items":"int"})")(lowest + "\2"),
              HasSubstr("Malformed data. A block of"));
  // Items that take no byte: only their number limits them.
  EXPECT_THAT(Reading(R"({"type":"array","items":{"type":"record","name":"E","fields":[]}})")(huge),
              HasSubstr("too many values"));
  std::string nested = R"({"type":"record","name":"E0","fields":[]})";
  for (int i = 1; i < 12; ++i) {
    nested = R"({"type":"record","name":"E)" + std::to_string(i) +
             R"(","fields":[{"name":"a","type":)" + nested + R"(},{"name":"b","type":"E)" +
             std::to_string(i - 1) + R"("}]})";
  }
  EXPECT_THAT(Reading(R"({"type":"array","items":)" + nested + "}")("\x80\x89\x7a\0"sv),
              HasSubstr("too many values"));
}

TEST(AvroData, BytesAfterTheValueAreIgnored) { EXPECT_EQ(Reading(R"("int")")("\2rest"), "1"); }

// ---- writing
// --------------------------------------------------------------------------------------------------------

std::string written(const weir_schema* schema, const Value& value, const std::string& avro = {},
                    const AvroOptions& options = {}) {
  auto own = avro.empty() ? from_connect(schema, options) : AvroSchema::parse(avro);
  if (!own) {
    return own.error().message;
  }
  WritePlans plans;
  auto plan = plans.make(schema, (*own)->root(), options);
  if (!plan) {
    return plan.error().message;
  }
  OwnedArena memory;
  std::string out;
  auto done = encode(**plan, value, memory.view(), out);
  return done ? out : done.error().message;
}

TEST(AvroData, AValueOfAnotherTypeIsRefusedAsInJava) {
  EXPECT_EQ(written(schemas::int32(), Value::string("x")),
            "Invalid type for INT32: class java.lang.String");
  EXPECT_EQ(written(schemas::int32(), Value::int64(1)),
            "Invalid type for INT32: class java.lang.Long");
  EXPECT_EQ(written(schemas::date(), Value::int32(1)),
            "Invalid type for Date, expected Date but was class java.lang.Integer");
  EXPECT_EQ(written(schemas::date(), Value::timestamp(1)),
            "Kafka Connect Date type should not have any time fields set to non-zero values.");
  EXPECT_EQ(written(schemas::string(), Value::null()), "Found null value for non-optional schema");
}

TEST(AvroData, DecimalsAreWrittenInTheirShortestBytes) {
  OwnedArena memory;
  const auto* two = SchemaBuilder(memory.view(), Kind::bytes)
                        .name(kDecimalName)
                        .version(1)
                        .parameter("scale", "2")
                        .optional()
                        .build();
  const auto bytes = [&](std::string_view text) { return written(two, Value::decimal(text)); };
  EXPECT_EQ(bytes("0.00"), "\2\2\0"sv);
  EXPECT_EQ(bytes("-0.00"), "\2\2\0"sv);
  EXPECT_EQ(bytes("1.27"), "\2\2\x7f");
  EXPECT_EQ(bytes("1.28"), "\2\4\0\x80"sv);
  EXPECT_EQ(bytes("-1.28"), "\2\2\x80");
  EXPECT_EQ(bytes("-1.29"), "\2\4\xff\x7f");
  EXPECT_EQ(bytes("-0.01"), "\2\2\xff");
  EXPECT_EQ(bytes("9999999999999999.99"), "\2\x10\x0d\xe0\xb6\xb3\xa7\x63\xff\xff");
  EXPECT_EQ(bytes("99999999999999999.99"), "\2\x12\0\x8a\xc7\x23\x04\x89\xe7\xff\xff"sv);
  EXPECT_EQ(bytes("1.5"),
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, "
            "value has scale 1.");
  EXPECT_EQ(bytes("1.2.3"), "not a decimal: 1.2.3");
  EXPECT_EQ(bytes(""), "not a decimal: ");
}

TEST(AvroData, AnErrorNamesTheField) {
  OwnedArena memory;
  const auto* inner =
      SchemaBuilder(memory.view(), Kind::structure).name("I").field("n", schemas::int32()).build();
  const auto* list = SchemaBuilder(memory.view(), Kind::array).values(inner).build();
  const auto* outer =
      SchemaBuilder(memory.view(), Kind::structure).name("O").field("list", list).build();
  weir_member n{Value::string("n"), Value::string("x")};
  weir_value item = Value::structure(&n, 1);
  weir_member l{Value::string("list"), Value::array(&item, 1)};
  EXPECT_EQ(written(outer, Value::structure(&l, 1)),
            "field list.[0].n: Invalid type for INT32: class java.lang.String");
}

TEST(AvroData, ARootOfBytesHasNoLength) {
  EXPECT_EQ(written(schemas::bytes(), Value::bytes("abc")), "abc");
  EXPECT_EQ(written(schemas::bytes(true), Value::bytes("abc")), "\2\6abc");
  EXPECT_EQ(written(schemas::bytes(), Value::bytes(std::string(200, 'x'))), std::string(200, 'x'));
  ToConnect to(AvroOptions{});
  auto schema = AvroSchema::parse(R"("bytes")");
  auto ready = to.make(**schema, std::nullopt);
  OwnedArena memory;
  EXPECT_EQ(decode(*ready->plan, "abc", memory.view())->text(), "abc");
}

TEST(AvroData, LoneSurrogatesBecomeQuestionMarks) {
  EXPECT_EQ(written(schemas::string(), Value::string("\xed\xa0\x80")), "\2?");
}

TEST(AvroData, AnotherSchemaIsWrittenByNames) {
  OwnedArena memory;
  const auto* schema = SchemaBuilder(memory.view(), Kind::structure)
                           .name("R")
                           .field("b", schemas::string())
                           .field("a", schemas::int32())
                           .field("gone", schemas::int32())
                           .build();
  weir_member members[] = {{Value::string("b"), Value::string("x")},
                           {Value::string("a"), Value::int32(1)},
                           {Value::string("gone"), Value::int32(9)}};
  const Value value = Value::structure(members, 3);
  EXPECT_EQ(
      written(
          schema, value,
          R"({"type":"record","name":"R","fields":[{"name":"a","type":"long"},{"name":"new","type":["string","null"],"default":"d"},)"
          R"({"name":"b","type":["null","string"]}]})"),
      "\2\0\2d\2\2x"sv);
  EXPECT_THAT(
      written(schema, value,
              R"({"type":"record","name":"R","fields":[{"name":"z","type":"int"}]})"),
      HasSubstr("field z of Avro record R is not in the record's schema and has no default"));
  EXPECT_THAT(written(schema, value,
                      R"({"type":"record","name":"R","fields":[{"name":"b","type":"int"}]})"),
              HasSubstr("b: STRING cannot be written as Avro int"));
  EXPECT_THAT(written(schemas::string(true), Value::null(), R"("string")"),
              HasSubstr("does not allow"));
}

TEST(AvroData, MicrosecondsAreWrittenAsSuch) {
  EXPECT_EQ(written(schemas::timestamp(), Value::timestamp(1),
                    R"({"type":"long","logicalType":"timestamp-micros"})"),
            "\xd0\x0f");
  EXPECT_THAT(written(schemas::timestamp(), Value::timestamp(INT64_MAX),
                      R"({"type":"long","logicalType":"timestamp-micros"})"),
              HasSubstr("too far away"));
}

TEST(AvroData, MapsWithoutNameDoNotShareAWrongEntry) {
  OwnedArena memory;
  const auto* ints = SchemaBuilder(memory.view(), Kind::map)
                         .keys(schemas::int32())
                         .values(schemas::string())
                         .build();
  const auto* bools = SchemaBuilder(memory.view(), Kind::map)
                          .keys(schemas::boolean())
                          .values(schemas::string())
                          .build();
  const auto* both = SchemaBuilder(memory.view(), Kind::structure)
                         .name("S")
                         .field("i", ints)
                         .field("b", bools)
                         .build();
  auto avro = from_connect(both, AvroOptions{});
  ASSERT_TRUE(avro);
  const auto text = schema_text((*avro)->root());
  ASSERT_TRUE(text);
  ToConnect to(AvroOptions{});
  auto again = AvroSchema::parse(*text);
  ASSERT_TRUE(again) << again.error().message;
  auto ready = to.make(**again, std::nullopt);
  ASSERT_TRUE(ready) << ready.error().message;
  EXPECT_EQ(view(ready->schema)->field("b")->schema->keys->type,
            static_cast<std::uint32_t>(WEIR_KIND_BOOLEAN));
}

TEST(AvroData, TwoTypesOfOneNameAreRefused) {
  OwnedArena memory;
  const auto* one =
      SchemaBuilder(memory.view(), Kind::structure).name("S").field("i", schemas::int32()).build();
  const auto* two =
      SchemaBuilder(memory.view(), Kind::structure).name("S").field("i", schemas::string()).build();
  const auto* both = SchemaBuilder(memory.view(), Kind::structure)
                         .name("B")
                         .field("one", one)
                         .field("two", two)
                         .build();
  auto avro = from_connect(both, AvroOptions{});
  ASSERT_TRUE(avro);
  EXPECT_THAT(schema_text((*avro)->root()).error().message, HasSubstr("Can't redefine: S"));
}

TEST(AvroData, AStructInAnotherOneOfItsName) {
  OwnedArena memory;
  const auto* inner =
      SchemaBuilder(memory.view(), Kind::structure).name("S").field("i", schemas::int32()).build();
  const auto* outer =
      SchemaBuilder(memory.view(), Kind::structure).name("S").field("s", inner).build();
  auto avro = from_connect(outer, AvroOptions{});
  ASSERT_TRUE(avro);
  EXPECT_THAT(schema_text((*avro)->root()).error().message, HasSubstr("Can't redefine: S"))
      << "and the worker lives";
}

TEST(AvroData, NamesThatAvroDoesNotAllowPointToTheKey) {
  OwnedArena memory;
  const auto* bad = SchemaBuilder(memory.view(), Kind::structure)
                        .name("S")
                        .field("a-b", schemas::int32())
                        .build();
  weir_member m{Value::string("a-b"), Value::int32(1)};
  EXPECT_THAT(written(bad, Value::structure(&m, 1)), HasSubstr("scrub.invalid.names=true"));
  AvroOptions options;
  options.scrub_invalid_names = true;
  EXPECT_EQ(written(bad, Value::structure(&m, 1), {}, options), "\2");
}

TEST(AvroData, SpecialRealsSurvive) {
  const std::string bytes = written(schemas::float64(), Value::float64(std::nan("")));
  ToConnect to(AvroOptions{});
  auto schema = AvroSchema::parse(R"("double")");
  auto ready = to.make(**schema, std::nullopt);
  OwnedArena memory;
  EXPECT_TRUE(std::isnan(decode(*ready->plan, bytes, memory.view())->as_real()));
}

}  // namespace
}  // namespace weir::converters::schema_registry::avro
