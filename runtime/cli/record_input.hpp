// Where weir transform gets its records from.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <weir/result.hpp>

#include "runtime/cli/record_lines.hpp"

namespace weir::runtime::cli {

/// One thread.
class RecordInput {
 public:
  virtual ~RecordInput() = default;
  /// The next record; nullopt: there are no more. Waits for it. Error: it cannot be read, with
  /// where.
  virtual Result<std::optional<LineRecord>> next() = 0;
  /// True when next() need not wait: what was read so far may be kept back a little.
  virtual bool more_at_once() = 0;
};

/// Lines of JSON (see parse_record_line); blank ones are passed over. `name` is put before "line 7"
/// in errors, unless it is empty.
class LineInput final : public RecordInput {
 public:
  explicit LineInput(std::istream& in, std::string name = {}) : in_(in), name_(std::move(name)) {}
  Result<std::optional<LineRecord>> next() override;
  bool more_at_once() override;

 private:
  std::istream& in_;
  const std::string name_;
  std::size_t number_{0};
};

}  // namespace weir::runtime::cli
