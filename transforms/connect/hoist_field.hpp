// HoistField: wraps the whole key or value in a map or struct with one field.
#pragma once

#include "common.hpp"

namespace weir::transforms::connect {

struct HoistFieldConfig {
  std::string field{};
};

template <Side S>
class HoistField final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "HoistField$Key" : "HoistField$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.HoistField$Key"
                                                                           : "org.apache.kafka.connect.transforms.HoistField$Value"};
  static constexpr std::string_view kDoc = "Wraps data in a map or struct with one field.";

  static ConfigDef<HoistFieldConfig> describe() {
    return ConfigDef<HoistFieldConfig>{}
        .field("field", &HoistFieldConfig::field, "Name of the one field.")
        .required();
  }

  explicit HoistField(HoistFieldConfig config) : field_(std::move(config.field)) {}

  Result<void> apply(Record& record) override {
    const Value value = record.part(S);
    const weir_schema* schema = record.schema(S);
    auto* members = record.arena().template array<weir_member>(1);
    members[0] = member(field_, value);
    if (schema == nullptr) {
      Value map = Value::map(members, 1);
      map.reserved = java::kAsPut;
      record.set_part(S, map);
      return {};
    }
    if (value.is_null() && !view(schema)->optional()) {
      return data_error({"Invalid value: null used for required field: \"", field_,
                         "\", schema type: ", text::type_name(schema->type)});
    }
    auto made = schemas_.get(schema, record.arena(), [&](Arena arena, bool stable) -> Result<const weir_schema*> {
      SchemaBuilder builder(arena, Kind::structure, stable);
      if (auto done = add_field(builder, field_, schema); !done) {
        return done.error();
      }
      return builder.build();
    });
    if (!made) {
      return made.error();
    }
    record.set_part(S, Value::structure(members, 1), **made);
    return {};
  }

 private:
  std::string field_;
  SchemaCache<const weir_schema*> schemas_;
};

}  // namespace weir::transforms::connect
