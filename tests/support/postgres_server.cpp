#include "support/postgres_server.hpp"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>
#include <utility>

namespace weir::test {
namespace {

std::filesystem::path binaries() {
  std::filesystem::path best;
  int best_version = 0;
  const std::filesystem::path root = "/usr/lib/postgresql";
  if (std::filesystem::is_directory(root)) {
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      const std::string name = entry.path().filename().string();
      int version = 0;
      std::from_chars(name.data(), name.data() + name.size(), version);
      if (version > best_version && std::filesystem::exists(entry.path() / "bin/postgres")) {
        best_version = version;
        best = entry.path() / "bin";
      }
    }
  }
  if (best.empty()) {
    throw std::runtime_error("PostgreSQL is not installed: run scripts/install-dependencies test");
  }
  return best;
}

}  // namespace

PostgresServer::PostgresServer(PostgresOptions options)
    : options_(std::move(options)), port_(free_port()) {
  if (::geteuid() == 0) {
    const passwd* user = ::getpwnam("postgres");
    if (!user || ::chown(dir_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("cannot give " + dir_.path().string() + " to user postgres");
    }
  }
  ProcessOptions initdb;
  initdb.argv = {(binaries() / "initdb").string(),
                 "-D",
                 (dir_.path() / "data").string(),
                 "-A",
                 "trust",
                 "-U",
                 "postgres",
                 "-E",
                 "UTF8",
                 "--locale=C.UTF-8",
                 "--no-sync"};
  initdb.cwd = dir_.path();
  initdb.log = dir_.path() / "initdb.log";
  initdb.user = "postgres";
  Process process(initdb);
  if (process.wait(std::chrono::seconds(90)) != 0) {
    throw std::runtime_error("initdb failed:\n" + tail(initdb.log));
  }
  start();
}

std::string PostgresServer::odbc() const {
  return "Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=" + std::to_string(port_) +
         ";Database=postgres;UID=postgres;";
}

void PostgresServer::start() {
  if (running()) {
    return;
  }
  ProcessOptions options;
  options.argv = {(binaries() / "postgres").string(), "-D", (dir_.path() / "data").string()};
  std::vector<std::string> settings = {"port=" + std::to_string(port_),
                                       "listen_addresses=127.0.0.1",
                                       "unix_socket_directories=", "max_connections=60"};
  if (!options_.durable) {
    settings.insert(settings.end(),
                    {"fsync=off", "full_page_writes=off", "synchronous_commit=off"});
  }
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const std::string& setting : settings) {
    options.argv.insert(options.argv.end(), {"-c", setting});
  }
  options.cwd = dir_.path();
  options.log = log();
  options.user = "postgres";
  options.env = {{"LC_MESSAGES", "C"}};
  const std::size_t before = read_file(log()).size();
  process_ = Process(options);
  bool ready = eventually(std::chrono::seconds(60), [&] {
    return !running() ||
           read_file(log()).find("ready to accept connections", before) != std::string::npos;
  });
  if (!ready || !running()) {
    process_.kill9();
    throw std::runtime_error("PostgreSQL did not start:\n" + tail(log()));
  }
}

void PostgresServer::stop_by(int signal) {
  process_.signal(signal);
  if (!process_.wait(std::chrono::seconds(60))) {
    process_.kill9();
  }
}

void PostgresServer::stop() { stop_by(SIGINT); }

void PostgresServer::stop_immediate() { stop_by(SIGQUIT); }

void PostgresServer::kill9() { process_.kill9(); }

}  // namespace weir::test
