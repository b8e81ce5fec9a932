#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/scratch.hpp"
#include "runtime/cli/plugin_commands.hpp"
#include "runtime/worker/plugins.hpp"

namespace weir::runtime::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kReadme = "# x\n<!-- options:begin -->\nold\n<!-- options:end -->\nrest\n";

TEST(Docs, TablesShowKeysTypesAndDefaults) {
  Scratch empty;
  const auto& registry = worker::load_plugins({empty.path().string()});
  const std::string table = option_table(*registry.find_connector("relay"));
  EXPECT_THAT(table, StartsWith("| key | type | default | |\n| --- | --- | --- | --- |\n"));
  EXPECT_THAT(table, HasSubstr("| `topic` | string |"));
}

TEST(Docs, OnlyWhatStandsBetweenTheMarkersChanges) {
  EXPECT_EQ(renew_readme(kReadme, "new\n").value_or(""),
            "# x\n<!-- options:begin -->\nnew\n<!-- options:end -->\nrest\n");
  EXPECT_FALSE(renew_readme("# no markers\n", "new\n"));
  EXPECT_FALSE(renew_readme("<!-- options:end --><!-- options:begin -->", "new\n"));
}

TEST(Docs, CheckNamesTheReadmeOfAPluginThatIsNotThere) {
  Scratch tree;
  tree.write("connectors/x/README.md", kReadme);
  tree.write("connectors/x/CMakeLists.txt", "weir_add_plugin(x SOURCES plugin.cpp)\n");
  tree.write("transforms/y/README.md", "# y\n");
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const Console console{in, out, err};
  const auto& registry = worker::load_plugins({tree.path().string()});
  EXPECT_EQ(write_docs(console, registry, tree.path(), true), 1);
  EXPECT_THAT(err.str(),
              HasSubstr("connectors/x/README.md: none of its folder's plugins is loaded"));
  EXPECT_EQ(tree.read("connectors/x/README.md"), kReadme);
}

}  // namespace
}  // namespace weir::runtime::cli
