// Any text as SimpleHeaderConverter and InsertHeader read it; what was read is written, and read again without an end.
#include <weir/connect_text.hpp>

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  weir::OwnedArena memory;
  const auto parsed = weir::connect::parse(text, memory.view());
  std::string once;
  weir::connect::append_text(once, parsed.value, parsed.schema);
  std::string printed;
  weir::connect::append_java_string(printed, parsed.value);
  const auto again = weir::connect::parse(once, memory.view());
  std::string twice;
  weir::connect::append_text(twice, again.value, again.schema);
  return 0;
}
