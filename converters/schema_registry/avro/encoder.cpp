#include "encoder.hpp"

#include <bit>
#include <weir/connect_text.hpp>
#include <weir/java_date.hpp>
#include <weir/java_text.hpp>
#include <weir/java_utf8.hpp>
#include <weir/json.hpp>

#include "latin1.hpp"
#include "names.hpp"

namespace weir::converters::schema_registry::avro {
namespace {

constexpr int kMaxDepth = 300;

void put_long(std::string& out, std::int64_t i) {
  std::uint64_t n = (static_cast<std::uint64_t>(i) << 1) ^ static_cast<std::uint64_t>(i >> 63);
  while (n >= 0x80) {
    out.push_back(static_cast<char>(n | 0x80));
    n >>= 7;
  }
  out.push_back(static_cast<char>(n));
}

template <class Bits>
void put_bits(std::string& out, Bits bits) {
  char bytes[sizeof(Bits)];
  for (std::size_t i = 0; i < sizeof(Bits); ++i) {
    bytes[i] = static_cast<char>(bits >> (8 * i));
  }
  out.append(bytes, sizeof bytes);
}
void put_float(std::string& out, float f) { put_bits(out, std::bit_cast<std::uint32_t>(f)); }
void put_double(std::string& out, double d) { put_bits(out, std::bit_cast<std::uint64_t>(d)); }

void put_span(std::string& out, std::string_view bytes) {
  put_long(out, static_cast<std::int64_t>(bytes.size()));
  out.append(bytes);
}

/// An integer as a number of that type.
void put_number(std::string& out, Type type, std::int64_t i) {
  switch (type) {
    case Type::float_number: put_float(out, static_cast<float>(i)); break;
    case Type::double_number: put_double(out, static_cast<double>(i)); break;
    default: put_long(out, i);
  }
}

/// The unscaled bytes of a plain decimal of at most 18 digits and that scale; empty: another one.
std::string_view short_decimal(std::string_view text, std::int32_t scale, char (&out)[8]) {
  const bool negative = !text.empty() && text[0] == '-';
  std::int64_t n = 0;
  std::int32_t digits = 0;
  std::int32_t after_point = -1;
  for (const char c : text.substr(negative ? 1 : 0)) {
    if (c >= '0' && c <= '9' && digits < 18) {
      n = n * 10 + (c - '0');
      ++digits;
      after_point += after_point >= 0 ? 1 : 0;
    } else if (c == '.' && after_point < 0) {
      after_point = 0;
    } else {
      return {};
    }
  }
  if (digits == 0 || (after_point < 0 ? 0 : after_point) != scale) {
    return {};
  }
  const std::int64_t value = negative ? -n : n;
  std::size_t size = 8;
  for (int i = 0; i < 8; ++i) {
    out[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (56 - 8 * i));
  }
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(out[i]); };
  while (size > 1 && ((byte(8 - size) == 0 && byte(9 - size) < 0x80) ||
                      (byte(8 - size) == 0xff && byte(9 - size) >= 0x80))) {
    --size;
  }
  return {out + (8 - size), size};
}

class Encoder {
 public:
  Encoder(Arena arena, std::string& out) : arena_(arena), out_(out) {}

  Result<void> run(const WritePlan& plan, const Value& v) {
    if (value(plan, v)) {
      return {};
    }
    return bad_record(path_.empty() ? error_ : "field " + path_ + ": " + error_);
  }

 private:
  bool fail(std::string text) {
    error_ = std::move(text);
    return false;
  }
  bool at(std::string_view name) {
    path_ = path_.empty() ? std::string(name) : std::string(name) + "." + path_;
    return false;
  }
  bool wrong_type(const WritePlan& plan, const Value& v) {
    return fail("Invalid type for " + std::string(connect::type_name(plan.schema->type)) +
                ": class " + std::string(connect::java_class(v)));
  }
  bool wrong_logical(std::string_view name, std::string_view wanted, const Value& v) {
    return fail("Invalid type for " + std::string(name) + ", expected " + std::string(wanted) +
                " but was class " + std::string(connect::java_class(v)));
  }

