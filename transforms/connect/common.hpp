// What Kafka Connect's transforms have in common.
#pragma once

#include <weir/connect_text.hpp>
#include <weir/java_map.hpp>
#include <weir/json.hpp>
#include <weir/plugin.hpp>
#include <weir/schema.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir::transforms::connect {

namespace text = weir::connect;  // the SDK's text forms

inline std::string join(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    out += part;
  }
  return out;
}

/// Java's DataException: the record is at fault.
inline Error data_error(std::initializer_list<std::string_view> parts) { return bad_record(join(parts)); }

/// Requirements.requireMap; opens a lazy value (one level).
inline Result<void> require_map(Value& value, Arena arena, std::string_view purpose) {
  if (auto done = json::open(value, arena); !done) {
    return done;
  }
  if (!value.is(Kind::map)) {
    return data_error({"Only Map objects supported in absence of schema for [", purpose, "], found: ", text::java_class(value)});
  }
  return {};
}

/// Requirements.requireStruct; the value must have as many members as its schema has fields.
inline Result<void> require_struct(const Value& value, const weir_schema* schema, std::string_view purpose) {
  if (!value.is(Kind::structure)) {
    return data_error({"Only Struct objects supported for [", purpose, "], found: ", text::java_class(value)});
  }
  if (schema->type != WEIR_KIND_STRUCT || schema->field_count != value.count) {
    return data_error({"Mismatching schema for [", purpose, "]"});
  }
  return {};
}

/// ConnectSchema.toString(), for messages.
inline std::string schema_text(const weir_schema* schema) {
  const std::string_view name = text_of(schema->name);
  return join({"Schema{", name, name.empty() ? "" : ":", text::type_name(schema->type), "}"});
}

/// Struct.get or getWithoutDefault.
inline Value field_value(const Value& structure, const weir_schema* schema, std::size_t i, bool with_default) {
  const weir_value& v = structure.as.members[i].value;
  const weir_value* fallback = schema->fields[i].schema->default_value;
  return v.kind == WEIR_KIND_NULL && with_default && fallback != nullptr ? *fallback : v;
}

inline std::size_t field_index(const weir_schema* schema, std::string_view name) {
  std::size_t i = 0;
  while (i < schema->field_count && text_of(schema->fields[i].name) != name) {
    ++i;
  }
  return i;
}

inline weir_member member(std::string_view name, const Value& value) {
  weir_member m{};
  m.key = Value::string(name);
  m.value = value;
  return m;
}

/// SchemaBuilder.field: a name twice, or none, is an error.
inline Result<void> add_field(SchemaBuilder& builder, std::string_view name, const weir_schema* schema) {
  if (name.empty()) {
    return data_error({"fieldName cannot be null."});
  }
  if (builder.has_field(name)) {
    return data_error({"Cannot create field because of field name duplication ", name});
  }
  builder.field(name, schema);
  return {};
}

/// The null in a struct that stands for a null one (nested.hpp): only the schema that a transform makes of it counts.
inline Value placeholder() noexcept {
  Value v;
  v.reserved = 1;
  return v;
}

/// Struct.put of a null that a struct came with: InsertField leaves a required field null when the record has no timestamp
/// or partition.
inline Result<void> check_present(const weir_field& field, const Value& value) {
  const weir_schema* schema = field.schema;
  return !value.is_null() || value.reserved != 0 || view(schema)->optional() || schema->default_value != nullptr
             ? Result<void>()
             : data_error({"Invalid value: null used for required field: \"", text_of(field.name), "\", schema type: ",
                           text::type_name(schema->type)});
}

/// Struct.put: whether a value may stand in a field.
inline Result<void> check_field(const weir_field& field, const Value& value) {
  const weir_schema& schema = *field.schema;
  const std::string_view name = text_of(field.name);
  if (value.is_null()) {
    return check_present(field, value);
  }
  const std::string_view logical = text_of(schema.name);
  const bool fits = logical == kDecimalName ? value.is(Kind::decimal)
                    : logical == kDateName || logical == kTimeName || logical == kTimestampName
                        ? value.is(Kind::timestamp)
                    : value.is_lazy() ? schema.type == WEIR_KIND_MAP || schema.type == WEIR_KIND_ARRAY
                                      : value.kind == schema.type;
  if (fits) {
    return {};
  }
  if (schema.name.data != nullptr) {
    return data_error({"Invalid Java object for schema \"", logical, "\" with type ", text::type_name(schema.type), ": class ",
                       text::java_class(value), " for field: \"", name, "\""});
  }
  return data_error({"Invalid Java object for schema with type ", text::type_name(schema.type), ": class ",
                     text::java_class(value), " for field: \"", name, "\""});
}

