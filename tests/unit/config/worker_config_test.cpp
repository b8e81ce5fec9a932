#include "runtime/config/worker_config.hpp"

#include <gmock/gmock.h>

namespace weir::runtime::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ConfigMap distributed() {
  return {{"group.id", "g"}, {"config.storage.topic", "c"}, {"offset.storage.topic", "o"}, {"status.storage.topic", "s"},
          {"key.converter", "StringConverter"}, {"value.converter", "JsonConverter"}};
}
WorkerConfig made(const ConfigMap& file, bool embedded = false) {
  auto config = WorkerConfig::create(file, embedded);
  EXPECT_TRUE(config) << config.error().message;
  return config ? *config : WorkerConfig{};
}
std::string refusal(const ConfigMap& file) {
  auto config = WorkerConfig::create(file, false);
  return config ? std::string("accepted") : config.error().message;
}

TEST(WorkerConfigTest, AFileWithoutClusterKeysIsStandalone) {
  const auto config = made({{"bootstrap.servers", "b:9092"}, {"offset.storage.file.filename", "/tmp/x"}});
  EXPECT_TRUE(config.standalone);
  EXPECT_EQ(config.group_id, "weir");
  EXPECT_EQ(config.config_topic, "weir-configs");
  EXPECT_EQ(config.offset_topic, "weir-offsets");
  EXPECT_EQ(config.status_topic, "weir-status");
  EXPECT_EQ(config.key_converter, "org.apache.kafka.connect.json.JsonConverter");
  EXPECT_EQ(config.listeners, std::vector<std::string>{"http://127.0.0.1:8083"});
  EXPECT_EQ(config.worker_id, "127.0.0.1:8083");
  EXPECT_EQ(config.config_replication_factor, 3);
  EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("offset.storage.file.filename is not read")));
}

TEST(WorkerConfigTest, SomeClusterKeysWithoutTheOthersAreRefused) {
  EXPECT_EQ(refusal({{"group.id", "g"}, {"key.converter", "x"}, {"value.converter", "x"}, {"config.storage.topic", "c"}}),
            "Missing required configuration \"offset.storage.topic\" which has no default value.\n"
            "Missing required configuration \"status.storage.topic\" which has no default value.");
  auto file = distributed();
  file.erase("key.converter");
  EXPECT_EQ(refusal(file), "Missing required configuration \"key.converter\" which has no default value.");
}

TEST(WorkerConfigTest, EmbeddedNeedsNoKey) {
  const auto config = made({}, true);
  EXPECT_EQ(config.group_id, "weir");
  EXPECT_EQ(config.config_replication_factor, 1);
}

TEST(WorkerConfigTest, SortsPrefixedKeys) {
  auto file = distributed();
  file.insert({{"producer.acks", "all"}, {"consumer.max.poll.records", "5"}, {"admin.request.timeout.ms", "7"},
               {"security.protocol", "SSL"}, {"request.timeout.ms", "40000"}, {"config.storage.replication.factor", "-1"},
               {"config.storage.min.insync.replicas", "2"}, {"config.storage.cleanup.policy", "delete"},
               {"value.converter.schemas.enable", "false"}, {"rest.advertised.host.name", "w1"}, {"rest.advertised.port", "80"}});
  const auto config = made(file);
  EXPECT_FALSE(config.standalone);
  EXPECT_EQ(config.producer, (ConfigMap{{"acks", "all"}}));
  EXPECT_EQ(config.consumer, (ConfigMap{{"max.poll.records", "5"}}));
  EXPECT_EQ(config.admin, (ConfigMap{{"request.timeout.ms", "7"}}));
  EXPECT_EQ(config.client, (ConfigMap{{"security.protocol", "SSL"}, {"request.timeout.ms", "40000"}}));
  EXPECT_EQ(config.config_topic_settings, (ConfigMap{{"min.insync.replicas", "2"}}));
  EXPECT_EQ(config.value_converter_settings, (ConfigMap{{"schemas.enable", "false"}}));
  EXPECT_EQ(config.worker_id, "w1:80");
  EXPECT_TRUE(config.warnings.empty()) << config.warnings[0];
}

TEST(WorkerConfigTest, UnknownKeysAreWarnedOf) {
  auto file = distributed();
  file["ofset.flush.interval.ms"] = "1";
  file["producer.ackz"] = "1";
  EXPECT_THAT(made(file).warnings,
              ElementsAre("Unknown key \"ofset.flush.interval.ms\" is ignored; did you mean \"offset.flush.interval.ms\"?",
                          "Unknown key \"producer.ackz\" is ignored: no client of Kafka has a property \"ackz\"; did you mean "
                          "\"producer.acks\"?"));
  EXPECT_FALSE(WorkerConfig::create(file, false, true));
}

TEST(WorkerConfigTest, ReportsEveryProblem) {
  auto file = distributed();
  file["config.storage.replication.factor"] = "0";
  file["offset.storage.partitions"] = "0";
  file["listeners"] = "nonsense";
  EXPECT_EQ(refusal(file),
            "Invalid value 0 for configuration config.storage.replication.factor: Replication factor must be larger than 0, or -1 to use the "
            "broker's default\n"
            "Invalid value 0 for configuration offset.storage.partitions: Number of partitions must be larger than 0, or -1 to use the "
            "broker's default\n"
            "Invalid value nonsense for configuration listeners: Listener must be of the form http://host:port or https://host:port");
  file = distributed();
  file["offset.flush.interval.ms"] = "soon";
  EXPECT_EQ(refusal(file), "Invalid value soon for configuration offset.flush.interval.ms: Not a number of type LONG");
  file = distributed();
  file["status.storage.topic"] = "c";
  EXPECT_THAT(refusal(file), HasSubstr("three different topics"));
}

TEST(WorkerConfigTest, ResolvesReferencesButNotInPluginPath) {
  ::setenv("WEIR_TEST_GROUP", "from-env", 1);
  auto file = distributed();
  file["config.providers"] = "env";
  file["config.providers.env.class"] = "EnvVarConfigProvider";
  file["config.providers.env.param.allowlist.pattern"] = "WEIR_TEST_.*";
  file["group.id"] = "${env:WEIR_TEST_GROUP}";
  file["plugin.path"] = "${env:WEIR_TEST_GROUP}";
  const auto config = made(file);
  EXPECT_EQ(config.group_id, "from-env");
  EXPECT_THAT(config.plugin_path, ElementsAre("${env:WEIR_TEST_GROUP}"));
  EXPECT_TRUE(config.warnings.empty());
}

TEST(WorkerConfigTest, ARefusalNamesTheReferencesThatWereNotResolved) {
  auto file = distributed();
  file["config.providers"] = "env";
  file["config.providers.env.class"] = "EnvVarConfigProvider";
  file["listeners"] = "${env:WEIR_TEST_NOT_SET}";
  EXPECT_THAT(refusal(file),
              HasSubstr("\n${env:WEIR_TEST_NOT_SET} of \"listeners\" stays as it is: "));
}

TEST(WorkerConfigTest, KnowsThePolicies) {
  auto file = distributed();
  file["connector.client.config.override.policy"] = "Principal";
  EXPECT_EQ(made(file).override_policy, OverridePolicy::principal);
  file["connector.client.config.override.policy"] = "org.apache.kafka.connect.connector.policy.NoneConnectorClientConfigOverridePolicy";
  EXPECT_EQ(made(file).override_policy, OverridePolicy::none);
}

}  // namespace
}  // namespace weir::runtime::config
