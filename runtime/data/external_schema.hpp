// A schema that stands beside the messages instead of inside them: what JsonConverter reads plain JSON with. It is written
// as JsonConverter writes schemas ({"type":"struct","fields":[...]}), or as a JSON Schema; which one shows.
#pragma once

#include <runtime/data/json_schema.hpp>

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace weir::runtime::data {

/// Immutable; any thread.
class ExternalSchema {
 public:
  /// Errc::bad_config: no JSON, or no schema; the message says what is wrong where.
  static Result<std::unique_ptr<const ExternalSchema>> parse(std::string_view text);
  /// The same from a file; also when it cannot be read.
  static Result<std::unique_ptr<const ExternalSchema>> load(const std::string& file);

  /// Stable: it lives as long as this.
  const weir_schema* schema() const noexcept { return schema_; }

  /// json: read with json::ReadOptions::exact_numbers. Errc::bad_record: it is not of the schema.
  Result<Value> read(const Value& json, Arena arena, const JsonRules& rules) const;

 private:
  ExternalSchema() = default;

  OwnedArena memory_{4096};
  const weir_schema* schema_{nullptr};
  bool json_schema_{false};
};

}  // namespace weir::runtime::data
