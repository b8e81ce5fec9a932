// Bytes in Avro's JSON: one character U+0000 to U+00FF for each byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::converters::schema_registry::avro {

inline std::string text_of_latin1(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xc0 | u >> 6));
      out.push_back(static_cast<char>(0x80 | (u & 0x3f)));
    }
  }
  return out;
}

/// nullopt: a character beyond U+00FF.
inline std::optional<std::string> latin1_of_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    if (u < 0x80) {
      out.push_back(text[i]);
    } else if ((u == 0xc2 || u == 0xc3) && i + 1 < text.size()) {
      out.push_back(
          static_cast<char>((u & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3f)));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace weir::converters::schema_registry::avro
