// Cast: fields, or the whole key or value, to another primitive type.
#pragma once

#include "cast_value.hpp"
#include "nested.hpp"

#include <optional>
#include <utility>

namespace weir::transforms::connect {

struct CastConfig {
  std::vector<std::string> spec{};
  FieldSyntax syntax{FieldSyntax::v1};
  bool replace_null_with_default{true};
};

/// What `spec` says: names and types, or one type for the whole value.
struct CastSpec {
  std::vector<std::string> names;
  std::vector<Kind> types;
  std::optional<Kind> whole;
};

constexpr std::string_view cast_type_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::int8: return "int8";
    case Kind::int16: return "int16";
    case Kind::int32: return "int32";
    case Kind::int64: return "int64";
    case Kind::float32: return "float32";
    case Kind::float64: return "float64";
    case Kind::boolean: return "boolean";
    default: return "string";
  }
}

inline Result<CastSpec> parse_cast_spec(const std::vector<std::string>& list) {
  constexpr std::pair<std::string_view, Kind> kTypes[] = {
      {"int8", Kind::int8},       {"int16", Kind::int16},     {"int32", Kind::int32},     {"int64", Kind::int64},
      {"float32", Kind::float32}, {"float64", Kind::float64}, {"boolean", Kind::boolean}, {"string", Kind::string}};
  constexpr std::string_view kOthers[] = {"bytes", "array", "map", "struct"};
  CastSpec out;
  if (list.empty()) {
    return bad_config("Must specify at least one field to cast.");
  }
  for (const std::string& entry : list) {
    const auto parts = split_colons(entry);
    if (parts.empty() || parts.size() > 2) {
      return bad_config("Invalid value " + entry + " for configuration spec: Invalid rename mapping: " + entry);
    }
    std::string word(text::detail::trim(parts.back()));
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return java::detail::lower(c); });
    const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& t) { return t.first == word; });
    if (type == std::end(kTypes)) {
      const bool known = std::find(std::begin(kOthers), std::end(kOthers), word) != std::end(kOthers);
      std::transform(word.begin(), word.end(), word.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
      return bad_config(known ? "Cast transformation does not support casting to " + word +
                                    "; supported types are [INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]"
                              : "Invalid type found in casting spec: " + std::string(text::detail::trim(parts.back())));
    }
    if (parts.size() == 1) {
      out.whole = type->second;
    } else {
      const std::string name(text::detail::trim(parts[0]));
      const auto same = std::find(out.names.begin(), out.names.end(), name);
      if (same != out.names.end()) {
        out.types[static_cast<std::size_t>(same - out.names.begin())] = type->second;
      } else {
        out.names.push_back(name);
        out.types.push_back(type->second);
      }
    }
  }
  if (out.whole && list.size() > 1) {
    return bad_config("Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec");
  }
  return out;
}

