// field.syntax.version=V2 for transforms that change fields (in Kafka Connect only ExtractField has it; KIP-821): the
// transform itself does its work on the map or struct that holds the field, and what is around it is copied.
#pragma once

#include "field_path.hpp"

#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace weir::transforms::connect {

enum class FieldSyntax { v1, v2 };

inline constexpr std::string_view kFieldSyntaxDoc =
    "V1: names of top-level fields. V2: paths, steps with dots between them; a step with dots stands in backticks.";

/// Paths of V2 that cannot be read.
inline void check_paths(const std::vector<std::string>& paths, std::string_view key, FieldSyntax syntax, ConfigProblems& problems) {
  if (syntax == FieldSyntax::v1) {
    return;
  }
  for (const std::string& text : paths) {
    auto path = FieldPath::nested(text);
    if (!path) {
      problems.push_back({std::string(key), path.error().message});
    } else if (path->steps().empty()) {
      problems.push_back({std::string(key), join({"Invalid value ", text, " for configuration ", key, ": the path is empty"})});
    }
  }
}

/// The part of an option that is a path: InsertField's names end in ! or ?.
inline std::string without_mark(std::string name) {
  if (!name.empty() && (name.back() == '!' || name.back() == '?')) {
    name.pop_back();
  }
  return name;
}

using Steps = std::vector<std::string>;

/// A path's last step and those before it.
struct Place {
  Steps parent;
  std::string name;
};
inline Place place_of(const std::string& path) {
  Place out;
  out.parent = FieldPath::nested(path)->steps();
  out.name = std::move(out.parent.back());
  out.parent.pop_back();
  return out;
}

/// What one option says, sorted by the level it is about. T: names, pairs.
template <class T>
using ByLevel = std::map<Steps, T>;

/// Runs a transform per level, the deepest levels first. A step on the way that is missing or null leaves the record as it
/// is; one of another type than map or struct fails it.
template <Side S>
class Nested {
 public:
  /// create: what is missing on the way is made. Levels are run in the order they are added.
  void add(Steps parent, std::unique_ptr<RecordTransform> inner, bool create = false) {
    auto level = std::make_unique<Level>(parent.size());
    level->parent = std::move(parent);
    level->inner = std::move(inner);
    level->create = create;
    levels_.push_back(std::move(level));
  }

