// The version that a schema has in the subject of a topic.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "client.hpp"

namespace weir::converters::schema_registry {

/// Asks the registry. name: of the record or message, for the subject name strategies that use it.
/// Nothing when the subject does not hold the schema: Confluent's converters fail then, although
/// the record can be read. An error only when the registry cannot answer. The task's thread.
Result<std::optional<std::int32_t>> version_in_subject(const RegistryConfig& config, Client& client,
                                                       const SchemaText& schema,
                                                       std::string_view name,
                                                       std::string_view topic, Side side);

}  // namespace weir::converters::schema_registry
