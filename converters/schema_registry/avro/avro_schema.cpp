#include "avro_schema.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <weir/json.hpp>

namespace weir::converters::schema_registry::avro {
namespace {

constexpr std::uint32_t kMaxDepth = 200;
constexpr std::size_t kMaxNodes = 100'000;

constexpr std::array<std::string_view, 14> kNames{"null",   "boolean", "int",    "long",   "float",
                                                  "double", "bytes",   "string", "record", "enum",
                                                  "array",  "map",     "fixed",  "union"};
constexpr std::size_t kPrimitives = 8;

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool reserved_in_schema(std::string_view key) {
  return one_of(key, {"doc", "fields", "items", "name", "namespace", "size", "symbols", "values",
                      "type", "aliases"});
}
bool reserved_in_field(std::string_view key) {
  return one_of(key, {"default", "doc", "name", "order", "type", "aliases"});
}

class Parser {
 public:
  explicit Parser(AvroSchema& schema) : schema_(schema) {}

  Result<const Node*> document(std::string_view text) {
    const json::ReadOptions options{
        .max_depth = kMaxDepth, .reject_trailing = true, .exact_numbers = true};
    auto value = json::read(schema_.arena().copy(text), schema_.arena(), options);
    if (!value) {
      return bad_record("The Avro schema is not JSON: " + value.error().message);
    }
    return node(*value, "");
  }

  /// Names that were used before they were defined must be defined in the end.
  Result<void> complete() const {
    if (pending_.empty()) {
      return {};
    }
    return bad_record("Undefined name in the Avro schema: \"" + pending_.begin()->first +
                      "\"; neither the schema nor a reference defines it");
  }

 private:
  Result<const Node*> node(const Value& json, std::string_view space) {
    if (++count_ > kMaxNodes) {
      return bad_record("The Avro schema has more than " + std::to_string(kMaxNodes) + " types");
    }
    if (json.is_string()) {
      return by_name(json.text(), space);
    }
    if (json.is_array()) {
      return union_of(json, space);
    }
    if (!json.is_object()) {
      return bad_record("An Avro schema must be a name, an object or an array");
    }
    const Value* type = json.find("type");
    if (type == nullptr || !type->is_string()) {
      return bad_record("No type in an Avro schema: \"type\" must be a name");
    }
    const std::string_view word = type->text();
    const auto* at = std::find(kNames.begin(), kNames.begin() + kPrimitives, word);
    if (at != kNames.begin() + kPrimitives) {
      Node& made = schema_.make(static_cast<Type>(at - kNames.begin()));
      properties(json, made);
      return static_cast<const Node*>(&made);
    }
    if (word == "record" || word == "error") {
      return record(json, space);
    }
    if (word == "enum") {
      return enumeration(json, space);
    }
    if (word == "fixed") {
      return fixed(json, space);
    }
    if (word == "array" || word == "map") {
      const char* key = word == "array" ? "items" : "values";
      const Value* inner = json.find(key);
      if (inner == nullptr) {
        return bad_record("An Avro " + std::string(word) + " needs \"" + key + "\"");
      }
      Node& made = schema_.make(word == "array" ? Type::array : Type::map);
      auto items = node(*inner, space);
      if (!items) {
        return items;
      }
      made.items = *items;
      properties(json, made);
      return static_cast<const Node*>(&made);
    }
    const Node* known = find(word, space);
    if (known == nullptr) {
      return bad_record("Avro type not supported: " + std::string(word));
    }
    return known;
  }

  Result<const Node*> by_name(std::string_view word, std::string_view space) {
    const auto* at = std::find(kNames.begin(), kNames.begin() + kPrimitives, word);
    if (at != kNames.begin() + kPrimitives) {
      return static_cast<const Node*>(&schema_.make(static_cast<Type>(at - kNames.begin())));
    }
    if (const Node* known = find(word, space)) {
      return known;
    }
    std::string full(word);
    if (word.find('.') == std::string_view::npos && !space.empty()) {
      full = std::string(space).append(1, '.').append(word);
    }
    auto [it, fresh] = pending_.try_emplace(std::move(full), nullptr);
    if (fresh) {
      it->second = &schema_.make(Type::null);
      it->second->full_name = schema_.arena().copy(it->first);
    }
    return static_cast<const Node*>(it->second);
  }

