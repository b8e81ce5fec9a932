// pattern NUL replacement NUL text: a pattern that is accepted must be one for ICU too, and matching must end.
#include <java_regex.hpp>

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t first = text.find('\0');
  const std::size_t second = first == std::string::npos ? first : text.find('\0', first + 1);
  if (second == std::string::npos) {
    (void)weir::transforms::connect::JavaRegex::of(text);
    return 0;
  }
  auto regex = weir::transforms::connect::JavaRegex::of(text.substr(0, first));
  if (regex) {
    (void)regex->replace_if_matches(text.substr(second + 1), text.substr(first + 1, second - first - 1));
  }
  return 0;
}
