// The receipts platform of configs/receipts/ on real servers: worker, partners, warehouse, under names of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "integration/receipts/oracle.hpp"
#include "support/files.hpp"
#include "support/http_client.hpp"
#include "support/kafka_broker.hpp"
#include "support/partner_process.hpp"
#include "support/postgres_server.hpp"
#include "support/sql.hpp"
#include "support/worker.hpp"

namespace weir::test {

/// One of each for all tests of an executable.
struct Servers {
  KafkaBroker kafka;
  PostgresServer postgres;
};
Servers& servers();

struct PlatformOptions {
  std::string name;  ///< stands before every topic, connector, the database and the worker's group
  /// File of configs/receipts without ".json" -> keys that are set or, with an empty value, taken out.
  std::map<std::string, std::map<std::string, std::string>> overrides{};
  std::map<std::string, std::string> worker{};  ///< keys of the worker file
};

/// Throws std::runtime_error. All calls from the test's thread, but post(), which any thread may call.
class Platform {
 public:
  /// Returns when every connector runs and the ingest takes sales.
  explicit Platform(PlatformOptions options);

  std::string topic(const std::string& plain) const { return name_ + "." + plain; }
  /// The worker's name for the connector "onepass" and the like.
  std::string connector(const std::string& plain) const { return name_ + "-" + plain; }
  std::string group(const std::string& plain) const { return "connect-" + connector(plain); }

  Worker& worker() { return *worker_; }
  PartnerProcess& onepass() { return onepass_; }
  PartnerProcess& slyp() { return slyp_; }
  const std::string& odbc() const { return odbc_; }
  HttpClient& ingest() { return ingest_; }
  const std::string& api_key() const { return api_key_; }

  /// After start() of the worker.
  void wait_running();
  PosterReport post(const std::vector<Sale>& sales, double rate = 0, std::size_t connections = 8) const;

  /// Rows of RECEIPTS; -1 while the warehouse cannot be asked.
  std::int64_t rows();
  /// RECEIPT_ID -> the row as the expected document has it. Throws when an id stands there twice.
  std::map<std::string, boost::json::value> warehouse();

  /// Waits until the partners and the warehouse have as many documents as expected, then compares everything: each
  /// document at its partner, equal, under its receipt id as the only idempotency key, and one equal row in the
  /// warehouse. Differences become failures of the running test.
  void expect_delivered(const Expectation& expected, std::chrono::seconds timeout);

  /// "slyp: 12 of 14, …": what the counters say now.
  std::string progress(const Expectation& expected);

 private:
  void make_database();
  void write_connectors(const PlatformOptions& options);
  void start_worker(const PlatformOptions& options);
  void compare(const std::string& partner, PartnerProcess& process,
               const std::map<std::string, boost::json::value>& expected);

  std::string name_;
  TempDir dir_;
  std::string odbc_;
  std::string api_key_;
  std::uint16_t ingest_port_;
  HttpClient ingest_;
  PartnerProcess onepass_;
  PartnerProcess slyp_;
  std::vector<std::string> connectors_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace weir::test
