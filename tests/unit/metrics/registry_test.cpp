#include "runtime/metrics/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

namespace weir::runtime::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Registry, WritesCountersGaugesAndHistogramsAsPrometheusText) {
  Registry registry;
  registry.counter("weir_things_total", "Things.", {{"connector", "a"}}).add(3);
  registry.gauge("weir_level", "Level.").set(-1.5);
  registry.histogram("weir_wait_seconds", "Wait.", {}, {0.1, 1}).observe(0.5);
  const std::string text = registry.text();
  EXPECT_THAT(text,
              HasSubstr("# HELP weir_things_total Things.\n# TYPE weir_things_total counter\n"));
  EXPECT_THAT(text, HasSubstr("weir_things_total{connector=\"a\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE weir_level gauge\nweir_level -1.5\n"));
  EXPECT_THAT(text, HasSubstr("weir_wait_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weir_wait_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weir_wait_seconds_count 1\n"));
}

TEST(Registry, EqualNamesAndLabelsShareOneSeries) {
  Registry registry;
  registry.counter("c_total", "", {{"x", "1"}}).add();
  registry.counter("c_total", "", {{"x", "1"}}).add();
  registry.counter("c_total", "", {{"x", "2"}}).add();
  EXPECT_THAT(registry.text(), HasSubstr("c_total{x=\"1\"} 2\n"));
  EXPECT_THAT(registry.text(), HasSubstr("c_total{x=\"2\"} 1\n"));
}

TEST(Registry, RemoveTakesEverySeriesOfAConnectorAndHandlesStayUsable) {
  Registry registry;
  const auto gone = registry.counter("c_total", "", {{"connector", "a"}, {"task", "0"}});
  const auto stays = registry.counter("c_total", "", {{"connector", "b"}, {"task", "0"}});
  registry.gauge("g", "", {{"connector", "a"}}).set(1);
  registry.remove({{"connector", "a"}});
  gone.add();
  stays.add();
  const std::string text = registry.text();
  EXPECT_THAT(text, Not(HasSubstr("connector=\"a\"")));
  EXPECT_THAT(text, HasSubstr("c_total{connector=\"b\",task=\"0\"} 1\n"));
  registry.remove({});
  EXPECT_THAT(registry.text(), HasSubstr("connector=\"b\""));
}

TEST(Registry, ANameOfAnotherKindOrAnInvalidOneIsCountedButNotShown) {
  Registry registry;
  registry.counter("x_total", "").add();
  registry.gauge("x_total", "").set(7);
  registry.counter("not a name", "").add();
  registry.counter("y_total", "", {{"not a label", "v"}}).add();
  const std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("x_total 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("not a")));
}

TEST(Registry, ATextAttributeIsALabelOfAGaugeOfOneAndChanges) {
  Registry registry;
  const auto status = registry.text(kafka_connect_name("connector-metrics", "status"), "Status.",
                                    "status", {{"connector", "a"}});
  EXPECT_THAT(registry.text(), Not(HasSubstr("kafka_connect")));
  status.set("running");
  EXPECT_THAT(
      registry.text(),
      HasSubstr("kafka_connect_connector_metrics_status{connector=\"a\",status=\"running\"} 1\n"));
  status.set("paused \"x\"\n");
  EXPECT_THAT(registry.text(), HasSubstr("status=\"paused \\\"x\\\"\\n\"} 1\n"));
  EXPECT_THAT(registry.text(), Not(HasSubstr("running")));
}

TEST(Registry, CallbacksRunBeforeTheTextUntilTheirSubscriptionGoes) {
  Registry registry;
  const auto lag = registry.gauge("lag", "");
  int calls = 0;
  {
    const auto subscription = registry.on_collect([&] { lag.set(++calls); });
    const auto faulty = registry.on_collect([] { throw 1; });
    EXPECT_THAT(registry.text(), HasSubstr("lag 1\n"));
    EXPECT_THAT(registry.text(), HasSubstr("lag 2\n"));
  }
  EXPECT_THAT(registry.text(), HasSubstr("lag 2\n"));
}

TEST(Registry, ThreadsMayAddAndReadAtOnce) {
  Registry registry;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&registry] {
      for (int i = 0; i < 1000; ++i) {
        registry.counter("n_total", "", {{"i", std::to_string(i % 10)}}).add();
        if (i % 100 == 0) {
          (void)registry.text();
        }
      }
    });
  }
  threads.clear();
  EXPECT_THAT(registry.text(), HasSubstr("n_total{i=\"3\"} 400\n"));
}

TEST(Names, FollowKafkaConnect) {
  EXPECT_EQ(kafka_connect_name("sink-task-metrics", "put-batch-avg-time-ms"),
            "kafka_connect_sink_task_metrics_put_batch_avg_time_ms");
}

TEST(Sampled, KeepsTheLastWindows) {
  Sampled::Clock::time_point now{};
  Sampled sampled(std::chrono::seconds(30), 2, [&] { return now; });
  EXPECT_TRUE(std::isnan(sampled.average()));
  EXPECT_TRUE(std::isnan(sampled.maximum()));
  EXPECT_EQ(sampled.rate(), 0);
  sampled.record(10);
  sampled.record(20);
  EXPECT_EQ(sampled.average(), 15);
  EXPECT_EQ(sampled.maximum(), 20);
  EXPECT_EQ(sampled.minimum(), 10);
  EXPECT_EQ(sampled.rate(), 1);  // 30 over the 30 s that a young meter counts at least
  now += std::chrono::seconds(31);
  sampled.record(40);
  EXPECT_EQ(sampled.maximum(), 40);
  EXPECT_NEAR(sampled.rate(), 70.0 / 31, 1e-9);
  now += std::chrono::seconds(31);
  EXPECT_EQ(sampled.average(), 40);
  now += std::chrono::seconds(60);
  EXPECT_TRUE(std::isnan(sampled.average()));
}

TEST(Registry, ASeriesStaysWhenItsUserEndsAfterItsSuccessorHasBegun) {
  Registry registry;
  const Labels task{{"connector", "c"}, {"task", "0"}};
  registry.claim(task);
  registry.counter("weir_reads_total", "Help.", task).add();
  registry.claim(task);  // the next one
  registry.counter("weir_reads_total", "Help.", task).add();
  registry.release(task);  // of the one before
  EXPECT_THAT(registry.text(), HasSubstr("weir_reads_total{connector=\"c\",task=\"0\"} 2"));
  registry.release(task);
  EXPECT_THAT(registry.text(), Not(HasSubstr("weir_reads_total")));
}

TEST(Process, ShowsMemoryThreadsAndDescriptors) {
  Registry registry;
  const auto subscription = add_process_metrics(registry, "1.2.3", "abc");
  const std::string text = registry.text();
  EXPECT_THAT(text, HasSubstr("weir_build_info{commit=\"abc\",version=\"1.2.3\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nweir_process_resident_bytes "));
  EXPECT_THAT(text, Not(HasSubstr("\nweir_process_resident_bytes 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("\nweir_process_threads 0\n")));
  EXPECT_THAT(text, Not(HasSubstr("\nweir_process_open_fds 0\n")));
}

}  // namespace
}  // namespace weir::runtime::metrics
