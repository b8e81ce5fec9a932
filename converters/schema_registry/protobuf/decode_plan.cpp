#include "decode_plan.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <weir/connect_text.hpp>

namespace weir::converters::schema_registry::protobuf {
namespace {

using F = pb::FieldDescriptor;
using Op = FieldPlan::Op;
constexpr int kMostFieldsOfAMessage = 32'000;
constexpr std::uint32_t kTableSize = 256;

struct OpOf {
  Op op;
  std::uint8_t wire;
};

OpOf op_of(F::Type type) noexcept {
  switch (type) {
    case F::TYPE_INT32: return {Op::int32, 0};
    case F::TYPE_INT64: return {Op::int64, 0};
    case F::TYPE_UINT32: return {Op::uint32, 0};
    case F::TYPE_UINT64: return {Op::uint64, 0};
    case F::TYPE_SINT32: return {Op::sint32, 0};
    case F::TYPE_SINT64: return {Op::sint64, 0};
    case F::TYPE_BOOL: return {Op::boolean, 0};
    case F::TYPE_ENUM: return {Op::enumeration, 0};
    case F::TYPE_FIXED32: return {Op::fixed32, 5};
    case F::TYPE_FIXED64: return {Op::fixed64, 1};
    case F::TYPE_SFIXED32: return {Op::sfixed32, 5};
    case F::TYPE_SFIXED64: return {Op::sfixed64, 1};
    case F::TYPE_FLOAT: return {Op::float32, 5};
    case F::TYPE_DOUBLE: return {Op::float64, 1};
    case F::TYPE_STRING: return {Op::string, 2};
    case F::TYPE_BYTES: return {Op::bytes, 2};
    case F::TYPE_GROUP:
    case F::TYPE_MESSAGE: break;
  }
  return {Op::message, 2};
}

template <class T>
std::optional<T> number(const std::string& text) {
  T n{};
  const auto r = std::from_chars(text.data(), text.data() + text.size(), n);
  return r.ec == std::errc{} && r.ptr == text.data() + text.size() ? std::optional(n)
                                                                   : std::nullopt;
}

}  // namespace

class PlanMaker {
 public:
  PlanMaker(const ProtoSchema& proto, const DataOptions& options, Arena arena, DecodePlan& out)
      : proto_(proto), options_(options), arena_(arena), out_(out) {}

  Result<const MessagePlan*> message(const pb::Descriptor& type, const weir_schema& schema) {
    const Form form = form_of(type, schema);
    // A message type may be a struct here and a raw value there; fields of one schema lie in one
    // place.
    const std::pair key{
        &type, static_cast<const void*>(form == Form::structure ? schema.fields : nullptr)};
    if (const auto it = made_.find(key); it != made_.end()) {
      return it->second;
    }
    if (type.field_count() > kMostFieldsOfAMessage) {
      return bad_record("Message " + type.full_name() + " has more than " +
                        std::to_string(kMostFieldsOfAMessage) + " fields");
    }
    out_.messages_.push_back(std::make_unique<MessagePlan>());
    MessagePlan& plan = *out_.messages_.back();
    made_[key] = &plan;
    plan.form = form;
    plan.full_name = type.full_name();
    auto done = form == Form::structure ? structure(type, schema, plan) : other(type, schema, plan);
    if (!done) {
      return done.error();
    }
    index(plan);
    return static_cast<const MessagePlan*>(&plan);
  }

 private:
  using Form = MessagePlan::Form;

  static Form form_of(const pb::Descriptor& type, const weir_schema& schema) {
    switch (logical_of(schema)) {
      case Logical::decimal: return Form::decimal;
      case Logical::date: return Form::date;
      case Logical::time: return Form::time;
      case Logical::timestamp: return Form::timestamp;
      case Logical::none: break;
    }
    if (schema.type == WEIR_KIND_MAP) {
      return Form::entry;
    }
    return schema.type != WEIR_KIND_STRUCT && wrapped_kind(type) != Kind::null ? Form::wrapper
                                                                               : Form::structure;
  }

