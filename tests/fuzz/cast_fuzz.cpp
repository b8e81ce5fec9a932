// Any text to each type Cast knows, and each number back to text.
#include <cast_value.hpp>

#include <weir/java_text.hpp>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::Kind;
  using weir::Value;
  const std::string text(reinterpret_cast<const char*>(data), size);
  weir::OwnedArena memory;
  for (const Kind target : {Kind::int8, Kind::int16, Kind::int32, Kind::int64, Kind::float32, Kind::float64, Kind::boolean, Kind::string}) {
    (void)weir::transforms::connect::cast_value(nullptr, Value::string(text), target, memory.view());
    (void)weir::transforms::connect::cast_value(nullptr, Value::decimal(text), target, memory.view());
  }
  if (size >= 8) {
    double d = 0;
    std::memcpy(&d, data, 8);
    const std::string printed = weir::java::to_string(d);
    if (d == d && std::strtod(printed.c_str(), nullptr) != d && d - d == 0) {
      std::abort();
    }
    const auto f = static_cast<float>(d);
    if (f - f == 0 && std::strtof(weir::java::to_string(f).c_str(), nullptr) != f) {
      std::abort();
    }
  }
  return 0;
}