  bool value(const WritePlan& plan, const Value& v) {
    if (plan.op == WriteOp::anything) {
      return anything(v, 0);
    }
    if (v.is_null()) {
      return null(plan);
    }
    if (plan.op == WriteOp::choice) {
      return choice(plan, v);
    }
    if (plan.branch >= 0) {
      put_long(out_, plan.branch);
    }
    switch (plan.op) {
      case WriteOp::boolean:
        if (!v.is_boolean()) {
          return wrong_type(plan, v);
        }
        out_.push_back(v.as_boolean() ? 1 : 0);
        return true;
      case WriteOp::integer:
        if (v.kind != plan.schema->type) {
          return wrong_type(plan, v);
        }
        put_number(out_, plan.number, v.as_integer());
        return true;
      case WriteOp::date:
      case WriteOp::time:
      case WriteOp::timestamp: return moment(plan, v);
      case WriteOp::float32:
      case WriteOp::float64:
        if (v.kind != plan.schema->type) {
          return wrong_type(plan, v);
        }
        if (plan.op == WriteOp::float32) {
          put_float(out_, static_cast<float>(v.as_real()));
        } else {
          put_double(out_, v.as_real());
        }
        return true;
      case WriteOp::text:
        if (!v.is_string()) {
          return wrong_type(plan, v);
        }
        put_span(out_, java::utf8_of_text(v.text(), arena_));
        return true;
      case WriteOp::symbol: {
        if (!v.is_string()) {
          return wrong_type(plan, v);
        }
        for (std::size_t i = 0; i < plan.symbols.size(); ++i) {
          if (plan.symbols[i] == v.text()) {
            put_long(out_, static_cast<std::int64_t>(i));
            return true;
          }
        }
        return fail("enum value '" + std::string(v.text()) + "' is not in the enum symbol set");
      }
      case WriteOp::binary:
        if (!v.is_bytes()) {
          return wrong_type(plan, v);
        }
        put_span(out_, v.text());
        return true;
      case WriteOp::fixed:
        if (!v.is_bytes()) {
          return wrong_type(plan, v);
        }
        if (v.text().size() != plan.size) {
          return fail(std::to_string(v.text().size()) + " bytes for an Avro fixed of " +
                      std::to_string(plan.size));
        }
        out_.append(v.text());
        return true;
      case WriteOp::decimal:
      case WriteOp::fixed_decimal: return decimal(plan, v);
      case WriteOp::array: return array(plan, v);
      case WriteOp::map:
      case WriteOp::entries: return map(plan, v);
      case WriteOp::record: return record(plan, v);
      default: return fail("broken plan");
    }
  }

  bool null(const WritePlan& plan) {
    if ((plan.schema->flags & WEIR_SCHEMA_OPTIONAL) == 0) {
      return fail("Found null value for non-optional schema");
    }
    if (plan.null_branch < 0) {
      return fail("null, which the registered Avro schema does not allow here");
    }
    put_long(out_, plan.null_branch);
    return true;
  }

  bool moment(const WritePlan& plan, const Value& v) {
    const std::string_view name = plan.op == WriteOp::date   ? "Date"
                                  : plan.op == WriteOp::time ? "Time"
                                                             : "Timestamp";
    if (!v.is(Kind::timestamp)) {
      return wrong_logical(name, "Date", v);
    }
    const std::int64_t ms = v.as_integer();
    if (plan.op == WriteOp::date) {
      if (ms % java::kDayMs != 0) {
        return fail(
            "Kafka Connect Date type should not have any time fields set to non-zero values.");
      }
      put_number(out_, plan.number, ms / java::kDayMs);
      return true;
    }
    if (plan.op == WriteOp::time && (ms < 0 || ms > java::kDayMs)) {
      return fail(
          "Kafka Connect Time type should not have any date fields set to non-zero values.");
    }
    std::int64_t scaled = 0;
    if (__builtin_mul_overflow(ms, plan.factor, &scaled)) {
      return fail("the time " + std::to_string(ms) + " ms is too far away for microseconds");
    }
    put_number(out_, plan.number, scaled);
    return true;
  }

  bool decimal(const WritePlan& plan, const Value& v) {
    if (!v.is(Kind::decimal)) {
      return wrong_logical("Decimal", "BigDecimal", v);
    }
    char few[8];
    std::string many;
    std::string_view raw = short_decimal(v.text(), plan.scale, few);
    if (raw.empty()) {
      const auto number = java::parse_decimal(v.text());
      if (!number) {
        return fail("not a decimal: " + std::string(v.text().substr(0, 100)));
      }
      if (number->scale != plan.scale) {
        return fail(
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale " +
            std::to_string(plan.scale) + ", value has scale " + std::to_string(number->scale) +
            ".");
      }
      many = java::unscaled_bytes(*number);
      raw = many;
    }
    if (plan.op == WriteOp::decimal) {
      put_span(out_, raw);
      return true;
    }
    if (raw.size() > plan.size) {
      return fail("Unscaled value byte array length " + std::to_string(raw.size()) +
                  " is greater than fixed size " + std::to_string(plan.size));
    }
    out_.append(plan.size - raw.size(),
                static_cast<char>((static_cast<unsigned char>(raw[0]) & 0x80) != 0 ? 0xff : 0));
    out_.append(raw);
    return true;
  }

