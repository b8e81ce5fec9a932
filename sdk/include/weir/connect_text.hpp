// Kafka Connect's text forms of values: org.apache.kafka.connect.data.Values (what SimpleHeaderConverter and
// InsertHeader read and write) and Java's toString (what StringConverter writes). Dates in UTC.
// Any thread; texts and schemas live in the arena or borrow from the input.
#pragma once

#include <weir/arena.hpp>
#include <weir/java_date.hpp>
#include <weir/java_map.hpp>
#include <weir/java_text.hpp>
#include <weir/json_read.hpp>
#include <weir/result.hpp>
#include <weir/schema.hpp>
#include <weir/value.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace weir {
inline namespace v1 {
namespace connect {

struct SchemaAndValue {
  const weir_schema* schema{nullptr};
  Value value;
};

/// new BigDecimal(text).doubleValue() or floatValue(); the text must be one that java::parse_decimal takes.
template <class T>
T real_of(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
  }
  T value{};
  const auto r = std::from_chars(text.data(), text.data() + text.size(), value);
  if (r.ec == std::errc::result_out_of_range) {
    const auto d = java::parse_decimal(text);
    const bool big = d && static_cast<std::int64_t>(d->digits.size()) - d->scale > 0;
    value = big ? std::numeric_limits<T>::infinity() : T{0};
    return !text.empty() && text.front() == '-' ? -value : value;
  }
  return value == 0 ? T{0} : value;
}

/// The decimal as a 64-bit integer when it is a whole number in range.
inline std::optional<std::int64_t> whole_number(const java::Decimal& d) {
  if (d.zero()) {
    return 0;
  }
  std::string digits = d.digits;
  std::int64_t scale = d.scale;
  while (digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    --scale;
  }
  if (scale > 0 || scale < -19) {
    return std::nullopt;
  }
  digits.append(static_cast<std::size_t>(-scale), '0');
  if (d.negative) {
    digits.insert(digits.begin(), '-');
  }
  std::int64_t n = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  return ec == std::errc{} && end == digits.data() + digits.size() ? std::optional(n) : std::nullopt;
}

namespace detail {

inline SchemaAndValue smallest_integer(std::int64_t n) noexcept {
  const Kind kind = n == static_cast<std::int8_t>(n)    ? Kind::int8
                    : n == static_cast<std::int16_t>(n) ? Kind::int16
                    : n == static_cast<std::int32_t>(n) ? Kind::int32
                                                        : Kind::int64;
  return {schemas::of(kind), Value::integer(kind, n)};
}

constexpr bool blank(std::string_view s) noexcept {
  for (const char c : s) {
    if (static_cast<unsigned char>(c) > ' ') {
      return false;
    }
  }
  return true;
}
constexpr std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') {
    s.remove_prefix(1);
  }
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') {
    s.remove_suffix(1);
  }
  return s;
}

/// Splits at unescaped : , { } [ ] "
class Tokens {
 public:
  explicit Tokens(std::string_view text) noexcept : text_(text) {}
  std::size_t mark() const noexcept { return at_ - (has_next_ ? next_.size() : 0); }
  void rewind(std::size_t position) noexcept {
    at_ = position;
    has_next_ = false;
  }
  bool more() const noexcept { return has_next_ || at_ < text_.size(); }
  std::string_view original() const noexcept { return text_; }
  std::string_view next() noexcept {
    if (has_next_) {
      has_next_ = false;
      return next_;
    }
    return take();
  }
  /// The text of the next n tokens; nullopt, and nothing is taken, when there are fewer.
  std::optional<std::string_view> next(int n) noexcept {
    const std::size_t start = mark();
    for (int i = 0; i < n; ++i) {
      if (!more()) {
        rewind(start);
        return std::nullopt;
      }
      (void)next();
    }
    return text_.substr(start, at_ - start);
  }
  /// Takes the next token if it is this one, blanks aside (blank tokens before it are gone either way).
  bool take_if(std::string_view expected) noexcept {
    if (!has_next_) {
      if (!more()) {
        return false;
      }
      next_ = take();
      has_next_ = true;
    }
    while (blank(next_) && at_ < text_.size()) {
      next_ = take();
    }
    if (trim(next_) != expected) {
      return false;
    }
    has_next_ = false;
    return true;
  }

