#include "to_connect.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <weir/connect_text.hpp>
#include <weir/java_date.hpp>
#include <weir/json.hpp>

#include "decoder.hpp"
#include "latin1.hpp"
#include "names.hpp"

namespace weir::converters::schema_registry::avro {
namespace {

constexpr std::size_t kMaxWeight = 100'000;  // types of a schema with all named ones written out

/// As AvroData reads "scale" and "precision": any number.
std::optional<std::int32_t> number_property(const Node& node, std::string_view key) {
  const Value* v = node.property(key);
  if (v == nullptr || !v->is_integer() || v->as_integer() < INT32_MIN ||
      v->as_integer() > INT32_MAX) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(v->as_integer());
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return low(x) == low(y);
  });
}

}  // namespace

/// One call of ToConnect::make.
class SchemaMapper {
 public:
  explicit SchemaMapper(ToConnect& owner)
      : owner_(owner), options_(owner.options_), arena_(owner.memory_.view()) {}

  Result<ReadSchema> root(const Node& node, std::optional<std::int32_t> version) {
    if (is_anything(node)) {
      ReadPlan& plan = add(ReadOp::anything);
      plan.min_bytes = 9;
      return ReadSchema{nullptr, &plan};
    }
    auto mapped = map(node, {.version = version});
    if (!mapped) {
      return mapped.error();
    }
    return ReadSchema{mapped->schema, mapped->plan};
  }

 private:
  /// How a schema is used: AvroData's arguments.
  struct Use {
    bool optional{false};
    const Value* field_default{nullptr};
    std::optional<std::string_view> field_doc{};
    std::optional<std::int32_t> version{};
  };
  struct Mapped {
    const weir_schema* schema{nullptr};
    const ReadPlan* plan{nullptr};
    std::size_t weight{1};
  };
  /// Kafka Connect's SchemaBuilder, whose parameters may be set again.
  struct Draft {
    Kind kind{Kind::string};
    bool optional{false};
    std::optional<std::string_view> name;
    std::optional<std::string_view> doc;
    std::optional<std::int32_t> version;
    std::vector<std::pair<std::string_view, std::string_view>> parameters;
    std::vector<weir_field> fields;
    const weir_schema* keys{nullptr};
    const weir_schema* values{nullptr};
    const Value* default_value{nullptr};

    void parameter(std::string_view key, std::string_view value) {
      for (auto& [k, v] : parameters) {
        if (k == key) {
          v = value;
          return;
        }
      }
      parameters.emplace_back(key, value);
    }
  };

  ReadPlan& add(ReadOp op) {
    owner_.plans_.emplace_back();
    owner_.plans_.back().op = op;
    return owner_.plans_.back();
  }
  std::string_view keep(std::string_view text) { return arena_.copy(text); }

  const weir_schema* build(const Draft& d) {
    SchemaBuilder builder(arena_, d.kind, true);
    builder.optional(d.optional);
    if (d.name) {
      builder.name(*d.name);
    }
    if (d.doc) {
      builder.doc(*d.doc);
    }
    if (d.version) {
      builder.version(*d.version);
    }
    for (const auto& [key, value] : d.parameters) {
      builder.parameter(key, value);
    }
    for (const weir_field& f : d.fields) {
      builder.field(text_of(f.name), f.schema);
    }
    if (d.keys != nullptr) {
      builder.keys(d.keys);
    }
    if (d.values != nullptr) {
      builder.values(d.values);
    }
    if (d.default_value != nullptr) {
      builder.default_value(*d.default_value);
    }
    return builder.build();
  }

  Result<Mapped> map(const Node& node, const Use& use) {
    const bool plain = use.field_default == nullptr && !use.version &&
                       !(options_.discard_doc_default && use.field_doc);
    const auto key = std::pair(&node, use.optional);
    if (plain) {
      if (const auto it = known_.find(key); it != known_.end()) {
        return it->second;
      }
    }
    if (node.type == Type::union_of) {
      if (auto special = simple_union(node, use)) {
        return *std::move(special);
      }
    }
    const bool record = node.type == Type::record;
    if (record && !open_.insert(&node).second) {
      return bad_record("Avro record " + std::string(node.full_name) +
                        " contains itself: recursive schemas are not supported, because a Kafka "
                        "Connect schema here is a tree");
    }
    auto mapped = map_type(node, use);
    if (record) {
      open_.erase(&node);
    }
    if (!mapped) {
      return mapped;
    }
    if (mapped->weight > kMaxWeight || ++made_ > kMaxWeight) {
      return bad_record("The Avro schema has more than " + std::to_string(kMaxWeight) +
                        " types, named ones written out");
    }
    if (plain) {
      known_.emplace(key, *mapped);
    }
    return mapped;
  }

