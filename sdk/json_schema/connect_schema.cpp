#include <weir/json_schema/connect_schema.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>
#include <weir/connect_text.hpp>
#include <weir/json.hpp>
#include <weir/json_connect.hpp>
#include <weir/json_schema/values.hpp>

namespace weir::json_schema {
namespace {

constexpr std::size_t kMostSchemas = 100'000;

enum class Form {
  boolean,
  number,
  integer,
  string,
  constant,
  enumeration,
  any_of,  // and oneOf
  all_of,
  array,
  object,
  null,
  anything,
  reference,
  other
};

/// One of the schemas that stand in a node: {"type": "string", "enum": [...]} are two.
struct Part {
  Form form{Form::other};
  Place place;
  std::vector<Part> parts{};  ///< any_of, all_of
  std::string_view word{};    ///< other: the keyword
  bool bare{false};           ///< title, default and the like belong to what it is a part of
};

const Value* member(const Value& node, std::string_view name) { return node.is_object() ? node.find(name) : nullptr; }

const Value* text_member(const Value& node, std::string_view name) {
  const Value* found = member(node, name);
  return found != nullptr && found->is_string() ? found : nullptr;
}

bool has_any(const Value& node, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return node.find(name) != nullptr; });
}

/// Takes a node apart, as Everit's schema loader does.
class Classifier {
 public:
  explicit Classifier(const Document& document) : document_(document) {}

  Result<Part> classify(const Place& at, int depth) const {
    if (depth > kMaxSchemaDepth) {
      return bad_record("combined schemas nested deeper than " + std::to_string(kMaxSchemaDepth));
    }
    const Value& node = *at.node;
    if (node.is_boolean()) {
      return Part{.form = node.as_boolean() ? Form::anything : Form::other, .place = at, .word = "false"};
    }
    if (!node.is_object()) {
      return bad_record("a schema is an object, not " + std::string(connect_json::node_type(node)));
    }
    if (text_member(node, "$ref") != nullptr) {
      return Part{.form = Form::reference, .place = at};
    }
    std::vector<Part> parts;
    if (const Value* list = member(node, "enum"); list != nullptr && list->is_array()) {
      parts.push_back({.form = Form::enumeration, .place = at});
    }
    for (const char* word : {"allOf", "anyOf", "oneOf"}) {
      const Value* list = member(node, word);
      if (list == nullptr || !list->is_array()) {
        continue;
      }
      Part combined{.form = std::string_view(word) == "allOf" ? Form::all_of : Form::any_of, .place = at};
      for (const Value& item : list->items()) {
        auto part = classify(document_.enter(&item, at.base), depth + 1);
        if (!part) {
          return part;
        }
        combined.parts.push_back(*std::move(part));
      }
      parts.push_back(std::move(combined));
    }
    if (member(node, "not") != nullptr) {
      parts.push_back({.form = Form::other, .place = at, .word = "not"});
    }
    if (member(node, "const") != nullptr) {
      parts.push_back({.form = Form::constant, .place = at});
    }
    if (const Value* type = member(node, "type")) {
      if (auto done = by_type(*type, at, parts); !done) {
        return done.error();
      }
    } else {
      sniff(node, at, parts);
    }
    if (parts.size() == 1) {
      return std::move(parts.front());
    }
    if (parts.empty()) {
      return Part{.form = Form::anything, .place = at};
    }
    for (Part& part : parts) {
      part.bare = true;
    }
    return Part{.form = Form::all_of, .place = at, .parts = std::move(parts)};
  }

 private:
  static Result<void> by_type(const Value& type, const Place& at, std::vector<Part>& parts) {
    if (type.is_string()) {
      auto form = form_of(type.text());
      if (!form) {
        return form.error();
      }
      parts.push_back({.form = *form, .place = at});
      return {};
    }
    if (!type.is_array()) {
      return bad_record("\"type\" is neither a text nor a list");
    }
    Part any{.form = Form::any_of, .place = at};
    for (const Value& item : type.items()) {
      auto form = form_of(item.is_string() ? item.text() : std::string_view());
      if (!form) {
        return form.error();
      }
      any.parts.push_back({.form = *form, .place = at, .bare = true});
    }
    parts.push_back(std::move(any));
    return {};
  }

