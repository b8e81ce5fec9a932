// JSON Schema (draft 7) for documents in Boost.JSON: valijson, with `pattern` and `format` on ICU
// and by hand.
//
// valijson runs both through std::regex, which overflows the stack on long texts and compiles
// `format` at each use; the specialisations in validator.cpp replace that. Include no valijson
// header elsewhere in the same program.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <weir/json_schema/document.hpp>
#include <weir/result.hpp>

namespace weir::json_schema {

/// Where and why a document does not follow its schema.
struct SchemaProblem {
  std::string pointer;  ///< RFC 6901; "" is the document itself
  std::string keyword;  ///< "required", "type", "pattern" ...
  std::string message;
};

/// Immutable once loaded; any number of threads may validate.
class JsonSchema {
 public:
  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;

  /// Errc::bad_config with the file's name: cannot be read, not JSON, a keyword or pattern that is
  /// not supported, a reference to another document.
  static Result<JsonSchema> load(const std::string& file);
  static Result<JsonSchema> parse(std::string_view text);
  /// The same with the documents that it refers to.
  static Result<JsonSchema> parse(std::string_view text, const std::vector<ReferencedDocument>& references);

  /// Nothing when the document is fine, else at least one and at most `limit` problems.
  std::vector<SchemaProblem> validate(const boost::json::value& document,
                                      std::size_t limit = 10) const;

 private:
  struct Compiled;
  explicit JsonSchema(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace weir::json_schema
