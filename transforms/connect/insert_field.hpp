// InsertField: adds topic, partition, offset, timestamp or a fixed text as fields.
#pragma once

#include "nested.hpp"

#include <optional>

namespace weir::transforms::connect {

struct InsertFieldConfig {
  std::optional<std::string> topic{};
  std::optional<std::string> partition{};
  std::optional<std::string> offset{};
  std::optional<std::string> timestamp{};
  std::optional<std::string> static_field{};
  std::optional<std::string> static_value{};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

template <Side S>
class InsertField final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "InsertField$Key" : "InsertField$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.InsertField$Key"
                                                                           : "org.apache.kafka.connect.transforms.InsertField$Value"};
  static constexpr std::string_view kDoc = "Adds fields from the record's coordinates, or a fixed text.";

  static ConfigDef<InsertFieldConfig> describe() {
    using C = InsertFieldConfig;
    const std::string suffix = " A name ending in ! is a required field, in ? or neither an optional one.";
    return ConfigDef<C>{}
        .field("topic.field", &C::topic, "Name of the field for the topic." + suffix)
        .field("partition.field", &C::partition, "Name of the field for the partition." + suffix)
        .field("offset.field", &C::offset, "Name of the field for the offset; sinks only." + suffix)
        .field("timestamp.field", &C::timestamp, "Name of the field for the record's timestamp." + suffix)
        .field("static.field", &C::static_field, "Name of the field for the fixed text." + suffix)
        .field("static.value", &C::static_value, "The fixed text.")
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          for (const auto& [key, member] : kNames) {
            if (c.*member) {
              check_paths({without_mark(*(c.*member))}, key, c.syntax, problems);
            }
          }
          if (!c.topic && !c.partition && !c.offset && !c.timestamp && !c.static_field) {
            problems.push_back({"topic.field", "No field insertion configured"});
          }
          if (c.static_field && !c.static_value) {
            problems.push_back({"static.value", "Invalid value null for configuration static.value: No value specified "
                                                "for static field: " + *c.static_field});
          }
        });
  }

  explicit InsertField(const InsertFieldConfig& config)
      : with_default_(config.replace_null_with_default), static_value_(config.static_value.value_or("")) {
    if (config.syntax == FieldSyntax::v2) {
      ByLevel<InsertFieldConfig> levels;
      for (const auto& [key, member] : kNames) {
        if (config.*member) {
          const std::string path = without_mark(*(config.*member));
          const Place place = place_of(path);
          levels[place.parent].*member = place.name + (config.*member)->substr(path.size());
        }
      }
      nested_.emplace().add_all(
          levels,
          [&](InsertFieldConfig one) {
            one.static_value = config.static_value;
            one.replace_null_with_default = with_default_;
            return std::make_unique<InsertField>(one);
          },
          true);
      return;
    }
    add(What::topic, config.topic);
    add(What::partition, config.partition);
    add(What::offset, config.offset);
    add(What::timestamp, config.timestamp);
    add(What::fixed, config.static_field);
  }

  Result<void> apply(Record& record) override {
    if (nested_) {
      return nested_->apply(record);
    }
    Value value = record.part(S);
    if (value.is_null()) {
      return {};
    }
    const weir_schema* schema = record.schema(S);
    return schema == nullptr ? schemaless(record, value) : structured(record, value, schema);
  }

 private:
  static constexpr std::pair<std::string_view, std::optional<std::string> InsertFieldConfig::*> kNames[] = {
      {"topic.field", &InsertFieldConfig::topic},
      {"partition.field", &InsertFieldConfig::partition},
      {"offset.field", &InsertFieldConfig::offset},
      {"timestamp.field", &InsertFieldConfig::timestamp},
      {"static.field", &InsertFieldConfig::static_field}};

  enum class What { topic, partition, offset, timestamp, fixed };
  struct Insertion {
    What what;
    std::string name;
    bool optional;
  };

  void add(What what, std::optional<std::string> name) {
    if (!name) {
      return;
    }
    const bool marked = !name->empty() && (name->back() == '!' || name->back() == '?');
    const bool required = marked && name->back() == '!';
    if (marked) {
      name->pop_back();
    }
    insertions_.push_back({what, std::move(*name), !required});
  }

  /// Null: there is none. The topic is copied by nobody: it lives as long as the batch.
  Result<Value> value_of(const Insertion& insertion, Record& record, bool with_schema) const {
    switch (insertion.what) {
      case What::topic:
        return Value::string(record.topic());
      case What::partition:
        return record.partition() ? Value::int32(*record.partition()) : Value();
      case What::offset:
        if (!record.consumed()) {
          return data_error({"Only SinkRecord supported for [", kPurpose,
                             "], found: org.apache.kafka.connect.source.SourceRecord"});
        }
        return Value::int64(record.origin().offset);
      case What::timestamp:
        if (!record.timestamp()) {
          return Value();
        }
        return with_schema ? Value::timestamp(*record.timestamp()) : Value::int64(*record.timestamp());
      default:
        return Value::string(static_value_);
    }
  }

  Result<void> schemaless(Record& record, Value& value) {
    if (auto done = require_map(value, record.arena(), kPurpose); !done) {
      return done;
    }
    MemberList out = copy_of(value, record.arena(), insertions_.size());
    for (const Insertion& insertion : insertions_) {
      auto item = value_of(insertion, record, false);
      if (!item) {
        return item.error();
      }
      if (!item->is_null()) {
        out.put(insertion.name, *item);
      }
    }
    record.set_part(S, out.map());
    return {};
  }

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    if (auto done = require_struct(value, schema, kPurpose); !done) {
      return done;
    }
    auto made = schemas_.get(schema, record.arena(), [&](Arena arena, bool stable) { return make(schema, arena, stable); });
    if (!made) {
      return made.error();
    }
    const std::size_t count = value.count;
    auto* members = record.arena().template array<weir_member>(count + insertions_.size());
    for (std::size_t i = 0; i < count; ++i) {
      const Value item = field_value(value, schema, i, with_default_);
      if (auto fits = check_present(schema->fields[i], item); !fits) {
        return fits.error();
      }
      members[i] = member(text_of(schema->fields[i].name), item);
    }
    for (std::size_t i = 0; i < insertions_.size(); ++i) {
      auto item = value_of(insertions_[i], record, true);
      if (!item) {
        return item.error();
      }
      members[count + i] = member(insertions_[i].name, *item);
    }
    record.set_part(S, Value::structure(members, count + insertions_.size()), **made);
    return {};
  }

  Result<const weir_schema*> make(const weir_schema* schema, Arena arena, bool stable) const {
    SchemaBuilder builder(arena, Kind::structure, stable);
    builder.basics_of(*schema);
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      builder.field(text_of(schema->fields[i].name), schema->fields[i].schema);
    }
    for (const Insertion& insertion : insertions_) {
      const bool optional = insertion.optional;
      const weir_schema* type = insertion.what == What::partition   ? schemas::int32(optional)
                                : insertion.what == What::offset    ? schemas::int64(optional)
                                : insertion.what == What::timestamp ? schemas::timestamp(optional)
                                                                    : schemas::string(optional);
      if (auto done = add_field(builder, insertion.name, type); !done) {
        return done.error();
      }
    }
    return builder.build();
  }

  static constexpr std::string_view kPurpose = "field insertion";
  std::vector<Insertion> insertions_;
  std::optional<Nested<S>> nested_;  ///< V2
  bool with_default_;
  std::string static_value_;
  SchemaCache<const weir_schema*> schemas_;
};

}  // namespace weir::transforms::connect
