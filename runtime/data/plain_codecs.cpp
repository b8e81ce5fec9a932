#include <runtime/data/plain_codecs.hpp>

#include <weir/connect_text.hpp>
#include <weir/java_utf8.hpp>
#include <weir/json.hpp>
#include <weir/schema.hpp>

#include <unicode/ucnv.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace weir::runtime::data {
namespace {

bool has_lazy(const Value& value) {
  if (value.is_array()) {
    return std::any_of(value.items().begin(), value.items().end(), has_lazy);
  }
  if (value.is_object()) {
    return std::any_of(value.members().begin(), value.members().end(), [](const Member& m) { return has_lazy(m.item()); });
  }
  return value.is_lazy();
}

Result<void> expanded(Value& value, Arena arena) {
  if (has_lazy(value)) {
    value = deep_copy(value, arena);  // encoding does not change the record
    return json::expand_all(value, arena);
  }
  return {};
}

}  // namespace

// ---- StringConverter ------------------------------------------------------------------------------------------------

struct StringCodec::Charset {
  explicit Charset(const std::string& name) {
    UErrorCode status = U_ZERO_ERROR;
    reader = ucnv_open(name.c_str(), &status);
    // Without a mark both are big-endian in Java, which writes a mark in UTF-16 only.
    const bool utf32 = U_SUCCESS(status) && ucnv_compareNames(ucnv_getName(reader, &status), "UTF-32") == 0;
    marked = U_SUCCESS(status) && ucnv_compareNames(ucnv_getName(reader, &status), "UTF-16") == 0;
    writer = ucnv_open(utf32 ? "UTF-32BE" : marked ? "UTF-16BE" : name.c_str(), &status);
    if (U_SUCCESS(status) && ucnv_getName(writer, &status) != nullptr && std::string_view(ucnv_getName(writer, &status)).substr(0, 3) != "UTF") {
      ucnv_setSubstChars(writer, "?", 1, &status);  // for what the charset lacks
    }
    if (U_FAILURE(status)) {
      ucnv_close(reader);
      ucnv_close(writer);
      throw std::invalid_argument("Unsupported encoding: " + name);
    }
  }
  Charset(const Charset&) = delete;
  Charset& operator=(const Charset&) = delete;
  ~Charset() {
    ucnv_close(reader);
    ucnv_close(writer);
  }

  std::string convert(std::string_view text, bool decoding) const {
    UErrorCode status = U_ZERO_ERROR;
    std::string out(text.size() * 4 + 16, '\0');
    const auto room = static_cast<std::int32_t>(out.size());
    const auto size = static_cast<std::int32_t>(text.size());
    const std::int32_t n = decoding
                               ? ucnv_toAlgorithmic(UCNV_UTF8, reader, out.data(), room, text.data(), size, &status)
                               : ucnv_fromAlgorithmic(writer, UCNV_UTF8, out.data(), room, text.data(), size, &status);
    if (U_FAILURE(status)) {
      throw std::runtime_error(std::string("conversion between encodings failed: ") + u_errorName(status));
    }
    out.resize(static_cast<std::size_t>(n));
    if (marked && !decoding && !out.empty()) {
      out.insert(0, "\xfe\xff");
    }
    return out;
  }
  bool marked{false};
  UConverter* reader{nullptr};
  UConverter* writer{nullptr};
};

ConfigDef<StringConfig> StringCodec::describe() {
  return ConfigDef<StringConfig>{}
      .field("converter.encoding", &StringConfig::encoding, "The character encoding of the bytes.")
      .importance(Importance::high)
      .check([](const StringConfig& c, ConfigProblems& problems) {
        UErrorCode status = U_ZERO_ERROR;
        UConverter* known = ucnv_open(c.encoding.c_str(), &status);
        if (U_FAILURE(status)) {
          problems.push_back({"converter.encoding", "Invalid value " + c.encoding +
                                                        " for configuration converter.encoding: unknown encoding"});
          return;
        }
        ucnv_close(known);
      });
}

StringCodec::StringCodec(const Config& config) {
  if (ucnv_compareNames(config.encoding.c_str(), "UTF-8") != 0) {
    charset_ = std::make_unique<Charset>(config.encoding);
  }
}
StringCodec::~StringCodec() = default;
StringCodec::StringCodec(StringCodec&&) noexcept = default;