  static Result<Form> form_of(std::string_view type) {
    constexpr std::pair<std::string_view, Form> kForms[] = {
        {"boolean", Form::boolean}, {"number", Form::number}, {"integer", Form::integer}, {"string", Form::string},
        {"array", Form::array},     {"object", Form::object}, {"null", Form::null}};
    for (const auto& [word, form] : kForms) {
      if (word == type) {
        return form;
      }
    }
    return bad_record("unknown type: \"" + std::string(type) + "\"");
  }

  static void sniff(const Value& node, const Place& at, std::vector<Part>& parts) {
    if (has_any(node, {"items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"})) {
      parts.push_back({.form = Form::array, .place = at});
    }
    if (has_any(node, {"properties", "required", "minProperties", "maxProperties", "dependencies", "patternProperties",
                       "additionalProperties", "propertyNames"})) {
      parts.push_back({.form = Form::object, .place = at});
    }
    if (has_any(node, {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})) {
      parts.push_back({.form = Form::number, .place = at});
    }
    if (has_any(node, {"minLength", "maxLength", "pattern", "format"})) {
      parts.push_back({.form = Form::string, .place = at});
    }
  }

  const Document& document_;
};

struct Property {
  std::string_view name;
  Place place;
  bool required{false};
  std::int64_t index{-1};
};

class Builder {
 public:
  Builder(const Document& document, const Options& options, Arena arena)
      : document_(document), classifier_(document), options_(options), arena_(arena) {}

  Result<const weir_schema*> run(std::optional<std::int32_t> version) {
    auto root = at(document_.root(), version, false, 0);
    if (!root) {
      return root.error();
    }
    close_loops();
    return static_cast<const weir_schema*>(*root);
  }

 private:
  using Version = std::optional<std::int32_t>;
  using Made = Result<weir_schema*>;

  /// A struct that may be referred to again.
  struct Known {
    weir_schema* schema{nullptr};
    std::string id;  ///< set by the last reference
    bool done{false};
    std::vector<std::pair<weir_schema*, bool>> again;  ///< the schemas of later references, and whether optional
  };

  static Error with_path(const std::string& path, const Error& error) {
    return error.message.starts_with("#") ? error : Error{error.code, path + ": " + error.message};
  }

  Made at(const Place& place, Version version, bool force_optional, int depth) {
    auto part = classifier_.classify(place, 0);
    if (!part) {
      return with_path(path_, part.error());
    }
    return make(*part, version, force_optional, depth);
  }

  Made make(const Part& part, Version version, bool force_optional, int depth) {
    if (depth > kMaxSchemaDepth || ++count_ > kMostSchemas) {
      return bad_record(path_ + ": the schema is nested too deep or too large");
    }
    const Value& node = *part.place.node;
    switch (part.form) {
      case Form::boolean: return finish(plain(Kind::boolean), part, version, force_optional);
      case Form::number:
      case Form::integer: {
        const auto kind = number_kind(part);
        return kind ? finish(plain(*kind), part, version, force_optional) : Made(kind.error());
      }
      case Form::string: {
        const Value* type = connect_type(part);
        return finish(plain(type != nullptr && type->text() == "bytes" ? Kind::bytes : Kind::string), part, version,
                      force_optional);
      }
      case Form::constant:
      case Form::enumeration: return finish(enumeration(node, part.form), part, version, force_optional);
      case Form::any_of: return any_of(part, version, force_optional, depth);
      case Form::all_of: return all_of(part, version, force_optional, depth);
      case Form::array: return array(part, version, force_optional, depth);
      case Form::object: return object(part, version, force_optional, depth);
      case Form::reference: return reference(part, version, force_optional, depth);
      case Form::null: return unsupported("null", "it stands beside other types only");
      case Form::anything: return unsupported("any", "a schema without a type says nothing that Connect could use");
      case Form::other: break;
    }
    return unsupported(part.word, "Connect has nothing for it");
  }

  Error unsupported(std::string_view what, std::string_view why) const {
    return bad_record(path_ + ": Unsupported schema type " + std::string(what) + ": " + std::string(why));
  }

