#include "components.hpp"

extern "C" __attribute__((visibility("default"))) const weir_plugin* WEIR_PLUGIN_ENTRY(const weir_host* host) noexcept {
  (void)host;
  try {
    return weir::transforms::connect::components();
  } catch (...) {
    return nullptr;
  }
}
