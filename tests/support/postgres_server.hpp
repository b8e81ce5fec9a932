// A real PostgreSQL on the loopback, for integration tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/process.hpp"

namespace weir::test {

struct PostgresOptions {
  bool durable{false};  ///< fsync, full_page_writes and synchronous_commit on, as shipped
  std::vector<std::string> settings{};  ///< "name=value"
};

/// One server with its own data folder and port, both kept over stop and start; user and database
/// "postgres", no password, no socket file. As root it runs as user postgres. All calls from one
/// thread; each throws std::runtime_error with the end of the log when it fails.
class PostgresServer {
 public:
  explicit PostgresServer(PostgresOptions options = {});

  std::uint16_t port() const { return port_; }
  /// For connection.url and for Sql.
  std::string odbc() const;
  std::filesystem::path log() const { return dir_.path() / "postgres.log"; }

  void start();           ///< returns when it takes connections; the constructor has done it once
  void stop();            ///< fast: sessions are ended, then a checkpoint
  void stop_immediate();  ///< no checkpoint: recovery at the next start
  void kill9();
  void restart() {
    stop();
    start();
  }
  bool running() { return process_.running(); }

 private:
  void stop_by(int signal);

  PostgresOptions options_;
  TempDir dir_;
  std::uint16_t port_;
  Process process_;
};

}  // namespace weir::test
