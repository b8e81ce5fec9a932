// The reader behind json.hpp: one pass over the text, values straight into the arena. Use json.hpp.
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace weir {
inline namespace v1 {
namespace json {

/// Limits are Jackson's (2.19), which Kafka Connect's JsonConverter reads with.
inline constexpr std::uint32_t kMaxDepth = 1000;
inline constexpr std::size_t kMaxNumberDigits = 1000;
inline constexpr std::size_t kMaxNameBytes = 50'000;
inline constexpr std::size_t kMaxStringChars = 20'000'000;

struct ReadOptions {
  /// Nested objects and arrays allowed; at most kMaxDepth.
  std::uint32_t max_depth{kMaxDepth};
  /// Objects and arrays inside the outermost one stay raw text (Kind::lazy) where copying that text gives what writing
  /// the parsed value would give to any reader: no blanks, no number that changes, nothing invalid. Duplicate names
  /// inside are not looked for. The rest is parsed.
  bool lazy{false};
  bool reject_duplicates{false};
  /// Text after the value is an error instead of being ignored.
  bool reject_trailing{false};
  /// Reals, and integers beyond 64 bit, become Kind::decimal with the number's own text.
  bool exact_numbers{false};
};

namespace detail {

/// First byte in [p, end) that cannot simply be passed over inside a string: quote, backslash, control, non-ASCII.
inline const char* scan_plain(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i slash = _mm_set1_epi8('\\');
  const __m128i blank = _mm_set1_epi8(0x20);
  while (end - p >= 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    // Signed: bytes from 0x80 on are below 0x20 too.
    const __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)),
                                     _mm_cmplt_epi8(v, blank));
    if (const int mask = _mm_movemask_epi8(hit); mask != 0) {
      return p + __builtin_ctz(static_cast<unsigned>(mask));
    }
    p += 16;
  }
#endif
  while (p < end && *p != '"' && *p != '\\' && static_cast<signed char>(*p) >= 0x20) {
    ++p;
  }
  return p;
}

/// Passes one UTF-8 sequence; nullptr when it is not one. Surrogates (ED A0..BF xx) pass as Jackson lets them.
inline const char* utf8_next(const char* p, const char* end) noexcept {
  const auto at = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(p[i]); };
  const auto tail = [&](std::ptrdiff_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead < 0x80) {
    return p + 1;
  }
  if (lead < 0xc2) {
    return nullptr;
  }
  if (lead < 0xe0) {
    return end - p >= 2 && tail(1) ? p + 2 : nullptr;
  }
  if (lead < 0xf0) {
    return end - p >= 3 && tail(1) && tail(2) && (lead != 0xe0 || at(1) >= 0xa0) ? p + 3 : nullptr;
  }
  return lead < 0xf5 && end - p >= 4 && tail(1) && tail(2) && tail(3) && (lead != 0xf0 || at(1) >= 0x90) &&
                 (lead != 0xf4 || at(1) < 0x90)
             ? p + 4
             : nullptr;
}

/// Passes a sequence as Jackson reads it: only the bits of the first byte and that the others continue it are looked at.
/// Sets the character's code as it comes out, which may be none. nullptr: not even that.
inline const char* jackson_next(const char* p, const char* end, std::int32_t& code) noexcept {
  const auto at = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(p[i]); };
  const auto tail = [&](std::ptrdiff_t i) { return p + i < end && (at(i) & 0xc0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead >= 0xc0 && lead < 0xe0 && tail(1)) {
    code = (lead & 0x1f) << 6 | (at(1) & 0x3f);
    return p + 2;
  }
  if (lead >= 0xe0 && lead < 0xf0 && tail(1) && tail(2)) {
    code = (lead & 0x0f) << 12 | (at(1) & 0x3f) << 6 | (at(2) & 0x3f);
    return p + 3;
  }
  if (lead >= 0xf0 && lead < 0xf8 && tail(1) && tail(2) && tail(3)) {
    code = (lead & 7) << 18 | (at(1) & 0x3f) << 12 | (at(2) & 0x3f) << 6 | (at(3) & 0x3f);
    return p + 4;
  }
  return nullptr;
}

