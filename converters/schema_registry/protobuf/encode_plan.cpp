#include "encode_plan.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <weir/connect_text.hpp>

namespace weir::converters::schema_registry::protobuf {
namespace {

using F = pb::FieldDescriptor;
using Form = FieldWriter::Form;
using Shape = FieldWriter::Shape;

std::optional<std::int32_t> number_of(std::string_view text) {
  std::int32_t n = 0;
  const auto r = std::from_chars(text.data(), text.data() + text.size(), n);
  return r.ec == std::errc{} && r.ptr == text.data() + text.size() ? std::optional(n)
                                                                   : std::nullopt;
}

}  // namespace

class WriterMaker {
 public:
  WriterMaker(const ProtoSchema& proto, const DataOptions& options, EncodePlan& out)
      : proto_(proto), options_(options), out_(out) {}

  Result<const MessageWriter*> root(const pb::Descriptor& type, const weir_schema& schema) {
    if (schema.type == WEIR_KIND_STRUCT) {
      return message(type, schema);
    }
    out_.scalar_ = true;
    MessageWriter& writer = add(type, schema);
    const F* value = type.FindFieldByName("value");
    if (wrapped_kind(type) == Kind::null || value == nullptr) {
      return wrong_type(type.full_name(), schema, "message");
    }
    FieldWriter field;
    if (auto done = fill(*value, schema, field); !done) {
      return done.error();
    }
    writer.fields.push_back(std::move(field));
    return static_cast<const MessageWriter*>(&writer);
  }

 private:
  MessageWriter& add(const pb::Descriptor& type, const weir_schema& schema) {
    out_.messages_.push_back(std::make_unique<MessageWriter>());
    MessageWriter& writer = *out_.messages_.back();
    writer.schema = &schema;
    writer.name = type.full_name();
    return writer;
  }

  static Error wrong_type(const std::string& where, const weir_schema& schema,
                          std::string_view type) {
    return bad_record(
        where + " is of Protobuf type " + std::string(type) + ", which a value of Connect type " +
        std::string(connect::type_name(schema.type)) +
        (schema.name.data == nullptr ? "" : " (" + std::string(text_of(schema.name)) + ")") +
        " cannot become");
  }

  std::string scrub(std::string_view name) const {
    return options_.scrub_invalid_names ? scrub_name(name) : std::string(name);
  }

  Result<const MessageWriter*> message(const pb::Descriptor& type, const weir_schema& schema) {
    const std::pair key{&type, static_cast<const void*>(schema.fields)};
    if (const auto it = made_.find(key); it != made_.end()) {
      return it->second;
    }
    MessageWriter& writer = add(type, schema);
    made_[key] = &writer;
    for (std::uint32_t i = 0; i < schema.field_count; ++i) {
      const weir_schema& own = *schema.fields[i].schema;
      if (!is_union(own)) {
        if (auto done = field(type, text_of(schema.fields[i].name), own, i, nullptr, -1, writer);
            !done) {
          return done.error();
        }
        continue;
      }
      for (std::size_t k = 0; k < own.field_count; ++k) {
        auto done = field(type, text_of(own.fields[k].name), *own.fields[k].schema, i, &own,
                          static_cast<std::int32_t>(k), writer);
        if (!done) {
          return done.error();
        }
      }
    }
    std::sort(writer.fields.begin(), writer.fields.end(),
              [](const FieldWriter& a, const FieldWriter& b) { return a.number > b.number; });
    return static_cast<const MessageWriter*>(&writer);
  }

  Result<void> field(const pb::Descriptor& type, std::string_view name, const weir_schema& schema,
                     std::uint32_t slot, const weir_schema* whole, std::int32_t member,
                     MessageWriter& writer) {
    const F* found = type.FindFieldByName(scrub(name));
    if (found == nullptr) {
      return bad_record("Cannot find field with name " + scrub(name) + " in message " +
                        type.full_name());
    }
    FieldWriter out;
    out.slot = slot;
    out.member = member;
    out.whole = whole;
    if (auto done = fill(*found, schema, out); !done) {
      return done;
    }
    writer.fields.push_back(std::move(out));
    return {};
  }

