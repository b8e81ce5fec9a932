// Builds schemas (abi.h weir_schema): in the batch's arena, or in memory that lives as long as the task (stable).
//
//   const weir_schema* sale = weir::SchemaBuilder(arena, weir::Kind::structure)
//       .name("Sale").field("id", weir::schemas::int64()).field("note", weir::schemas::string(true)).build();
#pragma once

#include <weir/arena.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir {
inline namespace v1 {

/// Copies a value and all it points to.
inline Value deep_copy(const Value& v, Arena arena) {
  switch (v.type()) {
    case Kind::string:
    case Kind::bytes:
    case Kind::decimal:
    case Kind::lazy:
      return Value::span(v.type(), arena.copy(v.text()));
    case Kind::array: {
      auto* items = arena.array<weir_value>(v.count);
      for (std::uint32_t i = 0; i < v.count; ++i) {
        items[i] = deep_copy(v.items()[i], arena);
      }
      return Value::array(items, v.count);
    }
    case Kind::map:
    case Kind::structure: {
      auto* members = arena.array<weir_member>(v.count);
      for (std::uint32_t i = 0; i < v.count; ++i) {
        members[i].key = deep_copy(v.members()[i].name(), arena);
        members[i].value = deep_copy(v.members()[i].item(), arena);
      }
      return Value::of_members(v.type(), members, v.count);
    }
    default:
      return v;
  }
}

/// One schema; what it points to (field schemas, texts given as literals or from `arena`) is shared, not copied.
class SchemaBuilder {
 public:
  SchemaBuilder(Arena arena, Kind kind, bool stable = false) : arena_(arena) {
    schema_.struct_size = sizeof(weir_schema);
    schema_.type = static_cast<std::uint32_t>(kind);
    schema_.flags = stable ? std::uint32_t{WEIR_SCHEMA_STABLE} : 0u;
  }
  /// Name, version, doc and parameters of another schema (Kafka Connect's copySchemaBasics).
  SchemaBuilder& basics_of(const weir_schema& other) {
    schema_.name = other.name;
    schema_.doc = other.doc;
    schema_.version = other.version;
    schema_.flags |= other.flags & WEIR_SCHEMA_HAS_VERSION;
    schema_.parameters = other.parameters;
    schema_.parameter_count = other.parameter_count;
    return *this;
  }
  SchemaBuilder& optional(bool yes = true) {
    schema_.flags = yes ? schema_.flags | WEIR_SCHEMA_OPTIONAL : schema_.flags & ~std::uint32_t{WEIR_SCHEMA_OPTIONAL};
    return *this;
  }
  SchemaBuilder& name(std::string_view text) { return schema_.name = bytes_of(text), *this; }
  SchemaBuilder& doc(std::string_view text) { return schema_.doc = bytes_of(text), *this; }
  SchemaBuilder& version(std::int32_t n) {
    schema_.version = n;
    schema_.flags |= WEIR_SCHEMA_HAS_VERSION;
    return *this;
  }
  /// The value is copied shallowly.
  SchemaBuilder& default_value(const Value& v) {
    auto* copy = arena_.array<weir_value>(1);
    *copy = v;
    schema_.default_value = copy;
    return *this;
  }
  SchemaBuilder& parameter(std::string_view key, std::string_view value) {
    parameters_.push_back({bytes_of(key), bytes_of(value)});
    return *this;
  }
  SchemaBuilder& field(std::string_view field_name, const weir_schema* schema) {
    fields_.push_back({bytes_of(field_name), schema});
    return *this;
  }
  bool has_field(std::string_view field_name) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const weir_field& f) { return text_of(f.name) == field_name; });
  }
  SchemaBuilder& keys(const weir_schema* schema) { return schema_.keys = schema, *this; }
  /// Of a map's values or an array's items.
  SchemaBuilder& values(const weir_schema* schema) { return schema_.values = schema, *this; }

  const weir_schema* build() {
    if (!parameters_.empty()) {
      auto* to = arena_.array<weir_pair>(parameters_.size());
      std::copy(parameters_.begin(), parameters_.end(), to);
      schema_.parameters = to;
      schema_.parameter_count = parameters_.size();
    }
    auto* fields = arena_.array<weir_field>(fields_.size());
    std::copy(fields_.begin(), fields_.end(), fields);
    schema_.fields = fields;
    schema_.field_count = fields_.size();
    auto* out = arena_.array<weir_schema>(1);
    *out = schema_;
    return out;
  }

 private:
  Arena arena_;
  weir_schema schema_{};
  std::vector<weir_pair> parameters_;
  std::vector<weir_field> fields_;
};

