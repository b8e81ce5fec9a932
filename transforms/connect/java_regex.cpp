#include "java_regex.hpp"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <cstdint>

namespace weir::transforms::connect {
namespace {

constexpr std::int32_t kTimeLimit = 2000;  // ICU's steps: some hundred milliseconds
constexpr std::int32_t kStackLimit = 8 * 1024 * 1024;

icu::UnicodeString utf16(std::string_view s) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(s.data(), static_cast<std::int32_t>(s.size())));
}

bool is_name_char(char16_t c, bool first) {
  return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (!first && c >= u'0' && c <= u'9');
}

}  // namespace

std::string to_icu_pattern(std::string_view p) {
  std::string out;
  int classes = 0;  // how many [ are open
  for (std::size_t i = 0; i < p.size(); ++i) {
    const char c = p[i];
    if (c != '\\' || i + 1 == p.size()) {
      if (c == '[') {
        ++classes;
      } else if (c == ']' && classes > 0) {
        --classes;
      }
      out += c;
      continue;
    }
    const char e = p[++i];
    switch (e) {
      case 'Q': {
        const std::size_t end = p.find("\\E", i + 1);
        const std::size_t stop = end == std::string_view::npos ? p.size() : end;
        for (const char literal : p.substr(i + 1, stop - i - 1)) {
          const bool word = (literal >= '0' && literal <= '9') || (literal >= 'a' && literal <= 'z') ||
                            (literal >= 'A' && literal <= 'Z') || static_cast<unsigned char>(literal) >= 0x80;
          out += word ? "" : "\\";
          out += literal;
        }
        i = end == std::string_view::npos ? p.size() : end + 1;
        break;
      }
      case 'w':
        out += "[a-zA-Z0-9_]";
        break;
      case 'W':
        out += "[^a-zA-Z0-9_]";
        break;
      case 'd':
        out += "[0-9]";
        break;
      case 'D':
        out += "[^0-9]";
        break;
      case 's':
        out += "[ \\t\\n\\x0B\\f\\r]";
        break;
      case 'S':
        out += "[^ \\t\\n\\x0B\\f\\r]";
        break;
      case 'b':
      case 'B': {
        const bool inside = e == 'b' && classes == 0;
        if (inside) {
          out += "(?:(?<=[a-zA-Z0-9_])(?![a-zA-Z0-9_])|(?<![a-zA-Z0-9_])(?=[a-zA-Z0-9_]))";
        } else if (classes == 0) {
          out += "(?:(?<=[a-zA-Z0-9_])(?=[a-zA-Z0-9_])|(?<![a-zA-Z0-9_])(?![a-zA-Z0-9_]))";
        } else {
          out += "\\";
          out += e;
        }
        break;
      }
      case 'c':
        if (i + 1 < p.size()) {
          constexpr char kHex[] = "0123456789ABCDEF";
          const auto code = static_cast<unsigned char>(p[++i] ^ 64);
          out += "\\x";
          out += kHex[code >> 4];
          out += kHex[code & 15];
          break;
        }
        out += "\\c";
        break;
      default:
        out += '\\';
        out += e;
    }
  }
  return out;
}

struct JavaRegex::Compiled {
  std::unique_ptr<icu::RegexPattern> pattern;
  std::unique_ptr<icu::RegexMatcher> matcher;
};

JavaRegex::JavaRegex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
JavaRegex::JavaRegex(JavaRegex&&) noexcept = default;
JavaRegex& JavaRegex::operator=(JavaRegex&&) noexcept = default;
JavaRegex::~JavaRegex() = default;

Result<JavaRegex> JavaRegex::of(std::string_view pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  auto compiled = std::make_unique<Compiled>();
  compiled->pattern.reset(icu::RegexPattern::compile(utf16(to_icu_pattern(pattern)), where, status));
  if (U_SUCCESS(status)) {
    compiled->matcher.reset(compiled->pattern->matcher(status));
  }
  if (U_SUCCESS(status)) {
    compiled->matcher->setTimeLimit(kTimeLimit, status);
    compiled->matcher->setStackLimit(kStackLimit, status);
  }
  if (U_FAILURE(status)) {
    return bad_config(std::string("Invalid regex: ") + u_errorName(status) + " near index " +
                      std::to_string(where.offset));
  }
  return JavaRegex(std::move(compiled));
}

Result<bool> JavaRegex::matches(std::string_view text) {
  const icu::UnicodeString input = utf16(text);
  icu::RegexMatcher& m = *compiled_->matcher;
  UErrorCode status = U_ZERO_ERROR;
  m.reset(input);
  const bool yes = m.matches(status) != 0;
  if (U_FAILURE(status)) {
    return bad_record(std::string("matching ") + std::string(text) + " failed: " + u_errorName(status));
  }
  return yes;
}

Result<std::string> JavaRegex::replace_if_matches(std::string_view text, std::string_view replacement) {
  auto yes = matches(text);
  if (!yes) {
    return yes.error();
  }
  if (!*yes) {
    return std::string(text);
  }
  const icu::UnicodeString input = utf16(text);
  const icu::UnicodeString with = utf16(replacement);
  icu::RegexMatcher& m = *compiled_->matcher;
  UErrorCode status = U_ZERO_ERROR;
  m.reset(input);
  if (!m.find(status) || U_FAILURE(status)) {
    return bad_record("matching " + std::string(text) + " failed: " + u_errorName(status));
  }
  icu::UnicodeString out = input.tempSubString(0, m.start(status));
  for (std::int32_t i = 0; i < with.length(); ++i) {
    const char16_t c = with[i];
    if (c == u'\\') {
      if (++i == with.length()) {
        return bad_record("character to be escaped is missing");
      }
      out.append(with[i]);
      continue;
    }
    if (c != u'$') {
      out.append(c);
      continue;
    }
    if (++i == with.length()) {
      return bad_record("Illegal group reference: group index is missing");
    }
    std::int32_t group = 0;
    if (with[i] == u'{') {
      const std::int32_t from = ++i;
      while (i < with.length() && is_name_char(with[i], i == from)) {
        ++i;
      }
      if (i == from || i == with.length() || with[i] != u'}') {
        return bad_record("named capturing group is missing trailing '}'");
      }
      group = compiled_->pattern->groupNumberFromName(with.tempSubStringBetween(from, i), status);
      if (U_FAILURE(status)) {
        return bad_record("No group with that name in " + std::string(replacement));
      }
    } else {
      if (with[i] < u'0' || with[i] > u'9') {
        return bad_record("Illegal group reference");
      }
      group = with[i] - u'0';
      if (group > m.groupCount()) {
        return bad_record("No group " + std::to_string(group));
      }
      while (i + 1 < with.length() && with[i + 1] >= u'0' && with[i + 1] <= u'9' &&
             group * 10 + (with[i + 1] - u'0') <= m.groupCount()) {
        group = group * 10 + (with[++i] - u'0');
      }
    }
    const std::int32_t start = m.start(group, status);
    if (U_SUCCESS(status) && start >= 0) {
      out.append(input.tempSubStringBetween(start, m.end(group, status)));
    }
    if (U_FAILURE(status)) {
      return bad_record(std::string("replacing in ") + std::string(text) + " failed: " + u_errorName(status));
    }
  }
  out.append(input.tempSubString(m.end(status)));
  std::string result;
  out.toUTF8String(result);
  return result;
}

}  // namespace weir::transforms::connect
