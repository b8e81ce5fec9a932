#include "java_pattern.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "java_char_class.hpp"

namespace weir::transforms::connect {
namespace {

using namespace char_class;

bool is_alpha(Code c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(Code c) {
  return c >= '0' && c <= '9';
}
int hex_value(Code c) {
  return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string utf8(const icu::UnicodeString& s) {
  std::string out;
  s.toUTF8String(out);
  return out;
}

/// Thrown inside this file only.
struct SyntaxError {
  std::string what;
  std::size_t at;
};

class Parser {
 public:
  explicit Parser(std::string_view pattern) : original_(pattern) {
    const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(pattern.data(), static_cast<std::int32_t>(pattern.size())));
    std::vector<Code> codes;
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
      codes.push_back(text.char32At(i));
    }
    unquote(codes);
    size_ = temp_.size();
    temp_.insert(temp_.end(), {0, 0, 0});
    count_groups();
  }

  IcuPattern run() {
    expression();
    if (cursor_ != size_) {
      fail(peek() == ')' ? "Unmatched closing ')'" : "Unexpected internal error");
    }
    IcuPattern done;
    done.text = std::move(out_);
    done.groups = std::move(names_);
    done.group_count = groups_;
    return done;
  }

  std::string message(const SyntaxError& error) const {
    std::string out = error.what + " near index " + std::to_string(error.at) + "\n" + std::string(original_);
    if (error.at < size_) {
      out.append("\n").append(error.at, ' ').append("^");
    }
    return out;
  }

 private:
  enum Flag : unsigned { kCase = 1, kUnixLines = 2, kMultiline = 4, kDotAll = 8, kUnicodeCase = 16, kComments = 32, kUnicodeClass = 64 };

  [[noreturn]] void fail(std::string what) const { throw SyntaxError{std::move(what), cursor_ == 0 ? 0 : cursor_ - 1}; }
  bool has(unsigned flag) const { return (flags_ & flag) != 0; }

  // ---- the text, as Java walks it
  void unquote(const std::vector<Code>& codes) {
    bool quoted = false;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const bool slash = codes[i] == '\\' && i + 1 < codes.size();
      if (!quoted && slash && codes[i + 1] == 'Q') {
        quoted = true;
        ++i;
      } else if (quoted && slash && codes[i + 1] == 'E') {
        quoted = false;
        ++i;
      } else if (quoted) {
        if (codes[i] < 0x80 && !is_alpha(codes[i]) && !is_digit(codes[i])) {
          temp_.push_back('\\');
        }
        temp_.push_back(codes[i]);
      } else {
        temp_.push_back(codes[i]);
        if (slash) {
          temp_.push_back(codes[++i]);
        }
      }
    }
  }
  /// How many capturing groups there will be: references to others never match.
  void count_groups() {
    int classes = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (temp_[i] == '\\') {
        ++i;
      } else if (temp_[i] == '[') {
        ++classes;
      } else if (temp_[i] == ']' && classes > 0) {
        --classes;
      } else if (temp_[i] == '(' && classes == 0) {
        const bool special = temp_[i + 1] == '?';
        all_groups_ += !special || (temp_[i + 2] == '<' && temp_[i + 3] != '=' && temp_[i + 3] != '!') ? 1 : 0;
      }
    }
  }
  Code skip_comments(bool advance) {
    std::size_t at = cursor_ - (advance ? 1 : 0);
    for (;;) {
      while (temp_[at] < 0x80 && (temp_[at] == ' ' || (temp_[at] >= '\t' && temp_[at] <= '\r'))) {
        ++at;
      }
      if (temp_[at] != '#') {
        break;
      }
      while (at < size_ && temp_[at] != '\n' && temp_[at] != '\r' && temp_[at] != 0x85 && temp_[at] != 0x2028 && temp_[at] != 0x2029) {
        ++at;
      }
    }
    cursor_ = at + (advance ? 1 : 0);
    return temp_[at];
  }
  Code peek() { return has(kComments) ? skip_comments(false) : temp_[cursor_]; }
  Code read() {
    if (cursor_ >= size_) {
      ++cursor_;
      return 0;
    }
    ++cursor_;
    return has(kComments) ? skip_comments(true) : temp_[cursor_ - 1];
  }
  Code next() {
    cursor_ += cursor_ <= size_ ? 1 : 0;
    return has(kComments) ? skip_comments(false) : temp_[cursor_];
  }
  Code next_escaped() { return temp_[++cursor_]; }
  Code skip() {
    const Code c = temp_[cursor_ + 1];
    cursor_ += 2;
    return c;
  }
  void accept(Code c, const char* otherwise) {
    if (read() != c) {
      fail(otherwise);
    }
  }

