// partner_simulator as a child process of a test.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"

namespace weir::test {

struct PartnerReceipt {
  std::string id;
  std::string idempotency_key;
  std::string body;  ///< as it came
  std::uint64_t posts{0};
  std::uint64_t order{0};
};

/// One simulator with its own ports and state, both kept over kill and start. One thread; throws
/// std::runtime_error.
class PartnerProcess {
 public:
  /// `arguments` as partner_simulator takes them, without ports and state folder:
  /// {"--partner", "onepass", "--client-id", "weir", "--client-secret", "s", "--schema", FILE}.
  explicit PartnerProcess(std::vector<std::string> arguments);

  const std::string& url() const { return url_; }  ///< "http://127.0.0.1:PORT"
  void start();
  void kill9() { process_.kill9(); }

  /// {"mode":"hang","for_ms":10000} and the like; "none" ends it.
  void fault(const std::string& json);
  std::vector<PartnerReceipt> receipts();
  std::map<std::string, PartnerReceipt> receipts_by_id();
  /// requests, accepted, repeats, repeats_under_another_key, repeats_with_another_body, tokens,
  /// connections, refused{status}, faults{mode}.
  boost::json::object stats();
  std::uint64_t accepted();
  void clear();

 private:
  HttpResponse control(const std::string& method, const std::string& path,
                       const std::string& body = {});

  std::vector<std::string> arguments_;
  TempDir dir_;
  std::uint16_t port_;
  std::uint16_t control_port_;
  std::string url_;
  HttpClient http_;
  Process process_;
};

}  // namespace weir::test
