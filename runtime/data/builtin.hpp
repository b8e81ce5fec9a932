// The converters that every worker has.
#pragma once

#include <weir/abi.h>

namespace weir::runtime::data {

/// Kafka Connect's own converters, each as converter and as header converter, under their Java class names, simple names
/// (JsonConverter) and aliases (Json). Lives for ever; any thread.
const weir_plugin* builtin_converters();

}  // namespace weir::runtime::data
