// Request targets: path segments and query parameters, percent-decoded once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::runtime::http {

struct Target {
  std::vector<std::string> path;  ///< "/connectors/a%2Fb/" is {"connectors", "a/b"}; "/" is {}
  std::vector<std::pair<std::string, std::string>> query;  ///< in order, names may repeat

  /// The first value of that name; nullopt when it is not there.
  std::optional<std::string> parameter(std::string_view name) const;
  /// Java's Boolean.valueOf: "true" in any case is true, everything else false.
  bool flag(std::string_view name, bool absent) const;
};

/// nullopt: a broken percent sequence, bytes that are not UTF-8, NUL, or a target that does not
/// start with '/'.
std::optional<Target> parse_target(std::string_view target);

/// For a path segment: everything but unreserved characters is percent-encoded.
std::string percent_encode(std::string_view text);

}  // namespace weir::runtime::http
