// Any text as a JSON Schema and a document under it, with a zero byte between them; the first byte chooses options. What is
// read is written again, and so is the schema: both have to come out the same when they are read back.
#include <weir/json_schema/connect_schema.hpp>
#include <weir/json_schema/from_connect.hpp>
#include <weir/json_schema/values.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace weir;
using namespace weir::json_schema;

void check(bool fine, const char* what, const std::string& a, const std::string& b = {}) {
  if (!fine) {
    std::fprintf(stderr, "%s:\n%s\n%s\n", what, a.c_str(), b.c_str());
    std::abort();
  }
}

Options options_of(std::uint8_t bits) {
  Options o;
  o.generalized_sum_types = (bits & 1) != 0;
  o.ignore_default_for_nullables = (bits & 2) != 0;
  o.object_additional_properties = (bits & 4) == 0;
  o.optional_for_nonrequired = (bits & 8) != 0;
  o.numeric_decimals = (bits & 16) != 0;
  o.flatten_singleton_unions = (bits & 32) != 0;
  return o;
}

std::string write(const weir_schema* schema, const Value& value, const Options& options, Arena arena) {
  json::detail::ArenaWriter out{json::detail::ArenaBuffer(arena)};
  const auto done = value_to_json(schema, value, out, options);
  return done ? std::string(out.finish()) : std::string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const Options options = options_of(data[0]);
  const std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t zero = rest.find('\0');
  const std::string_view text = rest.substr(0, zero);
  const std::string_view document_text = zero == std::string_view::npos ? "{}" : rest.substr(zero + 1);
  const auto document = Document::parse(text, {{"other.json", R"({"title":"Other","type":"object","properties":{"x":{"type":"integer"}}})"}});
  if (!document) {
    return 0;
  }
  OwnedArena memory;
  const auto schema = connect_schema(**document, options, 1, memory.view());
  if (!schema) {
    return 0;
  }
  const auto own_text = schema_text(**schema, options);
  if (own_text) {
    const auto own = Document::parse(*own_text);
    check(own.has_value(), "the schema's text cannot be parsed", *own_text);
    const auto again = connect_schema(**own, options, std::nullopt, memory.view());
    if (again) {
      const auto twice = schema_text(**again, options);
      check(twice.has_value(), "the schema cannot be written again", *own_text);
    }
  }
  const json::ReadOptions exact{.exact_numbers = true};
  auto json = json::read(document_text, memory.view(), exact);
  if (!json) {
    return 0;
  }
  const auto value = value_from_json(*schema, &*json, memory.view());
  if (!value) {
    return 0;
  }
  const std::string once = write(*schema, *value, options, memory.view());
  if (once.empty()) {
    return 0;
  }
  auto read = json::read(once, memory.view(), exact);
  check(read.has_value(), "what was written is no JSON", once);
  const auto back = value_from_json(*schema, &*read, memory.view());
  if (!back) {
    return 0;  // a union in which another member takes the value now
  }
  (void)write(*schema, *back, options, memory.view());
  return 0;
}