/// 0..65535, or -1. Needs four bytes at p.
inline int hex4(const char* p) noexcept {
  int v = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    const char low = static_cast<char>(c | 0x20);
    const int d = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (d < 0) {
      return -1;
    }
    v = v << 4 | d;
  }
  return v;
}

inline char* put_utf8(char* to, std::uint32_t c) noexcept {
  if (c < 0x80) {
    *to++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *to++ = static_cast<char>(0xc0 | c >> 6);
    *to++ = static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *to++ = static_cast<char>(0xe0 | c >> 12);
    *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (c & 0x3f));
  } else {
    *to++ = static_cast<char>(0xf0 | c >> 18);
    *to++ = static_cast<char>(0x80 | (c >> 12 & 0x3f));
    *to++ = static_cast<char>(0x80 | (c >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (c & 0x3f));
  }
  return to;
}

/// The text that Jackson makes of sequences that are no UTF-8 but pass jackson_next, and of surrogates written one by one.
inline std::string jackson_text(std::string_view text) {
  std::vector<std::uint32_t> units;  // UTF-16
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    const char* const start = p;
    std::int32_t code = static_cast<unsigned char>(*p);
    p = code < 0x80 ? p + 1 : jackson_next(p, end, code);
    if (p == nullptr) {
      break;
    }
    if (p - start == 4) {
      code -= 0x10000;  // below zero where fewer bytes would have done, as in Java
      units.push_back((0xd800u | static_cast<std::uint32_t>(code >> 10)) & 0xffff);
      units.push_back(0xdc00u | static_cast<std::uint32_t>(code & 0x3ff));
    } else {
      units.push_back(static_cast<std::uint32_t>(code));
    }
  }
  std::string out;
  char buffer[4];
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::uint32_t code = units[i];
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < units.size() && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (units[++i] - 0xdc00);
    }
    out.append(buffer, put_utf8(buffer, code));
  }
  return out;
}

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Validates an object or array and tells whether its text is canonical (ReadOptions::lazy).
class LazyScan {
 public:
  /// p stands on the bracket. Returns the end, or nullptr: parse it.
  static const char* end_of(const char* p, const char* end, std::uint32_t depth_left) noexcept {
    std::uint64_t objects = 0;  // one bit a level; deeper nests are parsed
    std::uint32_t level = 0;
    const std::uint32_t limit = depth_left < 64 ? depth_left : 64;
  value:
    if (p == end) {
      return nullptr;
    }
    switch (*p) {
      case '{':
        if (level == limit) {
          return nullptr;
        }
        objects = objects << 1 | 1;
        ++level;
        ++p;
        if (p < end && *p == '}') {
          goto close;
        }
        goto name;
      case '[':
        if (level == limit) {
          return nullptr;
        }
        objects <<= 1;
        ++level;
        ++p;
        if (p < end && *p == ']') {
          goto close;
        }
        goto value;
      case '"':
        p = string(p + 1, end);
        break;
      case 't':
        p = end - p >= 4 && std::memcmp(p, "true", 4) == 0 ? p + 4 : nullptr;
        break;
      case 'f':
        p = end - p >= 5 && std::memcmp(p, "false", 5) == 0 ? p + 5 : nullptr;
        break;
      case 'n':
        p = end - p >= 4 && std::memcmp(p, "null", 4) == 0 ? p + 4 : nullptr;
        break;
      default:
        p = number(p, end);
    }
    if (p == nullptr) {
      return nullptr;
    }
  after:
    if (p == end) {
      return nullptr;
    }
    if (*p == ',') {
      ++p;
      if ((objects & 1) != 0) {
        goto name;
      }
      goto value;
    }
    if (*p != ((objects & 1) != 0 ? '}' : ']')) {
      return nullptr;
    }
  close:
    ++p;
    objects >>= 1;
    if (--level == 0) {
      return p;
    }
    goto after;
  name:
    if (p == end || *p != '"') {
      return nullptr;
    }
    const char* start = ++p;
    p = string(p, end);
    if (p == nullptr || p == end || *p != ':' || static_cast<std::size_t>(p - start) > kMaxNameBytes) {
      return nullptr;
    }
    ++p;
    goto value;
  }

