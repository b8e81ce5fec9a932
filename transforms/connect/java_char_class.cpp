#include "java_char_class.hpp"

#include <unicode/unistr.h>

#include <map>

namespace weir::transforms::connect::char_class {

Set of(std::initializer_list<std::pair<Code, Code>> ranges) {
  Set out;
  for (const auto& [from, to] : ranges) {
    out.add(from, to);
  }
  return out;
}

Set ascii_word() { return of({{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'_', '_'}}); }
Set ascii_space() { return of({{'\t', '\r'}, {' ', ' '}}); }

Set horizontal() {
  return of({{' ', ' '}, {'\t', '\t'}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200a}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}});
}

Set vertical() { return of({{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}}); }

std::optional<Set> icu_set(const std::string& notation) {
  UErrorCode status = U_ZERO_ERROR;
  Set out(icu::UnicodeString::fromUTF8(notation), status);
  return U_SUCCESS(status) ? std::optional(out) : std::nullopt;
}

Set unicode_word() { return *icu_set("[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]"); }

std::string upper(std::string name) {
  for (char& c : name) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return name;
}

namespace {

std::optional<Set> posix(const std::string& name) {
  static const std::map<std::string, Set> kSets{
      {"Lower", of({{'a', 'z'}})},
      {"Upper", of({{'A', 'Z'}})},
      {"ASCII", of({{0, 0x7f}})},
      {"Alpha", of({{'a', 'z'}, {'A', 'Z'}})},
      {"Digit", of({{'0', '9'}})},
      {"Alnum", of({{'a', 'z'}, {'A', 'Z'}, {'0', '9'}})},
      {"Punct", of({{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}})},
      {"Graph", of({{'!', '~'}})},
      {"Print", of({{' ', '~'}})},
      {"Blank", of({{' ', ' '}, {'\t', '\t'}})},
      {"Cntrl", of({{0, 0x1f}, {0x7f, 0x7f}})},
      {"XDigit", of({{'0', '9'}, {'a', 'f'}, {'A', 'F'}})},
      {"Space", ascii_space()}};
  const auto it = kSets.find(name);
  return it == kSets.end() ? std::nullopt : std::optional(it->second);
}

// Character.isLowerCase and its like.

std::optional<Set> java_method(const std::string& name) {
  static const std::map<std::string, std::string> kNotations{
      {"javaLowerCase", "[\\p{Lowercase}]"},
      {"javaUpperCase", "[\\p{Uppercase}]"},
      {"javaAlphabetic", "[\\p{Alphabetic}]"},
      {"javaIdeographic", "[\\p{Ideographic}]"},
      {"javaTitleCase", "[\\p{Lt}]"},
      {"javaDigit", "[\\p{Nd}]"},
      {"javaDefined", "[\\P{Cn}]"},
      {"javaLetter", "[\\p{L}]"},
      {"javaLetterOrDigit", "[\\p{L}\\p{Nd}]"},
      {"javaSpaceChar", "[\\p{Z}]"},
      {"javaWhitespace", "[[\\p{Z}-[\\u00a0\\u2007\\u202f]]\\u0009-\\u000d\\u001c-\\u001f]"},
      {"javaISOControl", "[\\u0000-\\u001f\\u007f-\\u009f]"},
      {"javaMirrored", "[\\p{Bidi_Mirrored}]"}};
  const auto it = kNotations.find(name);
  return it == kNotations.end() ? std::nullopt : icu_set(it->second);
}

}  // namespace

std::optional<Set> category(const std::string& name, bool any_case) {
  if (any_case && (name == "Lu" || name == "Ll" || name == "Lt")) {
    return icu_set("[\\p{Lu}\\p{Ll}\\p{Lt}]");
  }
  static const std::string kNames = " Cn Lu Ll Lt Lm Lo Mn Me Mc Nd Nl No Zs Zl Zp Cc Cf Co Cs Pd Ps Pe Pc Po Sm Sc Sk So Pi Pf L M N Z C P S ";
  if (name.size() <= 2 && !name.empty() && kNames.find(" " + name + " ") != std::string::npos) {
    return icu_set("[\\p{" + name + "}]");
  }
  if (name == "LC") {
    return icu_set("[\\p{Lu}\\p{Ll}\\p{Lt}]");
  }
  if (name == "LD") {
    return icu_set("[\\p{L}\\p{Nd}]");
  }
  if (name == "L1") {
    return of({{0, 0xff}});
  }
  if (name == "all") {
    return of({{0, kLast}});
  }
  if (any_case && (name == "Lower" || name == "Upper")) {
    return posix("Alpha");
  }
  if (any_case && (name == "javaLowerCase" || name == "javaUpperCase" || name == "javaTitleCase")) {
    return icu_set("[\\p{Lowercase}\\p{Uppercase}\\p{Lt}]");
  }
  auto out = posix(name);
  return out ? out : java_method(name);
}

std::optional<Set> unicode_property(const std::string& name, bool any_case) {
  static const std::map<std::string, std::string> kNotations{
      {"ALPHABETIC", "[\\p{Alphabetic}]"}, {"LETTER", "[\\p{L}]"}, {"IDEOGRAPHIC", "[\\p{Ideographic}]"},
      {"LOWERCASE", "[\\p{Lowercase}]"}, {"UPPERCASE", "[\\p{Uppercase}]"}, {"TITLECASE", "[\\p{Lt}]"},
      {"WHITE_SPACE", "[\\p{White_Space}]"}, {"WHITESPACE", "[\\p{White_Space}]"}, {"CONTROL", "[\\p{Cc}]"}, {"PUNCTUATION", "[\\p{P}]"},
      {"HEX_DIGIT", "[\\p{Nd}\\p{Hex_Digit}]"}, {"HEXDIGIT", "[\\p{Nd}\\p{Hex_Digit}]"}, {"ASSIGNED", "[\\P{Cn}]"},
      {"NONCHARACTER_CODE_POINT", "[\\p{Noncharacter_Code_Point}]"}, {"NONCHARACTERCODEPOINT", "[\\p{Noncharacter_Code_Point}]"},
      {"DIGIT", "[\\p{Nd}]"}, {"ALNUM", "[\\p{Alphabetic}\\p{Nd}]"}, {"BLANK", "[\\p{Zs}\\u0009]"},
      {"GRAPH", "[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}]"}, {"PRINT", "[[^\\p{White_Space}\\p{Cc}\\p{Cs}\\p{Cn}][\\p{Zs}]]"},
      {"WORD", "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]"}, {"JOIN_CONTROL", "[\\p{Join_Control}]"}, {"JOINCONTROL", "[\\p{Join_Control}]"}};
  const std::string key = upper(name);
  if (any_case && (key == "LOWERCASE" || key == "UPPERCASE" || key == "TITLECASE")) {
    return icu_set("[\\p{Lowercase}\\p{Uppercase}\\p{Lt}]");
  }
  const auto it = kNotations.find(key);
  return it == kNotations.end() ? std::nullopt : icu_set(it->second);
}

}  // namespace weir::transforms::connect::char_class
