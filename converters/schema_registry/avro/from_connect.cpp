#include "from_connect.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>
#include <weir/connect_text.hpp>
#include <weir/java_date.hpp>
#include <weir/java_text.hpp>

#include "latin1.hpp"
#include "names.hpp"
#include "scrub.hpp"

namespace weir::converters::schema_registry::avro {
namespace {

constexpr int kMaxDepth = 200;
constexpr std::size_t kMaxTypes = 100'000;

bool same_text(weir_bytes a, weir_bytes b) noexcept {
  return (a.data == nullptr) == (b.data == nullptr) && text_of(a) == text_of(b);
}

bool same_value(const Value& a, const Value& b) {
  if (a.type() != b.type()) {
    return false;
  }
  switch (a.type()) {
    case Kind::null: return true;
    case Kind::float32:
    case Kind::float64:
      return a.as_real() == b.as_real() || (std::isnan(a.as_real()) && std::isnan(b.as_real()));
    case Kind::string:
    case Kind::bytes:
    case Kind::decimal:
    case Kind::lazy: return a.text() == b.text();
    case Kind::array:
      if (a.count != b.count) {
        return false;
      }
      for (std::uint32_t i = 0; i < a.count; ++i) {
        if (!same_value(a.items()[i], b.items()[i])) {
          return false;
        }
      }
      return true;
    case Kind::map:
    case Kind::structure:
      if (a.count != b.count) {
        return false;
      }
      for (std::uint32_t i = 0; i < a.count; ++i) {
        if (!same_value(a.members()[i].name(), b.members()[i].name()) ||
            !same_value(a.members()[i].item(), b.members()[i].item())) {
          return false;
        }
      }
      return true;
    default: return a.as_integer() == b.as_integer();
  }
}

/// ConnectSchema.equals; at the top without regard to optional.
bool same_schema(const weir_schema& a, const weir_schema& b, bool top) {
  if (&a == &b) {
    return true;
  }
  const std::uint32_t mask =
      WEIR_SCHEMA_HAS_VERSION | (top ? 0u : std::uint32_t{WEIR_SCHEMA_OPTIONAL});
  if (a.type != b.type || (a.flags & mask) != (b.flags & mask) ||
      ((a.flags & WEIR_SCHEMA_HAS_VERSION) != 0 && a.version != b.version) ||
      !same_text(a.name, b.name) || !same_text(a.doc, b.doc) ||
      a.parameter_count != b.parameter_count || a.field_count != b.field_count ||
      (a.keys == nullptr) != (b.keys == nullptr) ||
      (a.values == nullptr) != (b.values == nullptr) ||
      (a.default_value == nullptr) != (b.default_value == nullptr)) {
    return false;
  }
  for (std::size_t i = 0; i < a.parameter_count; ++i) {
    if (!same_text(parameter_of(b, text_of(a.parameters[i].key)), a.parameters[i].value)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < a.field_count; ++i) {
    if (text_of(a.fields[i].name) != text_of(b.fields[i].name) ||
        !same_schema(*a.fields[i].schema, *b.fields[i].schema, false)) {
      return false;
    }
  }
  return (a.keys == nullptr || same_schema(*a.keys, *b.keys, false)) &&
         (a.values == nullptr || same_schema(*a.values, *b.values, false)) &&
         (a.default_value == nullptr || same_value(*static_cast<const Value*>(a.default_value),
                                                   *static_cast<const Value*>(b.default_value)));
}

std::optional<std::int32_t> number_of(weir_bytes text) noexcept {
  const std::string_view t = text_of(text);
  std::int32_t n = 0;
  const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), n);
  return ec == std::errc{} && end == t.data() + t.size() && !t.empty() ? std::optional(n)
                                                                       : std::nullopt;
}

class Builder {
 public:
  Builder(AvroSchema& out, const AvroOptions& options)
      : out_(out), options_(options), arena_(out.arena()) {}

