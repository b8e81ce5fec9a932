// What a partner answers, without the network: OnePass and Slyp as the receipts platform knows
// them, and "plain", which takes everything. Time is given by the caller.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/partner/schema_validator.hpp"

namespace weir::test {

struct PartnerRequest {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  std::string_view authorization;
  std::string_view idempotency_key;
  std::string_view api_key;
  std::string_view timestamp;
  std::string_view signature;
};

struct PartnerAnswer {
  unsigned status{200};
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

enum class PartnerKind { onepass, slyp, plain };
std::optional<PartnerKind> parse_partner(std::string_view name);

struct PartnerOptions {
  PartnerKind kind{PartnerKind::plain};
  std::filesystem::path state_dir{};  ///< empty: nothing survives a restart
  std::filesystem::path schema{};     ///< empty: bodies only have to be JSON
  std::string api_key{};              ///< slyp; empty: not asked for
  std::string hmac_secret{};          ///< slyp; empty: not asked for
  std::string client_id{};            ///< onepass; empty: no token is asked for
  std::string client_secret{};
  std::chrono::seconds token_lifetime{300};
};

/// Lower-case hex HMAC-SHA256.
std::string hmac_sha256_hex(std::string_view secret, std::string_view text);
/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::chrono::system_clock::time_point time);

/// One thread. Keeps every accepted receipt for the oracle of a test.
class Partner {
 public:
  using Clock = std::chrono::system_clock;

  explicit Partner(PartnerOptions options);

  /// Answers the partner's own routes.
  PartnerAnswer handle(const PartnerRequest& request, Clock::time_point now);
  /// 429 in this partner's form: Retry-After in seconds (OnePass) or as a date (Slyp).
  PartnerAnswer throttled(std::chrono::seconds retry_after, Clock::time_point now) const;
  /// An answer with an error body in this partner's form.
  PartnerAnswer error(unsigned status, const std::string& message) const;
  /// Counts an answer that was given instead of handle()'s.
  void count_fault(const std::string& mode) { ++faults_[mode]; }

  /// One JSON object a line, in order of acceptance: id, idempotency_key, posts, order, body.
  std::string receipts() const;
  boost::json::object stats() const;
  void clear();

 private:
  struct Receipt {
    std::string id;
    std::string key;
    std::string body;
    std::uint64_t posts{0};
  };

  PartnerAnswer route(const PartnerRequest& request, Clock::time_point now);
  PartnerAnswer token(const PartnerRequest& request, Clock::time_point now);
  PartnerAnswer onepass_receipt(const PartnerRequest& request, Clock::time_point now);
  PartnerAnswer slyp_receipt(const PartnerRequest& request, Clock::time_point now);
  /// The id member of a body that is valid; an answer otherwise.
  std::optional<PartnerAnswer> read_body(std::string_view body, const char* id_member,
                                         std::string& id);
  void accept(std::string id, std::string key, std::string_view body);
  void repeat(Receipt& receipt);
  void append(const boost::json::object& line);
  void load();

  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  PartnerOptions options_;
  std::unique_ptr<SchemaValidator> schema_;
  std::unique_ptr<std::FILE, CloseFile> journal_;
  std::vector<Receipt> receipts_;
  std::unordered_map<std::string, std::size_t> by_key_;  ///< OnePass: idempotency key; Slyp: id
  std::unordered_map<std::string, std::string> key_of_id_;
  std::map<std::string, Clock::time_point, std::less<>> tokens_;
  std::map<std::string, std::uint64_t> faults_;
  std::map<unsigned, std::uint64_t> statuses_;
  std::uint64_t requests_{0};
  std::uint64_t repeats_{0};
  std::uint64_t other_key_{0};
  std::uint64_t other_body_{0};
  std::uint64_t tokens_issued_{0};
};

}  // namespace weir::test
