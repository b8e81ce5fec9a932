// Regular expressions as in Java, through ICU (std::regex recurses for each character).
#pragma once

#include <weir/result.hpp>

#include <memory>
#include <string_view>

namespace weir::runtime::config {

/// Compiled once; matching is thread-safe. Matching stops with "no" after a time limit (catastrophic back-tracking).
class Regex {
 public:
  /// Error: bad_config with ICU's reason.
  static Result<Regex> compile(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// The whole text matches (java.util.regex.Matcher.matches). Both are UTF-8.
  bool full_match(std::string_view text) const;

 private:
  struct Impl;
  explicit Regex(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace weir::runtime::config
