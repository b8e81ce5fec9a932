#include "proto_generator.hpp"

#include <google/protobuf/wrappers.pb.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/connect_text.hpp>

#include "connect_names.hpp"
#include "known_files.hpp"
#include "proto_schema.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

using Proto = pb::FieldDescriptorProto;

constexpr std::size_t kDeepest = 60;

constexpr std::pair<std::string_view, Proto::Type> kScalars[] = {
    {"double", Proto::TYPE_DOUBLE},     {"float", Proto::TYPE_FLOAT},
    {"int32", Proto::TYPE_INT32},       {"int64", Proto::TYPE_INT64},
    {"uint32", Proto::TYPE_UINT32},     {"uint64", Proto::TYPE_UINT64},
    {"sint32", Proto::TYPE_SINT32},     {"sint64", Proto::TYPE_SINT64},
    {"fixed32", Proto::TYPE_FIXED32},   {"fixed64", Proto::TYPE_FIXED64},
    {"sfixed32", Proto::TYPE_SFIXED32}, {"sfixed64", Proto::TYPE_SFIXED64},
    {"bool", Proto::TYPE_BOOL},         {"string", Proto::TYPE_STRING},
    {"bytes", Proto::TYPE_BYTES}};

// Confluent's (confluent.field_meta) = { params: [...] }, as an option that is still to be read.
void add_params(Proto& field, const std::map<std::string, std::string>& params) {
  if (params.empty()) {
    return;
  }
  auto* option = field.mutable_options()->add_uninterpreted_option();
  auto* name = option->add_name();
  name->set_name_part("confluent.field_meta");
  name->set_is_extension(true);
  std::string text = "params: [";
  for (const auto& [key, value] : params) {
    text +=
        (text.back() == '[' ? "{ key: \"" : ", { key: \"") + key + "\", value: \"" + value + "\" }";
  }
  option->set_aggregate_value(text + "]");
}

std::optional<std::int32_t> number_of(std::string_view text) {
  std::int32_t n = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), n);
  return r.ec == std::errc{} && r.ptr == text.data() + text.size() ? std::optional(n)
                                                                   : std::nullopt;
}

class Generator {
 public:
  explicit Generator(const DataOptions& options) : options_(options) {}

  Result<GeneratedProto> root(const weir_schema& schema) {
    GeneratedProto out;
    if (schema.type != WEIR_KIND_STRUCT) {
      return wrapper(schema);
    }
    std::vector<std::string> parts;
    std::string_view name = text_of(schema.name);
    const std::string full = name.empty() ? next_default() : std::string(name);
    for (name = full; !name.empty();) {
      const std::size_t dot = std::min(name.find('.'), name.size());
      parts.push_back(scrub(name.substr(0, dot)));
      name.remove_prefix(std::min(dot + 1, name.size()));
    }
    if (parts.empty()) {
      return bad_record("\"" + full + "\" is no name for a Protobuf message");
    }
    const std::string own = parts.back();
    parts.pop_back();
    std::string package;
    for (const std::string& part : parts) {
      package += (package.empty() ? "" : ".") + part;
    }
    out.file.set_syntax("proto3");
    if (!package.empty()) {
      out.file.set_package(package);
    }
    file_ = &out.file;
    out.message = package.empty() ? own : package + "." + own;
    auto& message = *out.file.add_message_type();
    message.set_name(own);
    if (auto done = fill(message, schema); !done) {
      return done.error();
    }
    return out;
  }

 private:
  static Result<GeneratedProto> wrapper(const weir_schema& schema) {
    const std::string_view type = connect::type_name(schema.type);
    if (logical_of(schema) != Logical::none) {
      return bad_record(
          "A schema " + std::string(text_of(schema.name)) +
          " cannot stand at the top of a Protobuf message; put it into a struct (HoistField)");
    }
    std::string_view name;
    switch (static_cast<Kind>(schema.type)) {
      case Kind::int8:
      case Kind::int16:
      case Kind::int32: name = "Int32Value"; break;
      case Kind::int64: name = "Int64Value"; break;
      case Kind::float32: name = "FloatValue"; break;
      case Kind::float64: name = "DoubleValue"; break;
      case Kind::boolean: name = "BoolValue"; break;
      case Kind::string: name = "StringValue"; break;
      case Kind::bytes: name = "BytesValue"; break;
      default:
        return bad_record("Unsupported root schema of type " + std::string(type) +
                          "; put it into a struct (HoistField)");
    }
    GeneratedProto out;
    pb::Int32Value::descriptor()->file()->CopyTo(&out.file);
    out.message = "google.protobuf." + std::string(name);
    return out;
  }

