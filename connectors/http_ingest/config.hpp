// The options of http_ingest, and the business routes made from them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <weir/config_def.hpp>
#include <weir/result.hpp>
#include <weir/template.hpp>

namespace weir::connectors::http_ingest {

enum class ResponseMode { acks, accepted };
enum class BodyKind { bytes, string, json };

struct Config {
  std::vector<std::string> listeners{"http://127.0.0.1:8082"};
  std::int32_t server_threads{1};
  std::int32_t max_connections{10000};
  std::int64_t max_inflight_bytes{std::int64_t{256} * 1024 * 1024};
  std::int64_t request_max_bytes{1048576};
  std::int32_t header_max_bytes{16384};
  std::int32_t max_json_depth{64};
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds shutdown_timeout{5'000};

  std::vector<std::string> routes;
  ConfigMap route;  // "store.path" -> ...
  std::vector<std::string> topic_schemas;
  bool v2_enable{true};
  bool v3_enable{true};
  std::vector<std::string> topics_allow;
  BodyKind value_format{BodyKind::bytes};
  ResponseMode response_mode{ResponseMode::acks};
  std::string validation_mode{"reject"};

  std::vector<std::string> auth_methods{"api_key"};
  std::string api_keys_file;
  std::string idempotency_header{"Idempotency-Key"};
  std::chrono::milliseconds idempotency_ttl{86'400'000};
  std::int64_t idempotency_max_entries{1'000'000};
  bool docs_enabled{true};
  std::string access_log{"errors"};

  // Known, but not built: refused when they ask for something.
  std::string ssl_keystore;
  std::string ssl_client_auth{"none"};
  std::string idempotency_topic;
  std::string cors_origins;
  std::int64_t rate_limit_global{0};
  std::int64_t rate_limit_ip{0};
  ConfigMap plan;
  ConfigMap jwt;
  ConfigMap hmac;

  bool anonymous() const;
  bool validates() const { return validation_mode == "reject"; }
};

ConfigDef<Config> describe_config();

struct Route {
  std::string name;
  std::string path;
  std::string topic;
  Template key;              // empty: no key
  Template idempotency_key;  // empty: only the header
  Template timestamp;        // empty: none
  std::string schema_file;   // empty: the topic's, if it has one
  std::vector<std::string> forwarded_headers;
};

/// The routes in the order of `routes`; everything wrong with them goes to problems.
std::vector<Route> parse_routes(const Config& config, ConfigProblems& problems);
/// topic.schemas: topic -> file.
std::map<std::string, std::string, std::less<>> parse_topic_schemas(const Config& config,
                                                                    ConfigProblems& problems);

struct Listener {
  std::string host;  // "" every address
  std::string port;
};
/// "http://127.0.0.1:8082", "http://[::1]:0", "http://:8082".
Result<Listener> parse_listener(std::string_view text);

/// What Kafka accepts as the name of a topic.
bool is_topic_name(std::string_view name);
/// Whether the list api.topics.allow (names, or beginnings that end with '*') has it.
bool is_allowed(const std::vector<std::string>& allow, std::string_view topic);

}  // namespace weir::connectors::http_ingest