  /// [null, X], [X, null] and, flattened, [X]; nullopt: a union that becomes a struct.
  std::optional<Result<Mapped>> simple_union(const Node& node, const Use& use) {
    const std::size_t count = node.branches.size();
    if (count == 1 && options_.flatten_singletons) {
      auto inner = map(*node.branches[0], {.field_doc = use.field_doc});
      if (inner) {
        ReadPlan& plan = add(ReadOp::single);
        plan.inner = inner->plan;
        plan.min_bytes = 1 + inner->plan->min_bytes;
        inner->plan = &plan;
      }
      return inner;
    }
    const int null_at = node.branch_of(Type::null);
    if (count != 2 || null_at < 0) {
      return std::nullopt;
    }
    auto inner =
        map(*node.branches[null_at == 0 ? 1 : 0], {.optional = true, .field_doc = use.field_doc});
    if (inner) {
      ReadPlan& plan = add(ReadOp::optional);
      plan.inner = inner->plan;
      plan.null_second = null_at == 1;
      plan.min_bytes = 1;
      inner->plan = &plan;
    }
    return inner;
  }

  Result<Mapped> map_type(const Node& node, const Use& use) {
    Draft draft;
    Mapped out;
    if (auto done = start(node, draft, out); !done) {
      return done.error();
    }
    doc(node, use, draft);
    if (auto done = version(node, use, draft); !done) {
      return done.error();
    }
    if (auto done = parameters(node, draft); !done) {
      return done.error();
    }
    defaults(node, use, draft);
    if (auto done = name(node, draft); !done) {
      return done.error();
    }
    draft.optional = draft.optional || use.optional;
    out.schema = build(draft);
    return out;
  }

  /// Kind, logical name and content.
  Result<void> start(const Node& node, Draft& draft, Mapped& out) {
    const std::string_view logical = node.text_property("logicalType");
    const auto primitive = [&](Kind kind, ReadOp op, std::uint32_t least) {
      draft.kind = kind;
      ReadPlan& plan = add(op);
      plan.min_bytes = least;
      out.plan = &plan;
    };
    const auto logical_type = [&](std::string_view full) {
      draft.name = full;
      draft.version = 1;
    };
    switch (node.type) {
      case Type::null:
        return bad_record("Standalone null schemas are not supported by this converter");
      case Type::boolean: primitive(Kind::boolean, ReadOp::boolean, 1); return {};
      case Type::float_number: primitive(Kind::float32, ReadOp::float32, 4); return {};
      case Type::double_number: primitive(Kind::float64, ReadOp::float64, 8); return {};
      case Type::string: primitive(Kind::string, ReadOp::text, 1); return {};
      case Type::long_integer:
        if (same_word(logical, "timestamp-millis")) {
          primitive(Kind::int64, ReadOp::timestamp, 1);
          logical_type(kTimestampName);
        } else {
          primitive(Kind::int64, ReadOp::int64, 1);
        }
        return {};
      case Type::integer: {
        const std::string_view type = node.text_property(kConnectType);
        if (same_word(logical, "date")) {
          primitive(Kind::int32, ReadOp::date, 1);
          logical_type(kDateName);
        } else if (same_word(logical, "time-millis")) {
          primitive(Kind::int32, ReadOp::time, 1);
          logical_type(kTimeName);
        } else if (type.empty() || !logical.empty()) {
          primitive(Kind::int32, ReadOp::int32, 1);
        } else if (type == "int8") {
          primitive(Kind::int8, ReadOp::int8, 1);
        } else if (type == "int16") {
          primitive(Kind::int16, ReadOp::int16, 1);
        } else {
          return bad_record("Connect type annotation for Avro int field is null");
        }
        return {};
      }
      case Type::bytes:
      case Type::fixed: return binary(node, logical, draft, out);
      case Type::enumeration: enumeration(node, draft, out); return {};
      case Type::array: return array(node, draft, out);
      case Type::map: {
        auto values = map(*node.items, {});
        if (!values) {
          return values.error();
        }
        draft.kind = Kind::map;
        draft.keys = schemas::string();
        draft.values = values->schema;
        ReadPlan& plan = add(ReadOp::map);
        plan.inner = values->plan;
        plan.min_bytes = 1;
        out = {nullptr, &plan, 2 + values->weight};
        return {};
      }
      case Type::record: return record(node, draft, out);
      case Type::union_of: return choice(node, draft, out);
    }
    return bad_record("Couldn't translate unsupported schema type " + node.shown());
  }

