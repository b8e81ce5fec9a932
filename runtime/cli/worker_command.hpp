// weir worker: the worker, its REST API and its life from start to exit.
#pragma once

#include <string>
#include <vector>

#include "runtime/cli/console.hpp"

namespace weir::runtime::cli {

struct WorkerArguments {
  std::string config_file;  ///< empty: only with embedded
  bool embedded{false};
  bool insecure_rest{false};
  std::vector<std::string> connectors;  ///< files, or folders of them
};

/// Runs until SIGTERM or SIGINT; a second one ends the process at once. Exit status: 0 clean, 1 the
/// config is wrong, 2 Kafka cannot be reached at the start, 3 a file of --connectors is wrong, 70
/// the shutdown took too long.
int run_worker(const Console& console, const WorkerArguments& arguments);

}  // namespace weir::runtime::cli
