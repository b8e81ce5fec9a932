// Every line of golden/json_schema.jsonl (see its README): what Confluent's classes make of it.
#include <runtime/data/json_codec.hpp>

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <cstdlib>
#include <fstream>
#include <string>
#include <weir/json_schema/connect_schema.hpp>
#include <weir/json_schema/from_connect.hpp>
#include <weir/json_schema/values.hpp>

namespace weir::json_schema {
namespace {

namespace bj = boost::json;

Options options_of(const bj::object& line) {
  Options o;
  const auto* list = line.if_contains("options");
  const auto is = [&](const char* name, const char* value) {
    const auto* found = list == nullptr ? nullptr : list->as_object().if_contains(name);
    return found != nullptr && found->as_string() == value;
  };
  o.generalized_sum_types = is("generalized.sum.type.support", "true");
  o.optional_for_nonrequired = is("use.optional.for.nonrequired", "true");
  o.ignore_default_for_nullables = is("ignore.default.for.nullables", "true");
  o.flatten_singleton_unions = !is("flatten.singleton.unions", "false");
  o.object_additional_properties = !is("object.additional.properties", "false");
  o.numeric_decimals = is("decimal.format", "NUMERIC");
  return o;
}

// Numbers as their text, members in any order.
bj::value normal(std::string_view text) {
  bj::parse_options options;
  options.max_depth = 500;
  boost::json::error_code ec;
  bj::value out = bj::parse(bj::string_view(text.data(), text.size()), ec, {}, options);
  return ec ? bj::value("not JSON: " + std::string(text)) : out;
}

runtime::data::JsonCodec codec() {
  runtime::data::JsonConfig config;
  config.replace_null_with_default = false;
  return runtime::data::JsonCodec(config);
}

std::string to_connect(const bj::object& line, Arena arena) {
  const Options options = options_of(line);
  const auto document = Document::parse(std::string_view(line.at("schema").as_string()));
  if (!document) {
    return "error: " + document.error().message;
  }
  std::optional<std::int32_t> version;
  if (const auto* v = line.if_contains("version")) {
    version = v->to_number<std::int32_t>();
  }
  const auto schema = connect_schema(**document, options, version, arena);
  if (!schema) {
    return "error: " + schema.error().message;
  }
  const json::ReadOptions exact{.exact_numbers = true};
  auto json = json::read(std::string_view(line.at("data").as_string()), arena, exact);
  if (!json) {
    return "error: " + json.error().message;
  }
  const auto value = value_from_json(*schema, &*json, arena);
  if (!value) {
    return "error: " + value.error().message;
  }
  auto bytes = codec().encode(*value, *schema, arena);
  return !bytes ? "error: " + bytes.error().message : *bytes ? std::string(**bytes) : "null";
}

void check(const bj::object& line) {
  OwnedArena memory;
  const std::string_view mode = line.at("mode").as_string();
  const auto* error = line.if_contains("error");
  if (mode == "to") {
    const std::string ours = to_connect(line, memory.view());
    if (error != nullptr) {
      EXPECT_EQ(ours.substr(0, 6), "error:") << bj::serialize(line);
    } else {
      EXPECT_EQ(normal(ours), normal(std::string_view(line.at("connect").as_string()))) << bj::serialize(line) << "\nours: " << ours;
    }
    return;
  }
  auto reader = codec();
  Value value;
  const weir_schema* schema = nullptr;
  ASSERT_TRUE(reader.decode(std::string_view(line.at("connect").as_string()), memory.view(), value, schema));
  const Options options = options_of(line);
  const auto text = schema_text(*schema, options);
  json::detail::ArenaWriter out{json::detail::ArenaBuffer(memory.view())};
  const auto written = value_to_json(schema, value, out, options);
  if (error != nullptr) {
    EXPECT_FALSE(text && written) << bj::serialize(line);
    return;
  }
  ASSERT_TRUE(text) << text.error().message << bj::serialize(line);
  EXPECT_EQ(normal(*text), normal(std::string_view(line.at("schema").as_string()))) << bj::serialize(line) << "\nours: " << *text;
  ASSERT_TRUE(written) << written.error().message << bj::serialize(line);
  const std::string ours(out.finish());
  EXPECT_EQ(normal(ours), normal(std::string_view(line.at("data").as_string()))) << bj::serialize(line) << "\nours: " << ours;
}

TEST(JsonSchemaGolden, AsConfluentsClasses) {
  const char* other = std::getenv("WEIR_JSON_SCHEMA_CASES");
  std::ifstream in(other != nullptr ? other : WEIR_GOLDEN "/json_schema.jsonl");
  ASSERT_TRUE(in);
  std::size_t count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    check(bj::parse(line).as_object());
  }
  EXPECT_GT(count, 100u);
}

}  // namespace
}  // namespace weir::json_schema