  weir_schema* plain(Kind kind) {
    auto* schema = arena_.array<weir_schema>(1);
    *schema = {};
    schema->struct_size = sizeof(weir_schema);
    schema->type = static_cast<std::uint32_t>(kind);
    schema->flags = WEIR_SCHEMA_STABLE;
    return schema;
  }
  weir_bytes keep(std::string_view text) { return bytes_of(arena_.copy(text)); }

  void add_parameters(weir_schema& schema, const std::vector<std::pair<std::string, std::string>>& more) {
    std::vector<weir_pair> all(schema.parameters, schema.parameters + schema.parameter_count);
    for (const std::pair<std::string, std::string>& one : more) {
      const auto same =
          std::find_if(all.begin(), all.end(), [&](const weir_pair& p) { return text_of(p.key) == one.first; });
      if (same != all.end()) {
        same->value = keep(one.second);
      } else {
        all.push_back({keep(one.first), keep(one.second)});
      }
    }
    auto* to = arena_.array<weir_pair>(all.size());
    std::copy(all.begin(), all.end(), to);
    schema.parameters = to;
    schema.parameter_count = all.size();
  }

  static const Value* connect_type(const Part& part) {
    return part.bare ? nullptr : text_member(*part.place.node, "connect.type");
  }

  Result<Kind> number_kind(const Part& part) const {
    const Value* type = connect_type(part);
    if (type == nullptr) {
      return part.form == Form::integer ? Kind::int64 : Kind::float64;
    }
    constexpr std::pair<std::string_view, Kind> kKinds[] = {
        {"int8", Kind::int8},       {"int16", Kind::int16},     {"int32", Kind::int32}, {"int64", Kind::int64},
        {"float32", Kind::float32}, {"float64", Kind::float64}, {"bytes", Kind::bytes}};
    for (const auto& [word, kind] : kKinds) {
      if (word == type->text()) {
        return kind;
      }
    }
    return bad_record(path_ + ": Unsupported type " + std::string(type->text()) + " in connect.type");
  }

  weir_schema* enumeration(const Value& node, Form form) {
    weir_schema* schema = plain(Kind::string);
    std::vector<std::pair<std::string, std::string>> parameters;
    const std::string key = options_.generalized_sum_types ? kGeneralEnum : kEnumParameter;
    parameters.emplace_back(key, "");
    const auto add = [&](const Value& value) {
      std::string symbol;
      if (value.is_null()) {
        symbol = kNullMarker;
      } else if (value.is_string()) {
        symbol = value.text();
      } else {
        symbol = json::write(value, arena_);
      }
      parameters.emplace_back(key + "." + symbol,
                              options_.generalized_sum_types ? std::to_string(parameters.size() - 1) : symbol);
    };
    if (form == Form::constant) {
      add(*node.find("const"));
    } else {
      for (const Value& value : node.find("enum")->items()) {
        add(value);
      }
    }
    add_parameters(*schema, parameters);
    return schema;
  }

  Made any_of(const Part& part, Version version, bool force_optional, int depth) {
    if (part.parts.size() == 1 && options_.flatten_singleton_unions) {
      return make(part.parts[0], std::nullopt, false, depth + 1);
    }
    std::string name = kUnionName;
    if (options_.generalized_sum_types) {
      name = kGeneralUnionPrefix + std::to_string(unions_++);
    }
    const auto nulls = std::count_if(part.parts.begin(), part.parts.end(), [](const Part& p) { return p.form == Form::null; });
    if (part.parts.size() == 2 && nulls == 1) {
      return make(part.parts[part.parts[0].form == Form::null ? 1 : 0], version, true, depth + 1);
    }
    if (static_cast<std::size_t>(nulls) == part.parts.size()) {
      return unsupported("null", "it stands beside other types only");
    }
    weir_schema* schema = plain(Kind::structure);
    schema->name = keep(name);
    if (options_.generalized_sum_types) {
      add_parameters(*schema, {{kGeneralUnion, name}});
    }
    auto* fields = arena_.array<weir_field>(part.parts.size());
    std::size_t count = 0;
    for (const Part& one : part.parts) {
      if (one.form == Form::null) {
        schema->flags |= WEIR_SCHEMA_OPTIONAL;
        continue;
      }
      auto made = make(one, std::nullopt, true, depth + 1);
      if (!made) {
        return made;
      }
      fields[count] = {keep((options_.generalized_sum_types ? std::string(kGeneralUnionPrefix) + "field_"
                                                            : std::string(kUnionName) + ".field.") +
                            std::to_string(count)),
                       *made};
      ++count;
    }
    schema->fields = fields;
    schema->field_count = count;
    return finish(schema, part, version, force_optional);
  }

