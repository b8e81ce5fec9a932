#include "java_regex.hpp"

#include "java_pattern.hpp"

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <map>

namespace weir::transforms::connect {
namespace {

constexpr std::int32_t kTimeLimit = 2000;  // ICU's steps: some hundred milliseconds
constexpr std::int32_t kStackLimit = 8 * 1024 * 1024;

icu::UnicodeString utf16(std::string_view s) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(s.data(), static_cast<std::int32_t>(s.size())));
}

bool is_name_char(char16_t c) {
  return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9');
}

}  // namespace

struct JavaRegex::Compiled {
  std::unique_ptr<icu::RegexPattern> pattern;
  std::map<std::string, int, std::less<>> groups;
  std::unique_ptr<icu::RegexMatcher> matcher;
};

JavaRegex::JavaRegex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
JavaRegex::JavaRegex(JavaRegex&&) noexcept = default;
JavaRegex& JavaRegex::operator=(JavaRegex&&) noexcept = default;
JavaRegex::~JavaRegex() = default;

Result<JavaRegex> JavaRegex::of(std::string_view pattern) {
  auto read = read_java_pattern(pattern);
  if (!read) {
    return bad_config("Invalid regex: " + read.error().message);
  }
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  auto compiled = std::make_unique<Compiled>();
  compiled->groups = std::move(read->groups);
  compiled->pattern.reset(icu::RegexPattern::compile(utf16(read->text), where, status));
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
      while (i < with.length() && is_name_char(with[i])) {
        ++i;
      }
      std::string name;
      with.tempSubStringBetween(from, i).toUTF8String(name);
      if (name.empty()) {
        return bad_record("named capturing group has 0 length name");
      }
      if (i == with.length() || with[i] != u'}') {
        return bad_record("named capturing group is missing trailing '}'");
      }
      if (name.front() >= '0' && name.front() <= '9') {
        return bad_record("capturing group name {" + name + "} starts with digit character");
      }
      const auto it = compiled_->groups.find(name);
      if (it == compiled_->groups.end()) {
        return bad_record("No group with name {" + name + "}");
      }
      group = it->second;
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
