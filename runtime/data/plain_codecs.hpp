// The converters without a format of their own: text, bytes, single numbers, and the default one for headers.
// Facts: org.apache.kafka.connect.storage and .converters, 4.1.
#pragma once

#include <weir/arena.hpp>
#include <weir/config_def.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>
#include <weir/value.hpp>

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::runtime::data {

struct StringConfig {
  std::string encoding{"UTF-8"};
};

class StringCodec {
 public:
  static constexpr std::string_view kType = "StringConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.storage.StringConverter", "String"};
  static constexpr std::string_view kDoc = "Text; any other value is written as Java's toString() gives it.";
  using Config = StringConfig;
  static ConfigDef<Config> describe();

  explicit StringCodec(const Config& config);
  ~StringCodec();
  StringCodec(StringCodec&&) noexcept;

  Result<void> decode(std::optional<std::string_view> raw, Arena arena, Value& value, const weir_schema*& schema);
  Result<std::optional<std::string_view>> encode(const Value& value, const weir_schema* schema, Arena arena);

 private:
  struct Charset;
  std::unique_ptr<Charset> charset_;  // null: UTF-8
};

class ByteArrayCodec {
 public:
  static constexpr std::string_view kType = "ByteArrayConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.ByteArrayConverter", "ByteArray"};
  static constexpr std::string_view kDoc = "Bytes as they are.";
  using Config = NoConfig;
  static ConfigDef<Config> describe() { return {}; }

  explicit ByteArrayCodec(const Config&) {}
  Result<void> decode(std::optional<std::string_view> raw, Arena /*arena*/, Value& value, const weir_schema*& schema) {
    schema = schemas::bytes(true);
    value = raw ? Value::bytes(*raw) : Value();
    return {};
  }
  Result<std::optional<std::string_view>> encode(const Value& value, const weir_schema* schema, Arena arena);
};

/// Big-endian numbers of a fixed width. Traits: kind, bytes, names.
template <class Traits>
class NumberCodec {
 public:
  static constexpr std::string_view kType = Traits::kType;
  static constexpr std::array<std::string_view, 2> kAliases = Traits::kAliases;
  static constexpr std::string_view kDoc = Traits::kDoc;
  using Config = NoConfig;
  static ConfigDef<Config> describe() { return {}; }

  explicit NumberCodec(const Config&) {}
  Result<void> decode(std::optional<std::string_view> raw, Arena /*arena*/, Value& value, const weir_schema*& schema) {
    schema = schemas::of(Traits::kKind, true);
    value = Value();
    return raw ? read(*raw, value) : Result<void>();
  }
  Result<std::optional<std::string_view>> encode(const Value& value, const weir_schema* schema, Arena arena) {
    if (Traits::kKind == Kind::boolean && schema != nullptr && schema->type != WEIR_KIND_BOOLEAN) {
      return unfit(value, schema);
    }
    if (value.is_null()) {
      return std::optional<std::string_view>();
    }
    if (!value.is(Traits::kKind)) {
      return unfit(value, nullptr);
    }
    std::uint64_t bits = 0;
    if constexpr (Traits::kKind == Kind::float32) {
      bits = std::bit_cast<std::uint32_t>(static_cast<float>(value.as.f64));
    } else if constexpr (Traits::kKind == Kind::float64) {
      // DoubleSerializer knows one NaN.
      bits = value.as.f64 != value.as.f64 ? 0x7ff8000000000000u : std::bit_cast<std::uint64_t>(value.as.f64);
    } else {
      bits = static_cast<std::uint64_t>(value.as.i64);
    }
    char* to = arena.array<char>(Traits::kBytes);
    for (std::size_t i = Traits::kBytes; i-- > 0; bits >>= 8) {
      to[i] = static_cast<char>(bits);
    }
    return std::optional(std::string_view(to, Traits::kBytes));
  }

