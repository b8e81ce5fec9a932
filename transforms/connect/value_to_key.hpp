// ValueToKey: the key becomes a map or struct of some fields of the value.
#pragma once

#include "nested.hpp"

namespace weir::transforms::connect {

struct ValueToKeyConfig {
  std::vector<std::string> fields{};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

class ValueToKey final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "ValueToKey";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.ValueToKey"};
  static constexpr std::string_view kDoc = "Makes a new key of fields of the value.";

  static ConfigDef<ValueToKeyConfig> describe() {
    using C = ValueToKeyConfig;
    return ConfigDef<C>{}
        .field("fields", &C::fields, "Names of the value's fields that form the key; with syntax V2 paths, of which the last step is the name in the key.")
        .required()
        .importance(Importance::high)
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          check_not_empty(c.fields, "fields", problems);
          check_paths(c.fields, "fields", c.syntax, problems);
        });
  }

  explicit ValueToKey(ValueToKeyConfig config)
      : fields_(std::move(config.fields)), with_default_(config.replace_null_with_default) {
    for (std::string& name : fields_) {
      const bool nested = config.syntax == FieldSyntax::v2;
      paths_.push_back(nested ? *FieldPath::nested(name) : FieldPath::plain(name));
      name = paths_.back().steps().back();
    }
  }

  Result<void> apply(Record& record) override {
    Value& value = record.value();
    const weir_schema* schema = record.value_schema();
    if (schema == nullptr) {
      if (auto done = require_map(value, record.arena(), kPurpose); !done) {
        return done;
      }
      MemberList key(record.arena(), fields_.size(), java::sized_map(fields_.size()));
      for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (paths_[i].steps().size() == 1) {
          const Value* item = value.find(fields_[i]);
          key.put(fields_[i], item == nullptr ? Value() : *item);
          continue;
        }
        auto item = paths_[i].find(value, record.arena());
        if (!item) {
          return item.error();
        }
        key.put(fields_[i], *item);
      }
      record.set_key(key.map());
      return {};
    }
    if (auto done = require_struct(value, schema, kPurpose); !done) {
      return done;
    }
    auto plan = plans_.get(schema, record.arena(), [&](Arena arena, bool stable) { return make(schema, arena, stable); });
    if (!plan) {
      return plan.error();
    }
    auto* members = record.arena().array<weir_member>(fields_.size());
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      auto item = paths_[i].find(value, schema, with_default_);
      if (!item) {
        return item.error();
      }
      if (auto fits = check_present((**plan)->fields[i], *item); !fits) {
        return fits;
      }
      members[i] = member(fields_[i], *item);
    }
    record.set_key(Value::structure(members, fields_.size()), **plan);
    return {};
  }

 private:
  Result<const weir_schema*> make(const weir_schema* schema, Arena arena, bool stable) const {
    SchemaBuilder builder(arena, Kind::structure, stable);
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      auto field = paths_[i].find(schema);
      if (!field) {
        return field.error();
      }
      if (*field == nullptr) {
        return data_error({"Field does not exist: ", paths_[i].text()});
      }
      const weir_schema* type = *field;
      if (paths_[i].may_miss(schema) && !view(type)->optional()) {
        auto* copy = arena.array<weir_schema>(1);
        *copy = *type;
        copy->flags |= WEIR_SCHEMA_OPTIONAL;
        type = copy;
      }
      if (auto done = add_field(builder, fields_[i], type); !done) {
        return done.error();
      }
    }
    return builder.build();
  }

  static constexpr std::string_view kPurpose = "copying fields from value to key";
  std::vector<std::string> fields_;
  std::vector<FieldPath> paths_;
  bool with_default_;
  SchemaCache<const weir_schema*> plans_;
};

}  // namespace weir::transforms::connect
