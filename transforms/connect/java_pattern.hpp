// java.util.regex.Pattern (Java 17) read and written again for ICU. ICU's language is modelled on Java's but means other
// things in places (classes of characters, case, line ends) and reports errors in other words.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <weir/result.hpp>

namespace weir::transforms::connect {

struct IcuPattern {
  std::string text;  ///< UTF-8
  std::map<std::string, int, std::less<>> groups;  ///< numbers of named groups
  int group_count{0};
};

/// Errc::bad_config with PatternSyntaxException's message: what is wrong, where, the pattern.
Result<IcuPattern> read_java_pattern(std::string_view pattern);

}  // namespace weir::transforms::connect
