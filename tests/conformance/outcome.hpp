// What two outcomes of a record must have in common, as text.
#pragma once

#include <string>
#include <weir/value.hpp>

namespace weir::conformance {

/// line: a line of `weir transform` as JSON. JSON inside is compared by value (1 is not 1.0), members in any order, other
/// text as it is; of errors the stage.
std::string summary(const Value& line);

}  // namespace weir::conformance
