#include "case_runner.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <runtime/worker/plugins.hpp>
#include <runtime/cli/transform_command.hpp>
#include <sstream>

namespace weir::conformance {
namespace {

/// A file of this process, gone at its end.
class ConfigFile {
 public:
  ConfigFile()
      : path_(std::filesystem::temp_directory_path() /
              ("weir-conformance-" + std::to_string(getpid()) + ".json")) {}
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  ~ConfigFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  std::string write(std::string_view text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
    return path_.string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

const runtime::plugin::Registry& registry() {
  static const runtime::plugin::Registry& all = runtime::worker::load_plugins({WEIR_PLUGINS});
  return all;
}

CaseResult run_case(std::string_view config, const std::vector<std::string>& records) {
  static const ConfigFile file;
  std::string input;
  for (const std::string& record : records) {
    input.append(record).push_back('\n');
  }
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const runtime::cli::Console console{in, out, err};
  CaseResult result;
  runtime::cli::TransformArguments arguments;
  arguments.config_file = file.write(config);
  result.refused = runtime::cli::transform(console, registry(), arguments) != 0;
  result.messages = err.str();
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    result.lines.push_back(std::move(line));
  }
  return result;
}

}  // namespace weir::conformance
