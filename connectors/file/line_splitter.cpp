#include "line_splitter.hpp"

namespace weir::connectors::file {
namespace {

/// Length of the well-formed sequence at p, or 0; `bad` is then the length of its longest
/// well-formed beginning (at least 1): what Java replaces by one U+FFFD.
std::size_t sequence(const unsigned char* p, std::size_t n, std::size_t& bad) {
  bad = 1;
  const unsigned char lead = p[0];
  if (lead < 0x80) {
    return 1;
  }
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    low = lead == 0xE0 ? 0xA0 : 0x80;
    high = lead == 0xED ? 0x9F : 0xBF;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    low = lead == 0xF0 ? 0x90 : 0x80;
    high = lead == 0xF4 ? 0x8F : 0xBF;
  } else {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= n || p[i] < low || p[i] > high) {
      bad = i;
      return 0;
    }
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

/// Bytes from the start that are well formed; most text is ASCII, so eight bytes at a time.
std::size_t well_formed(const unsigned char* p, std::size_t n) {
  std::size_t i = 0;
  while (i < n) {
    while (i + 8 <= n) {
      std::uint64_t word = 0;
      std::memcpy(&word, p + i, 8);
      if ((word & 0x8080808080808080U) != 0) {
        break;
      }
      i += 8;
    }
    if (i == n) {
      break;
    }
    std::size_t bad = 0;
    const std::size_t length = sequence(p + i, n - i, bad);
    if (length == 0) {
      return i;
    }
    i += length;
  }
  return n;
}

}  // namespace

std::string_view to_utf8(std::string_view text, Arena arena) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t n = text.size();
  std::size_t i = well_formed(p, n);
  if (i == n) {
    return text;
  }
  std::string out(text.substr(0, i));
  while (i < n) {
    std::size_t bad = 0;
    const std::size_t length = sequence(p + i, n - i, bad);
    if (length == 0) {
      out.append("\xEF\xBF\xBD");
      i += bad;
    } else {
      out.append(text.substr(i, length));
      i += length;
    }
  }
  return arena.copy(out);
}

}  // namespace weir::connectors::file