  Result<void> fill(const F& f, const weir_schema& schema, FieldWriter& out) {
    out.number = static_cast<std::uint32_t>(f.number());
    out.schema = out.item = &schema;
    out.name = f.name();
    out.presence = f.has_presence();
    out.packed = f.is_packed();
    if (schema.type == WEIR_KIND_ARRAY || schema.type == WEIR_KIND_MAP) {
      if (!f.is_repeated()) {
        return wrong_type(f.full_name(), schema, f.type_name());
      }
      out.shape = schema.type == WEIR_KIND_ARRAY ? Shape::repeated : Shape::map;
      if (out.shape == Shape::repeated) {
        out.item = schema.values;
      }
    } else if (f.is_repeated()) {
      return wrong_type(f.full_name(), schema, "repeated " + std::string(f.type_name()));
    }
    if (out.shape == Shape::map) {
      return map(f, schema, out);
    }
    return f.type() == F::TYPE_MESSAGE ? message_value(f, out) : scalar(f, out);
  }

  // Also where the values are repeated, which .proto files know by no name: readers then see a list
  // of structs.
  Result<void> map(const F& f, const weir_schema& schema, FieldWriter& out) {
    const pb::Descriptor* type = f.is_repeated() ? f.message_type() : nullptr;
    const F* parts[] = {type == nullptr ? nullptr : type->FindFieldByName("key"),
                        type == nullptr ? nullptr : type->FindFieldByName("value")};
    if (parts[0] == nullptr || parts[1] == nullptr || schema.keys == nullptr ||
        schema.values == nullptr) {
      return wrong_type(f.full_name(), schema, f.type_name());
    }
    MessageWriter& entry = add(*f.message_type(), schema);
    out.entry = &entry;
    for (const int i : {1, 0}) {
      FieldWriter part;
      part.slot = static_cast<std::uint32_t>(i);
      if (auto done = fill(*parts[i], i == 0 ? *schema.keys : *schema.values, part); !done) {
        return done;
      }
      // An entry is written as protobuf-java's dynamic messages do: what equals the default is left
      // out.
      part.presence = part.form == Form::structure || part.wrapped;
      entry.fields.push_back(std::move(part));
    }
    return {};
  }

  Result<void> message_value(const F& f, FieldWriter& out) {
    const pb::Descriptor& type = *f.message_type();
    const Logical want = logical_of(type);
    const Logical have = logical_of(*out.item);
    if (want != have) {
      return wrong_type(f.full_name(), *out.item, type.full_name());
    }
    switch (have) {
      case Logical::decimal: out.form = Form::decimal; return {};
      case Logical::date: out.form = Form::date; return {};
      case Logical::time: out.form = Form::time; return {};
      case Logical::timestamp: out.form = Form::timestamp; return {};
      case Logical::none: break;
    }
    if (out.item->type == WEIR_KIND_STRUCT) {
      auto made = message(type, *out.item);
      if (!made) {
        return made.error();
      }
      out.form = Form::structure;
      out.message = *made;
      return {};
    }
    const F* value = wrapped_kind(type) == Kind::null ? nullptr : type.FindFieldByName("value");
    if (value == nullptr || value->is_repeated()) {
      return wrong_type(f.full_name(), *out.item, type.full_name());
    }
    out.wrapped = true;
    return scalar(*value, out);
  }