  // ---- what goes out
  void emit(std::string_view text) { out_ += text; }
  void emit(const Set& set) {
    if (set.isEmpty()) {
      out_ += "(?!)";
      return;
    }
    out_ += '[';
    char buffer[32];
    for (std::int32_t i = 0; i < set.getRangeCount(); ++i) {
      const int n = set.getRangeStart(i) == set.getRangeEnd(i)
                        ? std::snprintf(buffer, sizeof buffer, "\\x{%x}", static_cast<unsigned>(set.getRangeStart(i)))
                        : std::snprintf(buffer, sizeof buffer, "\\x{%x}-\\x{%x}", static_cast<unsigned>(set.getRangeStart(i)),
                                        static_cast<unsigned>(set.getRangeEnd(i)));
      out_.append(buffer, static_cast<std::size_t>(n));
    }
    out_ += ']';
  }
  Set one(Code c) const {
    Set out(c, c);
    widen(out);
    return out;
  }
  /// With (?i): the letters of ASCII, or with (?iu) all, in both cases.
  void widen(Set& set) const {
    if (!has(kCase)) {
      return;
    }
    if (has(kUnicodeCase)) {
      set.closeOver(USET_CASE_INSENSITIVE);
      set.removeAllStrings();
      return;
    }
    for (Code c = 'a'; c <= 'z'; ++c) {
      if (set.contains(c) || set.contains(c - 32)) {
        set.add(c).add(c - 32);
      }
    }
  }

  // ---- grammar
  void expression() {
    for (;;) {
      sequence();
      if (peek() != '|') {
        return;
      }
      next();
      emit("|");
    }
  }

  void sequence() {
    for (;;) {
      const Code c = peek();
      const std::size_t start = out_.size();
      places_ = c == '^' || c == '$';
      switch (c) {
        case '(':
          group();
          continue;  // it has read its own closure
        case '[':
          next_class();
          break;
        case '\\': {
          const Code e = next_escaped();
          if (e == 'p' || e == 'P') {
            emit(property(e == 'P'));
          } else {
            --cursor_;
            const Code letter = temp_[cursor_ + 1];
            places_ = letter != 0 && letter < 0x80 && std::string_view("AbBGzZ").find(static_cast<char>(letter)) != std::string_view::npos;
            if (const auto literal = escape(false)) {
              emit(one(*literal));
            }
          }
          break;
        }
        case '^':
          next();
          caret();
          break;
        case '$':
          next();
          dollar(has(kMultiline));
          break;
        case '.':
          next();
          dot();
          break;
        case '|':
        case ')':
          return;
        case '?':
        case '*':
        case '+':
          next();
          fail(std::string("Dangling meta character '") + static_cast<char>(c) + "'");
        default:
          if (c == 0 && cursor_ >= size_) {
            return;
          }
          if (c != '{') {  // which is the closure of nothing
            next();
            emit(one(c));
          }
      }
      closure(start);
    }
  }

  void caret() {
    if (!has(kMultiline)) {
      emit("\\A");
    } else if (has(kUnixLines)) {
      emit("(?:(?!\\z)(?:\\A|(?<=\\x{a})))");
    } else {
      emit("(?:(?!\\z)(?:\\A|(?<=[\\x{a}\\x{85}\\x{2028}\\x{2029}])|(?<=\\x{d})(?!\\x{a})))");
    }
  }
  void dollar(bool multiline) {
    if (has(kUnixLines)) {
      emit(multiline ? "(?=\\x{a}|\\z)" : "(?=\\x{a}?\\z)");
    } else if (multiline) {
      emit("(?=[\\x{d}\\x{85}\\x{2028}\\x{2029}]|(?<!\\x{d})\\x{a}|\\z)");
    } else {
      emit("(?=(?:\\x{d}\\x{a}|[\\x{d}\\x{85}\\x{2028}\\x{2029}]|(?<!\\x{d})\\x{a})?\\z)");
    }
  }
  void dot() {
    emit(has(kDotAll)      ? "[\\x{0}-\\x{10ffff}]"
         : has(kUnixLines) ? "[^\\x{a}]"
                           : "[^\\x{a}\\x{d}\\x{85}\\x{2028}\\x{2029}]");
  }

