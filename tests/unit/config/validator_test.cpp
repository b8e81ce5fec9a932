#include "runtime/config/validator.hpp"

#include <gmock/gmock.h>

#include "fixtures.hpp"

namespace weir::runtime::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ValidatorTest : public ::testing::Test {
 protected:
  ValidatorTest() { fixtures::fill(registry); }

  Validation run(RawConfig config, bool strict = false) {
    const auto name = config.at("connector.class");
    return Validator(registry, worker, strict).validate(*registry.find_connector(*name), config);
  }
  static std::vector<std::string> errors(const Validation& v) {
    std::vector<std::string> out;
    for (const auto& key : v.configs) {
      for (const auto& error : key.errors) {
        out.push_back(key.name + " | " + error);
      }
    }
    return out;
  }
  static const ValidatedKey* key(const Validation& v, std::string_view name) {
    for (const auto& k : v.configs) {
      if (k.name == name) {
        return &k;
      }
    }
    return nullptr;
  }
  RawConfig sink(RawConfig more = {}) {
    more.insert({{"name", "s"}, {"connector.class", "test_sink"}, {"topics", "a,b"}, {"api.url", "http://x"}});
    return more;
  }
  plugin::Registry registry;
  WorkerConfig worker = fixtures::worker();
};

TEST_F(ValidatorTest, AGoodConfigHasNoErrorsAndNoWarnings) {
  const auto v = run(sink({{"api.password", "tops3cret"}, {"extra.a.b", "1"}, {"key.converter", "Json"}, {"key.converter.schemas.enable", "false"},
                           {"transforms", "d"}, {"transforms.d.type", "org.example.transforms.Drop"}, {"transforms.d.field", "x"},
                           {"transforms.d.predicate", "p"}, {"predicates", "p"}, {"predicates.p.type", "Always"},
                           {"breaker.open.ms", "5"}, {"consumer.override.max.poll.records", "7"}}));
  EXPECT_THAT(errors(v), IsEmpty());
  EXPECT_THAT(v.warnings, ::testing::Not(Contains(HasSubstr("nknown"))));
  EXPECT_EQ(key(v, "api.password")->value, "[hidden]");
  EXPECT_THAT(v.secrets, Contains("tops3cret"));
  EXPECT_EQ(key(v, "max.retries")->value, "3") << "a connector changes a default of the runtime's keys";
  EXPECT_EQ(key(v, "max.retries")->definition->default_value, "3");
  EXPECT_EQ(key(v, "tasks.max")->value, "1");
  EXPECT_THAT(v.groups, ElementsAre("Common", "Transforms", "Predicates", "Error Handling", "Retries", "Circuit Breaker", "Transforms: d", "Predicates: p"));
  EXPECT_EQ(v.name, "test_sink");
}

TEST_F(ValidatorTest, ReportsEverythingAtOnce) {
  auto config = sink({{"tasks.max", "x"}, {"errors.tolerance", "some"}, {"transforms", "a,a,b"}, {"transforms.b.type", "Nope"},
                      {"value.converter", "Nope"}, {"breaker.on.open", "divert"}});
  config.erase("api.url");
  config.erase("name");
  EXPECT_THAT(errors(run(config)),
              ElementsAre("name | Missing required configuration \"name\" which has no default value.",
                          "tasks.max | Invalid value x for configuration tasks.max: Not a number of type INT",
                          "value.converter | Invalid value Nope for configuration value.converter: Class Nope could not be found.",
                          "transforms | Invalid value [a, a, b] for configuration transforms: Duplicate alias provided.",
                          "errors.tolerance | Invalid value some for configuration errors.tolerance: String must be one of: none, all",
                          "breaker.on.open | Invalid value divert for configuration breaker.on.open: String must be one of: pause",
                          "transforms.a.type | Missing required configuration \"transforms.a.type\" which has no default value.",
                          "transforms.b.type | Invalid value Nope for configuration transforms.b.type: Class Nope could not be found.",
                          "api.url | Missing required configuration \"api.url\" which has no default value."));
}

