// The list of this plugin's components, for the plugin and for tests that link them.
#pragma once

#include <weir/abi.h>

namespace weir::transforms::connect {

/// Lives for ever; any thread.
const weir_plugin* components();

}  // namespace weir::transforms::connect