  /// start: where in the output the thing that is repeated begins.
  void closure(std::size_t start) {
    const Code c = peek();
    std::string times;
    if (c == '?' || c == '*' || c == '+') {
      times = static_cast<char>(c);
      next();
    } else if (c == '{') {
      if (!is_digit(temp_[cursor_ + 1])) {
        cursor_ += 2;
        fail("Illegal repetition");
      }
      times = counted();
    } else {
      return;
    }
    const Code mode = peek();
    if (mode == '?' || mode == '+') {
      times += static_cast<char>(mode);
      next();
    }
    if (places_ && times.front() != '{') {
      times = times.front() == '+' ? "" : "?";  // a place is not there more than once; ICU would look for ever
    }
    // What is repeated may have become several things, or nothing.
    out_.insert(start, "(?:");
    emit(")");
    emit(times);
  }

  std::string counted() {
    Code c = skip();
    const auto number = [&] {
      std::int64_t n = 0;
      do {
        n = n * 10 + (c - '0');
        if (n > INT32_MAX) {
          fail("Illegal repetition range");
        }
        c = read();
      } while (is_digit(c));
      return n;
    };
    const std::int64_t low = number();
    std::optional<std::int64_t> high = low;
    if (c == ',') {
      c = read();
      high.reset();
      if (c != '}') {
        high = is_digit(c) ? number() : 0;
      }
    }
    if (c != '}') {
      fail("Unclosed counted closure");
    }
    if (high && *high < low) {
      fail("Illegal repetition range");
    }
    peek();
    return "{" + std::to_string(low) + (!high ? ",}" : *high == low ? "}" : "," + std::to_string(*high) + "}");
  }

  void group() {
    const std::size_t start = out_.size();
    const unsigned saved = flags_;
    Code c = next();
    if (c == '?') {
      c = skip();
      switch (c) {
        case ':':
          emit("(?:");
          break;
        case '=':
        case '!':
        case '>':
          emit("(?");
          out_ += static_cast<char>(c);
          break;
        case '<':
          c = read();
          if (c == '=' || c == '!') {
            emit("(?<");
            out_ += static_cast<char>(c);
          } else {
            const std::string name = group_name(c);
            if (names_.count(name) != 0) {
              fail("Named capturing group <" + name + "> is already defined");
            }
            names_[name] = ++groups_;
            emit("(");
          }
          break;
        case '$':
        case '@':
          fail("Unknown group type");
        default:
          --cursor_;
          add_flags();
          c = read();
          if (c == ')') {
            return;  // to the end of the group around it
          }
          if (c != ':') {
            fail("Unknown inline modifier");
          }
          emit("(?:");
      }
    } else {
      ++groups_;
      emit("(");
    }
    expression();
    accept(')', "Unclosed group");
    emit(")");
    flags_ = saved;
    places_ = false;
    closure(start);
  }

  std::string group_name(Code c) {
    if (!is_alpha(c)) {
      fail("capturing group name does not start with a Latin letter");
    }
    std::string name;
    do {
      name += static_cast<char>(c);
      c = read();
    } while (is_alpha(c) || is_digit(c));
    if (c != '>') {
      fail("named capturing group is missing trailing '>'");
    }
    return name;
  }

