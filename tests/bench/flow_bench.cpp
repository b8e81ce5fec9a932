// Measures the worker against the raw librdkafka loops: CPU seconds of the process per million records, records a second,
// peak resident memory. One JSON line a measurement.
//
//   flow_bench [--records N] [--rounds N] [--bootstrap HOST:PORT] [SCENARIO...]
//     raw-consume raw-produce bytes json3 file upsert http start ingest     (all when none is named)
//     connect-bytes connect-json3 connect-file connect-start                (Apache Kafka Connect; only when named)
//
// Without --bootstrap it starts a broker of its own. Kafka Connect is fetched by tests/bench/connect/prepare. Times are only worth something next to each other: one run, one machine.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bench/raw_loops.hpp"
#include "bench/receipts.hpp"
#include "support/files.hpp"
#include "support/kafka_broker.hpp"
#include "support/load/poster.hpp"
#include "support/partner_process.hpp"
#include "support/postgres_server.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"
#include "support/topics.hpp"
#include "support/worker.hpp"

namespace {

using namespace weir;
using Clock = std::chrono::steady_clock;
using Config = std::map<std::string, std::string>;

struct Options {
  std::uint64_t records{1'000'000};
  int rounds{3};
  std::string bootstrap;
  std::set<std::string> scenarios;
  std::string self;
};

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

void say(const std::string& scenario, int round, std::uint64_t records, double seconds, double cpu, double rss) {
  std::cout << fmt::format(R"({{"scenario":"{}","round":{},"records":{},"s":{:.2f},"records_per_s":{:.0f},"cpu_s_per_million":{:.2f},"peak_rss_mib":{:.0f}}})", scenario,
                           round, records, seconds, static_cast<double>(records) / seconds, cpu * 1e6 / static_cast<double>(records), rss)
            << std::endl;
}

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {
    if (options_.bootstrap.empty()) {
      broker_ = std::make_unique<test::KafkaBroker>(test::KafkaOptions{4, "1g", false, {}});
      options_.bootstrap = broker_->bootstrap();
    }
  }

  void run() {
    for (const auto& [name, function] : std::vector<std::pair<std::string, void (Bench::*)()>>{
             {"raw-produce", &Bench::raw_produce}, {"raw-consume", &Bench::raw_consume}, {"bytes", &Bench::bytes}, {"json3", &Bench::json3},
             {"file", &Bench::file}, {"upsert", &Bench::upsert}, {"http", &Bench::http}, {"start", &Bench::start}, {"ingest", &Bench::ingest}}) {
      if (options_.scenarios.empty() || options_.scenarios.contains(name)) {
        (this->*function)();
      }
      if (options_.scenarios.contains("connect-" + name)) {
        peer_ = true;
        (this->*function)();
        peer_ = false;
      }
    }
  }

 private:
  /// Runs this program again for one raw loop, so that its CPU time is its own.
  void raw(const std::string& scenario, const std::vector<std::string>& arguments, std::uint64_t records) {
    for (int round = 0; round < options_.rounds; ++round) {
      rusage before{};
      getrusage(RUSAGE_CHILDREN, &before);
      std::vector<std::string> argv{options_.self};
      argv.insert(argv.end(), arguments.begin(), arguments.end());
      if (scenario == "raw-produce") {
        argv[3] = fresh_topic("raw-produce", round);
      }
      const auto started = Clock::now();
      const auto done = test::run(argv, {}, {}, std::chrono::minutes(10));
      if (done.status != 0) {
        throw std::runtime_error(done.err);
      }
      const double seconds = since(started);
      rusage after{};
      getrusage(RUSAGE_CHILDREN, &after);
      const auto cpu = [](const rusage& u) {
        return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
      };
      say(scenario, round, records, seconds, cpu(after) - cpu(before), 0);
    }
  }

  std::string fresh_topic(const std::string& name, int round) {
    const std::string topic = fmt::format("{}-{}-{}", name, round, Clock::now().time_since_epoch().count());
    test::create_topic(options_.bootstrap, topic, 4);
    return topic;
  }

  const std::string& receipts() {
    if (receipts_.empty()) {
      receipts_ = fmt::format("receipts-{}", options_.records);
      if (!test::topic_exists(options_.bootstrap, receipts_)) {
        test::create_topic(options_.bootstrap, receipts_, 4);
        bench::raw_produce(options_.bootstrap, receipts_, options_.records, false);
      }
    }
    return receipts_;
  }

