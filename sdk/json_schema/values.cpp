#include <weir/json_schema/values.hpp>

#include <string>
#include <string_view>
#include <weir/connect_text.hpp>
#include <weir/java_map.hpp>
#include <weir/json_connect.hpp>

namespace weir::json_schema {
namespace {

using connect_json::Logical;

bool has_parameter(const weir_schema& schema, std::string_view name) noexcept {
  for (std::size_t i = 0; i < schema.parameter_count; ++i) {
    if (text_of(schema.parameters[i].key) == name) {
      return true;
    }
  }
  return false;
}

Error data_error(std::string_view text, std::string_view found) { return bad_record(std::string(text).append(found)); }

// Text keys that cannot be null make a JSON object; all others a list of entries.
bool object_mode(const weir_schema& map) noexcept {
  return map.keys != nullptr && map.keys->type == WEIR_KIND_STRING && !view(map.keys)->optional();
}

bool is_number(const Value& json) noexcept { return json.is(Kind::int64) || json.is(Kind::decimal); }

// Whether a member of a union takes such a value, structs apart.
bool takes(const weir_schema& schema, const Value& json) noexcept {
  switch (static_cast<Kind>(schema.type)) {
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64: return connect_json::whole(json);
    case Kind::float32:
    case Kind::float64: return is_number(json);
    case Kind::boolean: return json.is_boolean();
    case Kind::string: return json.is_string();
    case Kind::bytes: return json.is(Kind::decimal);
    case Kind::array: return json.is_array();
    case Kind::map: return json.is_object() || json.is_array();
    default: return false;
  }
}

// How many members of the object a struct has fields for, inside too.
int matching(const weir_schema& schema, const Value& json, int depth) {
  if (schema.type != WEIR_KIND_STRUCT || !json.is_object() || depth > 100) {
    return 0;
  }
  int count = 0;
  for (const weir_field& field : view(&schema)->field_list()) {
    if (const Value* member = json.find(text_of(field.name))) {
      count += 1 + matching(*field.schema, *member, depth + 1);
    }
  }
  return count;
}

class FromJson {
 public:
  explicit FromJson(Arena arena) : arena_(arena) {}

  Result<Value> convert(const weir_schema* schema, const Value* json) {
    if (schema == nullptr) {
      return json == nullptr ? Value() : connect_json::schemaless(*json);
    }
    if (json == nullptr || json->is_null()) {
      if (schema->default_value != nullptr) {
        return Value(*schema->default_value);
      }
      if (json == nullptr || view(schema)->optional()) {
        return Value();
      }
      return bad_record("Invalid null value for required " + std::string(connect::type_name(schema->type)) + " field");
    }
    if (const Logical logical = connect_json::logical_of(schema); logical != Logical::none) {
      return connect_json::logical_from_json(logical, schema, *json, arena_);
    }
    switch (static_cast<Kind>(schema->type)) {
      case Kind::array: return array(*schema, *json);
      case Kind::map: return map(*schema, *json);
      case Kind::structure: return is_union(*schema) ? choose(*schema, *json) : structure(*schema, *json);
      case Kind::bytes:
        if (is_number(*json)) {
          return bad_record("Invalid bytes field");
        }
        [[fallthrough]];
      default: return connect_json::scalar_from_json(schema, *json, arena_);
    }
  }

 private:
  Result<Value> array(const weir_schema& schema, const Value& json) {
    const std::size_t count = json.is_array() || json.is_object() ? json.count : 0;
    auto* items = arena_.array<weir_value>(count);
    for (std::size_t i = 0; i < count; ++i) {
      auto item = convert(schema.values, json.is_array() ? &json.items()[i] : &json.members()[i].item());
      if (!item) {
        return item;
      }
      items[i] = *item;
    }
    return Value::array(items, count);
  }