  Made array(const Part& part, Version version, bool force_optional, int depth) {
    const Value& node = *part.place.node;
    const Value* items = member(node, "items");
    if (items == nullptr || items->is_array()) {
      return bad_record(path_ + ": Array schema did not specify the items type");
    }
    const Place inside = document_.enter(items, part.place.base);
    const Step step(path_, "items");
    const Value* type = connect_type(part);
    const Value* entry = member(*items, "properties");
    if (type != nullptr && type->text() == "map" && entry != nullptr && entry->is_object()) {
      const Value* key = entry->find("key");
      const Value* value = entry->find("value");
      if (key == nullptr || value == nullptr) {
        return bad_record(path_ + ": the entries of a map have key and value");
      }
      weir_schema* map = plain(Kind::map);
      for (const auto& [name, from, to] :
           {std::tuple{"key", key, &map->keys}, std::tuple{"value", value, &map->values}}) {
        const Step inner(path_, "properties", name);
        auto made = at(document_.enter(from, inside.base), std::nullopt, false, depth + 1);
        if (!made) {
          return made;
        }
        *to = *made;
      }
      return finish(map, part, version, force_optional);
    }
    auto made = at(inside, std::nullopt, false, depth + 1);
    if (!made) {
      return made;
    }
    weir_schema* list = plain(Kind::array);
    list->values = *made;
    return finish(list, part, version, force_optional);
  }

  Made object(const Part& part, Version version, bool force_optional, int depth) {
    const Value& node = *part.place.node;
    if (const Value* type = connect_type(part); type != nullptr && type->text() == "map") {
      const Value* values = member(node, "additionalProperties");
      if (values == nullptr || !values->is_object()) {
        return bad_record(path_ + ": valueSchema cannot be null (a map needs additionalProperties with a schema)");
      }
      const Step step(path_, "additionalProperties");
      auto made = at(document_.enter(values, part.place.base), std::nullopt, false, depth + 1);
      if (!made) {
        return made;
      }
      weir_schema* map = plain(Kind::map);
      map->keys = schemas::string();
      map->values = *made;
      return finish(map, part, version, force_optional);
    }
    std::vector<Property> properties;
    collect_own(part.place, properties);
    in_order(properties);
    Known& known = known_[{&node, false}];
    known.schema = plain(Kind::structure);
    if (auto done = fields(*known.schema, properties, depth); !done) {
      return done.error();
    }
    auto made = finish(known.schema, part, version, force_optional);
    known.done = true;
    if (made && !known.id.empty()) {
      add_parameters(**made, {{kIdParameter, known.id}});
    }
    return made;
  }

  void collect_own(const Place& place, std::vector<Property>& to) const {
    const Value* list = member(*place.node, "properties");
    if (list == nullptr || !list->is_object()) {
      return;
    }
    const Value* required = member(*place.node, "required");
    for (const Member& m : list->members()) {
      Property property{m.name().text(), document_.enter(&m.item(), place.base), false, -1};
      if (required != nullptr && required->is_array()) {
        for (const Value& name : required->items()) {
          property.required = property.required || (name.is_string() && name.text() == property.name);
        }
      }
      if (const Value* index = member(m.item(), "connect.index"); index != nullptr && index->is(Kind::int64)) {
        property.index = index->as.i64;
      }
      const auto same =
          std::find_if(to.begin(), to.end(), [&](const Property& p) { return p.name == property.name; });
      if (same != to.end()) {
        *same = property;
      } else {
        to.push_back(property);
      }
    }
  }

