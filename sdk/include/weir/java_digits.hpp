// Character.digit: Java's number parsers take the decimal digits of every script (of the basic plane, Unicode 13).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir {
inline namespace v1 {
namespace java {
namespace detail {

/// The zeros; nine more digits follow each.
inline constexpr std::array<std::uint16_t, 36> kZeros{
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10};

/// The digit that starts at `at` (UTF-8) and its bytes; -1: none.
inline int digit_at(std::string_view text, std::size_t at, std::size_t& bytes) noexcept {
  if (at >= text.size()) {
    return -1;
  }
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned>(static_cast<unsigned char>(text[at + i])) : 0u;
  };
  bytes = 1;
  if (byte(0) < 0x80) {
    return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : -1;
  }
  unsigned code = 0;
  if (byte(0) >= 0xc2 && byte(0) < 0xe0 && (byte(1) & 0xc0) == 0x80) {
    code = (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    bytes = 2;
  } else if (byte(0) >= 0xe0 && byte(0) < 0xf0 && (byte(1) & 0xc0) == 0x80 && (byte(2) & 0xc0) == 0x80) {
    code = (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    bytes = 3;
  }
  for (const unsigned zero : kZeros) {
    if (code >= zero && code < zero + 10) {
      return static_cast<int>(code - zero);
    }
  }
  return -1;
}

}  // namespace detail

/// The text with the digits of other scripts replaced by 0 to 9.
inline std::string ascii_digits(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t bytes = 1;
    const int digit = detail::digit_at(text, i, bytes);
    if (digit >= 0) {
      out.push_back(static_cast<char>('0' + digit));
    } else {
      out.append(text.substr(i, bytes));
    }
    i += bytes;
  }
  return out;
}

/// Whether ascii_digits could change anything.
inline bool has_other_digits(std::string_view text) noexcept {
  for (const char c : text) {
    if (static_cast<signed char>(c) < 0) {
      return true;
    }
  }
  return false;
}

}  // namespace java
}  // namespace v1
}  // namespace weir
