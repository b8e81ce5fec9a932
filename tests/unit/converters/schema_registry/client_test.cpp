#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <converters/schema_registry/client.hpp>
#include <converters/schema_registry/writer_schema.hpp>
#include <string>
#include <support/schema_registry.hpp>

namespace weir::converters::schema_registry {
namespace {

using test::SchemaRegistry;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kInt = R"("int")";

RegistryConfig config_for(const SchemaRegistry& registry, ConfigMap more = {}) {
  more.emplace("schema.registry.url", registry.url());
  more.emplace("retries.wait.ms", "1");
  ConfigProblems problems;
  auto config = registry_keys<RegistryConfig>().parse(more, problems);
  EXPECT_TRUE(problems.empty()) << problems[0].message;
  return config;
}

SchemaText avro(std::string text) { return {SchemaType::avro, std::move(text), {}}; }

TEST(RegistryClient, AsksForAnIdOnce) {
  SchemaRegistry registry;
  const auto id = registry.add("s", kInt);
  Client client(config_for(registry));
  for (int i = 0; i < 3; ++i) {
    const auto schema = client.by_id(id);
    ASSERT_TRUE(schema);
    EXPECT_EQ((*schema)->schema.text, kInt);
    EXPECT_EQ((*schema)->schema.type, SchemaType::avro);
  }
  EXPECT_THAT(registry.requests(), ElementsAre("GET /schemas/ids/1"));
}

TEST(RegistryClient, RegistersLooksUpAndFindsVersions) {
  SchemaRegistry registry;
  Client client(config_for(registry));
  const auto id = client.register_schema("my topic/ü-value", avro(kInt));
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(*id, 1);
  EXPECT_THAT(registry.subjects(), ElementsAre("my topic/ü-value"));
  const auto found = client.look_up("my topic/ü-value", avro(R"( "int" )"));
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->version, 1);
  EXPECT_EQ((*found)->id, 1);
  const auto latest = client.latest("my topic/ü-value");
  ASSERT_TRUE(latest);
  EXPECT_EQ((*latest)->schema.text, kInt);
  const auto one = client.by_version("my topic/ü-value", 1);
  ASSERT_TRUE(one);
  EXPECT_EQ((*one)->id, 1);
}

TEST(RegistryClient, RefusalsAreBadRecordsWithTheRegistrysWords) {
  SchemaRegistry registry;
  registry.add("s", kInt);
  Client client(config_for(registry));
  const auto unknown = client.by_id(99);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::bad_record);
  EXPECT_THAT(unknown.error().message,
              AllOf(HasSubstr("GET /schemas/ids/99"), HasSubstr("error code: 40403")));
  EXPECT_THAT(client.latest("other").error().message, HasSubstr("40401"));
  EXPECT_THAT(client.by_version("s", 5).error().message, HasSubstr("40402"));
  EXPECT_THAT(client.register_schema("t", avro(R"({"type":"record"})")).error().message,
              HasSubstr("42201"));
  const auto incompatible = client.register_schema("s", avro(R"("string")"));
  ASSERT_FALSE(incompatible);
  EXPECT_EQ(incompatible.error().code, Errc::bad_record);
  EXPECT_THAT(incompatible.error().message, AllOf(HasSubstr("409"), HasSubstr("incompatible")));
}

TEST(RegistryClient, AFailureIsRepeatedFromMemoryForAMoment) {
  SchemaRegistry registry;
  Client client(config_for(registry));
  EXPECT_FALSE(client.by_id(7));
  EXPECT_FALSE(client.by_id(7));
  EXPECT_EQ(registry.requests().size(), 1u);
}

TEST(RegistryClient, TriesAgainAfterAServerError) {
  SchemaRegistry registry;
  const auto id = registry.add("s", kInt);
  registry.fail_next(2, 503);
  Client client(config_for(registry));
  EXPECT_TRUE(client.by_id(id));
  EXPECT_EQ(registry.requests().size(), 3u);
}

TEST(RegistryClient, IsRetriableWhenTheTriesAreOver) {
  SchemaRegistry registry;
  registry.fail_next(100, 500);
  Client client(config_for(registry, {{"max.retries", "1"}}));
  const auto failed = client.by_id(1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::retriable);
  EXPECT_THAT(failed.error().message, HasSubstr("HTTP 500"));
  EXPECT_EQ(registry.requests().size(), 2u);
}

TEST(RegistryClient, AClosedConnectionIsRetriable) {
  SchemaRegistry registry;
  registry.fail_next(100, 0);
  Client client(config_for(registry, {{"max.retries", "0"}}));
  EXPECT_EQ(client.by_id(1).error().code, Errc::retriable);
}

TEST(RegistryClient, TakesTheNextInstance) {
  SchemaRegistry registry;
  const auto id = registry.add("s", kInt);
  Client client(config_for(
      registry,
      {{"schema.registry.url", "http://127.0.0.1:1," + registry.url()}, {"max.retries", "0"}}));
  EXPECT_TRUE(client.by_id(id));
  EXPECT_TRUE(client.latest("s"));
}

