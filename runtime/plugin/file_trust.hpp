// Whether code may be loaded from a place (nobody but root or the worker's user may change it).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace weir::runtime::plugin {

/// The sentence to refuse a plugin with, or nullopt. Looks at the file and its folder, links resolved. Any thread.
std::optional<std::string> distrust(const std::filesystem::path& file);

}  // namespace weir::runtime::plugin
