// When to try again: pure arithmetic, the clock and the dice are the caller's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::connectors::http {

enum class BackoffPolicy { exponential_with_jitter, constant_value };

struct RetryPolicy {
  BackoffPolicy policy{BackoffPolicy::exponential_with_jitter};
  std::chrono::milliseconds base{500};
  std::chrono::milliseconds max{30'000};
  std::int32_t max_retries{10};
  std::chrono::milliseconds total{300'000};
};

/// The pause before retry number n (0: the first). Full jitter: uniform(0, min(max, base * 2^n)); `dice` is uniform in
/// [0, 1).
std::chrono::milliseconds backoff(const RetryPolicy& policy, std::uint32_t n, double dice) noexcept;

/// Whether a record has used up its attempts. attempts: those made so far; elapsed: since the first of them failed.
bool spent(const RetryPolicy& policy, std::int32_t attempts,
           std::chrono::milliseconds elapsed) noexcept;

/// Retry-After in both forms, seconds and HTTP-date; a date in the past is 0. nullopt: cannot be read.
std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view text, std::chrono::system_clock::time_point now) noexcept;

}  // namespace weir::connectors::http