 private:
  static constexpr bool delimits(char c) noexcept {
    return c == ':' || c == ',' || c == '{' || c == '}' || c == '[' || c == ']' || c == '"';
  }
  std::string_view take() noexcept {
    const std::size_t start = at_;
    bool escaped = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\') {
        escaped = !escaped;
        continue;
      }
      if (!escaped && delimits(c)) {
        if (start == at_) {
          ++at_;
        }
        break;
      }
      escaped = false;
    }
    return text_.substr(start, at_ - start);
  }

  std::string_view text_;
  std::string_view next_;
  std::size_t at_{0};
  bool has_next_{false};
};

/// Values.parseString. Its functions return false where Java throws DataException (then the text is a string).
class ValueParser {
 public:
  ValueParser(std::string_view text, Arena arena) noexcept : tokens_(text), arena_(arena) {}

  bool parse(bool embedded, SchemaAndValue& out, int depth = 0) {
    out = {};
    if (!tokens_.more()) {
      return true;
    }
    if (embedded && tokens_.take_if("\"")) {
      quoted(out);
      return true;
    }
    if (literal(embedded, "null")) {
      return true;
    }
    const bool yes = literal(embedded, "true");
    if (yes || literal(embedded, "false")) {
      out = {schemas::boolean(), Value::boolean(yes)};
      return true;
    }
    const std::size_t start = tokens_.mark();
    if (depth < kMaxDepth) {
      if (tokens_.take_if("[")) {
        if (array(out, depth + 1)) {
          return true;
        }
        tokens_.rewind(start);
      } else if (tokens_.take_if("{")) {
        if (map(out, depth + 1)) {
          return true;
        }
        tokens_.rewind(start);
      }
    }
    const std::string_view token = tokens_.next();
    if (blank(token)) {
      out = {schemas::string(), Value::string(token)};
      return true;
    }
    return plain(embedded, trim(token), out);
  }

 private:
  static constexpr int kMaxDepth = 1000;

  bool literal(bool embedded, std::string_view word) noexcept {
    const std::size_t start = tokens_.mark();
    if (tokens_.take_if(word) && (embedded || !tokens_.more())) {
      return true;
    }
    tokens_.rewind(start);
    return false;
  }

  bool plain(bool embedded, std::string_view token, SchemaAndValue& out) {
    const char first = token.front();
    std::size_t bytes = 1;
    const bool digit = java::detail::digit_at(token, 0, bytes) >= 0;
    if (digit) {
      const std::size_t position = tokens_.mark();
      if (const auto rest = tokens_.next(4)) {
        if (temporal(std::string(token).append(*rest), out)) {
          return true;
        }
      }
      tokens_.rewind(position);
      if (temporal(token, out)) {
        return true;
      }
    }
    if ((digit || first == '+' || first == '-') && number(token, out)) {
      return true;
    }
    if (embedded) {
      return false;
    }
    out = {schemas::string(), Value::string(tokens_.original())};
    return true;
  }

  static bool temporal(std::string_view token, SchemaAndValue& out) {
    std::string text(token);
    for (std::size_t at = 0; (at = text.find("\\:", at)) != std::string::npos;) {
      text.erase(at, 1);
    }
    static const auto* time = new java::SimpleDateFormat(*java::SimpleDateFormat::of("HH:mm:ss.SSS'Z'"));
    static const auto* date = new java::SimpleDateFormat(*java::SimpleDateFormat::of("yyyy-MM-dd"));
    static const auto* both = new java::SimpleDateFormat(*java::SimpleDateFormat::of("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"));
    const std::size_t size = json::detail::utf16_size(text);
    const auto* format = size == 13 ? time : size == 24 ? both : size == 10 ? date : nullptr;
    if (format == nullptr) {
      return false;
    }
    const auto ms = format->parse(text);
    if (!ms) {
      return false;
    }
    out = {size == 13 ? schemas::time() : size == 24 ? schemas::timestamp() : schemas::date(), Value::timestamp(*ms)};
    return true;
  }

