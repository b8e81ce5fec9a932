// Which registered schema a record is written with: what auto.register.schemas, use.latest.version,
// use.schema.id and normalize.schemas say. One per converter, used by its task's thread.
#pragma once

#include <functional>
#include <string>

#include "client.hpp"

namespace weir::converters::schema_registry {

class WriterSchemas {
 public:
  /// config and client: borrowed, they outlive this.
  WriterSchemas(const RegistryConfig& config, Client& client) : config_(config), client_(client) {}

  /// Checks that the registered schema (first) can read what the record's own schema (second)
  /// writes; an error is bad_record and says why. Called only when the texts differ and
  /// *.compatibility.strict is on.
  using Compatible = std::function<Result<void>(const RegisteredSchema&, const SchemaText&)>;

  /// The schema to write with, and its id. With use.latest.version or use.schema.id its text may be
  /// another one than `mine`: the record must be written with that one. The pointer is good until
  /// the next call. The client remembers, but finding a schema by its text costs: callers keep the
  /// answer per topic and schema, unless it changes().
  Result<const RegisteredSchema*> choose(const std::string& subject, const SchemaText& mine,
                                         const Compatible& compatible);

  /// Whether the answer may change while the task lives (latest.cache.ttl.sec): the caller should
  /// ask again then.
  bool changes() const noexcept;

 private:
  const RegistryConfig& config_;
  Client& client_;
  RegisteredSchema chosen_;
};

}  // namespace weir::converters::schema_registry
