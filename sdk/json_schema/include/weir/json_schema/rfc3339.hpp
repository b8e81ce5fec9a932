// Dates and times as RFC 3339 has them; by hand, because these run for every document.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::json_schema {

/// "2026-03-13"; the day must exist.
bool is_full_date(std::string_view text) noexcept;
/// "16:52:45.123+10:00", "16:52:45Z"; a leap second (60) passes.
bool is_full_time(std::string_view text) noexcept;
/// Milliseconds since the epoch of "2026-03-13T16:52:45.123+10:00"; nullopt when it is not an RFC
/// 3339 date-time.
std::optional<std::int64_t> parse_date_time(std::string_view text) noexcept;
/// "f98afc42-2311-4a95-bb79-01c1f825bab6" (RFC 4122, any version).
bool is_uuid(std::string_view text) noexcept;

}  // namespace weir::json_schema