  void raw_consume() { raw("raw-consume", {"--loop", "consume", receipts(), std::to_string(options_.records), options_.bootstrap}, options_.records); }
  void raw_produce() { raw("raw-produce", {"--loop", "produce", "", std::to_string(options_.records), options_.bootstrap}, options_.records); }

  test::WorkerOptions worker_options() {
    test::WorkerOptions o;
    o.bootstrap = options_.bootstrap;
    o.properties["group.id"] = fmt::format("bench-{}", Clock::now().time_since_epoch().count());
    o.properties["config.storage.topic"] = o.properties["group.id"] + "-configs";
    o.properties["offset.storage.topic"] = o.properties["group.id"] + "-offsets";
    o.properties["status.storage.topic"] = o.properties["group.id"] + "-status";
    o.properties["plugin.path"] = std::string(WEIR_PLUGINS) + "," + WEIR_TEST_PLUGINS;
    if (peer_) {
      // The options of connect-distributed.sh; Kafka Connect's own default of a minute between commits stays.
      o.command = {"java", "-Xms256M", "-Xmx2G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
                   "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true", "-Dlog4j2.configurationFile=" WEIR_LOG4J, "-cp",
                   WEIR_CONNECT "/jars/*", "org.apache.kafka.connect.cli.ConnectDistributed"};
      o.properties["plugin.path"] = WEIR_CONNECT "/plugins";
      o.properties["plugin.discovery"] = "service_load";
      o.start_timeout = std::chrono::minutes(2);
    }
    return o;
  }

  std::string named(const std::string& scenario) const { return (peer_ ? "connect-" : "") + scenario; }

  /// The discarding sink writes "last" when all records have come.
  void into_discard(const std::string& scenario, Config config) {
    const std::string topic = receipts();
    test::Worker worker(worker_options());
    for (int round = 0; round < options_.rounds; ++round) {
      const std::string name = fmt::format("{}-{}", named(scenario), round);
      const auto stats = worker.dir() / (name + ".stats");
      config["connector.class"] = peer_ ? "bench.DiscardSink" : "discard_sink";
      config["topics"] = topic;
      config["tasks.max"] = "1";
      config["stats.file"] = stats.string();
      config["expect"] = std::to_string(options_.records);
      const double cpu = test::usage_of(worker.pid()).cpu_seconds;
      worker.put_connector(name, config);
      std::int64_t first = 0;
      std::int64_t last = 0;
      wait([&] {
        std::ifstream in(stats);
        std::string word;
        std::int64_t ms = 0;
        while (in >> word >> ms) {
          if (word == "first") {
            first = ms;
          } else {
            last = ms;
            in >> word;
          }
        }
        return last != 0;
      });
      const auto usage = test::usage_of(worker.pid());
      say(named(scenario), round, options_.records, static_cast<double>(last - first) / 1000, usage.cpu_seconds - cpu, usage.peak_rss_mib);
      worker.delete_connector(name);
    }
  }

  template <class F>
  static void wait(F&& condition, std::chrono::seconds limit = std::chrono::minutes(10)) {
    if (!test::eventually(limit, condition)) {
      throw std::runtime_error("timed out");
    }
  }

