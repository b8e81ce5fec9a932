// TimestampConverter: a field, or the whole key or value, between text, unix time, Date, Time and Timestamp.
#pragma once

#include "nested.hpp"

#include <limits>
#include <optional>

namespace weir::transforms::connect {

struct TimestampConverterConfig {
  std::string field{};
  std::string target{};
  std::string format{};
  std::string precision{"milliseconds"};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

enum class TimeForm { text, unix_time, date, time, timestamp };

inline std::optional<TimeForm> time_form(std::string_view word) {
  return word == "string"      ? std::optional(TimeForm::text)
         : word == "unix"      ? std::optional(TimeForm::unix_time)
         : word == "Date"      ? std::optional(TimeForm::date)
         : word == "Time"      ? std::optional(TimeForm::time)
         : word == "Timestamp" ? std::optional(TimeForm::timestamp)
                               : std::nullopt;
}

template <Side S>
class TimestampConverter final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "TimestampConverter$Key" : "TimestampConverter$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.TimestampConverter$Key"
                                                                           : "org.apache.kafka.connect.transforms.TimestampConverter$Value"};
  static constexpr std::string_view kDoc = "Converts timestamps between text, unix time and the logical types.";

  static ConfigDef<TimestampConverterConfig> describe() {
    using C = TimestampConverterConfig;
    return ConfigDef<C>{}
        .field("field", &C::field, "The field; empty for the whole key or value.")
        .importance(Importance::high)
        .field("target.type", &C::target, "What it becomes.")
        .required()
        .one_of({"string", "unix", "Date", "Time", "Timestamp"})
        .importance(Importance::high)
        .field("format", &C::format, "Pattern of java.text.SimpleDateFormat for texts, written or read; UTC.")
        .field("unix.precision", &C::precision, "Unit of unix time, written or read; parts below a millisecond are lost.")
        .one_of({"nanoseconds", "microseconds", "milliseconds", "seconds"})
        .importance(Importance::low)
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          if (!c.field.empty()) {
            check_paths({c.field}, "field", c.syntax, problems);
          }
          const bool blank = text::detail::blank(c.format);
          if (c.target == "string" && blank) {
            problems.push_back(
                {"format", "TimestampConverter requires format option to be specified when using string timestamps"});
          } else if (!blank && !java::SimpleDateFormat::of(c.format)) {
            problems.push_back({"format", "TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: " + c.format});
          }
        });
  }

  explicit TimestampConverter(TimestampConverterConfig config)
      : field_(config.field),
        target_(*time_form(config.target)),
        per_ms_(config.precision == "microseconds" ? 1000 : config.precision == "nanoseconds" ? 1'000'000 : 1),
        seconds_(config.precision == "seconds"),
        with_default_(config.replace_null_with_default) {
    if (!text::detail::blank(config.format)) {
      format_ = *java::SimpleDateFormat::of(config.format);
    }
    if (config.syntax == FieldSyntax::v2 && !field_.empty()) {
      const Place place = place_of(field_);
      config.field = place.name;
      config.syntax = FieldSyntax::v1;
      nested_.emplace().add(place.parent, std::make_unique<TimestampConverter>(std::move(config)));
    }
  }

  Result<void> apply(Record& record) override {
    if (nested_) {
      return nested_->apply(record);
    }
    Value value = record.part(S);
    const weir_schema* schema = record.schema(S);
    return schema == nullptr ? schemaless(record, value) : with_schema(record, value, schema);
  }

 private:
  Result<void> schemaless(Record& record, Value& value) {
    if (value.is_null() || field_.empty()) {
      auto made = convert(value, std::nullopt, record.arena());
      if (!made) {
        return made.error();
      }
      record.set_part(S, *made);
      return {};
    }
    if (auto done = require_map(value, record.arena(), kPurpose); !done) {
      return done;
    }
    const Value* old = value.find(field_);
    auto made = convert(old == nullptr ? Value() : *old, std::nullopt, record.arena());
    if (!made) {
      return made.error();
    }
    MemberList out = copy_of(value, record.arena(), 1);
    out.put(field_, *made);
    record.set_part(S, out.map());
    return {};
  }

  Result<void> with_schema(Record& record, const Value& value, const weir_schema* schema) {
    if (field_.empty()) {
      auto from = form_of(schema);
      if (!from) {
        return from.error();
      }
      auto made = convert(value, *from, record.arena());
      if (!made) {
        return made.error();
      }
      record.set_part(S, *made, target_schema(view(schema)->optional()));
      return {};
    }
    if (!value.is_null()) {
      if (auto done = require_struct(value, schema, kPurpose); !done) {
        return done;
      }
    }
    auto made = schemas_.get(schema, record.arena(), [&](Arena arena, bool stable) { return make(schema, arena, stable); });
    if (!made) {
      return made.error();
    }
    auto changed = changed_struct(value, schema, record.arena());
    if (!changed) {
      return changed.error();
    }
    record.set_part(S, *changed, **made);
    return {};
  }

  Result<Value> changed_struct(const Value& value, const weir_schema* schema, Arena arena) const {
    if (value.is_null()) {
      return value;
    }
    auto* members = arena.array<weir_member>(value.count);
    for (std::size_t i = 0; i < value.count; ++i) {
      const std::string_view name = text_of(schema->fields[i].name);
      Value item = field_value(value, schema, i, with_default_);
      if (auto fits = check_present(schema->fields[i], item); !fits) {
        return fits.error();
      }
      if (name == field_) {
        auto from = form_of(schema->fields[i].schema);
        if (!from) {
          return from.error();
        }
        auto made = convert(item, *from, arena);
        if (!made) {
          return made.error();
        }
        item = *made;
      }
      members[i] = member(name, item);
    }
    return Value::structure(members, value.count);
  }

  Result<const weir_schema*> make(const weir_schema* schema, Arena arena, bool stable) const {
    if (schema->type != WEIR_KIND_STRUCT) {
      return data_error({"Cannot list fields on non-struct type"});
    }
    SchemaBuilder builder(arena, Kind::structure, stable);
    builder.basics_of(*schema).optional(view(schema)->optional());
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      const weir_field& field = schema->fields[i];
      builder.field(text_of(field.name), text_of(field.name) == field_ ? target_schema(view(field.schema)->optional()) : field.schema);
    }
    if (schema->default_value != nullptr) {
      auto changed = changed_struct(Value(*schema->default_value), schema, arena);
      if (!changed) {
        return changed.error();
      }
      builder.default_value(*changed);
    }
    return builder.build();
  }

  const weir_schema* target_schema(bool optional) const {
    switch (target_) {
      case TimeForm::text: return schemas::string(optional);
      case TimeForm::unix_time: return schemas::int64(optional);
      case TimeForm::date: return schemas::date(optional);
      case TimeForm::time: return schemas::time(optional);
      default: return schemas::timestamp(optional);
    }
  }

  static Result<TimeForm> form_of(const weir_schema* schema) {
    const std::string_view name = text_of(schema->name);
    if (name == kTimestampName) {
      return TimeForm::timestamp;
    }
    if (name == kDateName) {
      return TimeForm::date;
    }
    if (name == kTimeName) {
      return TimeForm::time;
    }
    if (schema->type == WEIR_KIND_STRING) {
      return TimeForm::text;
    }
    if (schema->type == WEIR_KIND_INT64) {
      return TimeForm::unix_time;
    }
    return data_error({"Schema ", schema_text(schema), " does not correspond to a known timestamp type format"});
  }

  /// from nullopt: by the value's own type.
  Result<Value> convert(const Value& value, std::optional<TimeForm> from, Arena arena) const {
    if (value.is_null()) {
      return value;
    }
    if (!from) {
      from = value.is(Kind::timestamp) ? std::optional(TimeForm::timestamp)
             : value.is(Kind::int64)   ? std::optional(TimeForm::unix_time)
             : value.is_string()       ? std::optional(TimeForm::text)
                                       : std::nullopt;
      if (!from) {
        return data_error({"TimestampConverter does not support class ", text::java_class(value), " objects as timestamps"});
      }
    }
    auto ms = to_ms(value, *from);
    return ms ? Result<Value>(from_ms(*ms, arena)) : ms.error();
  }

  Result<std::int64_t> to_ms(const Value& value, TimeForm from) const {
    switch (from) {
      case TimeForm::text: {
        if (!value.is_string()) {
          return data_error({"Expected string timestamp to be a String, but found class ", text::java_class(value)});
        }
        if (!format_) {
          return data_error({"TimestampConverter requires format option to be specified when using string timestamps"});
        }
        const auto ms = format_->parse(value.text());
        if (!ms) {
          return data_error({"Could not parse timestamp: value (", value.text(), ") does not match pattern (", format_->pattern(), ")"});
        }
        return *ms;
      }
      case TimeForm::unix_time:
        if (!value.is(Kind::int64)) {
          return data_error({"Expected Unix timestamp to be a Long, but found class ", text::java_class(value)});
        }
        return seconds_ ? times(value.as.i64, 1000) : value.as.i64 / per_ms_;
      default:
        if (!value.is(Kind::timestamp)) {
          return data_error({"Expected ", from == TimeForm::date ? "Date" : from == TimeForm::time ? "Time" : "Timestamp",
                             " to be a java.util.Date, but found class ", text::java_class(value)});
        }
        return value.as.i64;
    }
  }

  Value from_ms(std::int64_t ms, Arena arena) const {
    switch (target_) {
      case TimeForm::text: return Value::string(arena.copy(format_->format(ms)));
      case TimeForm::unix_time: return Value::int64(seconds_ ? ms / 1000 : times(ms, per_ms_));
      case TimeForm::date: return Value::timestamp(ms - java::detail::floor_mod(ms, java::kDayMs));
      case TimeForm::time: return Value::timestamp(java::detail::floor_mod(ms, java::kDayMs));
      default: return Value::timestamp(ms);
    }
  }

  /// java.util.concurrent.TimeUnit saturates.
  static std::int64_t times(std::int64_t n, std::int64_t factor) noexcept {
    std::int64_t out = 0;
    if (__builtin_mul_overflow(n, factor, &out)) {
      return n < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
    }
    return out;
  }

  static constexpr std::string_view kPurpose = "converting timestamp formats";
  std::optional<Nested<S>> nested_;  ///< V2
  std::string field_;
  TimeForm target_;
  std::optional<java::SimpleDateFormat> format_;
  std::int64_t per_ms_;
  bool seconds_;
  bool with_default_;
  SchemaCache<const weir_schema*> schemas_;
};

}  // namespace weir::transforms::connect
