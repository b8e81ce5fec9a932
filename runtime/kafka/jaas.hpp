// Reading Java's `sasl.jaas.config`. Pure, any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "weir/result.hpp"

namespace weir::runtime::kafka {

struct JaasEntry {
  std::string login_module;  // class name
  std::map<std::string, std::string, std::less<>> options;
};

/// `Class required|requisite|sufficient|optional key="value" …;` Errors (bad_config) never quote
/// the text: it holds the password.
Result<JaasEntry> parse_jaas(std::string_view text);

}  // namespace weir::runtime::kafka
