// The stores on a broker in the process: written, read back, read again by another instance.
#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "runtime/kafka/embedded_broker.hpp"
#include "runtime/state/config_store.hpp"
#include "runtime/state/offset_store.hpp"
#include "runtime/state/status_store.hpp"
#include "runtime/state/topics.hpp"

namespace weir::runtime::state {
namespace {

using namespace std::chrono_literals;

class StoresTest : public ::testing::Test {
 protected:
  StoresTest() {
    auto started = kafka::EmbeddedBroker::start();
    EXPECT_TRUE(started) << started.error().message;
    broker = std::move(*started);
    client = kafka::Config{{"bootstrap.servers", broker->bootstrap_servers()}};
    auto made = kafka::Admin::create(client, broker.get());
    EXPECT_TRUE(made);
    admin = std::move(*made);
    for (const auto& [name, partitions] : {std::pair{"c", 1}, {"o", 3}, {"s", 2}}) {
      auto ready = ensure_topic(*admin, {name, "config.storage", partitions, true, 1, {}, "connector configurations"}, 10s);
      EXPECT_TRUE(ready) << ready.error().message;
    }
  }
  std::unique_ptr<ConfigStore> config_store(std::function<void(const std::string&)> on_fenced = {}) {
    ConfigStoreOptions options;
    options.topic = "c";
    options.group_id = "g";
    options.client = client;
    options.client_id = "g-configs";
    options.on_fenced = std::move(on_fenced);
    auto store = std::make_unique<ConfigStore>(std::move(options));
    auto started = store->start(30s);
    EXPECT_TRUE(started) << started.error().message;
    return store;
  }
  std::unique_ptr<kafka::EmbeddedBroker> broker;
  std::unique_ptr<kafka::Admin> admin;
  kafka::Config client;
};

TEST_F(StoresTest, ConnectorsSurvive) {
  {
    auto store = config_store();
    ASSERT_TRUE(store->put_connector("a", {{"name", "a"}}, TargetState::paused));
    ASSERT_TRUE(store->put_tasks("a", {{{"x", "0"}}, {{"x", "1"}}}));
    ASSERT_TRUE(store->put_connector("b", {{"name", "b"}}));
    ASSERT_TRUE(store->put_stopped("b"));
    ASSERT_TRUE(store->put_connector("c", {{"name", "c"}}));
    ASSERT_TRUE(store->remove("c"));
    EXPECT_EQ(store->connector("a")->tasks.size(), 2u) << "own writes are read back";
  }
  auto store = config_store();
  EXPECT_EQ(store->connectors().size(), 2u);
  EXPECT_EQ(store->connector("a")->target, TargetState::paused);
  EXPECT_EQ(store->connector("a")->tasks[1].at("x"), "1");
  EXPECT_EQ(store->connector("b")->target, TargetState::stopped);
}

TEST_F(StoresTest, ASecondWorkerOfTheGroupIsNoticedAtOnce) {
  std::mutex mutex;
  std::condition_variable changed;
  std::string why;
  auto first = config_store([&](const std::string& text) {
    const std::lock_guard lock(mutex);
    why = text;
    changed.notify_all();
  });
  auto second = config_store();
  std::unique_lock lock(mutex);
  ASSERT_TRUE(changed.wait_for(lock, 20s, [&] { return !why.empty(); }));
  EXPECT_EQ(why, "another worker with group.id g has written to c");
  lock.unlock();
  EXPECT_EQ(first->put_target("x", TargetState::paused).error().code, Errc::fatal);
}

TEST_F(StoresTest, SourceOffsetsSurvive) {
  OffsetStore::Options options{"o", client, "g-offsets", {}};
  {
    OffsetStore store(options);
    ASSERT_TRUE(store.start(30s));
    ASSERT_TRUE(store.write_and_wait("fs", {{R"({"f":"x"})", R"({"position":4})"}, {R"({"f":"y"})", R"({"position":9})"}}, 20s));
    ASSERT_TRUE(store.write_and_wait("fs", {{R"({"f":"y"})", std::nullopt}}, 20s));
    EXPECT_EQ(store.read("fs", R"({"f":"x"})"), R"({"position":4})");
  }
  OffsetStore store(options);
  ASSERT_TRUE(store.start(30s));
  EXPECT_EQ(store.read("fs", R"({"f":"x"})"), R"({"position":4})");
  EXPECT_EQ(store.read("fs", R"({"f":"y"})"), std::nullopt);
  EXPECT_EQ(store.list("fs").size(), 1u);
}

TEST_F(StoresTest, StatusesSurvive) {
  StatusStore::Options options{"s", client, "g-statuses", {}};
  {
    StatusStore store(options);
    ASSERT_TRUE(store.start(30s));
    store.put_connector("a", {"RUNNING", "", "w", 0, "1.0"});
    store.put_task("a", 0, {"FAILED", "why", "w", 0, "1.0"});
    store.put_connector("gone", {"RUNNING", "", "w", 0, "1.0"});
    store.remove_connector("gone");
    store.add_topic("a", "t:1", 0);
    store.stop(20s);
  }
  StatusStore store(options);
  ASSERT_TRUE(store.start(30s));
  EXPECT_EQ(store.connector("a")->version, "1.0");
  EXPECT_EQ(store.task("a", 0)->trace, "why");
  EXPECT_FALSE(store.connector("gone"));
}

TEST_F(StoresTest, AConfigTopicWithSeveralPartitionsIsRefused) {
  ASSERT_TRUE(broker->create_topic("wide", 3));
  auto ready = ensure_topic(*admin, {"wide", "config.storage", 1, true, 1, {}, "connector configurations"}, 10s);
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().message,
            "Topic 'wide' supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee "
            "consistency of connector configurations, but found 3 partitions.");
}

}  // namespace
}  // namespace weir::runtime::state