TEST_F(ValidatorTest, NamesATransformsOptionWithItsPrefix) {
  EXPECT_THAT(errors(run(sink({{"transforms", "d"}, {"transforms.d.type", "Drop"}}))),
              ElementsAre("transforms.d.field | Missing required configuration \"transforms.d.field\" which has no default value."));
}

TEST_F(ValidatorTest, ErrorTextIsKafkaConnects) {
  auto config = sink();
  config.erase("api.url");
  EXPECT_EQ(run(config).error_text(),
            "Connector configuration is invalid and contains the following 1 error(s):\n"
            "Missing required configuration \"api.url\" which has no default value.\n"
            "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`");
}

TEST_F(ValidatorTest, ChecksTheTopicsOfASink) {
  EXPECT_THAT(errors(run(sink({{"topics.regex", "x.*"}}))),
              Contains("topics | topics and topics.regex are mutually exclusive options, but both are set."));
  auto none = sink();
  none.erase("topics");
  EXPECT_THAT(errors(run(none)), Contains("topics | Must configure one of topics or topics.regex"));
  none["topics.regex"] = "(";
  EXPECT_THAT(errors(run(none)), Contains(HasSubstr("topics.regex | Invalid value ( for configuration topics.regex: not a regular expression")));
  EXPECT_THAT(errors(run(sink({{"errors.deadletterqueue.topic.name", "b"}}))),
              ElementsAre("topics | The DLQ topic 'b' may not be included in the list of topics ('topics=a, b') consumed by the connector"));
  none["topics.regex"] = "dlq.*";
  none["errors.deadletterqueue.topic.name"] = "dlq.x";
  EXPECT_EQ(errors(run(none)).size(), 1u);
  EXPECT_THAT(errors(run(sink({{"consumer.override.group.id", "g"}}))),
              ElementsAre("name | Consumer group for sink connector named s conflicts with Connect worker group g"));
}

TEST_F(ValidatorTest, ChecksNames) {
  EXPECT_THAT(errors(run({{"name", "a\nb\x7f"}, {"connector.class", "test_source"}})),
              ElementsAre("name | Invalid value a\nb\x7f for configuration name: String may not contain control sequences but had the following "
                          "ASCII chars: 10, 127"));
  EXPECT_THAT(errors(run({{"name", ""}, {"connector.class", "test_source"}})),
              ElementsAre("name | Invalid value  for configuration name: String may not be empty"));
}

TEST_F(ValidatorTest, NullsAreErrors) {
  EXPECT_THAT(errors(run(sink({{"api.colour", std::nullopt}, {"tasks.max", std::nullopt}}))),
              ElementsAre("tasks.max | Null value can not be supplied as the configuration value.",
                          "api.colour | Null value can not be supplied as the configuration value."));
}

TEST_F(ValidatorTest, WarnsOfUnknownKeysWithTheNearest) {
  const auto v = run(sink({{"topic", "x"}, {"braeker.open.ms", "5"}, {"zzz", "1"}, {"transforms", "drop"}, {"transforms.drop.type", "Drop"},
                           {"transforms.drop.field", "f"}, {"transforms.dorp.field", "f"}, {"transforms.drop.feild", "f"},
                           {"value.converter.schemas.enable", "true"}}));
  EXPECT_THAT(errors(v), IsEmpty());
  EXPECT_THAT(v.warnings,
              ElementsAre("Key \"value.converter.schemas.enable\" is ignored: it counts only together with \"value.converter\" in the connector",
                          "Unknown key \"braeker.open.ms\" is ignored; did you mean \"breaker.open.ms\"?",
                          "Unknown key \"topic\" is ignored; did you mean \"topics\"?",
                          "Unknown key \"transforms.dorp.field\" is ignored: \"transforms\" does not list \"dorp\"; did you mean "
                          "\"transforms.drop.field\"?",
                          "Unknown key \"transforms.drop.feild\" is ignored; did you mean \"transforms.drop.field\"?",
                          "Unknown key \"zzz\" is ignored."));
}