  bool array(const WritePlan& plan, const Value& v) {
    if (!v.is_array()) {
      return wrong_type(plan, v);
    }
    if (v.count > 0) {
      put_long(out_, v.count);
      for (std::uint32_t i = 0; i < v.count; ++i) {
        if (!value(*plan.inner, v.items()[i])) {
          return at("[" + std::to_string(i) + "]");
        }
      }
    }
    out_.push_back(0);
    return true;
  }

  bool map(const WritePlan& plan, const Value& v) {
    if (!v.is(Kind::map)) {
      return wrong_type(plan, v);
    }
    if (v.count > 0) {
      put_long(out_, v.count);
      for (const Member& m : v.members()) {
        if (plan.op == WriteOp::entries) {
          if (!value(*plan.key, m.name())) {
            return at("{key}");
          }
        } else {
          if (!m.name().is_string()) {
            return wrong_type(plan, m.name()) || at("{key}");
          }
          put_span(out_, java::utf8_of_text(m.name().text(), arena_));
        }
        if (!value(*plan.inner, m.item())) {
          return at(m.name().is_string() ? m.name().text() : "{value}");
        }
      }
    }
    out_.push_back(0);
    return true;
  }

  /// Struct.get: the field's default stands for null.
  static const Value& member_of(const WritePlan& plan, const WritePlan::FieldPlan& field,
                                const Value& v, const Value& null) {
    const Value* found = nullptr;
    if (field.index < v.count) {
      const Member& m = v.members()[field.index];
      if (m.name().is_string() && m.name().text() == field.name) {
        found = &m.item();
      }
    }
    if (found == nullptr) {
      found = v.find(field.name);
    }
    if (found != nullptr && !found->is_null()) {
      return *found;
    }
    const weir_schema& schema = *plan.schema->fields[field.index].schema;
    return schema.default_value != nullptr && !plan.ignore_default
               ? *static_cast<const Value*>(schema.default_value)
               : null;
  }

  bool record(const WritePlan& plan, const Value& v) {
    if (!v.is(Kind::structure)) {
      return wrong_type(plan, v);
    }
    const Value null;
    for (const WritePlan::FieldPlan& field : plan.fields) {
      if (field.plan == nullptr) {
        out_.append(field.constant);
      } else if (!value(*field.plan, member_of(plan, field, v, null))) {
        return at(field.name);
      }
    }
    return true;
  }

  bool choice(const WritePlan& plan, const Value& v) {
    if (!v.is(Kind::structure)) {
      return wrong_type(plan, v);
    }
    const Value null;
    for (const WritePlan::FieldPlan& field : plan.fields) {
      const Value& member = member_of(plan, field, v, null);
      if (!member.is_null()) {
        return value(*field.plan, member) || at(field.name);
      }
    }
    return this->null(plan);
  }

  /// Of the nine fields of Anything the one that fits.
  bool anything(const Value& given, int depth) {
    if (depth > kMaxDepth) {
      return fail("nested deeper than " + std::to_string(kMaxDepth));
    }
    Value v = given;
    if (v.is_lazy()) {
      if (auto done = json::expand(v, arena_); !done) {
        return fail(done.error().message);
      }
    }
    int field = -1;
    switch (v.type()) {
      case Kind::null: break;
      case Kind::boolean: field = 0; break;
      case Kind::bytes: field = 1; break;
      case Kind::float64: field = 2; break;
      case Kind::float32: field = 3; break;
      case Kind::int8:
      case Kind::int16:
      case Kind::int32: field = 4; break;
      case Kind::int64: field = 5; break;
      case Kind::string: field = 6; break;
      case Kind::array: field = 7; break;
      case Kind::map: field = 8; break;
      default:
        return fail("Unknown Java type for schemaless data: class " +
                    std::string(connect::java_class(v)));
    }
    if (field < 0) {
      out_.append(9, '\0');
      return true;
    }
    out_.append(static_cast<std::size_t>(field), '\0');
    out_.push_back(2);  // branch 1
    switch (field) {
      case 0: out_.push_back(v.as_boolean() ? 1 : 0); break;
      case 1: put_span(out_, v.text()); break;
      case 2: put_double(out_, v.as_real()); break;
      case 3: put_float(out_, static_cast<float>(v.as_real())); break;
      case 6: put_span(out_, java::utf8_of_text(v.text(), arena_)); break;
      case 7:
      case 8: {
        if (v.count > 0) {
          put_long(out_, v.count);
        }
        for (std::uint32_t i = 0; i < v.count; ++i) {
          const bool fine = field == 7 ? anything(v.items()[i], depth + 1)
                                       : anything(v.members()[i].name(), depth + 1) &&
                                             anything(v.members()[i].item(), depth + 1);
          if (!fine) {
            return false;
          }
        }
        out_.push_back(0);
        break;
      }
      default: put_long(out_, v.as_integer());
    }
    out_.append(static_cast<std::size_t>(8 - field), '\0');
    return true;
  }

