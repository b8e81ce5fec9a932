// JSON Schema (draft 7) for the partner simulators.
#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace weir::test {

struct SchemaError {
  std::string pointer;  ///< JSON Pointer of the value, "" for the document
  std::string message;
};

/// One thread at a time. Patterns are ICU's, which neither recurse on long texts nor are slow, as
/// std::regex does and is.
class SchemaValidator {
 public:
  /// Throws std::runtime_error when the file is missing or not a schema.
  explicit SchemaValidator(const std::filesystem::path& file);
  SchemaValidator(SchemaValidator&&) noexcept;
  ~SchemaValidator();

  /// Empty when the document passes; at most ten errors otherwise, the innermost first.
  std::vector<SchemaError> check(const boost::json::value& document) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace weir::test