  Result<const Node*> schema(const weir_schema& s, bool ignore_optional, int depth) {
    if (depth > kMaxDepth || ++made_ > kMaxTypes) {
      return bad_record("The schema is nested deeper than " + std::to_string(kMaxDepth) +
                        " or has more than " + std::to_string(kMaxTypes) + " types");
    }
    const bool optional = (s.flags & WEIR_SCHEMA_OPTIONAL) != 0;
    const Node* base = nullptr;
    const bool complex = s.type == WEIR_KIND_STRUCT || s.type == WEIR_KIND_MAP ||
                         s.type == WEIR_KIND_ARRAY || s.parameter_count > 0;
    const bool choice = is_union(s);
    if (complex && !choice) {
      for (const auto& [known, node] : known_) {
        if (same_schema(*known, s, true)) {
          base = node;
          break;
        }
      }
    }
    if (base == nullptr) {
      auto made = choice ? union_of(s, optional, depth) : base_of(s, depth);
      if (!made || choice) {
        return made;
      }
      base = *made;
      if (complex) {
        known_.emplace_back(&s, base);
      }
    }
    if (!optional || ignore_optional) {
      return base;
    }
    // A struct is null first, whatever its default.
    return with_null(*base, s.type == WEIR_KIND_STRUCT || s.default_value == nullptr);
  }

  const Node* anything() {
    Node& record = out_.make(Type::record);
    record.name = "Anything";
    record.space = kNamespace;
    record.full_name = kAnything;
    constexpr std::pair<std::string_view, Type> kFields[] = {
        {"boolean", Type::boolean},    {"bytes", Type::bytes}, {"double", Type::double_number},
        {"float", Type::float_number}, {"int", Type::integer}, {"long", Type::long_integer},
        {"string", Type::string}};
    for (const auto& [name, type] : kFields) {
      record.fields.push_back(nullable(name, out_.make(type)));
    }
    Node& array = out_.make(Type::array);
    array.items = &record;
    record.fields.push_back(nullable("array", array));
    Node& entry = out_.make(Type::record);
    entry.name = kMapEntry;
    entry.space = kNamespace;
    entry.full_name = "io.confluent.connect.avro.MapEntry";
    for (const std::string_view name : {std::string_view("key"), std::string_view("value")}) {
      entry.fields.emplace_back();
      entry.fields.back().name = name;
      entry.fields.back().type = &record;
    }
    Node& map = out_.make(Type::array);
    map.items = &entry;
    record.fields.push_back(nullable("map", map));
    return &record;
  }

 private:
  std::string_view keep(std::string_view text) { return arena_.copy(text); }
  std::string_view keep(weir_bytes text) { return arena_.copy(text_of(text)); }

  const Node* with_null(const Node& base, bool null_first) {
    Node& both = out_.make(Type::union_of);
    const Node& null = out_.make(Type::null);
    both.branches = null_first ? std::vector<const Node*>{&null, &base}
                               : std::vector<const Node*>{&base, &null};
    return &both;
  }

  Field nullable(std::string_view name, const Node& type) {
    Field field;
    field.name = name;
    field.type = with_null(type, true);
    field.default_value = kept_value(Value::null());
    return field;
  }
  const Value* kept_value(const Value& v) {
    auto* copy = arena_.array<weir_value>(1);
    *copy = v;
    return static_cast<const Value*>(copy);
  }

  Result<const Node*> union_of(const weir_schema& s, bool optional, int depth) {
    Node& node = out_.make(Type::union_of);
    if (optional) {
      node.branches.push_back(&out_.make(Type::null));
    }
    for (std::size_t i = 0; i < s.field_count; ++i) {
      auto branch = schema(*s.fields[i].schema, true, depth + 1);
      if (!branch) {
        return branch;
      }
      if ((*branch)->type == Type::union_of) {
        return bad_record("Nested union: field " + std::string(text_of(s.fields[i].name)) +
                          " of a union is a union");
      }
      for (const Node* other : node.branches) {
        if ((*branch)->named() ? other->full_name == (*branch)->full_name
                               : other->type == (*branch)->type) {
          return bad_record("Duplicate in union: " + (*branch)->shown());
        }
      }
      node.branches.push_back(*branch);
    }
    return static_cast<const Node*>(&node);
  }

