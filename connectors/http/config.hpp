// The options of the HTTP sink and what is made of them once: templates, code lists, fixed headers.
#pragma once

#include "outcome.hpp"
#include "retry.hpp"

#include <weir/config_def.hpp>
#include <weir/template.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::connectors::http {

enum class BodyFormat { json, string, raw, text_template };
enum class NullValues { ignore, fail, log, dlq, remove };
enum class Ordering { none, key, partition };
enum class HttpVersion { automatic, http1, http2 };
enum class KeyPlace { header, query };
enum class TokenAuth { header, body };
enum class ConcurrencyMode { adaptive, fixed };
enum class HmacAlgorithm { sha1, sha256, sha512 };

/// As it stands in the connector's JSON; the initialisers are the defaults.
struct Config {
  using ms = std::chrono::milliseconds;

  std::string url;
  std::string method{"POST"};
  std::string headers;
  std::string header_separator{"|"};
  std::vector<std::string> forwarded_headers;
  BodyFormat body_format{BodyFormat::json};
  std::string body_template;
  std::vector<std::string> auth{"none"};
  std::string user;
  Secret password;
  Secret bearer_token;
  std::string api_key_name{"X-API-Key"};
  Secret api_key;
  KeyPlace api_key_in{KeyPlace::header};
  std::string token_url;
  std::string client_id;
  Secret client_secret;
  std::string scope;
  std::string audience;
  std::string token_property{"access_token"};
  TokenAuth token_auth{TokenAuth::header};
  ms refresh_skew{30'000};
  Secret hmac_secret;
  HmacAlgorithm hmac_algorithm{HmacAlgorithm::sha256};
  std::string hmac_header{"X-Signature"};
  std::string string_to_sign{"${timestamp}.${body}"};
  std::string truststore;
  std::string keystore;
  std::string key_file;
  Secret key_password;
  bool verify_hostname{true};
  std::string min_tls{"TLSv1.2"};
  ms connect_timeout{5'000};
  ms request_timeout{30'000};
  ms keepalive_idle{60'000};
  std::int32_t max_connections{8};
  HttpVersion version{HttpVersion::automatic};
  std::int64_t request_max_bytes{10 * 1024 * 1024};
  std::int64_t response_max_bytes{1024 * 1024};
  std::int32_t batch_size{1};
  std::int64_t batch_bytes{1024 * 1024};
  ms linger{0};
  std::string batch_prefix;
  std::string batch_separator{","};
  std::string batch_suffix;
  bool batch_as_array{false};
  std::string batch_key_pattern;
  std::int32_t max_retries{10};
  ms retry_total{300'000};
  BackoffPolicy backoff_policy{BackoffPolicy::exponential_with_jitter};
  ms backoff{500};
  ms backoff_max{30'000};
  bool respect_retry_after{true};
  ms retry_after_max{300'000};
  std::string success_codes{"200-299"};
  std::string retry_codes{"408,425,429,500,502-504"};
  std::string dlq_codes{"400,404-406,409-424,426-428,431,451,501,505"};
  double storm_threshold{50};
  std::int32_t storm_window{20};
  NullValues null_values{NullValues::ignore};
  std::string idempotency_header{"Idempotency-Key"};
  std::string idempotency_template{"${topic}-${partition}-${offset}"};
  Ordering ordering{Ordering::key};
  ConcurrencyMode concurrency{ConcurrencyMode::adaptive};
  std::int32_t concurrency_max{32};
  std::int32_t concurrency_initial{1};
  std::optional<std::string> breaker_name;
};

/// The options of connector.class=http; the profiles change some defaults.
ConfigDef<Config> describe_http();

/// One piece of the text that is signed.
struct SignPiece {
  enum class What { literal, timestamp, body, method, path } what;
  std::string literal;
};

struct HeaderTemplate {
  std::string name;
  Template value;
};

/// A config made ready for use. Immutable: shared by the task's thread and the I/O thread.
struct Settings {
  Config config;
  Template url;
  std::string shown_url;    ///< without query and user info, for messages
  std::string breaker;      ///< breaker.name, or host:port
  bool https{false};
  std::vector<std::string> fixed_headers;  ///< "Name: value", as libcurl takes them
  std::vector<HeaderTemplate> header_templates;
  Template body;            ///< BodyFormat::text_template
  Template idempotency;
  Template group;           ///< batch.key.pattern
  StatusPolicy status;
  RetryPolicy retry;
  std::vector<SignPiece> sign;
  bool oauth2{false};
  bool hmac{false};

  /// Adds every problem, each with its key.
  static Settings make(const Config& config, ConfigProblems& problems);
};

/// A header as libcurl takes it: "Name: value", "Name;" when the value is empty.
std::string header_line(std::string_view name, std::string_view value);

/// No CR, LF or NUL.
bool is_header_value(std::string_view text) noexcept;

/// Shell-like, '*' and '?', without regard to case.
bool glob_matches(std::string_view pattern, std::string_view name) noexcept;

/// "https://user:pw@host/path?x=y" -> "https://host/path".
std::string without_secrets(std::string_view url);

}  // namespace weir::connectors::http
