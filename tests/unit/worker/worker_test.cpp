// The worker on the embedded broker, driven through its facade.
#include "runtime/worker/worker.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

namespace weir::runtime::worker {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() {
    std::string pattern = (fs::temp_directory_path() / "weir-worker-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~WorkerTest() override {
    worker.reset();
    fs::remove_all(folder);
  }

  void start(ConfigMap file = {}, std::vector<fs::path> connectors = {}) {
    file["plugin.path"] = WEIR_WORKER_TEST_PLUGINS;
    file.try_emplace("task.shutdown.graceful.timeout.ms", "3000");
    auto config = config::WorkerConfig::create(file, true);
    ASSERT_TRUE(config) << config.error().message;
    WorkerOptions options;
    options.config = std::move(*config);
    options.connectors = std::move(connectors);
    options.weir_version = "9.9";
    options.on_end = [this] {
      const std::lock_guard lock(mutex);
      ended = true;
      changed.notify_all();
    };
    worker = std::make_unique<Worker>(std::move(options), metrics);
    EXPECT_EQ(worker->health().status, HealthStatus::starting);
    EXPECT_EQ(worker->connectors().error().status, 503);
    worker->start();
  }
  template <class Condition>
  bool eventually(Condition&& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    std::unique_lock lock(mutex);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      changed.wait_for(lock, 5ms);
    }
    return true;
  }
  bool ready() {
    return eventually([&] { return worker->ready() || ended; }) && worker->ready();
  }
  std::string state(const std::string& name) {
    const auto status = worker->status(name);
    return status ? status->state : std::to_string(status.error().status);
  }
  std::string task_state(const std::string& name, int task) {
    const auto status = worker->task_status(name, task);
    return status ? status->state : std::to_string(status.error().status);
  }
  bool comes_to(const std::string& name, const std::string& connector, const std::vector<std::string>& tasks) {
    return eventually([&] {
      const auto status = worker->status(name);
      if (!status || status->state != connector || status->tasks.size() != tasks.size()) {
        return false;
      }
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        if (status->tasks[i].state != tasks[i]) {
          return false;
        }
      }
      return true;
    });
  }
  static ConfigInput source(const std::string& name, ConfigInput more = {}) {
    more.insert({{"name", name}, {"connector.class", "tick_source"}});
    return more;
  }

  fs::path folder;
  metrics::Registry metrics;
  std::mutex mutex;
  std::condition_variable changed;
  bool ended{false};
  std::unique_ptr<Worker> worker;
};

TEST_F(WorkerTest, TheLifeOfAConnector) {
  start();
  ASSERT_TRUE(ready());
  EXPECT_EQ(worker->health().status, HealthStatus::healthy);
  EXPECT_EQ(worker->server_info().version, "4.1.0");

  auto created = worker->create("a", source("a", {{"tasks.max", "2"}, {"topik", "x"}}), TargetState::started);
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_TRUE(created->created);
  EXPECT_EQ(created->info.type, "source");
  EXPECT_TRUE(created->info.tasks.empty());
  EXPECT_THAT(created->warnings, ::testing::ElementsAre("Unknown key \"topik\" is ignored; did you mean \"topic\"?"));
  EXPECT_EQ(worker->create("a", source("a"), TargetState::started).error().message, "Connector a already exists");
  ASSERT_TRUE(comes_to("a", "RUNNING", {"RUNNING", "RUNNING"}));
  EXPECT_EQ(worker->status("a")->version, "1.2.3");
  EXPECT_EQ(worker->info("a")->tasks.size(), 2u);
  EXPECT_EQ(worker->tasks("a")->at(1).config.at("task.class"), "tick_source");

  ASSERT_TRUE(worker->pause("a"));
  EXPECT_TRUE(comes_to("a", "PAUSED", {"PAUSED", "PAUSED"}));
  ASSERT_TRUE(worker->resume("a"));
  EXPECT_TRUE(comes_to("a", "RUNNING", {"RUNNING", "RUNNING"}));
  ASSERT_TRUE(worker->stop("a"));
  EXPECT_TRUE(comes_to("a", "STOPPED", {}));
  EXPECT_TRUE(worker->tasks("a")->empty());
  EXPECT_EQ(worker->restart_task("a", 0).error().message, "Unknown task: a-0");
  ASSERT_TRUE(worker->resume("a"));
  EXPECT_TRUE(comes_to("a", "RUNNING", {"RUNNING", "RUNNING"}));

  auto patched = worker->patch_config("a", {{"tasks.max", "1"}, {"topik", std::nullopt}});
  ASSERT_TRUE(patched);
  EXPECT_FALSE(patched->created);
  EXPECT_TRUE(comes_to("a", "RUNNING", {"RUNNING"}));
  EXPECT_FALSE(worker->config("a")->contains("topik"));

  ASSERT_TRUE(worker->restart("a", false, false));
  EXPECT_TRUE(comes_to("a", "RUNNING", {"RUNNING"}));
  auto plan = worker->restart("a", true, false);
  ASSERT_TRUE(plan && *plan);
  EXPECT_EQ((*plan)->state, "RESTARTING");
  EXPECT_EQ((*plan)->tasks.at(0).state, "RESTARTING");
  EXPECT_TRUE(comes_to("a", "RUNNING", {"RUNNING"}));

  ASSERT_TRUE(worker->remove("a"));
  EXPECT_EQ(worker->info("a").error().message, "Connector a not found");
  EXPECT_EQ(worker->remove("a").error().message, "Connector a not found");
  EXPECT_EQ(worker->pause("a").error().message, "Unknown connector a");
  EXPECT_EQ(worker->restart("a", true, true).error().message, "Unknown connector: a");
  EXPECT_EQ(worker->status("a").error().message, "No status found for connector a");
  ASSERT_TRUE(worker->create("a", source("a"), TargetState::paused)) << "the name is free again";
  EXPECT_TRUE(comes_to("a", "PAUSED", {}));
  worker->stop();
  EXPECT_EQ(worker->exit_status(), 0);
  EXPECT_FALSE(worker->must_exit_hard());
}