  /// The type itself, without null.
  Result<const Node*> base_of(const weir_schema& s, int depth) {
    Node* node = nullptr;
    std::string_view connect_type;
    switch (s.type) {
      case WEIR_KIND_INT8:
        connect_type = "int8";
        node = &out_.make(Type::integer);
        break;
      case WEIR_KIND_INT16:
        connect_type = "int16";
        node = &out_.make(Type::integer);
        break;
      case WEIR_KIND_INT32: node = &out_.make(Type::integer); break;
      case WEIR_KIND_INT64: node = &out_.make(Type::long_integer); break;
      case WEIR_KIND_FLOAT32: node = &out_.make(Type::float_number); break;
      case WEIR_KIND_FLOAT64: node = &out_.make(Type::double_number); break;
      case WEIR_KIND_BOOLEAN: node = &out_.make(Type::boolean); break;
      case WEIR_KIND_STRING: {
        auto made = text(s);
        if (!made) {
          return made.error();
        }
        node = *made;
        break;
      }
      case WEIR_KIND_BYTES: {
        auto made = binary(s);
        if (!made) {
          return made.error();
        }
        node = *made;
        break;
      }
      case WEIR_KIND_ARRAY: {
        if (s.values == nullptr) {
          return bad_record("An array schema has no schema of its items");
        }
        node = &out_.make(Type::array);
        auto items = schema(*s.values, false, depth + 1);
        if (!items) {
          return items;
        }
        node->items = *items;
        break;
      }
      case WEIR_KIND_MAP: {
        auto made = map(s, depth);
        if (!made) {
          return made.error();
        }
        node = *made;
        break;
      }
      case WEIR_KIND_STRUCT: {
        auto made = record(s, depth);
        if (!made) {
          return made.error();
        }
        node = *made;
        break;
      }
      default: return bad_record("Unknown schema type: " + std::to_string(s.type));
    }
    if (auto done = properties(s, connect_type, *node); !done) {
      return done.error();
    }
    return static_cast<const Node*>(node);
  }

  Result<void> set_name(const weir_schema& s, Node& node) {
    std::string space(kNamespace);
    std::string name(kDefaultName);
    if (s.name.data != nullptr) {
      std::tie(space, name) = split_name(text_of(s.name), options_);
    } else if (++unnamed_ > 1) {
      name += std::to_string(unnamed_);
    }
    return put_name(space, name, node);
  }

  Result<void> put_name(std::string_view space, std::string_view name, Node& node) {
    if (!is_avro_name(name)) {
      return bad_record(
          "\"" + std::string(name) +
          "\" is not a name that Avro allows (letters, digits and _, a digit not first) for a " +
          std::string(to_string(node.type)) + "; scrub.invalid.names=true makes it one");
    }
    node.space = keep(space);
    node.name = keep(name);
    node.full_name =
        space.empty() ? node.name : keep(std::string(space).append(1, '.').append(name));
    return {};
  }

  Result<Node*> text(const weir_schema& s) {
    const bool wanted = (options_.generalized || options_.enhanced) &&
                        (has_parameter(s, kGeneralizedEnum) || has_parameter(s, kEnumParameter));
    const std::string_view key = options_.generalized ? kGeneralizedEnum : kEnumParameter;
    if (!wanted || !has_parameter(s, key)) {
      return &out_.make(Type::string);
    }
    Node& node = out_.make(Type::enumeration);
    const std::string_view full = text_of(parameter_of(s, key));
    const auto dot = full.rfind('.');
    const bool spaced = dot != std::string_view::npos;
    if (auto done =
            put_name(spaced ? full.substr(0, dot) : "", spaced ? full.substr(dot + 1) : full, node);
        !done) {
      return done.error();
    }
    const std::string prefix = std::string(key) + ".";
    for (std::size_t i = 0; i < s.parameter_count; ++i) {
      const std::string_view name = text_of(s.parameters[i].key);
      if (starts_with(name, prefix)) {
        const std::string_view symbol = keep(name.substr(prefix.size()));
        if (!is_avro_name(symbol)) {
          return bad_record("Illegal symbol \"" + std::string(symbol) + "\" of enum " +
                            std::string(full));
        }
        node.symbols.push_back(symbol);
      }
    }
    const std::string short_name = s.name.data == nullptr
                                       ? std::string(kDefaultName)
                                       : split_name(text_of(s.name), options_).second;
    const weir_bytes doc =
        parameter_of(s, options_.discard_doc_default ? std::string(kConnectEnumDoc)
                                                     : std::string(kEnumDoc) + short_name);
    if (doc.data != nullptr) {
      node.has_doc = true;
      node.doc = keep(doc);
    }
    if (!options_.discard_doc_default) {
      node.enum_default = keep(parameter_of(s, std::string(kEnumDefault) + short_name));
    }
    return &node;
  }

