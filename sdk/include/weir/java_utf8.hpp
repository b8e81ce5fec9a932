// Text between Java's strings and UTF-8, where the two differ. Any thread; texts live in the arena
// or borrow from the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <weir/arena.hpp>
#include <weir/json_read.hpp>

namespace weir {
inline namespace v1 {
namespace java {
namespace detail {

inline bool surrogate_at(const char* p, const char* end) noexcept {
  return end - p >= 3 && static_cast<unsigned char>(p[0]) == 0xed &&
         static_cast<unsigned char>(p[1]) >= 0xa0 && static_cast<unsigned char>(p[1]) < 0xc0 &&
         (static_cast<unsigned char>(p[2]) & 0xc0) == 0x80;
}

// The first byte that is not part of well-formed UTF-8 (surrogates are not).
inline const char* first_malformed(const char* p, const char* end) noexcept {
  while (p < end) {
#if defined(__SSE2__)
    while (end - p >= 64) {
      const auto at = [&](int i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i); };
      if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(at(0), at(1)), _mm_or_si128(at(2), at(3)))) != 0) {
        break;
      }
      p += 64;
    }
#endif
    for (std::uint64_t ascii = 0; end - p >= 8; p += 8) {
      std::memcpy(&ascii, p, 8);
      if ((ascii & 0x8080808080808080u) != 0) {
        break;
      }
    }
    if (p == end) {
      break;
    }
    if (static_cast<signed char>(*p) >= 0) {
      ++p;
      continue;
    }
    const char* next = json::detail::utf8_next(p, end);
    if (next == nullptr || surrogate_at(p, end)) {
      return p;
    }
    p = next;
  }
  return end;
}

// Bytes that Java replaces by one U+FFFD.
inline std::size_t malformed_size(const char* p, const char* end) noexcept {
  if (surrogate_at(p, end)) {
    return 3;
  }
  const auto at = [&](std::size_t i) {
    return i < static_cast<std::size_t>(end - p) ? static_cast<unsigned char>(p[i]) : 0u;
  };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
  const unsigned lead = at(0);
  if (lead >= 0xe0 && lead < 0xf0) {
    return tail(1) && (lead != 0xe0 || at(1) >= 0xa0) && !(lead == 0xed && at(1) >= 0xa0) ? 2 : 1;
  }
  if (lead >= 0xf0 && lead < 0xf5) {
    const bool second =
        tail(1) && (lead != 0xf0 || at(1) >= 0x90) && (lead != 0xf4 || at(1) < 0x90);
    return second ? (tail(2) ? 3 : 2) : 1;
  }
  return 1;
}

}  // namespace detail

/// new String(bytes, UTF_8): what is malformed becomes U+FFFD. Borrows when all is well.
inline std::string_view text_of_utf8(std::string_view bytes, Arena arena) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  const char* bad = detail::first_malformed(p, end);
  if (bad == end) {
    return bytes;
  }
  std::string out;
  while (bad != end) {
    out.append(p, bad).append("\xef\xbf\xbd");
    p = bad + detail::malformed_size(bad, end);
    bad = detail::first_malformed(p, end);
  }
  return arena.copy(out.append(p, end));
}

/// String.getBytes(UTF_8): lone surrogates become '?'. Borrows when there are none.
inline std::string_view utf8_of_text(std::string_view text, Arena arena) {
  if (text.find('\xed') == std::string_view::npos) {
    return text;
  }
  std::string out;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    if (detail::surrogate_at(p, end)) {
      out += '?';
      p += 3;
    } else {
      out += *p++;
    }
  }
  return out.size() == text.size() ? text : arena.copy(out);
}

}  // namespace java
}  // namespace v1
}  // namespace weir