  /// make(T) -> the transform of one level.
  template <class T, class Make>
  void add_all(const ByLevel<T>& levels, Make&& make, bool create = false) {
    std::vector<const std::pair<const Steps, T>*> order;
    for (const auto& entry : levels) {
      order.push_back(&entry);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->first.size() > b->first.size(); });
    for (const auto* entry : order) {
      add(entry->first, make(entry->second), create);
    }
  }

  Result<void> apply(Record& record) {
    for (const auto& level : levels_) {
      const Value& value = record.part(S);
      const weir_schema* schema = record.schema(S);
      if (value.is_null() || level->parent.empty()) {
        if (auto done = level->inner->apply(record); !done) {
          return done;
        }
        continue;
      }
      auto made = edit(*level, 0, {value, schema}, record);
      if (!made) {
        return made.error();
      }
      record.set_part(S, made->value, made->schema);
    }
    return {};
  }

 private:
  struct Part {
    Value value;
    const weir_schema* schema{nullptr};
  };
  struct Level {
    explicit Level(std::size_t depth) : around(depth) {}
    Steps parent;
    std::unique_ptr<RecordTransform> inner;
    bool create{false};
    std::vector<SchemaCache<const weir_schema*>> around;  ///< new schemas of what holds the next step, by the old ones
  };

  static constexpr std::string_view kPurpose = "nested field access";

  /// The inner transform on a record whose key or value is only the part.
  static Result<Part> run(Level& level, const Part& part, Record& record) {
    weir_record one = *record.c();
    (S == Side::key ? one.key : one.value) = part.value;
    (S == Side::key ? one.key_schema : one.value_schema) = part.schema;
    weir_batch batch{};
    batch.struct_size = sizeof batch;
    batch.record_stride = sizeof one;
    batch.records = &one;
    batch.count = 1;
    batch.arena = record.arena().c();
    batch.load_headers = [](weir_batch*, weir_record*) {};
    Record inner(&batch, 0);
    if (auto done = level.inner->apply(inner); !done) {
      return done.error();
    }
    return Part{inner.part(S), inner.schema(S)};
  }

  Result<Part> edit(Level& level, std::size_t step, Part part, Record& record) {
    if (step == level.parent.size()) {
      return run(level, part, record);
    }
    return part.schema == nullptr ? in_map(level, step, part, record) : in_struct(level, step, part, record);
  }

  Result<Part> in_map(Level& level, std::size_t step, Part part, Record& record) {
    const Arena arena = record.arena();
    if (auto done = require_map(part.value, arena, kPurpose); !done) {
      return done.error();
    }
    const std::string& name = level.parent[step];
    const Value* child = part.value.find(name);
    if (child == nullptr ? !level.create : child->is_null()) {
      return part;
    }
    auto made = edit(level, step + 1, {child == nullptr ? Value::map(nullptr, 0) : *child, nullptr}, record);
    if (!made) {
      return made;
    }
    MemberList out = copy_of(part.value, arena, 1);
    out.put(name, made->value);
    return Part{out.map(), nullptr};
  }

  Result<Part> in_struct(Level& level, std::size_t step, const Part& part, Record& record) {
    if (auto done = require_struct(part.value, part.schema, kPurpose); !done) {
      return done.error();
    }
    const std::size_t at = field_index(part.schema, level.parent[step]);
    const bool missing = at == part.schema->field_count;
    if (missing && !level.create) {
      return part;
    }
    Arena arena = record.arena();
    static const weir_schema* const kEmpty = [] {
      static OwnedArena memory{1024};
      return SchemaBuilder(memory.view(), Kind::structure, true).optional().build();
    }();
    const weir_schema* type = missing ? kEmpty : part.schema->fields[at].schema;
    const Value child = missing ? Value::structure(nullptr, 0) : Value(part.value.as.members[at].value);
    Part from{child, type};
    if (child.is_null() && type->type == WEIR_KIND_STRUCT) {  // the schema changes all the same
      auto* members = arena.array<weir_member>(type->field_count);
      for (std::size_t i = 0; i < type->field_count; ++i) {
        members[i] = member(text_of(type->fields[i].name), placeholder());
      }
      from.value = Value::structure(members, type->field_count);
    }
    auto made = edit(level, step + 1, from, record);
    if (!made) {
      return made;
    }
    const auto build = [&](Arena a, bool stable) -> Result<const weir_schema*> {
      const weir_schema* inner = made->schema;
      if (inner != nullptr && type->type == WEIR_KIND_STRUCT && view(type)->optional() && !view(inner)->optional()) {
        auto* copy = a.array<weir_schema>(1);  // transforms lose it of the struct they are given
        *copy = *inner;
        copy->flags |= WEIR_SCHEMA_OPTIONAL;
        inner = copy;
      }
      SchemaBuilder builder(a, Kind::structure, stable);
      builder.basics_of(*part.schema).optional(view(part.schema)->optional());
      for (std::size_t i = 0; i < part.schema->field_count; ++i) {
        builder.field(text_of(part.schema->fields[i].name), i == at ? inner : part.schema->fields[i].schema);
      }
      if (missing) {
        builder.field(level.parent[step], inner);
      }
      return builder.build();
    };
    // Only what lives long may be kept.
    const bool lasting = made->schema != nullptr && view(made->schema)->stable();
    const weir_schema* schema = nullptr;
    if (lasting) {
      auto kept = level.around[step].get(part.schema, arena, build);
      if (!kept) {
        return kept.error();
      }
      schema = **kept;
    } else {
      auto once = build(arena, false);
      if (!once) {
        return once.error();
      }
      schema = *once;
    }
    const std::size_t count = part.value.count;
    auto* members = arena.array<weir_member>(count + (missing ? 1 : 0));
    std::copy(part.value.as.members, part.value.as.members + count, members);
    const Value item = child.is_null() ? child : made->value;
    if (missing) {
      members[count] = member(level.parent[step], item);
    } else {
      members[at].value = item;
    }
    return Part{Value::structure(members, count + (missing ? 1 : 0)), schema};
  }

  std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace weir::transforms::connect
