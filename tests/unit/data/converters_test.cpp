#include <runtime/data/builtin.hpp>
#include <runtime/data/codec.hpp>
#include <runtime/data/json_codec.hpp>
#include <runtime/data/plain_codecs.hpp>

#include <weir/connect_text.hpp>
#include <weir/schema.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace weir::runtime::data {
namespace {

template <class Codec>
std::string through(Codec& codec, std::optional<std::string_view> raw) {
  OwnedArena memory;
  Value value;
  const weir_schema* schema = nullptr;
  if (auto done = codec.decode(raw, memory.view(), value, schema); !done) {
    return "error: " + done.error().message;
  }
  auto bytes = codec.encode(value, schema, memory.view());
  return !bytes ? "error: " + bytes.error().message : *bytes ? std::string(**bytes) : "absent";
}

constexpr std::string_view kEnvelope =
    R"({"schema":{"type":"struct","fields":[{"type":"string","optional":false,"field":"a"},{"type":"int32","optional":true,"default":7,"field":"b"}],"optional":false,"name":"N"},"payload":)";

TEST(JsonConverter, EqualSchemaTextsShareOneStableSchema) {
  JsonCodec codec(JsonConfig{});
  OwnedArena memory;
  const weir_schema* first = nullptr;
  for (int i = 0; i < 3; ++i) {
    const std::string text = std::string(kEnvelope) + R"({"a":"x"}})";  // its own memory each time
    Value value;
    const weir_schema* schema = nullptr;
    ASSERT_TRUE(codec.decode(text, memory.view(), value, schema));
    EXPECT_TRUE(view(schema)->stable());
    EXPECT_EQ(7, value.find("b")->as_integer());
    first = first == nullptr ? schema : first;
    EXPECT_EQ(first, schema);
  }
  const std::string spaced = R"({ "payload" : {"a":"x","b":null}, "schema" : {"type":"struct","fields":[{"type":"string","optional":false,"field":"a"},{"type":"int32","optional":true,"default":7,"field":"b"}],"optional":false,"name":"N"} })";
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(codec.decode(spaced, memory.view(), value, schema));
  EXPECT_EQ(first, schema) << "the same schema among blanks";
  EXPECT_EQ(std::string(kEnvelope) + R"({"a":"x","b":7}})", through(codec, spaced));
}

TEST(JsonConverter, BeyondTheCacheSchemasLiveInTheBatch) {
  JsonCodec codec(JsonConfig{.schemas_cache_size = 1});
  OwnedArena memory;
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(codec.decode(R"({"schema":{"type":"int32"},"payload":1})", memory.view(), value, schema));
  EXPECT_TRUE(view(schema)->stable());
  ASSERT_TRUE(codec.decode(R"({"schema":{"type":"int64"},"payload":1})", memory.view(), value, schema));
  EXPECT_FALSE(view(schema)->stable());
  EXPECT_EQ(R"({"schema":{"type":"int64","optional":false},"payload":1})",
            through(codec, R"({"schema":{"type":"int64"},"payload":1})"));
}

TEST(JsonConverter, EnvelopeErrors) {
  JsonCodec codec(JsonConfig{});
  EXPECT_EQ(0u, through(codec, "").find("error: JsonConverter with schemas.enable requires \"schema\" and \"payload\""));
  EXPECT_EQ("error: Unknown schema type: x", through(codec, R"({"schema":{"type":"x"},"payload":1})"));
  EXPECT_EQ("error: Invalid null value for required STRING field",
            through(codec, R"({"schema":{"type":"string"},"payload":null})"));
  EXPECT_EQ(0u, through(codec, "{").find(
                    "error: Converting byte[] to Kafka Connect data failed due to serialization error: "));
  EXPECT_EQ("absent", through(codec, std::nullopt));
}

TEST(JsonConverter, WithoutSchemasWhatNobodyReadsStaysText) {
  JsonCodec codec(JsonConfig{.schemas_enable = false});
  OwnedArena memory;
  Value value;
  const weir_schema* schema = nullptr;
  const std::string text = R"({"id":1,"customer":{"name":"x"}})";
  ASSERT_TRUE(codec.decode(text, memory.view(), value, schema));
  EXPECT_TRUE(value.find("customer")->is_lazy());
  EXPECT_EQ(nullptr, schema);
  EXPECT_EQ(text, through(codec, text));
  EXPECT_EQ("absent", through(codec, ""));
}

TEST(JsonConverter, RefusesWhatHasNoSchemalessForm) {
  JsonCodec codec(JsonConfig{.schemas_enable = false});
  OwnedArena memory;
  EXPECT_EQ("Java class class java.util.Date does not have corresponding schema type.",
            codec.encode(Value::timestamp(1), nullptr, memory.view()).error().message);
  EXPECT_EQ("Java class class java.math.BigDecimal does not have corresponding schema type.",
            codec.encode(Value::decimal("1"), nullptr, memory.view()).error().message);
  EXPECT_EQ("Invalid type for INT32: class java.lang.String",
            codec.encode(Value::string("x"), schemas::int32(), memory.view()).error().message);
}

TEST(StringConverter, BorrowsAndReplacesLikeJava) {
  StringCodec codec(StringConfig{});
  OwnedArena memory;
  const std::string text = "caf\xc3\xa9";
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(codec.decode(text, memory.view(), value, schema));
  EXPECT_EQ(text.data(), value.text().data());
  EXPECT_EQ("a\xef\xbf\xbd" "b", through(codec, "a\xff" "b"));
  EXPECT_EQ("\xef\xbf\xbd", through(codec, "\xe2\x82"));
  EXPECT_EQ("", through(codec, ""));
  EXPECT_EQ("absent", through(codec, std::nullopt));
  EXPECT_EQ("{a=1}", **codec.encode(Value::lazy(R"({"a":1})"), nullptr, memory.view()));
}

TEST(StringConverter, OtherEncodings) {
  StringCodec latin(StringConfig{.encoding = "ISO-8859-1"});
  OwnedArena memory;
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(latin.decode("\xe9", memory.view(), value, schema));
  EXPECT_EQ("\xc3\xa9", value.text());
  EXPECT_EQ("\xe9", through(latin, "\xe9"));
  ConfigProblems problems;
  (void)StringCodec::describe().parse({{"converter.encoding", "no-such"}}, problems);
  EXPECT_EQ(1u, problems.size());
}

TEST(NumberConverters, BigEndianOfExactWidth) {
  NumberCodec<IntegerTraits> ints({});
  EXPECT_EQ(std::string("\xff\xff\xff\xfe", 4), through(ints, std::string_view("\xff\xff\xff\xfe", 4)));
  EXPECT_EQ(0u, through(ints, "abc").find("error: Failed to deserialize integer"));
  NumberCodec<DoubleTraits> doubles({});
  OwnedArena memory;
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(doubles.decode(std::string_view("\x3f\xf8\0\0\0\0\0\0", 8), memory.view(), value, schema));
  EXPECT_EQ(1.5, value.as_real());
  EXPECT_EQ(WEIR_KIND_FLOAT64, schema->type);
  NumberCodec<BooleanTraits> flags({});
  EXPECT_EQ(0u, through(flags, "\x02").find("error"));
  EXPECT_EQ("\x01", through(flags, "\x01"));
}

TEST(ByteArrayConverter, CopiesNothing) {
  ByteArrayCodec codec({});
  OwnedArena memory;
  const std::string bytes("\0\xff", 2);
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(codec.decode(bytes, memory.view(), value, schema));
  EXPECT_EQ(bytes.data(), value.text().data());
  EXPECT_EQ(0u, codec.encode(Value::string("x"), nullptr, memory.view()).error().message.find("ByteArrayConverter is not compatible"));
  EXPECT_EQ("Invalid schema type for ByteArrayConverter: STRING",
            codec.encode(value, schemas::string(), memory.view()).error().message);
}

TEST(BuiltinConverters, EachHasItsJavaNameAndBothKinds) {
  const weir_plugin* plugin = builtin_converters();
  std::set<std::string> converters;
  std::set<std::string> headers;
  for (std::size_t i = 0; i < plugin->component_count; ++i) {
    const weir_component& c = plugin->components[i];
    (c.kind == WEIR_COMPONENT_CONVERTER ? converters : headers).insert(std::string(text_of(c.name)));
    bool java = false;
    for (std::size_t k = 0; k < c.alias_count; ++k) {
      java = java || text_of(c.aliases[k]).rfind("org.apache.kafka.connect.", 0) == 0;
    }
    EXPECT_TRUE(java) << text_of(c.name);
  }
  EXPECT_EQ(9u, converters.size());
  EXPECT_EQ(10u, headers.size());
  EXPECT_TRUE(headers.contains("SimpleHeaderConverter"));
}

TEST(Converters, ABadRecordFailsAlone) {
  ConverterOf<JsonCodec> converter(JsonConfig{.schemas_enable = false});
  testing::TestBatch batch;
  batch.add("t", 0, 0).raw_value = bytes_of("{");
  batch.add("t", 0, 1).raw_value = bytes_of("[1]");
  auto records = batch.view();
  ASSERT_TRUE(converter.decode(records, Side::value));
  EXPECT_EQ(1u, batch.failures().size());
  EXPECT_EQ(Errc::bad_record, batch.failures().at(0).code);
  ASSERT_TRUE(converter.encode(records, Side::value));
  EXPECT_EQ("[1]", *batch[1].raw(Side::value));
}

TEST(JsonConverter, PlainJsonWithASchemaBesideIt) {
  const auto read = [](const JsonConfig& config, std::string_view text) {
    JsonCodec codec(config);
    OwnedArena arena;
    Value value;
    const weir_schema* schema = nullptr;
    const auto done = codec.decode(text, arena.view(), value, schema);
    if (!done) {
      return "error: " + done.error().message;
    }
    std::string out;
    connect::append_java_string(out, value);
    return out + (schema == nullptr ? "" : " " + std::string(connect::type_name(schema->type)));
  };
  const JsonConfig connect_form{.schema_content = R"({"type":"struct","fields":[{"type":"int32","field":"a"},)"
                                                  R"({"type":"string","optional":true,"default":"d","field":"s"}]})"};
  EXPECT_EQ(read(connect_form, R"({"a":5})"), "Struct{a=5,s=d} STRUCT");
  EXPECT_EQ(read(connect_form, R"({"s":"x"})"), "error: Invalid null value for required INT32 field");
  EXPECT_EQ(read(connect_form, "{").substr(0, 76),
            "error: Converting byte[] to Kafka Connect data failed due to serialization e");
  const JsonConfig json_schema{.schema_content = R"({"type":"object","properties":{"a":{"type":"integer"},"l":{"type":"array","items":{"type":"number"}}}})"};
  EXPECT_EQ(read(json_schema, R"({"a":5,"l":[1,2.5],"more":true})"), "Struct{a=5,l=[1.0, 2.5]} STRUCT");
  EXPECT_EQ(read({.schema_content = R"({"type":"array","items":{"type":"int8"}})"}, "[1,300]"), "[1, 44] ARRAY");
  EXPECT_EQ(read({.schema_content = R"({"type":"array","items":{"type":"integer"}})"}, "[1,300]"), "[1, 300] ARRAY");
  EXPECT_EQ(read({.schema_content = R"({"type":"string","optional":true})"}, "null"), "null STRING");
  // A tombstone stays one.
  JsonCodec codec(connect_form);
  OwnedArena arena;
  Value value = Value::int64(1);
  const weir_schema* schema = schemas::string();
  ASSERT_TRUE(codec.decode(std::nullopt, arena.view(), value, schema));
  EXPECT_TRUE(value.is_null());
  EXPECT_EQ(schema, nullptr);
}

TEST(JsonConverter, SchemasBesideMessagesAreCheckedWithTheConfig) {
  const auto problem = [](const ConfigMap& config) {
    ConfigProblems problems;
    (void)JsonCodec::describe().parse(config, problems);
    return problems.empty() ? "" : problems[0].key + ": " + problems[0].message;
  };
  EXPECT_EQ(problem({{"schema.content", R"({"type":"int8"})"}}), "");
  EXPECT_NE(problem({{"schema.content", R"({"type":"int9"})"}}).find("Unknown schema type: int9"), std::string::npos);
  EXPECT_NE(problem({{"schema.content", "{"}}).find("not JSON"), std::string::npos);
  EXPECT_NE(problem({{"schema.content", R"({"type":"object","properties":{"a":{"type":"any"}}})"}})
                .find("as a JSON Schema: #/properties/a: unknown type: \"any\""),
            std::string::npos);
  EXPECT_NE(problem({{"schema.content", R"({"type":"int8"})"}, {"schemas.enable", "false"}}).find("schemas.enable=true only"),
            std::string::npos);
  EXPECT_NE(problem({{"schema.content", R"({"type":"int8"})"}, {"schema.file", "/x"}}).find("not both"), std::string::npos);
  EXPECT_NE(problem({{"schema.file", "/nowhere/schema.json"}}).find("schema.file: Invalid value /nowhere/schema.json"), std::string::npos);
  const auto file = std::filesystem::temp_directory_path() / ("weir-schema-" + std::to_string(::getpid()) + ".json");
  std::ofstream(file) << R"({"type":"boolean"})";
  EXPECT_EQ(problem({{"schema.file", file.string()}}), "");
  JsonCodec codec(JsonConfig{.schema_file = file.string()});
  OwnedArena arena;
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(codec.decode("true", arena.view(), value, schema));
  EXPECT_TRUE(value.as_boolean());
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace weir::runtime::data
