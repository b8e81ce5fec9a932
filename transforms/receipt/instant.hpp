// A moment with its offset from UTC, as the sales feeds write it (RFC 3339).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::transforms::receipt {

struct Instant {
  std::int64_t utc_seconds{0};  ///< since 1970, rounded down
  std::int32_t microseconds{0};
  std::int32_t offset_minutes{0};
};

/// "2026-03-07T07:26:46+08:00", "...T13:33:48.000Z"; digits beyond microseconds are cut off. nullopt: no such moment.
std::optional<Instant> parse_instant(std::string_view text);

/// With its offset, never "Z"; no fraction when it is zero, else six digits.
std::string iso_text(const Instant& instant);

/// "2026-03-06 23:26:46", in UTC.
std::string utc_text(const Instant& instant);

}  // namespace weir::transforms::receipt
