#include <runtime/data/json_schema.hpp>

#include <weir/connect_text.hpp>
#include <weir/java_map.hpp>
#include <weir/java_text.hpp>
#include <weir/json_connect.hpp>

#include <algorithm>
#include <vector>

namespace weir::runtime::data {
namespace {

using connect_json::Logical;
using connect_json::logical_of;
using connect_json::long_of;
using connect_json::node_type;

std::string text(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out += part;
  }
  return out;
}

/// Where a value stands that Kafka Connect's ConnectSchema validates, for its messages. On the stack, from inside to outside.
struct Place {
  std::string_view what;  ///< "element of array ", or the name of the outermost field
  const Place* outer{nullptr};

  std::string text() const {
    return outer != nullptr ? std::string(what) + outer->text() : what.empty() ? "value" : "field: \"" + std::string(what) + '"';
  }
};

class FromJson {
 public:
  FromJson(Arena arena, const JsonRules& rules) : arena_(arena), rules_(rules) {}

  /// place: in a struct or default, where a null is an error when the schema wants a value (Struct.put validates; nothing
  /// else does). nullptr: elsewhere.
  Result<Value> convert(const weir_schema* schema, const Value* json, const Place* place) {
    if (schema == nullptr) {
      return json == nullptr ? Value() : connect_json::schemaless(*json);
    }
    if (json == nullptr || json->is_null()) {
      if (schema->default_value != nullptr && rules_.replace_null_with_default) {
        return Value(*schema->default_value);
      }
      if ((schema->flags & WEIR_SCHEMA_OPTIONAL) != 0) {
        return Value();
      }
      return bad_record(text({"Invalid null value for required ", connect::type_name(schema->type), " field"}));
    }
    if (const Logical logical = logical_of(schema); logical != Logical::none) {
      return connect_json::logical_from_json(logical, schema, *json, arena_);
    }
    Result<Value> out = plain(schema, *json, place);
    if (out && out->is_null() && place != nullptr && (schema->flags & WEIR_SCHEMA_OPTIONAL) == 0) {
      return bad_record(text({"Invalid value: null used for required ", place->text(), ", schema type: ",
                              connect::type_name(schema->type)}));
    }
    return out;
  }

 private:
  Result<Value> plain(const weir_schema* schema, const Value& json, const Place* place) {
    switch (static_cast<Kind>(schema->type)) {
      case Kind::array:
        return array(schema, json, place);
      case Kind::map:
        return map(schema, json, place);
      case Kind::structure:
        return structure(schema, json);
      default:
        return connect_json::scalar_from_json(schema, json, arena_);
    }
  }

  Result<Value> array(const weir_schema* schema, const Value& json, const Place* place) {
    const Place inside{"element of array ", place};
    const std::size_t count = json.is_array() || json.is_object() ? json.count : 0;
    auto* items = arena_.array<weir_value>(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Value& from = json.is_array() ? json.items()[i] : json.members()[i].item();
      auto item = convert(schema->values, &from, place != nullptr ? &inside : nullptr);
      if (!item) {
        return item;
      }
      items[i] = *item;
    }
    return Value::array(items, count);
  }

  Result<Value> map(const weir_schema* schema, const Value& json, const Place* place) {
    const Place of_key{"key of map ", place};
    const Place of_value{"value of map ", place};
    const Place* const value_place = place != nullptr ? &of_value : nullptr;
    auto* members = arena_.array<weir_member>(json.is_object() || json.is_array() ? json.count : 0);
    if (schema->keys == nullptr || schema->keys->type == WEIR_KIND_STRING) {
      if (!json.is_object()) {
        return bad_record(text({"Maps with string fields should be encoded as JSON objects, but found ", node_type(json)}));
      }
      for (std::size_t i = 0; i < json.count; ++i) {
        auto item = convert(schema->values, &json.members()[i].item(), value_place);
        if (!item) {
          return item;
        }
        members[i].key = json.members()[i].key;
        members[i].value = *item;
      }
      return Value::map(members, json.count);
    }
    if (!json.is_array()) {
      return bad_record(
          text({"Maps with non-string fields should be encoded as JSON array of tuples, but found ", node_type(json)}));
    }
    for (std::size_t i = 0; i < json.count; ++i) {
      const Value& pair = json.items()[i];
      if (!pair.is_array()) {
        return bad_record(text({"Found invalid map entry instead of array tuple: ", node_type(pair)}));
      }
      if (pair.count != 2) {
        return bad_record("Found invalid map entry, expected length 2 but found :" + std::to_string(pair.count));
      }
      auto key = convert(schema->keys, &pair.items()[0], place != nullptr ? &of_key : nullptr);
      if (!key) {
        return key;
      }
      auto item = convert(schema->values, &pair.items()[1], value_place);
      if (!item) {
        return item;
      }
      members[i].key = *key;
      members[i].value = *item;
    }
    return Value::map(members, java::as_hash_map({members, json.count}));
  }

