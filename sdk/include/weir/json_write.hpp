// The writer behind json.hpp. Use json.hpp.
#pragma once

#include <weir/arena.hpp>
#include <weir/java_text.hpp>
#include <weir/json_read.hpp>
#include <weir/value.hpp>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir {
inline namespace v1 {
namespace json {
namespace detail {

/// Grows inside a std::string.
class StringBuffer {
 public:
  explicit StringBuffer(std::string& out) noexcept : out_(out), start_(out.size()) {}
  /// A buffer of at least `room` bytes after `used` ones that are kept; sets where it ends.
  char* grow(char* /*begin*/, std::size_t used, std::size_t room, char*& end) {
    std::size_t size = out_.size() * 2;
    if (size < start_ + used + room) {
      size = start_ + used + room;
    }
    out_.resize(size < 256 ? 256 : size);
    end = out_.data() + out_.size();
    return out_.data() + start_;
  }
  void finish(char* /*begin*/, std::size_t used) { out_.resize(start_ + used); }

 private:
  std::string& out_;
  std::size_t start_;
};

/// Writes into the free end of the arena's chunk and claims what was used.
class ArenaBuffer {
 public:
  explicit ArenaBuffer(Arena arena) noexcept : arena_(arena.c()) {}
  char* grow(char* begin, std::size_t used, std::size_t room, char*& end) {
    if (begin == nullptr && static_cast<std::size_t>(arena_->end - arena_->cursor) >= room) {
      end = arena_->end;
      return arena_->cursor;
    }
    const std::size_t size = ((used + room) * 2 + 15) & ~std::size_t{15};
    auto* bigger = static_cast<char*>(arena_->grow(arena_, size));
    if (bigger == nullptr) {
      throw std::bad_alloc();
    }
    if (used > 0) {
      std::memcpy(bigger, begin, used);
    }
    // The rest of the chunk belongs to this text until finish().
    if (arena_->cursor == bigger + size) {
      arena_->cursor = bigger;
      end = arena_->end;
    } else {
      end = bigger + size;
    }
    return bigger;
  }
  void finish(char* begin, std::size_t used) noexcept {
    if (begin == arena_->cursor) {
      const std::size_t rounded = (used + 15) & ~std::size_t{15};
      const auto left = static_cast<std::size_t>(arena_->end - begin);
      arena_->cursor += rounded < left ? rounded : left;
    }
  }

 private:
  weir_arena* arena_;
};

/// Compact JSON as Jackson's generator writes it. Buffer: StringBuffer or ArenaBuffer.
template <class Buffer>
class Writer {
 public:
  explicit Writer(Buffer buffer) : buffer_(buffer) { ensure(256); }

  /// Ends the text; nothing may be written afterwards.
  std::string_view finish() {
    const auto used = static_cast<std::size_t>(p_ - begin_);
    buffer_.finish(begin_, used);
    return {begin_, used};
  }

  void put(char c) {
    ensure(1);
    *p_++ = c;
  }
  /// As it is, without quotes.
  void raw(std::string_view text) {
    ensure(text.size());
    if (!text.empty()) {
      std::memcpy(p_, text.data(), text.size());
    }
    p_ += text.size();
  }
  void integer(std::int64_t i) {
    ensure(24);
    p_ = std::to_chars(p_, p_ + 24, i).ptr;
  }
  /// Java text; NaN and infinities as strings.
  void real(double d) { number_or_word(d - d == 0, [&](char* to) { return java::write_double(to, d); }); }
  void real(float f) { number_or_word(f - f == 0, [&](char* to) { return java::write_float(to, f); }); }
  void base64(std::string_view bytes) {
    ensure(java::base64_size(bytes.size()) + 2);
    *p_++ = '"';
    p_ = java::write_base64(p_, bytes);
    *p_++ = '"';
  }
  /// Quoted and escaped.
  void string(std::string_view text) {
    const char* p = text.data();
    const char* const end = p + text.size();
    ensure(32);
    *p_++ = '"';
    if (text.size() < 16 && copy_short(p, text.size())) {
      *p_++ = '"';
      return;
    }
    while (p < end) {
      const std::size_t left = static_cast<std::size_t>(end - p);
      const std::size_t chunk = left < 2048 ? left : 2048;
      ensure(chunk * 6 + 32);
      p = escape(p, p + chunk, end);
    }
    put('"');
  }

  /// From now on value() refuses what Kafka Connect has no schemaless form for: decimals, dates, structs.
  void refuse_logical() noexcept { refuse_logical_ = true; }
  /// What value() refused; null kind: it was nested too deep.
  const Value& refused() const noexcept { return refused_; }

  /// Any value; lazy ones as they are. false when it is nested deeper than Jackson writes, or refused.
  bool value(const Value& v, std::uint32_t depth = 0) {
    switch (v.type()) {
      case Kind::null:
        raw("null");
        return true;
      case Kind::boolean:
        raw(v.as.i64 != 0 ? "true" : "false");
        return true;
      case Kind::int8:
      case Kind::int16:
      case Kind::int32:
      case Kind::int64:
        integer(v.as.i64);
        return true;
      case Kind::timestamp:
        integer(v.as.i64);
        return !refuses(v);
      case Kind::float32:
        real(static_cast<float>(v.as.f64));
        return true;
      case Kind::float64:
        real(v.as.f64);
        return true;
      case Kind::string:
        string(v.text());
        return true;
      case Kind::bytes:
        base64(v.text());
        return true;
      case Kind::decimal:
        raw(v.text());
        return !refuses(v);
      case Kind::lazy:
        raw(v.text());
        return true;
      case Kind::array:
        return array(v, depth + 1);
      case Kind::map:
        return members(v, depth + 1);
      case Kind::structure:
        return !refuses(v) && members(v, depth + 1);
    }
    return true;
  }

 private:
  bool refuses(const Value& v) noexcept {
    if (refuse_logical_) {
      refused_ = v;
    }
    return refuse_logical_;
  }

  bool array(const Value& v, std::uint32_t depth) {
    if (depth > kMaxDepth) {
      return false;
    }
    put('[');
    for (std::uint32_t i = 0; i < v.count; ++i) {
      if (i > 0) {
        put(',');
      }
      if (!value(static_cast<const Value&>(v.as.items[i]), depth)) {
        return false;
      }
    }
    put(']');
    return true;
  }

  bool members(const Value& v, std::uint32_t depth) {
    if (depth > kMaxDepth) {
      return false;
    }
    bool named = true;
    for (std::uint32_t i = 0; i < v.count; ++i) {
      named = named && v.as.members[i].key.kind == WEIR_KIND_STRING;
    }
    put(named ? '{' : '[');
    for (std::uint32_t i = 0; i < v.count; ++i) {
      const auto& m = static_cast<const Member&>(v.as.members[i]);
      if (i > 0) {
        put(',');
      }
      if (named) {
        string(m.name().text());
        put(':');
        if (!value(m.item(), depth)) {
          return false;
        }
      } else {
        put('[');
        if (!value(m.name(), depth + 1)) {
          return false;
        }
        put(',');
        if (!value(m.item(), depth + 1)) {
          return false;
        }
        put(']');
      }
    }
    put(named ? '}' : ']');
    return true;
  }

  /// Eight bytes of which none needs an escape (or is not ASCII)?
  static bool plain8(std::uint64_t w) noexcept {
    constexpr std::uint64_t kOnes = 0x0101010101010101u;
    constexpr std::uint64_t kHigh = 0x8080808080808080u;
    const std::uint64_t quote = w ^ kOnes * '"';
    const std::uint64_t slash = w ^ kOnes * '\\';
    return ((w | (w - kOnes * 0x20) | (quote - kOnes) | (slash - kOnes)) & kHigh) == 0;
  }

  /// Copies fewer than 16 bytes that need no escapes; there is room. false: nothing was written.
  bool copy_short(const char* p, std::size_t size) noexcept {
    if (size >= 8) {
      std::uint64_t first = 0;
      std::uint64_t last = 0;
      std::memcpy(&first, p, 8);
      std::memcpy(&last, p + size - 8, 8);
      if (!plain8(first) || !plain8(last)) {
        return false;
      }
      std::memcpy(p_, &first, 8);
      std::memcpy(p_ + size - 8, &last, 8);
    } else if (size >= 4) {
      std::uint32_t first = 0;
      std::uint32_t last = 0;
      std::memcpy(&first, p, 4);
      std::memcpy(&last, p + size - 4, 4);
      if (!plain8(std::uint64_t{first} << 32 | last)) {
        return false;
      }
      std::memcpy(p_, &first, 4);
      std::memcpy(p_ + size - 4, &last, 4);
    } else {
      for (std::size_t i = 0; i < size; ++i) {
        const auto c = static_cast<unsigned char>(p[i]);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') {
          return false;
        }
        p_[i] = p[i];
      }
    }
    p_ += size;
    return true;
  }

  template <class F>
  void number_or_word(bool finite, F&& write) {
    ensure(java::kMaxRealText + 2);
    if (!finite) {
      *p_++ = '"';
    }
    p_ = write(p_);
    if (!finite) {
      *p_++ = '"';
    }
  }

  // From p up to chunk_end, or a little beyond to finish a character. There is room for six times the bytes and 32.
  const char* escape(const char* p, const char* chunk_end, const char* end) noexcept {
    char* to = p_;
    while (p < chunk_end) {
#if defined(__SSE2__)
      while (chunk_end - p >= 16) {
        const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), v);
        const __m128i hit = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'))),
            _mm_or_si128(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v),
                         _mm_cmpeq_epi8(_mm_max_epu8(v, _mm_set1_epi8(static_cast<char>(0xed))), v)));
        if (const int mask = _mm_movemask_epi8(hit); mask != 0) {
          const int plain = __builtin_ctz(static_cast<unsigned>(mask));
          p += plain;
          to += plain;
          break;
        }
        p += 16;
        to += 16;
      }
#endif
      while (p < chunk_end) {
        const auto c = static_cast<unsigned char>(*p);
        if (c < 0x20 || c == '"' || c == '\\' || c >= 0xed) {
          break;
        }
        *to++ = *p++;
      }
      if (p < chunk_end) {
        p = special(p, end, to);
      }
    }
    p_ = to;
    return p;
  }

  static const char* special(const char* p, const char* end, char*& to) noexcept {
    const auto c = static_cast<unsigned char>(*p);
    if (c == '"' || c == '\\') {
      *to++ = '\\';
      *to++ = *p;
      return p + 1;
    }
    if (c < 0x20) {
      const char* names = "btn\0fr";  // 8 to 13
      const char name = c >= 8 && c <= 13 ? names[c - 8] : '\0';
      if (name == '\0') {
        unit(to, c);
      } else {
        *to++ = '\\';
        *to++ = name;
      }
      return p + 1;
    }
    const auto at = [&](int i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(p[i]) & 0x3f); };
    if (c == 0xed && end - p >= 3 && static_cast<unsigned char>(p[1]) >= 0xa0) {
      unit(to, 0xd000u | at(1) << 6 | at(2));
      return p + 3;
    }
    if (c >= 0xf0 && end - p >= 4) {
      const std::uint32_t code = ((c & 7u) << 18 | at(1) << 12 | at(2) << 6 | at(3)) - 0x10000;
      unit(to, 0xd800u | (code >> 10 & 0x3ffu));
      unit(to, 0xdc00u | (code & 0x3ffu));
      return p + 4;
    }
    *to++ = *p;
    return p + 1;
  }

  static void unit(char*& to, std::uint32_t c) noexcept {
    static constexpr char kHex[] = "0123456789ABCDEF";
    *to++ = '\\';
    *to++ = 'u';
    *to++ = kHex[c >> 12 & 15];
    *to++ = kHex[c >> 8 & 15];
    *to++ = kHex[c >> 4 & 15];
    *to++ = kHex[c & 15];
  }

  void ensure(std::size_t room) {
    if (static_cast<std::size_t>(end_ - p_) < room) [[unlikely]] {
      more(room);
    }
  }
  void more(std::size_t room) {
    const auto used = static_cast<std::size_t>(p_ - begin_);
    begin_ = buffer_.grow(begin_, used, room, end_);
    p_ = begin_ + used;
  }

  Buffer buffer_;
  char* begin_{nullptr};
  char* p_{nullptr};
  char* end_{nullptr};
  bool refuse_logical_{false};
  Value refused_;
};

using StringWriter = Writer<StringBuffer>;
using ArenaWriter = Writer<ArenaBuffer>;

}  // namespace detail
}  // namespace json
}  // namespace v1
}  // namespace weir