TEST_F(ValidatorTest, KeysOfAConverterThatDoesNotKnowThemAreUnknown) {
  EXPECT_THAT(run(sink({{"value.converter", "Json"}, {"value.converter.schema.enable", "true"}})).warnings,
              ElementsAre("Unknown key \"value.converter.schema.enable\" is ignored; did you mean \"value.converter.schemas.enable\"?"));
}

TEST_F(ValidatorTest, StrictMakesUnknownKeysErrors) {
  const auto v = run(sink({{"topic", "x"}}), true);
  EXPECT_THAT(errors(v), ElementsAre("topic | Unknown key \"topic\" is ignored; did you mean \"topics\"?"));
  EXPECT_FALSE(key(v, "topic")->definition);
}

TEST_F(ValidatorTest, ObeysTheOverridePolicy) {
  EXPECT_THAT(errors(run(sink({{"consumer.override.plugin.library.paths", "/tmp/evil.so"}}))), ::testing::SizeIs(1));
  worker.override_policy = OverridePolicy::none;
  EXPECT_THAT(errors(run(sink({{"consumer.override.fetch.min.bytes", "2"}}))),
              ElementsAre("consumer.override.fetch.min.bytes | The 'None' policy does not allow 'fetch.min.bytes' to be overridden in the connector "
                          "configuration."));
  worker.override_policy = OverridePolicy::principal;
  EXPECT_THAT(errors(run(sink({{"consumer.override.fetch.min.bytes", "2"}}))), ::testing::SizeIs(1));
}

TEST_F(ValidatorTest, ChecksTheValuesOfOverrides) {
  EXPECT_THAT(errors(run(sink({{"consumer.override.session.timeout.ms", "soon"}}))), ElementsAre(HasSubstr("consumer.override.session.timeout.ms | ")));
}

TEST_F(ValidatorTest, AnOverrideThatNoClientHasNamesTheNearestOne) {
  EXPECT_THAT(errors(run(sink({{"consumer.override.max.poll.recods", "5"}}))),
              ElementsAre(HasSubstr("'max.poll.recods' is not a client property that a connector can set; did you mean "
                                    "'consumer.override.max.poll.records'?")));
}

TEST_F(ValidatorTest, TheSizeOfTheBatchesIsNoUnknownProperty) {
  EXPECT_THAT(run(sink({{"consumer.override.max.poll.records", "7"}})).warnings, IsEmpty());
  EXPECT_THAT(run(sink({{"consumer.override.interceptor.classes", "x.Y"}})).warnings,
              ElementsAre("consumer.override.*: Client property 'interceptor.classes' has no "
                          "counterpart in librdkafka and is ignored"));
}

TEST_F(ValidatorTest, ARelaysProducerMustBeIdempotent) {
  const auto relay = [&](const std::string& key, const std::string& value) {
    return run({{"name", "r"},
                {"connector.class", "relay"},
                {"topics", "a"},
                {"topic", "b"},
                {"producer.override." + key, value}});
  };
  EXPECT_THAT(errors(relay("acks", "1")), ElementsAre(HasSubstr("producer.override.acks | ")));
  EXPECT_THAT(errors(relay("enable.idempotence", "false")),
              ElementsAre(HasSubstr("producer.override.enable.idempotence | ")));
  EXPECT_THAT(errors(relay("acks", "all")), IsEmpty());
}

TEST_F(ValidatorTest, KeysThatDoNothingAreUnknown) {
  for (const char* key : {"breaker.probe.url", "breaker.events.topic", "breaker.divert.topic"}) {
    EXPECT_THAT(run(sink({{key, "x"}})).warnings,
                ElementsAre(HasSubstr(std::string("Unknown key \"") + key + "\" is ignored")));
  }
}

