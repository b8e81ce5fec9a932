// A real Apache Kafka (KRaft, broker and controller in one JVM) on the loopback, for integration
// tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/process.hpp"

namespace weir::test {

struct KafkaOptions {
  int partitions{4};         ///< num.partitions
  std::string heap{"512m"};  ///< -Xmx
  bool fast_start{true};     ///< C1 compiler and serial GC: half the start, less throughput
  std::vector<std::string> properties{};  ///< lines added to server.properties ("name=value")
};

/// One broker with its own data folder and port, both kept over stop and start. Starting takes
/// about 3 s, so an executable has one for all its tests. The jars are found in WEIR_KAFKA_JARS
/// (environment, else build/kafka/jars; scripts/install-kafka fetches them). All calls from one
/// thread; each throws std::runtime_error with the end of the broker's log when it fails.
class KafkaBroker {
 public:
  explicit KafkaBroker(KafkaOptions options = {});

  const std::string& bootstrap() const { return bootstrap_; }
  std::uint16_t port() const { return port_; }
  std::filesystem::path log() const { return dir_.path() / "kafka.log"; }

  void start();  ///< returns when it serves; the constructor has done it once
  void stop();   ///< SIGTERM and wait
  void kill9();
  void restart() {
    stop();
    start();
  }
  void freeze();  ///< SIGSTOP: connections stay open, nothing answers
  void thaw();    ///< SIGCONT
  bool running() { return process_.running(); }
  pid_t pid() const { return process_.pid(); }

 private:
  std::vector<std::string> java(const std::string& heap) const;
  void format();

  KafkaOptions options_;
  TempDir dir_;
  std::uint16_t port_;
  std::uint16_t controller_port_;
  std::string bootstrap_;
  Process process_;
};

}  // namespace weir::test