/// A few names, asked for many times.
class NameSet {
 public:
  NameSet() = default;
  explicit NameSet(std::vector<std::string> names) : names_(std::move(names)) {
    for (const std::string& name : names_) {
      sizes_ |= bit(name.size());
    }
  }
  bool empty() const noexcept { return names_.empty(); }
  bool contains(std::string_view name) const noexcept {
    return (sizes_ & bit(name.size())) != 0 && find(name) < names_.size();
  }
  /// size() when it is not there.
  std::size_t find(std::string_view name) const noexcept {
    std::size_t i = 0;
    while (i < names_.size() &&
           (names_[i].size() != name.size() || std::memcmp(names_[i].data(), name.data(), name.size()) != 0)) {
      ++i;
    }
    return i;
  }
  std::size_t size() const noexcept { return names_.size(); }
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  static constexpr std::uint64_t bit(std::size_t size) noexcept { return std::uint64_t{1} << (size < 63 ? size : 63); }
  std::vector<std::string> names_;
  std::uint64_t sizes_{0};
};

/// The members of a new map, in the arena: put replaces an equal name. Names are borrowed.
class MemberList {
 public:
  /// order: what kind of map Kafka Connect makes here.
  MemberList(Arena arena, std::size_t capacity, java::MapOrder order)
      : arena_(arena), members_(arena.array<weir_member>(capacity)), capacity_(capacity), order_(order) {}

  /// With the members of a map, and room for more.
  MemberList(Arena arena, const Value& map, std::size_t more, java::MapOrder order)
      : MemberList(arena, map.count + more, order) {
    count_ = map.count;
    if (count_ > 0) {
      std::memcpy(static_cast<void*>(members_), map.as.members, count_ * sizeof(weir_member));
    }
  }

  /// A name that is known not to be there.
  void add(const weir_member& m) {
    if (count_ == capacity_) {
      auto* bigger = arena_.array<weir_member>(capacity_ * 2 + 4);
      std::memcpy(static_cast<void*>(bigger), members_, count_ * sizeof(weir_member));
      members_ = bigger;
      capacity_ = capacity_ * 2 + 4;
    }
    members_[count_++] = m;
  }
  /// false: the name was there.
  bool put(std::string_view name, const Value& value) {
    const std::size_t i = find(name);
    if (i < count_) {
      members_[i].value = value;
      return false;
    }
    if (count_ >= kScanned) {
      index().emplace(name, count_);
    }
    add(member(name, value));
    return true;
  }
  Value map() const noexcept {
    Value out = Value::map(members_, count_);
    out.reserved = order_;
    return out;
  }

 private:
  static constexpr std::size_t kScanned = 64;

  std::size_t find(std::string_view name) {
    const std::size_t scanned = count_ < kScanned ? count_ : kScanned;
    for (std::size_t i = 0; i < scanned; ++i) {
      const weir_value& key = members_[i].key;
      if (key.count == name.size() && key.kind == WEIR_KIND_STRING && (name.empty() || *key.as.text == name.front()) &&
          std::memcmp(key.as.text, name.data(), name.size()) == 0) {
        return i;
      }
    }
    if (count_ > kScanned) {
      if (const auto it = index().find(name); it != index().end()) {
        return it->second;
      }
    }
    return count_;
  }

  using Index = std::unordered_map<std::string_view, std::size_t>;
  Index& index() {
    if (index_ == nullptr) {
      index_ = std::make_unique<Index>();
      for (std::size_t i = kScanned; i < count_; ++i) {
        index_->emplace(std::string_view(members_[i].key.as.text, members_[i].key.count), i);
      }
    }
    return *index_;
  }

  Arena arena_;
  weir_member* members_;
  std::size_t capacity_;
  java::MapOrder order_;
  std::size_t count_{0};
  std::unique_ptr<Index> index_;  // those after the scanned ones, once one is looked for
};

/// A copy with room for `more` members; the original may be shared and stays as it is.
inline MemberList copy_of(const Value& map, Arena arena, std::size_t more) {
  return {arena, map, more, java::copied_map(map.count)};
}

/// Java's String.split(":"): trailing empty parts are dropped.
inline std::vector<std::string> split_colons(std::string_view s) {
  std::vector<std::string> parts;
  for (;;) {
    const auto colon = s.find(':');
    parts.emplace_back(s.substr(0, colon));
    if (colon == std::string_view::npos) {
      break;
    }
    s.remove_prefix(colon + 1);
  }
  while (parts.size() > 1 && parts.back().empty()) {
    parts.pop_back();
  }
  if (parts.size() == 1 && parts[0].empty() && !s.empty()) {
    parts.clear();
  }
  return parts;
}

/// "non-empty list".
inline void check_not_empty(const std::vector<std::string>& list, std::string_view key, ConfigProblems& problems) {
  if (list.empty()) {
    problems.push_back({std::string(key), join({"Invalid value [] for configuration ", key, ": Empty list"})});
  }
}

inline constexpr std::string_view kReplaceNullDoc =
    "Whether a null field that has a default counts as that default.";

}  // namespace weir::transforms::connect