 private:
  static const char* string(const char* p, const char* end) noexcept {
    const char* start = p;
    for (;;) {
      p = scan_plain(p, end);
      if (p == end) {
        return nullptr;
      }
      if (*p == '"') {
        return static_cast<std::size_t>(p - start) <= kMaxStringChars ? p + 1 : nullptr;
      }
      if (*p == '\\') {
        if (end - p < 2) {
          return nullptr;
        }
        const char c = p[1];
        if (c == 'u') {
          const int unit = end - p >= 6 ? hex4(p + 2) : -1;
          if (unit < 0 || (unit >= 0xd800 && unit < 0xe000)) {
            return nullptr;
          }
          p += 6;
        } else if (c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't') {
          p += 2;
        } else {
          return nullptr;
        }
      } else if (static_cast<unsigned char>(*p) < 0x20) {
        return nullptr;
      } else {
        if (static_cast<unsigned char>(*p) == 0xed && end - p >= 2 && static_cast<unsigned char>(p[1]) >= 0xa0) {
          return nullptr;
        }
        p = utf8_next(p, end);
        if (p == nullptr) {
          return nullptr;
        }
      }
    }
  }

  static const char* number(const char* p, const char* end) noexcept {
    const bool minus = *p == '-';
    p += minus ? 1 : 0;
    const char* start = p;
    while (p < end && is_digit(*p)) {
      ++p;
    }
    const auto whole = p - start;
    if (whole == 0 || p == end || (whole > 1 && *start == '0')) {
      return nullptr;
    }
    if (*p != '.') {
      return whole > 18 || *p == 'e' || *p == 'E' || (minus && *start == '0') ? nullptr : p;
    }
    const char* fraction = ++p;
    bool zero = *start == '0';
    while (p < end && is_digit(*p)) {
      zero = zero && *p == '0';
      ++p;
    }
    if (p == fraction || p == end || *p == 'e' || *p == 'E' || whole + (p - fraction) > 15 || (minus && zero)) {
      return nullptr;
    }
    return p;
  }
};

/// Members and items of the containers that are still open.
class Scratch {
 public:
  Scratch() noexcept {}  // NOLINT: first_ stays uninitialised
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (data_ != first_) {
      std::free(data_);
    }
  }
  std::size_t size() const noexcept { return size_; }
  void resize(std::size_t n) noexcept { size_ = n; }
  weir_value* at(std::size_t i) noexcept { return data_ + i; }
  void push(const weir_value& v) {
    if (size_ == capacity_) {
      grow();
    }
    data_[size_++] = v;
  }

 private:
  void grow() {
    auto* bigger = static_cast<weir_value*>(std::malloc(capacity_ * 2 * sizeof(weir_value)));
    if (bigger == nullptr) {
      throw std::bad_alloc();
    }
    std::memcpy(static_cast<void*>(bigger), data_, size_ * sizeof(weir_value));
    if (data_ != first_) {
      std::free(data_);
    }
    data_ = bigger;
    capacity_ *= 2;
  }
  weir_value first_[512];
  weir_value* data_{first_};
  std::size_t size_{0};
  std::size_t capacity_{512};
};

class Reader {
 public:
  Reader(std::string_view text, Arena arena, const ReadOptions& options) noexcept
      : begin_(text.data()),
        p_(text.data()),
        end_(text.data() + text.size()),
        arena_(arena),
        options_(options),
        max_depth_(options.max_depth < kMaxDepth ? options.max_depth : kMaxDepth) {}

  Result<Value> run() {
    if (end_ - p_ >= 3 && std::memcmp(p_, "\xef\xbb\xbf", 3) == 0) {
      if (end_ - p_ == 3) {  // Jackson sees the mark from four bytes on
        fail_here();
        return failure();
      }
      p_ += 3;
    }
    blanks();
    Value out;
    if (p_ == end_) {
      return out;
    }
    const char first = *p_;
    if (!value(out, 0)) {
      return failure();
    }
    if (p_ < end_ && !root_end(first)) {
      fail("expected blank space after a root-level value");
      return failure();
    }
    if (options_.reject_trailing) {
      blanks();
      if (p_ < end_) {
        fail("text after the value");
        return failure();
      }
    }
    return out;
  }

  /// One value at the start of the text, whatever follows it; used: how far it went.
  Result<Value> run_prefix(std::size_t& used) {
    blanks();
    Value out;
    if (p_ == end_) {
      fail_here();
      return failure();
    }
    if (!value(out, 0)) {
      return failure();
    }
    used = static_cast<std::size_t>(p_ - begin_);
    return out;
  }

