// The request for an OAuth 2.0 token on an engine's multi handle.
#pragma once

#include "engine.hpp"
#include "token_source.hpp"
#include "transfer.hpp"

#include <array>
#include <string>

namespace weir::connectors::http {

struct Engine::Fetch {
  explicit Fetch(const Config& config);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;

  TokenRequest request;
  FixedHeaders headers;
  std::string answer;
  std::array<char, CURL_ERROR_SIZE> error{};
  bool active{false};
  Easy easy;
};

}  // namespace weir::connectors::http