  static void index(MessagePlan& plan) {
    std::uint32_t largest = 0;
    for (const FieldPlan& f : plan.fields) {
      if (f.number < kTableSize) {
        largest = std::max(largest, f.number);
      }
    }
    plan.by_number.assign(largest + 1, -1);
    for (std::size_t i = 0; i < plan.fields.size(); ++i) {
      if (plan.fields[i].number < plan.by_number.size()) {
        plan.by_number[plan.fields[i].number] = static_cast<std::int16_t>(i);
      } else {
        plan.others[plan.fields[i].number] = static_cast<std::int16_t>(i);
      }
    }
  }

  Result<void> structure(const pb::Descriptor& type, const weir_schema& schema, MessagePlan& plan) {
    std::unordered_map<std::string_view, std::uint32_t> slots;
    plan.empty.resize(schema.field_count);
    for (std::uint32_t i = 0; i < schema.field_count; ++i) {
      slots[text_of(schema.fields[i].name)] = i;
      plan.empty[i] = {Value::string(text_of(schema.fields[i].name)), Value::null()};
    }
    plan.oneofs = static_cast<std::uint32_t>(type.real_oneof_decl_count());
    plan.unions.resize(plan.oneofs);
    plan.states = plan.oneofs;  // the first ones say which member is set
    plan.fields.reserve(static_cast<std::size_t>(type.field_count()));
    for (int i = 0; i < type.field_count(); ++i) {
      const F& f = *type.field(i);
      FieldPlan field = basics(f);
      const pb::OneofDescriptor* oneof = f.real_containing_oneof();
      const bool in_union = oneof != nullptr && !options_.flatten_unions;
      const std::string name = in_union ? union_field_name(*oneof, options_) : f.name();
      const auto slot = slots.find(name);
      if (slot == slots.end()) {
        return bad_record("Message " + type.full_name() + " has two fields with the name " + name);
      }
      field.slot = slot->second;
      const weir_schema* own = schema.fields[field.slot].schema;
      if (oneof != nullptr) {
        field.oneof = oneof->index();
        field.state = static_cast<std::int32_t>(plan.states++);
      }
      if (in_union) {
        auto& members = plan.unions[static_cast<std::size_t>(oneof->index())];
        members.resize(own->field_count);
        for (std::size_t k = 0; k < own->field_count; ++k) {
          members[k] = {Value::string(text_of(own->fields[k].name)), Value::null()};
          if (text_of(own->fields[k].name) == f.name()) {
            field.member = static_cast<std::int32_t>(k);
          }
        }
        own = own->fields[static_cast<std::size_t>(field.member)].schema;
      }
      if (auto done = value(f, *own, field); !done) {
        return done;
      }
      if (field.state < 0 &&
          (field.shape != FieldPlan::Shape::single || field.op == Op::message || field.required)) {
        field.state = static_cast<std::int32_t>(plan.states++);
      }
      if (oneof == nullptr) {
        absent(f, field, plan.empty[field.slot].value);
      }
      plan.has_required = plan.has_required || field.required;
      plan.has_default_messages = plan.has_default_messages || field.default_message;
      plan.fields.push_back(field);
    }
    return {};
  }

