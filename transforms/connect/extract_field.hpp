// ExtractField: the key or value becomes one of its fields.
#pragma once

#include "nested.hpp"

namespace weir::transforms::connect {

struct ExtractFieldConfig {
  std::string field{};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

template <Side S>
class ExtractField final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "ExtractField$Key" : "ExtractField$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.ExtractField$Key"
                                                                           : "org.apache.kafka.connect.transforms.ExtractField$Value"};
  static constexpr std::string_view kDoc = "Replaces the key or value by one of its fields.";

  static ConfigDef<ExtractFieldConfig> describe() {
    using C = ExtractFieldConfig;
    return ConfigDef<C>{}
        .field("field", &C::field, "Name of the field, or with syntax V2 a path to it.")
        .required()
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}},
                "V1: a top-level name. V2: steps with dots between them; a step with dots stands in backticks.")
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          if (c.syntax == FieldSyntax::v2) {
            if (auto path = FieldPath::nested(c.field); !path) {
              problems.push_back({"field", path.error().message});
            }
          }
        });
  }

  explicit ExtractField(ExtractFieldConfig config)
      : path_(config.syntax == FieldSyntax::v2 ? *FieldPath::nested(config.field) : FieldPath::plain(config.field)),
        original_(std::move(config.field)),
        with_default_(config.replace_null_with_default) {}

  Result<void> apply(Record& record) override {
    Value value = record.part(S);
    const weir_schema* schema = record.schema(S);
    if (schema == nullptr) {
      if (value.is_null()) {
        return {};
      }
      if (auto done = require_map(value, record.arena(), kPurpose); !done) {
        return done;
      }
      auto found = path_.find(value, record.arena());
      if (!found) {
        return found.error();
      }
      record.set_part(S, *found);
      return {};
    }
    if (!value.is_null()) {
      if (auto done = require_struct(value, schema, kPurpose); !done) {
        return done;
      }
    }
    auto field = path_.find(schema);
    if (!field) {
      return field.error();
    }
    if (*field == nullptr) {
      return data_error({"Unknown field: ", original_});
    }
    if (value.is_null()) {
      record.set_part(S, value, *field);
      return {};
    }
    auto found = path_.find(value, schema, with_default_);
    if (!found) {
      return found.error();
    }
    record.set_part(S, *found, *field);
    return {};
  }

 private:
  static constexpr std::string_view kPurpose = "field extraction";
  FieldPath path_;
  std::string original_;
  bool with_default_;
};

}  // namespace weir::transforms::connect
