// java.util.regex over ICU: Pattern.matches and Matcher.replaceFirst.
#pragma once

#include <weir/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir::transforms::connect {

/// One thread. Limits are set, so that no pattern can hang or exhaust the stack.
class JavaRegex {
 public:
  /// Errc::bad_config: not a valid pattern.
  static Result<JavaRegex> of(std::string_view pattern);
  JavaRegex(JavaRegex&&) noexcept;
  JavaRegex& operator=(JavaRegex&&) noexcept;
  ~JavaRegex();

  /// Whether the whole text matches. Errc::bad_record: a limit was hit.
  Result<bool> matches(std::string_view text);
  /// If the whole text matches: the text with its first match replaced ($1, ${name}, \$); else the text as it is.
  /// Errc::bad_record: the replacement is wrong (an unknown group, a trailing backslash or dollar).
  Result<std::string> replace_if_matches(std::string_view text, std::string_view replacement);

 private:
  struct Compiled;
  explicit JavaRegex(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace weir::transforms::connect
