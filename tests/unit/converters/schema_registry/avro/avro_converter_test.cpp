#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <converters/schema_registry/avro/avro_converter.hpp>
#include <memory>
#include <string>
#include <support/schema_registry.hpp>
#include <weir/testing/fake_host.hpp>

namespace weir::converters::schema_registry::avro {
namespace {

using namespace std::string_view_literals;
using test::SchemaRegistry;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using weir::testing::FakeTask;
using weir::testing::TestBatch;

class Rig {
 public:
  explicit Rig(const SchemaRegistry& registry, ConfigMap more = {}) {
    more.emplace("schema.registry.url", registry.url());
    more.emplace("retries.wait.ms", "1");
    ConfigProblems problems;
    auto config = AvroConverter::describe().parse(more, problems);
    EXPECT_TRUE(problems.empty()) << problems[0].message;
    converter_ = std::make_unique<AvroConverter>(std::move(config), host_.task());
  }
  AvroConverter& operator*() { return *converter_; }

  /// The record's bytes, or "error: ...".
  std::string write(const weir_schema* schema, const Value& value, const std::string& topic = "t",
                    Side side = Side::value) {
    TestBatch batch;
    weir_record& r = batch.add(topic);
    (side == Side::key ? r.key : r.value) = value;
    (side == Side::key ? r.key_schema : r.value_schema) = schema;
    auto view = batch.view();
    EXPECT_TRUE(converter_->encode(view, side));
    code_ = batch.failures().empty() ? Errc::ok : batch.failures().begin()->second.code;
    if (code_ != Errc::ok) {
      return "error: " + batch.failures().begin()->second.message;
    }
    const auto raw = batch[0].raw(side);
    return raw ? std::string(*raw) : "null";
  }

  /// The record's value in `batch`, or an error's text in error().
  Record read(TestBatch& batch, std::optional<std::string_view> raw, const std::string& topic = "t",
              Side side = Side::value) {
    weir_record& r = batch.add(topic);
    (side == Side::key ? r.raw_key : r.raw_value) =
        raw ? bytes_of(batch.arena().copy(*raw)) : kAbsent;
    auto view = batch.view();
    EXPECT_TRUE(converter_->decode(view, side));
    code_ = batch.failures().empty() ? Errc::ok : batch.failures().begin()->second.code;
    error_ = batch.failures().empty() ? "" : batch.failures().begin()->second.message;
    return batch[batch.size() - 1];
  }

  Errc code() const { return code_; }
  const std::string& error() const { return error_; }

