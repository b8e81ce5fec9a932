// Config files of both kinds from any bytes.
#include <cstdint>
#include <string_view>

#include "runtime/config/properties.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)weir::runtime::config::parse_properties(text);
  (void)weir::runtime::config::parse_properties(text, weir::runtime::config::Charset::utf8);
  (void)weir::runtime::config::parse_flat_json(text);
  (void)weir::runtime::config::parse_json_config(text);
  return 0;
}