  Arena arena_;
  std::string& out_;
  std::string error_;
  std::string path_;
};

/// budget: a default in a hostile schema could ask for endless tries of union branches.
Result<void> put_default(const Node& node, const Value& json, std::string& out, int depth,
                         int& budget) {
  const auto unfit = [&] { return bad_record("the default does not fit " + node.shown()); };
  if (depth > kMaxDepth || --budget < 0) {
    return bad_record("the default is nested too deep or too large");
  }
  switch (node.type) {
    case Type::null: return json.is_null() ? Result<void>{} : unfit();
    case Type::boolean:
      if (!json.is_boolean()) {
        return unfit();
      }
      out.push_back(json.as_boolean() ? 1 : 0);
      return {};
    case Type::integer:
    case Type::long_integer:
      if (!json.is_integer() ||
          (node.type == Type::integer &&
           json.as_integer() != static_cast<std::int32_t>(json.as_integer()))) {
        return unfit();
      }
      put_long(out, json.as_integer());
      return {};
    case Type::float_number:
    case Type::double_number: {
      double real = 0;
      if (json.is_integer()) {
        real = static_cast<double>(json.as_integer());
      } else if (json.is(Kind::decimal)) {
        real = connect::real_of<double>(json.text());
      } else if (json.is_real()) {
        real = json.as_real();
      } else {
        return unfit();
      }
      node.type == Type::float_number ? put_float(out, static_cast<float>(real))
                                      : put_double(out, real);
      return {};
    }
    case Type::string:
      if (!json.is_string()) {
        return unfit();
      }
      put_span(out, json.text());
      return {};
    case Type::bytes:
    case Type::fixed: {
      const auto raw = json.is_string() ? latin1_of_text(json.text()) : std::nullopt;
      if (!raw || (node.type == Type::fixed && raw->size() != node.size)) {
        return unfit();
      }
      if (node.type == Type::fixed) {
        out.append(*raw);
      } else {
        put_span(out, *raw);
      }
      return {};
    }
    case Type::enumeration:
      for (std::size_t i = 0; json.is_string() && i < node.symbols.size(); ++i) {
        if (node.symbols[i] == json.text()) {
          put_long(out, static_cast<std::int64_t>(i));
          return {};
        }
      }
      return unfit();
    case Type::array:
    case Type::map: {
      const bool map = node.type == Type::map;
      if (map ? !json.is_object() : !json.is_array()) {
        return unfit();
      }
      if (json.count > 0) {
        put_long(out, json.count);
      }
      for (std::uint32_t i = 0; i < json.count; ++i) {
        if (map) {
          put_span(out, json.members()[i].name().text());
        }
        if (auto done = put_default(*node.items, map ? json.members()[i].item() : json.items()[i],
                                    out, depth + 1, budget);
            !done) {
          return done;
        }
      }
      out.push_back(0);
      return {};
    }
    case Type::record:
      if (!json.is_object()) {
        return unfit();
      }
      for (const Field& field : node.fields) {
        const Value* member = json.find(field.name);
        member = member != nullptr ? member : field.default_value;
        if (member == nullptr) {
          return bad_record("the default of " + node.shown() + " lacks field " +
                            std::string(field.name));
        }
        if (auto done = put_default(*field.type, *member, out, depth + 1, budget); !done) {
          return done;
        }
      }
      return {};
    case Type::union_of:
      for (std::size_t i = 0; i < node.branches.size(); ++i) {
        const std::size_t before = out.size();
        put_long(out, static_cast<std::int64_t>(i));
        if (put_default(*node.branches[i], json, out, depth + 1, budget)) {
          return {};
        }
        out.resize(before);
      }
      return unfit();
  }
  return unfit();
}

}  // namespace

Result<void> encode(const WritePlan& plan, const Value& value, Arena arena, std::string& out) {
  if ((plan.op == WriteOp::binary || plan.op == WriteOp::decimal) && plan.branch < 0 &&
      !value.is_null()) {
    // Confluent's serializers write a schema that is nothing but bytes without Avro's length.
    std::string framed;
    if (auto done = Encoder(arena, framed).run(plan, value); !done) {
      return done;
    }
    std::size_t length = 1;
    while (length < framed.size() && (static_cast<unsigned char>(framed[length - 1]) & 0x80) != 0) {
      ++length;
    }
    out.append(framed, length);
    return {};
  }
  return Encoder(arena, out).run(plan, value);
}

Result<std::string> encode_default(const Node& node, const Value& json) {
  std::string out;
  int budget = 100'000;
  if (auto done = put_default(node, json, out, 0, budget); !done) {
    return done.error();
  }
  return out;
}

}  // namespace weir::converters::schema_registry::avro
