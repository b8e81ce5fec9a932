// Flatten: nested maps or structs become fields of the outermost one, a.b.c.
#pragma once

#include "common.hpp"

namespace weir::transforms::connect {

struct FlattenConfig {
  std::string delimiter{"."};
};

template <Side S>
class Flatten final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "Flatten$Key" : "Flatten$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.Flatten$Key"
                                                                           : "org.apache.kafka.connect.transforms.Flatten$Value"};
  static constexpr std::string_view kDoc = "Flattens nested fields; arrays stay as they are.";

  static ConfigDef<FlattenConfig> describe() {
    return ConfigDef<FlattenConfig>{}.field("delimiter", &FlattenConfig::delimiter,
                                            "Stands between the names of the levels.");
  }

  explicit Flatten(FlattenConfig config) : delimiter_(std::move(config.delimiter)) {}

  Result<void> apply(Record& record) override {
    Value value = record.part(S);
    if (value.is_null()) {
      return {};
    }
    const weir_schema* schema = record.schema(S);
    if (schema != nullptr) {
      return structured(record, value, schema);
    }
    if (auto done = require_map(value, record.arena(), kPurpose); !done) {
      return done;
    }
    MemberList out(record.arena(), value.count * 2, java::kAsPut);
    bool collided = false;
    if (auto done = flatten(value, "", out, record.arena(), collided); !done) {
      return done;
    }
    if (collided) {  // which of two of one name stays is decided by the order of Java's maps
      out = MemberList(record.arena(), value.count * 2, java::kAsPut);
      if (auto done = flatten(in_map_order(value, record.arena()), "", out, record.arena(), collided); !done) {
        return done;
      }
    }
    record.set_part(S, out.map());
    return {};
  }

 private:
  std::string_view name_of(std::string_view prefix, std::string_view name, Arena arena) const {
    return prefix.empty() ? name : arena.copy(join({prefix, delimiter_, name}));
  }

  static Value in_map_order(const Value& map, Arena arena) {
    auto* members = arena.array<weir_member>(map.count);
    std::copy(map.as.members, map.as.members + map.count, members);
    return Value::map(members, java::as_hash_map({members, map.count}, map.reserved));
  }

  /// collided: two names were equal; when it is set before, maps are walked in Java's order.
  Result<void> flatten(const Value& map, std::string_view prefix, MemberList& out, Arena arena, bool& collided) const {
    const bool ordered = collided;
    for (const Member& m : map.members()) {
      const std::string_view name = name_of(prefix, m.name().text(), arena);
      Value item = m.item();
      if (item.is_lazy() && *item.as.text == '{') {
        if (auto done = json::open(item, arena); !done) {
          return done;
        }
      }
      if (item.is(Kind::map)) {
        if (auto done = flatten(ordered ? in_map_order(item, arena) : item, name, out, arena, collided); !done) {
          return done;
        }
      } else if (item.is(Kind::decimal) || item.is(Kind::timestamp)) {
        return data_error({"Flatten transformation was passed a value of type class ", text::java_class(item),
                           " which is not supported by Connect's data API"});
      } else if (item.is(Kind::structure)) {
        return data_error({"Flatten transformation does not support class ", text::java_class(item),
                           " for record without schemas (for field ", name, ")."});
      } else {
        collided = !out.put(name, item) || collided;
      }
    }
    return {};
  }

  /// Where a leaf of the new struct comes from: the indexes to follow.
  struct Plan {
    const weir_schema* schema{nullptr};
    std::vector<std::vector<std::size_t>> paths;
  };

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    if (auto done = require_struct(value, schema, kPurpose); !done) {
      return done;
    }
    auto plan = plans_.get(schema, record.arena(), [&](Arena arena, bool stable) -> Result<Plan> {
      Plan made;
      SchemaBuilder builder(arena, Kind::structure, stable);
      builder.basics_of(*schema);
      std::vector<std::size_t> path;
      const Value fallback = schema->default_value == nullptr ? Value() : Value(*schema->default_value);
      if (auto done = plan_fields(schema, "", view(schema)->optional(), fallback, path, builder, made, arena, stable); !done) {
        return done.error();
      }
      made.schema = builder.build();
      return made;
    });
    if (!plan) {
      return plan.error();
    }
    const auto& paths = (*plan)->paths;
    auto* members = record.arena().template array<weir_member>(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      Value here = value;
      const weir_schema* type = schema;
      for (std::size_t step = 0; step < paths[i].size() && !here.is_null(); ++step) {
        if (auto done = require_struct(here, type, kPurpose); !done) {
          return done;
        }
        here = field_value(here, type, paths[i][step], step + 1 == paths[i].size());
        type = type->fields[paths[i][step]].schema;
      }
      const weir_field& leaf = (*plan)->schema->fields[i];
      if (auto fits = check_present(leaf, here); !fits) {
        return fits;
      }
      members[i] = member(text_of(leaf.name), here);
    }
    record.set_part(S, Value::structure(members, paths.size()), (*plan)->schema);
    return {};
  }

  Result<void> plan_fields(const weir_schema* schema, std::string_view prefix, bool optional, const Value& parent_default,
                           std::vector<std::size_t>& path, SchemaBuilder& builder, Plan& plan, Arena arena,
                           bool stable) const {
    constexpr std::size_t kDeepest = 1000;
    if (path.size() > kDeepest) {
      return data_error({"Flatten transformation does not support schemas that contain themselves (field ", prefix, ")."});
    }
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      const weir_field& field = schema->fields[i];
      const std::string_view name = name_of(prefix, text_of(field.name), arena);
      const bool may_miss = optional || view(field.schema)->optional();
      Value fallback;
      if (field.schema->default_value != nullptr) {
        fallback = Value(*field.schema->default_value);
      } else if (parent_default.is(Kind::structure) && parent_default.count == schema->field_count) {
        fallback = parent_default.members()[i].item();
      }
      path.push_back(i);
      if (field.schema->type == WEIR_KIND_STRUCT) {
        if (auto done = plan_fields(field.schema, name, may_miss, fallback, path, builder, plan, arena, stable); !done) {
          return done;
        }
      } else if (field.schema->type == WEIR_KIND_MAP) {
        return data_error({"Flatten transformation does not support MAP for record with schemas (for field ", name, ")."});
      } else {
        SchemaBuilder leaf(arena, static_cast<Kind>(field.schema->type), stable);
        leaf.basics_of(*field.schema).values(field.schema->values).optional(may_miss);
        if (!fallback.is_null()) {
          leaf.default_value(fallback);
        }
        if (auto done = add_field(builder, name, leaf.build()); !done) {
          return done;
        }
        plan.paths.push_back(path);
      }
      path.pop_back();
    }
    return {};
  }

  static constexpr std::string_view kPurpose = "flattening";
  std::string delimiter_;
  SchemaCache<Plan> plans_;
};

}  // namespace weir::transforms::connect
