// ValueToKey: the key becomes a map or struct of some fields of the value.
#pragma once

#include "common.hpp"

namespace weir::transforms::connect {

struct ValueToKeyConfig {
  std::vector<std::string> fields{};
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
        .field("fields", &C::fields, "Names of the value's fields that form the key.")
        .required()
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) { check_not_empty(c.fields, "fields", problems); });
  }

  explicit ValueToKey(ValueToKeyConfig config)
      : fields_(std::move(config.fields)), with_default_(config.replace_null_with_default) {}

  Result<void> apply(Record& record) override {
    Value& value = record.value();
    const weir_schema* schema = record.value_schema();
    if (schema == nullptr) {
      if (auto done = require_map(value, record.arena(), kPurpose); !done) {
        return done;
      }
      MemberList key(record.arena(), fields_.size(), java::sized_map(fields_.size()));
      for (const std::string& name : fields_) {
        const Value* item = value.find(name);
        key.put(name, item == nullptr ? Value() : *item);
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
      members[i] = member(fields_[i], field_value(value, schema, (*plan)->sources[i], with_default_));
    }
    record.set_key(Value::structure(members, fields_.size()), (*plan)->schema);
    return {};
  }

 private:
  struct Plan {
    const weir_schema* schema{nullptr};
    std::vector<std::size_t> sources;
  };

  Result<Plan> make(const weir_schema* schema, Arena arena, bool stable) const {
    Plan plan;
    SchemaBuilder builder(arena, Kind::structure, stable);
    for (const std::string& name : fields_) {
      const std::size_t i = field_index(schema, name);
      if (i == schema->field_count) {
        return data_error({"Field does not exist: ", name});
      }
      if (auto done = add_field(builder, name, schema->fields[i].schema); !done) {
        return done.error();
      }
      plan.sources.push_back(i);
    }
    plan.schema = builder.build();
    return plan;
  }

  static constexpr std::string_view kPurpose = "copying fields from value to key";
  std::vector<std::string> fields_;
  bool with_default_;
  SchemaCache<Plan> plans_;
};

}  // namespace weir::transforms::connect