  Result<Value> map(const weir_schema& schema, const Value& json) {
    if (object_mode(schema)) {
      if (!json.is_object()) {
        return data_error("Maps with string fields should be encoded as JSON objects, but found ",
                          connect_json::node_type(json));
      }
      auto* members = arena_.array<weir_member>(json.count);
      for (std::size_t i = 0; i < json.count; ++i) {
        auto item = convert(schema.values, &json.members()[i].item());
        if (!item) {
          return item;
        }
        members[i] = {json.members()[i].key, *item};
      }
      return Value::map(members, json.count);
    }
    if (!json.is_array()) {
      return data_error("Maps with non-string fields should be encoded as JSON array of objects, but found ",
                        connect_json::node_type(json));
    }
    auto* members = arena_.array<weir_member>(json.count);
    for (std::size_t i = 0; i < json.count; ++i) {
      const Value& entry = json.items()[i];
      if (!entry.is_object()) {
        return data_error("Found invalid map entry instead of object: ", connect_json::node_type(entry));
      }
      if (entry.count != 2) {
        return data_error("Found invalid map entry, expected length 2 but found :", std::to_string(entry.count));
      }
      auto key = convert(schema.keys, entry.find("key"));
      if (!key) {
        return key;
      }
      auto value = convert(schema.values, entry.find("value"));
      if (!value) {
        return value;
      }
      members[i] = {*key, *value};
    }
    return Value::map(members, java::as_hash_map({members, json.count}));
  }

  Result<Value> structure(const weir_schema& schema, const Value& json) {
    if (!json.is_object()) {
      return data_error("Structs should be encoded as JSON objects, but found ", connect_json::node_type(json));
    }
    auto* members = arena_.array<weir_member>(schema.field_count);
    std::size_t guess = 0;  // members usually come in the schema's order
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      const weir_field& field = schema.fields[i];
      const std::string_view name = text_of(field.name);
      const Value* found = nullptr;
      if (guess < json.count && json.members()[guess].name().text() == name) {
        found = &json.members()[guess++].item();
      } else {
        found = json.find(name);
      }
      auto item = convert(field.schema, found);
      if (!item) {
        return item;
      }
      members[i] = {Value::string(name), *item};
    }
    return Value::structure(members, schema.field_count);
  }

  // The first member of a simple type that takes the value; else the struct with most fields for it.
  Result<Value> choose(const weir_schema& schema, const Value& json) {
    std::size_t best = schema.field_count;
    int most = 0;
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      if (takes(*schema.fields[i].schema, json)) {
        best = i;
        break;
      }
      if (const int count = matching(*schema.fields[i].schema, json, 0); count > most) {
        most = count;
        best = i;
      }
    }
    if (best == schema.field_count) {
      return bad_record("Did not find matching oneof field for data");
    }
    auto item = convert(schema.fields[best].schema, &json);
    if (!item) {
      return item;
    }
    auto* members = arena_.array<weir_member>(schema.field_count);
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      members[i] = {Value::string(text_of(schema.fields[i].name)), i == best ? *item : Value()};
    }
    return Value::structure(members, schema.field_count);
  }

  Arena arena_;
};

class ToJson {
 public:
  ToJson(json::detail::ArenaWriter& out, const Options& options) : out_(out), options_(options) {}

  Result<void> write(const weir_schema* schema, const Value& value, std::uint32_t depth) {
    if (depth > json::kMaxDepth) {
      return bad_record("The value is nested deeper than " + std::to_string(json::kMaxDepth));
    }
    if (schema == nullptr) {
      return out_.value(value) ? Result<void>() : bad_record("The value cannot be written as JSON");
    }
    if (value.is_null()) {
      if (const Value* fallback = fallback_of(*schema)) {
        return write(schema, *fallback, depth + 1);
      }
      out_.raw("null");
      return {};
    }
    if (const Logical logical = connect_json::logical_of(schema); logical != Logical::none) {
      return connect_json::logical_to_json(logical, schema, value, out_, options_.numeric_decimals);
    }
    if (value.is_lazy() && schema->type == (*value.as.text == '[' ? WEIR_KIND_ARRAY : WEIR_KIND_MAP)) {
      out_.raw(value.text());
      return {};
    }
    if (value.kind != schema->type) {
      return bad_record("Invalid type for " + std::string(connect::type_name(schema->type)) + ": class " +
                        std::string(connect::java_class(value)));
    }
    switch (static_cast<Kind>(schema->type)) {
      case Kind::array: return array(*schema, value, depth);
      case Kind::map: return map(*schema, value, depth);
      case Kind::structure: return structure(*schema, value, depth);
      default: (void)out_.value(value); return {};
    }
  }

