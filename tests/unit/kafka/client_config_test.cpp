#include "runtime/kafka/client_config.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/kafka/producer.hpp"
#include "runtime/kafka/properties.hpp"

namespace weir::runtime::kafka {
namespace {

std::string native(const Config& config, ClientRole role, const std::string& key) {
  const Translation t = config.translate(role);
  EXPECT_TRUE(t.errors.empty()) << (t.errors.empty() ? "" : t.errors.front().message);
  auto it = t.properties.find(key);
  return it == t.properties.end() ? "(absent)" : it->second;
}

bool refuses(const Config& config, ClientRole role, const std::string& key) {
  const Translation t = config.translate(role);
  return std::any_of(t.errors.begin(), t.errors.end(), [&](const KeyError& e) {
    return e.key == key && e.message.find(key) != std::string::npos;
  });
}

bool warns(const Config& config, ClientRole role, const std::string& text) {
  const Translation t = config.translate(role);
  return std::any_of(t.warnings.begin(), t.warnings.end(),
                     [&](const std::string& w) { return w.find(text) != std::string::npos; });
}

TEST(ClientConfig, JavaDefaultsWhereTheLibraryHasOthers) {
  EXPECT_EQ(native({}, ClientRole::consumer, "isolation.level"), "read_uncommitted");
  EXPECT_EQ(native({}, ClientRole::consumer, "partition.assignment.strategy"), "range,roundrobin");
  EXPECT_EQ(native({}, ClientRole::consumer, "queued.max.messages.kbytes"), "8192");
  EXPECT_EQ(native({}, ClientRole::consumer, "enable.auto.commit"), "false");
  EXPECT_EQ(native({}, ClientRole::producer, "partitioner"), "murmur2_random");
  EXPECT_EQ(native({}, ClientRole::producer, "enable.idempotence"), "true");
  EXPECT_EQ(native({}, ClientRole::producer, "message.max.bytes"), "1048576");
  EXPECT_EQ(native({}, ClientRole::admin, "allow.auto.create.topics"), "false");
  EXPECT_EQ(
      native({{"isolation.level", "read_committed"}}, ClientRole::consumer, "isolation.level"),
      "read_committed");
}

TEST(ClientConfig, EveryRoleMakesAConfigurationTheLibraryAccepts) {
  for (ClientRole role : {ClientRole::consumer, ClientRole::producer, ClientRole::admin}) {
    const auto conf = Config{{"bootstrap.servers", "127.0.0.1:1"}}.make_conf(role);
    EXPECT_TRUE(conf.has_value()) << (conf ? "" : conf.error().message);
  }
}

TEST(ClientConfig, TranslatesJavaNamesAndValues) {
  const ClientRole c = ClientRole::consumer;
  const ClientRole p = ClientRole::producer;
  EXPECT_EQ(native({{"auto.offset.reset", "none"}}, c, "auto.offset.reset"), "error");
  EXPECT_EQ(native({{"auto.offset.reset", "Earliest"}}, c, "auto.offset.reset"), "earliest");
  EXPECT_EQ(native({{"fetch.max.wait.ms", "250"}}, c, "fetch.wait.max.ms"), "250");
  EXPECT_EQ(native({{"partition.assignment.strategy",
                     "org.apache.kafka.clients.consumer.RoundRobinAssignor, "
                     "org.apache.kafka.clients.consumer.RangeAssignor"}},
                   c, "partition.assignment.strategy"),
            "roundrobin,range");
  EXPECT_EQ(native({{"max.poll.interval.ms", "2147483647"}}, c, "max.poll.interval.ms"),
            "86400000");
  EXPECT_EQ(native({{"request.timeout.ms", "40000"}}, c, "socket.timeout.ms"), "40000");
  EXPECT_EQ(native({{"request.timeout.ms", "40000"}}, p, "request.timeout.ms"), "40000");
  EXPECT_EQ(native({{"metadata.max.age.ms", "5000"}}, c, "topic.metadata.refresh.interval.ms"),
            "5000");
  EXPECT_EQ(native({{"metadata.max.age.ms", "5000"}}, c, "metadata.max.age.ms"), "15000");
  EXPECT_EQ(native({{"delivery.timeout.ms", "2147483647"}}, p, "delivery.timeout.ms"), "0");
  EXPECT_EQ(native({{"delivery.timeout.ms", "120000"}}, p, "delivery.timeout.ms"), "120000");
  EXPECT_EQ(native({{"buffer.memory", "33554432"}}, p, "queue.buffering.max.kbytes"), "32768");
  EXPECT_EQ(native({{"max.request.size", "2000000"}}, p, "message.max.bytes"), "2000000");
  EXPECT_EQ(native({{"batch.size", "0"}}, p, "batch.size"), "1");
  EXPECT_EQ(native({{"send.buffer.bytes", "-1"}}, p, "socket.send.buffer.bytes"), "0");
  EXPECT_EQ(native({{"fetch.max.bytes", "100000"}}, c, "message.max.bytes"), "100000");
}

TEST(ClientConfig, ReadsCredentialsOutOfJaas) {
  const Config config{{"security.protocol", "SASL_PLAINTEXT"},
                      {"sasl.mechanism", "PLAIN"},
                      {"sasl.jaas.config",
                       "org.apache.kafka.common.security.plain.PlainLoginModule required "
                       "username=\"u\" password=\"p\";"}};
  EXPECT_EQ(native(config, ClientRole::admin, "sasl.username"), "u");
  EXPECT_EQ(native(config, ClientRole::admin, "sasl.password"), "p");
  EXPECT_EQ(native(config, ClientRole::admin, "sasl.jaas.config"), "(absent)");
  EXPECT_TRUE(config.validate(ClientRole::admin).errors.empty());
}

TEST(ClientConfig, JavaKeyStoresAreRefusedAndPemOnesMapped) {
  const ClientRole r = ClientRole::consumer;
  EXPECT_TRUE(refuses({{"ssl.truststore.location", "/x/trust.jks"}}, r, "ssl.truststore.location"));
  EXPECT_TRUE(refuses({{"ssl.truststore.location", "/x/t.p12"}, {"ssl.truststore.type", "PKCS12"}},
                      r, "ssl.truststore.location"));
  EXPECT_TRUE(refuses({{"ssl.keystore.location", "/x/key.jks"}}, r, "ssl.keystore.location"));
  EXPECT_EQ(native({{"ssl.truststore.location", "/x/ca"}, {"ssl.truststore.type", "PEM"}}, r,
                   "ssl.ca.location"),
            "/x/ca");
  EXPECT_EQ(native({{"ssl.truststore.certificates", "PEM TEXT"}}, r, "ssl.ca.pem"), "PEM TEXT");
  const Config pem{{"ssl.keystore.location", "/x/k.pem"}, {"ssl.keystore.type", "PEM"}};
  EXPECT_EQ(native(pem, r, "ssl.key.location"), "/x/k.pem");
  EXPECT_EQ(native(pem, r, "ssl.certificate.location"), "/x/k.pem");
  const Config p12{{"ssl.keystore.location", "/x/k.p12"}, {"ssl.keystore.password", "s"}};
  EXPECT_EQ(native(p12, r, "ssl.keystore.location"), "/x/k.p12");
  EXPECT_EQ(native(p12, r, "ssl.keystore.password"), "s");
  EXPECT_EQ(native({{"ssl.endpoint.identification.algorithm", ""}}, r,
                   "ssl.endpoint.identification.algorithm"),
            "none");
  EXPECT_TRUE(warns({{"ssl.endpoint.identification.algorithm", ""}}, r, "not verified"));
  EXPECT_EQ(native({}, r, "ssl.endpoint.identification.algorithm"), "https");
}

TEST(ClientConfig, RefusesWhatCannotBeDone) {
  const ClientRole c = ClientRole::consumer;
  EXPECT_TRUE(refuses({{"partition.assignment.strategy", "cooperative-sticky"}}, c,
                      "partition.assignment.strategy"));
  EXPECT_TRUE(refuses({{"auto.offset.reset", "by_duration:PT1H"}}, c, "auto.offset.reset"));
  EXPECT_TRUE(refuses({{"group.protocol", "consumer"}}, c, "group.protocol"));
  EXPECT_TRUE(refuses({{"max.poll.interval.ms", "soon"}}, c, "max.poll.interval.ms"));
  EXPECT_TRUE(refuses({{"partitioner.class", "com.example.Mine"}}, ClientRole::producer,
                      "partitioner.class"));
  EXPECT_TRUE(refuses({{"plugin.library.paths", "/tmp/evil.so"}}, c, "plugin.library.paths"));
  EXPECT_TRUE(refuses({{"dr_msg_cb", "1"}}, ClientRole::producer, "dr_msg_cb"));
  EXPECT_TRUE(refuses({{"delivery.report.only.error", "true"}}, ClientRole::producer,
                      "delivery.report.only.error"));
}

TEST(ClientConfig, AllErrorsAreReportedAtOnce) {
  const auto conf =
      Config{{"max.poll.interval.ms", "x"}, {"auto.offset.reset", "by_duration:P1D"}}.make_conf(
          ClientRole::consumer);
  ASSERT_FALSE(conf.has_value());
  EXPECT_EQ(conf.error().code, Errc::bad_config);
  EXPECT_NE(conf.error().message.find("max.poll.interval.ms"), std::string::npos);
  EXPECT_NE(conf.error().message.find("auto.offset.reset"), std::string::npos);
}

TEST(ClientConfig, IgnoresWithAWarningWhatHasNoCounterpart) {
  EXPECT_TRUE(warns({{"key.deserializer", "x.Y"}}, ClientRole::consumer, "'key.deserializer'"));
  EXPECT_TRUE(
      warns({{"sasl.login.callback.handler.class", "x.Y"}}, ClientRole::consumer, "handler.class"));
  EXPECT_TRUE(warns({{"no.such.key", "1"}}, ClientRole::consumer, "'no.such.key'"));
  EXPECT_FALSE(warns({{"linger.ms", "1"}}, ClientRole::consumer,
                     "linger.ms"));  // another role's: silently left out
  EXPECT_EQ(native({{"linger.ms", "1"}}, ClientRole::consumer, "linger.ms"), "(absent)");
  EXPECT_EQ(native({{"group.id", "g"}}, ClientRole::admin, "group.id"), "(absent)");
}

TEST(ClientConfig, IdempotenceGivesWayToWhatForbidsItAsInJava) {
  const ClientRole p = ClientRole::producer;
  EXPECT_EQ(native({{"acks", "1"}}, p, "enable.idempotence"), "false");
  EXPECT_EQ(native({{"retries", "0"}}, p, "enable.idempotence"), "false");
  EXPECT_EQ(native({{"max.in.flight.requests.per.connection", "6"}}, p, "enable.idempotence"),
            "false");
  EXPECT_EQ(native({{"max.in.flight.requests.per.connection", "1"}}, p, "enable.idempotence"),
            "true");
  EXPECT_EQ(native({{"acks", "ALL"}}, p, "enable.idempotence"), "true");
  EXPECT_TRUE(warns({{"acks", "1"}}, p, "not idempotent"));
}

TEST(ClientConfig, WhatForbidsIdempotenceIsRefusedWhereItIsAskedFor) {
  const ClientRole p = ClientRole::producer;
  EXPECT_TRUE(refuses({{"enable.idempotence", "true"}, {"acks", "1"}}, p, "acks"));
  EXPECT_TRUE(refuses({{"transactional.id", "t"}, {"request.required.acks", "0"}}, p,
                      "request.required.acks"));
  EXPECT_TRUE(refuses({{"enable.idempotence", "TRUE"}, {"retries", "0"}}, p, "retries"));
  EXPECT_TRUE(
      refuses({{"enable.idempotence", "true"}, {"max.in.flight", "6"}}, p, "max.in.flight"));
  EXPECT_FALSE(refuses({{"enable.idempotence", "true"}, {"acks", "-1"}}, p, "acks"));
}

TEST(ClientConfig, AProducerThatTheLibraryRefusesIsAnErrorAndNoCrash) {
  const auto producer = Producer::create(Config{{"bootstrap.servers", "127.0.0.1:1"},
                                                {"security.protocol", "ssl"},
                                                {"ssl.ca.location", "/no/such/file"}});
  ASSERT_FALSE(producer);
  EXPECT_EQ(producer.error().code, Errc::bad_config);
}

TEST(ClientConfig, TheSizeOfTheWorkersBatchesIsChecked) {
  EXPECT_FALSE(warns({{"max.poll.records", "500"}}, ClientRole::consumer, "max.poll.records"));
  EXPECT_TRUE(refuses({{"max.poll.records", "0"}}, ClientRole::consumer, "max.poll.records"));
  EXPECT_TRUE(refuses({{"max.poll.records", "many"}}, ClientRole::consumer, "max.poll.records"));
}

TEST(ClientConfig, ATransactionsTimeLimitIsNotOverruledByAnInfiniteDeliveryTimeout) {
  EXPECT_EQ(native({{"transactional.id", "t"}, {"delivery.timeout.ms", "2147483647"}},
                   ClientRole::producer, "delivery.timeout.ms"),
            "(absent)");
  EXPECT_EQ(native({{"transactional.id", "t"}, {"delivery.timeout.ms", "10000"}},
                   ClientRole::producer, "delivery.timeout.ms"),
            "10000");
}

TEST(ClientConfig, ValidateTriesTheValuesAndNeverQuotesSecrets) {
  const auto t = Config{{"linger.ms", "minus one"}}.validate(ClientRole::producer);
  ASSERT_EQ(t.errors.size(), 1U);
  EXPECT_EQ(t.errors[0].key, "linger.ms");
  const auto ssl = Config{{"ssl.key.pem", "s3cret"}}.validate(ClientRole::producer);
  for (const auto& e : ssl.errors) {
    EXPECT_EQ(e.message.find("s3cret"), std::string::npos);
  }
}

TEST(ClientConfig, LoggableHidesSecretsAndUnknownKeys) {
  const auto shown =
      Config{{"sasl.password", "s"}, {"ssl.key.pem", "s"},      {"sasl.jaas.config", "s"},
             {"my.token", "s"},      {"ssl.keystore.key", "s"}, {"bootstrap.servers", "b:1"}}
          .loggable();
  EXPECT_EQ(shown.at("bootstrap.servers"), "b:1");
  for (const char* key :
       {"sasl.password", "ssl.key.pem", "sasl.jaas.config", "my.token", "ssl.keystore.key"}) {
    EXPECT_EQ(shown.at(key), "[hidden]") << key;
  }
}

TEST(ClientConfig, LaterSettingsWin) {
  Config base{{"linger.ms", "1"}, {"acks", "all"}};
  base.merge({{"linger.ms", "2"}})
      .set_default("linger.ms", "3")
      .set_default("client.id", "x")
      .erase("acks");
  EXPECT_EQ(base.get("linger.ms"), "2");
  EXPECT_EQ(base.get("client.id"), "x");
  EXPECT_FALSE(base.contains("acks"));
}

}  // namespace
}  // namespace weir::runtime::kafka