  bool number(std::string_view token, SchemaAndValue& out) {
    const auto decimal = java::parse_decimal(token);
    if (!decimal) {
      return false;
    }
    if (const auto n = whole_number(*decimal)) {
      out = smallest_integer(*n);
      return true;
    }
    const auto f = real_of<float>(token);
    const auto d = real_of<double>(token);
    if (decimal->scale != 0 && std::isfinite(f)) {
      out = {schemas::float32(), Value::float32(f)};
    } else if (decimal->scale != 0 && std::isfinite(d)) {
      out = {schemas::float64(), Value::float64(d)};
    } else {
      out = {decimal_schema(decimal->scale), Value::decimal(arena_.copy(java::to_string(*decimal)))};
    }
    return true;
  }

  const weir_schema* decimal_schema(std::int32_t scale) {
    return SchemaBuilder(arena_, Kind::bytes)
        .name(kDecimalName)
        .version(1)
        .parameter("scale", arena_.copy(std::to_string(scale)))
        .build();
  }

  void quoted(SchemaAndValue& out) {
    std::string content;
    while (tokens_.more() && !tokens_.take_if("\"")) {
      content += tokens_.next();
    }
    if (!temporal(content, out)) {
      out = {schemas::string(), Value::string(arena_.copy(content))};
    }
  }

  /// The widest schema of what was merged.
  struct Merger {
    const weir_schema* common{nullptr};
    bool compatible{true};
    void merge(const weir_schema* schema) {
      if (schema == nullptr || !compatible) {
        return;
      }
      common = common == nullptr ? schema : wider(common, schema);
      compatible = common != nullptr;
    }
    static const weir_schema* wider(const weir_schema* a, const weir_schema* b) {
      if (a->type == b->type) {
        return b;
      }
      const auto numeric = [](std::uint32_t t) { return t >= WEIR_KIND_INT8 && t <= WEIR_KIND_FLOAT64; };
      if (!numeric(a->type) || !numeric(b->type)) {
        return nullptr;
      }
      return a->type > b->type ? a : b;
    }
  };

  bool array(SchemaAndValue& out, int depth) {
    std::vector<Value> items;
    Merger merger;
    while (tokens_.more()) {
      if (tokens_.take_if("]")) {
        for (Value& item : items) {
          if (merger.common != nullptr && !align(merger.common, item)) {
            return false;
          }
        }
        auto* to = arena_.array<weir_value>(items.size());
        std::copy(items.begin(), items.end(), to);
        out = {SchemaBuilder(arena_, Kind::array).values(merger.common).build(), Value::array(to, items.size())};
        return true;
      }
      SchemaAndValue element;
      if (tokens_.take_if(",") || !parse(true, element, depth)) {
        return false;
      }
      merger.merge(element.schema);
      items.push_back(element.value);
      const std::size_t here = tokens_.mark();
      if (tokens_.take_if("]")) {
        tokens_.rewind(here);
      } else if (!tokens_.take_if(",")) {
        return false;
      }
    }
    return false;
  }

  bool map(SchemaAndValue& out, int depth) {
    std::vector<weir_member> members;
    Merger keys;
    Merger values;
    while (tokens_.more()) {
      if (tokens_.take_if("}")) {
        for (weir_member& m : members) {
          auto& member = static_cast<Member&>(m);
          if ((keys.common != nullptr && !align(keys.common, member.name())) ||
              (keys.common != nullptr && values.common != nullptr && !align(values.common, member.item()))) {
            return false;
          }
        }
        auto* to = arena_.array<weir_member>(members.size());
        std::copy(members.begin(), members.end(), to);
        SchemaBuilder schema(arena_, Kind::map);
        if (keys.common != nullptr) {
          schema.keys(keys.common).values(values.common);
        }
        out = {schema.build(), Value::map(to, members.size())};
        return true;
      }
      SchemaAndValue key;
      SchemaAndValue value;
      if (tokens_.take_if(",") || !parse(true, key, depth) || key.value.is_null() || !tokens_.take_if(":") ||
          !parse(true, value, depth)) {
        return false;
      }
      put(members, key.value, value.value);
      (void)tokens_.take_if(",");
      keys.merge(key.schema);
      values.merge(value.schema);
    }
    return false;
  }

  static void put(std::vector<weir_member>& members, const Value& key, const Value& value) {
    for (weir_member& m : members) {
      if (java::equal_keys(static_cast<const Member&>(m).name(), key)) {
        m.value = value;
        return;
      }
    }
    weir_member m{};
    m.key = key;
    m.value = value;
    members.push_back(m);
  }

