// Runs a connector config and records as `weir transform` runs them, with the plugins of this build.
#pragma once

#include <runtime/plugin/registry.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace weir::conformance {

struct CaseResult {
  bool refused{false};
  std::string messages;            ///< what was printed on stderr
  std::vector<std::string> lines;  ///< one a record
};

/// Every component of this build. Any thread.
const runtime::plugin::Registry& registry();

/// config: a JSON object. records: JSON objects as `weir transform` reads them.
CaseResult run_case(std::string_view config, const std::vector<std::string>& records);

}  // namespace weir::conformance