  Result<void> binary(const Node& node, std::string_view logical, Draft& draft, Mapped& out) {
    const bool fixed = node.type == Type::fixed;
    const bool decimal = same_word(logical, "decimal");
    draft.kind = Kind::bytes;
    ReadPlan& plan = add(decimal ? (fixed ? ReadOp::fixed_decimal : ReadOp::decimal)
                         : fixed ? ReadOp::fixed
                                 : ReadOp::binary);
    out.plan = &plan;
    plan.size = node.size;
    plan.min_bytes = fixed ? node.size : 1;
    if (decimal) {
      plan.scale = number_property(node, "scale").value_or(0);
      draft.name = kDecimalName;
      draft.version = 1;
      draft.parameter("scale", keep(std::to_string(plan.scale)));
      if (node.property("precision") != nullptr) {
        const auto precision = number_property(node, "precision");
        if (!precision) {
          return bad_record("precision property must be a JSON Integer, in " + node.shown());
        }
        if (*precision != kDefaultPrecision) {
          draft.parameter(kDecimalPrecision, keep(std::to_string(*precision)));
        }
      }
    }
    if (fixed) {
      draft.parameter(kFixedSize, keep(std::to_string(node.size)));
    }
    return {};
  }

  void enumeration(const Node& node, Draft& draft, Mapped& out) {
    draft.kind = Kind::string;
    if (options_.connect_meta_data) {
      if (node.has_doc) {
        draft.parameter(options_.discard_doc_default
                            ? kConnectEnumDoc
                            : keep(std::string(kEnumDoc).append(node.name)),
                        node.doc);
      }
      if (!options_.discard_doc_default && !node.enum_default.empty()) {
        draft.parameter(keep(std::string(kEnumDefault).append(node.name)), node.enum_default);
      }
    }
    const std::string_view key = options_.generalized ? kGeneralizedEnum : kEnumParameter;
    draft.parameter(key, node.full_name);
    for (std::size_t i = 0; i < node.symbols.size(); ++i) {
      draft.parameter(keep(std::string(key).append(1, '.').append(node.symbols[i])),
                      options_.generalized ? keep(std::to_string(i)) : node.symbols[i]);
    }
    ReadPlan& plan = add(ReadOp::symbol);
    plan.symbols = node.symbols;
    plan.min_bytes = 1;
    out.plan = &plan;
  }

  Result<void> array(const Node& node, Draft& draft, Mapped& out) {
    const Node& item = *node.items;
    if (!is_map_entry(item)) {
      auto items = map(item, {});
      if (!items) {
        return items.error();
      }
      draft.kind = Kind::array;
      draft.values = items->schema;
      ReadPlan& plan = add(ReadOp::array);
      plan.inner = items->plan;
      plan.min_bytes = 1;
      out = {nullptr, &plan, 1 + items->weight};
      return {};
    }
    const Field* key = item.field("key");
    const Field* value = item.field("value");
    if (item.fields.size() != 2 || key == nullptr || value == nullptr) {
      return bad_record(
          "Found map encoded as array of key-value pairs, but array elements do not match the "
          "expected format.");
    }
    if (!open_.insert(&item).second) {
      return bad_record("Avro record " + std::string(item.full_name) +
                        " contains itself: recursive schemas are not supported");
    }
    auto keys = map(*key->type, {});
    auto values = keys ? map(*value->type, {}) : keys;
    open_.erase(&item);
    if (!values) {
      return values.error();
    }
    draft.kind = Kind::map;
    draft.keys = keys->schema;
    draft.values = values->schema;
    ReadPlan& plan = add(ReadOp::entries);
    plan.key = keys->plan;
    plan.inner = values->plan;
    plan.value_first = &item.fields[0] == value;
    plan.min_bytes = 1;
    out = {nullptr, &plan, 1 + keys->weight + values->weight};
    return {};
  }