  // By connect.index; what has none keeps its place among the rest.
  static void in_order(std::vector<Property>& properties) {
    for (std::size_t i = 0; i < properties.size(); ++i) {
      if (properties[i].index < 0) {
        properties[i].index = static_cast<std::int64_t>(i);
      }
    }
    std::stable_sort(properties.begin(), properties.end(),
                     [](const Property& a, const Property& b) { return a.index < b.index; });
  }

  Result<void> fields(weir_schema& schema, const std::vector<Property>& properties, int depth) {
    auto* list = arena_.array<weir_field>(properties.size());
    for (std::size_t i = 0; i < properties.size(); ++i) {
      const Property& p = properties[i];
      const Step step(path_, "properties", p.name);
      auto made = at(p.place, std::nullopt, options_.optional_for_nonrequired && !p.required, depth + 1);
      if (!made) {
        return made.error();
      }
      list[i] = {keep(p.name), *made};
    }
    schema.fields = list;
    schema.field_count = properties.size();
    return {};
  }

  Made reference(const Part& part, Version version, bool force_optional, int depth) {
    auto target = followed(part.place);
    if (!target) {
      return target.error();
    }
    auto inner = classifier_.classify(*target, 0);
    if (!inner) {
      return with_path(path_, inner.error());
    }
    // A struct or null: what comes back to it means the struct.
    Part found = *std::move(inner);
    if (found.form == Form::any_of && found.parts.size() == 2 &&
        (found.parts[0].form == Form::null) != (found.parts[1].form == Form::null)) {
      force_optional = true;
      Part one = std::move(found.parts[found.parts[0].form == Form::null ? 1 : 0]);
      found = std::move(one);
    }
    if (auto again = seen_again(found.place, force_optional)) {
      return *again;
    }
    return make(found, version, force_optional, depth + 1);
  }

  Result<Place> followed(const Place& place) const {
    auto target = document_.resolve(place.node->find("$ref")->text(), place.base);
    return target ? target : Result<Place>(with_path(path_, target.error()));
  }

  /// A struct that was met before: its second schema, with the id by which writing finds it again.
  std::optional<weir_schema*> seen_again(const Place& target, bool force_optional) {
    for (const bool combined : {false, true}) {
      const auto known = known_.find({target.node, combined});
      if (known != known_.end()) {
        known->second.id = "#id" + std::to_string(++ids_);
        known->second.again.emplace_back(plain(Kind::structure), force_optional);
        return known->second.again.back().first;
      }
    }
    return std::nullopt;
  }

  void close_loops() {
    for (auto& [key, known] : known_) {
      for (const auto& [schema, optional] : known.again) {
        *schema = *known.schema;
        schema->flags &= ~std::uint32_t{WEIR_SCHEMA_OPTIONAL};
        schema->flags |= optional ? std::uint32_t{WEIR_SCHEMA_OPTIONAL} : 0u;
        add_parameters(*schema, {{kIdParameter, known.id}});
      }
    }
  }

  Made all_of(const Part& part, Version version, bool force_optional, int depth) {
    const Part* constant = nullptr;
    const Part* symbols = nullptr;
    const Part* number = nullptr;
    const Part* text = nullptr;
    const Part* combined = nullptr;
    const Part* ref = nullptr;
    std::vector<Property> properties;
    std::vector<const Value*> visited;
    for (const Part& one : part.parts) {
      switch (one.form) {
        case Form::constant: constant = &one; break;
        case Form::enumeration: symbols = &one; break;
        case Form::number:
        case Form::integer: number = &one; break;
        case Form::string: text = &one; break;
        case Form::any_of:
        case Form::all_of: combined = &one; break;
        case Form::reference: ref = &one; break;
        default: break;
      }
      if (auto done = collect(one, properties, visited, 0); !done) {
        return done.error();
      }
    }
    if (!properties.empty()) {
      Known& known = known_[{part.place.node, true}];
      known.schema = plain(Kind::structure);
      if (auto done = fields(*known.schema, properties, depth); !done) {
        return done.error();
      }
      known.done = true;
      if (force_optional) {
        known.schema->flags |= WEIR_SCHEMA_OPTIONAL;
      }
      if (!known.id.empty()) {
        add_parameters(*known.schema, {{kIdParameter, known.id}});
      }
      return known.schema;
    }
    const Part* chosen = combined != nullptr ? combined
                         : constant != nullptr ? (text != nullptr ? text : number)
                         : symbols != nullptr  ? (text != nullptr ? symbols : number)
                         : text != nullptr     ? (number != nullptr ? number : text)
                         : number != nullptr   ? number
                                               : ref;
    if (chosen == nullptr && part.parts.size() == 1) {
      chosen = &part.parts[0];
    }
    if (chosen == nullptr) {
      return unsupported("allOf", "what it combines has no common type");
    }
    return make(*chosen, version, force_optional, depth + 1);
  }