  Result<Node*> binary(const weir_schema& s) {
    const bool fixed = s.name.data != nullptr && has_parameter(s, kFixedSize);
    Node& node = out_.make(fixed ? Type::fixed : Type::bytes);
    if (fixed) {
      if (auto done = set_name(s, node); !done) {
        return done.error();
      }
      const auto size = number_of(parameter_of(s, kFixedSize));
      if (!size || *size < 0) {
        return bad_record("The parameter connect.fixed.size of schema " +
                          std::string(text_of(s.name)) + " is not a size");
      }
      node.size = static_cast<std::uint32_t>(*size);
    }
    if (text_of(s.name) == kDecimalName) {
      const auto scale = number_of(parameter_of(s, "scale"));
      if (!scale) {
        return bad_record("Invalid Decimal schema: scale parameter not found.");
      }
      std::int64_t precision = kDefaultPrecision;
      if (has_parameter(s, kDecimalPrecision)) {
        const auto own = number_of(parameter_of(s, kDecimalPrecision));
        if (!own) {
          return bad_record("The parameter connect.decimal.precision is not a number");
        }
        precision = *own;
      }
      node.properties.push_back({"scale", Value::int32(*scale)});
      node.properties.push_back({"precision", Value::int64(precision)});
    }
    return &node;
  }

  Result<Node*> map(const weir_schema& s, int depth) {
    if (s.keys == nullptr || s.values == nullptr) {
      return bad_record("A map schema has no schema of its keys or values");
    }
    if (text_keys(s)) {
      Node& node = out_.make(Type::map);
      auto values = schema(*s.values, false, depth + 1);
      if (!values) {
        return values.error();
      }
      node.items = *values;
      return &node;
    }
    Node& entry = out_.make(Type::record);
    if (s.name.data == nullptr) {
      // Java gives all of them one name, and with it a wrong schema to the second kind of entries.
      const auto kind = std::find_if(entries_.begin(), entries_.end(), [&](const auto& known) {
        return same_schema(*known.first, *s.keys, false) &&
               same_schema(*known.second, *s.values, false);
      });
      const auto number = kind - entries_.begin() + 1;
      if (kind == entries_.end()) {
        entries_.emplace_back(s.keys, s.values);
      }
      (void)put_name(
          kNamespace,
          number == 1 ? std::string(kMapEntry) : std::string(kMapEntry) + std::to_string(number),
          entry);
      if (number > 1) {
        entry.properties.push_back({kConnectInternalType, Value::string(kMapEntry)});
      }
    } else {
      if (auto done = set_name(s, entry); !done) {
        return done.error();
      }
      entry.properties.push_back({kConnectInternalType, Value::string(kMapEntry)});
    }
    for (const auto& [name, schema_of] :
         {std::pair<std::string_view, const weir_schema*>{"key", s.keys}, {"value", s.values}}) {
      if (auto done = add_field(entry, name, *schema_of, {}, depth); !done) {
        return done.error();
      }
    }
    Node& node = out_.make(Type::array);
    node.items = &entry;
    return &node;
  }

