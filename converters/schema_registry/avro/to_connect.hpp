// Avro schemas as Kafka Connect sees them (Confluent's AvroData.toConnectSchema), and how to read
// their data.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>
#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>

#include "avro_schema.hpp"
#include "options.hpp"
#include "read_plan.hpp"

namespace weir::converters::schema_registry::avro {

/// A schema made ready for reading.
struct ReadSchema {
  const weir_schema* schema{nullptr};  ///< stable; nullptr: values without schema (Anything)
  const ReadPlan* plan{nullptr};
};

/// Makes schemas that live as long as this object; used by one thread.
class ToConnect {
 public:
  explicit ToConnect(const AvroOptions& options) : options_(options) {}
  ToConnect(const ToConnect&) = delete;
  ToConnect& operator=(const ToConnect&) = delete;

  /// avro: outlives this object. version: the subject's, for a schema that has none of its own.
  /// bad_record: what Kafka Connect cannot express (a standalone null, a recursive record), by
  /// name.
  Result<ReadSchema> make(const AvroSchema& avro, std::optional<std::int32_t> version);

  /// Defaults of the last schema that were ignored because they do not fit its types.
  const std::vector<std::string>& ignored() const noexcept { return ignored_; }

 private:
  friend class SchemaMapper;

  const AvroOptions options_;
  OwnedArena memory_{16 * 1024};
  std::deque<ReadPlan> plans_;
  std::vector<std::string> ignored_;
  std::uint32_t unions_{0};  // AvroData numbers them over its whole life
};

}  // namespace weir::converters::schema_registry::avro
