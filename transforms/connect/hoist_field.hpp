// HoistField: wraps the whole key or value in a map or struct with one field.
#pragma once

#include "nested.hpp"

namespace weir::transforms::connect {

struct HoistFieldConfig {
  std::string field{};
  FieldSyntax syntax{FieldSyntax::v1};
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
        .field("field", &HoistFieldConfig::field, "Name of the one field; with syntax V2 a path, a map or struct a step.")
        .required()
        .choice("field.syntax.version", &HoistFieldConfig::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .check([](const HoistFieldConfig& c, ConfigProblems& problems) { check_paths({c.field}, "field", c.syntax, problems); });
  }

  explicit HoistField(HoistFieldConfig config) : field_(std::move(config.field)) {
    if (config.syntax == FieldSyntax::v2) {
      Place place = place_of(field_);
      field_ = std::move(place.name);
      for (auto step = place.parent.rbegin(); step != place.parent.rend(); ++step) {
        around_.push_back(std::make_unique<HoistField>(HoistFieldConfig{*step}));
      }
    }
  }

  Result<void> apply(Record& record) override {
    auto done = hoist(record);
    for (std::size_t i = 0; i < around_.size() && done; ++i) {
      done = around_[i]->apply(record);
    }
    return done;
  }

 private:
  Result<void> hoist(Record& record) {
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
    for (std::uint32_t i = 0; value.is(Kind::structure) && i < value.count && i < schema->field_count; ++i) {
      if (auto fits = check_present(schema->fields[i], value.members()[i].item()); !fits) {
        return fits;
      }
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

  std::string field_;
  std::vector<std::unique_ptr<HoistField>> around_;  ///< V2: the steps before, the last first
  SchemaCache<const weir_schema*> schemas_;
};

}  // namespace weir::transforms::connect