  Result<void> record(const Node& node, Draft& draft, Mapped& out) {
    draft.kind = Kind::structure;
    ReadPlan& plan = add(ReadOp::record);
    out.plan = &plan;
    if (!options_.discard_doc_default && options_.connect_meta_data && node.has_doc) {
      draft.parameter(kRecordDoc, node.doc);
    }
    std::uint64_t least = 0;
    for (const Field& field : node.fields) {
      if (!options_.discard_doc_default && options_.connect_meta_data && field.has_doc) {
        draft.parameter(keep(std::string(kFieldDoc).append(field.name)), field.doc);
      }
      Use use;
      if (field.default_value != nullptr && is_default_of(*field.type, *field.default_value)) {
        use.field_default = field.default_value;
      }
      if (field.has_doc) {
        use.field_doc = field.doc;
      }
      auto mapped = map(*field.type, use);
      if (!mapped) {
        return mapped.error();
      }
      out.weight += mapped->weight;
      if (out.weight > kMaxWeight) {
        return bad_record("The Avro schema has more than " + std::to_string(kMaxWeight) +
                          " types, named ones written out");
      }
      draft.fields.push_back({bytes_of(field.name), with_field_parameters(field, mapped->schema)});
      plan.fields.push_back({Value::string(field.name), mapped->plan});
      least += mapped->plan->min_bytes;
    }
    plan.min_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(least, INT32_MAX));
    return {};
  }

  /// A type that is used by several fields stands in the schema once; what differs stands with the
  /// field.
  const weir_schema* with_field_parameters(const Field& field, const weir_schema* schema) {
    const auto own = std::find_if(field.properties.begin(), field.properties.end(),
                                  [](const Property& p) { return p.name == kConnectParameters; });
    if (!options_.connect_meta_data || own == field.properties.end() || !own->value.is_object()) {
      return schema;
    }
    Draft draft;
    for (std::size_t i = 0; i < schema->parameter_count; ++i) {
      draft.parameter(text_of(schema->parameters[i].key), text_of(schema->parameters[i].value));
    }
    for (const Member& m : own->value.members()) {
      draft.parameter(m.name().text(), text_of_json(m.item()));
    }
    auto* copy = arena_.array<weir_schema>(1);
    *copy = *schema;
    auto* list = arena_.array<weir_pair>(draft.parameters.size());
    for (std::size_t i = 0; i < draft.parameters.size(); ++i) {
      list[i] = {bytes_of(draft.parameters[i].first), bytes_of(draft.parameters[i].second)};
    }
    copy->parameters = list;
    copy->parameter_count = draft.parameters.size();
    return copy;
  }

  /// A union of several types: a struct with an optional field for each.
  Result<void> choice(const Node& node, Draft& draft, Mapped& out) {
    draft.kind = Kind::structure;
    draft.name = options_.generalized ? keep("connect_union_" + std::to_string(owner_.unions_++))
                                      : kUnionName;
    if (options_.generalized) {
      draft.parameter(kGeneralizedUnion, *draft.name);
    }
    ReadPlan& plan = add(ReadOp::choice);
    plan.min_bytes = 1;
    out.plan = &plan;
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < node.branches.size(); ++i) {
      const Node& branch = *node.branches[i];
      if (branch.type == Type::null) {
        draft.optional = true;
        plan.branches.push_back(-1);
        continue;
      }
      const std::string_view field = options_.generalized
                                         ? keep("connect_union_field_" + std::to_string(i))
                                     : !branch.named()   ? to_string(branch.type)
                                     : options_.enhanced ? branch.full_name
                                                         : branch.name;
      if (!names.insert(field).second) {
        return bad_record("Multiple union schemas map to the Connect union field name " +
                          std::string(field) +
                          "; enhanced.avro.schema.support=true tells namespaces apart");
      }
      auto mapped = map(branch, {.optional = true});
      if (!mapped) {
        return mapped.error();
      }
      out.weight += mapped->weight;
      plan.branches.push_back(static_cast<int>(plan.fields.size()));
      plan.fields.push_back({Value::string(field), mapped->plan});
      draft.fields.push_back({bytes_of(field), mapped->schema});
    }
    return {};
  }

  void doc(const Node& node, const Use& use, Draft& draft) {
    const Value* own = node.property(kConnectDoc);
    const bool has_own = own != nullptr && own->is_string();
    if (options_.discard_doc_default) {
      if (use.field_doc) {
        draft.doc = *use.field_doc;
      } else if (node.has_doc) {
        draft.doc = node.doc;
      } else if (has_own) {
        draft.doc = own->text();
      }
      if (options_.connect_meta_data && node.has_doc) {
        draft.parameter(kConnectRecordDoc, node.doc);
      }
    } else if (options_.connect_meta_data && has_own) {
      draft.doc = own->text();
    }
  }

  static Result<void> version(const Node& node, const Use& use, Draft& draft) {
    std::optional<std::int32_t> version = use.version;
    if (const Value* own = node.property(kConnectVersion)) {
      if (!own->is_integer() && !own->is(Kind::decimal)) {
        return bad_record("Invalid Connect version found in " + node.shown());
      }
      version = number_property(node, kConnectVersion);
      if (draft.version && version && *version >= 0 && *version != *draft.version) {
        return bad_record("Mismatched versions: version already added to SchemaBuilder (" +
                          std::to_string(*draft.version) +
                          ") differs from version in source schema (" + std::to_string(*version) +
                          ")");
      }
    }
    if (!draft.version && version && *version >= 0) {
      draft.version = *version;
    }
    return {};
  }

  Result<void> parameters(const Node& node, Draft& draft) {
    const Value* list = node.property(kConnectParameters);
    if (options_.connect_meta_data && list != nullptr) {
      if (!list->is_object()) {
        return bad_record("Expected JSON object for schema parameters of " + node.shown());
      }
      for (const Member& m : list->members()) {
        if (!m.item().is_string()) {
          return bad_record("Expected schema parameter values to be strings, but " +
                            std::string(m.name().text()) + " of " + node.shown() + " is not");
        }
        draft.parameter(m.name().text(), m.item().text());
      }
    }
    for (const Property& p : node.properties) {
      if (starts_with(p.name, kAvroPrefix)) {
        draft.parameter(p.name, text_of_json(p.value));
      }
    }
    return {};
  }

  std::string_view text_of_json(const Value& v) {
    if (v.is_string()) {
      return v.text();
    }
    std::string text;
    json::write(v, text);
    return keep(text);
  }

  void defaults(const Node& node, const Use& use, Draft& draft) {
    const Value* connect = node.property(kConnectDefault);
    const Value* value = use.field_default != nullptr ? use.field_default : connect;
    if (use.field_default != nullptr && !options_.discard_doc_default &&
        options_.connect_meta_data && connect == nullptr) {
      draft.parameter(kFieldDefault, "true");
    }
    if (value == nullptr || value->is_null()) {
      return;
    }
    auto made = default_of(node, *build(draft), *value);
    if (!made) {
      owner_.ignored_.push_back("Ignoring invalid default for schema " + node.shown() + ": " +
                                made.error().message);
      return;
    }
    if (!made->is_null()) {
      auto* copy = arena_.array<weir_value>(1);
      *copy = *made;
      draft.default_value = static_cast<const Value*>(copy);
    }
  }

  Result<void> name(const Node& node, Draft& draft) {
    std::optional<std::string_view> name;
    if (const Value* own = node.property(kConnectName)) {
      if (!own->is_string()) {
        return bad_record("Invalid schema name: connect.name of " + node.shown() +
                          " is not a text");
      }
      name = own->text();
    } else if (node.named() && !(node.type == Type::fixed && draft.name == kDecimalName)) {
      name = node.full_name;
    }
    if (name && !starts_with(*name, kDefaultFullName)) {
      if (draft.name && *draft.name != *name) {
        return bad_record("Mismatched names: name already added to SchemaBuilder (" +
                          std::string(*draft.name) + ") differs from name in source schema (" +
                          std::string(*name) + ")");
      }
      draft.name = name;
    }
    return {};
  }

  // ---- defaults
  // ----------------------------------------------------------------------------------------------------

  /// Java's Field.defaultVal() gives nothing for a default of another kind, so that there is none.
  static bool is_default_of(const Node& node, const Value& json) {
    if (json.is_null()) {
      return true;
    }
    switch (node.type) {
      case Type::null: return false;
      case Type::boolean: return json.is_boolean();
      case Type::integer:
        return json.is_integer() &&
               json.as_integer() == static_cast<std::int32_t>(json.as_integer());
      case Type::long_integer: return json.is_integer();
      case Type::float_number:
      case Type::double_number: return real_of(json).has_value();
      case Type::bytes:
      case Type::string:
      case Type::enumeration:
      case Type::fixed: return json.is_string();
      case Type::array: return json.is_array();
      case Type::map:
      case Type::record: return json.is_object();
      case Type::union_of: return !node.branches.empty() && is_default_of(*node.branches[0], json);
    }
    return false;
  }

  static Error unfit(const Node& node) { return bad_record("it is not of type " + node.shown()); }

  static std::optional<double> real_of(const Value& json) {
    if (json.is_integer()) {
      return static_cast<double>(json.as_integer());
    }
    if (json.is(Kind::decimal)) {
      return connect::real_of<double>(json.text());
    }
    return std::nullopt;
  }

  /// A default of a field, or connect.default, as a value of that schema.
  Result<Value> default_of(const Node& node, const weir_schema& schema, const Value& json) {
    if (json.is_null()) {
      if (node.type == Type::null || (schema.flags & WEIR_SCHEMA_OPTIONAL) != 0) {
        return Value::null();
      }
      return bad_record("it is null, but the schema is not optional");
    }
    const std::string_view logical = text_of(schema.name);
    switch (node.type) {
      case Type::null: return unfit(node);
      case Type::boolean: return json.is(Kind::boolean) ? Result<Value>(json) : unfit(node);
      case Type::integer: {
        if (!json.is_integer() || json.as_integer() < INT32_MIN || json.as_integer() > INT32_MAX) {
          return unfit(node);
        }
        const std::int64_t i = json.as_integer();
        if (logical == kDateName) {
          return Value::timestamp(i * java::kDayMs);
        }
        if (logical == kTimeName) {
          return i >= 0 && i <= java::kDayMs ? Result<Value>(Value::timestamp(i)) : unfit(node);
        }
        const Kind kind = static_cast<Kind>(schema.type);
        if (kind == Kind::int8) {
          return Value::int8(static_cast<std::int8_t>(i));
        }
        return kind == Kind::int16 ? Value::int16(static_cast<std::int16_t>(i))
                                   : Value::int32(static_cast<std::int32_t>(i));
      }
      case Type::long_integer:
        if (!json.is_integer()) {
          return unfit(node);
        }
        return logical == kTimestampName ? Value::timestamp(json.as_integer())
                                         : Value::int64(json.as_integer());
      case Type::float_number:
      case Type::double_number: {
        const auto real = real_of(json);
        if (!real) {
          return unfit(node);
        }
        return node.type == Type::float_number ? Value::float32(static_cast<float>(*real))
                                               : Value::float64(*real);
      }
      case Type::string: return json.is_string() ? Result<Value>(json) : unfit(node);
      case Type::enumeration: return json.is_string() ? Result<Value>(json) : unfit(node);
      case Type::bytes:
      case Type::fixed: {
        const auto raw = json.is_string() ? latin1_of_text(json.text()) : std::nullopt;
        if (!raw) {
          return unfit(node);
        }
        if (logical == kDecimalName) {
          return decimal_value(*raw, number_property(node, "scale").value_or(0), arena_);
        }
        return Value::bytes(keep(*raw));
      }
      case Type::array: return default_array(node, schema, json);
      case Type::map: {
        if (!json.is_object()) {
          return unfit(node);
        }
        ObjectBuilder out(arena_, json.count + 1);
        for (const Member& m : json.members()) {
          auto value = default_of(*node.items, *schema.values, m.item());
          if (!value) {
            return value;
          }
          out.add(m.name().text(), *value);
        }
        return out.map();
      }
      case Type::record: {
        if (!json.is_object() || schema.field_count != node.fields.size()) {
          return unfit(node);
        }
        ObjectBuilder out(arena_, node.fields.size() + 1);
        for (std::size_t i = 0; i < node.fields.size(); ++i) {
          const weir_schema& field = *schema.fields[i].schema;
          const Value* given = json.find(node.fields[i].name);
          Value value;
          if (given != nullptr) {
            auto made = default_of(*node.fields[i].type, field, *given);
            if (!made) {
              return made;
            }
            value = *made;
          } else if (field.default_value != nullptr) {
            value = *field.default_value;
          } else if ((field.flags & WEIR_SCHEMA_OPTIONAL) == 0) {
            return bad_record("field " + std::string(node.fields[i].name) + " is missing");
          }
          out.add(node.fields[i].name, value);
        }
        return out.structure();
      }
      case Type::union_of: return default_union(node, schema, json);
    }
    return unfit(node);
  }

  Result<Value> default_array(const Node& node, const weir_schema& schema, const Value& json) {
    if (!json.is_array()) {
      return unfit(node);
    }
    if (schema.type == WEIR_KIND_ARRAY) {
      ArrayBuilder out(arena_, json.count + 1);
      for (const Value& item : json.items()) {
        auto value = default_of(*node.items, *schema.values, item);
        if (!value) {
          return value;
        }
        out.add(*value);
      }
      return out.array();
    }
    ObjectBuilder out(arena_, json.count + 1);  // a map: pairs as AvroData writes them, or records
    for (const Value& item : json.items()) {
      const bool pair = item.is_array() && item.count == 2;
      const Value* key = pair ? &item.items()[0] : item.is_object() ? item.find("key") : nullptr;
      const Value* value = pair               ? &item.items()[1]
                           : item.is_object() ? item.find("value")
                                              : nullptr;
      if (key == nullptr || value == nullptr) {
        return unfit(node);
      }
      auto made_key = default_of(*node.items->field("key")->type, *schema.keys, *key);
      auto made_value = made_key
                            ? default_of(*node.items->field("value")->type, *schema.values, *value)
                            : made_key;
      if (!made_value) {
        return made_value;
      }
      out.add_member(*made_key, *made_value);
    }
    return out.map();
  }

  /// A default of a union is one of its first type.
  Result<Value> default_union(const Node& node, const weir_schema& schema, const Value& json) {
    if (!is_union(schema)) {
      for (const Node* branch : node.branches) {  // an optional type
        if (branch->type != Type::null) {
          return default_of(*branch, schema, json);
        }
      }
      return unfit(node);
    }
    const Node* first = nullptr;
    for (const Node* branch : node.branches) {
      first = first == nullptr && branch->type != Type::null ? branch : first;
    }
    if (first == nullptr || schema.field_count == 0) {
      return unfit(node);
    }
    auto value = default_of(*first, *schema.fields[0].schema, json);
    if (!value) {
      return value;
    }
    ObjectBuilder out(arena_, schema.field_count + 1);
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      out.add(text_of(schema.fields[i].name), i == 0 ? *value : Value::null());
    }
    return out.structure();
  }

  // ---- special records
  // ---------------------------------------------------------------------------------------------

  static bool is_map_entry(const Node& node) {
    return node.type == Type::record && ((node.space == kNamespace && node.name == kMapEntry) ||
                                         node.text_property(kConnectInternalType) == kMapEntry);
  }

  static bool is_anything(const Node& node) {
    constexpr std::pair<std::string_view, Type> kFields[] = {
        {"boolean", Type::boolean},    {"bytes", Type::bytes}, {"double", Type::double_number},
        {"float", Type::float_number}, {"int", Type::integer}, {"long", Type::long_integer},
        {"string", Type::string},      {"array", Type::array}, {"map", Type::array}};
    if (node.type != Type::record || node.full_name != kAnything || node.fields.size() != 9) {
      return false;
    }
    for (std::size_t i = 0; i < 9; ++i) {
      const Node& type = *node.fields[i].type;
      if (node.fields[i].name != kFields[i].first || type.type != Type::union_of ||
          type.branches.size() != 2 || type.branches[0]->type != Type::null ||
          type.branches[1]->type != kFields[i].second) {
        return false;
      }
    }
    const Node& entry = *node.fields[8].type->branches[1]->items;
    return node.fields[7].type->branches[1]->items == &node && entry.type == Type::record &&
           entry.fields.size() == 2 && entry.fields[0].type == &node &&
           entry.fields[1].type == &node;
  }

  ToConnect& owner_;
  const AvroOptions& options_;
  Arena arena_;
  std::map<std::pair<const Node*, bool>, Mapped> known_;
  std::set<const Node*> open_;
  std::size_t made_{0};
};

Result<ReadSchema> ToConnect::make(const AvroSchema& avro, std::optional<std::int32_t> version) {
  ignored_.clear();
  return SchemaMapper(*this).root(avro.root(), version);
}

}  // namespace weir::converters::schema_registry::avro
