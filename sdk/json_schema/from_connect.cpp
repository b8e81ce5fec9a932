#include <weir/json_schema/from_connect.hpp>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>
#include <weir/json.hpp>
#include <weir/json_connect.hpp>
#include <weir/json_schema/document.hpp>
#include <weir/json_schema/values.hpp>

namespace weir::json_schema {
namespace {

const weir_bytes* parameter(const weir_schema& schema, std::string_view name) noexcept {
  for (std::size_t i = 0; i < schema.parameter_count; ++i) {
    if (text_of(schema.parameters[i].key) == name) {
      return &schema.parameters[i].value;
    }
  }
  return nullptr;
}

// 1.0 as 1 and 1.50 as 1.5, as org.json writes numbers; texts are left alone.
std::string short_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"') {
      const std::size_t start = i++;
      while (i < text.size() && text[i] != '"') {
        i += text[i] == '\\' ? 2 : 1;
      }
      i = std::min(i + 1, text.size());
      out.append(text.substr(start, i - start));
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("+-.0123456789eE", i), text.size());
    std::string_view number = text.substr(i, end - i);
    if (number.find('.') != std::string_view::npos && number.find_first_of("eE") == std::string_view::npos) {
      number = number.substr(0, number.find_last_not_of('0') + 1);
      number = number.substr(0, number.size() - (number.back() == '.' ? 1 : 0));
    }
    out.append(number);
    if (end < text.size() && text[end] != '"') {
      out += text[end];
      i = end + 1;
    } else {
      i = end;
    }
  }
  return out;
}

class Writer {
 public:
  explicit Writer(const Options& options) : options_(options), out_(json::detail::ArenaBuffer(memory_.view())) {}

  Result<std::string> run(const weir_schema& schema) {
    if (auto done = write(schema, {}, false, false, 0); !done) {
      return done.error();
    }
    return std::string(out_.finish());
  }

 private:
  using Index = std::optional<std::size_t>;

  /// Members of one JSON object: commas, and names.
  class Object {
   public:
    explicit Object(json::detail::ArenaWriter& out) : out_(out) { out_.put('{'); }
    ~Object() { out_.put('}'); }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    json::detail::ArenaWriter& name(std::string_view text) {
      out_.raw(first_ ? "\"" : ",\"");
      first_ = false;
      out_.raw(text);
      out_.raw("\":");
      return out_;
    }
    void text(std::string_view key, std::string_view value) { name(key).string(value); }

   private:
    json::detail::ArenaWriter& out_;
    bool first_{true};
  };

  // A reference to what has an id and stands in the document already.
  bool refers(const weir_schema& schema) {
    const weir_bytes* id = parameter(schema, kIdParameter);
    if (id == nullptr || ids_.count(std::string(text_of(*id))) == 0) {
      return false;
    }
    Object object(out_);
    object.text("$ref", text_of(*id));
    return true;
  }

  /// required: as if it were not optional (a branch of a union, or what stands beside null); bare: without the null.
  Result<void> write(const weir_schema& schema, Index index, bool required, bool in_union, int depth) {
    if (depth > kMaxSchemaDepth) {
      return bad_record("The schema is nested deeper than " + std::to_string(kMaxSchemaDepth) +
                        ", or contains itself without an id: it cannot become a JSON Schema");
    }
    const weir_bytes* id = parameter(schema, kIdParameter);
    if (id != nullptr) {
      ids_.insert(std::string(text_of(*id)));
    }
    const bool optional = !required && view(&schema)->optional();
    if (schema.type == WEIR_KIND_STRUCT && is_union(schema)) {
      return one_of(schema, index, id, optional, depth);
    }
    if (optional && !in_union) {
      Object object(out_);
      object.name("oneOf").raw("[{\"type\":\"null\"},");
      if (auto done = body(schema, {}, id, depth); !done) {
        return done;
      }
      out_.put(']');
      tail(object, index, nullptr);
      return {};
    }
    return body(schema, index, id, depth);
  }

  void tail(Object& object, Index index, const weir_bytes* id) {
    if (index) {
      object.name("connect.index").integer(static_cast<std::int64_t>(*index));
    }
    if (id != nullptr) {
      object.text("$id", text_of(*id));
    }
  }

