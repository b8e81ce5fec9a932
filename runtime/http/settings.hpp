// What of the worker's config belongs to the REST server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include "runtime/http/api.hpp"

namespace weir::runtime::http {

struct Listener {
  std::string host;  ///< empty: every interface
  std::uint16_t port{0};
  Api::Scope scope;
};

/// Against those who send much, slowly or never.
struct Limits {
  std::size_t header_bytes{16 * 1024};
  std::size_t body_bytes{1024 * 1024};
  std::size_t connections{256};
  std::size_t connections_per_address{32};
  std::chrono::milliseconds first_byte{10'000};
  std::chrono::milliseconds request{
      30'000};  ///< until the request has been read, and for writing the answer
  std::chrono::milliseconds idle{60'000};  ///< between two requests
  std::chrono::milliseconds handling{90'000};
  /// Beyond the limits a connection has this long to ask for /health, and gets 429 for all else.
  std::chrono::milliseconds over_limit{1'000};
};

struct Settings {
  std::vector<Listener> listeners;
  std::vector<std::pair<std::string, std::string>> headers;  ///< response.http.headers.config
  std::string allow_origin;                                  ///< access.control.allow.origin
  std::string allow_methods;                                 ///< access.control.allow.methods
  std::string advertised_host;                               ///< rest.advertised.host.name
  std::uint16_t advertised_port{0};  ///< rest.advertised.port; 0: the listener's
  std::vector<std::string> warnings;
  Limits limits;
};

/// Reads listeners (default http://127.0.0.1:8083), admin.listeners, rest.advertised.*,
/// access.control.*, response.http.headers.config. Error (bad_config): a sentence that names the
/// key; a listener that others than this machine can reach needs `insecure`, as there is neither
/// TLS nor authentication.
Result<Settings> settings_of(const ConfigMap& worker_config, bool insecure);

}  // namespace weir::runtime::http
