// Regular expressions of JSON Schema (ECMA 262) on ICU: no stack that grows with the text, and a
// limit on the work.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <weir/result.hpp>

namespace weir::json_schema {

/// Searches a text for one pattern. Immutable for its users, but one thread at a time: for_thread()
/// gives each its own.
class Pattern {
 public:
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// Errc::bad_config: not a regular expression.
  static Result<std::unique_ptr<Pattern>> compile(std::string_view ecma);
  /// The calling thread's own compiled copy; nullptr when it does not compile. Lives as long as the
  /// thread.
  static Pattern* for_thread(const std::string& ecma);

  /// Whether it occurs in the text (UTF-8). A search that passes the limit counts as not found.
  bool found_in(std::string_view text);

 private:
  struct State;
  explicit Pattern(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The ECMA 262 expression in ICU's words: \d, \w and \s mean ASCII, $ is the very end, '[' and '&'
/// in a class are plain characters.
std::string to_icu(std::string_view ecma);

}  // namespace weir::json_schema