TEST_F(WorkerTest, WhatIsInvalidIsRefused) {
  start();
  ASSERT_TRUE(ready());
  EXPECT_EQ(worker->create("a", {{"name", "a"}}, TargetState::started).error().status, 400);
  EXPECT_THAT(worker->create("a", {{"name", "a"}, {"connector.class", "nope"}}, TargetState::started).error().message,
              HasSubstr("Failed to find any class that implements Connector and which name matches nope, available connectors are: "));
  EXPECT_EQ(worker->put_config("a", source("a", {{"tasks.max", "x"}})).error().message,
            "Connector configuration is invalid and contains the following 1 error(s):\n"
            "Invalid value x for configuration tasks.max: Not a number of type INT\n"
            "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`");
  EXPECT_EQ(worker->validate("null_sink", {{"connector.class", "tick_source"}}).error().message,
            "Included connector type tick_source does not match request type null_sink");
  EXPECT_EQ(worker->validate("x", {}).error().status, 500);
  EXPECT_EQ(worker->validate("tick_source", {{"connector.class", "tick_source"}})->error_count, 1) << "the name is missing";
  EXPECT_EQ(worker->plugin_config("nope", "").error().message, "Unknown plugin nope.");
  EXPECT_TRUE(worker->plugin_config("tick_source", "latest"));
  EXPECT_TRUE(worker->connectors()->empty());
}

TEST_F(WorkerTest, AFailureStaysWhereItIs) {
  start();
  ASSERT_TRUE(ready());
  ASSERT_TRUE(worker->create("task", source("task", {{"fail", "start"}, {"token", "abcdefgh"}}), TargetState::started));
  ASSERT_TRUE(worker->create("connector", source("connector", {{"fail", "configs"}}), TargetState::started));
  ASSERT_TRUE(worker->create("many", source("many", {{"tasks", "3"}, {"tasks.max", "2"}}), TargetState::started));
  ASSERT_TRUE(worker->create("good", source("good"), TargetState::started));
  EXPECT_TRUE(comes_to("good", "RUNNING", {"RUNNING"}));
  ASSERT_TRUE(comes_to("task", "RUNNING", {"FAILED"}));
  EXPECT_THAT(worker->task_status("task", 0)->trace, HasSubstr("cannot reach it"));
  EXPECT_THAT(worker->task_status("task", 0)->trace, ::testing::Not(HasSubstr("abcdefgh"))) << "secrets are masked";
  ASSERT_TRUE(comes_to("connector", "FAILED", {}));
  EXPECT_EQ(worker->status("connector")->trace, "no table of that name\n");
  ASSERT_TRUE(comes_to("many", "FAILED", {}));
  EXPECT_THAT(worker->status("many")->trace, HasSubstr("The connector many has generated 3 tasks, which is greater than 2"));

  ASSERT_TRUE(worker->patch_config("task", {{"fail", std::nullopt}}));
  EXPECT_TRUE(comes_to("task", "RUNNING", {"RUNNING"}));
  ASSERT_TRUE(worker->patch_config("connector", {{"fail", std::nullopt}}));
  EXPECT_TRUE(comes_to("connector", "RUNNING", {"RUNNING"}));
}

