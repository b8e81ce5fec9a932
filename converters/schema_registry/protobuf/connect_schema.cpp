#include "connect_schema.hpp"

#include <charconv>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace weir::converters::schema_registry::protobuf {
namespace {

constexpr std::size_t kMostFields = 100'000;
constexpr int kDeepest = 500;  // message types in each other

class Builder {
 public:
  Builder(const ProtoSchema& proto, const DataOptions& options, Arena arena)
      : proto_(proto), options_(options), arena_(arena) {}

  Result<weir_schema*> message(const pb::Descriptor& type, std::optional<std::int32_t> version) {
    const Kind raw = options_.wrapper_for_raw_primitives ? wrapped_kind(type) : Kind::null;
    weir_schema* out = make(raw == Kind::null ? Kind::structure : raw);
    if (raw == Kind::null) {
      out->name = keep(options_.enhanced ? type.full_name() : type.name());
      if (const auto open = fields_of_.find(&type); open != fields_of_.end()) {
        out->fields = open->second.first;
        out->field_count = open->second.second;
      } else if (auto done = fields(type, *out); !done) {
        return done.error();
      }
    }
    if (version) {
      out->version = *version;
      out->flags |= WEIR_SCHEMA_HAS_VERSION;
    }
    return out;
  }

 private:
  using Parameters = std::vector<std::pair<std::string, std::string>>;

  weir_schema* make(Kind kind) {
    auto* schema = arena_.array<weir_schema>(1);
    *schema = {};
    schema->struct_size = sizeof(weir_schema);
    schema->type = static_cast<std::uint32_t>(kind);
    schema->flags = WEIR_SCHEMA_STABLE;
    return schema;
  }

  weir_bytes keep(std::string_view text) { return bytes_of(arena_.copy(text)); }

  void set_parameters(weir_schema& schema, const Parameters& list) {
    auto* to = arena_.array<weir_pair>(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      to[i] = {keep(list[i].first), keep(list[i].second)};
    }
    schema.parameters = to;
    schema.parameter_count = list.size();
  }

  static void set_optional(weir_schema& schema) { schema.flags |= WEIR_SCHEMA_OPTIONAL; }

  Result<void> fields(const pb::Descriptor& type, weir_schema& out) {
    std::size_t count = 0;
    for (int i = 0; i < type.field_count(); ++i) {
      count += type.field(i)->real_containing_oneof() == nullptr || options_.flatten_unions ? 1 : 0;
    }
    count += options_.flatten_unions ? 0 : static_cast<std::size_t>(type.real_oneof_decl_count());
    total_ += count + 1;
    if (total_ > kMostFields) {
      return bad_record("The schema has more than " + std::to_string(kMostFields) + " fields");
    }
    if (depth_ == kDeepest) {
      return bad_record("The schema's message types are nested deeper than " +
                        std::to_string(kDeepest) + ", at " + type.full_name());
    }
    ++depth_;
    auto* list = arena_.array<weir_field>(count);
    fields_of_[&type] = {list, count};  // before what is inside: it may come back to this type
    out.fields = list;
    out.field_count = count;
    std::size_t at = 0;
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
      const pb::OneofDescriptor& oneof = *type.oneof_decl(i);
      if (!options_.flatten_unions) {
        auto made = union_schema(oneof);
        if (!made) {
          return made.error();
        }
        list[at++] = {keep(union_field_name(oneof, options_)), *made};
        continue;
      }
      for (int k = 0; k < oneof.field_count(); ++k) {
        auto made = field(*oneof.field(k), true);
        if (!made) {
          return made.error();
        }
        list[at++] = {keep(oneof.field(k)->name()), *made};
      }
    }
    for (int i = 0; i < type.field_count(); ++i) {
      if (type.field(i)->real_containing_oneof() != nullptr) {
        continue;
      }
      auto made = field(*type.field(i), false);
      if (!made) {
        return made.error();
      }
      list[at++] = {keep(type.field(i)->name()), *made};
    }
    --depth_;
    return {};
  }

  Result<weir_schema*> union_schema(const pb::OneofDescriptor& oneof) {
    weir_schema* out = make(Kind::structure);
    if (options_.generalized_sum_types) {
      out->name = keep(oneof.name());
      set_parameters(*out, {{std::string(kGeneralUnion), oneof.name()}});
    } else {
      out->name = keep(std::string(kUnionName) + "." +
                       (options_.enhanced ? oneof.full_name() : oneof.name()));
    }
    auto* list = arena_.array<weir_field>(static_cast<std::size_t>(oneof.field_count()));
    for (int k = 0; k < oneof.field_count(); ++k) {
      auto made = field(*oneof.field(k), true);
      if (!made) {
        return made.error();
      }
      list[k] = {keep(oneof.field(k)->name()), *made};
    }
    out->fields = list;
    out->field_count = static_cast<std::size_t>(oneof.field_count());
    set_optional(*out);
    return out;
  }

  Result<weir_schema*> field(const pb::FieldDescriptor& f, bool oneof_member) {
    Parameters parameters;
    auto made = value_schema(f, parameters);
    if (!made) {
      return made.error();
    }
    weir_schema* out = *made;
    if (f.is_repeated() && out->type != WEIR_KIND_MAP) {
      set_optional(*out);
      set_parameters(*out, parameters);
      parameters.clear();
      weir_schema* list = make(Kind::array);
      list->values = out;
      out = list;
      set_optional(*out);
    }
    if (oneof_member) {
      set_optional(*out);
      if (options_.wrapper_for_nullables && f.type() == pb::FieldDescriptor::TYPE_MESSAGE &&
          wrapped_kind(*f.message_type()) != Kind::null) {
        parameters.emplace_back(kWrapperParameter, "true");
      }
    } else if (options_.optional_for_nullables ? f.has_optional_keyword()
                                               : !options_.wrapper_for_nullables) {
      set_optional(*out);
    }
    parameters.emplace_back(kTagParameter, std::to_string(f.number()));
    set_parameters(*out, parameters);
    return out;
  }