template <Side S>
class Cast final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "Cast$Key" : "Cast$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.Cast$Key"
                                                                           : "org.apache.kafka.connect.transforms.Cast$Value"};
  static constexpr std::string_view kDoc = "Casts fields, or the whole key or value, to another type.";

  static ConfigDef<CastConfig> describe() {
    using C = CastConfig;
    return ConfigDef<C>{}
        .field("spec", &C::spec, "Pairs field:type, or one type for the whole key or value. Types: int8, int16, int32, "
                                 "int64, float32, float64, boolean, string.")
        .required()
        .importance(Importance::high)
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          if (auto spec = parse_cast_spec(c.spec); !spec) {
            problems.push_back({"spec", spec.error().message});
          } else {
            check_paths(spec->names, "spec", c.syntax, problems);
          }
        });
  }

  explicit Cast(const CastConfig& config) : with_default_(config.replace_null_with_default) {
    CastSpec spec = *parse_cast_spec(config.spec);
    names_ = NameSet(std::move(spec.names));
    types_ = std::move(spec.types);
    whole_ = spec.whole;
    if (config.syntax == FieldSyntax::v2 && !whole_) {
      ByLevel<CastConfig> levels;
      for (std::size_t i = 0; i < names_.size(); ++i) {
        const Place place = place_of(names_.names()[i]);
        levels[place.parent].spec.push_back(place.name + ":" + std::string(cast_type_name(types_[i])));
      }
      nested_.emplace().add_all(levels, [&](CastConfig one) {
        one.replace_null_with_default = with_default_;
        return std::make_unique<Cast>(one);
      });
    }
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
  Result<void> schemaless(Record& record, Value& value) {
    const Arena arena = record.arena();
    if (whole_) {
      auto cast = cast_value(nullptr, value, *whole_, arena);
      if (!cast) {
        return cast.error();
      }
      record.set_part(S, *cast);
      return {};
    }
    if (auto done = require_map(value, arena, kPurpose); !done) {
      return done;
    }
    MemberList out = copy_of(value, arena, names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const Value* old = value.find(names_.names()[i]);
      auto cast = cast_value(nullptr, old == nullptr ? Value() : *old, types_[i], arena);
      if (!cast) {
        return cast.error();
      }
      out.put(names_.names()[i], *cast);
    }
    record.set_part(S, out.map());
    return {};
  }

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    const Arena arena = record.arena();
    auto made = schemas_.get(schema, arena, [&](Arena a, bool stable) { return make(schema, a, stable); });
    if (!made) {
      return made.error();
    }
    if (whole_) {
      auto cast = cast_value(schema, value, *whole_, arena);
      if (!cast) {
        return cast.error();
      }
      record.set_part(S, *cast, **made);
      return {};
    }
    if (auto done = require_struct(value, schema, kPurpose); !done) {
      return done;
    }
    auto* members = record.arena().template array<weir_member>(value.count);
    for (std::size_t i = 0; i < value.count; ++i) {
      const std::string_view name = text_of(schema->fields[i].name);
      Value item = field_value(value, schema, i, with_default_);
      if (auto fits = check_present(schema->fields[i], item); !fits) {
        return fits.error();
      }
      if (const std::size_t at = names_.find(name); at < names_.size()) {
        auto cast = cast_value(schema->fields[i].schema, item, types_[at], arena);
        if (!cast) {
          return cast.error();
        }
        item = *cast;
      }
      members[i] = member(name, item);
    }
    record.set_part(S, Value::structure(members, value.count), **made);
    return {};
  }

  Result<const weir_schema*> make(const weir_schema* schema, Arena arena, bool stable) const {
    if (!whole_ && schema->type != WEIR_KIND_STRUCT) {
      return data_error({"Cannot list fields on non-struct type"});
    }
    SchemaBuilder builder(arena, whole_ ? *whole_ : Kind::structure, stable);
    builder.basics_of(*schema).optional(view(schema)->optional());
    for (std::size_t i = 0; !whole_ && i < schema->field_count; ++i) {
      const weir_field& field = schema->fields[i];
      const std::size_t at = names_.find(text_of(field.name));
      const weir_schema* type = field.schema;
      if (at < names_.size()) {
        SchemaBuilder plain(arena, types_[at], stable);
        plain.optional(view(type)->optional());
        if (auto done = cast_default(type, types_[at], plain, arena); !done) {
          return done.error();
        }
        type = plain.build();
      }
      builder.field(text_of(field.name), type);
    }
    if (auto done = cast_default(schema, whole_ ? *whole_ : Kind::structure, builder, arena); !done) {
      return done.error();
    }
    const std::string_view logical = text_of(schema->name);
    if (whole_ && schema->default_value != nullptr &&
        (logical == kDecimalName || logical == kDateName || logical == kTimeName || logical == kTimestampName)) {
      return data_error({"Invalid default value"});  // the name stays, and asks for another class
    }
    return builder.build();
  }

  static Result<void> cast_default(const weir_schema* schema, Kind target, SchemaBuilder& builder, Arena arena) {
    if (schema->default_value != nullptr) {
      auto cast = cast_value(schema, Value(*schema->default_value), target, arena);
      if (!cast) {
        return cast.error();
      }
      builder.default_value(*cast);
    }
    return {};
  }

  static constexpr std::string_view kPurpose = "cast types";
  NameSet names_;
  std::vector<Kind> types_;
  std::optional<Kind> whole_;
  std::optional<Nested<S>> nested_;  ///< V2
  bool with_default_;
  SchemaCache<const weir_schema*> schemas_;
};

}  // namespace weir::transforms::connect
