#include "support/partner/partner.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <ctime>
#include <stdexcept>

#include "support/files.hpp"

namespace weir::test {
namespace {

namespace json = boost::json;

constexpr std::size_t kOnePassLimit = 256 * 1024;
constexpr std::chrono::seconds kClockSkew{300};

std::string base64_decode(std::string_view text) {
  std::string bytes(text.size() / 4 * 3, '\0');
  int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                             reinterpret_cast<const unsigned char*>(text.data()),
                             static_cast<int>(text.size()));
  if (size < 0) {
    return {};
  }
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string url_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '+') {
      result += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ec ==
                   std::errc()) {
      result += static_cast<char>(value);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::map<std::string, std::string> form(std::string_view body) {
  std::map<std::string, std::string> fields;
  while (!body.empty()) {
    std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    std::size_t equals = pair.find('=');
    fields[url_decode(pair.substr(0, equals))] =
        equals == std::string_view::npos ? "" : url_decode(pair.substr(equals + 1));
  }
  return fields;
}

json::parse_options deep() {
  json::parse_options options;
  options.max_depth = 256;
  return options;
}

std::string text_member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

std::optional<PartnerKind> parse_partner(std::string_view name) {
  if (name == "onepass") {
    return PartnerKind::onepass;
  }
  if (name == "slyp") {
    return PartnerKind::slyp;
  }
  return name == "plain" ? std::optional(PartnerKind::plain) : std::nullopt;
}

std::string hmac_sha256_hex(std::string_view secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

std::string http_date(std::chrono::system_clock::time_point time) {
  std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

Partner::Partner(PartnerOptions options) : options_(std::move(options)) {
  if (!options_.schema.empty()) {
    schema_ = std::make_unique<SchemaValidator>(options_.schema);
  }
  if (!options_.state_dir.empty()) {
    std::filesystem::create_directories(options_.state_dir);
    load();
    journal_.reset(std::fopen((options_.state_dir / "receipts.ndjson").c_str(), "a"));
    if (!journal_) {
      throw std::runtime_error("cannot write in " + options_.state_dir.string());
    }
  }
}

void Partner::load() {
  std::string text = read_file(options_.state_dir / "receipts.ndjson");
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    boost::system::error_code error;
    json::value value = json::parse(line, error);
    if (error || !value.is_object()) {
      continue;  // the last line of a process that was killed
    }
    const json::object& object = value.get_object();
    if (const json::value* index = object.if_contains("repeat")) {
      auto at = index->to_number<std::size_t>();
      if (at < receipts_.size()) {
        repeat(receipts_[at]);
      }
    } else {
      accept(text_member(object, "id"), text_member(object, "key"), text_member(object, "body"));
    }
  }
}

void Partner::append(const json::object& line) {
  if (journal_) {
    std::string text = json::serialize(line) + "\n";
    std::fwrite(text.data(), 1, text.size(), journal_.get());
    std::fflush(journal_.get());
  }
}

void Partner::accept(std::string id, std::string key, std::string_view body) {
  auto [known, fresh] = key_of_id_.emplace(id, key);
  if (!fresh && known->second != key) {
    ++other_key_;
  }
  by_key_.emplace(options_.kind == PartnerKind::onepass ? key : id, receipts_.size());
  append({{"id", id}, {"key", key}, {"body", body}});
  receipts_.push_back({std::move(id), std::move(key), std::string(body), 1});
}

void Partner::repeat(Receipt& receipt) {
  ++receipt.posts;
  ++repeats_;
  append({{"repeat", static_cast<std::uint64_t>(&receipt - receipts_.data())}});
}

PartnerAnswer Partner::error(unsigned status, const std::string& message) const {
  json::object body;
  if (options_.kind == PartnerKind::slyp) {
    body["errors"] = json::array{json::object{{"message", message}}};
  } else {
    body["error"] = message;
  }
  return {status, json::serialize(body), {}};
}

PartnerAnswer Partner::throttled(std::chrono::seconds retry_after, Clock::time_point now) const {
  PartnerAnswer answer = error(429, "too many requests");
  // A date has whole seconds: round up, so that it is not before the time that is meant.
  answer.headers.emplace_back("Retry-After",
                              options_.kind == PartnerKind::slyp
                                  ? http_date(now + retry_after + std::chrono::milliseconds(999))
                                  : std::to_string(retry_after.count()));
  return answer;
}

PartnerAnswer Partner::handle(const PartnerRequest& request, Clock::time_point now) {
  ++requests_;
  PartnerAnswer answer = route(request, now);
  ++statuses_[answer.status];
  return answer;
}

PartnerAnswer Partner::route(const PartnerRequest& request, Clock::time_point now) {
  if (options_.kind == PartnerKind::plain) {
    return {200, {}, {}};
  }
  std::string_view path = request.target.substr(0, request.target.find('?'));
  bool is_token = options_.kind == PartnerKind::onepass && path == "/oauth/token";
  if (!is_token && path != "/v1/receipts") {
    return error(404, "no such resource");
  }
  if (request.method != "POST") {
    return error(405, "only POST");
  }
  if (is_token) {
    return token(request, now);
  }
  return options_.kind == PartnerKind::onepass ? onepass_receipt(request, now)
                                               : slyp_receipt(request, now);
}

PartnerAnswer Partner::token(const PartnerRequest& request, Clock::time_point now) {
  auto fields = form(request.body);
  if (fields["grant_type"] != "client_credentials") {
    return error(400, "unsupported_grant_type");
  }
  std::string id = fields["client_id"];
  std::string secret = fields["client_secret"];
  if (request.authorization.starts_with("Basic ")) {
    std::string pair = base64_decode(request.authorization.substr(6));
    std::size_t colon = pair.find(':');
    id = url_decode(pair.substr(0, colon));
    secret = colon == std::string::npos ? "" : url_decode(pair.substr(colon + 1));
  }
  if (id != options_.client_id || secret != options_.client_secret) {
    return error(401, "invalid_client");
  }
  std::erase_if(tokens_, [now](const auto& entry) { return entry.second <= now; });
  // Not to be guessed from the one before, as a real one.
  std::string text = hmac_sha256_hex(
      options_.client_secret + "token",
      std::to_string(++tokens_issued_) + "." + std::to_string(now.time_since_epoch().count()));
  tokens_[text] = now + options_.token_lifetime;
  json::object body{{"access_token", text},
                    {"token_type", "Bearer"},
                    {"expires_in", options_.token_lifetime.count()}};
  return {200, json::serialize(body), {{"Cache-Control", "no-store"}}};
}

std::optional<PartnerAnswer> Partner::read_body(std::string_view body, const char* id_member,
                                                std::string& id) {
  boost::system::error_code parse_error;
  json::monotonic_resource memory;
  json::value document = json::parse(body, parse_error, &memory, deep());
  if (parse_error) {
    return error(400, "not JSON: " + parse_error.message());
  }
  if (schema_) {
    std::vector<SchemaError> problems = schema_->check(document);
    if (!problems.empty()) {
      json::array errors;
      for (const SchemaError& problem : problems) {
        errors.push_back(json::object{{"field", problem.pointer}, {"message", problem.message}});
      }
      return PartnerAnswer{422, json::serialize(json::object{{"errors", errors}}), {}};
    }
  }
  id = document.is_object() ? text_member(document.get_object(), id_member) : "";
  if (id.empty()) {
    json::array errors{
        json::object{{"field", std::string("/") + id_member}, {"message", "a text is required"}}};
    return PartnerAnswer{422, json::serialize(json::object{{"errors", errors}}), {}};
  }
  return std::nullopt;
}

PartnerAnswer Partner::onepass_receipt(const PartnerRequest& request, Clock::time_point now) {
  if (!options_.client_id.empty()) {
    std::string_view bearer = request.authorization;
    auto found = bearer.starts_with("Bearer ") ? tokens_.find(bearer.substr(7)) : tokens_.end();
    if (found == tokens_.end() || found->second <= now) {
      PartnerAnswer answer = error(401, "invalid_token");
      answer.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
      return answer;
    }
  }
  if (request.body.size() > kOnePassLimit) {
    return error(413, "a receipt has at most 256 kB");
  }
  if (request.idempotency_key.empty()) {
    return error(400, "Idempotency-Key is required");
  }
  std::string key(request.idempotency_key);
  if (auto known = by_key_.find(key); known != by_key_.end()) {
    Receipt& receipt = receipts_[known->second];
    if (receipt.body != request.body) {
      ++other_body_;
      return error(409, "this Idempotency-Key was used with another body");
    }
    repeat(receipt);
    return {200, json::serialize(json::object{{"receiptId", receipt.id}, {"status", "known"}}), {}};
  }
  std::string id;
  if (auto refused = read_body(request.body, "receiptId", id)) {
    return *refused;
  }
  std::string answer = json::serialize(json::object{{"receiptId", id}, {"status", "created"}});
  accept(std::move(id), std::move(key), request.body);
  return {201, answer, {}};
}

PartnerAnswer Partner::slyp_receipt(const PartnerRequest& request, Clock::time_point now) {
  if (!options_.api_key.empty() && request.api_key != options_.api_key) {
    return error(401, "wrong API key");
  }
  if (!options_.hmac_secret.empty()) {
    std::int64_t seconds = 0;
    auto parsed = std::from_chars(request.timestamp.data(),
                                  request.timestamp.data() + request.timestamp.size(), seconds);
    auto sent = Clock::time_point(std::chrono::seconds(seconds));
    if (parsed.ec != std::errc() || sent < now - kClockSkew || sent > now + kClockSkew) {
      return error(401, "X-Timestamp is missing or too far from now");
    }
    std::string signed_text = std::string(request.timestamp) + "." + std::string(request.body);
    if (request.signature != hmac_sha256_hex(options_.hmac_secret, signed_text)) {
      return error(401, "wrong signature");
    }
  }
  std::string id;
  if (auto refused = read_body(request.body, "external_id", id)) {
    return *refused;
  }
  std::string key(request.idempotency_key);
  if (auto known = by_key_.find(id); known != by_key_.end()) {
    Receipt& receipt = receipts_[known->second];
    other_key_ += receipt.key != key ? 1 : 0;
    other_body_ += receipt.body != request.body ? 1 : 0;
    repeat(receipt);
    return {303,
            json::serialize(json::object{{"external_id", id}, {"status", "previous success"}}),
            {{"Location", "/v1/receipts/" + id}}};
  }
  std::string answer = json::serialize(json::object{{"external_id", id}, {"status", "created"}});
  accept(std::move(id), std::move(key), request.body);
  return {201, answer, {}};
}

std::string Partner::receipts() const {
  std::string text;
  for (std::size_t i = 0; i < receipts_.size(); ++i) {
    const Receipt& receipt = receipts_[i];
    text += "{\"id\":" + json::serialize(json::string(receipt.id)) +
            ",\"idempotency_key\":" + json::serialize(json::string(receipt.key)) +
            ",\"posts\":" + std::to_string(receipt.posts) + ",\"order\":" + std::to_string(i) +
            ",\"body\":";
    // The bytes as they came, so that the oracle sees how numbers were written.
    bool one_line = receipt.body.find_first_of("\r\n") == std::string::npos;
    text += one_line ? receipt.body : json::serialize(json::parse(receipt.body, {}, deep()));
    text += "}\n";
  }
  return text;
}

json::object Partner::stats() const {
  json::object refused;
  for (const auto& [status, count] : statuses_) {
    if (status >= 400) {
      refused[std::to_string(status)] = count;
    }
  }
  json::object faults;
  for (const auto& [mode, count] : faults_) {
    faults[mode] = count;
  }
  return {{"requests", requests_},
          {"accepted", receipts_.size()},
          {"repeats", repeats_},
          {"repeats_under_another_key", other_key_},
          {"repeats_with_another_body", other_body_},
          {"tokens", tokens_issued_},
          {"refused", refused},
          {"faults", faults}};
}

void Partner::clear() {
  receipts_.clear();
  by_key_.clear();
  key_of_id_.clear();
  faults_.clear();
  statuses_.clear();
  requests_ = repeats_ = other_key_ = other_body_ = 0;
  if (journal_) {
    journal_.reset(std::fopen((options_.state_dir / "receipts.ndjson").c_str(), "w"));
  }
}

}  // namespace weir::test