  const Node* find(std::string_view word, std::string_view space) const {
    if (word.find('.') == std::string_view::npos && !space.empty()) {
      const auto it = named_.find(std::string(space) + "." + std::string(word));
      if (it != named_.end()) {
        return it->second;
      }
    }
    const auto it = named_.find(std::string(word));
    return it == named_.end() ? nullptr : it->second;
  }

  Result<const Node*> union_of(const Value& json, std::string_view space) {
    Node& made = schema_.make(Type::union_of);
    std::unordered_set<std::string_view> seen;
    for (const Value& one : json.items()) {
      auto branch = node(one, space);
      if (!branch) {
        return branch;
      }
      if ((*branch)->type == Type::union_of) {
        return bad_record("Nested union in the Avro schema");
      }
      const bool named =
          (*branch)->named() || !(*branch)->full_name.empty();  // or to be defined later
      const std::string_view id = named ? (*branch)->full_name : to_string((*branch)->type);
      if (!seen.insert(id).second) {
        return bad_record("Duplicate in an Avro union: " + std::string(id));
      }
      made.branches.push_back(*branch);
    }
    return static_cast<const Node*>(&made);
  }

  Result<Node*> named(const Value& json, std::string_view space, Type type) {
    const Value* name = json.find("name");
    const std::string kind(to_string(type));
    if (name == nullptr || !name->is_string()) {
      return bad_record("No name in an Avro " + kind + ": \"name\" must be a text");
    }
    std::string_view short_name = name->text();
    std::string_view own_space = space;
    if (const auto dot = short_name.rfind('.'); dot != std::string_view::npos) {
      own_space = short_name.substr(0, dot);
      short_name.remove_prefix(dot + 1);
    } else if (const Value* own = json.find("namespace"); own != nullptr && own->is_string()) {
      own_space = own->text();
    }
    const std::string full = own_space.empty()
                                 ? std::string(short_name)
                                 : std::string(own_space).append(1, '.').append(short_name);
    Node* used_before = nullptr;
    if (const auto it = pending_.find(full); it != pending_.end()) {
      used_before = it->second;
      pending_.erase(it);
    }
    Node& made = used_before != nullptr ? *used_before : schema_.make(type);
    made.type = type;
    made.name = short_name;
    made.space = own_space;
    made.full_name = own_space.empty() ? short_name : schema_.arena().copy(full);
    if (!is_avro_name(made.name)) {
      return bad_record("Illegal Avro name: \"" + std::string(full) + "\" of a " + kind +
                        "; letters, digits and _ are allowed, a digit not first");
    }
    if (find_exact(made.full_name) != nullptr ||
        std::find(kNames.begin(), kNames.begin() + kPrimitives, made.full_name) !=
            kNames.begin() + kPrimitives) {
      return bad_record("Can't redefine: " + std::string(made.full_name));
    }
    named_.emplace(std::string(made.full_name), &made);
    if (const Value* doc = json.find("doc"); doc != nullptr && doc->is_string()) {
      made.doc = doc->text();
      made.has_doc = true;
    }
    made.aliases = texts(json.find("aliases"));
    properties(json, made);
    return &made;
  }

  const Node* find_exact(std::string_view full) const {
    const auto it = named_.find(std::string(full));
    return it == named_.end() ? nullptr : it->second;
  }