  Result<weir_schema*> value_schema(const pb::FieldDescriptor& f, Parameters& parameters) {
    using F = pb::FieldDescriptor;
    switch (f.type()) {
      case F::TYPE_INT32:
      case F::TYPE_SINT32:
      case F::TYPE_SFIXED32: {
        auto meta = params_of(f);
        if (const std::string& small = meta["connect.type"]; small == "int8" || small == "int16") {
          return make(small == "int8" ? Kind::int8 : Kind::int16);
        }
        if (f.type() != F::TYPE_INT32) {
          parameters.emplace_back(kTypeParameter, f.type_name());
        }
        return make(Kind::int32);
      }
      case F::TYPE_UINT32:
      case F::TYPE_FIXED32:
      case F::TYPE_INT64:
      case F::TYPE_UINT64:
      case F::TYPE_SINT64:
      case F::TYPE_FIXED64:
      case F::TYPE_SFIXED64:
        if (f.type() != F::TYPE_INT64) {
          parameters.emplace_back(kTypeParameter, f.type_name());
        }
        return make(Kind::int64);
      case F::TYPE_FLOAT: return make(Kind::float32);
      case F::TYPE_DOUBLE: return make(Kind::float64);
      case F::TYPE_BOOL: return make(Kind::boolean);
      case F::TYPE_STRING: return make(Kind::string);
      case F::TYPE_BYTES: return make(Kind::bytes);
      case F::TYPE_ENUM: {
        const pb::EnumDescriptor& type = *f.enum_type();
        weir_schema* out = make(options_.int_for_enums ? Kind::int32 : Kind::string);
        out->name = keep(options_.enhanced ? type.full_name() : type.name());
        const std::string key(options_.generalized_sum_types ? kGeneralEnum : kEnumParameter);
        parameters.emplace_back(key, type.name());
        const auto& names = proto_.value_names(type);
        for (int i = 0; i < type.value_count(); ++i) {
          parameters.emplace_back(key + "." + names[static_cast<std::size_t>(i)],
                                  std::to_string(type.value(i)->number()));
        }
        set_optional(*out);
        return out;
      }
      case F::TYPE_MESSAGE: {
        auto out = message_field(f, parameters);
        if (out) {
          set_optional(**out);
        }
        return out;
      }
      case F::TYPE_GROUP: break;
    }
    return bad_record("Unknown Connect schema type: GROUP (field " + f.full_name() + ")");
  }

  Result<weir_schema*> message_field(const pb::FieldDescriptor& f, Parameters& parameters) {
    const pb::Descriptor& type = *f.message_type();
    switch (logical_of(type)) {
      case Logical::decimal: return decimal(f, parameters);
      case Logical::date: return logical(Kind::int32, kDateName);
      case Logical::time: return logical(Kind::int32, kTimeName);
      case Logical::timestamp: return logical(Kind::int64, kTimestampName);
      case Logical::none: break;
    }
    if (const Kind kind = wrapped_kind(type);
        kind != Kind::null && options_.wrapper_for_nullables) {
      return make(kind);
    }
    if (!is_map(f)) {
      return message(type, std::nullopt);
    }
    weir_schema* out = make(Kind::map);
    out->name = keep(map_field_name(options_.enhanced ? type.full_name() : type.name()));
    auto key = field(*type.field(0), false);
    if (!key) {
      return key.error();
    }
    auto value = field(*type.field(1), false);
    if (!value) {
      return value.error();
    }
    out->keys = *key;
    out->values = *value;
    return out;
  }

  weir_schema* logical(Kind kind, std::string_view name) {
    weir_schema* out = make(kind);
    out->name = bytes_of(name);
    out->version = 1;
    out->flags |= WEIR_SCHEMA_HAS_VERSION;
    return out;
  }

  weir_schema* decimal(const pb::FieldDescriptor& f, Parameters& parameters) {
    const auto meta = params_of(f);
    const auto number = [&](const char* name) -> std::optional<std::int32_t> {
      const auto it = meta.find(name);
      std::int32_t n = 0;
      if (it == meta.end()) {
        return std::nullopt;
      }
      const char* const end = it->second.data() + it->second.size();
      const auto r = std::from_chars(it->second.data(), end, n);
      return r.ec == std::errc{} && r.ptr == end ? std::optional(n) : std::nullopt;
    };
    parameters.emplace_back(kScaleParameter, std::to_string(number("scale").value_or(0)));
    if (const auto precision = number("precision")) {
      parameters.emplace_back(kPrecisionParameter, std::to_string(*precision));
    }
    return logical(Kind::bytes, kDecimalName);
  }

  const ProtoSchema& proto_;
  const DataOptions& options_;
  Arena arena_;
  std::unordered_map<const pb::Descriptor*, std::pair<weir_field*, std::size_t>> fields_of_;
  std::size_t total_{0};
  int depth_{0};
};

}  // namespace

Result<const weir_schema*> connect_schema(const ProtoSchema& proto, const pb::Descriptor& message,
                                          const DataOptions& options,
                                          std::optional<std::int32_t> version, Arena arena) {
  auto made = Builder(proto, options, arena).message(message, version);
  if (!made) {
    return made.error();
  }
  return static_cast<const weir_schema*>(*made);
}

}  // namespace weir::converters::schema_registry::protobuf