  Result<void> scalar(const F& f, FieldWriter& out) {
    const Kind kind = static_cast<Kind>(out.item->type);
    const bool small = kind == Kind::int8 || kind == Kind::int16 || kind == Kind::int32;
    const bool whole = small || kind == Kind::int64;
    if (logical_of(*out.item) != Logical::none) {
      return wrong_type(f.full_name(), *out.item, f.type_name());
    }
    bool fits = false;
    switch (f.type()) {
      case F::TYPE_INT32: out.form = Form::int32, fits = small; break;
      case F::TYPE_SINT32: out.form = Form::sint32, fits = small; break;
      case F::TYPE_SFIXED32: out.form = Form::fixed32, fits = small; break;
      case F::TYPE_UINT32: out.form = Form::uint32, fits = whole; break;
      case F::TYPE_FIXED32: out.form = Form::fixed32, fits = whole; break;
      case F::TYPE_INT64:
      case F::TYPE_UINT64: out.form = Form::int64, fits = whole; break;
      case F::TYPE_SINT64: out.form = Form::sint64, fits = whole; break;
      case F::TYPE_FIXED64:
      case F::TYPE_SFIXED64: out.form = Form::fixed64, fits = whole; break;
      case F::TYPE_BOOL: out.form = Form::boolean, fits = kind == Kind::boolean; break;
      case F::TYPE_FLOAT: out.form = Form::float32, fits = kind == Kind::float32; break;
      case F::TYPE_DOUBLE:
        out.form = Form::float64, fits = kind == Kind::float32 || kind == Kind::float64;
        break;
      case F::TYPE_STRING: out.form = Form::string, fits = kind == Kind::string; break;
      case F::TYPE_BYTES: out.form = Form::bytes, fits = kind == Kind::bytes; break;
      case F::TYPE_ENUM:
        out.form = kind == Kind::string ? Form::symbol : Form::int32;
        fits = kind == Kind::string || small;
        symbols(*f.enum_type(), out);
        break;
      default: break;
    }
    if (!fits) {
      return wrong_type(f.full_name(), *out.item, f.type_name());
    }
    // A proto3 field with a default, as old converters registered them: some readers take an absent
    // one for the default, some for zero.
    out.presence = out.presence || (!out.wrapped && proto_.default_text(f) != nullptr);
    return {};
  }

  // By the Connect schema's parameters, and by the names in the .proto.
  void symbols(const pb::EnumDescriptor& type, FieldWriter& out) {
    const auto& names = proto_.value_names(type);
    for (int i = 0; i < type.value_count(); ++i) {
      out.symbols[names[static_cast<std::size_t>(i)]] = type.value(i)->number();
    }
    for (const std::string_view prefix : {kGeneralEnum, kEnumParameter}) {
      for (std::size_t i = 0; i < out.item->parameter_count; ++i) {
        const std::string_view key = text_of(out.item->parameters[i].key);
        const auto number = number_of(text_of(out.item->parameters[i].value));
        if (number && key.size() > prefix.size() && key.starts_with(prefix) &&
            key[prefix.size()] == '.') {
          // A name that the .proto has keeps its number there.
          out.symbols.try_emplace(std::string(key.substr(prefix.size() + 1)), *number);
        }
      }
    }
  }

  struct KeyHash {
    std::size_t operator()(
        const std::pair<const pb::Descriptor*, const void*>& key) const noexcept {
      return std::hash<const void*>()(key.first) * 31 + std::hash<const void*>()(key.second);
    }
  };

  const ProtoSchema& proto_;
  const DataOptions& options_;
  EncodePlan& out_;
  std::unordered_map<std::pair<const pb::Descriptor*, const void*>, const MessageWriter*, KeyHash>
      made_;
};

Result<std::unique_ptr<const EncodePlan>> EncodePlan::make(const ProtoSchema& proto,
                                                           const pb::Descriptor& message,
                                                           const weir_schema* schema,
                                                           const DataOptions& options) {
  auto plan = std::make_unique<EncodePlan>();
  auto root = WriterMaker(proto, options, *plan).root(message, *schema);
  if (!root) {
    return root.error();
  }
  plan->root_ = *root;
  return std::unique_ptr<const EncodePlan>(std::move(plan));
}

}  // namespace weir::converters::schema_registry::protobuf
