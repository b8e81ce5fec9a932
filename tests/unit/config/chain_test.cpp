#include "runtime/config/chain.hpp"

#include <gmock/gmock.h>

#include "fixtures.hpp"

namespace weir::runtime::config {
namespace {

class ChainTest : public ::testing::Test {
 protected:
  ChainTest() { fixtures::fill(registry); }
  plugin::Registry registry;
  WorkerConfig worker = fixtures::worker();
};

TEST_F(ChainTest, KeepsTheOrderAndTakesTheRuntimesKeysOut) {
  auto chain = build_chain({{"transforms", "b, a"}, {"transforms.a.type", "Drop"}, {"transforms.a.field", "x"}, {"transforms.b.type", "Drop"},
                            {"transforms.b.field", "y"}, {"transforms.b.predicate", "p"}, {"transforms.b.negate", "TRUE"},
                            {"predicates", "p"}, {"predicates.p.type", "Always"}, {"predicates.p.more", "1"}},
                           registry);
  ASSERT_TRUE(chain) << chain.error().message;
  ASSERT_EQ(chain->size(), 2u);
  EXPECT_EQ((*chain)[0].alias, "b");
  EXPECT_EQ((*chain)[0].config, (ConfigMap{{"field", "y"}}));
  EXPECT_TRUE((*chain)[0].negate);
  EXPECT_EQ((*chain)[0].predicate->name(), "Always");
  EXPECT_EQ((*chain)[0].predicate_config, (ConfigMap{{"more", "1"}}));
  EXPECT_EQ((*chain)[1].predicate, nullptr);
  EXPECT_TRUE(build_chain({}, registry)->empty());
  EXPECT_TRUE(build_chain({{"transforms", ""}}, registry)->empty());
}

TEST_F(ChainTest, NamesWhatIsMissing) {
  const auto refusal = [&](const ConfigMap& config) { return build_chain(config, registry).error().message; };
  EXPECT_EQ(refusal({{"transforms", "a"}}), "Missing required configuration \"transforms.a.type\" which has no default value.");
  EXPECT_EQ(refusal({{"transforms", "a"}, {"transforms.a.type", "X"}}), "Invalid value X for configuration transforms.a.type: Class X could not be found.");
  EXPECT_EQ(refusal({{"transforms", "a"}, {"transforms.a.type", "Drop"}, {"transforms.a.predicate", "p"}}),
            "Invalid value p for configuration transforms.a.predicate: \"predicates\" does not list \"p\"");
}

TEST_F(ChainTest, AConverterIsTheConnectorsWholeOrTheWorkersWhole) {
  auto value = choose_converter("value.converter", {{"value.converter.schemas.enable", "true"}}, worker, registry);
  ASSERT_TRUE(value);
  EXPECT_EQ(value->config, (ConfigMap{{"converter.type", "value"}, {"schemas.enable", "false"}})) << "the connector's sub-key alone is ignored";
  value = choose_converter("value.converter", {{"value.converter", "org.apache.kafka.connect.json.JsonConverter"}}, worker, registry);
  EXPECT_EQ(value->config, (ConfigMap{{"converter.type", "value"}})) << "the worker's sub-keys are not inherited";
  EXPECT_EQ(choose_converter("header.converter", {}, worker, registry)->component->name(), "SimpleHeaderConverter");
  EXPECT_FALSE(choose_converter("key.converter", {{"key.converter", "Nope"}}, worker, registry));
}

TEST_F(ChainTest, ARelayWritesAsItReadsUnlessItSaysOtherwise) {
  const ConfigMap reads = {{"key.converter", "Json"}, {"key.converter.schemas.enable", "false"}};
  EXPECT_EQ(choose_converter("output.key.converter", reads, worker, registry)->config, (ConfigMap{{"converter.type", "key"}, {"schemas.enable", "false"}}));
  ConfigMap writes = reads;
  writes["output.key.converter"] = "Json";
  EXPECT_EQ(choose_converter("output.key.converter", writes, worker, registry)->config, (ConfigMap{{"converter.type", "key"}}));
}

TEST_F(ChainTest, AConnectorsDefaultsForTheRuntimesKeysCount) {
  const auto& sink = *registry.find_connector("test_sink");
  EXPECT_EQ(with_connector_defaults({}, sink).at("max.retries"), "3");
  EXPECT_EQ(with_connector_defaults({{"max.retries", "9"}}, sink).at("max.retries"), "9");
}

}  // namespace
}  // namespace weir::runtime::config