  Result<const Node*> record(const Value& json, std::string_view space) {
    auto made = named(json, space, Type::record);
    if (!made) {
      return made.error();
    }
    Node& out = **made;
    const Value* fields = json.find("fields");
    if (fields == nullptr || !fields->is_array()) {
      return bad_record("Avro record " + std::string(out.full_name) + " has no \"fields\" array");
    }
    std::unordered_set<std::string_view> seen;
    for (const Value& one : fields->items()) {
      const Value* name = one.is_object() ? one.find("name") : nullptr;
      const Value* type = one.is_object() ? one.find("type") : nullptr;
      if (name == nullptr || !name->is_string() || type == nullptr) {
        return bad_record("A field of Avro record " + std::string(out.full_name) +
                          " has no \"name\" or no \"type\"");
      }
      if (!is_avro_name(name->text())) {
        return bad_record("Illegal Avro name: \"" + std::string(name->text()) +
                          "\" of a field of " + std::string(out.full_name));
      }
      if (!seen.insert(name->text()).second) {
        return bad_record("Duplicate field " + std::string(name->text()) + " in Avro record " +
                          std::string(out.full_name));
      }
      auto inner = node(*type, out.space);
      if (!inner) {
        return Error{inner.error().code, inner.error().message + " (field " +
                                             std::string(name->text()) + " of " +
                                             std::string(out.full_name) + ")"};
      }
      Field field;
      field.name = name->text();
      field.type = *inner;
      if (const Value* value = one.find("default")) {
        auto* copy = schema_.arena().array<weir_value>(1);
        *copy = *value;
        field.default_value = static_cast<const Value*>(copy);
      }
      if (const Value* doc = one.find("doc"); doc != nullptr && doc->is_string()) {
        field.doc = doc->text();
        field.has_doc = true;
      }
      if (const Value* order = one.find("order");
          order != nullptr && order->is_string() && order->text() != "ascending") {
        field.order = order->text();
      }
      field.aliases = texts(one.find("aliases"));
      for (const Member& m : one.members()) {
        if (!reserved_in_field(m.name().text())) {
          field.properties.push_back({m.name().text(), m.item()});
        }
      }
      out.fields.push_back(std::move(field));
    }
    return static_cast<const Node*>(&out);
  }

  Result<const Node*> enumeration(const Value& json, std::string_view space) {
    auto made = named(json, space, Type::enumeration);
    if (!made) {
      return made.error();
    }
    Node& out = **made;
    const Value* symbols = json.find("symbols");
    if (symbols == nullptr || !symbols->is_array()) {
      return bad_record("Avro enum " + std::string(out.full_name) + " has no \"symbols\" array");
    }
    std::unordered_set<std::string_view> seen;
    for (const Value& symbol : symbols->items()) {
      if (!symbol.is_string() || !is_avro_name(symbol.text())) {
        return bad_record("Illegal symbol of Avro enum " + std::string(out.full_name));
      }
      if (!seen.insert(symbol.text()).second) {
        return bad_record("Duplicate enum symbol: " + std::string(symbol.text()));
      }
      out.symbols.push_back(symbol.text());
    }
    if (const Value* value = json.find("default"); value != nullptr && value->is_string()) {
      if (seen.count(value->text()) == 0) {
        return bad_record("The default " + std::string(value->text()) + " of Avro enum " +
                          std::string(out.full_name) + " is none of its symbols");
      }
      out.enum_default = value->text();
    }
    std::erase_if(out.properties, [](const Property& p) { return p.name == "default"; });
    return static_cast<const Node*>(&out);
  }

  Result<const Node*> fixed(const Value& json, std::string_view space) {
    auto made = named(json, space, Type::fixed);
    if (!made) {
      return made.error();
    }
    const Value* size = json.find("size");
    if (size == nullptr || !size->is_integer() || size->as_integer() < 0 ||
        size->as_integer() > INT32_MAX) {
      return bad_record("Invalid or no size of Avro fixed " + std::string((*made)->full_name));
    }
    (*made)->size = static_cast<std::uint32_t>(size->as_integer());
    return static_cast<const Node*>(*made);
  }

  static std::vector<std::string_view> texts(const Value* list) {
    std::vector<std::string_view> out;
    if (list != nullptr && list->is_array()) {
      for (const Value& one : list->items()) {
        if (one.is_string()) {
          out.push_back(one.text());
        }
      }
    }
    return out;
  }

