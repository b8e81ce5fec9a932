#include <runtime/data/external_schema.hpp>

#include <weir/json_schema/connect_schema.hpp>
#include <weir/json_schema/values.hpp>

#include <fstream>
#include <iterator>
#include <optional>

namespace weir::runtime::data {
namespace {

bool has_any(const Value& node, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (node.find(name) != nullptr) {
      return true;
    }
  }
  return false;
}

// Words that only a JSON Schema has; a list is as its items are.
bool is_json_schema(const Value& node, int depth = 0) {
  if (!node.is_object() || depth > 100) {
    return node.is_boolean();
  }
  if (has_any(node, {"$schema", "$id", "$ref", "$defs", "definitions", "properties", "oneOf", "anyOf", "allOf", "enum",
                     "const", "title", "connect.type"})) {
    return true;
  }
  const Value* type = node.find("type");
  if (type == nullptr || !type->is_string()) {
    return type != nullptr && type->is_array();
  }
  if (type->text() == "object" || type->text() == "integer" || type->text() == "number") {
    return true;
  }
  const Value* items = node.find("items");
  return type->text() == "array" && items != nullptr && is_json_schema(*items, depth + 1);
}

}  // namespace

Result<std::unique_ptr<const ExternalSchema>> ExternalSchema::parse(std::string_view text) {
  std::unique_ptr<ExternalSchema> out(new ExternalSchema());
  const Arena arena = out->memory_.view();
  const json::ReadOptions exact{.reject_trailing = true, .exact_numbers = true};
  auto json = json::read(out->memory_.view().copy(text), arena, exact);
  if (!json) {
    return bad_config("not JSON: " + json.error().message);
  }
  if (!json->is_object()) {
    return bad_config("a schema is a JSON object");
  }
  out->json_schema_ = is_json_schema(*json);
  if (out->json_schema_) {
    const auto document = json_schema::Document::parse(text);
    if (!document) {
      return bad_config(document.error().message);
    }
    const auto made = json_schema::connect_schema(**document, {}, std::nullopt, arena);
    if (!made) {
      return bad_config("as a JSON Schema: " + made.error().message);
    }
    out->schema_ = *made;
  } else {
    auto made = schema_from_json(*json, arena, true, {});
    if (!made) {
      return bad_config(made.error().message);
    }
    out->schema_ = *made;
  }
  return std::unique_ptr<const ExternalSchema>(std::move(out));
}

Result<std::unique_ptr<const ExternalSchema>> ExternalSchema::load(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return bad_config("the file cannot be read");
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return parse(text);
}

Result<Value> ExternalSchema::read(const Value& json, Arena arena, const JsonRules& rules) const {
  return json_schema_ ? json_schema::value_from_json(schema_, &json, arena) : value_from_json(schema_, &json, arena, rules);
}

}  // namespace weir::runtime::data
