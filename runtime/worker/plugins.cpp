#include "runtime/worker/plugins.hpp"

#include <filesystem>

#include "runtime/config/connector_config.hpp"
#include "runtime/data/builtin.hpp"
#include "runtime/plugin/loader.hpp"

namespace weir::runtime::worker {

plugin::Registry& built_in_plugins() {
  auto* registry = new plugin::Registry;  // leaked on purpose: plugins are never unloaded
  for (const weir_plugin* built_in : {data::builtin_converters(), config::relay_plugin()}) {
    if (auto added = registry->add(built_in, config::kBuiltIn); !added) {
      registry->add_failure({std::string(config::kBuiltIn), added.error().message});
    }
  }
  return *registry;
}

plugin::Registry& load_plugins(const std::vector<std::string>& plugin_path) {
  plugin::Registry& registry = built_in_plugins();
  plugin::Loader loader(registry);
  if (plugin_path.empty()) {
    loader.load_path(plugin::default_plugin_path(), true);
  } else {
    loader.load_path({plugin_path.begin(), plugin_path.end()});
  }
  return registry;
}

}  // namespace weir::runtime::worker