 private:
  const Value* fallback_of(const weir_schema& schema) const noexcept {
    return options_.ignore_default_for_nullables ? nullptr : view(&schema)->default_or_null();
  }

  // null without default or option: Kafka Connect writes nothing for it.
  bool absent(const weir_schema& schema, const Value& value) const noexcept {
    return value.is_null() && fallback_of(schema) == nullptr && !view(&schema)->optional();
  }

  Result<void> array(const weir_schema& schema, const Value& value, std::uint32_t depth) {
    out_.put('[');
    for (std::uint32_t i = 0; i < value.count; ++i) {
      if (i > 0) {
        out_.put(',');
      }
      if (auto done = write(schema.values, value.items()[i], depth + 1); !done) {
        return done;
      }
    }
    out_.put(']');
    return {};
  }

  Result<void> map(const weir_schema& schema, const Value& value, std::uint32_t depth) {
    const bool object = object_mode(schema);
    out_.put(object ? '{' : '[');
    for (std::uint32_t i = 0; i < value.count; ++i) {
      const Member& m = value.members()[i];
      if (i > 0) {
        out_.put(',');
      }
      if (object) {
        if (!m.name().is_string()) {
          return bad_record("Invalid type for STRING: class " + std::string(connect::java_class(m.name())));
        }
        out_.string(m.name().text());
        out_.put(':');
      } else {
        out_.raw("{\"key\":");
        if (auto done = write(schema.keys, m.name(), depth + 1); !done) {
          return done;
        }
        out_.raw(",\"value\":");
      }
      if (auto done = write(schema.values, m.item(), depth + 1); !done) {
        return done;
      }
      if (!object) {
        out_.put('}');
      }
    }
    out_.put(object ? '}' : ']');
    return {};
  }

  Result<void> structure(const weir_schema& schema, const Value& value, std::uint32_t depth) {
    if (value.count != schema.field_count) {
      return bad_record("Mismatching schema.");
    }
    if (is_union(schema)) {
      for (std::uint32_t i = 0; i < value.count; ++i) {
        const weir_schema* own = schema.fields[i].schema;
        if (!value.members()[i].item().is_null() || fallback_of(*own) != nullptr) {
          return write(own, value.members()[i].item(), depth + 1);
        }
      }
      out_.raw("null");
      return {};
    }
    out_.put('{');
    bool first = true;
    for (std::uint32_t i = 0; i < value.count; ++i) {
      const weir_schema* own = schema.fields[i].schema;
      const Value& item = value.members()[i].item();
      if (absent(*own, item)) {
        continue;
      }
      if (!first) {
        out_.put(',');
      }
      first = false;
      out_.string(text_of(schema.fields[i].name));
      out_.put(':');
      if (auto done = write(own, item, depth + 1); !done) {
        return done;
      }
    }
    out_.put('}');
    return {};
  }

  json::detail::ArenaWriter& out_;
  const Options& options_;
};

}  // namespace

bool is_union(const weir_schema& schema) noexcept {
  return text_of(schema.name) == kUnionName || has_parameter(schema, kGeneralUnion);
}

Result<Value> value_from_json(const weir_schema* schema, const Value* json, Arena arena) {
  return FromJson(arena).convert(schema, json);
}

Result<void> value_to_json(const weir_schema* schema, const Value& value, json::detail::ArenaWriter& out,
                           const Options& options) {
  return ToJson(out, options).write(schema, value, 0);
}

}  // namespace weir::json_schema
