// SetSchemaMetadata: name and version of the key's or value's schema.
#pragma once

#include "common.hpp"

#include <optional>

namespace weir::transforms::connect {

struct SetSchemaMetadataConfig {
  std::optional<std::string> name{};
  std::optional<std::int32_t> version{};
  bool replace_null_with_default{true};
};

template <Side S>
class SetSchemaMetadata final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "SetSchemaMetadata$Key" : "SetSchemaMetadata$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.SetSchemaMetadata$Key"
                                                                           : "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value"};
  static constexpr std::string_view kDoc = "Sets name, version, or both of a schema.";

  static ConfigDef<SetSchemaMetadataConfig> describe() {
    using C = SetSchemaMetadataConfig;
    return ConfigDef<C>{}
        .field("schema.name", &C::name, "The schema's new name.")
        .importance(Importance::high)
        .field("schema.version", &C::version, "The schema's new version.")
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          if (!c.name && !c.version) {
            problems.push_back({"schema.name", "Neither schema name nor version configured"});
          }
        });
  }

  explicit SetSchemaMetadata(SetSchemaMetadataConfig config) : config_(std::move(config)) {}

  Result<void> apply(Record& record) override {
    Value value = record.part(S);
    const weir_schema* schema = record.schema(S);
    if (schema == nullptr) {
      return value.is_null() ? Result<void>() : data_error({"Schema required for [updating schema metadata]"});
    }
    if (schema->type != WEIR_KIND_STRUCT) {  // Kafka Connect asks any schema for its fields
      return data_error({"Cannot list fields on non-struct type"});
    }
    auto made = schemas_.get(schema, record.arena(), [&](Arena arena, bool stable) -> Result<const weir_schema*> {
      auto* copy = arena.array<weir_schema>(1);
      *copy = *schema;
      copy->flags = stable ? copy->flags : copy->flags & ~std::uint32_t{WEIR_SCHEMA_STABLE};
      if (config_.name) {
        copy->name = bytes_of(*config_.name);
      }
      if (config_.version) {
        copy->version = *config_.version;
        copy->flags |= WEIR_SCHEMA_HAS_VERSION;
      }
      return static_cast<const weir_schema*>(copy);
    });
    if (!made) {
      return made.error();
    }
    if (value.is(Kind::structure)) {
      if (auto done = require_struct(value, schema, "updating schema metadata"); !done) {
        return done;
      }
      auto* members = record.arena().template array<weir_member>(value.count);
      for (std::size_t i = 0; i < value.count; ++i) {
        const Value item = field_value(value, schema, i, config_.replace_null_with_default);
        if (auto fits = check_present(schema->fields[i], item); !fits) {
          return fits;
        }
        members[i] = member(text_of(schema->fields[i].name), item);
      }
      value = Value::structure(members, value.count);
    }
    record.set_part(S, value, **made);
    return {};
  }

 private:
  SetSchemaMetadataConfig config_;
  SchemaCache<const weir_schema*> schemas_;
};

}  // namespace weir::transforms::connect