TEST(RegistryClient, NobodyThereIsRetriableAndNamesTheInstance) {
  ConfigProblems problems;
  const auto config = registry_keys<RegistryConfig>().parse(
      {{"schema.registry.url", "http://me:secret@127.0.0.1:1"},
       {"max.retries", "1"},
       {"retries.wait.ms", "1"}},
      problems);
  Client client(config);
  const auto failed = client.by_id(1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::retriable);
  EXPECT_THAT(failed.error().message,
              AllOf(HasSubstr("http://127.0.0.1:1"), ::testing::Not(HasSubstr("secret"))));
}

TEST(RegistryClient, StopsWaitingWhenTheTaskStops) {
  SchemaRegistry registry;
  registry.fail_next(100, 503);
  auto config = config_for(registry);
  config.retry_wait = std::chrono::hours(1);
  config.retry_wait_max = std::chrono::hours(1);
  Client client(config, [asked = 0]() mutable { return ++asked > 3; });
  EXPECT_EQ(client.by_id(1).error().code, Errc::retriable);
}

TEST(RegistryClient, SendsUserAndPassword) {
  SchemaRegistry registry;
  const auto id = registry.add("s", kInt);
  registry.require_user("me:p@ss");
  EXPECT_TRUE(Client(config_for(registry, {{"basic.auth.credentials.source", "USER_INFO"},
                                           {"basic.auth.user.info", "me:p@ss"}}))
                  .by_id(id));
  const std::string in_url = "http://me:p%40ss@" + registry.url().substr(7);
  EXPECT_TRUE(Client(config_for(registry, {{"schema.registry.url", in_url}})).by_id(id));
  const auto refused = Client(config_for(registry)).by_id(id);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::retriable);  // never a dead letter
  EXPECT_THAT(refused.error().message, HasSubstr("basic.auth.*"));
}

TEST(RegistryClient, SendsTokenAndHeaders) {
  SchemaRegistry registry;
  const auto id = registry.add("s", kInt);
  registry.require_header("authorization", "Bearer abc");
  Client client(config_for(registry, {{"bearer.auth.credentials.source", "STATIC_TOKEN"},
                                      {"bearer.auth.token", "abc"},
                                      {"bearer.auth.logical.cluster", "lsrc-1"},
                                      {"request.header.X-Team", "blue"}}));
  ASSERT_TRUE(client.by_id(id));
  const auto seen = registry.seen().back();
  EXPECT_EQ(seen.header("target-sr-cluster"), "lsrc-1");
  EXPECT_EQ(seen.header("x-team"), "blue");
  EXPECT_THAT(seen.header("accept"), HasSubstr("application/vnd.schemaregistry.v1+json"));
}

TEST(RegistryClient, AsksForNormalSchemas) {
  SchemaRegistry registry;
  Client client(config_for(registry, {{"normalize.schemas", "true"}}));
  EXPECT_TRUE(client.register_schema("s", avro(kInt)));
  EXPECT_TRUE(client.look_up("s", avro(kInt)));
  EXPECT_THAT(registry.requests(), ElementsAre("POST /subjects/s/versions?normalize=true",
                                               "POST /subjects/s?normalize=true"));
}

TEST(RegistryClient, LimitsAnAnswer) {
  SchemaRegistry registry;
  const auto id =
      registry.add("s", R"({"type":"string","doc":")" + std::string(5000, 'x') + R"("})");
  const auto refused = Client(config_for(registry, {{"response.max.bytes", "1024"}})).by_id(id);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("response.max.bytes=1024"));
}

TEST(RegistryClient, AnAnswerThatIsNoRegistrysIsRetriable) {
  testing::StubServer other([](const testing::Seen&, std::size_t) {
    return testing::Reply{.status = 200, .body = "<html>"};
  });
  ConfigProblems problems;
  const auto config =
      registry_keys<RegistryConfig>().parse({{"schema.registry.url", other.url("")}}, problems);
  const auto failed = Client(config).by_id(1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::retriable);
  EXPECT_THAT(failed.error().message, HasSubstr("is schema.registry.url a schema registry?"));
}

constexpr const char* kA =
    R"({"type":"record","name":"A","namespace":"n","fields":[{"name":"i","type":"int"}]})";
constexpr const char* kB =
    R"({"type":"record","name":"B","namespace":"n","fields":[{"name":"a","type":"n.A"}]})";