  Result<void> collect(const Part& part, std::vector<Property>& to, std::vector<const Value*>& visited, int depth) {
    if (depth > kMaxSchemaDepth) {
      return bad_record(path_ + ": allOf nested too deep");
    }
    if (part.form == Form::all_of) {
      for (const Part& one : part.parts) {
        if (auto done = collect(one, to, visited, depth + 1); !done) {
          return done;
        }
      }
    } else if (part.form == Form::object) {
      collect_own(part.place, to);
    } else if (part.form == Form::reference) {
      auto target = followed(part.place);
      if (!target) {
        return target.error();
      }
      if (std::find(visited.begin(), visited.end(), target->node) != visited.end()) {
        return {};
      }
      visited.push_back(target->node);
      auto inner = classifier_.classify(*target, 0);
      if (!inner) {
        return with_path(path_, inner.error());
      }
      return collect(*inner, to, visited, depth + 1);
    }
    return {};
  }

  // Title, version, description, parameters and default.
  Made finish(weir_schema* schema, const Part& part, Version version, bool force_optional) {
    static const Value kNothing = Value::map(nullptr, 0);
    const Value& node = part.bare ? kNothing : *part.place.node;
    if (const Value* title = text_member(node, "title"); title != nullptr && schema->name.data == nullptr) {
      schema->name = keep(title->text());
    }
    if (const Value* own = member(node, "connect.version"); own != nullptr && own->is(Kind::int64)) {
      version = static_cast<std::int32_t>(own->as.i64);
    }
    if (version) {
      schema->version = *version;
      schema->flags |= WEIR_SCHEMA_HAS_VERSION;
    }
    if (const Value* text = text_member(node, "description")) {
      schema->doc = keep(text->text());
    }
    if (const Value* list = member(node, "connect.parameters"); list != nullptr && list->is_object()) {
      std::vector<std::pair<std::string, std::string>> parameters;
      for (const Member& m : list->members()) {
        const bool text = m.item().is_string();
        parameters.emplace_back(m.name().text(), text ? std::string(m.item().text()) : std::string(json::write(m.item(), arena_)));
      }
      add_parameters(*schema, parameters);
    }
    // A default of null says only that there is none.
    if (const Value* fallback = member(node, "default"); fallback != nullptr && !fallback->is_null()) {
      auto value = value_from_json(schema, fallback, arena_);
      if (!value) {
        return bad_record(path_ + ": Invalid default value: " + value.error().message);
      }
      if (!value->is_null()) {
        auto* copy = arena_.array<weir_value>(1);
        *copy = deep_copy(*value, arena_);
        schema->default_value = copy;
      }
    }
    if (force_optional) {
      schema->flags |= WEIR_SCHEMA_OPTIONAL;
    }
    return schema;
  }

  /// A step into the schema, for messages.
  class Step {
   public:
    Step(std::string& path, std::string_view a, std::string_view b = {}) : path_(path), size_(path.size()) {
      path_.append("/").append(a);
      if (!b.empty()) {
        path_.append("/").append(b);
      }
    }
    ~Step() { path_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    std::size_t size_;
  };

  const Document& document_;
  Classifier classifier_;
  const Options& options_;
  Arena arena_;
  std::string path_{"#"};
  std::map<std::pair<const Value*, bool>, Known> known_;  // by node; true: what its allOf makes
  std::size_t count_{0};
  int ids_{0};
  int unions_{0};
};

}  // namespace

Result<const weir_schema*> connect_schema(const Document& document, const Options& options,
                                          std::optional<std::int32_t> version, Arena arena) {
  return Builder(document, options, arena).run(version);
}

}  // namespace weir::json_schema
