// Fields that a transform's config names and a record does not have: Kafka Connect passes over most
// of them in silence.
#pragma once

#include <string>
#include <vector>
#include <weir/record.hpp>

#include "runtime/config/chain.hpp"

namespace weir::runtime::cli {

/// One sentence for each, with the key, the field and the nearest one there is. `record` is as the
/// step finds it.
std::vector<std::string> field_hints(const config::ChainStep& step, Record record);

}  // namespace weir::runtime::cli