  void add_flags() {
    bool on = true;
    for (Code c = peek();; c = next()) {
      const unsigned flag = c == 'i'   ? unsigned{kCase}
                            : c == 'm' ? unsigned{kMultiline}
                            : c == 's' ? unsigned{kDotAll}
                            : c == 'd' ? unsigned{kUnixLines}
                            : c == 'u' ? unsigned{kUnicodeCase}
                            : c == 'x' ? unsigned{kComments}
                            : c == 'U' ? kUnicodeClass | kUnicodeCase
                                       : 0u;
      if (c == '-' && on) {
        on = false;
      } else if (flag != 0) {
        flags_ = on ? flags_ | flag : flags_ & ~flag;
      } else if (c != 'c') {  // canonical equivalence is looked past
        return;
      }
    }
  }

  // ---- escapes; a literal is returned, anything else is emitted, or put into `set` inside a class
  std::optional<Code> escape(bool in_class, Set* set = nullptr, bool in_range = false) {
    const Code c = skip();
    const auto put = [&](Set s, bool complement) -> std::optional<Code> {
      if (complement) {
        s.complement();
      }
      set != nullptr ? void(*set = s) : emit(s);
      return std::nullopt;
    };
    switch (c) {
      case '0':
        return octal();
      case 'D':
      case 'd':
        return put(has(kUnicodeClass) ? *icu_set("[\\p{Nd}]") : of({{'0', '9'}}), c == 'D');
      case 'S':
      case 's':
        return put(has(kUnicodeClass) ? *icu_set("[\\p{White_Space}]") : ascii_space(), c == 'S');
      case 'W':
      case 'w':
        return put(has(kUnicodeClass) ? unicode_word() : ascii_word(), c == 'W');
      case 'H':
      case 'h':
        return put(horizontal(), c == 'H');
      case 'v':
        if (in_range) {
          return 0x0b;
        }
        [[fallthrough]];
      case 'V':
        return put(vertical(), c == 'V');
      case 'N':
        return named_character();
      case 'a':
        return 7;
      case 'c':
        if (cursor_ < size_) {
          return read() ^ 64;
        }
        fail("Illegal control escape sequence");
      case 'e':
        return 0x1b;
      case 'f':
        return '\f';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 't':
        return '\t';
      case 'u':
        return unicode_escape();
      case 'x':
        return hexadecimal();
      default:
        break;
    }
    if (!in_class && position(c)) {
      return std::nullopt;
    }
    if (is_alpha(c) || is_digit(c)) {
      fail("Illegal/unsupported escape sequence");
    }
    if (c == 0 && cursor_ > size_) {
      --cursor_;
      fail("Unexpected internal error");
    }
    return c;
  }

  /// Escapes that stand for a place, a reference or several characters.
  bool position(Code c) {
    // Java 17: letters and digits of any script count as parts of words here, unlike for \w.
    static constexpr const char* kBefore = "(?<=[\\p{L}\\p{Nd}_])";
    static constexpr const char* kNotBefore = "(?<![\\p{L}\\p{Nd}_])";
    static constexpr const char* kAfter = "(?=[\\p{L}\\p{Nd}_])";
    static constexpr const char* kNotAfter = "(?![\\p{L}\\p{Nd}_])";
    switch (c) {
      case 'A':
        emit("\\A");
        return true;
      case 'B':
        emit(std::string("(?:") + kBefore + kAfter + "|" + kNotBefore + kNotAfter + ")");
        return true;
      case 'b':
        if (temp_[cursor_] == '{' && temp_[cursor_ + 1] == 'g' && temp_[cursor_ + 2] == '}') {
          fail("\\b{g} is not supported");
        }
        emit(std::string("(?:") + kBefore + kNotAfter + "|" + kNotBefore + kAfter + ")");
        return true;
      case 'G':
        emit("\\G");
        return true;
      case 'R':
        emit("(?:\\x{d}\\x{a}|[\\x{a}-\\x{d}\\x{85}\\x{2028}\\x{2029}])");
        return true;
      case 'X':
        emit("\\X");
        return true;
      case 'Z':
        dollar(false);
        return true;
      case 'z':
        emit("\\z");
        return true;
      case 'k': {
        if (read() != '<') {
          fail("\\k is not followed by '<' for named capturing group");
        }
        const std::string name = group_name(read());
        const auto it = names_.find(name);
        if (it == names_.end()) {
          fail("named capturing group <" + name + "> does not exist");
        }
        reference(it->second);
        return true;
      }
      default:
        if (c < '1' || c > '9') {
          return false;
        }
        int number = c - '0';
        while (is_digit(peek()) && number * 10 + (peek() - '0') <= groups_) {
          number = number * 10 + (read() - '0');
        }
        reference(number);
        return true;
    }
  }