  std::string next_default() { return std::string(kDefaultName) + std::to_string(++defaults_); }
  std::string scrub(std::string_view name) const {
    return options_.scrub_invalid_names ? scrub_name(name) : std::string(name);
  }
  std::string unqualified(const weir_bytes& name) {
    const std::string full = text_of(name).empty() ? next_default() : std::string(text_of(name));
    return scrub(std::string_view(full).substr(full.rfind('.') + 1));
  }

  // Numbers: the tags that a Protobuf source left, else 1, 2, 3 ... without those.
  class Numbers {
   public:
    explicit Numbers(const weir_schema& schema) { collect(schema); }
    std::int32_t of(const weir_schema& field) {
      if (const auto tag = number_of(parameter_text(field, kTagParameter))) {
        return *tag;
      }
      do {
        ++last_;
      } while (taken_.contains(last_) || (last_ >= 19'000 && last_ <= 19'999));
      return last_;
    }

   private:
    void collect(const weir_schema& schema) {
      for (const weir_field& field : view(&schema)->field_list()) {
        if (const auto tag = number_of(parameter_text(*field.schema, kTagParameter))) {
          taken_.insert(*tag);
        } else if (is_union(*field.schema)) {
          collect(*field.schema);
        }
      }
    }
    std::set<std::int32_t> taken_;
    std::int32_t last_{0};
  };

  static bool tagged(const weir_schema& united) {
    const auto fields = view(&united)->field_list();
    return std::all_of(fields.begin(), fields.end(), [](const weir_field& f) {
      return number_of(parameter_text(*f.schema, kTagParameter)).has_value();
    });
  }

  Result<void> fill(pb::DescriptorProto& message, const weir_schema& schema) {
    if (open_.size() >= kDeepest) {
      return bad_record("Structs nested deeper than " + std::to_string(kDeepest) +
                        " cannot become a Protobuf schema");
    }
    open_.push_back({message.name(), schema.fields});
    Numbers numbers(schema);
    for (const weir_field& field : view(&schema)->field_list()) {
      const std::string name = scrub(text_of(field.name));
      if (is_union(*field.schema)) {
        if (tagged(*field.schema)) {
          numbers.of(*field.schema);  // Confluent's converter counts the union itself
        }
        if (auto done = oneof(message, *field.schema, numbers); !done) {
          return done;
        }
        continue;
      }
      auto made = add_field(message, *field.schema, name, numbers.of(*field.schema), false);
      if (!made) {
        return made.error();
      }
      const bool list =
          field.schema->type == WEIR_KIND_ARRAY || field.schema->type == WEIR_KIND_MAP;
      if (!list && options_.optional_for_nullables && view(field.schema)->optional()) {
        presence_.push_back({&message, message.field_size() - 1});
      }
    }
    add_presence(message);
    open_.pop_back();
    return {};
  }

  // The oneofs that stand behind proto3's `optional`; real ones have to come first.
  void add_presence(pb::DescriptorProto& message) {
    for (const auto& [of, index] : presence_) {
      if (of == &message) {
        Proto& field = *message.mutable_field(index);
        field.set_proto3_optional(true);
        field.set_oneof_index(message.oneof_decl_size());
        message.add_oneof_decl()->set_name("_" + field.name());
      }
    }
    presence_.erase(std::remove_if(presence_.begin(), presence_.end(),
                                   [&](const auto& p) { return p.first == &message; }),
                    presence_.end());
  }

  Result<void> oneof(pb::DescriptorProto& message, const weir_schema& schema, Numbers& numbers) {
    std::string name;
    if (options_.generalized_sum_types && parameter(schema, kGeneralUnion) != nullptr) {
      name = parameter_text(schema, kGeneralUnion);
    } else {
      const std::string_view full = text_of(schema.name);
      const std::string_view rest = full.substr(std::min(full.size(), kUnionName.size() + 1));
      name = full.starts_with(kUnionName) ? unqualified(bytes_of(rest)) : std::string(full);
    }
    name = name.substr(name.rfind('.') + 1);
    const int index = message.oneof_decl_size();
    message.add_oneof_decl()->set_name(name);
    for (const weir_field& field : view(&schema)->field_list()) {
      if (field.schema->type == WEIR_KIND_ARRAY || field.schema->type == WEIR_KIND_MAP) {
        return bad_record("Field " + std::string(text_of(field.name)) + " of union " + name +
                          ": Protobuf's oneof cannot hold lists or maps");
      }
      auto made = add_field(message, *field.schema, scrub(text_of(field.name)),
                            numbers.of(*field.schema), true);
      if (!made) {
        return made.error();
      }
      message.mutable_field(message.field_size() - 1)->set_oneof_index(index);
    }
    return {};
  }