  // Wrappers, dates and map entries: their fields are members of a plain array, by position.
  Result<void> other(const pb::Descriptor& type, const weir_schema& schema, MessagePlan& plan) {
    plan.empty.resize(static_cast<std::size_t>(type.field_count()));
    for (int i = 0; i < type.field_count(); ++i) {
      const F& f = *type.field(i);
      FieldPlan field = basics(f);
      field.slot = static_cast<std::uint32_t>(i);
      plan.empty[field.slot] = {Value::string(field.name), Value::null()};
      if (f.is_repeated()) {
        return bad_record("Message " + type.full_name() +
                          " is not what its name says: " + f.name() + " is repeated");
      }
      if (plan.form == Form::entry) {
        if (auto done = value(f, i == 0 ? *schema.keys : *schema.values, field); !done) {
          return done;
        }
      } else if (f.type() == F::TYPE_MESSAGE || f.type() == F::TYPE_GROUP ||
                 f.type() == F::TYPE_ENUM) {
        return bad_record("Message " + type.full_name() +
                          " is not what its name says: " + f.name() + " is no scalar");
      } else {
        field.kind =
            plan.form == Form::wrapper ? static_cast<Kind>(schema.type) : raw_kind(field.op);
      }
      if (field.op == Op::message) {
        field.state = static_cast<std::int32_t>(plan.states++);
        field.default_message = true;  // the entry's value is never missing
        plan.has_default_messages = true;
      } else {
        plan.empty[field.slot].value = default_of(f, field);
      }
      plan.fields.push_back(field);
    }
    if (plan.form == Form::wrapper &&
        (plan.fields.size() != 1 || plan.fields[0].name != "value" ||
         kind_group(plan.fields[0]) != kind_group_of(plan.fields[0].kind))) {
      return bad_record("Message " + type.full_name() + " is not the wrapper that its name says");
    }
    return {};
  }

  static Kind raw_kind(Op op) {
    switch (op) {
      case Op::int32:
      case Op::sint32:
      case Op::sfixed32: return Kind::int32;
      case Op::float32: return Kind::float32;
      case Op::float64: return Kind::float64;
      case Op::boolean: return Kind::boolean;
      case Op::string: return Kind::string;
      case Op::bytes: return Kind::bytes;
      default: return Kind::int64;
    }
  }

  // Whole numbers, reals and the rest do not mix.
  static int kind_group_of(Kind kind) {
    switch (kind) {
      case Kind::float32:
      case Kind::float64: return 1;
      case Kind::boolean: return 2;
      case Kind::string: return 3;
      case Kind::bytes: return 4;
      default: return 0;
    }
  }
  static int kind_group(const FieldPlan& field) { return kind_group_of(raw_kind(field.op)); }

  FieldPlan basics(const F& f) {
    FieldPlan field;
    const OpOf op = op_of(f.type());
    field.op = op.op;
    field.wire = op.wire;
    field.number = static_cast<std::uint32_t>(f.number());
    field.required = f.is_required();
    field.check_utf8 = f.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO3;
    field.name = arena_.copy(f.name());
    return field;
  }

  Result<void> value(const F& f, const weir_schema& schema, FieldPlan& field) {
    const weir_schema* own = &schema;
    if (f.is_repeated()) {
      field.shape = own->type == WEIR_KIND_MAP ? FieldPlan::Shape::map : FieldPlan::Shape::repeated;
      own = field.shape == FieldPlan::Shape::map ? own : own->values;
    }
    field.kind = static_cast<Kind>(own->type);
    if (field.op == Op::enumeration) {
      field.symbols = symbols(*f.enum_type());
    }
    if (field.op == Op::message) {
      auto made = message(*f.message_type(), *own);
      if (!made) {
        return made.error();
      }
      field.message = *made;
    }
    return {};
  }

  const EnumPlan* symbols(const pb::EnumDescriptor& type) {
    auto& plan = enums_[&type];
    if (plan == nullptr) {
      out_.enums_.push_back(std::make_unique<EnumPlan>());
      plan = out_.enums_.back().get();
      plan->as_int = options_.int_for_enums;
      plan->open = type.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO3;
      plan->name = type.name();
      for (int i = type.value_count() - 1; i >= 0;
           --i) {  // of two names for a number the first counts
        plan->symbols[type.value(i)->number()] = arena_.copy(name_of(*type.value(i)));
      }
    }
    return plan;
  }