 private:
  /// Both here, so that the loop over a batch has no call in it.
  static Result<void> read(std::string_view raw, Value& value) {
    if (raw.size() != Traits::kBytes) {
      return wrong(raw);
    }
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < Traits::kBytes; ++i) {
      bits = bits << 8 | static_cast<unsigned char>(raw[i]);
    }
    if constexpr (Traits::kKind == Kind::boolean) {
      if (bits > 1) {
        return wrong(raw);
      }
      value = Value::boolean(bits == 1);
    } else if constexpr (Traits::kKind == Kind::int16) {
      value = Value::int16(static_cast<std::int16_t>(bits));
    } else if constexpr (Traits::kKind == Kind::int32) {
      value = Value::int32(static_cast<std::int32_t>(bits));
    } else if constexpr (Traits::kKind == Kind::int64) {
      value = Value::int64(static_cast<std::int64_t>(bits));
    } else if constexpr (Traits::kKind == Kind::float32) {
      value = Value::float32(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    } else {
      value = Value::float64(std::bit_cast<double>(bits));
    }
    return {};
  }
  static Result<void> wrong(std::string_view raw);
  /// Of the schema, if there is one.
  static Error unfit(const Value& value, const weir_schema* schema);
};

struct ShortTraits {
  static constexpr std::string_view kType = "ShortConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.ShortConverter", "Short"};
  static constexpr std::string_view kDoc = "A 16-bit integer, big-endian.";
  static constexpr std::string_view kWord = "short";
  static constexpr Kind kKind = Kind::int16;
  static constexpr std::size_t kBytes = 2;
};
struct IntegerTraits {
  static constexpr std::string_view kType = "IntegerConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.IntegerConverter", "Integer"};
  static constexpr std::string_view kDoc = "A 32-bit integer, big-endian.";
  static constexpr std::string_view kWord = "integer";
  static constexpr Kind kKind = Kind::int32;
  static constexpr std::size_t kBytes = 4;
};
struct LongTraits {
  static constexpr std::string_view kType = "LongConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.LongConverter", "Long"};
  static constexpr std::string_view kDoc = "A 64-bit integer, big-endian.";
  static constexpr std::string_view kWord = "long";
  static constexpr Kind kKind = Kind::int64;
  static constexpr std::size_t kBytes = 8;
};
struct FloatTraits {
  static constexpr std::string_view kType = "FloatConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.FloatConverter", "Float"};
  static constexpr std::string_view kDoc = "A 32-bit real, IEEE bits big-endian.";
  static constexpr std::string_view kWord = "float";
  static constexpr Kind kKind = Kind::float32;
  static constexpr std::size_t kBytes = 4;
};
struct DoubleTraits {
  static constexpr std::string_view kType = "DoubleConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.DoubleConverter", "Double"};
  static constexpr std::string_view kDoc = "A 64-bit real, IEEE bits big-endian.";
  static constexpr std::string_view kWord = "double";
  static constexpr Kind kKind = Kind::float64;
  static constexpr std::size_t kBytes = 8;
};
struct BooleanTraits {
  static constexpr std::string_view kType = "BooleanConverter";
  static constexpr std::array<std::string_view, 2> kAliases{"org.apache.kafka.connect.converters.BooleanConverter", "Boolean"};
  static constexpr std::string_view kDoc = "One byte, 0 or 1.";
  static constexpr std::string_view kWord = "boolean";
  static constexpr Kind kKind = Kind::boolean;
  static constexpr std::size_t kBytes = 1;
};
extern template class NumberCodec<ShortTraits>;
extern template class NumberCodec<IntegerTraits>;
extern template class NumberCodec<LongTraits>;
extern template class NumberCodec<FloatTraits>;
extern template class NumberCodec<DoubleTraits>;
extern template class NumberCodec<BooleanTraits>;

class SimpleHeaderCodec {
 public:
  static constexpr std::string_view kType = "SimpleHeaderConverter";
  static constexpr std::array<std::string_view, 3> kAliases{"org.apache.kafka.connect.storage.SimpleHeaderConverter", "SimpleHeader", "Simple"};
  static constexpr std::string_view kDoc = "Text whose type is guessed when read: numbers, booleans, dates, lists, maps.";
  using Config = NoConfig;
  static ConfigDef<Config> describe() { return {}; }

  explicit SimpleHeaderCodec(const Config&) {}
  Result<void> decode(std::optional<std::string_view> raw, Arena arena, Value& value, const weir_schema*& schema);
  Result<std::optional<std::string_view>> encode(const Value& value, const weir_schema* schema, Arena arena);

 private:
  std::string text_;  // kept for its memory
};

}  // namespace weir::runtime::data
