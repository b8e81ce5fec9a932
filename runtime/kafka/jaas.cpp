#include "runtime/kafka/jaas.hpp"

#include <utility>

namespace weir::runtime::kafka {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  bool done() const { return at_ >= text_.size(); }
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (peek() != c || done()) {
      return false;
    }
    ++at_;
    return true;
  }
  std::string word(std::string_view ends = " \t\r\n=;\"'") {
    std::string out;
    while (!done() && ends.find(text_[at_]) == std::string_view::npos) {
      out += text_[at_++];
    }
    return out;
  }
  /// The text up to the closing quote; false when there is none.
  bool quoted(std::string& out) {
    const char quote = text_[at_++];
    while (!done()) {
      const char c = text_[at_++];
      if (c == quote) {
        return true;
      }
      if (c == '\\' && !done()) {
        out += text_[at_++];
      } else {
        out += c;
      }
    }
    return false;
  }

 private:
  std::string_view text_;
  std::size_t at_{0};
};

}  // namespace

Result<JaasEntry> parse_jaas(std::string_view text) {
  Scanner in(text);
  JaasEntry entry;
  in.skip_space();
  entry.login_module = in.word();
  if (entry.login_module.empty()) {
    return bad_config("sasl.jaas.config: no login module");
  }
  in.skip_space();
  const std::string flag = in.word();
  if (flag != "required" && flag != "requisite" && flag != "sufficient" && flag != "optional") {
    return bad_config("sasl.jaas.config: the login module must be followed by 'required'");
  }
  for (in.skip_space(); !in.done() && in.peek() != ';'; in.skip_space()) {
    const std::string key = in.word();
    in.skip_space();
    if (key.empty() || !in.take('=')) {
      return bad_config("sasl.jaas.config: options must be written as key=\"value\"");
    }
    in.skip_space();
    std::string value;
    if (in.peek() == '"' || in.peek() == '\'') {
      if (!in.quoted(value)) {
        return bad_config("sasl.jaas.config: the quotes of option '" + key + "' are not closed");
      }
    } else {
      value = in.word(" \t\r\n;");
    }
    entry.options[key] = std::move(value);
  }
  if (!in.take(';')) {
    return bad_config("sasl.jaas.config: must end with ';'");
  }
  in.skip_space();
  if (!in.done()) {
    return bad_config("sasl.jaas.config: more than one login module");
  }
  return entry;
}

}  // namespace weir::runtime::kafka
