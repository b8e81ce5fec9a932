// Money is integer cents; text only at the edges, never a binary float.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::transforms::receipt {

/// What is larger is no amount: thousands of these can be added up, and each is exact as a JSON number.
inline constexpr std::int64_t kMaxCents = 9'999'999'999'999;

/// "-12.50" -> -1250; nullopt for anything but an optional sign, 1 to 11 digits, a point and two digits.
inline std::optional<std::int64_t> cents_of(std::string_view text) noexcept {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) {
    text.remove_prefix(1);
  }
  if (text.size() < 4 || text.size() > 14 || text[text.size() - 3] != '.') {
    return std::nullopt;
  }
  std::int64_t cents = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == text.size() - 3) {
      continue;
    }
    if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    cents = cents * 10 + (text[i] - '0');
  }
  return negative ? -cents : cents;
}

/// -1250 -> "-12.50".
inline std::string money_text(std::int64_t cents) {
  const std::uint64_t absolute = cents < 0 ? 0 - static_cast<std::uint64_t>(cents) : static_cast<std::uint64_t>(cents);
  std::string out = cents < 0 ? "-" : "";
  out += std::to_string(absolute / 100) + "." + static_cast<char>('0' + absolute / 10 % 10) + static_cast<char>('0' + absolute % 10);
  return out;
}

}  // namespace weir::transforms::receipt