  static void properties(const Value& json, Node& made) {
    for (const Member& m : json.members()) {
      if (!reserved_in_schema(m.name().text())) {
        made.properties.push_back({m.name().text(), m.item()});
      }
    }
  }

  AvroSchema& schema_;
  std::map<std::string, const Node*> named_;
  std::map<std::string, Node*> pending_;  // used, not yet defined
  std::size_t count_{0};
};

/// Whether two types are one that was made twice; docs, defaults and most properties do not matter
/// to the data.
class SameData {
 public:
  bool nodes(const Node& a, const Node& b) {
    // Records that hold themselves, and each other, are compared once.
    if (&a == &b || (a.type == Type::record && !compared_.insert({&a, &b}).second)) {
      return true;
    }
    if (a.type != b.type || a.full_name != b.full_name || a.symbols != b.symbols ||
        a.size != b.size || a.fields.size() != b.fields.size() ||
        a.branches.size() != b.branches.size() ||
        property(a, "logicalType") != property(b, "logicalType") ||
        property(a, "scale") != property(b, "scale")) {
      return false;
    }
    const auto same_field = [this](const Field& x, const Field& y) {
      return x.name == y.name && nodes(*x.type, *y.type);
    };
    const auto same_branch = [this](const Node* x, const Node* y) { return nodes(*x, *y); };
    return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), same_field) &&
           std::equal(a.branches.begin(), a.branches.end(), b.branches.begin(), same_branch) &&
           (a.items == nullptr || nodes(*a.items, *b.items));
  }

 private:
  static std::string property(const Node& n, std::string_view key) {
    std::string text;
    if (const Value* value = n.property(key)) {
      json::write(*value, text);
    }
    return text;
  }

  std::set<std::pair<const Node*, const Node*>> compared_;
};

/// Writes Schema.toString()'s member order: type, name, namespace, doc, content, properties,
/// aliases.
class TextWriter {
 public:
  Result<void> node(const Node& n, std::string_view space) {
    switch (n.type) {
      case Type::union_of: {
        out_ += '[';
        for (std::size_t i = 0; i < n.branches.size(); ++i) {
          out_ += i == 0 ? "" : ",";
          if (auto done = node(*n.branches[i], space); !done) {
            return done;
          }
        }
        out_ += ']';
        return {};
      }
      case Type::array:
      case Type::map: {
        out_ +=
            n.type == Type::array ? R"({"type":"array","items":)" : R"({"type":"map","values":)";
        if (auto done = node(*n.items, space); !done) {
          return done;
        }
        properties(n.properties);
        out_ += '}';
        return {};
      }
      case Type::record:
      case Type::enumeration:
      case Type::fixed: return named(n, space);
      default:
        if (n.properties.empty()) {
          string(to_string(n.type));
        } else {
          out_ += R"({"type":)";
          string(to_string(n.type));
          properties(n.properties);
          out_ += '}';
        }
        return {};
    }
  }

  std::string take() { return std::move(out_); }

 private:
  Result<void> named(const Node& n, std::string_view space) {
    const auto [it, fresh] = seen_.emplace(n.full_name, &n);
    if (!fresh) {
      if (!SameData().nodes(*it->second, n)) {
        return bad_record("Can't redefine: " + std::string(n.full_name) +
                          "; two types of this name differ");
      }
      string(n.space == space ? n.name : n.full_name);
      return {};
    }
    out_ += R"({"type":)";
    string(to_string(n.type));
    member("name", n.name);
    if (n.space != space) {
      member("namespace", n.space);
    }
    if (n.has_doc) {
      member("doc", n.doc);
    }
    if (n.type == Type::record) {
      out_ += R"(,"fields":[)";
      for (std::size_t i = 0; i < n.fields.size(); ++i) {
        out_ += i == 0 ? "" : ",";
        if (auto done = field(n.fields[i], n.space); !done) {
          return done;
        }
      }
      out_ += ']';
    } else if (n.type == Type::enumeration) {
      out_ += R"(,"symbols":)";
      strings(n.symbols);
      if (!n.enum_default.empty()) {
        member("default", n.enum_default);
      }
    } else {
      out_ += R"(,"size":)" + std::to_string(n.size);
    }
    properties(n.properties);
    aliases(n.aliases);
    out_ += '}';
    return {};
  }

