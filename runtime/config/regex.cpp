#include "runtime/config/regex.hpp"

#include <fmt/format.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

namespace weir::runtime::config {

struct Regex::Impl {
  std::unique_ptr<icu::RegexPattern> pattern;
};

namespace {
icu::UnicodeString wide(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}
}  // namespace

Regex::Regex(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::compile(std::string_view pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  auto impl = std::make_shared<Impl>();
  impl->pattern.reset(icu::RegexPattern::compile(wide(pattern), 0, where, status));
  if (U_FAILURE(status) || !impl->pattern) {
    return bad_config(fmt::format("not a regular expression ({} near index {})", u_errorName(status), where.offset));
  }
  return Regex(std::shared_ptr<const Impl>(std::move(impl)));
}

bool Regex::full_match(std::string_view text) const {
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString input = wide(text);
  const std::unique_ptr<icu::RegexMatcher> matcher(impl_->pattern->matcher(input, status));
  if (U_FAILURE(status) || !matcher) {
    return false;
  }
  matcher->setTimeLimit(1000, status);
  const UBool found = matcher->matches(status);
  return U_SUCCESS(status) && found;
}

}  // namespace weir::runtime::config
