// The `weir` command: noun, verb, arguments.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace weir::runtime::cli {

/// Where a command runs: its streams, and whether somebody sits there.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool interactive{false};
};

/// Runs one command to its end; `args` without the program's name. Returns the exit status: 0, or 1
/// for what failed or was refused; `worker` has its own (see worker_command.hpp).
int run(const std::vector<std::string>& args, const Terminal& terminal);

}  // namespace weir::runtime::cli
