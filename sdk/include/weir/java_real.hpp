// Double.toString and Float.toString as Java 17 gives them: not always the shortest digits (those came with Java 19), so
// that texts equal those of a Kafka Connect on Java 17. The steps are those of the algorithm of Steele, White and Gay
// with Java's own stopping rules. Any thread; nothing here keeps state.
#pragma once

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace weir {
inline namespace v1 {
namespace java {

/// Room that write_double and write_float need at most.
inline constexpr std::size_t kMaxRealText = 32;

namespace detail {

// digits: significant digits without a point; value = 0.d1d2d3... * 10^point
inline char* write_digits(char* to, const char* digits, int count, int point) noexcept {
  if (point > -3 && point <= 7) {  // 10^-3 <= value < 10^7
    if (point <= 0) {
      *to++ = '0';
      *to++ = '.';
      for (int i = point; i < 0; ++i) {
        *to++ = '0';
      }
      std::memcpy(to, digits, static_cast<std::size_t>(count));
      return to + count;
    }
    for (int i = 0; i < point; ++i) {
      *to++ = i < count ? digits[i] : '0';
    }
    *to++ = '.';
    if (count <= point) {
      *to++ = '0';
      return to;
    }
    std::memcpy(to, digits + point, static_cast<std::size_t>(count - point));
    return to + (count - point);
  }
  *to++ = digits[0];
  *to++ = '.';
  if (count == 1) {
    *to++ = '0';
  } else {
    std::memcpy(to, digits + 1, static_cast<std::size_t>(count - 1));
    to += count - 1;
  }
  *to++ = 'E';
  return std::to_chars(to, to + 6, point - 1).ptr;
}

/// A natural number of at most 1280 bits: enough for any double scaled to integers.
class RealInteger {
 public:
  /// value * 5^fives * 2^twos
  RealInteger(std::uint64_t value, int fives, int twos) noexcept {
    limbs_[0] = static_cast<std::uint32_t>(value);
    limbs_[1] = static_cast<std::uint32_t>(value >> 32);
    size_ = limbs_[1] != 0 ? 2 : 1;
    for (; fives >= 13; fives -= 13) {
      multiply(1'220'703'125);
    }
    for (std::uint32_t factor = 1; fives >= 0; --fives, factor *= 5) {
      if (fives == 0) {
        multiply(factor);
      }
    }
    shift(twos);
  }
  void multiply(std::uint32_t factor) noexcept {
    std::uint64_t carry = 0;
    for (int i = 0; i < size_; ++i) {
      carry += std::uint64_t{limbs_[at(i)]} * factor;
      limbs_[at(i)] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) {
      limbs_[at(size_++)] = static_cast<std::uint32_t>(carry);
    }
  }
  /// this / by, which is below 10, and this becomes ten times the remainder.
  int next_digit(const RealInteger& by) noexcept {
    int q = 0;
    while (compare(by) >= 0) {
      std::int64_t borrow = 0;
      for (int i = 0; i < size_; ++i) {
        borrow += std::int64_t{limbs_[at(i)]} - (i < by.size_ ? by.limbs_[at(i)] : 0u);
        limbs_[at(i)] = static_cast<std::uint32_t>(borrow);
        borrow >>= 32;
      }
      trim();
      ++q;
    }
    multiply(10);
    return q;
  }
  int compare(const RealInteger& other) const noexcept {
    if (size_ != other.size_) {
      return size_ < other.size_ ? -1 : 1;
    }
    for (int i = size_ - 1; i >= 0; --i) {
      if (limbs_[at(i)] != other.limbs_[at(i)]) {
        return limbs_[at(i)] < other.limbs_[at(i)] ? -1 : 1;
      }
    }
    return 0;
  }
  RealInteger plus(const RealInteger& other) const noexcept {
    RealInteger sum = *this;
    std::uint64_t carry = 0;
    for (int i = 0; i < sum.size_ || i < other.size_ || carry != 0; ++i) {
      carry += std::uint64_t{i < size_ ? limbs_[at(i)] : 0u} + (i < other.size_ ? other.limbs_[at(i)] : 0u);
      sum.limbs_[at(i)] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
      sum.size_ = i + 1 > sum.size_ ? i + 1 : sum.size_;
    }
    return sum;
  }

 private:
  static std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }
  void trim() noexcept {
    while (size_ > 1 && limbs_[at(size_ - 1)] == 0) {
      --size_;
    }
  }
  void shift(int bits) noexcept {
    const int whole = bits / 32;
    const int rest = bits % 32;
    for (int i = size_ - 1; i >= 0; --i) {
      limbs_[at(i + whole)] = limbs_[at(i)];
    }
    for (int i = 0; i < whole; ++i) {
      limbs_[at(i)] = 0;
    }
    size_ += whole;
    if (rest != 0) {
      multiply(std::uint32_t{1} << rest);
    }
    trim();
  }

  std::array<std::uint32_t, 40> limbs_{};
  int size_{1};
};

inline constexpr auto kFives = [] {
  std::array<std::uint64_t, 27> out{};
  out[0] = 1;
  for (std::size_t i = 1; i < out.size(); ++i) {
    out[i] = out[i - 1] * 5;
  }
  return out;
}();
/// Bits of 5^i.
constexpr int five_bits(int i) noexcept {
  constexpr int kBits[] = {0, 3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59, 61};
  return i < 27 ? kBits[i] : i * 3;
}

/// The digits of a positive real, and where the point stands.
class RealDigits {
 public:
  /// fraction: 53 bits, the highest set; value = fraction * 2^(exponent - 52). significant: bits that the type has there.
  RealDigits(int exponent, std::uint64_t fraction, int significant) noexcept {
    const int zeros = std::countr_zero(fraction);
    const int bits = 53 - zeros;
    const int tiny = bits - exponent - 1 > 0 ? bits - exponent - 1 : 0;  // bits behind the point
    if (tiny == 0 && exponent >= -21 && exponent <= 62 && bits < 64) {
      const int spare = exponent - significant - 1;
      whole(exponent >= 52 ? fraction << (exponent - 52) : fraction >> (52 - exponent),
            exponent > significant && spare > 1 ? insignificant_digits(spare) : 0);
      return;
    }
    point_ = estimate(exponent, fraction);
    const int b5 = point_ < 0 ? -point_ : 0;
    int b2 = b5 + tiny + exponent;
    const int s5 = point_ > 0 ? point_ : 0;
    int s2 = s5 + tiny;
    int m2 = b2 - significant;
    fraction >>= zeros;
    b2 -= bits - 1;
    const int common = b2 < s2 ? b2 : s2;
    b2 -= common;
    s2 -= common;
    m2 -= common;
    m2 -= bits == 1 ? 1 : 0;  // below a power of two the next number is half as far away
    if (m2 < 0) {
      b2 -= m2;
      s2 -= m2;
      m2 = 0;
    }
    const int value_bits = bits + b2 + five_bits(b5);
    const int tens_bits = s2 + 1 + five_bits(s5 + 1);
    if (value_bits < 32 && tens_bits < 32) {
      small<std::int32_t>(fraction, b5, b2, s5, s2, m2);
    } else if (value_bits < 64 && tens_bits < 64) {
      small<std::int64_t>(fraction, b5, b2, s5, s2, m2);
    } else {
      big(fraction, b5, b2, s5, s2, m2);
    }
    ++point_;
  }

  const char* digits() const noexcept { return digits_; }
  int count() const noexcept { return count_; }
  int point() const noexcept { return point_; }

 private:
  /// Digits that a shift by so many bits beyond the precision makes meaningless: floor(log10(2^bits)).
  static int insignificant_digits(int bits) noexcept { return bits * 30103 / 100000; }

  static int estimate(int exponent, std::uint64_t fraction) noexcept {
    const double d2 = std::bit_cast<double>(0x3ff0000000000000u | (fraction & 0xfffffffffffffu));
    return static_cast<int>(std::floor((d2 - 1.5) * 0.289529654 + 0.176091259 + exponent * 0.301029995663981));
  }

  void whole(std::uint64_t value, int insignificant) noexcept {
    int skipped = insignificant;
    if (insignificant > 0) {
      const std::uint64_t power = kFives[static_cast<std::size_t>(insignificant)] << insignificant;
      const std::uint64_t residue = value % power;
      value = value / power + (residue >= power >> 1 ? 1 : 0);
    }
    while (value % 10 == 0) {
      value /= 10;
      ++skipped;
    }
    count_ = static_cast<int>(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr - digits_);
    point_ = count_ + skipped;
  }

  void first(int q, bool low, bool high) noexcept {
    if (q == 0 && !high) {
      --point_;
    } else {
      digits_[count_++] = static_cast<char>('0' + q);
    }
    low_ = low;
    high_ = high;
    if (point_ < -3 || point_ >= 8) {  // the form with an exponent has two digits at least
      low_ = high_ = false;
    }
  }

  template <class I>
  void small(std::uint64_t fraction, int b5, int b2, int s5, int s2, int m2) noexcept {
    I b = static_cast<I>(static_cast<I>(fraction * kFives[static_cast<std::size_t>(b5)]) << b2);
    const I s = static_cast<I>(static_cast<I>(kFives[static_cast<std::size_t>(s5)]) << s2);
    I m = static_cast<I>(static_cast<I>(kFives[static_cast<std::size_t>(b5)]) << m2);
    const I tens = s * 10;
    using U = std::make_unsigned_t<I>;  // Java's sums and products wrap
    const auto step = [&] {
      const int q = static_cast<int>(b / s);
      b = 10 * (b % s);
      m = static_cast<I>(static_cast<U>(m) * 10u);
      return q;
    };
    const auto above = [&] { return static_cast<I>(static_cast<U>(b) + static_cast<U>(m)) > tens; };
    const int q = step();
    first(q, b < m, above());
    while (!low_ && !high_) {
      const int digit = step();
      low_ = m > 0 ? b < m : true;
      high_ = m > 0 ? above() : true;
      digits_[count_++] = static_cast<char>('0' + digit);
    }
    round(b > tens - b ? 1 : b == tens - b ? 0 : -1);
  }

  void big(std::uint64_t fraction, int b5, int b2, int s5, int s2, int m2) noexcept {
    const RealInteger s(1, s5, s2);
    RealInteger b(fraction, b5, b2);
    RealInteger m(1, b5 + 1, m2 + 1);
    const RealInteger tens(1, s5 + 1, s2 + 1);
    const auto above = [&] { return tens.compare(b.plus(m)) <= 0; };
    const int q = b.next_digit(s);
    first(q, b.compare(m) < 0, above());
    while (!low_ && !high_) {
      const int digit = b.next_digit(s);
      m.multiply(10);
      low_ = b.compare(m) < 0;
      high_ = above();
      digits_[count_++] = static_cast<char>('0' + digit);
    }
    round(low_ && high_ ? b.plus(b).compare(tens) : 0);
  }

  /// half: the rest against half of the last digit.
  void round(int half) noexcept {
    if (!high_ || (low_ && (half < 0 || (half == 0 && (digits_[count_ - 1] & 1) == 0)))) {
      return;
    }
    int i = count_ - 1;
    while (digits_[i] == '9' && i > 0) {
      digits_[i--] = '0';
    }
    if (digits_[i] == '9') {
      ++point_;
      digits_[i] = '1';
    } else {
      ++digits_[i];
    }
  }

  char digits_[32];
  int count_{0};
  int point_{0};
  bool low_{false};
  bool high_{false};
};

template <class T>
char* write_real(char* to, T value) noexcept {
  if (value != value) {
    std::memcpy(to, "NaN", 3);
    return to + 3;
  }
  const bool negative = std::signbit(value);
  if (negative) {
    *to++ = '-';
    value = -value;
  }
  if (value == 0) {
    std::memcpy(to, "0.0", 3);
    return to + 3;
  }
  if (std::isinf(value)) {
    std::memcpy(to, "Infinity", 8);
    return to + 8;
  }
  if constexpr (sizeof(T) == 8) {
    // Money: a decimal of at most 15 digits that reads back as the value is the only one so short.
    if (value >= 0.01 && value < 1e7) {
      const auto hundredths = static_cast<std::uint32_t>(value * 100 + 0.5);
      if (static_cast<double>(hundredths) / 100.0 == value) {
        to = std::to_chars(to, to + 10, hundredths / 100).ptr;
        *to++ = '.';
        const std::uint32_t rest = hundredths % 100;
        *to++ = static_cast<char>('0' + rest / 10);
        if (rest % 10 != 0) {
          *to++ = static_cast<char>('0' + rest % 10);
        }
        return to;
      }
    }
  }
  constexpr int kBits = sizeof(T) == 8 ? 52 : 23;
  constexpr int kBias = sizeof(T) == 8 ? 1023 : 127;
  using U = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  const U bits = std::bit_cast<U>(value);
  std::uint64_t fraction = bits & ((U{1} << kBits) - 1);
  int exponent = static_cast<int>(bits >> kBits);
  int significant = kBits + 1;
  if (exponent == 0) {
    const int width = 64 - std::countl_zero(fraction);
    significant = width;
    exponent = 1 - (kBits + 1 - width);
    fraction <<= kBits + 1 - width;
  } else {
    fraction |= std::uint64_t{1} << kBits;
  }
  const RealDigits digits(exponent - kBias, fraction << (52 - kBits), significant);
  return write_digits(to, digits.digits(), digits.count(), digits.point());
}

}  // namespace detail

/// Double.toString into a buffer of kMaxRealText bytes; returns the end.
inline char* write_double(char* to, double value) noexcept { return detail::write_real(to, value); }
/// Float.toString, likewise.
inline char* write_float(char* to, float value) noexcept { return detail::write_real(to, value); }

}  // namespace java
}  // namespace v1
}  // namespace weir
