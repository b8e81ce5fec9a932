#include <runtime/data/json_schema.hpp>

#include <weir/connect_text.hpp>
#include <weir/java_map.hpp>
#include <weir/java_text.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

namespace weir::runtime::data {
namespace {

enum class Logical { none, decimal, date, time, timestamp };

Logical logical_of(const weir_schema* schema) {
  if (schema->name.data == nullptr) {
    return Logical::none;
  }
  const std::string_view name = text_of(schema->name);
  return name == kDecimalName     ? Logical::decimal
         : name == kDateName      ? Logical::date
         : name == kTimeName      ? Logical::time
         : name == kTimestampName ? Logical::timestamp
                                  : Logical::none;
}

std::string_view node_type(const Value& json) {
  switch (json.type()) {
    case Kind::null: return "NULL";
    case Kind::boolean: return "BOOLEAN";
    case Kind::int64:
    case Kind::decimal: return "NUMBER";
    case Kind::string: return "STRING";
    case Kind::array: return "ARRAY";
    default: return "OBJECT";
  }
}

std::string text(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out += part;
  }
  return out;
}

bool whole(const Value& json) {
  return json.is(Kind::int64) ||
         (json.is(Kind::decimal) && json.text().find_first_of(".eE") == std::string_view::npos);
}

// JsonNode.longValue(): numbers truncate and wrap, anything else is 0.
std::int64_t long_of(const Value& json) {
  if (json.is(Kind::int64)) {
    return json.as.i64;
  }
  if (json.is(Kind::decimal)) {
    if (const auto d = java::parse_decimal(json.text())) {
      return java::to_long(*d);
    }
  }
  return 0;
}

template <class T>
T real_of(const Value& json) {
  if (json.is(Kind::int64)) {
    return static_cast<T>(json.as.i64);
  }
  return json.is(Kind::decimal) ? connect::real_of<T>(json.text()) : T{0};
}

Result<Value> logical_from_json(Logical logical, const weir_schema* schema, const Value& json, Arena arena) {
  if (logical == Logical::decimal) {
    if (json.is(Kind::int64) || json.is(Kind::decimal)) {
      const std::string digits = json.is(Kind::int64) ? std::to_string(json.as.i64) : std::string(json.text());
      const auto d = java::parse_decimal(digits);
      return d ? Result<Value>(Value::decimal(arena.copy(java::to_string(*d))))
               : bad_record("Invalid number for Decimal field");
    }
    if (!json.is_string()) {
      return bad_record(text({"Invalid type for Decimal, underlying representation should be numeric or bytes but was ",
                              node_type(json)}));
    }
    const auto bytes = java::parse_base64(json.text());
    const auto scale = decimal_scale(schema);
    if (!bytes || bytes->empty() || !scale) {
      return bad_record("Invalid bytes for Decimal field");
    }
    return Value::decimal(arena.copy(java::to_string(java::decimal_from_bytes(*bytes, *scale))));
  }
  if (logical == Logical::timestamp) {
    if (!whole(json)) {
      return bad_record(text({"Invalid type for Timestamp, underlying representation should be integral but was ",
                              node_type(json)}));
    }
    return Value::timestamp(long_of(json));
  }
  const std::string_view word = logical == Logical::date ? "Date" : "Time";
  if (!json.is(Kind::int64) || json.as.i64 != static_cast<std::int32_t>(json.as.i64)) {
    return bad_record(text({"Invalid type for ", word, ", underlying representation should be integer but was ",
                            node_type(json)}));
  }
  if (logical == Logical::date) {
    return Value::timestamp(json.as.i64 * java::kDayMs);
  }
  if (json.as.i64 < 0 || json.as.i64 > java::kDayMs) {
    return bad_record("Time values must use number of milliseconds greater than 0 and less than 86400000");
  }
  return Value::timestamp(json.as.i64);
}

// Turns parsed JSON into schemaless values: exact numbers become doubles, or wrap.
Value schemaless(const Value& json) {
  switch (json.type()) {
    case Kind::decimal:
      return whole(json) ? Value::int64(long_of(json)) : Value::float64(connect::real_of<double>(json.text()));
    case Kind::array:
      for (Value& item : json.items()) {
        item = schemaless(item);
      }
      return json;
    case Kind::map:
      for (Member& member : json.members()) {
        member.item() = schemaless(member.item());
      }
      return json;
    default:
      return json;
  }
}

class FromJson {
 public:
  FromJson(Arena arena, const JsonRules& rules) : arena_(arena), rules_(rules) {}

  /// in_struct: a null where the schema wants a value is an error (Struct.put validates; nothing else does).
  Result<Value> convert(const weir_schema* schema, const Value* json, bool in_struct) {
    if (schema == nullptr) {
      return json == nullptr ? Value() : schemaless(*json);
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
      return logical_from_json(logical, schema, *json, arena_);
    }
    Result<Value> out = plain(schema, *json, in_struct);
    if (out && out->is_null() && in_struct && (schema->flags & WEIR_SCHEMA_OPTIONAL) == 0) {
      return bad_record(text({"Invalid value: null used for required field, schema type: ",
                              connect::type_name(schema->type)}));
    }
    return out;
  }