  bool text_keys(const weir_schema& map) const noexcept {
    return map.keys->type == WEIR_KIND_STRING &&
           (options_.optional_map_keys || (map.keys->flags & WEIR_SCHEMA_OPTIONAL) == 0);
  }

  Result<Node*> record(const weir_schema& s, int depth) {
    Node& node = out_.make(Type::record);
    if (auto done = set_name(s, node); !done) {
      return done.error();
    }
    const weir_bytes doc =
        parameter_of(s, options_.discard_doc_default ? kConnectRecordDoc : kRecordDoc);
    if (doc.data != nullptr) {
      node.has_doc = true;
      node.doc = keep(doc);
    }
    for (std::size_t i = 0; i < s.field_count; ++i) {
      const std::string_view name = text_of(s.fields[i].name);
      const weir_bytes field_doc = options_.discard_doc_default
                                       ? kAbsent
                                       : parameter_of(s, std::string(kFieldDoc).append(name));
      if (auto done =
              add_field(node, field_name(name, options_), *s.fields[i].schema, field_doc, depth);
          !done) {
        return Error{done.error().code, done.error().message + " (field " + std::string(name) +
                                            " of " + std::string(node.full_name) + ")"};
      }
    }
    return &node;
  }

  Result<void> add_field(Node& record, std::string_view name, const weir_schema& s, weir_bytes doc,
                         int depth) {
    if (!is_avro_name(name)) {
      return bad_record(
          "\"" + std::string(name) +
          "\" is not a name that Avro allows (letters, digits and _, a digit not first); "
          "scrub.invalid.names=true makes it one");
    }
    if (record.field(name) != nullptr) {
      return bad_record("Duplicate field " + std::string(name) + " in record " +
                        std::string(record.full_name));
    }
    const bool seen =
        s.name.data != nullptr && !seen_names_.insert(std::string(text_of(s.name))).second;
    auto type = schema(s, false, depth + 1);
    if (!type) {
      return type.error();
    }
    Field field;
    field.name = keep(name);
    field.type = *type;
    const weir_bytes text = options_.discard_doc_default ? s.doc : doc;
    if (text.data != nullptr) {
      field.has_doc = true;
      field.doc = keep(text);
    }
    if (s.default_value != nullptr) {
      auto json = default_of(s, *static_cast<const Value*>(s.default_value));
      if (!json) {
        return json.error();
      }
      const bool choice = field.type->type == Type::union_of && !field.type->branches.empty();
      if (fits(choice ? *field.type->branches[0] : *field.type, *json)) {
        field.default_value = kept_value(*json);
      }
    } else if ((s.flags & WEIR_SCHEMA_OPTIONAL) != 0) {
      field.default_value = kept_value(Value::null());
    }
    if (options_.connect_meta_data && seen && s.parameter_count > 0 && has_named(*field.type)) {
      const Value parameters = parameters_of(s);
      if (parameters.count > 0) {
        field.properties.push_back({kConnectParameters, parameters});
      }
    }
    record.fields.push_back(std::move(field));
    return {};
  }

  static bool has_named(const Node& node) {
    if (node.type != Type::union_of) {
      return node.named();
    }
    for (const Node* branch : node.branches) {
      if (branch->named()) {
        return true;
      }
    }
    return false;
  }

  Value parameters_of(const weir_schema& s) {
    ObjectBuilder out(arena_, s.parameter_count + 1);
    for (std::size_t i = 0; i < s.parameter_count; ++i) {
      if (options_.discard_doc_default || text_of(s.parameters[i].key) != kFieldDefault) {
        out.add(keep(s.parameters[i].key), Value::string(keep(s.parameters[i].value)));
      }
    }
    return out.map();
  }

