// ReplaceField: keeps, drops and renames top-level fields.
#pragma once

#include "nested.hpp"

#include <weir/java_map.hpp>

namespace weir::transforms::connect {

struct ReplaceFieldConfig {
  std::vector<std::string> exclude{};
  std::vector<std::string> include{};
  std::vector<std::string> renames{};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

template <Side S>
class ReplaceField final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "ReplaceField$Key" : "ReplaceField$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.ReplaceField$Key"
                                                                           : "org.apache.kafka.connect.transforms.ReplaceField$Value"};
  static constexpr std::string_view kDoc = "Filters and renames fields.";

  static ConfigDef<ReplaceFieldConfig> describe() {
    using C = ReplaceFieldConfig;
    return ConfigDef<C>{}
        .field("exclude", &C::exclude, "Fields to leave out. Wins over `include`.")
        .field("include", &C::include, "Fields to keep; all when empty.")
        .field("renames", &C::renames, "Pairs old:new, applied after filtering.")
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          check_paths(c.exclude, "exclude", c.syntax, problems);
          check_paths(c.include, "include", c.syntax, problems);
          for (const std::string& pair : c.renames) {
            if (split_colons(pair).size() != 2) {
              problems.push_back({"renames", join({"Invalid value ", pair, " for configuration renames: Invalid rename mapping: ", pair})});
            } else {
              check_paths({split_colons(pair)[0]}, "renames", c.syntax, problems);
            }
          }
        });
  }

  explicit ReplaceField(ReplaceFieldConfig config)
      : exclude_(config.exclude),
        include_(config.include),
        with_default_(config.replace_null_with_default) {
    if (config.syntax == FieldSyntax::v2) {
      make_nested(config);
      return;
    }
    // As in Java's map: of equal names the last, and in the map's order (which source_of goes by).
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& pair : config.renames) {
      const auto parts = split_colons(pair);
      pairs.emplace_back(parts[0], parts[1]);
    }
    std::vector<weir_member> entries;
    for (const auto& [old_name, new_name] : pairs) {
      entries.push_back(member(old_name, Value::string(new_name)));
    }
    entries.resize(java::as_hash_map(entries));
    std::vector<std::string> from;
    for (const weir_member& entry : entries) {
      from.emplace_back(Value(entry.key).text());
      to_.emplace_back(Value(entry.value).text());
    }
    from_ = NameSet(std::move(from));
    targets_ = NameSet(to_);
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
  void make_nested(const ReplaceFieldConfig& config) {
    ByLevel<ReplaceFieldConfig> levels;
    for (const std::string& path : config.exclude) {
      Place place = place_of(path);
      levels[place.parent].exclude.push_back(std::move(place.name));
    }
    // What lies under a field that is kept whole is kept; a path keeps the steps that lead to it.
    std::vector<Steps> kept;
    for (const std::string& path : config.include) {
      kept.push_back(FieldPath::nested(path)->steps());
    }
    for (const Steps& steps : kept) {
      const bool within = std::any_of(kept.begin(), kept.end(), [&](const Steps& other) {
        return other.size() < steps.size() && std::equal(other.begin(), other.end(), steps.begin());
      });
      for (std::size_t i = 0; i < steps.size() && !within; ++i) {
        levels[Steps(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(i))].include.push_back(steps[i]);
      }
    }
    for (const std::string& pair : config.renames) {
      const auto parts = split_colons(pair);
      const Place place = place_of(parts[0]);
      levels[place.parent].renames.push_back(place.name + ":" + parts[1]);
    }
    nested_.emplace().add_all(levels, [&](ReplaceFieldConfig one) {
      one.replace_null_with_default = with_default_;
      return std::make_unique<ReplaceField>(std::move(one));
    });
  }

  bool keeps(std::string_view name) const noexcept {
    return !exclude_.contains(name) && (include_.empty() || include_.contains(name));
  }
  std::string_view renamed(std::string_view name) const noexcept {
    const std::size_t i = from_.contains(name) ? from_.find(name) : to_.size();
    return i < to_.size() ? std::string_view(to_[i]) : name;
  }

  /// Kafka Connect looks a new name up backwards, even where no field was renamed to it.
  std::string_view source_of(std::string_view new_name) const {
    for (std::size_t i = to_.size(); i-- > 0;) {
      if (to_[i] == new_name) {
        return from_.names()[i];
      }
    }
    return new_name;
  }

  Result<void> schemaless(Record& record, Value& value) {
    if (auto done = require_map(value, record.arena(), kPurpose); !done) {
      return done;
    }
    return rename(record, value, false);
  }

  Result<void> rename(Record& record, const Value& value, bool hashed) const {
    MemberList out(record.arena(), value.count, java::sized_map(value.count));
    for (const Member& m : value.members()) {
      const std::string_view name = m.name().text();
      if (!keeps(name)) {
        continue;
      }
      if (from_.empty() || (!from_.contains(name) && !targets_.contains(name))) {
        out.add(m);
      } else if (!out.put(renamed(name), m.item()) && !hashed) {
        // Two of one name: which one stays is decided by the order of Java's map.
        std::vector<weir_member> members(value.members().begin(), value.members().end());
        members.resize(java::as_hash_map(members, value.reserved));
        return rename(record, Value::map(members.data(), members.size()), true);
      }
    }
    record.set_part(S, out.map());
    return {};
  }

  struct Plan {
    const weir_schema* schema{nullptr};
    std::vector<std::uint32_t> sources;
  };

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    if (auto done = require_struct(value, schema, kPurpose); !done) {
      return done;
    }
    auto plan = plans_.get(schema, record.arena(), [&](Arena arena, bool stable) { return make(schema, arena, stable); });
    if (!plan) {
      return plan.error();
    }
    const std::vector<std::uint32_t>& sources = (*plan)->sources;
    auto* members = record.arena().template array<weir_member>(sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const weir_field& field = (*plan)->schema->fields[i];
      const Value item = field_value(value, schema, sources[i], with_default_);
      const bool crossed = field.schema != schema->fields[sources[i]].schema;  // two renames
      if (auto fits = crossed ? check_field(field, item) : check_present(field, item); !fits) {
        return fits;
      }
      members[i] = member(text_of(field.name), item);
    }
    record.set_part(S, Value::structure(members, sources.size()), (*plan)->schema);
    return {};
  }

  Result<Plan> make(const weir_schema* schema, Arena arena, bool stable) const {
    Plan plan;
    SchemaBuilder builder(arena, Kind::structure, stable);
    builder.basics_of(*schema);
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      const std::string_view name = text_of(schema->fields[i].name);
      if (!keeps(name)) {
        continue;
      }
      if (auto done = add_field(builder, renamed(name), schema->fields[i].schema); !done) {
        return done.error();
      }
      const std::string_view old_name = source_of(renamed(name));
      const std::size_t source = field_index(schema, old_name);
      if (source == schema->field_count) {
        return data_error({old_name, " is not a valid field name"});
      }
      plan.sources.push_back(static_cast<std::uint32_t>(source));
    }
    plan.schema = builder.build();
    return plan;
  }

  static constexpr std::string_view kPurpose = "field replacement";
  NameSet exclude_;
  NameSet include_;
  NameSet from_;
  NameSet targets_;  ///< to_, asked for
  std::vector<std::string> to_;
  std::optional<Nested<S>> nested_;  ///< V2
  bool with_default_;
  SchemaCache<Plan> plans_;
};

}  // namespace weir::transforms::connect
