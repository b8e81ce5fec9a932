// Any bytes as Avro data of several schemas (the first byte chooses), or as a schema's text and
// data of it, with a zero byte between them. What is read must be written or refused with an error;
// what was written must be read and written again to the same bytes.
#include <array>
#include <converters/schema_registry/avro/decoder.hpp>
#include <converters/schema_registry/avro/encoder.hpp>
#include <converters/schema_registry/avro/from_connect.hpp>
#include <converters/schema_registry/avro/resolution.hpp>
#include <converters/schema_registry/avro/to_connect.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace weir;
using namespace weir::converters::schema_registry::avro;

constexpr std::array<std::string_view, 9> kSchemas{
    R"({"type":"record","name":"All","namespace":"n","fields":[{"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},
{"name":"f","type":"float"},{"name":"d","type":"double"},{"name":"by","type":"bytes"},{"name":"s","type":"string"},
{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"x","type":{"type":"fixed","name":"F","size":3}}]})",
    R"({"type":"record","name":"Nested","fields":[{"name":"a","type":{"type":"array","items":{"type":"map","values":["null",{"type":"record","name":"I",
"fields":[{"name":"v","type":["null","string"],"default":null}]}]}}}]})",
    R"({"type":"record","name":"Logical","fields":[{"name":"de","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":4}},
{"name":"fd","type":{"type":"fixed","name":"FD","size":9,"logicalType":"decimal","precision":20,"scale":7}},{"name":"da","type":{"type":"int","logicalType":"date"}},
{"name":"t","type":{"type":"int","logicalType":"time-millis"}},{"name":"ts","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
{"name":"i8","type":{"type":"int","connect.type":"int8"}}]})",
    R"({"type":"record","name":"U","fields":[{"name":"u","type":["null","int","string",{"type":"array","items":"long"},{"type":"map","values":"bytes"},
{"type":"record","name":"R","fields":[{"name":"x","type":"int"}]}]}]})",
    R"({"type":"array","items":{"type":"record","name":"Empty","fields":[]}})",
    R"({"type":"record","name":"M","fields":[{"name":"m","type":{"type":"array","items":{"type":"record","name":"MapEntry","namespace":
"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":["null","double"]}]}}}]})",
    R"("bytes")",
    R"(["null","string"])",
    ""};  // Anything, below

bool through(const AvroSchema& avro, std::string_view data, const AvroOptions& options) {
  ToConnect to(options);
  auto ready = to.make(avro, 3);
  if (!ready) {
    return false;
  }
  OwnedArena memory;
  auto value = decode(*ready->plan, data, memory.view());
  if (!value || value->is_null()) {
    return false;
  }
  auto own = from_connect(ready->schema, options);
  if (!own) {
    return false;
  }
  const auto text = schema_text((*own)->root());
  WritePlans plans;
  auto plan = plans.make(ready->schema, (*own)->root(), options);
  if (!text || !plan) {
    return false;
  }
  std::string once;
  if (!encode(**plan, *value, memory.view(), once)) {
    return false;
  }
  auto parsed = AvroSchema::parse(*text);
  if (!parsed) {
    std::fprintf(stderr, "not parsed again: %s\n%s\n", text->c_str(),
                 parsed.error().message.c_str());
    std::abort();
  }
  ToConnect again(options);
  auto ready_again = again.make(**parsed, std::nullopt);
  if (!ready_again) {
    return false;  // connect.* properties of the hostile schema that do not fit
  }
  auto back = decode(*ready_again->plan, once, memory.view());
  if (!back) {
    std::fprintf(stderr, "not read again: %s\n%s\n", text->c_str(), back.error().message.c_str());
    std::abort();
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  AvroOptions options;
  options.enhanced = (data[0] & 0x10) != 0;
  options.generalized = (data[0] & 0x20) != 0;
  options.connect_meta_data = (data[0] & 0x40) == 0;
  options.scrub_invalid_names = (data[0] & 0x80) != 0;
  const std::size_t which = data[0] & 0x0f;
  if (which < kSchemas.size()) {
    static const auto schemas = [] {
      std::array<std::unique_ptr<AvroSchema>, kSchemas.size()> all;
      for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        all[i] = *AvroSchema::parse(kSchemas[i]);
      }
      all.back() = *from_connect(nullptr, {});
      return all;
    }();
    through(*schemas[which], rest, options);
    return 0;
  }
  const auto zero = rest.find('\0');
  auto schema = AvroSchema::parse(rest.substr(0, zero));
  if (!schema) {
    return 0;
  }
  if (auto fits = can_read((*schema)->root(), (*schema)->root()); !fits) {
    std::fprintf(stderr, "does not read itself: %s\n", fits.error().message.c_str());
    std::abort();
  }
  if (auto text = schema_text((*schema)->root()); text && !AvroSchema::parse(*text)) {
    std::fprintf(stderr, "text is not parsed again: %s\n", text->c_str());
    std::abort();
  }
  through(**schema, zero == std::string_view::npos ? "" : rest.substr(zero + 1), options);
  return 0;
}