  Result<void> properties(const weir_schema& s, std::string_view connect_type, Node& node) {
    auto put = [&](std::string_view key, const Value& value) {
      node.properties.push_back({key, value});
    };
    if (options_.connect_meta_data) {
      if (s.doc.data != nullptr) {
        put(kConnectDoc, Value::string(keep(s.doc)));
      }
      if ((s.flags & WEIR_SCHEMA_HAS_VERSION) != 0) {
        put(kConnectVersion, Value::int32(s.version));
      }
      if (s.parameter_count > 0) {
        const Value parameters = parameters_of(s);
        if (parameters.count > 0) {
          put(kConnectParameters, parameters);
        }
      }
      if (s.default_value != nullptr &&
          (options_.discard_doc_default || !has_parameter(s, kFieldDefault))) {
        auto json = default_of(s, *static_cast<const Value*>(s.default_value));
        if (!json) {
          return json.error();
        }
        put(kConnectDefault, *json);
      }
      if (s.name.data != nullptr) {
        put(kConnectName, Value::string(keep(s.name)));
      }
      if (!connect_type.empty()) {
        put(kConnectType, Value::string(connect_type));
      }
    }
    const std::string_view name = text_of(s.name);
    const std::string_view logical =
        name == kDecimalName && s.type == WEIR_KIND_BYTES     ? "decimal"
        : name == kTimeName && s.type == WEIR_KIND_INT32      ? "time-millis"
        : name == kTimestampName && s.type == WEIR_KIND_INT64 ? "timestamp-millis"
        : name == kDateName && s.type == WEIR_KIND_INT32      ? "date"
                                                              : "";
    if (!logical.empty()) {
      put("logicalType", Value::string(logical));
    }
    for (std::size_t i = 0; i < s.parameter_count; ++i) {
      const std::string_view key = text_of(s.parameters[i].key);
      if (starts_with(key, kAvroPrefix) && node.property(key) == nullptr) {
        put(keep(key), Value::string(keep(s.parameters[i].value)));
      }
    }
    return {};
  }

  // ---- defaults as JSON
  // --------------------------------------------------------------------------------------------

  static Error wrong_kind(const weir_schema& s, const Value& v) {
    return bad_record("Invalid type used for default value of " +
                      std::string(connect::type_name(s.type)) + " field: class " +
                      std::string(connect::java_class(v)));
  }

  Result<Value> default_of(const weir_schema& s, const Value& v) {
    if (v.is_null()) {
      return Value::null();
    }
    const std::string_view name = text_of(s.name);
    switch (s.type) {
      case WEIR_KIND_BOOLEAN: return v.is(Kind::boolean) ? Result<Value>(v) : wrong_kind(s, v);
      case WEIR_KIND_INT8:
      case WEIR_KIND_INT16:
      case WEIR_KIND_INT32:
      case WEIR_KIND_INT64:
        if (v.is(Kind::timestamp)) {
          return Value::int64(name == kDateName
                                  ? java::detail::floor_div(v.as_integer(), java::kDayMs)
                                  : v.as_integer());
        }
        return v.is_integer() ? Result<Value>(v) : wrong_kind(s, v);
      case WEIR_KIND_FLOAT32:
      case WEIR_KIND_FLOAT64: return v.is_real() ? Result<Value>(v) : wrong_kind(s, v);
      case WEIR_KIND_STRING:
        return v.is_string() ? Result<Value>(Value::string(keep(v.text()))) : wrong_kind(s, v);
      case WEIR_KIND_BYTES: {
        std::string raw(v.is_bytes() ? v.text() : "");
        if (v.is(Kind::decimal)) {
          const auto number = java::parse_decimal(v.text());
          if (!number) {
            return wrong_kind(s, v);
          }
          raw = java::unscaled_bytes(*number);
        } else if (!v.is_bytes()) {
          return wrong_kind(s, v);
        }
        return Value::string(keep(text_of_latin1(raw)));
      }
      case WEIR_KIND_ARRAY: {
        if (!v.is_array()) {
          return wrong_kind(s, v);
        }
        ArrayBuilder out(arena_, v.count + 1);
        for (const Value& item : v.items()) {
          auto json = default_of(*s.values, item);
          if (!json) {
            return json;
          }
          out.add(*json);
        }
        return out.array();
      }
      case WEIR_KIND_MAP: return default_map(s, v);
      case WEIR_KIND_STRUCT: return default_struct(s, v);
      default: return wrong_kind(s, v);
    }
  }

