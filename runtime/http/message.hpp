// A request and a reply without the wire.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/http/uri.hpp"

namespace weir::runtime::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

struct Request {
  Method method{Method::get};
  Target target;
  std::string content_type;
  std::string accept;
  std::string host;    ///< Host header, or the local address
  std::string origin;  ///< Origin header
  std::string body;
  std::string address;  ///< of the peer
};

struct Reply {
  int status{200};
  std::string body;
  std::string content_type;  ///< empty: no header
  std::vector<std::pair<std::string, std::string>> headers;
  /// For the audit log: names of the config keys that were sent, comma-separated.
  std::string keys;
};

}  // namespace weir::runtime::http