  void reference(int group) {
    if (group > all_groups_) {
      emit("(?!)");
    } else {
      emit(std::string(has(kCase) ? "(?i:\\" : "(?:\\") + std::to_string(group) + ")");
    }
  }

  Code octal() {
    const auto digit = [](Code c) { return c >= '0' && c <= '7'; };
    const Code n = read();
    if (!digit(n)) {
      fail("Illegal octal escape sequence");
    }
    const Code m = read();
    if (!digit(m)) {
      --cursor_;
      return n - '0';
    }
    const Code o = read();
    if (digit(o) && n <= '3') {
      return (n - '0') * 64 + (m - '0') * 8 + (o - '0');
    }
    --cursor_;
    return (n - '0') * 8 + (m - '0');
  }

  Code hexadecimal() {
    Code n = read();
    if (hex_value(n) >= 0) {
      const Code m = read();
      if (hex_value(m) >= 0) {
        return hex_value(n) * 16 + hex_value(m);
      }
    } else if (n == '{' && hex_value(peek()) >= 0) {
      Code code = 0;
      while (hex_value(n = read()) >= 0) {
        code = code * 16 + hex_value(n);
        if (code > kLast) {
          fail("Hexadecimal codepoint is too big");
        }
      }
      if (n != '}') {
        fail("Unclosed hexadecimal escape sequence");
      }
      return code;
    }
    fail("Illegal hexadecimal escape sequence");
  }

