// The record's value: a view of plain data in the batch's arena (abi.h weir_value), and its schema.
#pragma once

#include <weir/abi.h>
#include <weir/arena.hpp>

#include <cstdint>
#include <span>
#include <string_view>

namespace weir {
inline namespace v1 {

inline std::string_view text_of(weir_bytes bytes) noexcept {
  return {static_cast<const char*>(bytes.data), bytes.data == nullptr ? 0 : bytes.size};
}
/// Never absent: an empty text keeps a non-null pointer.
inline weir_bytes bytes_of(std::string_view text) noexcept {
  return {text.data() == nullptr ? "" : text.data(), text.size()};
}
inline constexpr weir_bytes kAbsent{nullptr, 0};

enum class Kind : std::uint8_t {
  null = WEIR_KIND_NULL,
  boolean = WEIR_KIND_BOOLEAN,
  int8 = WEIR_KIND_INT8,
  int16 = WEIR_KIND_INT16,
  int32 = WEIR_KIND_INT32,
  int64 = WEIR_KIND_INT64,
  float32 = WEIR_KIND_FLOAT32,
  float64 = WEIR_KIND_FLOAT64,
  string = WEIR_KIND_STRING,
  bytes = WEIR_KIND_BYTES,
  array = WEIR_KIND_ARRAY,
  map = WEIR_KIND_MAP,
  structure = WEIR_KIND_STRUCT,
  decimal = WEIR_KIND_DECIMAL,
  timestamp = WEIR_KIND_TIMESTAMP,
  lazy = WEIR_KIND_LAZY
};

struct Member;

/// weir_value with member functions; same layout, trivially copyable. Copying copies the reference to what is inside,
/// not the inside. What a value points to lives in the batch's arena (or in the bytes it was decoded from).
/// A `lazy` value is raw JSON text: call weir::json::expand (json.hpp) before looking inside.
struct Value : weir_value {
  Value() noexcept : weir_value{} {}
  Value(const weir_value& v) noexcept : weir_value(v) {}

  static Value null() noexcept { return {}; }
  static Value boolean(bool b) noexcept { return integer(Kind::boolean, b ? 1 : 0); }
  static Value int8(std::int8_t i) noexcept { return integer(Kind::int8, i); }
  static Value int16(std::int16_t i) noexcept { return integer(Kind::int16, i); }
  static Value int32(std::int32_t i) noexcept { return integer(Kind::int32, i); }
  static Value int64(std::int64_t i) noexcept { return integer(Kind::int64, i); }
  static Value timestamp(std::int64_t ms) noexcept { return integer(Kind::timestamp, ms); }
  static Value integer(Kind kind, std::int64_t i) noexcept {
    Value v;
    v.kind_(kind);
    v.as.i64 = i;
    return v;
  }
  static Value float32(float f) noexcept { return real(Kind::float32, static_cast<double>(f)); }
  static Value float64(double d) noexcept { return real(Kind::float64, d); }
  static Value real(Kind kind, double d) noexcept {
    Value v;
    v.kind_(kind);
    v.as.f64 = d;
    return v;
  }
  /// Borrows the text: it must live as long as the batch (a literal, or arena.copy(...)).
  static Value string(std::string_view text) noexcept { return span(Kind::string, text); }
  static Value bytes(std::string_view text) noexcept { return span(Kind::bytes, text); }
  static Value decimal(std::string_view text) noexcept { return span(Kind::decimal, text); }
  static Value lazy(std::string_view json) noexcept { return span(Kind::lazy, json); }
  static Value span(Kind kind, std::string_view text) noexcept {
    Value v;
    v.kind_(kind);
    v.count = static_cast<std::uint32_t>(text.size());
    v.as.text = text.data() == nullptr ? "" : text.data();
    return v;
  }
  static Value array(weir_value* items, std::size_t count) noexcept {
    Value v;
    v.kind_(Kind::array);
    v.count = static_cast<std::uint32_t>(count);
    v.as.items = items;
    return v;
  }
  static Value map(weir_member* members, std::size_t count) noexcept {
    return of_members(Kind::map, members, count);
  }
  static Value structure(weir_member* members, std::size_t count) noexcept {
    return of_members(Kind::structure, members, count);
  }
  static Value of_members(Kind kind, weir_member* members, std::size_t count) noexcept {
    Value v;
    v.kind_(kind);
    v.count = static_cast<std::uint32_t>(count);
    v.as.members = members;
    return v;
  }

  Kind type() const noexcept { return static_cast<Kind>(kind); }
  bool is(Kind k) const noexcept { return type() == k; }
  bool is_null() const noexcept { return kind == WEIR_KIND_NULL; }
  bool is_string() const noexcept { return kind == WEIR_KIND_STRING; }
  bool is_bytes() const noexcept { return kind == WEIR_KIND_BYTES; }
  bool is_boolean() const noexcept { return kind == WEIR_KIND_BOOLEAN; }
  bool is_integer() const noexcept { return kind >= WEIR_KIND_INT8 && kind <= WEIR_KIND_INT64; }
  bool is_real() const noexcept { return kind == WEIR_KIND_FLOAT32 || kind == WEIR_KIND_FLOAT64; }
  bool is_array() const noexcept { return kind == WEIR_KIND_ARRAY; }
  bool is_lazy() const noexcept { return kind == WEIR_KIND_LAZY; }
  /// map or struct: has members.
  bool is_object() const noexcept { return kind == WEIR_KIND_MAP || kind == WEIR_KIND_STRUCT; }

  bool as_boolean() const noexcept { return as.i64 != 0; }
  std::int64_t as_integer() const noexcept { return as.i64; }
  double as_real() const noexcept { return as.f64; }
  /// Text of string, bytes, decimal, lazy.
  std::string_view text() const noexcept { return {as.text, count}; }
  inline std::span<Value> items() const noexcept;
  inline std::span<Member> members() const noexcept;
  /// The member of that name (string keys; the last one wins), or nullptr. Linear: objects are small.
  inline Value* find(std::string_view name) const noexcept;

 private:
  void kind_(Kind k) noexcept { kind = static_cast<std::uint8_t>(k); }
};

struct Member : weir_member {
  Value& name() noexcept { return static_cast<Value&>(key); }
  const Value& name() const noexcept { return static_cast<const Value&>(key); }
  Value& item() noexcept { return static_cast<Value&>(value); }
  const Value& item() const noexcept { return static_cast<const Value&>(value); }
};
static_assert(sizeof(Value) == 16 && sizeof(Member) == 32);

inline std::span<Value> Value::items() const noexcept {
  return {static_cast<Value*>(as.items), count};
}
inline std::span<Member> Value::members() const noexcept {
  return {static_cast<Member*>(as.members), count};
}
inline Value* Value::find(std::string_view name) const noexcept {
  for (std::uint32_t i = count; i-- > 0;) {
    weir_member& m = as.members[i];
    if (m.key.kind == WEIR_KIND_STRING && m.key.count == name.size() &&
        std::string_view(m.key.as.text, m.key.count) == name) {
      return static_cast<Value*>(&m.value);
    }
  }
  return nullptr;
}

/// Collects the members of a map or struct whose size is not known before; the result lives in the arena.
class ObjectBuilder {
 public:
  explicit ObjectBuilder(Arena arena, std::size_t capacity = 16)
      : arena_(arena), members_(arena.array<weir_member>(capacity)), capacity_(capacity) {}

  /// name is borrowed like Value::string.
  ObjectBuilder& add(std::string_view name, const Value& value) {
    return add_member(Value::string(name), value);
  }
  ObjectBuilder& add_member(const Value& key, const Value& value) {
    if (count_ == capacity_) {
      auto* bigger = arena_.array<weir_member>(capacity_ * 2 + 1);
      std::memcpy(static_cast<void*>(bigger), members_, count_ * sizeof(weir_member));
      members_ = bigger;
      capacity_ = capacity_ * 2 + 1;
    }
    members_[count_].key = key;
    members_[count_].value = value;
    ++count_;
    return *this;
  }
  Value map() const noexcept { return Value::map(members_, count_); }
  Value structure() const noexcept { return Value::structure(members_, count_); }

 private:
  Arena arena_;
  weir_member* members_;
  std::size_t capacity_;
  std::size_t count_{0};
};

/// Collects the items of an array whose size is not known before; the result lives in the arena.
class ArrayBuilder {
 public:
  explicit ArrayBuilder(Arena arena, std::size_t capacity = 16)
      : arena_(arena), items_(arena.array<weir_value>(capacity)), capacity_(capacity) {}

  ArrayBuilder& add(const Value& value) {
    if (count_ == capacity_) {
      auto* bigger = arena_.array<weir_value>(capacity_ * 2 + 1);
      std::memcpy(static_cast<void*>(bigger), items_, count_ * sizeof(weir_value));
      items_ = bigger;
      capacity_ = capacity_ * 2 + 1;
    }
    items_[count_++] = value;
    return *this;
  }
  Value array() const noexcept { return Value::array(items_, count_); }

 private:
  Arena arena_;
  weir_value* items_;
  std::size_t capacity_;
  std::size_t count_{0};
};

/// Names of Kafka Connect's logical types (org.apache.kafka.connect.data.*).
inline constexpr std::string_view kDecimalName = "org.apache.kafka.connect.data.Decimal";
inline constexpr std::string_view kDateName = "org.apache.kafka.connect.data.Date";
inline constexpr std::string_view kTimeName = "org.apache.kafka.connect.data.Time";
inline constexpr std::string_view kTimestampName = "org.apache.kafka.connect.data.Timestamp";

/// View of an immutable schema.
struct Schema : weir_schema {
  Kind kind() const noexcept { return static_cast<Kind>(type); }
  bool optional() const noexcept { return (flags & WEIR_SCHEMA_OPTIONAL) != 0; }
  bool stable() const noexcept { return (flags & WEIR_SCHEMA_STABLE) != 0; }
  bool has_version() const noexcept { return (flags & WEIR_SCHEMA_HAS_VERSION) != 0; }
  bool has_name() const noexcept { return name.data != nullptr; }
  std::string_view name_text() const noexcept { return text_of(name); }
  const Value* default_or_null() const noexcept {
    return static_cast<const Value*>(default_value);
  }
  std::span<const weir_field> field_list() const noexcept { return {fields, field_count}; }
  /// nullptr when there is no such field.
  const weir_field* field(std::string_view field_name) const noexcept {
    for (const weir_field& f : field_list()) {
      if (text_of(f.name) == field_name) {
        return &f;
      }
    }
    return nullptr;
  }
  const Schema* element() const noexcept { return static_cast<const Schema*>(values); }
  const Schema* key_schema() const noexcept { return static_cast<const Schema*>(keys); }
};
inline const Schema* view(const weir_schema* schema) noexcept {
  return static_cast<const Schema*>(schema);
}

}  // namespace v1
}  // namespace weir