 private:
  FakeTask host_{"c"};
  std::unique_ptr<AvroConverter> converter_;
  Errc code_{Errc::ok};
  std::string error_;
};

struct Sale {
  explicit Sale(bool stable = true) {
    schema = SchemaBuilder(memory.view(), Kind::structure, stable)
                 .name("shop.Sale")
                 .field("id", schemas::int64())
                 .field("note", schemas::string(true))
                 .build();
  }
  Value value(std::int64_t id, std::string_view note) {
    members[0] = {Value::string("id"), Value::int64(id)};
    members[1] = {Value::string("note"),
                  note.data() == nullptr ? Value::null() : Value::string(note)};
    return Value::structure(members, 2);
  }
  OwnedArena memory;
  const weir_schema* schema;
  weir_member members[2]{};
};

TEST(AvroConverter, WritesAndReads) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  const std::string bytes = rig.write(sale.schema, sale.value(7, "x"));
  EXPECT_EQ(bytes, "\0\0\0\0\1\x0e\2\2x"sv);
  EXPECT_THAT(registry.subjects(), ElementsAre("t-value"));
  EXPECT_EQ(
      registry.latest("t-value"),
      R"({"type":"record","name":"Sale","namespace":"shop","fields":[{"name":"id","type":"long"},)"
      R"({"name":"note","type":["null","string"],"default":null}],"connect.name":"shop.Sale"})");
  TestBatch batch;
  Record back = rig.read(batch, bytes);
  ASSERT_EQ(rig.error(), "");
  EXPECT_EQ(back.value().find("id")->as_integer(), 7);
  EXPECT_EQ(back.value().find("note")->text(), "x");
  ASSERT_NE(back.value_schema(), nullptr);
  EXPECT_EQ(back.value_schema()->name_text(), "shop.Sale");
  EXPECT_TRUE(back.value_schema()->stable());
  EXPECT_TRUE(back.value_schema()->has_version());  // the subject's
  EXPECT_EQ(back.value_schema()->version, 1);
}

TEST(AvroConverter, AsksTheRegistryOncePerSchemaAndTopic) {
  SchemaRegistry registry;
  Rig rig(registry);
  Sale sale;
  std::string bytes;
  for (int i = 0; i < 5; ++i) {
    bytes = rig.write(sale.schema, sale.value(i, "x"));
  }
  EXPECT_EQ(registry.requests().size(), 1u);
  rig.write(sale.schema, sale.value(1, "x"), "other");
  EXPECT_EQ(registry.requests().size(), 2u);
  for (int i = 0; i < 5; ++i) {
    TestBatch batch;
    rig.read(batch, bytes);
  }
  EXPECT_THAT(registry.requests(),
              ElementsAre("POST /subjects/t-value/versions", "POST /subjects/other-value/versions",
                          "GET /schemas/ids/1", "POST /subjects/t-value"));
}

TEST(AvroConverter, SchemasOfOneBatchAreNotConfusedWithTheNext) {
  SchemaRegistry registry;
  Rig rig(registry);
  OwnedArena memory;
  weir_schema changing = *schemas::int32();
  changing.flags = 0;  // lives in a batch's arena
  EXPECT_EQ(rig.write(&changing, Value::int32(1)), "\0\0\0\0\1\2"sv);
  changing.type = WEIR_KIND_STRING;
  EXPECT_THAT(rig.write(&changing, Value::string("a")),
              HasSubstr("409"));  // it has been seen as another schema
}

TEST(AvroConverter, NullIsNoMessage) {
  SchemaRegistry registry;
  Rig rig(registry);
  EXPECT_EQ(rig.write(nullptr, Value::null()), "null");
  EXPECT_EQ(rig.write(schemas::string(true), Value::null()), "null");
  EXPECT_THAT(rig.write(schemas::string(), Value::null()),
              HasSubstr("Found null value for non-optional schema"));
  TestBatch batch;
  Record back = rig.read(batch, std::nullopt);
  EXPECT_TRUE(back.value().is_null());
  EXPECT_EQ(back.value_schema(), nullptr);
  EXPECT_TRUE(registry.requests().empty());
}

TEST(AvroConverter, ValuesWithoutSchemaGoThroughAnything) {
  SchemaRegistry registry;
  Rig rig(registry);
  weir_value items[] = {Value::int64(5), Value::null(), Value::string("s"), Value::boolean(true)};
  weir_member members[] = {{Value::string("list"), Value::array(items, 4)},
                           {Value::int32(3), Value::float64(1.5)}};
  const std::string bytes = rig.write(nullptr, Value::map(members, 2));
  TestBatch batch;
  Record back = rig.read(batch, bytes);
  ASSERT_EQ(rig.error(), "");
  EXPECT_EQ(back.value_schema(), nullptr);
  ASSERT_TRUE(back.value().is(Kind::map));
  EXPECT_EQ(back.value().find("list")->items()[0].as_integer(), 5);
  EXPECT_TRUE(back.value().find("list")->items()[1].is_null());
  EXPECT_EQ(back.value().members()[1].name().type(), Kind::int32);
  EXPECT_THAT(rig.write(nullptr, Value::decimal("1.5")),
              HasSubstr("Unknown Java type for schemaless data: class java.math.BigDecimal"));
}

TEST(AvroConverter, SubjectsFollowTheStrategy) {
  SchemaRegistry registry;
  Rig rig(registry, {{"value.subject.name.strategy", "RecordNameStrategy"},
                     {"key.subject.name.strategy", "TopicRecordNameStrategy"}});
  Sale sale;
  rig.write(sale.schema, sale.value(1, "x"));
  rig.write(sale.schema, sale.value(1, "x"), "t", Side::key);
  EXPECT_THAT(registry.subjects(), ElementsAre("shop.Sale", "t-shop.Sale"));
  EXPECT_THAT(rig.write(schemas::int32(), Value::int32(1)),
              HasSubstr("value.subject.name.strategy"));
}

TEST(AvroConverter, ASchemaThatTheSubjectDoesNotHoldHasNoVersion) {
  SchemaRegistry registry;
  const auto id = registry.add(
      "elsewhere", R"({"type":"record","name":"R","fields":[{"name":"i","type":"int"}]})");
  Rig rig(registry);
  TestBatch batch;
  Record back = rig.read(batch, std::string("\0\0\0\0", 4) + static_cast<char>(id) + "\2");
  ASSERT_EQ(rig.error(), "");
  EXPECT_FALSE(back.value_schema()->has_version());
  EXPECT_EQ(back.value().find("i")->as_integer(), 1);
}

TEST(AvroConverter, ReadsWithTheSchemaThatWrote) {
  SchemaRegistry registry;
  const auto one = registry.add(
      "t-value", R"({"type":"record","name":"R","fields":[{"name":"i","type":"int"}]})");
  const auto two = registry.add(
      "t-value",
      R"({"type":"record","name":"R","fields":[{"name":"i","type":"long"},{"name":"s","type":"string","default":"d"}]})");
  Rig rig(registry);
  TestBatch batch;
  Record first = rig.read(batch, std::string("\0\0\0\0", 4) + static_cast<char>(one) + "\2");
  EXPECT_EQ(first.value().count, 1u);
  EXPECT_EQ(first.value_schema()->version, 1);
  TestBatch next;
  Record second = rig.read(next, std::string("\0\0\0\0", 4) + static_cast<char>(two) + "\2\2x");
  EXPECT_EQ(second.value().find("s")->text(), "x");
  EXPECT_EQ(second.value_schema()->version, 2);
}

TEST(AvroConverter, TypesMayComeFromReferences) {
  SchemaRegistry registry;
  registry.add(
      "money",
      R"({"type":"record","name":"Money","namespace":"n","fields":[{"name":"cents","type":"long"}]})");
  registry.add(
      "line",
      R"({"type":"record","name":"Line","namespace":"n","fields":[{"name":"price","type":"n.Money"}]})",
      "AVRO", R"([{"name":"n.Money","subject":"money","version":1}])");
  const auto id = registry.add(
      "t-value",
      R"({"type":"record","name":"Sale","namespace":"n","fields":[{"name":"lines","type":{"type":"array","items":"Line"}},{"name":"total","type":"Money"}]})",
      "AVRO", R"([{"name":"n.Line","subject":"line","version":1}])");
  Rig rig(registry);
  TestBatch batch;
  Record back = rig.read(
      batch, std::string("\0\0\0\0", 4) + static_cast<char>(id) + std::string("\4\2\4\0\6", 5));
  ASSERT_EQ(rig.error(), "");
  EXPECT_EQ(back.value().find("lines")->items()[1].find("price")->find("cents")->as_integer(), 2);
  EXPECT_EQ(back.value().find("total")->find("cents")->as_integer(), 3);
  EXPECT_EQ(back.value_schema()->version, 1);
}

TEST(AvroConverter, WritesWithTheLatestVersion) {
  SchemaRegistry registry;
  registry.add(
      "t-value",
      R"({"type":"record","name":"Sale","namespace":"shop","fields":[{"name":"note","type":["null","string"],"default":null},{"name":"id","type":"double"},{"name":"till","type":"int","default":4}]})");
  Rig rig(registry, {{"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  Sale sale;
  EXPECT_EQ(rig.write(sale.schema, sale.value(1, "x")),
            "\0\0\0\0\1\2\2x\0\0\0\0\0\0\xf0\x3f\x08"sv);
  EXPECT_EQ(registry.subjects().size(), 1u);
}

TEST(AvroConverter, RefusesALatestVersionThatCannotReadTheRecord) {
  SchemaRegistry registry;
  registry.add(
      "t-value",
      R"({"type":"record","name":"Sale","namespace":"shop","fields":[{"name":"id","type":"string"}]})");
  Rig rig(registry, {{"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  Sale sale;
  EXPECT_THAT(
      rig.write(sale.schema, sale.value(1, "x")),
      AllOf(HasSubstr("Incompatible schema"), HasSubstr("at id: long is not read as string"),
            HasSubstr("latest.compatibility.strict")));
  EXPECT_EQ(rig.code(), Errc::bad_record);
}

TEST(AvroConverter, ANewLatestVersionIsSeenAfterItsTime) {
  SchemaRegistry registry;
  registry.add("t-value", R"("int")");
  Rig rig(registry, {{"auto.register.schemas", "false"},
                     {"use.latest.version", "true"},
                     {"latest.cache.ttl.sec", "0"}});
  EXPECT_EQ(rig.write(schemas::int32(), Value::int32(1)), "\0\0\0\0\1\2"sv);
  registry.add("t-value", R"("double")");
  EXPECT_EQ(rig.write(schemas::int32(), Value::int32(1)), "\0\0\0\0\2\0\0\0\0\0\0\xf0\x3f"sv);
}

TEST(AvroConverter, DoesNotRegisterWhenItMayNot) {
  SchemaRegistry registry;
  Rig rig(registry, {{"auto.register.schemas", "false"}});
  EXPECT_THAT(rig.write(schemas::int32(), Value::int32(1)),
              AllOf(HasSubstr("Failed to serialize Avro data from topic t"), HasSubstr("40401")));
  EXPECT_TRUE(registry.subjects().empty());
}

TEST(AvroConverter, BadMessagesAreBadRecords) {
  SchemaRegistry registry;
  Rig rig(registry);
  for (const auto& [raw, why] :
       {std::pair<std::string, const char*>{"", "Unknown magic byte!"},
        {R"({"a":1})", "looks like plain JSON"},
        {std::string("\0\0\0", 3), "too short"},
        {std::string("\0\0\0\0\x63", 5), "Error retrieving Avro value schema for id 99"}}) {
    TestBatch batch;
    rig.read(batch, raw);
    EXPECT_THAT(rig.error(), AllOf(HasSubstr("Failed to deserialize data for topic t to Avro: "),
                                   HasSubstr(why)));
    EXPECT_EQ(rig.code(), Errc::bad_record);
  }
}

TEST(AvroConverter, SchemasOfOtherTypesNameTheirConverter) {
  SchemaRegistry registry;
  const auto id = registry.add("t-value", R"({"type":"object"})", "JSON");
  Rig rig(registry);
  TestBatch batch;
  rig.read(batch, std::string("\0\0\0\0", 4) + static_cast<char>(id));
  EXPECT_THAT(rig.error(), HasSubstr("JsonSchemaConverter"));
}

TEST(AvroConverter, AnOutageIsRetriableAndPasses) {
  SchemaRegistry registry;
  const auto id = registry.add("t-value", R"("int")");
  Rig rig(registry, {{"max.retries", "0"}});
  registry.fail_next(1, 503);
  EXPECT_THAT(rig.write(schemas::int32(), Value::int32(1)), HasSubstr("HTTP 503"));
  EXPECT_EQ(rig.code(), Errc::retriable);
  registry.fail_next(1, 503);
  TestBatch batch;
  rig.read(batch, std::string("\0\0\0\0", 4) + static_cast<char>(id) + "\2");
  EXPECT_EQ(rig.code(), Errc::retriable);
}

TEST(AvroConverter, OneBadRecordDoesNotStopTheBatch) {
  SchemaRegistry registry;
  const auto id = registry.add("t-value", R"("string")");
  Rig rig(registry);
  TestBatch batch;
  const std::string good = std::string("\0\0\0\0", 4) + static_cast<char>(id) + "\2a";
  for (const std::string& raw : {good, good.substr(0, 6), good}) {
    batch.add("t").raw_value = bytes_of(batch.arena().copy(raw));
  }
  auto view = batch.view();
  ASSERT_TRUE((*rig).decode(view, Side::value));
  ASSERT_EQ(batch.failures().size(), 1u);
  EXPECT_THAT(batch.failures().at(1).message,
              HasSubstr("schema id 1: Error deserializing Avro message"));
  EXPECT_EQ(batch[2].value().text(), "a");
}

}  // namespace
}  // namespace weir::converters::schema_registry::avro
