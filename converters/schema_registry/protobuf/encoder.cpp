#include "encoder.hpp"

#include <bit>
#include <string>
#include <weir/connect_text.hpp>
#include <weir/java_date.hpp>
#include <weir/java_text.hpp>
#include <weir/java_utf8.hpp>
#include <weir/json.hpp>

#include "wire_reader.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

using Form = FieldWriter::Form;
using Shape = FieldWriter::Shape;

constexpr std::uint64_t zigzag(std::int64_t n) noexcept {
  return static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63);
}

constexpr std::uint32_t wire_of(Form form) noexcept {
  switch (form) {
    case Form::fixed32:
    case Form::float32: return 5;
    case Form::fixed64:
    case Form::float64: return 1;
    case Form::string:
    case Form::bytes:
    case Form::structure:
    case Form::decimal:
    case Form::date:
    case Form::time:
    case Form::timestamp: return 2;
    default: return 0;
  }
}

class Writer {
 public:
  Writer(const DataOptions& options, Arena arena, ReverseBuffer& out)
      : options_(options), arena_(arena), out_(out) {}

  Result<void> message(const MessageWriter& plan, const Value& value, int depth) {
    if (depth > kMaxMessageDepth) {
      return bad_record("Structs nested deeper than " + std::to_string(kMaxMessageDepth) +
                        " would be refused by every reader");
    }
    if (!value.is(Kind::structure) || value.count != plan.schema->field_count) {
      return value.is(Kind::structure) ? bad_record("Mismatching struct schema")
                                       : wrong(*plan.schema, value);
    }
    for (const FieldWriter& field : plan.fields) {
      const weir_schema& own = *plan.schema->fields[field.slot].schema;
      Value item = or_default(value.members()[field.slot].item(), own);
      if (item.is_null()) {
        continue;
      }
      if (field.member >= 0) {
        auto chosen = chosen_member(*field.whole, item);
        if (!chosen) {
          return chosen.error();
        }
        if (*chosen != field.member) {
          continue;
        }
        item = or_default(item.members()[static_cast<std::size_t>(field.member)].item(),
                          *field.schema);
      }
      if (auto done = this->field(field, item, depth); !done) {
        return done;
      }
    }
    return {};
  }

  Result<void> field(const FieldWriter& field, Value item, int depth) {
    switch (field.shape) {
      case Shape::single: return single(field, item, field.presence || field.wrapped, depth);
      case Shape::repeated: return repeated(field, item, depth);
      case Shape::map: break;
    }
    return map(field, item, depth);
  }

 private:
  static Error wrong(const weir_schema& schema, const Value& value) {
    return bad_record("Invalid type for " + std::string(connect::type_name(schema.type)) +
                      ": class " + std::string(connect::java_class(value)));
  }

  Value or_default(const Value& value, const weir_schema& schema) const {
    return value.is_null() && schema.default_value != nullptr &&
                   !options_.ignore_default_for_nullables
               ? Value(*schema.default_value)
               : value;
  }

  Result<std::int32_t> chosen_member(const weir_schema& whole, const Value& value) const {
    if (!value.is(Kind::structure) || value.count != whole.field_count) {
      return bad_record("Mismatching struct schema");
    }
    for (std::size_t i = 0; i < whole.field_count; ++i) {
      if (!or_default(value.members()[i].item(), *whole.fields[i].schema).is_null()) {
        return static_cast<std::int32_t>(i);
      }
    }
    return bad_record("Cannot find non-null field in " + std::string(text_of(whole.name)));
  }

  Result<void> single(const FieldWriter& field, const Value& item, bool always, int depth) {
    const std::size_t before = out_.size();
    bool is_zero = false;
    if (auto done = one(field, item, is_zero, depth); !done) {
      return done;
    }
    if (field.wrapped) {
      // The wrapper's own field, unless it is zero.
      if (!is_zero) {
        out_.varint(std::uint64_t{1} << 3 | wire_of(field.form));
      }
      end(before);
      tag(field, 2);
      return {};
    }
    if (!is_zero || always) {
      tag(field, wire_of(field.form));
    }
    return {};
  }