Result<void> StringCodec::decode(std::optional<std::string_view> raw, Arena arena, Value& value,
                                 const weir_schema*& schema) {
  schema = schemas::string(true);
  if (!raw) {
    value = Value();
  } else if (charset_ == nullptr) {
    value = Value::string(java::text_of_utf8(*raw, arena));
  } else {
    value = Value::string(arena.copy(charset_->convert(*raw, true)));
  }
  return {};
}

Result<std::optional<std::string_view>> StringCodec::encode(const Value& value, const weir_schema* /*schema*/,
                                                            Arena arena) {
  if (value.is_null()) {
    return std::optional<std::string_view>();
  }
  std::string_view text = value.is_string() ? value.text() : std::string_view();
  if (!value.is_string()) {
    Value whole = value;
    if (auto done = expanded(whole, arena); !done) {
      return done.error();
    }
    std::string out;
    connect::append_java_string(out, whole);
    text = arena.copy(out);
  }
  if (charset_ != nullptr) {
    return std::optional(arena.copy(charset_->convert(text, false)));
  }
  return std::optional(java::utf8_of_text(text, arena));
}

// ---- ByteArrayConverter ---------------------------------------------------------------------------------------------

Result<std::optional<std::string_view>> ByteArrayCodec::encode(const Value& value, const weir_schema* schema,
                                                               Arena /*arena*/) {
  if (schema != nullptr && schema->type != WEIR_KIND_BYTES) {
    return bad_record("Invalid schema type for ByteArrayConverter: " + std::string(connect::type_name(schema->type)));
  }
  if (value.is_null()) {
    return std::optional<std::string_view>();
  }
  if (!value.is_bytes()) {
    return bad_record("ByteArrayConverter is not compatible with objects of type class " +
                      std::string(connect::java_class(value)));
  }
  return std::optional(value.text());
}

// ---- numbers --------------------------------------------------------------------------------------------------------

template <class Traits>
Result<void> NumberCodec<Traits>::wrong(std::string_view raw) {
  if (raw.size() == Traits::kBytes) {
    return bad_record("Failed to deserialize " + std::string(Traits::kWord) + ": unexpected byte " +
                      std::to_string(static_cast<unsigned char>(raw[0])));
  }
  return bad_record("Failed to deserialize " + std::string(Traits::kWord) + ": size of data received is " +
                    std::to_string(raw.size()) + ", not " + std::to_string(Traits::kBytes));
}

template <class Traits>
Error NumberCodec<Traits>::unfit(const Value& value, const weir_schema* schema) {
  if (schema != nullptr) {
    return bad_record("Invalid schema type for BooleanConverter: " + std::string(connect::type_name(schema->type)));
  }
  const std::string type(connect::java_class(value));
  if constexpr (std::is_same_v<Traits, BooleanTraits>) {
    return bad_record("BooleanConverter is not compatible with objects of type class " + type);
  }
  return bad_record("Failed to serialize to " + std::string(Traits::kWord) + " (was class " + type + "): ");
}

template class NumberCodec<ShortTraits>;
template class NumberCodec<IntegerTraits>;
template class NumberCodec<LongTraits>;
template class NumberCodec<FloatTraits>;
template class NumberCodec<DoubleTraits>;
template class NumberCodec<BooleanTraits>;

// ---- SimpleHeaderConverter ------------------------------------------------------------------------------------------

Result<void> SimpleHeaderCodec::decode(std::optional<std::string_view> raw, Arena arena, Value& value,
                                       const weir_schema*& schema) {
  value = Value();
  schema = nullptr;
  if (raw) {
    const connect::SchemaAndValue parsed = connect::parse(java::text_of_utf8(*raw, arena), arena);
    value = parsed.value;
    schema = parsed.schema;
  }
  return {};
}

Result<std::optional<std::string_view>> SimpleHeaderCodec::encode(const Value& value, const weir_schema* schema,
                                                                  Arena arena) {
  if (value.is_null()) {
    return std::optional<std::string_view>();
  }
  if (value.is_string()) {
    return std::optional(java::utf8_of_text(value.text(), arena));
  }
  if (value.is_integer()) {
    char* to = static_cast<char*>(arena.allocate(24));
    return std::optional(std::string_view(to, static_cast<std::size_t>(std::to_chars(to, to + 24, value.as.i64).ptr - to)));
  }
  Value whole = value;
  if (auto done = expanded(whole, arena); !done) {
    return done.error();
  }
  text_.clear();
  connect::append_text(text_, whole, schema);
  return std::optional(java::utf8_of_text(arena.copy(text_), arena));
}

}  // namespace weir::runtime::data