  Result<void> add_field(pb::DescriptorProto& message, const weir_schema& schema,
                         const std::string& name, std::int32_t number, bool oneof_member) {
    const weir_schema* own = &schema;
    Proto field;
    field.set_name(name);
    field.set_number(number);
    field.set_label(Proto::LABEL_OPTIONAL);
    if (schema.type == WEIR_KIND_ARRAY || schema.type == WEIR_KIND_MAP) {
      field.set_label(Proto::LABEL_REPEATED);
    }
    if (schema.type == WEIR_KIND_ARRAY) {
      own = schema.values;
    }
    if (own == nullptr || own->type == WEIR_KIND_ARRAY ||
        (own != &schema && own->type == WEIR_KIND_MAP) || (own != &schema && is_union(*own))) {
      return bad_record("Field " + name +
                        ": Array cannot be nested; in Protobuf a list holds scalars or structs");
    }
    if (auto done = set_type(message, *own, name, field, oneof_member); !done) {
      return done;
    }
    *message.add_field() = std::move(field);
    return {};
  }

  Result<void> set_type(pb::DescriptorProto& message, const weir_schema& schema,
                        const std::string& field_name, Proto& field, bool oneof_member) {
    std::map<std::string, std::string> params;
    switch (logical_of(schema)) {
      case Logical::decimal:
        for (const auto& [to, from] :
             {std::pair{"precision", kPrecisionParameter}, {"scale", kScaleParameter}}) {
          if (const auto n = number_of(parameter_text(schema, from))) {
            params[to] = std::to_string(*n);
          }
        }
        add_params(field, params);
        return known(field, kDecimalType, kDecimalFile);
      case Logical::date: return known(field, kDateType, kDateFile);
      case Logical::time: return known(field, kTimeType, kTimeOfDayFile);
      case Logical::timestamp: return known(field, kTimestampType, kTimestampFile);
      case Logical::none: break;
    }
    const bool is_enum =
        parameter(schema, kEnumParameter) != nullptr ||
        (schema.type == WEIR_KIND_STRING && parameter(schema, kGeneralEnum) != nullptr);
    if (is_enum && (schema.type == WEIR_KIND_STRING || schema.type == WEIR_KIND_INT32)) {
      return enumeration(message, schema, field);
    }
    std::string_view type;
    std::string_view wrapper;
    const std::string_view wanted = parameter_text(schema, kTypeParameter);
    switch (static_cast<Kind>(schema.type)) {
      case Kind::int8:
      case Kind::int16:
        params["connect.type"] = schema.type == WEIR_KIND_INT8 ? "int8" : "int16";
        add_params(field, params);
        type = "int32";
        wrapper = "Int32Value";
        break;
      case Kind::int32:
        type = wanted == "sint32" || wanted == "sfixed32" ? wanted : "int32";
        wrapper = "Int32Value";
        break;
      case Kind::int64:
        type = wanted == "uint32" || wanted == "fixed32" || wanted == "uint64" ||
                       wanted == "sint64" || wanted == "fixed64" || wanted == "sfixed64"
                   ? wanted
                   : "int64";
        wrapper = type == "uint32" || type == "fixed32"   ? "UInt32Value"
                  : type == "uint64" || type == "fixed64" ? "UInt64Value"
                                                          : "Int64Value";
        break;
      case Kind::float32: type = "float", wrapper = "FloatValue"; break;
      case Kind::float64: type = "double", wrapper = "DoubleValue"; break;
      case Kind::boolean: type = "bool", wrapper = "BoolValue"; break;
      case Kind::string: type = "string", wrapper = "StringValue"; break;
      case Kind::bytes: type = "bytes", wrapper = "BytesValue"; break;
      case Kind::map: return map(message, schema, field);
      default: return structure(message, schema, field_name, field);
    }
    if (options_.wrapper_for_nullables && view(&schema)->optional() &&
        (!oneof_member || parameter_text(schema, kWrapperParameter) == "true")) {
      return known(field, "google.protobuf." + std::string(wrapper), kWrappersFile);
    }
    const auto* scalar = std::find_if(std::begin(kScalars), std::end(kScalars),
                                      [&](const auto& s) { return s.first == type; });
    field.set_type(scalar->second);
    return {};
  }

  Result<void> known(Proto& field, std::string_view type, std::string_view file) {
    field.set_type(Proto::TYPE_MESSAGE);
    field.set_type_name("." + std::string(type));
    const auto& imports = file_->dependency();
    if (std::find(imports.begin(), imports.end(), file) == imports.end()) {
      file_->add_dependency(std::string(file));
    }
    return {};
  }