  Code four_digits() {
    Code n = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = hex_value(read());
      if (digit < 0) {
        fail("Illegal Unicode escape sequence");
      }
      n = n * 16 + digit;
    }
    return n;
  }
  Code unicode_escape() {
    const Code n = four_digits();
    if (n >= 0xd800 && n < 0xdc00 && temp_[cursor_] == '\\' && temp_[cursor_ + 1] == 'u') {
      const std::size_t here = cursor_;
      cursor_ += 2;
      const Code low = four_digits();
      if (low >= 0xdc00 && low < 0xe000) {
        return 0x10000 + ((n - 0xd800) << 10) + (low - 0xdc00);
      }
      cursor_ = here;
    }
    return n;
  }

  Code named_character() {
    if (read() != '{') {
      fail("Illegal character name escape sequence");
    }
    std::string name;
    for (Code c = read(); c != '}'; c = read()) {
      if (cursor_ >= size_) {
        fail("Unclosed character name escape sequence");
      }
      name += c < 0x80 ? static_cast<char>(c) : '?';
    }
    UErrorCode status = U_ZERO_ERROR;
    const Code code = u_charFromName(U_UNICODE_CHAR_NAME, upper(name).c_str(), &status);
    if (U_FAILURE(status)) {
      fail("Unknown character name [" + name + "]");
    }
    return code;
  }

  /// \p{...} and \pL; the cursor stands on the p.
  Set property(bool complement) {
    std::string name;
    if (next() != '{') {
      const Code c = temp_[cursor_];
      name = utf8(icu::UnicodeString(c));
      ++cursor_;
      if (c == 0) {
        --cursor_;
      }
      peek();
    } else {
      ++cursor_;
      const std::size_t from = cursor_;
      while (cursor_ < size_ && temp_[cursor_] != '}') {
        name += utf8(icu::UnicodeString(temp_[cursor_++]));
      }
      ++cursor_;
      if (cursor_ > size_) {
        fail("Unclosed character family");
      }
      if (cursor_ - 1 == from) {
        fail("Empty character family");
      }
    }
    auto found = family(name);
    if (complement) {
      found.complement();
    }
    return found;
  }

  Set family(const std::string& name) {
    const bool any_case = has(kCase);
    const auto script = [](const std::string& s) { return icu_set("[\\p{Script=" + s + "}]"); };
    const auto block = [](const std::string& s) { return icu_set("[\\p{Block=" + s + "}]"); };
    std::optional<Set> found;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      const std::string value = name.substr(equals + 1);
      std::string key = name.substr(0, equals);
      for (char& c : key) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      }
      found = key == "sc" || key == "script"             ? script(value)
              : key == "blk" || key == "block"           ? block(value)
              : key == "gc" || key == "general_category" ? category(value, any_case)
                                                         : std::nullopt;
      if (!found) {
        fail("Unknown Unicode property {name=<" + key + ">, value=<" + value + ">}");
      }
      return *found;
    }
    if (name.rfind("In", 0) == 0) {
      found = block(name.substr(2));
      if (!found) {
        fail("Unknown character block name {" + name.substr(2) + "}");
      }
    } else if (name.rfind("Is", 0) == 0) {
      const std::string rest = name.substr(2);
      found = unicode_property(rest, any_case);
      found = found ? found : category(rest, any_case);
      found = found ? found : script(rest);
      if (!found) {
        fail("Unknown character property name {" + name + "}");
      }
    } else {
      found = has(kUnicodeClass) ? unicode_property(name, any_case) : std::nullopt;
      found = found ? found : category(name, any_case);
    }
    if (!found) {
      fail("Unknown character property name {" + name + "}");
    }
    return *found;
  }

  // ---- classes
  void next_class() { emit(char_class(true)); }

  /// The cursor stands on the bracket, or before the first character of the right side of &&.
  Set char_class(bool consume) {
    std::optional<Set> previous;
    bool negated = false;
    const auto join = [&](const Set& more) { previous = previous ? Set(*previous).addAll(more) : more; };
    Code c = next();
    for (;;) {
      if (c == '^' && temp_[cursor_ - 1] == '[') {
        c = next();
        negated = true;
        continue;
      }
      if (c == '[') {
        join(char_class(true));
        c = peek();
        continue;
      }
      if (c == '&') {
        c = next();
        if (c == '&') {
          c = next();
          std::optional<Set> right;
          while (c != ']' && c != '&') {
            if (c == '[') {
              const Set inner = char_class(true);
              right = right ? Set(*right).addAll(inner) : inner;
            } else {
              --cursor_;
              right = char_class(false);
            }
            c = peek();
          }
          if (!previous) {
            if (!right) {
              fail("Bad class syntax");
            }
            previous = right;
          } else if (right) {
            previous->retainAll(*right);
          }
          continue;
        }
        --cursor_;
        c = '&';
      } else if (c == 0 && cursor_ >= size_) {
        fail("Unclosed character class");
      } else if (c == ']' && previous) {
        if (consume) {
          next();
        }
        if (negated) {
          previous->complement();
        }
        return *previous;
      }
      join(range());
      c = peek();
    }
  }

  Set range() {
    Code c = peek();
    if (c == '\\') {
      c = next_escaped();
      if (c == 'p' || c == 'P') {
        return property(c == 'P');
      }
      const bool in_range = temp_[cursor_ + 1] == '-';
      --cursor_;
      Set predefined;
      const auto literal = escape(true, &predefined, in_range);
      if (!literal) {
        return predefined;
      }
      c = *literal;
    } else {
      next();
    }
    Set out(c, c);
    if (peek() == '-' && temp_[cursor_ + 1] != '[' && temp_[cursor_ + 1] != ']') {
      next();
      Code last = peek();
      if (last == '\\') {
        Set ignored;
        last = escape(true, &ignored, true).value_or(-1);
      } else {
        next();
      }
      if (last < c) {
        fail("Illegal character range");
      }
      out.add(c, last);
    }
    widen(out);
    return out;
  }

  std::string_view original_;
  std::vector<Code> temp_;
  std::size_t size_{0};
  std::size_t cursor_{0};
  unsigned flags_{0};
  std::string out_;
  std::map<std::string, int, std::less<>> names_;
  int groups_{0};
  int all_groups_{0};
  bool places_{false};  ///< what was read last is a place, not a character
};

}  // namespace

Result<IcuPattern> read_java_pattern(std::string_view pattern) {
  Parser parser(pattern);
  try {
    return parser.run();
  } catch (const SyntaxError& error) {
    return bad_config(parser.message(error));
  }
}

}  // namespace weir::transforms::connect