  Result<void> repeated(const FieldWriter& field, Value& list, int depth) {
    if (auto done = open(field, list, Kind::array); !done) {
      return done;
    }
    const std::size_t before = out_.size();
    for (std::size_t i = list.count; i-- > 0;) {
      const Value& item = list.items()[i];
      if (item.is_null()) {
        return bad_record("Field " + field.name + ": a list in Protobuf cannot hold null");
      }
      if (field.packed && !field.wrapped) {
        bool is_zero = false;
        force_ = true;
        auto done = one(field, item, is_zero, depth);
        force_ = false;
        if (!done) {
          return done;
        }
        continue;
      }
      force_ = !field.wrapped;
      auto done = single(field, item, true, depth);
      force_ = false;
      if (!done) {
        return done;
      }
    }
    if (field.packed && !field.wrapped && list.count > 0) {
      end(before);
      tag(field, 2);
    }
    return {};
  }

  Result<void> map(const FieldWriter& field, Value& all, int depth) {
    if (auto done = open(field, all, Kind::map); !done) {
      return done;
    }
    for (std::size_t i = all.count; i-- > 0;) {
      const std::size_t before = out_.size();
      for (const FieldWriter& part : field.entry->fields) {
        const Value& item = part.slot == 0 ? all.members()[i].name() : all.members()[i].item();
        if (item.is_null()) {
          continue;
        }
        if (auto done = this->field(part, item, depth + 1); !done) {
          return done;
        }
      }
      end(before);
      tag(field, 2);
    }
    return {};
  }

  Result<void> open(const FieldWriter& field, Value& value, Kind kind) {
    if (auto done = json::expand(value, arena_); !done) {
      return done;
    }
    return value.is(kind) ? Result<void>() : wrong(*field.schema, value);
  }

  void tag(const FieldWriter& field, std::uint32_t wire) { out_.varint(field.number << 3 | wire); }
  void end(std::size_t before) { out_.varint(out_.size() - before); }

  // Writes the value without its tag; a zero that may be left out only says so.
  Result<void> one(const FieldWriter& field, const Value& v, bool& is_zero, int depth) {
    const bool may_leave = !force_ && (field.wrapped || !field.presence);
    switch (field.form) {
      case Form::structure: {
        const std::size_t before = out_.size();
        const bool force = std::exchange(force_, false);
        auto done = message(*field.message, v, depth + 1);
        force_ = force;
        if (done) {
          end(before);
        }
        return done;
      }
      case Form::decimal: return decimal(v);
      case Form::date: return date(v);
      case Form::time: return time(v);
      case Form::timestamp: return timestamp(v);
      case Form::string:
      case Form::bytes: {
        const bool text = field.form == Form::string;
        if (text ? !v.is_string() : !v.is_bytes()) {
          return wrong(*field.item, v);
        }
        const std::string_view bytes = text ? java::utf8_of_text(v.text(), arena_) : v.text();
        is_zero = may_leave && bytes.empty();
        if (!is_zero) {
          out_.bytes(bytes);
          out_.varint(bytes.size());
        }
        return {};
      }
      case Form::symbol: {
        if (!v.is_string()) {
          return wrong(*field.item, v);
        }
        const auto it = field.symbols.find(std::string(v.text()));
        if (it == field.symbols.end()) {
          return bad_record("Field " + field.name + ": \"" + std::string(v.text()) +
                            "\" is no value of its enum");
        }
        is_zero = may_leave && it->second == 0;
        if (!is_zero) {
          out_.varint(static_cast<std::uint64_t>(static_cast<std::int64_t>(it->second)));
        }
        return {};
      }
      case Form::boolean:
        if (!v.is_boolean()) {
          return wrong(*field.item, v);
        }
        is_zero = may_leave && v.as.i64 == 0;
        if (!is_zero) {
          out_.byte(v.as_boolean() ? 1 : 0);
        }
        return {};
      case Form::float32:
      case Form::float64: {
        if (!v.is_real() && !v.is_integer()) {
          return wrong(*field.item, v);
        }
        const double d = v.is_real() ? v.as.f64 : static_cast<double>(v.as.i64);
        // -0.0 is not 0.0.
        is_zero = may_leave && std::bit_cast<std::uint64_t>(d) == 0;
        if (!is_zero && field.form == Form::float32) {
          out_.fixed32(std::bit_cast<std::uint32_t>(static_cast<float>(d)));
        } else if (!is_zero) {
          out_.fixed64(std::bit_cast<std::uint64_t>(d));
        }
        return {};
      }
      default: break;
    }
    return integer(field, v, may_leave, is_zero);
  }

