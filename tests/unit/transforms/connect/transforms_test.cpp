// What the conformance replays cannot see: sharing, laziness, caches, sources, config problems.
#include <components.hpp>
#include <cast.hpp>
#include <extract_field.hpp>
#include <flatten.hpp>
#include <headers.hpp>
#include <hoist_field.hpp>
#include <insert_field.hpp>
#include <mask_field.hpp>
#include <replace_field.hpp>
#include <timestamp_converter.hpp>
#include <value_to_key.hpp>

#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

namespace weir::transforms::connect {
namespace {

std::string json_of(const Value& v) {
  std::string out;
  json::write(v, out);
  return out;
}

struct One {
  testing::TestBatch batch;
  explicit One(std::string_view text) {
    batch.add("topic", 2, 42).value = *json::read(batch.arena().copy(text), batch.arena(), {.lazy = true});
  }
  template <class T>
  One& apply(T&& transform) {
    auto view = batch.view();
    EXPECT_TRUE(static_cast<Transform&>(transform).apply(view));
    return *this;
  }
  std::string value() { return batch.failures().empty() ? json_of(batch[0].value()) : batch.failures().at(0).message; }
};

TEST(Transforms, MaskingTheKeyLeavesTheValueAlone) {
  One one(R"({"a":{"b":1,"c":2}})");
  one.apply(ValueToKey({.fields = {"a"}})).apply(ExtractField<Side::key>({.field = "a"}));
  one.apply(MaskField<Side::key>({.fields = {"b"}}));
  EXPECT_EQ(R"({"b":0,"c":2})", json_of(one.batch[0].key()));
  EXPECT_EQ(R"({"a":{"b":1,"c":2}})", one.value());
}

TEST(Transforms, MaskChangesACopy) {
  One one(R"({"a":1})");
  const Value before = one.batch[0].value();
  one.apply(MaskField<Side::value>({.fields = {"a"}}));
  EXPECT_EQ(R"({"a":0})", one.value());
  EXPECT_EQ(R"({"a":1})", json_of(before));
}

TEST(Transforms, LazyFieldsStayLazyWhereNobodyLooks) {
  One one(R"({"a":{"b":1},"c":1})");
  InsertField<Side::value> insert({.topic = "t"});  // the name of its field lives as long as it does
  one.apply(ReplaceField<Side::value>({.exclude = {"c"}})).apply(insert);
  EXPECT_TRUE(one.batch[0].value().find("a")->is_lazy());
  EXPECT_EQ(R"({"a":{"b":1},"t":"topic"})", one.value());
  one.apply(MaskField<Side::value>({.fields = {"a"}}));
  EXPECT_EQ(R"({"a":{},"t":"topic"})", one.value());
}

TEST(Transforms, ALazyValueIsOpenedWhenItBecomesTheRecord) {
  One one(R"({"a":{"b":{"c":1},"d":[1]}})");
  one.apply(ExtractField<Side::value>({.field = "a"}));
  EXPECT_TRUE(one.batch[0].value().is_lazy());
  one.apply(Flatten<Side::value>({.delimiter = "_"}));
  EXPECT_EQ(R"({"b_c":1,"d":[1]})", one.value());
}

TEST(Transforms, FlattenOfManyCollidingNames) {
  std::string text = "{";
  for (int i = 0; i < 300; ++i) {
    text += "\"n" + std::to_string(i) + "\":{\"x\":1},\"n" + std::to_string(i) + ".x\":2,";
  }
  One one(text + "\"end\":1}");
  one.apply(Flatten<Side::value>({}));
  const Value v = one.batch[0].value();
  EXPECT_EQ(301u, v.count);
  // Which of the two stays is decided by the order of Java's map.
  int twos = 0;
  for (const Member& m : v.members()) {
    twos += m.item().as_integer() == 2 ? 1 : 0;
  }
  EXPECT_GT(twos, 50);
  EXPECT_LT(twos, 250);
}

TEST(Transforms, OffsetIsForSinksOnly) {
  testing::TestBatch batch;
  weir_record& r = batch.add("t");
  r.origin_offset = -1;
  r.value = *json::read("{}", batch.arena());
  InsertField<Side::value> insert({.offset = "o"});
  auto view = batch.view();
  ASSERT_TRUE(static_cast<Transform&>(insert).apply(view));
  EXPECT_EQ("Only SinkRecord supported for [field insertion], found: org.apache.kafka.connect.source.SourceRecord",
            batch.failures().at(0).message);
  EXPECT_EQ(Errc::bad_record, batch.failures().at(0).code);
}

TEST(Transforms, AStableSchemaIsRebuiltOnce) {
  OwnedArena task;
  const weir_schema* stable = SchemaBuilder(task.view(), Kind::structure, true).field("a", schemas::int32()).build();
  InsertField<Side::value> insert({.topic = "t"});
  const weir_schema* first = nullptr;
  for (int i = 0; i < 3; ++i) {
    testing::TestBatch batch;
    weir_record& r = batch.add("topic");
    weir_member members[1] = {member("a", Value::int32(i))};
    r.value = Value::structure(members, 1);
    r.value_schema = stable;
    auto view = batch.view();
    ASSERT_TRUE(static_cast<Transform&>(insert).apply(view));
    const Schema* made = batch[0].value_schema();
    EXPECT_TRUE(made->stable());
    first = first == nullptr ? made : first;
    EXPECT_EQ(first, made);
    EXPECT_EQ("{\"a\":" + std::to_string(i) + ",\"t\":\"topic\"}", json_of(batch[0].value()));
  }
}

TEST(Transforms, ASchemaOfTheBatchIsRebuiltInTheBatch) {
  InsertField<Side::value> insert({.topic = "t"});
  testing::TestBatch batch;
  for (int i = 0; i < 2; ++i) {
    auto* members = batch.arena().array<weir_member>(1);
    members[0] = member("a", Value::int32(i));
    weir_record& r = batch.add("topic");
    r.value = Value::structure(members, 1);
    r.value_schema = SchemaBuilder(batch.arena(), Kind::structure).field(i == 0 ? "a" : "b", schemas::int32()).build();
  }
  auto view = batch.view();
  ASSERT_TRUE(static_cast<Transform&>(insert).apply(view));
  EXPECT_FALSE(batch[0].value_schema()->stable());
  EXPECT_NE(batch[0].value_schema(), batch[1].value_schema());
  EXPECT_EQ("b", text_of(batch[1].value_schema()->fields[0].name));
}

TEST(Transforms, DropHeadersKeepsTheOthersInOrder) {
  One one("1");
  Record record = one.batch[0];
  for (const char* name : {"a", "x", "b", "x"}) {
    record.add_header(name, Value::string(name));
  }
  one.apply(DropHeaders({.headers = {"x"}}));
  ASSERT_EQ(2u, one.batch[0].headers().size());
  EXPECT_EQ("b", one.batch[0].headers()[1].name_text());
}

std::string problems_of(std::string_view component, const ConfigMap& config) {
  const weir_plugin* plugin = components();
  std::string out;
  for (std::size_t i = 0; i < plugin->component_count; ++i) {
    const weir_component& c = plugin->components[i];
    if (text_of(c.name) != component) {
      continue;
    }
    std::vector<weir_pair> pairs;
    for (const auto& [key, value] : config) {
      pairs.push_back({bytes_of(key), bytes_of(value)});
    }
    weir_config_errors errors{&out, [](void* ctx, weir_bytes key, weir_bytes message) {
                                static_cast<std::string*>(ctx)->append(text_of(key)).append(": ").append(text_of(message)).append("; ");
                              }};
    c.validate(pairs.data(), pairs.size(), &errors);
    return out;
  }
  return "no such component";
}

TEST(Transforms, ConfigProblemsNameTheirKey) {
  EXPECT_EQ("", problems_of("Cast$Value", {{"spec", "a:int8"}}));
  EXPECT_EQ("spec: Invalid type found in casting spec: foo; ", problems_of("Cast$Value", {{"spec", "a:foo"}}));
  EXPECT_EQ(0u, problems_of("MaskField$Value", {}).find("fields: Missing required configuration \"fields\""));
  EXPECT_EQ(0u, problems_of("InsertField$Key", {}).find("topic.field: No field insertion configured"));
  EXPECT_EQ(0u, problems_of("RegexRouter", {{"regex", "("}, {"replacement", "x"}}).find("regex: Invalid value ("));
  EXPECT_EQ(0u, problems_of("TimestampConverter$Value", {{"target.type", "string"}}).find("format: TimestampConverter requires format"));
  EXPECT_EQ(0u, problems_of("ExtractField$Value", {{"field", "`a"}, {"field.syntax.version", "V2"}}).find("field: Incomplete backtick pair"));
  EXPECT_EQ(0u, problems_of("HasHeaderKey", {{"name", ""}}).find("name: "));
}

TEST(Transforms, EveryComponentHasItsJavaName) {
  const weir_plugin* plugin = components();
  EXPECT_EQ(29u, plugin->component_count);
  for (std::size_t i = 0; i < plugin->component_count; ++i) {
    const weir_component& c = plugin->components[i];
    ASSERT_EQ(1u, c.alias_count) << text_of(c.name);
    const std::string_view java = text_of(c.aliases[0]);
    EXPECT_EQ(text_of(c.name), java.substr(java.rfind('.') + 1));
    EXPECT_TRUE(c.kind == WEIR_COMPONENT_TRANSFORM || c.kind == WEIR_COMPONENT_PREDICATE);
    EXPECT_NE(nullptr, c.documentation.data);
  }
}

// ---- field.syntax.version=V2

constexpr std::string_view kNestedValue = R"({"a":{"b":{"c":"5","d":7},"x.y":1},"n":null,"s":"t"})";

TEST(NestedFields, EachTransformWorksWhereThePathEnds) {
  constexpr auto v2 = FieldSyntax::v2;
  EXPECT_EQ(R"({"a":{"b":{"c":5,"d":7},"x.y":"1"},"n":null,"s":"t"})",
            One(kNestedValue).apply(Cast<Side::value>({.spec = {"a.b.c:int32", "a.`x.y`:string", "q.r:int8", "n.z:int8"}, .syntax = v2})).value());
  EXPECT_EQ(R"({"a":{"b":{"c":"","d":7},"x.y":1},"n":null,"s":""})",
            One(kNestedValue).apply(MaskField<Side::value>({.fields = {"a.b.c", "s"}, .syntax = v2})).value());
  EXPECT_EQ(R"({"a":{"b":{"c":"5"},"x.y":1},"n":null,"s":"t"})",
            One(kNestedValue).apply(ReplaceField<Side::value>({.exclude = {"a.b.d"}, .syntax = v2})).value());
  EXPECT_EQ(R"({"a":{"e":{"c":"5"}},"t":"t"})",
            One(kNestedValue).apply(ReplaceField<Side::value>({.include = {"a.b.c", "s"}, .renames = {"a.b:e", "s:t"}, .syntax = v2})).value());
  EXPECT_EQ(R"({"a":{"b":{"c":"5","d":7},"x.y":1}})",
            One(kNestedValue).apply(ReplaceField<Side::value>({.include = {"a", "a.b.c"}, .syntax = v2})).value())
      << "what lies under a field that is kept whole is kept";
  EXPECT_EQ(R"({"a":{"b":{"c":"5","d":7,"t":"topic"},"x.y":1},"n":null,"s":"t","m":{"o":"v"}})",
            One(kNestedValue).apply(InsertField<Side::value>({.topic = "a.b.t!", .static_field = "m.o", .static_value = "v", .syntax = v2})).value());
  EXPECT_EQ(R"({"a":{"b":{"c":"5","d":7},"x.y":"1970"},"n":null,"s":"t"})",
            One(kNestedValue).apply(TimestampConverter<Side::value>({.field = "a.`x.y`", .target = "string", .format = "yyyy", .syntax = v2})).value());
  EXPECT_EQ(R"({"p":{"q":{"k":1}}})", One(R"({"k":1})").apply(HoistField<Side::value>({.field = "p.q", .syntax = v2})).value());
}

TEST(NestedFields, KeysAndHeadersAreTakenFromPaths) {
  One one(kNestedValue);
  ValueToKey to_key({.fields = {"a.b.d", "s"}, .syntax = FieldSyntax::v2});  // records borrow names
  one.apply(to_key);
  EXPECT_EQ(R"({"d":7,"s":"t"})", json_of(one.batch[0].key()));
  HeaderFrom<Side::value> to_headers(
      {.fields = {"a.b.c", "q.r"}, .headers = {"h", "i"}, .operation = "move", .syntax = FieldSyntax::v2});
  one.apply(to_headers);
  EXPECT_EQ(R"({"a":{"b":{"d":7},"x.y":1},"n":null,"s":"t"})", one.value());
  EXPECT_EQ("5", one.batch[0].header("h")->item().text());
  EXPECT_TRUE(one.batch[0].header("i")->item().is_null());
}

TEST(NestedFields, AStepOfAnotherTypeFailsTheRecordAndAMissingOneChangesNothing) {
  EXPECT_EQ("Only Map objects supported in absence of schema for [mask fields], found: java.lang.String",
            One(kNestedValue).apply(MaskField<Side::value>({.fields = {"s.x"}, .syntax = FieldSyntax::v2})).value());
  EXPECT_EQ(kNestedValue, One(kNestedValue).apply(MaskField<Side::value>({.fields = {"q.x", "n.x"}, .syntax = FieldSyntax::v2})).value());
}

TEST(NestedFields, SchemasAroundAreCopiedAndKept) {
  testing::TestBatch batch;
  OwnedArena memory;
  const weir_schema* inner = SchemaBuilder(memory.view(), Kind::structure, true).name("In").optional().field("c", schemas::string()).build();
  const weir_schema* outer = SchemaBuilder(memory.view(), Kind::structure, true).name("Out").version(3).field("a", inner).build();
  Cast<Side::value> cast({.spec = {"a.c:int32"}, .syntax = FieldSyntax::v2});
  const weir_schema* first = nullptr;
  for (const bool null : {true, false}) {
    weir_record& r = batch.add("t", 0, 0);
    auto* in = batch.arena().array<weir_member>(1);
    in[0] = member("c", Value::string("5"));
    auto* out = batch.arena().array<weir_member>(1);
    out[0] = member("a", null ? Value() : Value::structure(in, 1));
    r.value = Value::structure(out, 1);
    r.value_schema = outer;
  }
  auto view = batch.view();
  ASSERT_TRUE(static_cast<Transform&>(cast).apply(view));
  ASSERT_TRUE(batch.failures().empty());
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const Schema* made = batch[i].value_schema();
    EXPECT_EQ("Out", made->name_text());
    EXPECT_EQ(3, made->version);
    EXPECT_EQ("In", weir::view(made->field("a")->schema)->name_text());
    EXPECT_TRUE(weir::view(made->field("a")->schema)->optional());
    EXPECT_EQ(std::uint32_t{WEIR_KIND_INT32}, weir::view(made->field("a")->schema)->field("c")->schema->type);
    first = first == nullptr ? made : first;
    EXPECT_EQ(first, made) << "one schema for records with and without the nested value";
  }
  EXPECT_TRUE(batch[0].value().members()[0].item().is_null());
  EXPECT_EQ(5, batch[1].value().members()[0].item().members()[0].item().as_integer());
  EXPECT_EQ(std::uint32_t{WEIR_KIND_STRING}, inner->fields[0].schema->type) << "the incoming schema stays as it is";
}

TEST(NestedFields, BrokenPathsAreRefused) {
  ConfigProblems problems;
  (void)MaskField<Side::value>::describe().parse({{"fields", "`a"}, {"field.syntax.version", "V2"}}, problems);
  ASSERT_EQ(1u, problems.size());
  EXPECT_EQ("fields", problems[0].key);
  EXPECT_NE(std::string::npos, problems[0].message.find("Incomplete backtick pair in path: [`a]"));
}

}  // namespace
}  // namespace weir::transforms::connect
