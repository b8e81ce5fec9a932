#include "runtime/kafka/property_rules.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::runtime::kafka {
namespace {

TEST(PropertyRules, RefusesWhatRunsCodeReadsFilesOrBelongsToTheWorker) {
  for (const char* key : {"plugin.library.paths",
                          "sasl.kerberos.kinit.cmd",
                          "ssl.engine.location",
                          "ssl.providers",
                          "debug",
                          "opaque",
                          "sasl.oauthbearer.token.endpoint.url",
                          "test.mock.num.brokers",
                          "test.anything",
                          "dr_msg_cb",
                          "rebalance_cb",
                          "something_cb",
                          "transactional.id",
                          "group.instance.id",
                          "enable.auto.commit",
                          "auto.commit.enable",
                          "offset.store.path",
                          "interceptors",
                          "default_topic_conf",
                          "enabled_events",
                          "delivery.report.only.error"}) {
    const auto refused = check_override(key);
    ASSERT_TRUE(refused.has_value()) << key;
    EXPECT_NE(refused->find(key), std::string::npos) << *refused;
  }
}

TEST(PropertyRules, RefusesWhatIsNoClientProperty) {
  EXPECT_TRUE(check_override("no.such.property").has_value());
  EXPECT_TRUE(check_override("").has_value());
  EXPECT_TRUE(check_override("PLUGIN.LIBRARY.PATHS").has_value());
}

TEST(PropertyRules, AllowsWhatKafkaConnectUsersSet) {
  for (const char* key : {"group.id",
                          "client.id",
                          "bootstrap.servers",
                          "isolation.level",
                          "linger.ms",
                          "batch.size",
                          "acks",
                          "compression.type",
                          "max.poll.records",
                          "fetch.max.wait.ms",
                          "auto.offset.reset",
                          "security.protocol",
                          "sasl.mechanism",
                          "sasl.jaas.config",
                          "sasl.username",
                          "max.request.size",
                          "buffer.memory",
                          "key.serializer",
                          "interceptor.classes",
                          "ssl.truststore.certificates",
                          "queued.max.messages.kbytes",
                          "fetch.queue.backoff.ms",
                          "partition.assignment.strategy",
                          "delivery.timeout.ms",
                          "enable.idempotence",
                          "client.rack"}) {
    EXPECT_FALSE(check_override(key).has_value())
        << key << ": " << check_override(key).value_or("");
  }
}

TEST(PropertyRules, FilesMustLieInsideTheSecretsFoldersAfterLinksAreResolved) {
  const auto base =
      std::filesystem::temp_directory_path() / ("weir-rules-" + std::to_string(::getpid()));
  std::filesystem::create_directories(base / "secrets");
  std::filesystem::create_directories(base / "secrets-other");
  std::ofstream(base / "secrets/ca.pem") << "x";
  std::ofstream(base / "outside.pem") << "x";
  std::filesystem::create_symlink(base / "outside.pem", base / "secrets/link.pem");
  const std::vector<std::string> roots{(base / "secrets").string()};
  EXPECT_FALSE(check_override("ssl.ca.location", (base / "secrets/ca.pem").string(), roots));
  EXPECT_FALSE(
      check_override("ssl.truststore.location", (base / "secrets/ca.pem").string(), roots));
  EXPECT_TRUE(check_override("ssl.ca.location", (base / "secrets/link.pem").string(), roots));
  EXPECT_TRUE(check_override("ssl.ca.location", (base / "secrets/../outside.pem").string(), roots));
  EXPECT_TRUE(check_override("ssl.ca.location", (base / "secrets-other/x.pem").string(), roots));
  EXPECT_TRUE(check_override("ssl.ca.location", "/etc/passwd", roots));
  EXPECT_TRUE(check_override("ssl.key.location", (base / "secrets/ca.pem").string(), {}));
  EXPECT_TRUE(check_override("sasl.kerberos.keytab", "/etc/krb5.keytab", roots));
  std::filesystem::remove_all(base);
}

TEST(PropertyRules, AssignmentStrategyAndLoginModuleAreCheckedByValue) {
  EXPECT_FALSE(check_override("partition.assignment.strategy", "range, roundrobin", {}));
  EXPECT_FALSE(check_override("partition.assignment.strategy",
                              "org.apache.kafka.clients.consumer.RangeAssignor", {}));
  EXPECT_TRUE(check_override("partition.assignment.strategy", "cooperative-sticky", {}));
  EXPECT_TRUE(check_override("partition.assignment.strategy",
                             "org.apache.kafka.clients.consumer.RangeAssignor,"
                             "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
                             {}));
  EXPECT_TRUE(check_override("partition.assignment.strategy", "", {}));
  EXPECT_TRUE(check_override("sasl.jaas.config",
                             "com.sun.security.auth.module.JndiLoginModule required a=\"b\";", {}));
  EXPECT_FALSE(check_override("sasl.jaas.config",
                              "x.PlainLoginModule required username=\"a\" password=\"b\";", {}));
}

}  // namespace
}  // namespace weir::runtime::kafka