  Result<void> integer(const FieldWriter& field, const Value& v, bool may_leave, bool& is_zero) {
    if (!v.is_integer()) {
      return wrong(*field.item, v);
    }
    const std::int64_t n = v.as.i64;
    is_zero = may_leave && n == 0;
    if (is_zero) {
      return {};
    }
    switch (field.form) {
      case Form::int32:
        out_.varint(static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(n)}));
        break;
      case Form::uint32: out_.varint(static_cast<std::uint32_t>(n)); break;
      case Form::sint32:
        out_.varint(static_cast<std::uint32_t>(zigzag(static_cast<std::int32_t>(n))));
        break;
      case Form::sint64: out_.varint(zigzag(n)); break;
      case Form::fixed32: out_.fixed32(static_cast<std::uint32_t>(n)); break;
      case Form::fixed64: out_.fixed64(static_cast<std::uint64_t>(n)); break;
      default: out_.varint(static_cast<std::uint64_t>(n)); break;
    }
    return {};
  }

  // The fields of google.type.Date and the like: number n, left out when 0.
  void part(std::uint32_t number, std::int64_t n) {
    if (n != 0) {
      out_.varint(static_cast<std::uint64_t>(n));
      out_.varint(number << 3);
    }
  }

  static Result<void> want_date(const Value& v, std::string_view word) {
    return v.is(Kind::timestamp)
               ? Result<void>()
               : bad_record("Invalid type for " + std::string(word) +
                            ", expected Date but was class " + std::string(connect::java_class(v)));
  }

  Result<void> date(const Value& v) {
    if (auto done = want_date(v, "Date"); !done) {
      return done;
    }
    if (v.as.i64 % java::kDayMs != 0) {
      return bad_record(
          "Kafka Connect Date type should not have any time fields set to non-zero values.");
    }
    const java::detail::CivilDay day = java::detail::civil_of(v.as.i64 / java::kDayMs);
    const std::size_t before = out_.size();
    part(3, day.day);
    part(2, day.month);
    part(1, static_cast<std::int32_t>(day.year > 0 ? day.year
                                                   : 1 - day.year));  // Calendar's year of the era
    end(before);
    return {};
  }

  Result<void> time(const Value& v) {
    if (auto done = want_date(v, "Time"); !done) {
      return done;
    }
    const std::int64_t ms = v.as.i64;
    if (ms < 0 || ms > java::kDayMs) {
      return bad_record(
          "Time values must use number of millis greater than 0 and less than 86400000");
    }
    const std::size_t before = out_.size();
    part(4, ms % 1000 * 1'000'000);
    part(3, ms / 1000 % 60);
    part(2, ms / 60'000 % 60);
    part(1, ms / 3'600'000 % 24);
    end(before);
    return {};
  }

  Result<void> timestamp(const Value& v) {
    if (auto done = want_date(v, "Timestamp"); !done) {
      return done;
    }
    const std::int64_t seconds = java::detail::floor_div(v.as.i64, 1000);
    if (seconds < -62'135'596'800 || seconds > 253'402'300'799) {
      return bad_record("Timestamp is not valid. Seconds (" + std::to_string(seconds) +
                        ") must be in range [-62,135,596,800, +253,402,300,799].");
    }
    const std::size_t before = out_.size();
    part(2, java::detail::floor_mod(v.as.i64, 1000) * 1'000'000);
    part(1, seconds);
    end(before);
    return {};
  }

  Result<void> decimal(const Value& v) {
    if (!v.is(Kind::decimal)) {
      return bad_record("Invalid type for Decimal, expected BigDecimal but was class " +
                        std::string(connect::java_class(v)));
    }
    const auto d = java::parse_decimal(v.text());
    if (!d) {
      return bad_record("not a decimal: " + std::string(v.text()));
    }
    const std::string bytes = java::unscaled_bytes(*d);
    const std::size_t before = out_.size();
    part(3, d->scale);
    part(2, static_cast<std::int64_t>(d->digits.size()));
    out_.bytes(bytes);
    out_.varint(bytes.size());
    out_.byte(1 << 3 | 2);
    end(before);
    return {};
  }

  const DataOptions& options_;
  Arena arena_;
  ReverseBuffer& out_;
  bool force_{false};  // items of a list are written even when they are zero
};

}  // namespace

Result<void> Encoder::encode(const EncodePlan& plan, const Value& value, const DataOptions& options,
                             Arena arena, ReverseBuffer& out) {
  Writer writer(options, arena, out);
  if (plan.scalar()) {
    return writer.field(plan.root().fields.front(), value, 0);
  }
  return writer.message(plan.root(), value, 0);
}

}  // namespace weir::converters::schema_registry::protobuf