  Result<void> one_of(const weir_schema& schema, Index index, const weir_bytes* id, bool optional, int depth) {
    Object object(out_);
    object.name("oneOf").put('[');
    if (optional) {
      out_.raw("{\"type\":\"null\"}");
    }
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      if (optional || i > 0) {
        out_.put(',');
      }
      if (auto done = write(*schema.fields[i].schema, i, true, true, depth + 1); !done) {
        return done;
      }
    }
    out_.put(']');
    tail(object, index, id);
    return {};
  }

  Result<void> body(const weir_schema& schema, Index index, const weir_bytes* id, int depth) {
    Object object(out_);
    if (auto done = type(schema, object, depth); !done) {
      return done;
    }
    if (schema.name.data != nullptr) {
      object.text("title", text_of(schema.name));
    }
    if (view(&schema)->has_version()) {
      object.name("connect.version").integer(schema.version);
    }
    if (schema.doc.data != nullptr) {
      object.text("description", text_of(schema.doc));
    }
    parameters(schema, object);
    if (schema.default_value != nullptr) {
      OwnedArena own(1024);  // out_ holds the end of memory_
      json::detail::ArenaWriter text{json::detail::ArenaBuffer(own.view())};
      if (auto done = value_to_json(&schema, Value(*schema.default_value), text, options_); !done) {
        return bad_record("Invalid default value: " + done.error().message);
      }
      object.name("default").raw(short_numbers(text.finish()));
    }
    tail(object, index, id);
    return {};
  }

  void parameters(const weir_schema& schema, Object& object) {
    std::vector<const weir_pair*> kept;
    for (std::size_t i = 0; i < schema.parameter_count; ++i) {
      if (!text_of(schema.parameters[i].key).starts_with(kOwnNames)) {
        kept.push_back(&schema.parameters[i]);
      }
    }
    if (kept.empty()) {
      return;
    }
    object.name("connect.parameters").put('{');
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (i > 0) {
        out_.put(',');
      }
      out_.string(text_of(kept[i]->key));
      out_.put(':');
      out_.string(text_of(kept[i]->value));
    }
    out_.put('}');
  }

  Result<void> type(const weir_schema& schema, Object& object, int depth) {
    const auto number = [&](const char* word, const char* connect) {
      object.text("type", word);
      object.text("connect.type", connect);
    };
    switch (static_cast<Kind>(schema.type)) {
      case Kind::int8: number("integer", "int8"); return {};
      case Kind::int16: number("integer", "int16"); return {};
      case Kind::int32: number("integer", "int32"); return {};
      case Kind::int64: number("integer", "int64"); return {};
      case Kind::float32: number("number", "float32"); return {};
      case Kind::float64: number("number", "float64"); return {};
      case Kind::boolean: object.text("type", "boolean"); return {};
      case Kind::bytes: {
        const bool decimal = connect_json::logical_of(&schema) == connect_json::Logical::decimal;
        number(decimal && options_.numeric_decimals ? "number" : "string", "bytes");
        return {};
      }
      case Kind::array:
        object.text("type", "array");
        object.name("items");
        return schema.values == nullptr || refers(*schema.values) ? Result<void>()
                                                                  : write(*schema.values, {}, false, false, depth + 1);
      case Kind::map: return map(schema, object, depth);
      case Kind::structure: return structure(schema, object, depth);
      default: break;
    }
    const char* const key = options_.generalized_sum_types ? kGeneralEnum : kEnumParameter;
    if (parameter(schema, kGeneralEnum) == nullptr && parameter(schema, kEnumParameter) == nullptr) {
      object.text("type", "string");
      return {};
    }
    const std::string prefix = std::string(key) + ".";
    object.name("enum").put('[');
    bool first = true;
    for (std::size_t i = 0; i < schema.parameter_count; ++i) {
      const std::string_view name = text_of(schema.parameters[i].key);
      if (!name.starts_with(prefix)) {
        continue;
      }
      if (!first) {
        out_.put(',');
      }
      first = false;
      const std::string_view symbol = name.substr(prefix.size());
      if (symbol == kNullMarker) {
        out_.raw("null");
      } else {
        out_.string(symbol);
      }
    }
    out_.put(']');
    return {};
  }

  Result<void> map(const weir_schema& schema, Object& object, int depth) {
    if (schema.keys == nullptr || schema.values == nullptr) {
      return bad_record("A map's schema has no keys or values");
    }
    const bool text = schema.keys->type == WEIR_KIND_STRING && !view(schema.keys)->optional();
    object.text("type", text ? "object" : "array");
    object.text("connect.type", "map");
    if (text) {
      object.name("additionalProperties");
      return write(*schema.values, {}, false, false, depth + 1);
    }
    object.name("items").raw("{\"type\":\"object\",\"properties\":{\"key\":");
    if (auto done = write(*schema.keys, 0, false, false, depth + 1); !done) {
      return done;
    }
    out_.raw(",\"value\":");
    if (auto done = write(*schema.values, 1, false, false, depth + 1); !done) {
      return done;
    }
    out_.raw("}}");
    return {};
  }

  Result<void> structure(const weir_schema& schema, Object& object, int depth) {
    object.text("type", "object");
    if (schema.field_count > 0) {
      object.name("properties").put('{');
    }
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      if (i > 0) {
        out_.put(',');
      }
      out_.string(text_of(schema.fields[i].name));
      out_.put(':');
      if (refers(*schema.fields[i].schema)) {
        continue;
      }
      if (auto done = write(*schema.fields[i].schema, i, false, false, depth + 1); !done) {
        return done;
      }
    }
    if (schema.field_count > 0) {
      out_.put('}');
    }
    if (!options_.object_additional_properties) {
      object.name("additionalProperties").raw("false");
    }
    return {};
  }

  const Options& options_;
  OwnedArena memory_;
  json::detail::ArenaWriter out_;
  std::set<std::string> ids_;
};

}  // namespace

Result<std::string> schema_text(const weir_schema& schema, const Options& options) {
  return Writer(options).run(schema);
}

}  // namespace weir::json_schema