 private:
  Result<Value> plain(const weir_schema* schema, const Value& json, bool in_struct) {
    switch (static_cast<Kind>(schema->type)) {
      case Kind::boolean:
        return Value::boolean(json.is_boolean() && json.as_boolean());
      case Kind::int8:
        return Value::int8(static_cast<std::int8_t>(long_of(json)));
      case Kind::int16:
        return Value::int16(static_cast<std::int16_t>(long_of(json)));
      case Kind::int32:
        return Value::int32(static_cast<std::int32_t>(long_of(json)));
      case Kind::int64:
        return Value::int64(long_of(json));
      case Kind::float32:
        return Value::float32(real_of<float>(json));
      case Kind::float64:
        return Value::float64(real_of<double>(json));
      case Kind::string:
        return json.is_string() ? json : Value();
      case Kind::bytes: {
        if (!json.is_string()) {
          return Value();
        }
        const auto bytes = java::parse_base64(json.text());
        return bytes ? Result<Value>(Value::bytes(arena_.copy(*bytes))) : bad_record("Invalid bytes field");
      }
      case Kind::array:
        return array(schema, json, in_struct);
      case Kind::map:
        return map(schema, json, in_struct);
      default:
        return structure(schema, json);
    }
  }

  Result<Value> array(const weir_schema* schema, const Value& json, bool in_struct) {
    const std::size_t count = json.is_array() || json.is_object() ? json.count : 0;
    auto* items = arena_.array<weir_value>(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Value& from = json.is_array() ? json.items()[i] : json.members()[i].item();
      auto item = convert(schema->values, &from, in_struct);
      if (!item) {
        return item;
      }
      items[i] = *item;
    }
    return Value::array(items, count);
  }

  Result<Value> map(const weir_schema* schema, const Value& json, bool in_struct) {
    auto* members = arena_.array<weir_member>(json.is_object() || json.is_array() ? json.count : 0);
    if (schema->keys == nullptr || schema->keys->type == WEIR_KIND_STRING) {
      if (!json.is_object()) {
        return bad_record(text({"Maps with string fields should be encoded as JSON objects, but found ", node_type(json)}));
      }
      for (std::size_t i = 0; i < json.count; ++i) {
        auto item = convert(schema->values, &json.members()[i].item(), in_struct);
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
      auto key = convert(schema->keys, &pair.items()[0], in_struct);
      if (!key) {
        return key;
      }
      auto item = convert(schema->values, &pair.items()[1], in_struct);
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
      auto item = convert(field.schema, found, true);
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

Result<std::int32_t> decimal_scale(const weir_schema* schema) {
  for (std::size_t i = 0; i < schema->parameter_count; ++i) {
    if (text_of(schema->parameters[i].key) != "scale") {
      continue;
    }
    std::string_view digits = text_of(schema->parameters[i].value);
    if (digits.size() > 1 && digits.front() == '+') {
      digits.remove_prefix(1);
    }
    std::int32_t scale = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), scale);
    if (ec == std::errc{} && end == digits.data() + digits.size()) {
      return scale;
    }
    return bad_record("Invalid scale parameter found in Decimal schema: ");
  }
  return bad_record("Invalid Decimal schema: scale parameter not found.");
}

Result<Value> value_from_json(const weir_schema* schema, const Value* json, Arena arena, const JsonRules& rules) {
  return FromJson(arena, rules).convert(schema, json, false);
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
    if (const Value* v = member(json, "version"); v != nullptr && whole(*v)) {
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
    auto value = FromJson(arena_, rules_).convert(without, fallback, true);
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

Result<void> logical_to_json(Logical logical, const weir_schema* schema, const Value& v, json::detail::ArenaWriter& out,
                             const JsonRules& rules) {
  if (logical == Logical::decimal) {
    if (!v.is(Kind::decimal)) {
      return bad_record(text({"Invalid type for Decimal, expected BigDecimal but was class ", connect::java_class(v)}));
    }
    if (rules.numeric_decimals) {
      out.raw(v.text());
      return {};
    }
    const auto scale = decimal_scale(schema);
    if (!scale) {
      return scale.error();
    }
    const auto d = java::parse_decimal(v.text());
    if (!d) {
      return bad_record("not a decimal: " + std::string(v.text()));
    }
    if (d->scale != *scale) {
      return bad_record("Decimal value has mismatching scale for given Decimal schema. Schema has scale " +
                        std::to_string(*scale) + ", value has scale " + std::to_string(d->scale) + ".");
    }
    out.base64(java::unscaled_bytes(*d));
    return {};
  }
  const std::string_view word = logical == Logical::date   ? "Date"
                                : logical == Logical::time ? "Time"
                                                           : "Timestamp";
  if (!v.is(Kind::timestamp)) {
    return bad_record(text({"Invalid type for ", word, ", expected Date but was class ", connect::java_class(v)}));
  }
  const std::int64_t ms = v.as.i64;
  if (logical == Logical::date && ms % java::kDayMs != 0) {
    return bad_record("Kafka Connect Date type should not have any time fields set to non-zero values.");
  }
  if (logical == Logical::time && (ms < 0 || ms > java::kDayMs)) {
    return bad_record("Kafka Connect Time type should not have any date fields set to non-zero values.");
  }
  out.integer(logical == Logical::date ? static_cast<std::int32_t>(ms / java::kDayMs) : ms);
  return {};
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
  const bool named = structure || (schema->keys != nullptr && schema->keys->type == WEIR_KIND_STRING);
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
    return logical_to_json(logical, schema, value, out, rules);
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
                            const weir_bytes& field_name) {
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
    if (auto done = schema_to_json(schema->keys, out, rules); !done) {
      return done;
    }
  }
  if (schema->type == WEIR_KIND_MAP || schema->type == WEIR_KIND_ARRAY) {
    out.raw(schema->type == WEIR_KIND_MAP ? ",\"values\":" : ",\"items\":");
    if (auto done = schema_to_json(schema->values, out, rules); !done) {
      return done;
    }
  }
  if (schema->type == WEIR_KIND_STRUCT) {
    out.raw(",\"fields\":[");
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      if (i > 0) {
        out.put(',');
      }
      if (auto done = schema_to_json(schema->fields[i].schema, out, rules, schema->fields[i].name); !done) {
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