TEST(RegistryClient, ResolvesReferencesInOrder) {
  SchemaRegistry registry;
  registry.add("a", kA);
  registry.add("b", kB, "AVRO", R"([{"name":"n.A","subject":"a","version":1}])");
  Client client(config_for(registry));
  const SchemaText schema{SchemaType::avro, R"(["n.A","n.B"])", {{"n.B", "b", 1}, {"n.A", "a", 1}}};
  const auto id = client.register_schema("c", schema);
  ASSERT_TRUE(id) << id.error().message;
  Client reader(config_for(registry));
  const auto back = reader.by_id(*id);
  ASSERT_TRUE(back);
  EXPECT_EQ((*back)->schema.references, schema.references);
  const auto resolved = reader.resolve((*back)->schema);
  ASSERT_TRUE(resolved);
  ASSERT_EQ(resolved->size(), 2u);
  EXPECT_EQ((*resolved)[0].name, "n.A");
  EXPECT_EQ((*resolved)[0].text, kA);
  EXPECT_EQ((*resolved)[1].name, "n.B");
  EXPECT_THAT(reader.resolve({SchemaType::avro, "", {{"x", "nowhere", 1}}}).error().message,
              HasSubstr("Reference x"));
}

TEST(RegistryClient, RefusesACircleOfReferences) {
  testing::StubServer circle([](const testing::Seen&, std::size_t) {
    return testing::Reply{
        .body = R"({"id":1,"schema":"x","references":[{"name":"a","subject":"a","version":1}]})"};
  });
  ConfigProblems problems;
  Client client(
      registry_keys<RegistryConfig>().parse({{"schema.registry.url", circle.url("")}}, problems));
  EXPECT_THAT(client.resolve({SchemaType::avro, "", {{"a", "a", 1}}}).error().message,
              HasSubstr("references itself"));
}

TEST(RegistryClient, AsksAgainForTheLatestAfterItsTime) {
  SchemaRegistry registry;
  registry.add("s", kInt);
  Client forever(config_for(registry));
  Client never(config_for(registry, {{"latest.cache.ttl.sec", "0"}}));
  EXPECT_TRUE(forever.latest("s"));
  EXPECT_TRUE(never.latest("s"));
  registry.add("s", R"("long")");
  EXPECT_EQ((*forever.latest("s"))->schema.text, kInt);
  EXPECT_EQ((*never.latest("s"))->schema.text, R"("long")");
}

// ---- which schema is written with
// -----------------------------------------------------------------------------------

Result<void> always(const RegisteredSchema&, const SchemaText&) { return {}; }
Result<void> never(const RegisteredSchema&, const SchemaText&) { return bad_record("no"); }

TEST(WriterSchemas, RegistersByDefault) {
  SchemaRegistry registry;
  const auto config = config_for(registry);
  Client client(config);
  WriterSchemas writers(config, client);
  const auto chosen = writers.choose("s", avro(kInt), never);
  ASSERT_TRUE(chosen);
  EXPECT_EQ((*chosen)->id, 1);
  EXPECT_FALSE(writers.changes());
}

TEST(WriterSchemas, OnlyLooksUpWhenItMayNotRegister) {
  SchemaRegistry registry;
  const auto config = config_for(registry, {{"auto.register.schemas", "false"}});
  Client client(config);
  WriterSchemas writers(config, client);
  const auto missing = writers.choose("s", avro(kInt), never);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message,
              AllOf(HasSubstr("auto.register.schemas=false"), HasSubstr("40401")));
  registry.add("t", kInt);
  const auto chosen = writers.choose("t", avro(kInt), never);
  ASSERT_TRUE(chosen);
  EXPECT_EQ((*chosen)->id, 1);
}

TEST(WriterSchemas, TakesTheLatestWhenItFits) {
  SchemaRegistry registry;
  registry.add("s", R"("long")");
  const auto config =
      config_for(registry, {{"auto.register.schemas", "false"}, {"use.latest.version", "true"}});
  Client client(config);
  WriterSchemas writers(config, client);
  const auto chosen = writers.choose("s", avro(kInt), always);
  ASSERT_TRUE(chosen);
  EXPECT_EQ((*chosen)->schema.text, R"("long")");
  const auto refused = writers.choose("s", avro(kInt), never);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("latest.compatibility.strict=false"));
  const auto same = writers.choose("s", avro(R"("long")"), never);
  EXPECT_TRUE(same);
  EXPECT_THAT(writers.choose("s", {SchemaType::json, "{}", {}}, always).error().message,
              HasSubstr("of type AVRO, not JSON"));
}

TEST(WriterSchemas, TakesTheSchemaOfAnId) {
  SchemaRegistry registry;
  registry.add("s", kInt);
  const auto id = registry.add("t", R"("long")");
  const auto config = config_for(
      registry, {{"auto.register.schemas", "false"}, {"use.schema.id", std::to_string(id)}});
  Client client(config);
  WriterSchemas writers(config, client);
  const auto chosen = writers.choose("s", avro(kInt), always);
  ASSERT_TRUE(chosen);
  EXPECT_EQ((*chosen)->id, id);
  EXPECT_THAT(writers.choose("s", avro(kInt), never).error().message,
              HasSubstr("id.compatibility.strict=false"));
}

}  // namespace
}  // namespace weir::converters::schema_registry