  Result<void> structure(pb::DescriptorProto& message, const weir_schema& schema,
                         const std::string& field_name, Proto& field) {
    std::string name = unqualified(schema.name);
    name += name == field_name ? "Message" : "";
    field.set_type(Proto::TYPE_MESSAGE);
    field.set_type_name(name);
    const auto same = [&](const auto& open) {
      return open.first == name && open.second == schema.fields;
    };
    if (message.name() == name || std::any_of(open_.begin(), open_.end(), same)) {
      return {};
    }
    const auto& nested = message.nested_type();
    if (std::any_of(nested.begin(), nested.end(),
                    [&](const auto& n) { return n.name() == name; })) {
      return {};
    }
    pb::DescriptorProto inner;
    inner.set_name(name);
    if (auto done = fill(inner, schema); !done) {
      return done;
    }
    *message.add_nested_type() = std::move(inner);
    return {};
  }

  Result<void> map(pb::DescriptorProto& message, const weir_schema& schema, Proto& field) {
    pb::DescriptorProto entry;
    entry.set_name(map_entry_name(unqualified(schema.name)));
    field.set_type(Proto::TYPE_MESSAGE);
    field.set_type_name(entry.name());
    open_.push_back({entry.name(), nullptr});
    if (open_.size() >= kDeepest) {
      return bad_record("Maps nested deeper than " + std::to_string(kDeepest) +
                        " cannot become a Protobuf schema");
    }
    for (const auto& [name, part, number] :
         {std::tuple{"key", schema.keys, 1}, std::tuple{"value", schema.values, 2}}) {
      const bool list =
          part != nullptr && (part->type == WEIR_KIND_ARRAY || part->type == WEIR_KIND_MAP);
      if (part == nullptr || is_union(*part) ||
          (number == 1 && (list || part->type == WEIR_KIND_STRUCT))) {
        return bad_record("Field " + field.name() + ": the " + name + "s of a map must be scalars" +
                          (number == 1 ? "" : ", structs, lists or maps") + " in Protobuf");
      }
      if (auto done = add_field(entry, *part, name, number, false); !done) {
        return done;
      }
    }
    open_.pop_back();
    const auto& nested = message.nested_type();
    if (std::any_of(nested.begin(), nested.end(),
                    [&](const auto& n) { return n.name() == entry.name(); })) {
      return {};
    }
    *message.add_nested_type() = std::move(entry);
    return {};
  }

  Result<void> enumeration(pb::DescriptorProto& message, const weir_schema& schema, Proto& field) {
    const std::string name = unqualified(schema.name);
    field.set_type(Proto::TYPE_ENUM);
    field.set_type_name(name);
    const auto& known_enums = message.enum_type();
    if (std::any_of(known_enums.begin(), known_enums.end(),
                    [&](const auto& e) { return e.name() == name; })) {
      return {};
    }
    const std::string prefix =
        std::string(parameter(schema, kGeneralEnum) != nullptr ? kGeneralEnum : kEnumParameter) +
        ".";
    pb::EnumDescriptorProto type;
    type.set_name(name);
    std::set<std::int32_t> numbers;
    for (std::size_t i = 0; i < schema.parameter_count; ++i) {
      const std::string_view key = text_of(schema.parameters[i].key);
      const auto number = number_of(text_of(schema.parameters[i].value));
      if (!key.starts_with(prefix)) {
        continue;
      }
      if (!number) {
        return bad_record("Field " + field.name() + ": value " +
                          std::string(key.substr(prefix.size())) + " of enum " + name +
                          " has no number");
      }
      auto* value = type.add_value();
      value->set_name(scrub(key.substr(prefix.size())));
      value->set_number(*number);
      if (!numbers.insert(*number).second) {
        type.mutable_options()->set_allow_alias(true);
      }
    }
    // proto3 wants the zero first.
    const auto zero = std::find_if(type.value().begin(), type.value().end(),
                                   [](const auto& v) { return v.number() == 0; });
    if (zero == type.value().end()) {
      return bad_record("Field " + field.name() + ": enum " + name +
                        " has no value 0, which Protobuf needs");
    }
    for (int i = static_cast<int>(zero - type.value().begin()); i > 0; --i) {
      type.mutable_value()->SwapElements(i, i - 1);
    }
    *message.add_enum_type() = std::move(type);
    return {};
  }

  const DataOptions& options_;
  pb::FileDescriptorProto* file_{nullptr};
  int defaults_{0};
  std::vector<std::pair<std::string, const weir_field*>> open_;
  std::vector<std::pair<pb::DescriptorProto*, int>> presence_;
};

