// `weir worker` as a child process, driven over its REST API.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"

namespace weir::test {

struct WorkerOptions {
  /// Another worker that reads the same properties and speaks the same REST API, up to the file's
  /// name (benchmarks start Kafka Connect so); empty: `weir worker --config`.
  std::vector<std::string> command{};
  std::string bootstrap{};  ///< empty: --embedded
  std::map<std::string, std::string>
      properties{};                      ///< over the defaults; an empty value takes a key out
  std::vector<std::string> arguments{};  ///< added to the command line (--connectors ...)
  std::map<std::string, std::string> env{};
  std::chrono::milliseconds start_timeout{std::chrono::seconds(30)};
};

/// One worker with its own properties file, REST port and log, all kept over kill and start.
/// Defaults: group.id "weir-test" with its three state topics, factors 1, StringConverter keys,
/// JsonConverter values without schemas, offset.flush.interval.ms 1000. One thread; what fails
/// throws std::runtime_error with the end of the log.
class Worker {
 public:
  explicit Worker(WorkerOptions options);

  void start();     ///< returns when GET / answers; the constructor has done it once
  int terminate();  ///< SIGTERM; the exit status
  void kill9();
  bool running() { return process_.running(); }
  pid_t pid() const { return process_.pid(); }
  Process& process() { return process_; }

  const std::string& url() const { return url_; }
  std::uint16_t port() const { return port_; }
  std::filesystem::path log() const { return dir_.path() / "worker.log"; }
  std::string log_text() const { return read_file(log()); }
  const std::filesystem::path& dir() const { return dir_.path(); }
  HttpClient& http() { return http_; }  ///< paths are relative to url()

  /// PUT /connectors/NAME/config with the config as JSON text. Expects 200 or 201; 409 (rebalance)
  /// is tried again.
  void put_connector(const std::string& name, const std::string& config);
  void put_connector(const std::string& name, const std::map<std::string, std::string>& config);
  void delete_connector(const std::string& name);
  /// GET /connectors/NAME/status.
  boost::json::value status(const std::string& name);
  /// "RUNNING", "FAILED" ...; a connector that is not there is "".
  std::string connector_state(const std::string& name);
  std::vector<std::string> task_states(const std::string& name);
  /// Until the connector and all its tasks (`tasks` of them, 0 = any number from one) are RUNNING.
  void wait_running(const std::string& name, std::size_t tasks = 0,
                    std::chrono::milliseconds timeout = std::chrono::seconds(60));
  /// Until some task is FAILED; returns its trace.
  std::string wait_failed(const std::string& name,
                          std::chrono::milliseconds timeout = std::chrono::seconds(60));
  /// The text of /metrics.
  std::string metrics();
  /// The value of the first sample whose line begins with `start` (name, or name and labels); NaN
  /// when there is none.
  double metric(const std::string& start);

 private:
  [[noreturn]] void fail(const std::string& what);

  WorkerOptions options_;
  TempDir dir_;
  std::uint16_t port_;
  std::string url_;
  HttpClient http_;
  Process process_;
};

}  // namespace weir::test
