// Bad plugins beside good ones in a running worker, and connectors that outlive the worker that took them.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <sstream>

#include "support/files.hpp"
#include "support/kafka_broker.hpp"
#include "support/topics.hpp"
#include "support/worker.hpp"

namespace weir::test {
namespace {

using std::chrono::seconds;

KafkaBroker& broker() {
  static KafkaBroker one;
  return one;
}

std::size_t lines_of(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

WorkerOptions worker_options(const std::string& name) {
  WorkerOptions options;
  options.bootstrap = broker().bootstrap();
  options.properties = {{"group.id", name},
                        {"config.storage.topic", name + "-configs"},
                        {"offset.storage.topic", name + "-offsets"},
                        {"status.storage.topic", name + "-status"},
                        {"consumer.session.timeout.ms", "6000"},
                        {"plugin.path", WEIR_PLUGINS "," WEIR_TEST_PLUGINS}};
  return options;
}

std::map<std::string, std::string> numbers(const std::string& topic) {
  return {{"connector.class", "datagen"}, {"kafka.topic", topic}, {"quickstart", "sequence"}, {"max.interval.ms", "20"}};
}

std::map<std::string, std::string> file_sink(const std::string& topic, const std::filesystem::path& file) {
  return {{"connector.class", "file_sink"}, {"topics", topic}, {"file", file.string()}};
}

TEST(Plugins, BadOnesGetAClearSentenceAndHurtNobody) {
  Worker worker(worker_options("badplugins"));
  worker.put_connector("numbers", numbers("numbers"));
  worker.put_connector("good", file_sink("numbers", worker.dir() / "good.txt"));
  worker.wait_running("numbers");
  worker.wait_running("good");
  ASSERT_TRUE(eventually(seconds(30), [&] { return lines_of(worker.dir() / "good.txt") > 10; }));

  const std::string folder = WEIR_TEST_PLUGINS;
  for (const std::string& sentence :
       {folder + "/wrong_abi.so speaks version 9 of the plugin contract and this worker version 1: rebuild it against the Weir SDK 1.x",
        folder + "/not_a_plugin.so is not a Weir plugin: it does not export weir_plugin_entry_v1",
        folder + "/newer_minor.so", folder + "/broken_table.so"}) {
    EXPECT_NE(worker.log_text().find(sentence), std::string::npos) << sentence;
  }
  const std::string plugins = worker.http().get("/connector-plugins").body;
  EXPECT_NE(plugins.find("throwing_sink"), std::string::npos) << plugins;
  EXPECT_EQ(plugins.find("wrong"), std::string::npos) << plugins;

  const std::map<std::string, std::map<std::string, std::string>> throwers = {
      {"put", {{"connector.class", "throwing_sink"}, {"topics", "numbers"}}},
      {"put-int", {{"connector.class", "throwing_sink"}, {"topics", "numbers"}, {"throws.at", "int"}}},
      {"constructor", {{"connector.class", "throwing_sink"}, {"topics", "numbers"}, {"throws.at", "constructor"}}},
      {"open", {{"connector.class", "throwing_open_sink"}, {"topics", "numbers"}}},
      {"start", {{"connector.class", "throwing_source"}}},
      {"apply",
       {{"connector.class", "file_sink"},
        {"topics", "numbers"},
        {"file", (worker.dir() / "never.txt").string()},
        {"transforms", "t"},
        {"transforms.t.type", "throwing_transform"}}},
      {"decode",
       {{"connector.class", "file_sink"},
        {"topics", "numbers"},
        {"file", (worker.dir() / "never.txt").string()},
        {"value.converter", "throwing_converter"}}},
  };
  for (const auto& [name, config] : throwers) {
    SCOPED_TRACE(name);
    worker.put_connector(name, config);
    const std::string trace = worker.wait_failed(name);
    EXPECT_FALSE(trace.empty());
    if (name != "put-int") {
      EXPECT_NE(trace.find("thrown by "), std::string::npos) << trace;
    }
  }
  EXPECT_TRUE(worker.running());
  EXPECT_EQ(worker.http().get("/connectors/good/status").status, 200);
  const std::size_t so_far = lines_of(worker.dir() / "good.txt");
  EXPECT_TRUE(eventually(seconds(20), [&] { return lines_of(worker.dir() / "good.txt") > so_far + 50; }));
  EXPECT_EQ(worker.task_states("good"), std::vector<std::string>{"RUNNING"});
  EXPECT_EQ(worker.terminate(), 0);
}

// Every number once: {"task":0,"sequence":N}, in a file of one line each.
void expect_sequence(const std::filesystem::path& file, bool repeats_allowed) {
  std::map<std::int64_t, int> seen;
  std::istringstream in(read_file(file));
  for (std::string line; std::getline(in, line);) {
    ++seen[boost::json::parse(line).at("sequence").to_number<std::int64_t>()];
  }
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(static_cast<std::size_t>(seen.rbegin()->first - seen.begin()->first + 1), seen.size()) << "numbers are missing";
  for (const auto& [number, times] : seen) {
    EXPECT_TRUE(repeats_allowed || times == 1) << number << " came " << times << " times";
  }
}

TEST(Connectors, RegisteredOverRestTheySurviveTheWorker) {
  Worker worker(worker_options("survivors"));
  worker.put_connector("counter", numbers("counted"));
  worker.put_connector("copy", file_sink("counted", worker.dir() / "copy.txt"));
  worker.put_connector("resting", file_sink("counted", worker.dir() / "resting.txt"));
  worker.put_connector("gone", file_sink("counted", worker.dir() / "gone.txt"));
  for (const char* name : {"counter", "copy", "resting", "gone"}) {
    worker.wait_running(name);
  }
  EXPECT_EQ(worker.http().put("/connectors/resting/pause", "").status, 202);
  worker.delete_connector("gone");
  ASSERT_TRUE(eventually(seconds(30), [&] {
    return lines_of(worker.dir() / "copy.txt") > 30 && worker.connector_state("resting") == "PAUSED";
  }));
  const std::string config = worker.http().get("/connectors/copy/config").body;

  const auto expect_all_there = [&] {
    for (const char* name : {"counter", "copy"}) {
      worker.wait_running(name);
    }
    EXPECT_EQ(worker.connector_state("gone"), "");
    EXPECT_TRUE(eventually(seconds(30), [&] { return worker.connector_state("resting") == "PAUSED"; }))
        << worker.connector_state("resting");
    EXPECT_EQ(boost::json::parse(worker.http().get("/connectors/copy/config").body), boost::json::parse(config));
    const std::size_t so_far = lines_of(worker.dir() / "copy.txt");
    EXPECT_TRUE(eventually(seconds(30), [&] { return lines_of(worker.dir() / "copy.txt") > so_far + 30; }));
  };
  // The partitions of the topic are read at their own pace: without new numbers the last ones arrive.
  const auto catch_up = [&] {
    EXPECT_EQ(worker.http().put("/connectors/counter/pause", "").status, 202);
    std::size_t last = 0;
    EXPECT_TRUE(eventually(seconds(60), [&] {
      const std::size_t before = std::exchange(last, lines_of(worker.dir() / "copy.txt"));
      std::this_thread::sleep_for(seconds(3));
      return before == last && lines_of(worker.dir() / "copy.txt") == last;
    }));
  };
  EXPECT_EQ(worker.terminate(), 0);
  worker.start();
  expect_all_there();
  catch_up();
  expect_sequence(worker.dir() / "copy.txt", false);  // stopped in order: nothing came again
  EXPECT_EQ(worker.http().put("/connectors/counter/resume", "").status, 202);
  worker.wait_running("counter");
  worker.kill9();
  worker.start();
  expect_all_there();
  catch_up();
  EXPECT_EQ(worker.terminate(), 0);
  expect_sequence(worker.dir() / "copy.txt", true);  // at least once
}

}  // namespace
}  // namespace weir::test
