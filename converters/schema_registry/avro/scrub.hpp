// scrub.invalid.names: names that Avro does not take are percent-encoded with '_' for '%' and all
// else that is not allowed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "options.hpp"

namespace weir::converters::schema_registry::avro {

std::string scrubbed(std::string_view name);

/// Namespace (empty: none) and name of a full name, each part scrubbed when the options say so.
std::pair<std::string, std::string> split_name(std::string_view full, const AvroOptions& options);

inline std::string field_name(std::string_view name, const AvroOptions& options) {
  return options.scrub_invalid_names ? scrubbed(name) : std::string(name);
}

}  // namespace weir::converters::schema_registry::avro
