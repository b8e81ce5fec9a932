// SHA-256, and names for requests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::connectors::http_ingest {

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view text);
/// 64 hexadecimal digits of either case.
std::optional<Digest> parse_digest(std::string_view hex);
/// Sixteen random hexadecimal digits; any thread.
std::string random_id();

}  // namespace weir::connectors::http_ingest