 private:
  static constexpr std::size_t kScanned = 64;  // members of an object up to which duplicates are found by comparing

  Error failure() const {
    return bad_record("invalid JSON at byte " + std::to_string(p_ - begin_) + ": " + error_);
  }
  bool fail(const char* why) noexcept {
    error_ = why;
    return false;
  }
  bool fail_here() noexcept { return fail(p_ == end_ ? "unexpected end of input" : "unexpected character"); }

  void blanks() noexcept {
    while (p_ < end_ && is_blank(*p_)) {
      ++p_;
    }
  }

  /// Jackson: text may follow a value, but not right after a number or, if it could continue it, a word.
  bool root_end(char first) const noexcept {
    if (first == '-' || is_digit(first)) {
      return is_blank(*p_);
    }
    if (first == 't' || first == 'f' || first == 'n') {
      const auto c = static_cast<unsigned char>(*p_);
      return !(is_digit(*p_) || c >= 0x7f || c == '_' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
    }
    return true;
  }

  bool value(weir_value& out, std::uint32_t depth) {
    if (p_ == end_) {
      return fail_here();
    }
    switch (*p_) {
      case '"':
        ++p_;
        return string(out);
      case '{':
        return container(out, depth) || object(out, depth + 1);
      case '[':
        return container(out, depth) || array(out, depth + 1);
      case 't':
        return word("true", 4) && (out = Value::boolean(true), true);
      case 'f':
        return word("false", 5) && (out = Value::boolean(false), true);
      case 'n':
        return word("null", 4) && (out = Value(), true);
      default:
        return number(out);
    }
  }

  bool word(const char* text, std::size_t size) noexcept {
    if (static_cast<std::size_t>(end_ - p_) < size || std::memcmp(p_, text, size) != 0) {
      return fail("unrecognized token");
    }
    p_ += size;
    return true;
  }

  /// true: taken as raw text.
  bool container(weir_value& out, std::uint32_t depth) noexcept {
    if (!options_.lazy || depth == 0 || parsing_all_ || options_.exact_numbers || options_.reject_duplicates) {
      return false;
    }
    const char* after = LazyScan::end_of(p_, end_, max_depth_ - depth);
    if (after == nullptr) {
      return false;
    }
    out = Value::lazy({p_, static_cast<std::size_t>(after - p_)});
    p_ = after;
    return true;
  }

  bool array(weir_value& out, std::uint32_t depth) {
    if (depth > max_depth_) {
      return fail("nested too deep");
    }
    const bool outer = parsing_all_;
    parsing_all_ = parsing_all_ || depth > 1;  // what is not canonical is parsed once, not scanned at every level
    const std::size_t base = scratch_.size();
    ++p_;
    blanks();
    if (p_ < end_ && *p_ == ']') {
      ++p_;
      out = Value::array(nullptr, 0);
      parsing_all_ = outer;
      return true;
    }
    for (;;) {
      weir_value item;
      if (!value(item, depth)) {
        return false;
      }
      scratch_.push(item);
      blanks();
      if (p_ == end_) {
        return fail_here();
      }
      const char c = *p_++;
      if (c == ']') {
        break;
      }
      if (c != ',') {
        --p_;
        return fail("expected ',' or ']'");
      }
      blanks();
    }
    const std::size_t count = scratch_.size() - base;
    auto* items = arena_.array<weir_value>(count);
    std::memcpy(static_cast<void*>(items), scratch_.at(base), count * sizeof(weir_value));
    scratch_.resize(base);
    out = Value::array(items, count);
    parsing_all_ = outer;
    return true;
  }

  bool object(weir_value& out, std::uint32_t depth) {
    if (depth > max_depth_) {
      return fail("nested too deep");
    }
    const bool outer = parsing_all_;
    parsing_all_ = parsing_all_ || depth > 1;
    const std::size_t base = scratch_.size();
    std::uint64_t seen[4] = {0, 0, 0, 0};
    ++p_;
    blanks();
    if (p_ < end_ && *p_ == '}') {
      ++p_;
      out = Value::map(nullptr, 0);
      parsing_all_ = outer;
      return true;
    }
    for (;;) {
      if (p_ == end_ || *p_ != '"') {
        return p_ == end_ ? fail_here() : fail("expected a member name");
      }
      ++p_;
      weir_value name;
      if (!string(name)) {
        return false;
      }
      if (name.count > kMaxNameBytes) {
        return fail("member name too long");
      }
      if (p_ == end_ || *p_ != ':') {
        blanks();
        if (p_ == end_ || *p_ != ':') {
          return p_ == end_ ? fail_here() : fail("expected ':'");
        }
      }
      ++p_;
      blanks();
      const std::size_t same = find_name(base, name, seen);
      weir_value item;
      if (!value(item, depth)) {
        return false;
      }
      if (same == kNone) {
        scratch_.push(name);
        scratch_.push(item);
      } else if (options_.reject_duplicates) {
        return fail("duplicate member name");
      } else {
        *scratch_.at(same + 1) = item;
      }
      blanks();
      if (p_ == end_) {
        return fail_here();
      }
      const char c = *p_++;
      if (c == '}') {
        break;
      }
      if (c != ',') {
        --p_;
        return fail("expected ',' or '}'");
      }
      blanks();
    }
    if (scratch_.size() - base > kScanned * 2 && !drop_duplicates(base)) {
      return fail("duplicate member name");
    }
    const std::size_t count = (scratch_.size() - base) / 2;
    auto* members = arena_.array<weir_member>(count);
    std::memcpy(static_cast<void*>(members), scratch_.at(base), count * sizeof(weir_member));
    scratch_.resize(base);
    out = Value::map(members, count);
    parsing_all_ = outer;
    return true;
  }

  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  /// Where an equal name stands; `seen` says at once when there surely is none.
  std::size_t find_name(std::size_t base, const weir_value& name, std::uint64_t (&seen)[4]) noexcept {
    if (scratch_.size() - base >= kScanned * 2) {
      return kNone;  // drop_duplicates finds them
    }
    std::uint32_t h = name.count;
    if (name.count > 0) {
      h += static_cast<std::uint32_t>(static_cast<unsigned char>(name.as.text[0])) << 8 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(name.as.text[name.count - 1])) << 16 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(name.as.text[name.count / 2])) << 24;
    }
    h *= 0x9e3779b1u;
    std::uint64_t& word = seen[h >> 30];
    const std::uint64_t bit = std::uint64_t{1} << (h >> 24 & 63);
    if ((word & bit) != 0) {
      for (std::size_t i = base; i < scratch_.size(); i += 2) {
        const weir_value& other = *scratch_.at(i);
        if (other.count == name.count && std::memcmp(other.as.text, name.as.text, name.count) == 0) {
          return i;
        }
      }
    }
    word |= bit;
    return kNone;
  }

  /// The last value of each name at the place of its first. false: there was one and that is an error.
  bool drop_duplicates(std::size_t base) {
    const std::size_t count = (scratch_.size() - base) / 2;
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) {
      order[i] = static_cast<std::uint32_t>(i);
    }
    const auto name = [&](std::uint32_t i) {
      const weir_value& v = *scratch_.at(base + i * std::size_t{2});
      return std::string_view(v.as.text, v.count);
    };
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int c = name(a).compare(name(b));
      return c != 0 ? c < 0 : a < b;
    });
    std::vector<bool> gone;
    for (std::size_t i = 1, first = 0; i < count; ++i) {
      if (name(order[i]) != name(order[first])) {
        first = i;
        continue;
      }
      if (options_.reject_duplicates) {
        return false;
      }
      gone.resize(count);
      gone[order[i]] = true;
      *scratch_.at(base + order[first] * std::size_t{2} + 1) = *scratch_.at(base + order[i] * std::size_t{2} + 1);
    }
    if (!gone.empty()) {
      std::size_t to = base;
      for (std::size_t i = 0; i < count; ++i) {
        if (!gone[i]) {
          *scratch_.at(to) = *scratch_.at(base + i * 2);
          *scratch_.at(to + 1) = *scratch_.at(base + i * 2 + 1);
          to += 2;
        }
      }
      scratch_.resize(to);
    }
    return true;
  }

  bool string(weir_value& out) {
    const char* start = p_;
    const char* q = scan_plain(p_, end_);
    if (q < end_ && *q == '"') {
      p_ = q + 1;
      out = Value::string({start, static_cast<std::size_t>(q - start)});
      return static_cast<std::size_t>(q - start) <= kMaxStringChars || fail("string too long");
    }
    return long_string(out, start, q);
  }

  bool long_string(weir_value& out, const char* start, const char* q);
  bool unescape(weir_value& out, const char* start, const char* close);
  bool number(weir_value& out);
  bool real(weir_value& out, const char* start, const char* text_end);

  const char* begin_;
  const char* p_;
  const char* end_;
  Arena arena_;
  const ReadOptions& options_;
  std::uint32_t max_depth_;
  bool parsing_all_{false};
  const char* error_{""};
  Scratch scratch_;
};