  /// Values.convertTo(schema, null, value) for the schemas that Merger finds.
  static bool align(const weir_schema* schema, Value& v) {
    if (v.is_null()) {
      return false;
    }
    const auto kind = static_cast<Kind>(schema->type);
    const std::string_view name = text_of(schema->name);
    switch (kind) {
      case Kind::int8:
      case Kind::int16:
      case Kind::int32:
      case Kind::int64:
        if (name == kDateName || name == kTimeName || name == kTimestampName) {
          if (v.is_integer()) {
            if (name == kTimeName && (v.as.i64 < 0 || v.as.i64 > java::kDayMs)) {
              return false;
            }
            v = Value::timestamp(name == kDateName ? v.as.i64 * java::kDayMs : v.as.i64);
          }
          return true;
        }
        if (!v.is_integer()) {
          return false;
        }
        v = Value::integer(kind, v.as.i64);
        return true;
      case Kind::float32:
      case Kind::float64:
        if (v.is_integer()) {
          const auto d = static_cast<double>(v.as.i64);
          v = kind == Kind::float32 ? Value::float32(static_cast<float>(d)) : Value::float64(d);
        } else if (v.is_real()) {
          v = Value::real(kind, v.as.f64);
        } else {
          return false;
        }
        return true;
      default:
        return true;
    }
  }

  Tokens tokens_;
  Arena arena_;
};

inline void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  out += '"';
}

inline const weir_schema* field_schema(const weir_schema* schema, std::size_t i) {
  return schema != nullptr && schema->type == WEIR_KIND_STRUCT && i < schema->field_count ? schema->fields[i].schema : nullptr;
}

inline void append_scalar(std::string& out, const Value& v) {
  switch (v.type()) {
    case Kind::boolean:
      out += v.as_boolean() ? "true" : "false";
      break;
    case Kind::float32:
      out += java::to_string(static_cast<float>(v.as.f64));
      break;
    case Kind::float64:
      out += java::to_string(v.as.f64);
      break;
    case Kind::decimal:
    case Kind::string:
      out += v.text();
      break;
    case Kind::null:
      out += "null";
      break;
    default: {
      char digits[24];
      out.append(digits, std::to_chars(digits, digits + sizeof digits, v.as.i64).ptr);
    }
  }
}

}  // namespace detail

namespace detail {

/// Begins with a letter, has nothing that a value could be made of, and is none of the three words.
inline bool surely_a_word(std::string_view text) noexcept {
  const char first = static_cast<char>(text.front() | 0x20);
  if (first < 'a' || first > 'z' || text.back() == ' ' || text == "true" || text == "false" || text == "null") {
    return false;
  }
  for (const char c : text) {
    if (c < ' ' || c == '"' || c == '\\' || c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}') {
      return false;  // bytes beyond ASCII are left to the parser too
    }
  }
  return true;
}

inline std::optional<std::int64_t> surely_an_integer(std::string_view text) noexcept {
  std::int64_t n = 0;
  const std::size_t digits = text.size() - (text.front() == '-' ? 1 : 0);
  if (digits == 0 || digits > 18) {
    return std::nullopt;
  }
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  return ec == std::errc{} && end == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

}  // namespace detail

/// Values.parseString: what a header's text means. Broken brackets and the like make the whole text a string.
inline SchemaAndValue parse(std::string_view text, Arena arena) {
  if (text.empty() || detail::surely_a_word(text)) {
    return {schemas::string(), Value::string(text)};
  }
  if (const auto n = detail::surely_an_integer(text)) {
    return detail::smallest_integer(*n);
  }
  SchemaAndValue out;
  if (!detail::ValueParser(text, arena).parse(false, out)) {
    return {schemas::string(), Value::string(text)};
  }
  return out;
}

