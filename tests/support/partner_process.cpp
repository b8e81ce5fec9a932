#include "support/partner_process.hpp"

#include <boost/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace weir::test {

PartnerProcess::PartnerProcess(std::vector<std::string> arguments)
    : arguments_(std::move(arguments)),
      port_(free_port()),
      control_port_(free_port()),
      url_("http://127.0.0.1:" + std::to_string(port_)),
      http_("http://127.0.0.1:" + std::to_string(control_port_)) {
  start();
}

void PartnerProcess::start() {
  ProcessOptions options;
  options.argv = {WEIR_PARTNER_SIMULATOR,          "--port",
                  std::to_string(port_),           "--control-port",
                  std::to_string(control_port_),   "--state-dir",
                  (dir_.path() / "state").string()};
  options.argv.insert(options.argv.end(), arguments_.begin(), arguments_.end());
  options.log = dir_.path() / "partner.log";
  process_ = Process(options);
  bool answers = eventually(std::chrono::seconds(20), [&] {
    return !process_.running() || http_.get("/_health").status == 200;
  });
  if (!answers || !process_.running()) {
    throw std::runtime_error("partner_simulator did not start:\n" + tail(options.log));
  }
}

HttpResponse PartnerProcess::control(const std::string& method, const std::string& path,
                                     const std::string& body) {
  HttpResponse response = http_.request(method, path, body);
  if (response.status < 200 || response.status > 299) {
    throw std::runtime_error("partner_simulator " + path + ": " + std::to_string(response.status) +
                             " " + response.body + response.error);
  }
  return response;
}

void PartnerProcess::fault(const std::string& json) { control("POST", "/_fault", json); }

std::vector<PartnerReceipt> PartnerProcess::receipts() {
  constexpr std::string_view kBody = ",\"body\":";
  std::vector<PartnerReceipt> all;
  std::istringstream lines(control("GET", "/_receipts").body);
  for (std::string line; std::getline(lines, line);) {
    // The body is the last member; it is taken as it came, the rest is read.
    std::size_t at = line.find(kBody);
    boost::json::object head = boost::json::parse(line.substr(0, at) + "}").as_object();
    all.push_back(
        {std::string(head["id"].as_string()), std::string(head["idempotency_key"].as_string()),
         line.substr(at + kBody.size(), line.size() - at - kBody.size() - 1),
         head["posts"].to_number<std::uint64_t>(), head["order"].to_number<std::uint64_t>()});
  }
  return all;
}

std::map<std::string, PartnerReceipt> PartnerProcess::receipts_by_id() {
  std::map<std::string, PartnerReceipt> by_id;
  for (PartnerReceipt& receipt : receipts()) {
    std::string id = receipt.id;
    if (!by_id.emplace(id, std::move(receipt)).second) {
      throw std::runtime_error("two receipts with the id " + id);
    }
  }
  return by_id;
}

boost::json::object PartnerProcess::stats() {
  return boost::json::parse(control("GET", "/_stats").body).as_object();
}

std::uint64_t PartnerProcess::accepted() { return stats()["accepted"].to_number<std::uint64_t>(); }

void PartnerProcess::clear() { control("DELETE", "/_receipts"); }

}  // namespace weir::test
