#include "support/kafka_broker.hpp"

#include <signal.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace weir::test {
namespace {

std::filesystem::path jars() {
  const char* set = std::getenv("WEIR_KAFKA_JARS");
  std::filesystem::path folder = set ? set : WEIR_KAFKA_JARS;
  if (!std::filesystem::is_directory(folder)) {
    throw std::runtime_error("no Kafka jars in " + folder.string() + ": run scripts/install-kafka");
  }
  return folder;
}

constexpr auto kStartTime = std::chrono::seconds(90);

}  // namespace

KafkaBroker::KafkaBroker(KafkaOptions options)
    : options_(std::move(options)),
      port_(free_port()),
      controller_port_(free_port()),
      bootstrap_("127.0.0.1:" + std::to_string(port_)) {
  const std::string controller = "127.0.0.1:" + std::to_string(controller_port_);
  std::string text =
      "process.roles=broker,controller\n"
      "node.id=1\n"
      "controller.quorum.voters=1@" +
      controller + "\n" + "listeners=PLAINTEXT://" + bootstrap_ + ",CONTROLLER://" + controller +
      "\n" + "advertised.listeners=PLAINTEXT://" + bootstrap_ + "\n" +
      "controller.listener.names=CONTROLLER\n"
      "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n"
      "log.dirs=" +
      (dir_.path() / "data").string() + "\n" +
      "num.partitions=" + std::to_string(options_.partitions) + "\n" +
      "default.replication.factor=1\n"
      // Retention counts from a record's own time: records that tests date back would be gone 30 s after the start.
      "log.retention.ms=-1\n"
      "offsets.topic.replication.factor=1\n"
      "offsets.topic.num.partitions=8\n"
      "transaction.state.log.replication.factor=1\n"
      "transaction.state.log.min.isr=1\n"
      "transaction.state.log.num.partitions=8\n"
      "share.coordinator.state.topic.replication.factor=1\n"
      "share.coordinator.state.topic.min.isr=1\n"
      "group.initial.rebalance.delay.ms=0\n"
      "broker.heartbeat.interval.ms=200\n"
      "broker.session.timeout.ms=2000\n"
      "log.cleaner.backoff.ms=500\n";
  for (const std::string& line : options_.properties) {
    text += line + "\n";
  }
  write_file(dir_.path() / "server.properties", text);
  format();
  start();
}

std::vector<std::string> KafkaBroker::java(const std::string& heap) const {
  std::vector<std::string> command = {
      "java", "-Xmx" + heap, "-Xshare:auto", "-Djava.awt.headless=true",
      "-Dlog4j2.configurationFile=" WEIR_SUPPORT_DIR "/kafka/log4j2.xml"};
  if (options_.fast_start) {
    command.insert(command.end(), {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"});
  }
  command.insert(command.end(), {"-cp", jars().string() + "/*"});
  return command;
}

void KafkaBroker::format() {
  std::vector<std::string> command = java("128m");
  command.insert(command.end(),
                 {"kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAA", "-c",
                  (dir_.path() / "server.properties").string()});
  ProcessOptions options;
  options.argv = command;
  options.log = dir_.path() / "format.log";
  Process process(options);
  if (process.wait(kStartTime) != 0) {
    throw std::runtime_error("formatting Kafka's storage failed:\n" + tail(options.log));
  }
}

void KafkaBroker::start() {
  if (running()) {
    return;
  }
  const std::size_t before = read_file(log()).size();
  ProcessOptions options;
  options.argv = java(options_.heap);
  options.argv.insert(options.argv.end(),
                      {"kafka.Kafka", (dir_.path() / "server.properties").string()});
  options.log = log();
  process_ = Process(options);
  bool started = eventually(kStartTime, [&] {
    return !running() || read_file(log()).find("Kafka Server started", before) != std::string::npos;
  });
  if (!started || !running()) {
    process_.kill9();
    throw std::runtime_error("Kafka did not start:\n" + tail(log()));
  }
}

void KafkaBroker::stop() { process_.terminate(std::chrono::seconds(60)); }

void KafkaBroker::kill9() { process_.kill9(); }

void KafkaBroker::freeze() { process_.signal(SIGSTOP); }

void KafkaBroker::thaw() { process_.signal(SIGCONT); }

}  // namespace weir::test