/// Java characters (UTF-16 units) of a text.
inline std::size_t utf16_size(std::string_view text) noexcept {
  std::size_t n = 0;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    n += (b & 0xc0) == 0x80 ? 0u : b >= 0xf0 ? 2u : 1u;
  }
  return n;
}

// Non-ASCII text, escapes, or an error.
inline bool Reader::long_string(weir_value& out, const char* start, const char* q) {
  bool escaped = false;
  bool lenient = false;
  for (;; q = scan_plain(q, end_)) {
    if (q == end_) {
      p_ = q;
      return fail_here();
    }
    const auto c = static_cast<unsigned char>(*q);
    if (c == '"') {
      break;
    }
    if (c == '\\') {
      escaped = true;
      if (end_ - q < 2) {
        p_ = end_;
        return fail_here();
      }
      q += 2;
    } else if (c < 0x20) {
      p_ = q;
      return fail("control character in a string");
    } else {
      const char* next = utf8_next(q, end_);
      if (next == nullptr || (c == 0xed && static_cast<unsigned char>(q[1]) >= 0xa0)) {
        std::int32_t ignored = 0;
        next = jackson_next(q, end_, ignored);
        lenient = true;
        if (next == nullptr) {
          p_ = q;
          return fail("invalid UTF-8");
        }
      }
      q = next;
    }
  }
  if (escaped) {
    if (!unescape(out, start, q)) {
      return false;
    }
  } else {
    out = Value::string({start, static_cast<std::size_t>(q - start)});
  }
  if (lenient) {
    out = Value::string(arena_.copy(jackson_text({out.as.text, out.count})));
  }
  p_ = q + 1;
  if (out.count > kMaxStringChars && utf16_size({out.as.text, out.count}) > kMaxStringChars) {
    return fail("string too long");
  }
  return true;
}

