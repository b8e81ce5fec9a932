#include "integration/receipts/platform.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>

#include "support/process.hpp"

namespace weir::test {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr char kConfigs[] = WEIR_CONFIGS "/receipts";

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::map<std::string, std::string> worker_file() {
  std::map<std::string, std::string> keys;
  std::istringstream in(read_file(std::string(kConfigs) + "/worker/worker.properties"));
  for (std::string line; std::getline(in, line);) {
    const std::size_t equals = line.find('=');
    if (!line.starts_with("#") && equals != std::string::npos) {
      keys[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  if (keys.empty()) {
    throw std::runtime_error("the worker file is missing");
  }
  return keys;
}

std::string sha256(const std::string& text) {
  Outcome outcome = run({"sha256sum"}, text);
  return outcome.out.substr(0, 64);
}

json::value boolean(const std::optional<std::string>& text) {
  return text ? json::value(*text == "1" || *text == "t" || *text == "true") : json::value();
}

json::value text_or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value();
}

}  // namespace

Servers& servers() {
  static Servers all;
  return all;
}

Platform::Platform(PlatformOptions options)
    : name_(options.name),
      api_key_("key-of-" + name_),
      ingest_port_(free_port()),
      ingest_("http://127.0.0.1:" + std::to_string(ingest_port_)),
      onepass_({"--partner", "onepass", "--client-id", "weir", "--client-secret", "onepass-secret", "--schema",
                std::string(kConfigs) + "/schemas/onepass-receipt.schema.json"}),
      slyp_({"--partner", "slyp", "--api-key", "slyp-key", "--hmac-secret", "slyp-secret", "--schema",
             std::string(kConfigs) + "/schemas/slyp-receipt.schema.json"}) {
  make_database();
  write_file(dir_.path() / "api-keys", "till:" + sha256(api_key_) + "::*\n");
  write_connectors(options);
  start_worker(options);
  wait_running();
}

void Platform::make_database() {
  PostgresServer& postgres = servers().postgres;
  Sql(postgres.odbc()).execute("CREATE DATABASE " + name_);
  odbc_ = postgres.odbc();
  replace_all(odbc_, "Database=postgres", "Database=" + name_);
  Outcome loaded = run({"python3", WEIR_RECEIPTS "/load_products", "--postgres", std::to_string(postgres.port()),
                        "--database", name_});
  if (loaded.status != 0) {
    throw std::runtime_error("load_products: " + loaded.err);
  }
}

void Platform::write_connectors(const PlatformOptions& options) {
  std::map<std::string, std::map<std::string, std::string>> overrides = options.overrides;
  for (const auto& file : std::filesystem::directory_iterator(kConfigs)) {
    if (file.path().extension() != ".json") {
      continue;
    }
    std::string text = read_file(file.path());
    for (const char* topic : {"store.transactions", "online.orders", "receipts.enriched", "reference.products", "dlq."}) {
      replace_all(text, topic, name_ + "." + topic);
    }
    json::value document = json::parse(text);
    json::object& config = document.at("config").as_object();
    for (const auto& [key, value] : overrides[file.path().stem().string()]) {
      if (value.empty()) {
        config.erase(key);
      } else {
        config[key] = value;
      }
    }
    const std::string name = connector(std::string(document.at("name").as_string()));
    document.as_object()["name"] = name;
    write_file(dir_.path() / "connectors" / file.path().filename(), json::serialize(document));
    connectors_.push_back(name);
  }
}

void Platform::start_worker(const PlatformOptions& options) {
  WorkerOptions worker;
  worker.bootstrap = servers().kafka.bootstrap();
  worker.properties = worker_file();
  worker.properties.erase("bootstrap.servers");
  worker.properties.erase("listeners");
  for (const char* key : {"group.id", "config.storage.topic", "offset.storage.topic", "status.storage.topic"}) {
    worker.properties[key] = name_ + "-" + worker.properties[key];
  }
  for (const auto& [key, value] : options.worker) {
    worker.properties[key] = value;
  }
  worker.arguments = {"--connectors", (dir_.path() / "connectors").string()};
  worker.env = {
      {"INGEST_LISTENER", "http://127.0.0.1:" + std::to_string(ingest_port_)},
      {"INGEST_API_KEYS_FILE", (dir_.path() / "api-keys").string()},
      {"RECEIPTS_SCHEMAS", std::string(kConfigs) + "/schemas"},
      {"ONEPASS_URL", onepass_.url() + "/v1/receipts"},
      {"ONEPASS_TOKEN_URL", onepass_.url() + "/oauth/token"},
      {"ONEPASS_CLIENT_ID", "weir"},
      {"ONEPASS_CLIENT_SECRET", "onepass-secret"},
      {"SLYP_URL", slyp_.url() + "/v1/receipts"},
      {"SLYP_API_KEY", "slyp-key"},
      {"SLYP_HMAC_SECRET", "slyp-secret"},
      {"WAREHOUSE_ODBC", odbc_},
      {"WAREHOUSE_PASSWORD", ""},
  };
  worker_ = std::make_unique<Worker>(worker);
}

void Platform::wait_running() {
  for (const std::string& name : connectors_) {
    worker_->wait_running(name);
  }
  if (!eventually(std::chrono::seconds(30), [&] { return ingest_.get("/health/ready").status == 200; })) {
    throw std::runtime_error("the ingest does not become ready; end of the worker's log:\n" + tail(worker_->log()));
  }
}

PosterReport Platform::post(const std::vector<Sale>& sales, double rate, std::size_t connections) const {
  PosterOptions options;
  options.port = ingest_port_;
  options.api_key = api_key_;
  options.rate = rate;
  options.connections = connections;
  return post_sales(sales, options);
}

std::int64_t Platform::rows() {
  try {
    return Sql(odbc_).number("SELECT count(*) FROM \"RECEIPTS\"");
  } catch (const std::runtime_error&) {
    return -1;
  }
}

std::map<std::string, json::value> Platform::warehouse() {
  std::map<std::string, json::value> rows;
  Sql sql(odbc_);
  for (const SqlRow& row : sql.rows(
           R"(SELECT "RECEIPT_ID", "CHANNEL", "TXN_TYPE", "ISSUED_AT"::text, "STORE_NO", "ITEM_COUNT"::text, "TOTAL"::text, )"
           R"("GST"::text, "TO_ONEPASS"::text, "TO_SLYP"::text, "PAYLOAD"::text FROM "RECEIPTS")")) {
    json::object document{
        {"RECEIPT_ID", text_or_null(row[0])}, {"CHANNEL", text_or_null(row[1])},
        {"TXN_TYPE", text_or_null(row[2])},   {"ISSUED_AT", text_or_null(row[3])},
        {"STORE_NO", text_or_null(row[4])},   {"ITEM_COUNT", row[5] ? json::value(std::stoll(*row[5])) : json::value()},
        {"TOTAL", text_or_null(row[6])},      {"GST", text_or_null(row[7])},
        {"TO_ONEPASS", boolean(row[8])},      {"TO_SLYP", boolean(row[9])},
        {"PAYLOAD", row[10] ? json::parse(*row[10]) : json::value()}};
    if (!rows.emplace(row[0].value_or(""), std::move(document)).second) {
      throw std::runtime_error("the warehouse has two rows of " + row[0].value_or("NULL"));
    }
  }
  return rows;
}

std::string Platform::progress(const Expectation& expected) {
  return "onepass " + std::to_string(onepass_.accepted()) + " of " + std::to_string(expected.onepass.size()) +
         ", slyp " + std::to_string(slyp_.accepted()) + " of " + std::to_string(expected.slyp.size()) +
         ", warehouse " + std::to_string(rows()) + " of " + std::to_string(expected.warehouse.size());
}

void Platform::compare(const std::string& partner, PartnerProcess& process,
                       const std::map<std::string, json::value>& expected) {
  int shown = 0;
  const auto report = [&](const std::string& text) {
    if (++shown <= 5) {
      ADD_FAILURE() << partner << ": " << text;
    }
  };
  std::set<std::string> seen;
  for (const PartnerReceipt& receipt : process.receipts()) {
    const auto found = expected.find(receipt.id);
    if (!seen.insert(receipt.id).second) {
      report("received twice: " + receipt.id);
    } else if (found == expected.end()) {
      report("not meant for it: " + receipt.id);
    } else if (auto differs = difference(found->second, json::parse(receipt.body))) {
      report(receipt.id + " " + *differs);
    }
    if (receipt.idempotency_key != receipt.id) {
      report(receipt.id + " came under the key " + receipt.idempotency_key);
    }
  }
  for (const auto& [id, document] : expected) {
    if (!seen.contains(id)) {
      report("missing: " + id);
    }
  }
  const json::object stats = process.stats();
  EXPECT_EQ(stats.at("repeats_under_another_key").to_number<std::uint64_t>(), 0U) << partner;
  EXPECT_EQ(stats.at("repeats_with_another_body").to_number<std::uint64_t>(), 0U) << partner;
  EXPECT_EQ(shown, 0) << partner << ": differences in all";
}

void Platform::expect_delivered(const Expectation& expected, std::chrono::seconds timeout) {
  const bool complete = eventually(
      timeout,
      [&] {
        return onepass_.accepted() >= expected.onepass.size() && slyp_.accepted() >= expected.slyp.size() &&
               rows() >= static_cast<std::int64_t>(expected.warehouse.size());
      },
      milliseconds(200));
  EXPECT_TRUE(complete) << "after " << timeout.count() << " s: " << progress(expected) << "\nend of the worker's log:\n"
                        << tail(worker_->log());
  compare("onepass", onepass_, expected.onepass);
  compare("slyp", slyp_, expected.slyp);
  int shown = 0;
  const std::map<std::string, json::value> found = warehouse();
  for (const auto& [id, document] : expected.warehouse) {
    const auto row = found.find(id);
    const auto differs = row == found.end() ? std::optional<std::string>("missing")
                                            : difference(document, row->second);
    if (differs && ++shown <= 5) {
      ADD_FAILURE() << "warehouse: " << id << " " << *differs;
    }
  }
  EXPECT_EQ(shown, 0) << "warehouse: differences in all";
  EXPECT_EQ(found.size(), expected.warehouse.size()) << "rows in the warehouse";
}

}  // namespace weir::test
