// Numbers and bytes as Java writes them: Double.toString, Float.toString, java.math.BigDecimal, Base64.
// Any thread; nothing here keeps state.
#pragma once

#include <weir/java_digits.hpp>
#include <weir/java_real.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {
inline namespace v1 {
namespace java {

inline std::string to_string(double value) {
  char buffer[kMaxRealText];
  return {buffer, write_double(buffer, value)};
}
inline std::string to_string(float value) {
  char buffer[kMaxRealText];
  return {buffer, write_float(buffer, value)};
}

// ---- BigDecimal -----------------------------------------------------------------------------------------------------

/// A BigDecimal: value = digits * 10^-scale, with a sign.
struct Decimal {
  bool negative{false};
  std::string digits{"0"};  // no leading zeros, "0" for zero
  std::int32_t scale{0};
  bool zero() const noexcept { return digits == "0"; }
};

/// new BigDecimal(String): [+-]digits[.digits][e[+-]digits]; nullopt where Java throws NumberFormatException.
inline std::optional<Decimal> parse_decimal(std::string_view text) {
  if (has_other_digits(text)) {
    const std::string plain = ascii_digits(text);
    return has_other_digits(plain) ? std::nullopt : parse_decimal(plain);
  }
  Decimal out;
  out.digits.clear();
  std::size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
    out.negative = text[i++] == '-';
  }
  std::int64_t scale = 0;
  bool point = false;
  std::size_t seen = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      ++seen;
      scale += point ? 1 : 0;
      if (c != '0' || !out.digits.empty()) {
        out.digits.push_back(c);
      }
    } else if (c == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (seen == 0) {
    return std::nullopt;
  }
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') {
      return std::nullopt;
    }
    ++i;
    bool minus = false;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) {
      minus = text[i++] == '-';
    }
    if (i == text.size()) {
      return std::nullopt;
    }
    std::int64_t exponent = 0;
    for (; i < text.size(); ++i) {
      if (text[i] < '0' || text[i] > '9') {
        return std::nullopt;
      }
      exponent = exponent * 10 + (text[i] - '0');
      if (exponent > INT32_MAX + std::int64_t{1}) {
        return std::nullopt;
      }
    }
    exponent = minus ? -exponent : exponent;
    if (exponent > INT32_MAX) {
      return std::nullopt;
    }
    scale -= exponent;
  }
  if (scale > INT32_MAX || scale < INT32_MIN) {
    return std::nullopt;
  }
  out.scale = static_cast<std::int32_t>(scale);
  if (out.digits.empty()) {
    out.digits = "0";
    out.negative = false;
  }
  return out;
}

/// BigDecimal.toString(): plain while scale >= 0 and the exponent is at least -6, else scientific.
inline std::string to_string(const Decimal& d) {
  std::string out;
  if (d.negative && !d.zero()) {
    out.push_back('-');
  }
  const auto count = static_cast<std::int64_t>(d.digits.size());
  const std::int64_t exponent = -static_cast<std::int64_t>(d.scale) + (count - 1);
  if (d.scale == 0) {
    return out += d.digits;
  }
  if (d.scale > 0 && exponent >= -6) {
    const std::int64_t whole = count - d.scale;
    if (whole > 0) {
      out.append(d.digits, 0, static_cast<std::size_t>(whole)).push_back('.');
      return out.append(d.digits, static_cast<std::size_t>(whole));
    }
    out.append("0.").append(static_cast<std::size_t>(-whole), '0');
    return out += d.digits;
  }
  out.push_back(d.digits[0]);
  if (count > 1) {
    out.append(".").append(d.digits, 1);
  }
  if (exponent != 0) {
    out.append(exponent > 0 ? "E+" : "E").append(std::to_string(exponent));
  }
  return out;
}

/// BigDecimal.toPlainString(). max_zeros limits what an exponent can cost: nullopt beyond it.
inline std::optional<std::string> to_plain_string(const Decimal& d, std::int64_t max_zeros = 100'000) {
  std::string out = d.negative && !d.zero() ? "-" : "";
  if (d.scale <= 0) {
    if (d.zero()) {
      return "0";
    }
    if (-static_cast<std::int64_t>(d.scale) > max_zeros) {
      return std::nullopt;
    }
    out += d.digits;
    return out.append(static_cast<std::size_t>(-static_cast<std::int64_t>(d.scale)), '0');
  }
  const std::int64_t whole = static_cast<std::int64_t>(d.digits.size()) - d.scale;
  if (whole > 0) {
    out.append(d.digits, 0, static_cast<std::size_t>(whole)).push_back('.');
    return out.append(d.digits, static_cast<std::size_t>(whole));
  }
  if (-whole > max_zeros) {
    return std::nullopt;
  }
  out.append("0.").append(static_cast<std::size_t>(-whole), '0');
  return out += d.digits;
}

