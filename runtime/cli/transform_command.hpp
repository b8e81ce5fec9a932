// weir transform: records through a connector's converters and transforms, without a broker or a
// worker.
#pragma once

#include <string>

#include "runtime/cli/console.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::cli {

/// Reads the connector's config from `file`, records from console.in (one JSON object a line),
/// writes one line a record. Bad records are lines; a config that is refused or input that is no
/// record ends it with kFailed and a message on console.err.
int transform(const Console& console, const plugin::Registry& registry, const std::string& file);

}  // namespace weir::runtime::cli
