// The plugins of this machine: for the worker, and for commands that need no server.
#pragma once

#include <string>
#include <vector>

#include "runtime/plugin/registry.hpp"

namespace weir::runtime::worker {

/// A registry with the components that the worker has built in; it lives for ever.
plugin::Registry& built_in_plugins();

/// Built-in components and everything on the plugin path (empty: the default one). Lives for ever:
/// plugins are never unloaded. What cannot be loaded is in failures().
plugin::Registry& load_plugins(const std::vector<std::string>& plugin_path);

}  // namespace weir::runtime::worker
