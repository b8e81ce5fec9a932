// MaskField: replaces field values by the empty value of their type, or by a given one.
#pragma once

#include "nested.hpp"

#include <optional>

namespace weir::transforms::connect {

struct MaskFieldConfig {
  std::vector<std::string> fields{};
  std::optional<std::string> replacement{};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

template <Side S>
class MaskField final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "MaskField$Key" : "MaskField$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.MaskField$Key"
                                                                           : "org.apache.kafka.connect.transforms.MaskField$Value"};
  static constexpr std::string_view kDoc = "Masks fields: 0, false, an empty text, or a given replacement.";

  static ConfigDef<MaskFieldConfig> describe() {
    using C = MaskFieldConfig;
    return ConfigDef<C>{}
        .field("fields", &C::fields, "Names of the fields to mask.")
        .required()
        .importance(Importance::high)
        .field("replacement", &C::replacement, "What texts and numbers become, instead of the empty value.")
        .non_empty()
        .importance(Importance::low)
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          check_not_empty(c.fields, "fields", problems);
          check_paths(c.fields, "fields", c.syntax, problems);
        });
  }

  explicit MaskField(MaskFieldConfig config)
      : fields_(std::move(config.fields)),
        replacement_(std::move(config.replacement)),
        with_default_(config.replace_null_with_default) {
    if (replacement_) {
      number_ = java::parse_decimal(*replacement_);
    }
    if (config.syntax == FieldSyntax::v2) {
      ByLevel<std::vector<std::string>> levels;
      for (const std::string& path : fields_.names()) {
        Place place = place_of(path);
        levels[place.parent].push_back(std::move(place.name));
      }
      nested_.emplace().add_all(levels, [&](const std::vector<std::string>& names) {
        return std::make_unique<MaskField>(MaskFieldConfig{names, replacement_, FieldSyntax::v1, with_default_});
      });
    }
  }

  Result<void> apply(Record& record) override {
    if (nested_) {
      return nested_->apply(record);
    }
    Value value = record.part(S);
    const weir_schema* schema = record.schema(S);
    return schema == nullptr ? schemaless(record, value) : structured(record, value, schema);
  }

 private:
  Result<void> schemaless(Record& record, Value& value) {
    if (auto done = require_map(value, record.arena(), kPurpose); !done) {
      return done;
    }
    MemberList out = copy_of(value, record.arena(), fields_.size());
    for (const std::string& name : fields_.names()) {
      const Value* old = value.find(name);
      auto masked = old == nullptr ? Result<Value>(Value()) : mask(*old, record.arena());
      if (!masked) {
        return masked.error();
      }
      out.put(name, *masked);
    }
    record.set_part(S, out.map());
    return {};
  }

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    if (auto done = require_struct(value, schema, kPurpose); !done) {
      return done;
    }
    auto* members = record.arena().template array<weir_member>(value.count);
    for (std::size_t i = 0; i < value.count; ++i) {
      const std::string_view name = text_of(schema->fields[i].name);
      Value item = field_value(value, schema, i, with_default_);
      if (auto fits = check_present(schema->fields[i], item); !fits) {
        return fits.error();
      }
      if (fields_.contains(name)) {
        auto masked = mask(item, record.arena());
        if (!masked) {
          return masked.error();
        }
        item = *masked;
      }
      members[i] = member(name, item);
    }
    record.set_part(S, Value::structure(members, value.count), schema);
    return {};
  }

  Result<Value> mask(const Value& value, Arena arena) const {
    if (value.is_null()) {
      return value;
    }
    return replacement_ ? replaced(value, arena) : emptied(value);
  }

  static Result<Value> emptied(const Value& value) {
    switch (value.type()) {
      case Kind::boolean:
      case Kind::int8:
      case Kind::int16:
      case Kind::int32:
      case Kind::int64:
      case Kind::timestamp:
        return Value::integer(value.type(), 0);
      case Kind::float32:
      case Kind::float64:
        return Value::real(value.type(), 0);
      case Kind::decimal:
        return Value::decimal("0");
      case Kind::string:
        return Value::string("");
      case Kind::array:
        return Value::array(nullptr, 0);
      case Kind::map:
        return Value::map(nullptr, 0);
      case Kind::lazy:
        return *value.as.text == '[' ? Value::array(nullptr, 0) : Value::map(nullptr, 0);
      default:
        return data_error({"Cannot mask value of type: class ", text::java_class(value)});
    }
  }

  /// Values.convertToLong and the like of the replacement's text: a decimal whose low bits count.
  Result<Value> replaced(const Value& value, Arena arena) const {
    if (value.is_string()) {
      return Value::string(*replacement_);
    }
    const bool number = value.is_integer() || value.is_real() || value.is(Kind::decimal);
    if (!number) {
      return data_error({"Cannot mask value of type class ", text::java_class(value), " with custom replacement."});
    }
    if (!number_) {
      return data_error({"Unable to convert ", *replacement_, " (class java.lang.String) to ", value.is(Kind::decimal) ? "number" : "a number"});
    }
    switch (value.type()) {
      case Kind::decimal:
        return Value::decimal(arena.copy(java::to_string(*number_)));
      case Kind::float32:
        return Value::float32(static_cast<float>(text::real_of<double>(java::ascii_digits(*replacement_))));
      case Kind::float64:
        return Value::float64(text::real_of<double>(java::ascii_digits(*replacement_)));
      default:
        break;
    }
    const std::int64_t n = java::to_long(*number_);
    return value.is(Kind::int8)    ? Value::int8(static_cast<std::int8_t>(n))
           : value.is(Kind::int16) ? Value::int16(static_cast<std::int16_t>(n))
           : value.is(Kind::int32) ? Value::int32(static_cast<std::int32_t>(n))
                                   : Value::int64(n);
  }

  static constexpr std::string_view kPurpose = "mask fields";
  NameSet fields_;
  std::optional<std::string> replacement_;
  std::optional<java::Decimal> number_;
  std::optional<Nested<S>> nested_;  ///< V2
  bool with_default_;
};

}  // namespace weir::transforms::connect