  // What a field is when the message does not hold it.
  void absent(const F& f, FieldPlan& field, weir_value& to) {
    if (field.shape != FieldPlan::Shape::single) {
      to = field.shape == FieldPlan::Shape::map ? Value::map(nullptr, 0) : Value::array(nullptr, 0);
      return;
    }
    const bool nullable =
        (f.file()->syntax() == pb::FileDescriptor::SYNTAX_PROTO3 || options_.optional_for_proto2) &&
        f.has_optional_keyword();
    if (field.op == Op::message) {
      field.default_message = options_.generate_struct_for_nulls;
    } else if (!nullable || options_.generate_struct_for_nulls) {
      to = default_of(f, field);
    }
  }

  Value default_of(const F& f, const FieldPlan& field) {
    const std::string* text = proto_.default_text(f);
    switch (field.op) {
      case Op::boolean:
        return Value::boolean(text != nullptr ? *text == "true" : f.default_value_bool());
      case Op::string:
      case Op::bytes:
        return Value::span(field.kind,
                           arena_.copy(text != nullptr ? *text : f.default_value_string()));
      case Op::float32:
        return Value::real(field.kind,
                           static_cast<double>(text != nullptr ? connect::real_of<float>(*text)
                                                               : f.default_value_float()));
      case Op::float64:
        return Value::real(field.kind, text != nullptr ? connect::real_of<double>(*text)
                                                       : f.default_value_double());
      case Op::enumeration: {
        const pb::EnumValueDescriptor* value = f.default_value_enum();
        for (int i = 0; text != nullptr && i < f.enum_type()->value_count(); ++i) {
          value = name_of(*f.enum_type()->value(i)) == *text ? f.enum_type()->value(i) : value;
        }
        return options_.int_for_enums ? Value::integer(field.kind, value->number())
                                      : Value::string(arena_.copy(name_of(*value)));
      }
      default: break;
    }
    std::int64_t n = 0;
    if (text != nullptr) {
      n = number<std::int64_t>(*text).value_or(
          static_cast<std::int64_t>(number<std::uint64_t>(*text).value_or(0)));
    } else {
      switch (f.cpp_type()) {
        case F::CPPTYPE_INT32: n = f.default_value_int32(); break;
        case F::CPPTYPE_UINT32: n = f.default_value_uint32(); break;
        case F::CPPTYPE_INT64: n = f.default_value_int64(); break;
        default: n = static_cast<std::int64_t>(f.default_value_uint64()); break;
      }
    }
    return Value::integer(field.kind, n);
  }

  const std::string& name_of(const pb::EnumValueDescriptor& value) const {
    return proto_.value_names(*value.type())[static_cast<std::size_t>(value.index())];
  }

  struct KeyHash {
    std::size_t operator()(
        const std::pair<const pb::Descriptor*, const void*>& key) const noexcept {
      return std::hash<const void*>()(key.first) * 31 + std::hash<const void*>()(key.second);
    }
  };

  const ProtoSchema& proto_;
  const DataOptions& options_;
  Arena arena_;
  DecodePlan& out_;
  std::unordered_map<std::pair<const pb::Descriptor*, const void*>, const MessagePlan*, KeyHash>
      made_;
  std::unordered_map<const pb::EnumDescriptor*, EnumPlan*> enums_;
};

Result<std::unique_ptr<const DecodePlan>> DecodePlan::make(const ProtoSchema& proto,
                                                           const pb::Descriptor& message,
                                                           const weir_schema* schema,
                                                           const DataOptions& options,
                                                           Arena arena) {
  auto plan = std::make_unique<DecodePlan>();
  auto root = PlanMaker(proto, options, arena, *plan).message(message, *schema);
  if (!root) {
    return root.error();
  }
  plan->root_ = *root;
  return std::unique_ptr<const DecodePlan>(std::move(plan));
}

}  // namespace weir::converters::schema_registry::protobuf
