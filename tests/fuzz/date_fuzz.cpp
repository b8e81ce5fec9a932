// pattern NUL text: what was read is printed, and what was printed must not read as something that cannot be printed.
#include <weir/java_date.hpp>

#include <cstdint>
#include <cstring>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\0');
  const auto format = weir::java::SimpleDateFormat::of(text.substr(0, end));
  if (!format) {
    return 0;
  }
  if (size >= 8) {
    std::int64_t ms = 0;
    std::memcpy(&ms, data + size - 8, 8);
    (void)format->format(ms);
  }
  if (end != std::string::npos) {
    if (const auto ms = format->parse(std::string_view(text).substr(end + 1))) {
      const auto printed = format->format(*ms);
      (void)format->parse(printed);
    }
  }
  return 0;
}
