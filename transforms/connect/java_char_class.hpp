// Sets of characters as java.util.regex names them (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html).
#pragma once

#include <unicode/uniset.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

namespace weir::transforms::connect::char_class {

using Set = icu::UnicodeSet;
using Code = std::int32_t;

inline constexpr Code kLast = 0x10ffff;

/// Ranges with both ends.
Set of(std::initializer_list<std::pair<Code, Code>> ranges);
Set ascii_word();
Set ascii_space();
Set unicode_word();
Set horizontal();  ///< \h
Set vertical();    ///< \v

/// In capitals, ASCII alone: as names of properties and characters are looked up.
std::string upper(std::string name);

/// ICU's own notation, nullopt when it has no such property.
std::optional<Set> icu_set(const std::string& notation);

/// \p{name}: a general category, a POSIX class or a java.lang.Character method. any_case: the pattern ignores case.
std::optional<Set> category(const std::string& name, bool any_case);
/// \p{IsName}, and POSIX classes under UNICODE_CHARACTER_CLASS: a binary property.
std::optional<Set> unicode_property(const std::string& name, bool any_case);

}  // namespace weir::transforms::connect::char_class