  Result<Value> structure(const weir_schema* schema, const Value& json) {
    if (!json.is_object()) {
      return bad_record(text({"Structs should be encoded as JSON objects, but found ", node_type(json)}));
    }
    auto* members = arena_.array<weir_member>(schema->field_count);
    std::size_t guess = 0;  // fields usually come in the schema's order
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      const weir_field& field = schema->fields[i];
      const std::string_view name = text_of(field.name);
      const Value* found = nullptr;
      if (guess < json.count && json.members()[guess].name().text() == name) {
        found = &json.members()[guess].item();
        ++guess;
      } else {
        found = json.find(name);
      }
      const Place place{name};
      auto item = convert(field.schema, found, &place);
      if (!item) {
        return item;
      }
      members[i].key = Value::string(name);
      members[i].value = *item;
    }
    return Value::structure(members, schema->field_count);
  }

  Arena arena_;
  const JsonRules& rules_;
};

}  // namespace

Result<Value> value_from_json(const weir_schema* schema, const Value* json, Arena arena, const JsonRules& rules) {
  return FromJson(arena, rules).convert(schema, json, nullptr);
}

namespace {

struct TypeWord {
  std::string_view word;
  Kind kind;
};
constexpr TypeWord kTypeWords[] = {{"boolean", Kind::boolean}, {"int8", Kind::int8},     {"int16", Kind::int16},
                                   {"int32", Kind::int32},     {"int64", Kind::int64},   {"float", Kind::float32},
                                   {"double", Kind::float64},  {"bytes", Kind::bytes},   {"string", Kind::string},
                                   {"array", Kind::array},     {"map", Kind::map},       {"struct", Kind::structure}};

const Value* member(const Value& json, std::string_view name) { return json.is_object() ? json.find(name) : nullptr; }

class SchemaReader {
 public:
  SchemaReader(Arena arena, bool stable, const JsonRules& rules) : arena_(arena), stable_(stable), rules_(rules) {}

  Result<const weir_schema*> read(const Value& json) {
    if (json.is_null()) {
      return nullptr;
    }
    const Value* type = member(json, "type");
    if (type == nullptr || !type->is_string()) {
      return bad_record("Schema must contain 'type' field");
    }
    const auto* word = std::find_if(std::begin(kTypeWords), std::end(kTypeWords),
                                    [&](const TypeWord& w) { return w.word == type->text(); });
    if (word == std::end(kTypeWords)) {
      return bad_record(text({"Unknown schema type: ", type->text()}));
    }
    SchemaBuilder builder(arena_, word->kind, stable_);
    if (auto done = inner(word->kind, json, builder); !done) {
      return done.error();
    }
    if (const Value* v = member(json, "optional"); v != nullptr && v->is_boolean()) {
      builder.optional(v->as_boolean());
    }
    if (const Value* v = member(json, "name"); v != nullptr && v->is_string()) {
      builder.name(keep(v->text()));
    }
    if (const Value* v = member(json, "version"); v != nullptr && connect_json::whole(*v)) {
      builder.version(static_cast<std::int32_t>(long_of(*v)));
    }
    if (const Value* v = member(json, "doc"); v != nullptr && v->is_string()) {
      builder.doc(keep(v->text()));
    }
    if (const Value* v = member(json, "parameters"); v != nullptr && v->is_object()) {
      for (const Member& m : v->members()) {
        if (!m.item().is_string()) {
          return bad_record("Schema parameters must have string values.");
        }
        builder.parameter(keep(m.name().text()), keep(m.item().text()));
      }
    }
    const Value* fallback = member(json, "default");
    if (fallback == nullptr) {
      return builder.build();
    }
    const weir_schema* without = builder.build();
    const Place place{};
    auto value = FromJson(arena_, rules_).convert(without, fallback, &place);
    if (!value) {
      return value.error();
    }
    if (!value->is_null()) {
      if (word->kind == Kind::structure) {
        return bad_record("Invalid default value");  // a struct never equals the schema that is still being built
      }
      builder.default_value(stable_ ? deep_copy(*value, arena_) : *value);
    }
    return builder.build();
  }

 private:
  std::string_view keep(std::string_view s) { return stable_ ? arena_.copy(s) : s; }

