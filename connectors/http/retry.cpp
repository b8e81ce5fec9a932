#include "retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace weir::connectors::http {

using std::chrono::milliseconds;

milliseconds backoff(const RetryPolicy& policy, std::uint32_t n, double dice) noexcept {
  if (policy.policy == BackoffPolicy::constant_value) {
    return std::min(policy.base, policy.max);
  }
  const double ceiling = std::min(static_cast<double>(policy.max.count()),
                                  static_cast<double>(policy.base.count()) *
                                      static_cast<double>(std::uint64_t{1} << std::min(n, 40u)));
  return milliseconds(static_cast<std::int64_t>(ceiling * dice));
}

bool spent(const RetryPolicy& policy, std::int32_t attempts, milliseconds elapsed) noexcept {
  return attempts > policy.max_retries || elapsed >= policy.total;
}

std::optional<milliseconds> parse_retry_after(std::string_view text,
                                              std::chrono::system_clock::time_point now) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  std::uint32_t seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec == std::errc{} && end == text.data() + text.size()) {
    return milliseconds(std::int64_t{1000} * seconds);
  }
  if (text.empty() || text.size() > 64 || (text.front() >= '0' && text.front() <= '9')) {
    return std::nullopt;
  }
  char buffer[65];
  buffer[text.copy(buffer, 64)] = '\0';
  const time_t date = curl_getdate(buffer, nullptr);
  if (date == -1) {
    return std::nullopt;
  }
  const auto until = std::chrono::duration_cast<milliseconds>(
      std::chrono::system_clock::from_time_t(date) - now);
  return std::max(until, milliseconds(0));
}

}  // namespace weir::connectors::http
