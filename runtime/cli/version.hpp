// What this build is.
#pragma once

#include <string>

namespace weir::runtime::cli {

/// Weir's version: "0.1.0".
std::string version();
/// The commit that was built; "unknown" outside a checkout.
std::string commit();
/// One line for people.
std::string version_text();

}  // namespace weir::runtime::cli