  void bytes() { into_discard("bytes", {{"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}}); }

  void json3() {
    into_discard("json3", {{"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                           {"value.converter.schemas.enable", "false"},
                           {"transforms", "drop,region,mask"},
                           {"transforms.drop.type", "org.apache.kafka.connect.transforms.ReplaceField$Value"},
                           {"transforms.drop.exclude", "version,source"},
                           {"transforms.drop.renames", "timestamp:sold_at"},
                           {"transforms.region.type", "org.apache.kafka.connect.transforms.InsertField$Value"},
                           {"transforms.region.static.field", "region"},
                           {"transforms.region.static.value", "AU"},
                           {"transforms.mask.type", "org.apache.kafka.connect.transforms.MaskField$Value"},
                           {"transforms.mask.fields", "operator"},
                           {"transforms.mask.replacement", "****"}});
  }

  void file() {
    const test::TempDir dir;
    const auto path = dir.path() / "receipts.jsonl";
    {
      std::ofstream out(path);
      std::string key;
      std::string document;
      for (std::uint64_t i = 0; i < options_.records; ++i) {
        bench::make_receipt(42, i, key, document);
        out << document << '\n';
      }
    }
    test::Worker worker(worker_options());
    for (int round = 0; round < options_.rounds; ++round) {
      const std::string topic = fresh_topic(named("file"), round);
      const double cpu = test::usage_of(worker.pid()).cpu_seconds;
      const auto started = Clock::now();
      worker.put_connector(topic, Config{{"connector.class", "FileStreamSource"},
                                         {"tasks.max", "1"},
                                         {"file", path.string()},
                                         {"topic", topic},
                                         {"value.converter", "org.apache.kafka.connect.storage.StringConverter"}});
      wait([&] {
        std::int64_t sum = 0;
        for (const auto& [partition, end] : test::end_offsets(options_.bootstrap, topic)) {
          sum += end;
        }
        return sum >= static_cast<std::int64_t>(options_.records);
      });
      const double seconds = since(started);
      const auto usage = test::usage_of(worker.pid());
      say(named("file"), round, options_.records, seconds, usage.cpu_seconds - cpu, usage.peak_rss_mib);
      worker.delete_connector(topic);
    }
  }

  void upsert() {
    const std::uint64_t records = std::min<std::uint64_t>(options_.records, 200'000);
    const std::string topic = fmt::format("flat-{}", records);
    if (!test::topic_exists(options_.bootstrap, topic)) {
      test::create_topic(options_.bootstrap, topic, 4);
      bench::raw_produce(options_.bootstrap, topic, records, true);
    }
    test::PostgresServer postgres(test::PostgresOptions{true, {}});
    test::Worker worker(worker_options());
    for (int round = 0; round < options_.rounds; ++round) {
      for (const bool again : {false, true}) {
        const std::string name = fmt::format("upsert-{}-{}", round, again);
        const double cpu = test::usage_of(worker.pid()).cpu_seconds;
        const double sent = 0;
        const auto started = Clock::now();
        worker.put_connector(name, Config{{"connector.class", "odbc_sink"},
                                          {"tasks.max", "1"},
                                          {"topics", topic},
                                          {"connection.url", postgres.odbc()},
                                          {"insert.mode", "upsert"},
                                          {"pk.mode", "record_value"},
                                          {"pk.fields", "receipt_id"},
                                          {"auto.create", "true"},
                                          {"table.name.format", fmt::format("flat_{}", round)},
                                          {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                                          {"value.converter.schemas.enable", "true"}});
        const std::string counter = fmt::format("kafka_connect_sink_task_metrics_sink_record_send_total{{connector=\"{}\"", name);
        wait([&] { return worker.metric(counter) - sent >= static_cast<double>(records); });
        const double seconds = since(started);
        const auto usage = test::usage_of(worker.pid());
        say(again ? "upsert-updates" : "upsert-inserts", round, records, seconds, usage.cpu_seconds - cpu, usage.peak_rss_mib);
        worker.delete_connector(name);
      }
    }
  }

  void http() {
    const std::uint64_t records = std::min<std::uint64_t>(options_.records, 200'000);
    const std::string topic = fmt::format("receipts-{}", records);
    if (!test::topic_exists(options_.bootstrap, topic)) {
      test::create_topic(options_.bootstrap, topic, 4);
      bench::raw_produce(options_.bootstrap, topic, records, false);
    }
    test::PartnerProcess receiver({"--partner", "plain"});
    test::Worker worker(worker_options());
    for (int round = 0; round < options_.rounds; ++round) {
      receiver.clear();
      const std::string name = fmt::format("http-{}", round);
      const double cpu = test::usage_of(worker.pid()).cpu_seconds;
      const auto started = Clock::now();
      worker.put_connector(name, Config{{"connector.class", "http"},
                                        {"tasks.max", "1"},
                                        {"topics", topic},
                                        {"http.api.url", receiver.url() + "/v1/receipts"},
                                        {"request.body.format", "raw"},
                                        {"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}});
      const std::string counter = fmt::format("weir_sink_acked_total{{connector=\"{}\"", name);
      wait([&] { return worker.metric(counter) >= static_cast<double>(records); });
      const double seconds = since(started);
      const auto usage = test::usage_of(worker.pid());
      say("http", round, records, seconds, usage.cpu_seconds - cpu, usage.peak_rss_mib);
      worker.delete_connector(name);
    }
  }

  /// Process start to the first answer of GET /, in seconds; nothing else is measured.
  void start() {
    for (int round = 0; round < options_.rounds; ++round) {
      const auto started = Clock::now();
      test::Worker worker(worker_options());
      const double seconds = since(started);
      std::cout << fmt::format(R"({{"scenario":"{}","round":{},"s":{:.3f},"rss_mib":{:.0f}}})", named("start"), round, seconds, test::usage_of(worker.pid()).rss_mib) << std::endl;
    }
  }

  /// Acknowledged requests a second at 64 connections with acks=all, one route with its JSON Schema.
  void ingest() {
    const auto made = test::run({"python3", std::string(WEIR_RECEIPTS) + "/generate", "--count", "40000", "--seed", "3", "--channel", "store", "--keyed"}, {}, {},
                                std::chrono::minutes(5));
    std::vector<test::Sale> sales;
    for (std::size_t at = 0; at < made.out.size();) {
      const auto end = made.out.find('\n', at);
      const auto tab = made.out.find('\t', at);
      sales.push_back({made.out.substr(at, tab - at), made.out.substr(tab + 1, end - tab - 1)});
      at = end + 1;
    }
    for (const bool schema : {true, false}) {
      test::Worker worker(worker_options());
      const std::uint16_t port = test::free_port();
      test::create_topic(options_.bootstrap, "store.transactions", 4);
      Config config{{"connector.class", "http_ingest"},
                    {"tasks.max", "1"},
                    {"listeners", fmt::format("http://127.0.0.1:{}", port)},
                    {"auth.methods", "none"},
                    {"routes", "store"},
                    {"route.store.path", "/v1/store/transactions"},
                    {"route.store.topic", "store.transactions"},
                    {"route.store.key", "S-${value.storeNo}-${value.regNo}-${value.bizDate}-${value.txnNo}"},
                    {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                    {"value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"}};
      if (schema) {
        config["topic.schemas"] = std::string("store.transactions=") + WEIR_SCHEMAS + "/store-transaction.schema.json";
      }
      worker.put_connector("ingest", config);
      worker.wait_running("ingest", 1);
      const double cpu = test::usage_of(worker.pid()).cpu_seconds;
      test::PosterOptions o;
      o.port = port;
      o.connections = 64;
      const auto report = test::post_sales(sales, o);
      const auto usage = test::usage_of(worker.pid());
      std::cout << fmt::format(R"({{"scenario":"ingest{}","acknowledged":{},"s":{:.2f},"acknowledged_per_s":{:.0f},"p50_ms":{:.1f},"p99_ms":{:.1f},"cpu_s_per_million":{:.1f},"peak_rss_mib":{:.0f}}})",
                               schema ? "" : "-without-schema", report.acknowledged(), report.seconds, static_cast<double>(report.acknowledged()) / report.seconds,
                               report.percentile_ms(0.5), report.percentile_ms(0.99), (usage.cpu_seconds - cpu) * 1e6 / static_cast<double>(report.acknowledged()),
                               usage.peak_rss_mib)
                << std::endl;
    }
  }

  Options options_;
  std::unique_ptr<test::KafkaBroker> broker_;
  std::string receipts_;
  bool peer_{false};
};

}  // namespace

int main(int argc, char** argv) {
  try {
    Options options;
    options.self = "/proc/self/exe";
    for (int i = 1; i < argc; ++i) {
      const std::string a = argv[i];
      if (a == "--loop" && i + 4 < argc) {  // internal: --loop consume|produce TOPIC N BOOTSTRAP
        const std::string loop = argv[i + 1];
        const std::uint64_t n = std::stoull(argv[i + 3]);
        loop == "consume" ? bench::raw_consume(argv[i + 4], argv[i + 2], n) : bench::raw_produce(argv[i + 4], argv[i + 2], n, false);
        return 0;
      }
      if (a == "--records" && i + 1 < argc) {
        options.records = std::stoull(argv[++i]);
      } else if (a == "--rounds" && i + 1 < argc) {
        options.rounds = std::stoi(argv[++i]);
      } else if (a == "--bootstrap" && i + 1 < argc) {
        options.bootstrap = argv[++i];
      } else if (!a.starts_with("-")) {
        options.scenarios.insert(a);
      } else {
        std::cerr << "flow_bench [--records N] [--rounds N] [--bootstrap HOST:PORT] [SCENARIO...]\n";
        return 2;
      }
    }
    char self[4096];
    const auto n = readlink("/proc/self/exe", self, sizeof self - 1);
    options.self = std::string(self, static_cast<std::size_t>(n));
    Bench(std::move(options)).run();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
