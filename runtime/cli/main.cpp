#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "runtime/cli/command_line.hpp"
#include "runtime/cli/crash_handler.hpp"

int main(int argc, char** argv) {
  weir::runtime::cli::report_crashes();
  try {
    std::ios::sync_with_stdio(false);
    const std::vector<std::string> args(argv + 1, argv + argc);
    return weir::runtime::cli::run(args,
                                   {std::cin, std::cout, std::cerr, ::isatty(STDIN_FILENO) == 1});
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