  Result<void> inner(Kind kind, const Value& json, SchemaBuilder& builder) {
    if (kind == Kind::array) {
      const Value* items = member(json, "items");
      if (items == nullptr || items->is_null()) {
        return bad_record("Array schema did not specify the element type");
      }
      auto schema = read(*items);
      if (!schema) {
        return schema.error();
      }
      builder.values(*schema);
    } else if (kind == Kind::map) {
      const Value* keys = member(json, "keys");
      const Value* values = member(json, "values");
      if (keys == nullptr || values == nullptr) {
        return bad_record(keys == nullptr ? "Map schema did not specify the key type"
                                          : "Map schema did not specify the value type");
      }
      auto key = read(*keys);
      if (!key) {
        return key.error();
      }
      auto value = read(*values);
      if (!value) {
        return value.error();
      }
      if (*key == nullptr || *value == nullptr) {
        return bad_record(*key == nullptr ? "keySchema cannot be null." : "valueSchema cannot be null.");
      }
      builder.keys(*key).values(*value);
    } else if (kind == Kind::structure) {
      return fields(json, builder);
    }
    return {};
  }

  Result<void> fields(const Value& json, SchemaBuilder& builder) {
    const Value* list = member(json, "fields");
    if (list == nullptr || !list->is_array()) {
      return bad_record("Struct schema's \"fields\" argument is not an array.");
    }
    std::vector<std::string_view> names;
    for (const Value& field : list->items()) {
      const Value* name = member(field, "field");
      if (name == nullptr || !name->is_string()) {
        return bad_record("Struct schema's field name not specified properly");
      }
      auto schema = read(field);
      if (!schema) {
        return schema.error();
      }
      if (name->text().empty()) {
        return bad_record("fieldName cannot be null.");
      }
      names.push_back(name->text());
      builder.field(keep(name->text()), *schema);
    }
    std::sort(names.begin(), names.end());
    if (const auto same = std::adjacent_find(names.begin(), names.end()); same != names.end()) {
      return bad_record(text({"Cannot create field because of field name duplication ", *same}));
    }
    return {};
  }

  Arena arena_;
  bool stable_;
  const JsonRules& rules_;
};

Result<void> wrong_class(std::string_view what, const Value& value) {
  return bad_record(text({"Invalid type for ", what, ": class ", connect::java_class(value)}));
}

Result<void> schemaless_to_json(const Value& value, json::detail::ArenaWriter& out) {
  out.refuse_logical();
  if (!out.value(value)) {
    const Value& refused = out.refused();
    if (refused.is_null()) {
      return bad_record("Converting Kafka Connect data to byte[] failed due to serialization error: nested too deep");
    }
    if (refused.is(Kind::structure)) {
      return bad_record("Mismatching schema.");
    }
    return bad_record(
        text({"Java class class ", connect::java_class(refused), " does not have corresponding schema type."}));
  }
  return {};
}

Result<void> members_to_json(const weir_schema* schema, const Value& value, json::detail::ArenaWriter& out,
                             const JsonRules& rules) {
  const bool structure = value.is(Kind::structure);
  if (!structure && schema->keys == nullptr) {  // the header {}, which SimpleHeaderConverter reads as a map of nothing
    return bad_record("The schema of a map has no key type");
  }
  const bool named = structure || schema->keys->type == WEIR_KIND_STRING;
  out.put(named ? '{' : '[');
  for (std::uint32_t i = 0; i < value.count; ++i) {
    const Member& m = value.members()[i];
    if (i > 0) {
      out.put(',');
    }
    if (named) {
      if (!m.name().is_string() && !m.name().is_null()) {
        return wrong_class("STRING", m.name());
      }
      out.string(m.name().is_null() ? "null" : m.name().text());
      out.put(':');
    } else {
      out.put('[');
      if (auto done = value_to_json(schema->keys, m.name(), out, rules); !done) {
        return done;
      }
      out.put(',');
    }
    if (auto done = value_to_json(structure ? schema->fields[i].schema : schema->values, m.item(), out, rules); !done) {
      return done;
    }
    if (!named) {
      out.put(']');
    }
  }
  out.put(named ? '}' : ']');
  return {};
}

}  // namespace

Result<const weir_schema*> schema_from_json(const Value& json, Arena arena, bool stable, const JsonRules& rules) {
  return SchemaReader(arena, stable, rules).read(json);
}

