#include "runtime/worker/client_configs.hpp"

#include <gtest/gtest.h>

namespace weir::runtime::worker {
namespace {

config::WorkerConfig worker(ConfigMap more = {}) {
  more.insert({{"group.id", "g"}, {"config.storage.topic", "c"}, {"offset.storage.topic", "o"}, {"status.storage.topic", "s"},
               {"key.converter", "x"}, {"value.converter", "x"}});
  return *config::WorkerConfig::create(more, false);
}

TEST(ClientConfigsTest, PrefixesAndOverridesInTheirOrder) {
  const auto config = worker({{"security.protocol", "SSL"}, {"producer.linger.ms", "7"}, {"producer.acks", "1"}, {"consumer.fetch.min.bytes", "9"}});
  const ClientConfigs clients(config, "b:1");
  const ConfigMap connector = {{"producer.override.acks", "all"}, {"consumer.override.group.id", "mine"}, {"consumer.override.enable.auto.commit", "true"}};
  const auto producer = clients.producer(connector, "id");
  EXPECT_EQ(producer.get("bootstrap.servers"), "b:1");
  EXPECT_EQ(producer.get("linger.ms"), "7");
  EXPECT_EQ(producer.get("acks"), "all");
  EXPECT_EQ(producer.get("delivery.timeout.ms"), "2147483647");
  EXPECT_FALSE(producer.contains("security.protocol")) << "connector clients do not inherit what has no prefix";
  const auto consumer = clients.consumer(connector, "name", "id");
  EXPECT_EQ(consumer.get("group.id"), "mine");
  EXPECT_EQ(consumer.get("fetch.min.bytes"), "9");
  EXPECT_EQ(consumer.get("auto.offset.reset"), "earliest");
  EXPECT_EQ(consumer.get("enable.auto.commit"), "false") << "the worker relies on it";
  EXPECT_EQ(clients.consumer({}, "name", "id").get("group.id"), "connect-name");
  EXPECT_EQ(clients.internal("configs").get("security.protocol"), "SSL");
  EXPECT_EQ(clients.internal("configs").get("client.id"), "g-configs");
  EXPECT_EQ(clients.admin({}, "id").get("security.protocol"), "SSL");
}

TEST(ClientConfigsTest, TheWorkersClientIdStandsInItsOwn) {
  const auto config = worker({{"client.id", "w1"}});
  EXPECT_EQ(ClientConfigs(config, "b").internal_client_id("offsets"), "g-w1-offsets");
}

}  // namespace
}  // namespace weir::runtime::worker