inline bool Reader::unescape(weir_value& out, const char* start, const char* close) {
  auto* const text = static_cast<char*>(arena_.allocate(static_cast<std::size_t>(close - start)));
  char* to = text;
  const char* p = start;
  while (p < close) {
    const auto* slash = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(close - p)));
    const std::size_t plain = static_cast<std::size_t>((slash == nullptr ? close : slash) - p);
    std::memcpy(to, p, plain);
    to += plain;
    p += plain;
    if (slash == nullptr) {
      break;
    }
    const char c = p[1];
    p += 2;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        *to++ = c;
        break;
      case 'b':
        *to++ = '\b';
        break;
      case 'f':
        *to++ = '\f';
        break;
      case 'n':
        *to++ = '\n';
        break;
      case 'r':
        *to++ = '\r';
        break;
      case 't':
        *to++ = '\t';
        break;
      case 'u': {
        const int unit = close - p >= 4 ? hex4(p) : -1;
        if (unit < 0) {
          p_ = p;
          return fail("invalid \\u escape");
        }
        p += 4;
        auto code = static_cast<std::uint32_t>(unit);
        if (code >= 0xd800 && code < 0xdc00 && close - p >= 6 && p[0] == '\\' && p[1] == 'u') {
          const int low = hex4(p + 2);
          if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (static_cast<std::uint32_t>(low) - 0xdc00);
            p += 6;
          }
        }
        to = put_utf8(to, code);
        break;
      }
      default:
        p_ = p - 1;
        return fail("unrecognized character escape");
    }
  }
  out = Value::string({text, static_cast<std::size_t>(to - text)});
  return true;
}