Result<void> value_to_json(const weir_schema* schema, const Value& value, json::detail::ArenaWriter& out,
                           const JsonRules& rules) {
  if (schema == nullptr) {
    return schemaless_to_json(value, out);
  }
  if (value.is_null()) {
    if (schema->default_value != nullptr && rules.replace_null_with_default) {
      return value_to_json(schema, Value(*schema->default_value), out, rules);
    }
    if ((schema->flags & WEIR_SCHEMA_OPTIONAL) == 0) {
      return bad_record("Conversion error: null value for field that is required and has no default value");
    }
    out.raw("null");
    return {};
  }
  if (const Logical logical = logical_of(schema); logical != Logical::none) {
    return connect_json::logical_to_json(logical, schema, value, out, rules.numeric_decimals);
  }
  const bool lazy_fits = value.is_lazy() && schema->type == (*value.as.text == '[' ? WEIR_KIND_ARRAY : WEIR_KIND_MAP);
  if (value.kind != schema->type && !lazy_fits) {
    return wrong_class(connect::type_name(schema->type), value);
  }
  switch (static_cast<Kind>(schema->type)) {
    case Kind::array:
      if (lazy_fits) {
        out.raw(value.text());
        return {};
      }
      out.put('[');
      for (std::uint32_t i = 0; i < value.count; ++i) {
        if (i > 0) {
          out.put(',');
        }
        if (auto done = value_to_json(schema->values, value.items()[i], out, rules); !done) {
          return done;
        }
      }
      out.put(']');
      return {};
    case Kind::structure:
      if (value.count != schema->field_count) {
        return bad_record("Mismatching schema.");
      }
      [[fallthrough]];
    case Kind::map:
      if (lazy_fits) {
        out.raw(value.text());
        return {};
      }
      return members_to_json(schema, value, out, rules);
    default:
      (void)out.value(value);
      return {};
  }
}

Result<void> schema_to_json(const weir_schema* schema, json::detail::ArenaWriter& out, const JsonRules& rules,
                            const weir_bytes& field_name, std::uint32_t depth) {
  if (depth > json::kMaxDepth) {
    return bad_record("The schema contains itself, or is nested deeper than " + std::to_string(json::kMaxDepth) +
                      ": it cannot be written as JSON; set schemas.enable=false");
  }
  if (schema == nullptr) {
    out.raw("null");
    return {};
  }
  const auto* word = std::find_if(std::begin(kTypeWords), std::end(kTypeWords), [&](const TypeWord& w) {
    return static_cast<std::uint32_t>(w.kind) == schema->type;
  });
  out.raw("{\"type\":\"");
  out.raw(word == std::end(kTypeWords) ? "string" : word->word);
  out.put('"');
  if (schema->type == WEIR_KIND_MAP) {
    out.raw(",\"keys\":");
    if (auto done = schema_to_json(schema->keys, out, rules, kAbsent, depth + 1); !done) {
      return done;
    }
  }
  if (schema->type == WEIR_KIND_MAP || schema->type == WEIR_KIND_ARRAY) {
    out.raw(schema->type == WEIR_KIND_MAP ? ",\"values\":" : ",\"items\":");
    if (auto done = schema_to_json(schema->values, out, rules, kAbsent, depth + 1); !done) {
      return done;
    }
  }
  if (schema->type == WEIR_KIND_STRUCT) {
    out.raw(",\"fields\":[");
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      if (i > 0) {
        out.put(',');
      }
      if (auto done = schema_to_json(schema->fields[i].schema, out, rules, schema->fields[i].name, depth + 1); !done) {
        return done;
      }
    }
    out.put(']');
  }
  out.raw((schema->flags & WEIR_SCHEMA_OPTIONAL) != 0 ? ",\"optional\":true" : ",\"optional\":false");
  if (schema->name.data != nullptr) {
    out.raw(",\"name\":");
    out.string(text_of(schema->name));
  }
  if ((schema->flags & WEIR_SCHEMA_HAS_VERSION) != 0) {
    out.raw(",\"version\":");
    out.integer(schema->version);
  }
  if (schema->doc.data != nullptr) {
    out.raw(",\"doc\":");
    out.string(text_of(schema->doc));
  }
  if (schema->parameter_count > 0) {
    out.raw(",\"parameters\":{");
    for (std::size_t i = 0; i < schema->parameter_count; ++i) {
      if (i > 0) {
        out.put(',');
      }
      out.string(text_of(schema->parameters[i].key));
      out.put(':');
      out.string(text_of(schema->parameters[i].value));
    }
    out.put('}');
  }
  if (schema->default_value != nullptr) {
    out.raw(",\"default\":");
    if (auto done = value_to_json(schema, Value(*schema->default_value), out, rules); !done) {
      return done;
    }
  }
  if (field_name.data != nullptr) {
    out.raw(",\"field\":");
    out.string(text_of(field_name));
  }
  out.put('}');
  return {};
}

}  // namespace weir::runtime::data