/// Values.convertToString. Lazy values must have been expanded. schema: gives structs their defaults; may be NULL.
inline void append_text(std::string& out, const Value& v, const weir_schema* schema, bool embedded = false) {
  switch (v.type()) {
    case Kind::string:
      embedded ? detail::append_quoted(out, v.text()) : void(out += v.text());
      break;
    case Kind::bytes:
      embedded ? detail::append_quoted(out, java::base64(v.text())) : void(out += java::base64(v.text()));
      break;
    case Kind::timestamp:
      out += java::iso_text(v.as.i64);
      break;
    case Kind::array:
      out += '[';
      for (std::uint32_t i = 0; i < v.count; ++i) {
        if (i > 0) {
          out += ',';
        }
        append_text(out, v.items()[i], schema != nullptr ? schema->values : nullptr, true);
      }
      out += ']';
      break;
    case Kind::map:
    case Kind::structure:
      out += '{';
      for (std::uint32_t i = 0; i < v.count; ++i) {
        const Member& m = v.members()[i];
        const weir_schema* inner = v.is(Kind::structure) ? detail::field_schema(schema, i)
                                   : schema != nullptr   ? schema->values
                                                         : nullptr;
        if (i > 0) {
          out += ',';
        }
        append_text(out, m.name(), nullptr, true);
        out += ':';
        const bool use_default = v.is(Kind::structure) && m.item().is_null() && inner != nullptr && inner->default_value != nullptr;
        append_text(out, use_default ? static_cast<const Value&>(*inner->default_value) : m.item(), inner, true);
      }
      out += '}';
      break;
    default:
      detail::append_scalar(out, v);
  }
}

/// Object.toString(): {a=1, b=[1, 2]}, Struct{a=1}, dates as java.util.Date prints them under UTC. Lazy values must have
/// been expanded. Java prints an address for bytes; here it is "[B@0".
inline void append_java_string(std::string& out, const Value& v) {
  switch (v.type()) {
    case Kind::bytes:
      out += "[B@0";
      break;
    case Kind::timestamp:
      out += java::date_text(v.as.i64);
      break;
    case Kind::array:
      out += '[';
      for (std::uint32_t i = 0; i < v.count; ++i) {
        out += i > 0 ? ", " : "";
        append_java_string(out, v.items()[i]);
      }
      out += ']';
      break;
    case Kind::map:
    case Kind::structure: {
      const bool structure = v.is(Kind::structure);
      out += structure ? "Struct{" : "{";
      bool first = true;
      std::vector<weir_member> members(v.members().begin(), v.members().end());
      if (!structure) {
        members.resize(java::as_hash_map(members, v.reserved));
      }
      for (const weir_member& entry : members) {
        const auto& m = static_cast<const Member&>(entry);
        if (structure && m.item().is_null()) {
          continue;
        }
        if (!first) {
          out += structure ? "," : ", ";
        }
        first = false;
        append_java_string(out, m.name());
        out += '=';
        append_java_string(out, m.item());
      }
      out += '}';
      break;
    }
    default:
      detail::append_scalar(out, v);
  }
}

/// "java.lang.Long" and the like: what Java calls the class of such a value, for error texts.
inline std::string_view java_class(const Value& v) noexcept {
  switch (v.type()) {
    case Kind::null: return "null";
    case Kind::boolean: return "java.lang.Boolean";
    case Kind::int8: return "java.lang.Byte";
    case Kind::int16: return "java.lang.Short";
    case Kind::int32: return "java.lang.Integer";
    case Kind::int64: return "java.lang.Long";
    case Kind::float32: return "java.lang.Float";
    case Kind::float64: return "java.lang.Double";
    case Kind::string: return "java.lang.String";
    case Kind::bytes: return "[B";
    case Kind::array: return "java.util.ArrayList";
    case Kind::map: return "java.util.HashMap";
    case Kind::structure: return "org.apache.kafka.connect.data.Struct";
    case Kind::decimal: return "java.math.BigDecimal";
    case Kind::timestamp: return "java.util.Date";
    case Kind::lazy: return v.count > 0 && *v.as.text == '[' ? "java.util.ArrayList" : "java.util.HashMap";
  }
  return "java.lang.Object";
}

/// "INT32", "STRUCT": Schema.Type's names.
inline std::string_view type_name(std::uint32_t type) noexcept {
  constexpr std::string_view kNames[] = {"NULL",    "BOOLEAN", "INT8",   "INT16", "INT32", "INT64", "FLOAT32",
                                         "FLOAT64", "STRING",  "BYTES",  "ARRAY", "MAP",   "STRUCT"};
  return type < 13 ? kNames[type] : "BYTES";
}

}  // namespace connect
}  // namespace v1
}  // namespace weir
