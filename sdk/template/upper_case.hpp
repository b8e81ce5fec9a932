// A transform: makes one text field of the value upper case.
#pragma once

#include <weir/json.hpp>
#include <weir/plugin.hpp>

#include <algorithm>
#include <string>

namespace example {

struct UpperCaseConfig {
  std::string field;
};

class UpperCase final : public weir::RecordTransform {
 public:
  static constexpr std::string_view kType = "upper_case";
  static constexpr std::string_view kDoc = "Makes a text field upper case.";

  static weir::ConfigDef<UpperCaseConfig> describe() {
    return weir::ConfigDef<UpperCaseConfig>{}
        .field("field", &UpperCaseConfig::field, "Name of the field.")
        .required()
        .non_empty();
  }

  explicit UpperCase(UpperCaseConfig config) : config_(std::move(config)) {}

  using RecordTransform::apply;
  weir::Result<void> apply(weir::Record& record) override {
    weir::Value* field = record.value().is_object() ? record.value().find(config_.field) : nullptr;
    if (field == nullptr || field->is_null()) {
      return {};
    }
    if (!field->is_string()) {
      return weir::bad_record(record.where() + ": " + config_.field + " is not a text");
    }
    std::string text(field->text());
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    *field = weir::Value::string(record.arena().copy(text));  // lives as long as the batch
    return {};
  }

 private:
  UpperCaseConfig config_;
};

}  // namespace example