/// BigInteger's two's complement big-endian bytes (any length; empty counts as 0) as sign and decimal digits.
inline Decimal decimal_from_bytes(std::string_view bytes, std::int32_t scale) {
  Decimal out;
  out.scale = scale;
  if (bytes.empty()) {
    return out;
  }
  out.negative = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  std::vector<std::uint32_t> limbs;  // base 10^9, lowest first
  for (const char c : bytes) {
    std::uint64_t carry = static_cast<unsigned char>(out.negative ? ~c : c);
    for (std::uint32_t& limb : limbs) {
      carry += static_cast<std::uint64_t>(limb) << 8;
      limb = static_cast<std::uint32_t>(carry % 1'000'000'000);
      carry /= 1'000'000'000;
    }
    if (carry != 0) {
      limbs.push_back(static_cast<std::uint32_t>(carry));
    }
  }
  if (out.negative) {  // two's complement: ~x + 1
    std::size_t i = 0;
    while (i < limbs.size() && limbs[i] == 999'999'999) {
      limbs[i++] = 0;
    }
    if (i == limbs.size()) {
      limbs.push_back(1);
    } else {
      ++limbs[i];
    }
  }
  if (limbs.empty()) {
    return out;
  }
  out.digits = std::to_string(limbs.back());
  for (std::size_t i = limbs.size() - 1; i-- > 0;) {
    const std::string part = std::to_string(limbs[i]);
    out.digits.append(9 - part.size(), '0').append(part);
  }
  return out;
}

/// The unscaled value as BigInteger.toByteArray() gives it: big-endian two's complement, shortest form.
inline std::string unscaled_bytes(const Decimal& d) {
  std::vector<unsigned char> bytes;  // base 256, lowest first
  for (const char c : d.digits) {
    unsigned carry = static_cast<unsigned>(c - '0');
    for (unsigned char& b : bytes) {
      carry += b * 10u;
      b = static_cast<unsigned char>(carry);
      carry >>= 8;
    }
    if (carry != 0) {
      bytes.push_back(static_cast<unsigned char>(carry));
    }
  }
  bytes.push_back(0);  // room for the sign
  if (d.negative) {
    unsigned carry = 1;
    for (unsigned char& b : bytes) {
      carry += static_cast<unsigned char>(~b);
      b = static_cast<unsigned char>(carry);
      carry >>= 8;
    }
  }
  while (bytes.size() > 1 &&
         ((bytes.back() == 0 && (bytes[bytes.size() - 2] & 0x80) == 0) ||
          (bytes.back() == 0xff && (bytes[bytes.size() - 2] & 0x80) != 0))) {
    bytes.pop_back();
  }
  return {bytes.rbegin(), bytes.rend()};
}

/// BigDecimal.longValue(): the whole part, its low 64 bits.
inline std::int64_t to_long(const Decimal& d) noexcept {
  if (d.scale <= -64) {
    return 0;
  }
  const std::int64_t kept = static_cast<std::int64_t>(d.digits.size()) - (d.scale > 0 ? d.scale : 0);
  std::uint64_t n = 0;
  for (std::int64_t i = 0; i < kept; ++i) {
    n = n * 10 + static_cast<std::uint64_t>(d.digits[static_cast<std::size_t>(i)] - '0');
  }
  for (std::int32_t i = d.scale; i < 0; ++i) {
    n *= 10;
  }
  return static_cast<std::int64_t>(d.negative ? 0 - n : n);
}

// ---- Base64 ---------------------------------------------------------------------------------------------------------

constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Standard alphabet with padding; writes base64_size(bytes.size()) characters and returns the end.
inline char* write_base64(char* to, std::string_view bytes) noexcept {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, p += 3) {
    const std::uint32_t v = static_cast<std::uint32_t>(p[0] << 16 | p[1] << 8 | p[2]);
    *to++ = kAlphabet[v >> 18];
    *to++ = kAlphabet[v >> 12 & 63];
    *to++ = kAlphabet[v >> 6 & 63];
    *to++ = kAlphabet[v & 63];
  }
  if (left > 0) {
    const std::uint32_t v = static_cast<std::uint32_t>(p[0] << 16 | (left == 2 ? p[1] << 8 : 0));
    *to++ = kAlphabet[v >> 18];
    *to++ = kAlphabet[v >> 12 & 63];
    *to++ = left == 2 ? kAlphabet[v >> 6 & 63] : '=';
    *to++ = '=';
  }
  return to;
}

inline std::string base64(std::string_view bytes) {
  std::string out(base64_size(bytes.size()), '\0');
  write_base64(out.data(), bytes);
  return out;
}

/// Standard alphabet; padding is required; blanks before a group of four are passed over, and groups may follow a padded
/// one (as Jackson reads it). nullopt: not base64.
inline std::optional<std::string> parse_base64(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= 'A' && c <= 'Z') {
      return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
      return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) <= ' ') {
      ++i;
      continue;
    }
    if (text.size() - i < 4) {
      return std::nullopt;
    }
    const int padding = text[i + 3] != '=' ? 0 : text[i + 2] == '=' ? 2 : 1;
    int v = 0;
    for (int k = 0; k < 4; ++k) {
      const int d = k >= 4 - padding ? 0 : digit(text[i + static_cast<std::size_t>(k)]);
      if (d < 0) {
        return std::nullopt;
      }
      v = v << 6 | d;
    }
    i += 4;
    out.push_back(static_cast<char>(v >> 16));
    if (padding < 2) {
      out.push_back(static_cast<char>(v >> 8));
    }
    if (padding < 1) {
      out.push_back(static_cast<char>(v));
    }
  }
  return out;
}

}  // namespace java
}  // namespace v1
}  // namespace weir
