// Built for a contract of a distant future: exports only that one's entry.
extern "C" __attribute__((visibility("default"))) const void* weir_plugin_entry_v9(const void*) {
  return nullptr;
}