/// Schemas that live for ever.
namespace schemas {
namespace detail {
template <std::uint32_t Type, bool Optional>
inline const weir_schema* plain() {
  static const weir_schema schema = [] {
    weir_schema s{};
    s.struct_size = sizeof s;
    s.type = Type;
    s.flags = WEIR_SCHEMA_STABLE | (Optional ? std::uint32_t{WEIR_SCHEMA_OPTIONAL} : 0u);
    return s;
  }();
  return &schema;
}
template <std::uint32_t Type>
inline const weir_schema* plain(bool optional) {
  return optional ? plain<Type, true>() : plain<Type, false>();
}
template <std::uint32_t Type, int Which, bool Optional>
inline const weir_schema* logical(std::string_view name) {
  static const weir_schema schema = [&] {
    weir_schema s = *plain<Type, Optional>();
    s.name = bytes_of(name);
    s.version = 1;
    s.flags |= WEIR_SCHEMA_HAS_VERSION;
    return s;
  }();
  return &schema;
}
}  // namespace detail

inline const weir_schema* boolean(bool optional = false) { return detail::plain<WEIR_KIND_BOOLEAN>(optional); }
inline const weir_schema* int8(bool optional = false) { return detail::plain<WEIR_KIND_INT8>(optional); }
inline const weir_schema* int16(bool optional = false) { return detail::plain<WEIR_KIND_INT16>(optional); }
inline const weir_schema* int32(bool optional = false) { return detail::plain<WEIR_KIND_INT32>(optional); }
inline const weir_schema* int64(bool optional = false) { return detail::plain<WEIR_KIND_INT64>(optional); }
inline const weir_schema* float32(bool optional = false) { return detail::plain<WEIR_KIND_FLOAT32>(optional); }
inline const weir_schema* float64(bool optional = false) { return detail::plain<WEIR_KIND_FLOAT64>(optional); }
inline const weir_schema* string(bool optional = false) { return detail::plain<WEIR_KIND_STRING>(optional); }
inline const weir_schema* bytes(bool optional = false) { return detail::plain<WEIR_KIND_BYTES>(optional); }
inline const weir_schema* timestamp(bool optional = false) {
  return optional ? detail::logical<WEIR_KIND_INT64, 0, true>(kTimestampName)
                  : detail::logical<WEIR_KIND_INT64, 0, false>(kTimestampName);
}
inline const weir_schema* date(bool optional = false) {
  return optional ? detail::logical<WEIR_KIND_INT32, 1, true>(kDateName)
                  : detail::logical<WEIR_KIND_INT32, 1, false>(kDateName);
}
inline const weir_schema* time(bool optional = false) {
  return optional ? detail::logical<WEIR_KIND_INT32, 2, true>(kTimeName)
                  : detail::logical<WEIR_KIND_INT32, 2, false>(kTimeName);
}
/// The plain schema of a primitive kind (boolean to bytes).
inline const weir_schema* of(Kind kind, bool optional = false) {
  switch (kind) {
    case Kind::boolean: return boolean(optional);
    case Kind::int8: return int8(optional);
    case Kind::int16: return int16(optional);
    case Kind::int32: return int32(optional);
    case Kind::int64: return int64(optional);
    case Kind::float32: return float32(optional);
    case Kind::float64: return float64(optional);
    case Kind::bytes: return bytes(optional);
    default: return string(optional);
  }
}
}  // namespace schemas

/// What one transform makes of each schema it meets: built once for a stable schema, else in the batch's arena.
/// Owned by a component instance; used by its thread.
template <class Made>
class SchemaCache {
 public:
  /// build(arena, stable) -> Result<Made> (pointers into that arena). The pointer is good until the next call.
  template <class Build>
  Result<const Made*> get(const weir_schema* schema, Arena batch, Build&& build) {
    if (schema == last_) {
      return last_made_;
    }
    if ((schema->flags & WEIR_SCHEMA_STABLE) == 0) {
      return once(batch, build);
    }
    auto it = made_.find(schema);
    if (it == made_.end()) {
      if (made_.size() >= kMost) {
        return once(batch, build);
      }
      Result<Made> made = build(memory_.view(), true);
      if (!made) {
        return made.error();
      }
      it = made_.emplace(schema, *std::move(made)).first;
    }
    last_ = schema;
    last_made_ = &it->second;
    return last_made_;
  }

 private:
  static constexpr std::size_t kMost = 1000;

  template <class Build>
  Result<const Made*> once(Arena batch, Build& build) {
    Result<Made> made = build(batch, false);
    if (!made) {
      return made.error();
    }
    once_ = *std::move(made);
    return static_cast<const Made*>(&once_);
  }

  OwnedArena memory_{4096};
  std::unordered_map<const weir_schema*, Made> made_;
  const weir_schema* last_{nullptr};
  const Made* last_made_{nullptr};
  Made once_{};
};

}  // namespace v1
}  // namespace weir
