// "Did you mean ...?"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::config {

/// The known name that is nearest to `name` by edits (a swap of neighbours is one), if one is near enough to be a slip.
std::optional<std::string> nearest(std::string_view name, const std::vector<std::string>& known);

/// The warning for a key that nobody knows: `Unknown key "a" is ignored; did you mean "b"?`.
std::string unknown_key_text(std::string_view name, const std::vector<std::string>& known);

}  // namespace weir::runtime::config