  Result<Value> default_map(const weir_schema& s, const Value& v) {
    if (!v.is(Kind::map)) {
      return wrong_kind(s, v);
    }
    ObjectBuilder object(arena_, v.count + 1);
    ArrayBuilder pairs(arena_, v.count + 1);
    for (const Member& m : v.members()) {
      auto key = default_of(*s.keys, m.name());
      auto value = key ? default_of(*s.values, m.item()) : key;
      if (!value) {
        return value;
      }
      if (text_keys(s)) {
        object.add_member(*key, *value);
      } else {
        ArrayBuilder pair(arena_, 2);
        pairs.add(pair.add(*key).add(*value).array());
      }
    }
    return text_keys(s) ? object.map() : pairs.array();
  }

  Result<Value> default_struct(const weir_schema& s, const Value& v) {
    if (!v.is(Kind::structure)) {
      return wrong_kind(s, v);
    }
    ObjectBuilder out(arena_, s.field_count + 1);
    for (std::size_t i = 0; i < s.field_count; ++i) {
      const Value* member = v.find(text_of(s.fields[i].name));
      auto json = default_of(*s.fields[i].schema, member != nullptr ? *member : Value::null());
      if (!json) {
        return json;
      }
      if (is_union(s)) {
        if (!json->is_null() || i + 1 == s.field_count) {
          return json;
        }
        continue;
      }
      out.add(keep(field_name(text_of(s.fields[i].name), options_)), *json);
    }
    return out.map();
  }

  /// Avro's rule for defaults of fields: that of a union is one of its first type, inside a default
  /// any type will do. Others are left out, as AvroData does.
  static bool fits(const Node& node, const Value& json) {
    switch (node.type) {
      case Type::null: return json.is_null();
      case Type::boolean: return json.is(Kind::boolean);
      case Type::integer:
        return json.is_integer() && json.as_integer() >= INT32_MIN &&
               json.as_integer() <= INT32_MAX;
      case Type::long_integer: return json.is_integer();
      case Type::float_number:
      case Type::double_number:
        return json.is_integer() || (json.is_real() && std::isfinite(json.as_real()));
      case Type::bytes:
      case Type::string:
      case Type::enumeration:
      case Type::fixed: return json.is_string();
      case Type::array:
        if (!json.is_array()) {
          return false;
        }
        for (const Value& item : json.items()) {
          if (!fits(*node.items, item)) {
            return false;
          }
        }
        return true;
      case Type::map:
        if (!json.is_object()) {
          return false;
        }
        for (const Member& m : json.members()) {
          if (!fits(*node.items, m.item())) {
            return false;
          }
        }
        return true;
      case Type::record:
        if (!json.is_object()) {
          return false;
        }
        for (const Field& field : node.fields) {
          const Value* member = json.find(field.name);
          if (member == nullptr ? field.default_value == nullptr : !fits(*field.type, *member)) {
            return false;
          }
        }
        return true;
      case Type::union_of:
        return std::any_of(node.branches.begin(), node.branches.end(),
                           [&](const Node* branch) { return fits(*branch, json); });
    }
    return false;
  }

  AvroSchema& out_;
  const AvroOptions& options_;
  Arena arena_;
  std::vector<std::pair<const weir_schema*, const Node*>> known_;
  std::set<std::string> seen_names_;
  std::vector<std::pair<const weir_schema*, const weir_schema*>>
      entries_;  // keys and values of maps without a name
  std::size_t made_{0};
  int unnamed_{0};
};

}  // namespace

Result<std::unique_ptr<AvroSchema>> from_connect(const weir_schema* schema,
                                                 const AvroOptions& options) {
  auto out = std::make_unique<AvroSchema>();
  Builder builder(*out, options);
  if (schema == nullptr) {
    out->set_root(*builder.anything());
    return out;
  }
  auto root = builder.schema(*schema, false, 0);
  if (!root) {
    return root.error();
  }
  out->set_root(**root);
  return out;
}

}  // namespace weir::converters::schema_registry::avro
