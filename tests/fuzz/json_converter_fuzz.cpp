// Any bytes through the converters: the first byte chooses which. What was decoded must be encodable or refused with an
// error, and what was encoded must decode to the same bytes again.
#include <runtime/data/json_codec.hpp>
#include <runtime/data/plain_codecs.hpp>

#include <weir/java_date.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace weir;
using namespace weir::runtime::data;

template <class Codec>
void through(Codec& codec, std::string_view raw) {
  OwnedArena memory;
  Value value;
  const weir_schema* schema = nullptr;
  if (!codec.decode(raw, memory.view(), value, schema)) {
    return;
  }
  auto once = codec.encode(value, schema, memory.view());
  if (!once || !*once) {
    return;
  }
  Value again;
  if (!codec.decode(**once, memory.view(), again, schema)) {
    std::abort();
  }
  (void)codec.encode(again, schema, memory.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0: {
      JsonCodec codec(JsonConfig{.decimal_format = DecimalFormat::numeric, .replace_null_with_default = size % 2 == 0});
      through(codec, text);
      through(codec, text);  // its schema is known now
      break;
    }
    case 1: {
      SimpleHeaderCodec codec({});
      through(codec, text);
      break;
    }
    case 2: {
      StringCodec codec(StringConfig{});
      through(codec, text);
      break;
    }
    default: {
      const std::size_t bar = text.find('|');
      const auto format = java::SimpleDateFormat::of(text.substr(0, bar));
      if (format && bar != std::string::npos) {
        if (const auto ms = format->parse(std::string_view(text).substr(bar + 1))) {
          (void)format->format(*ms);
        }
      }
    }
  }
  return 0;
}
