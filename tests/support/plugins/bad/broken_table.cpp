// Says it has a component, but the tables are nonsense: no size, no list.
#include <weir/abi.h>

extern "C" __attribute__((visibility("default"))) const weir_plugin* WEIR_PLUGIN_ENTRY(
    const weir_host*) {
  static constexpr char kName[] = "weir-test-broken";
  static const weir_plugin plugin{
      0, WEIR_ABI_MAJOR, 0, 0, {kName, sizeof kName - 1}, {nullptr, 0}, nullptr, 1, 0};
  return &plugin;
}