TEST_F(ValidatorTest, AClassThatIsNotFoundHasItsNearestName) {
  const auto v = run(sink(
      {{"value.converter", "JsonConvertor"}, {"transforms", "d"}, {"transforms.d.type", "Dropp"}}));
  EXPECT_THAT(errors(v), ::testing::SizeIs(2));
  EXPECT_THAT(v.warnings, ElementsAre("transforms.d.type: did you mean \"Drop\"?",
                                      "value.converter: did you mean \"JsonConverter\"?"));
}

TEST_F(ValidatorTest, ConvertersOfTheWorkerThatNobodyHasAreErrors) {
  EXPECT_THAT(missing_converters(registry, worker), IsEmpty());
  worker.value_converter = "JsonConvertor";
  EXPECT_THAT(missing_converters(registry, worker),
              ElementsAre("Invalid value JsonConvertor for configuration value.converter: Class "
                          "JsonConvertor could not be found.; "
                          "value.converter: did you mean \"JsonConverter\"?"));
}

TEST_F(ValidatorTest, KeysOfTheWorkersConvertersAreChecked) {
  worker.value_converter = "Json";
  worker.value_converter_settings = {{"schemas.enable", "false"}, {"schemas.enabel", "false"}};
  EXPECT_THAT(unknown_converter_keys(registry, worker),
              ElementsAre("Unknown key \"value.converter.schemas.enabel\" is ignored; did you mean \"value.converter.schemas.enable\"?"));
}

TEST_F(ValidatorTest, SourcesHaveDeadLettersToo) {
  const auto v = run({{"name", "s"}, {"connector.class", "test_source"}, {"errors.deadletterqueue.topic.name", "dlq"},
                      {"errors.deadletterqueue.topic.replication.factor", "0"}});
  EXPECT_THAT(v.warnings, IsEmpty());
  EXPECT_THAT(errors(v), ElementsAre(HasSubstr("errors.deadletterqueue.topic.replication.factor | Invalid value 0")));
}

TEST_F(ValidatorTest, ChecksARelay) {
  const RawConfig relay = {{"name", "r"}, {"connector.class", "relay"}, {"topics", "a"}, {"topic", "a"},
                           {"output.value.converter", "Json"}, {"output.value.converter.schemas.enable", "true"}, {"output.value.converter.x", "1"}};
  const auto v = run(relay);
  EXPECT_THAT(errors(v), ElementsAre("topic | Invalid value a for configuration topic: the relay consumes that topic itself"));
  EXPECT_THAT(v.warnings, ElementsAre(HasSubstr("\"output.value.converter.x\"")));
}

TEST_F(ValidatorTest, ChecksTopicCreationAndExactlyOnce) {
  const RawConfig source = {{"name", "r"}, {"connector.class", "test_source"}, {"topic.creation.groups", "hot"}, {"topic.creation.hot.include", "h.*"},
                            {"topic.creation.hot.retention.ms", "5"}, {"topic.creation.default.partitions", "0"}, {"exactly.once.support", "required"}};
  EXPECT_THAT(errors(run(source)),
              ElementsAre("exactly.once.support | This worker does not have exactly-once source support enabled.",
                          HasSubstr("topic.creation.default.replication.factor | Missing required configuration"),
                          HasSubstr("topic.creation.default.partitions | Invalid value 0")));
  EXPECT_THAT(run(source).warnings, IsEmpty());
}

TEST_F(ValidatorTest, ResolvesReferencesFirst) {
  ::setenv("WEIR_TEST_TASKS", "many", 1);
  worker = fixtures::worker({{"config.providers", "env"}, {"config.providers.env.class", "env"}});
  EXPECT_THAT(errors(run(sink({{"tasks.max", "${env:WEIR_TEST_TASKS}"}}))),
              ElementsAre("tasks.max | Invalid value many for configuration tasks.max: Not a number of type INT"));
  EXPECT_THAT(errors(run(sink({{"name", "${env:WEIR_TEST_TASKS}"}}))), ElementsAre(HasSubstr("name | Invalid value ${env:WEIR_TEST_TASKS}")));
}

}  // namespace
}  // namespace weir::runtime::config