inline bool Reader::number(weir_value& out) {
  const char* start = p_;
  const char* p = p_;
  const bool minus = *p == '-';
  p += minus ? 1 : 0;
  if (p == end_ || !is_digit(*p)) {
    return minus ? (p_ = p, fail("expected a digit after '-'")) : fail_here();
  }
  while (p + 1 < end_ && *p == '0' && is_digit(p[1])) {
    ++p;
  }
  const char* digits = p;
  std::uint64_t magnitude = 0;  // modulo 2^64, as BigInteger.longValue() has it
  while (p < end_ && is_digit(*p)) {
    magnitude = magnitude * 10 + static_cast<std::uint64_t>(*p - '0');
    ++p;
  }
  const auto whole = static_cast<std::size_t>(p - digits);
  if (p == end_ || (*p != '.' && *p != 'e' && *p != 'E')) {
    if (whole > kMaxNumberDigits) {
      return fail("number too long");
    }
    p_ = p;
    constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
    const bool fits = whole <= 18 || (whole == 19 && magnitude <= kLargest + (minus ? 1 : 0));
    if (options_.exact_numbers && !fits) {
      out = Value::decimal({start, static_cast<std::size_t>(p - start)});
    } else {
      out = Value::int64(static_cast<std::int64_t>(minus ? 0 - magnitude : magnitude));
    }
    return true;
  }
  std::size_t fraction = 0;
  if (*p == '.') {
    const char* from = ++p;
    while (p < end_ && is_digit(*p)) {
      magnitude = magnitude * 10 + static_cast<std::uint64_t>(*p - '0');
      ++p;
    }
    fraction = static_cast<std::size_t>(p - from);
    if (fraction == 0) {
      p_ = p;
      return fail("expected a digit after the decimal point");
    }
    if ((p == end_ || (*p != 'e' && *p != 'E')) && whole + fraction <= 15 && !options_.exact_numbers) {
      static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
      const double d = static_cast<double>(magnitude) / kPowers[fraction];  // both exact, so rounded once
      out = Value::float64(minus && magnitude != 0 ? -d : d);
      p_ = p;
      return true;
    }
  }
  std::size_t exponent = 0;
  if (p < end_ && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p < end_ && (*p == '+' || *p == '-')) {
      ++p;
    }
    const char* from = p;
    while (p < end_ && is_digit(*p)) {
      ++p;
    }
    exponent = static_cast<std::size_t>(p - from);
    if (exponent == 0) {
      p_ = p;
      return fail("expected a digit in the exponent");
    }
  }
  if (whole + fraction + exponent > kMaxNumberDigits) {
    return fail("number too long");
  }
  return real(out, start, p);
}

inline bool Reader::real(weir_value& out, const char* start, const char* text_end) {
  // BigDecimal's rules come first: exponent and scale are 32 bit; zero has no sign.
  bool zero = true;
  std::int64_t point = 0;  // digits from the first significant one to the decimal point
  std::int64_t fraction = 0;
  bool after_point = false;
  const char* p = start;
  for (; p < text_end && *p != 'e' && *p != 'E'; ++p) {
    if (*p == '.') {
      after_point = true;
    } else if (*p != '-') {
      zero = zero && *p == '0';
      fraction += after_point ? 1 : 0;
      point += after_point ? (zero ? -1 : 0) : (zero ? 0 : 1);
    }
  }
  std::int64_t exponent = 0;
  if (p < text_end) {
    ++p;
    const bool minus = *p == '-';
    p += *p == '-' || *p == '+' ? 1 : 0;
    for (; p < text_end; ++p) {
      exponent = exponent > INT32_MAX ? exponent : exponent * 10 + (*p - '0');
    }
    exponent = minus ? -exponent : exponent;
    if (exponent > INT32_MAX || exponent < INT32_MIN || fraction - exponent > INT32_MAX ||
        fraction - exponent < INT32_MIN) {
      return fail("exponent out of range");
    }
  }
  p_ = text_end;
  if (options_.exact_numbers) {
    out = Value::decimal({start, static_cast<std::size_t>(text_end - start)});
    return true;
  }
  double d = 0;
  if (!zero) {
    const auto r = std::from_chars(start, text_end, d);
    if (r.ec != std::errc{}) {
      d = point + exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
      d = *start == '-' ? -d : d;
    }
  }
  out = Value::float64(d);
  return true;
}

}  // namespace detail
}  // namespace json
}  // namespace v1
}  // namespace weir
