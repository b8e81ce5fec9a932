#include "runtime/cli/record_input.hpp"

namespace weir::runtime::cli {

Result<std::optional<LineRecord>> LineInput::next() {
  std::string line;
  while (std::getline(in_, line)) {
    ++number_;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    auto record = parse_record_line(line);
    if (!record) {
      return bad_record((name_.empty() ? "" : name_ + ", ") + "line " + std::to_string(number_) +
                        ": " + record.error().message);
    }
    return std::optional(std::move(*record));
  }
  if (in_.bad()) {
    return bad_record((name_.empty() ? "standard input" : name_) + " cannot be read");
  }
  return std::optional<LineRecord>();
}

bool LineInput::more_at_once() { return in_.rdbuf()->in_avail() > 0; }

}  // namespace weir::runtime::cli