class Printer {
 public:
  std::string run(const pb::FileDescriptorProto& file) {
    line(0, "syntax = \"" + file.syntax() + "\";");
    if (!file.package().empty()) {
      line(0, "package " + file.package() + ";");
    }
    if (file.dependency_size() > 0) {
      out_ += '\n';
    }
    for (const std::string& name : file.dependency()) {
      line(0, "import \"" + name + "\";");
    }
    options(file.options());
    for (const auto& message : file.message_type()) {
      out_ += '\n';
      print(message, 0);
    }
    return std::move(out_);
  }

 private:
  void line(int depth, const std::string& text) {
    out_.append(static_cast<std::size_t>(depth) * 2, ' ').append(text) += '\n';
  }

  void options(const pb::FileOptions& o) {
    std::vector<std::string> lines;
    const auto text = [&](const char* name, bool has, const std::string& value) {
      if (has) {
        lines.push_back(std::string("option ") + name + " = \"" + value + "\";");
      }
    };
    const auto flag = [&](const char* name, bool has, bool value) {
      if (has) {
        lines.push_back(std::string("option ") + name + (value ? " = true;" : " = false;"));
      }
    };
    text("java_package", o.has_java_package(), o.java_package());
    text("java_outer_classname", o.has_java_outer_classname(), o.java_outer_classname());
    flag("java_multiple_files", o.has_java_multiple_files(), o.java_multiple_files());
    text("go_package", o.has_go_package(), o.go_package());
    flag("cc_enable_arenas", o.has_cc_enable_arenas(), o.cc_enable_arenas());
    text("objc_class_prefix", o.has_objc_class_prefix(), o.objc_class_prefix());
    text("csharp_namespace", o.has_csharp_namespace(), o.csharp_namespace());
    if (!lines.empty()) {
      out_ += '\n';
    }
    for (const std::string& each : lines) {
      line(0, each);
    }
  }

  void print(const pb::DescriptorProto& message, int depth) {
    line(depth, "message " + message.name() + " {");
    for (const auto& field : message.field()) {
      if (!field.has_oneof_index() || field.proto3_optional()) {
        print(field, depth + 1);
      }
    }
    for (int i = 0; i < message.oneof_decl_size(); ++i) {
      const auto in_it = [&](const Proto& f) {
        return f.has_oneof_index() && f.oneof_index() == i && !f.proto3_optional();
      };
      if (std::none_of(message.field().begin(), message.field().end(), in_it)) {
        continue;
      }
      out_ += '\n';
      line(depth + 1, "oneof " + message.oneof_decl(i).name() + " {");
      for (const auto& field : message.field()) {
        if (in_it(field)) {
          print(field, depth + 2);
        }
      }
      line(depth + 1, "}");
    }
    for (const auto& nested : message.nested_type()) {
      out_ += '\n';
      print(nested, depth + 1);
    }
    for (const auto& each : message.enum_type()) {
      out_ += '\n';
      line(depth + 1, "enum " + each.name() + " {");
      if (each.options().allow_alias()) {
        line(depth + 2, "option allow_alias = true;");
      }
      for (const auto& value : each.value()) {
        line(depth + 2, value.name() + " = " + std::to_string(value.number()) + ";");
      }
      line(depth + 1, "}");
    }
    line(depth, "}");
  }

  void print(const Proto& field, int depth) {
    std::string text;
    text += field.label() == Proto::LABEL_REPEATED ? "repeated "
            : field.proto3_optional()              ? "optional "
                                                   : "";
    if (field.has_type_name()) {
      text += field.type_name().substr(field.type_name().starts_with('.') ? 1 : 0);
    } else {
      text += std::find_if(std::begin(kScalars), std::end(kScalars), [&](const auto& s) {
                return s.second == field.type();
              })->first;
    }
    text += " " + field.name() + " = " + std::to_string(field.number());
    std::vector<std::string> options;
    for (const auto& option : field.options().uninterpreted_option()) {
      options.push_back("(" + option.name(0).name_part() + ") = { " + option.aggregate_value() +
                        " }");
    }
    for (std::size_t i = 0; i < options.size(); ++i) {
      text += (i == 0 ? " [" : ", ") + options[i];
    }
    line(depth, text + (options.empty() ? ";" : "];"));
  }

  std::string out_;
};

}  // namespace

Result<GeneratedProto> generate_proto(const weir_schema& schema, const DataOptions& options) {
  return Generator(options).root(schema);
}

std::string proto_text(const pb::FileDescriptorProto& file) { return Printer().run(file); }

}  // namespace weir::converters::schema_registry::protobuf
