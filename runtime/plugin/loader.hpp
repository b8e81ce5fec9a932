// Finds plugins on plugin.path and loads them.
#pragma once

#include <weir/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/plugin/registry.hpp"

namespace weir::runtime::plugin {

/// `../plugins` and `../lib/weir/plugins` from the executable (weir.md 1).
std::vector<std::filesystem::path> default_plugin_path();

/// Loads shared libraries into a registry. What is loaded is never unloaded: handles are kept until the process ends, also
/// when the Loader is gone. One thread.
class Loader {
 public:
  explicit Loader(Registry& registry) : registry_(registry) {}

  /// Entries are folders with .so files, or .so files; loaded by name within a folder. What cannot be loaded becomes a
  /// failure of the registry and hurts nothing else. Missing entries are failures unless `may_be_missing`.
  void load_path(const std::vector<std::filesystem::path>& entries, bool may_be_missing = false);

  /// One .so. Error: bad_config with one sentence that names the file; nothing of it is registered then.
  Result<void> load_file(const std::filesystem::path& file);

 private:
  void load_or_note(const std::filesystem::path& file);

  Registry& registry_;
};

}  // namespace weir::runtime::plugin
