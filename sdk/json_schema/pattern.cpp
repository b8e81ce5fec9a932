#include <weir/json_schema/pattern.hpp>

#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <unordered_map>
#include <utility>

namespace weir::json_schema {
namespace {

// ICU's unit is "some steps of the match engine"; this stops a catastrophic pattern after a few
// hundred milliseconds.
constexpr std::int32_t kTimeLimit = 500;
constexpr std::int32_t kStackBytes = 4 * 1024 * 1024;

icu::UnicodeString to_utf16(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

}  // namespace

struct Pattern::State {
  std::unique_ptr<icu::RegexMatcher> matcher;
  icu::UnicodeString text;  // the matcher keeps a reference to it
};

Pattern::Pattern(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pattern::~Pattern() = default;

std::string to_icu(std::string_view ecma) {
  std::string out;
  out.reserve(ecma.size() + 16);
  bool in_class = false;
  for (std::size_t i = 0; i < ecma.size(); ++i) {
    const char c = ecma[i];
    if (c == '\\' && i + 1 < ecma.size()) {
      const char next = ecma[++i];
      switch (next) {
        case 'd': out += "[0-9]"; break;
        case 'D': out += "[^0-9]"; break;
        case 'w': out += "[A-Za-z0-9_]"; break;
        case 'W': out += "[^A-Za-z0-9_]"; break;
        default: (out += '\\') += next;
      }
    } else if (in_class) {
      if (c == '[' || c == '&') {
        out += '\\';
      }
      in_class = c != ']';
      out += c;
    } else if (c == '[') {
      in_class = true;
      out += c;
      if (i + 1 < ecma.size() && ecma[i + 1] == '^') {
        out += ecma[++i];
      }
    } else if (c == '$') {
      out += "\\z";
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::unique_ptr<Pattern>> Pattern::compile(std::string_view ecma) {
  UErrorCode status = U_ZERO_ERROR;
  auto state = std::make_unique<State>();
  state->matcher = std::make_unique<icu::RegexMatcher>(to_utf16(to_icu(ecma)), 0, status);
  if (U_FAILURE(status)) {
    return bad_config("\"" + std::string(ecma) +
                      "\" is not a regular expression: " + u_errorName(status));
  }
  state->matcher->setTimeLimit(kTimeLimit, status);
  state->matcher->setStackLimit(kStackBytes, status);
  return std::unique_ptr<Pattern>(new Pattern(std::move(state)));
}

Pattern* Pattern::for_thread(const std::string& ecma) {
  thread_local std::unordered_map<std::string, std::unique_ptr<Pattern>> cache;
  auto it = cache.find(ecma);
  if (it == cache.end()) {
    auto compiled = compile(ecma);
    it = cache.emplace(ecma, compiled ? std::move(*compiled) : nullptr).first;
  }
  return it->second.get();
}

bool Pattern::found_in(std::string_view text) {
  state_->text = to_utf16(text);
  state_->matcher->reset(state_->text);
  UErrorCode status = U_ZERO_ERROR;
  const bool found = state_->matcher->find(status);
  return U_SUCCESS(status) && found;
}

}  // namespace weir::json_schema