  Result<void> field(const Field& f, std::string_view space) {
    out_ += R"({"name":)";
    string(f.name);
    out_ += R"(,"type":)";
    if (auto done = node(*f.type, space); !done) {
      return done;
    }
    if (f.has_doc) {
      member("doc", f.doc);
    }
    if (f.default_value != nullptr) {
      out_ += R"(,"default":)";
      json(*f.default_value);
    }
    if (!f.order.empty()) {
      member("order", f.order);
    }
    aliases(f.aliases);
    properties(f.properties);
    out_ += '}';
    return {};
  }

  void properties(const std::vector<Property>& list) {
    for (const Property& p : list) {
      out_ += ',';
      string(p.name);
      out_ += ':';
      json(p.value);
    }
  }
  void aliases(const std::vector<std::string_view>& list) {
    if (!list.empty()) {
      out_ += R"(,"aliases":)";
      strings(list);
    }
  }
  void member(std::string_view key, std::string_view text) {
    out_ += ',';
    string(key);
    out_ += ':';
    string(text);
  }
  void strings(const std::vector<std::string_view>& list) {
    out_ += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      out_ += i == 0 ? "" : ",";
      string(list[i]);
    }
    out_ += ']';
  }
  void string(std::string_view text) { json(Value::string(text)); }
  void json(const Value& value) {
    std::string text;
    json::write(value, text);
    out_ += text;
  }

  std::string out_;
  std::map<std::string_view, const Node*> seen_;
};

}  // namespace

std::string_view to_string(Type type) noexcept { return kNames[static_cast<std::size_t>(type)]; }

bool is_avro_name(std::string_view name) noexcept {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

const Value* Node::property(std::string_view key) const noexcept {
  for (const Property& p : properties) {
    if (p.name == key) {
      return &p.value;
    }
  }
  return nullptr;
}

std::string_view Node::text_property(std::string_view key) const noexcept {
  const Value* v = property(key);
  return v != nullptr && v->is_string() ? v->text() : std::string_view();
}

const Field* Node::field(std::string_view key) const noexcept {
  for (const Field& f : fields) {
    if (f.name == key) {
      return &f;
    }
  }
  return nullptr;
}

int Node::branch_of(Type t) const noexcept {
  for (std::size_t i = 0; i < branches.size(); ++i) {
    if (branches[i]->type == t) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::string Node::shown() const {
  return named() ? std::string(to_string(type)) + " " + std::string(full_name)
                 : std::string(to_string(type));
}

Node& AvroSchema::make(Type type) {
  nodes_.push_back(std::make_unique<Node>());
  nodes_.back()->type = type;
  return *nodes_.back();
}

Result<std::unique_ptr<AvroSchema>> AvroSchema::parse(
    std::string_view text, std::span<const ResolvedReference> references) {
  auto schema = std::make_unique<AvroSchema>();
  Parser parser(*schema);
  for (const ResolvedReference& reference : references) {
    if (auto node = parser.document(reference.text); !node) {
      return Error{node.error().code, "Reference " + reference.name + ": " + node.error().message};
    }
  }
  auto root = parser.document(text);
  if (!root) {
    return root.error();
  }
  if (auto done = parser.complete(); !done) {
    return done.error();
  }
  schema->root_ = *root;
  return schema;
}

Result<std::string> schema_text(const Node& root) {
  TextWriter writer;
  if (auto done = writer.node(root, ""); !done) {
    return done.error();
  }
  return writer.take();
}

}  // namespace weir::converters::schema_registry::avro
