// The table of the runtime's keys in README.md says what is declared.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "runtime/config/connector_config.hpp"

namespace weir::runtime::config {
namespace {

std::string str(weir_bytes b) { return {static_cast<const char*>(b.data), b.size}; }

TEST(Readme, KeysOfRetriesAndBreakersHaveTheirDefaults) {
  std::map<std::string, std::string> declared;
  const ConfigKeys keys = flow_def().keys();
  for (const weir_config_key& key : keys) {
    declared[str(key.name)] = str(key.default_value);
  }
  std::ifstream readme(WEIR_README);
  ASSERT_TRUE(readme);
  std::string line;
  while (std::getline(readme, line) && line != "## When an endpoint is down") {
  }
  int rows = 0;
  while (std::getline(readme, line) && !line.starts_with("## ")) {
    if (!line.starts_with("| `")) {
      continue;
    }
    ++rows;
    const auto names_end = line.find(" | ");
    const auto defaults_end = line.find(" | ", names_end + 3);
    std::stringstream names(line.substr(2, names_end - 2));
    std::stringstream defaults(line.substr(names_end + 3, defaults_end - names_end - 3));
    std::string name;
    std::string value;
    while (std::getline(names >> std::ws, name, ',')) {
      name = name.substr(1, name.size() - 2);
      ASSERT_TRUE(declared.contains(name)) << name;
      if (!declared[name].empty()) {  // else the sentence says where it comes from
        ASSERT_TRUE(std::getline(defaults >> std::ws, value, ',')) << name;
        EXPECT_EQ(value, declared[name]) << name;
      }
    }
  }
  EXPECT_GT(rows, 5);
}

}  // namespace
}  // namespace weir::runtime::config
