// Needs a later minor version of the contract than any host has.
#include <weir/abi.h>

extern "C" __attribute__((visibility("default"))) const weir_plugin* WEIR_PLUGIN_ENTRY(
    const weir_host*) {
  static constexpr char kName[] = "weir-test-newer";
  static constexpr char kVersion[] = "9.9.0";
  static const weir_plugin plugin{sizeof(weir_plugin),
                                  WEIR_ABI_MAJOR,
                                  99,
                                  0,
                                  {kName, sizeof kName - 1},
                                  {kVersion, sizeof kVersion - 1},
                                  nullptr,
                                  0,
                                  sizeof(weir_component)};
  return &plugin;
}
