// weir plugin, weir docs: about the plugins of this machine, without a server. All return the exit
// status.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runtime/cli/console.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::cli {

int list_plugins(const Console& console, const plugin::Registry& registry, bool all);
int describe_plugin(const Console& console, const plugin::Registry& registry,
                    const std::string& name);
/// Checks a connector's config as the worker of `worker_file` would, config providers included; without one, as a
/// worker with JsonConverter defaults. Nothing is created.
int validate_config(const Console& console, const plugin::Registry& registry,
                    const std::string& file, const std::string& worker_file);
/// Loads one .so and says what it holds or what is wrong with it.
int check_plugin(const Console& console, const std::string& file);

/// The option table of a component, as Markdown.
std::string option_table(const plugin::Component& component);
/// What stands between the markers of a README: the tables of all components of one .so.
std::string option_tables(const std::vector<const plugin::Component*>& components);
/// `readme` with its option tables renewed; nullopt when it has no markers.
std::optional<std::string> renew_readme(const std::string& readme, const std::string& tables);

/// Every README.md in connectors/*, converters/* and transforms/* below `root` gets the tables of the .so files
/// named in its folder's CMakeLists.txt. `check`: nothing is written, a difference is an error. An
/// empty root prints all tables.
int write_docs(const Console& console, const plugin::Registry& registry,
               const std::filesystem::path& root, bool check);

}  // namespace weir::runtime::cli