TEST(WorkerStopTest, AWorkerThatDoesNotReachKafkaStopsSoon) {
  auto config = config::WorkerConfig::create(
      {{"bootstrap.servers", "127.0.0.1:1"}, {"plugin.path", WEIR_WORKER_TEST_PLUGINS}, {"listeners", "http://127.0.0.1:0"}}, false);
  ASSERT_TRUE(config) << config.error().message;
  WorkerOptions options;
  options.config = std::move(*config);
  metrics::Registry metrics;
  Worker worker(std::move(options), metrics);
  worker.start();
  for (int i = 0; i < 1000 && worker.stage().find("connecting to Kafka") == std::string::npos; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  ASSERT_THAT(worker.stage(), HasSubstr("connecting to Kafka"));
  const auto started = std::chrono::steady_clock::now();
  worker.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - started, 8s);
}

TEST_F(WorkerTest, AConnectorThatHangsHoldsNobodyUp) {
  start();
  ASSERT_TRUE(ready());
  const fs::path file = folder / "go";
  ASSERT_TRUE(worker->create("slow", source("slow", {{"wait.for", file.string()}}), TargetState::started));
  ASSERT_TRUE(worker->create("quick", source("quick"), TargetState::started));
  EXPECT_TRUE(comes_to("quick", "RUNNING", {"RUNNING"}));
  EXPECT_TRUE(worker->status("slow"));
  ASSERT_TRUE(worker->pause("slow"));
  ASSERT_TRUE(worker->remove("slow"));
  ASSERT_TRUE(worker->create("slow", source("slow"), TargetState::started));
  EXPECT_EQ(task_state("quick", 0), "RUNNING");
  std::ofstream(file) << "x";
  EXPECT_TRUE(comes_to("slow", "RUNNING", {"RUNNING"})) << "the new one starts when the old one has ended";
}

TEST_F(WorkerTest, ConfigsKeepTheirReferences) {
  ::setenv("WEIR_TEST_TOKEN", "hunter2hunter2", 1);
  start({{"config.providers", "env"}, {"config.providers.env.class", "env"}});
  ASSERT_TRUE(ready());
  ASSERT_TRUE(worker->create("a", source("a", {{"token", "${env:WEIR_TEST_TOKEN}"}, {"fail", "start"}}), TargetState::started));
  ASSERT_TRUE(comes_to("a", "RUNNING", {"FAILED"}));
  EXPECT_EQ(worker->config("a")->at("token"), "${env:WEIR_TEST_TOKEN}");
  EXPECT_EQ(worker->tasks("a")->at(0).config.at("token"), "${env:WEIR_TEST_TOKEN}");
  EXPECT_THAT(worker->task_status("a", 0)->trace, ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(WorkerTest, FilesOfConnectorsAreStarted) {
  std::ofstream(folder / "a.json") << R"({"name":"a","connector.class":"tick_source","tasks.max":1})";
  std::ofstream(folder / "b.properties") << "name=b\nconnector.class=tick_source\n";
  std::ofstream(folder / "c.json") << R"({"name":"c","initial_state":"STOPPED","config":{"connector.class":"tick_source"}})";
  std::ofstream(folder / "README.md") << "no connector";
  start({}, {folder});
  ASSERT_TRUE(ready());
  EXPECT_TRUE(comes_to("a", "RUNNING", {"RUNNING"}));
  EXPECT_TRUE(comes_to("b", "RUNNING", {"RUNNING"}));
  EXPECT_TRUE(comes_to("c", "STOPPED", {}));
}

TEST_F(WorkerTest, ABadFileOfAConnectorEndsTheWorker) {
  std::ofstream(folder / "a.json") << R"({"name":"a","connector.class":"tick_source","tasks.max":"x"})";
  std::ofstream(folder / "b.json") << R"({"name":"b")";
  start({}, {folder / "a.json", folder / "b.json"});
  ASSERT_TRUE(eventually([&] { return ended; }));
  worker->stop();
  EXPECT_EQ(worker->exit_status(), 3);
}

TEST_F(WorkerTest, WhatIsRefusedStillSaysWhatElseIsOdd) {
  start();
  ASSERT_TRUE(ready());
  const auto refused = worker->put_config("a", source("a", {{"tasks.max", "x"}, {"task.max", "2"}}));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().warnings, ::testing::ElementsAre("Unknown key \"task.max\" is ignored; did you mean \"tasks.max\"?"));
}

TEST_F(WorkerTest, AConverterThatNobodyHasEndsTheWorker) {
  start({{"value.converter", "JsonConvertor"}});
  ASSERT_TRUE(eventually([&] { return ended; }));
  worker->stop();
  EXPECT_NE(worker->exit_status(), 0);
}

TEST_F(WorkerTest, AnUnknownConnectorClassHasItsNearestName) {
  start();
  ASSERT_TRUE(ready());
  const auto refused = worker->put_config("a", {{"name", "a"}, {"connector.class", "tick_sorce"}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().warnings,
              ::testing::ElementsAre("connector.class: did you mean \"tick_source\"?"));
  const auto checked =
      worker->validate("tick_sorce", {{"name", "a"}, {"connector.class", "tick_sorce"}});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().warnings, ::testing::SizeIs(1));
}

TEST_F(WorkerTest, OffsetsCanBeChangedOnlyWhenStopped) {
  start();
  ASSERT_TRUE(ready());
  ASSERT_TRUE(worker->create("a", source("a"), TargetState::started));
  ASSERT_TRUE(comes_to("a", "RUNNING", {"RUNNING"}));
  EXPECT_TRUE(worker->offsets("a")->empty());
  EXPECT_THAT(worker->alter_offsets("a", {{R"({"f":"x"})", R"({"p":1})"}}).error().message, HasSubstr("Connectors must be in the STOPPED state"));
  ASSERT_TRUE(worker->stop("a"));
  EXPECT_EQ(worker->alter_offsets("a", {}).error().message, "Partitions / offsets need to be provided for an alter offsets request");
  ASSERT_TRUE(worker->alter_offsets("a", {{R"({"f":"x"})", R"({"p":1})"}}));
  ASSERT_EQ(worker->offsets("a")->size(), 1u);
  EXPECT_EQ(worker->offsets("a")->at(0).offset, R"({"p":1})");
  EXPECT_THAT(*worker->reset_offsets("a"), HasSubstr("have been reset successfully"));
  EXPECT_TRUE(worker->offsets("a")->empty());

  ASSERT_TRUE(worker->create("s", {{"name", "s"}, {"connector.class", "null_sink"}, {"topics", "t"}}, TargetState::stopped));
  EXPECT_EQ(worker->alter_offsets("s", {{"{}", std::nullopt}}).error().message,
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'");
  EXPECT_EQ(worker->alter_offsets("s", {{R"({"kafka_topic":"t","kafka_partition":0})", "{}"}}).error().message,
            "The offset for a sink connector should either be null or contain the key 'kafka_offset'");
  EXPECT_THAT(worker->reset_offsets("s").error().message, HasSubstr("embedded broker"));
}

TEST_F(WorkerTest, TheMetricsShowTheLagAlthoughNobodyAsksForTheStatus) {
  start();
  ASSERT_TRUE(ready());
  ASSERT_TRUE(worker->create("ticks", source("ticks", {{"ticks", "1"}}), TargetState::started));
  ASSERT_TRUE(worker->create("away", {{"name", "away"}, {"connector.class", "null_sink"}, {"topics", "ticks"}, {"fail", "put"}}, TargetState::started));
  const std::string lag = "weir_sink_lag_records{connector=\"away\",task=\"0\"} ";
  EXPECT_TRUE(eventually([&] {
    const std::string text = metrics.text();
    const auto at = text.find(lag);
    return at != std::string::npos && std::stod(text.substr(at + lag.size())) > 0;
  }));
}

}  // namespace
}  // namespace weir::runtime::worker
