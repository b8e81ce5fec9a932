#include "write_plan.hpp"

#include <charconv>
#include <utility>
#include <weir/connect_text.hpp>

#include "encoder.hpp"
#include "names.hpp"
#include "scrub.hpp"

namespace weir::converters::schema_registry::avro {

class PlanMaker {
 public:
  PlanMaker(std::deque<WritePlan>& plans, const AvroOptions& options)
      : plans_(plans), options_(options) {}

  Result<const WritePlan*> make(const weir_schema& s, const Node& node, int depth) {
    if (depth > kMaxDepth) {
      return bad_record("the schema is nested deeper than " + std::to_string(kMaxDepth));
    }
    if (is_union(s)) {
      return choice(s, node, depth);
    }
    plans_.emplace_back();
    WritePlan& plan = plans_.back();
    plan.schema = &s;
    const Node* type = &node;
    if (node.type == Type::union_of) {
      plan.null_branch = node.branch_of(Type::null);
      plan.branch = branch_for(s, node);
      if (plan.branch < 0) {
        return bad_record(shown(s) + " fits no branch of the Avro union");
      }
      type = node.branches[static_cast<std::size_t>(plan.branch)];
    } else if (!suits(s, node, false) && !suits(s, node, true)) {
      return bad_record(shown(s) + " cannot be written as Avro " + node.shown());
    }
    if (auto done = content(s, *type, plan, depth); !done) {
      return done.error();
    }
    return static_cast<const WritePlan*>(&plan);
  }

 private:
  static constexpr int kMaxDepth = 250;

  static std::string shown(const weir_schema& s) {
    std::string text(connect::type_name(s.type));
    return s.name.data == nullptr ? text : text.append(" ").append(text_of(s.name));
  }

  bool text_keys(const weir_schema& s) const noexcept {
    return s.keys != nullptr && s.keys->type == WEIR_KIND_STRING &&
           (options_.optional_map_keys || (s.keys->flags & WEIR_SCHEMA_OPTIONAL) == 0);
  }

  std::string full_name(const weir_schema& s) const {
    auto [space, name] = split_name(text_of(s.name), options_);
    return space.empty() ? name : space + "." + name;
  }

  /// loosely: numbers widen, names may differ.
  bool suits(const weir_schema& s, const Node& node, bool loosely) const {
    switch (s.type) {
      case WEIR_KIND_BOOLEAN: return node.type == Type::boolean;
      case WEIR_KIND_INT8:
      case WEIR_KIND_INT16:
      case WEIR_KIND_INT32:
        return node.type == Type::integer ||
               (loosely && (node.type == Type::long_integer || node.type == Type::float_number ||
                            node.type == Type::double_number));
      case WEIR_KIND_INT64:
        return node.type == Type::long_integer ||
               (loosely && (node.type == Type::float_number || node.type == Type::double_number));
      case WEIR_KIND_FLOAT32:
        return node.type == Type::float_number || (loosely && node.type == Type::double_number);
      case WEIR_KIND_FLOAT64: return node.type == Type::double_number;
      case WEIR_KIND_STRING: {
        const weir_bytes name =
            parameter_of(s, options_.generalized ? kGeneralizedEnum : kEnumParameter);
        const bool symbol = (options_.generalized || options_.enhanced) && name.data != nullptr;
        if (node.type == Type::enumeration) {
          return loosely || (symbol && text_of(name) == node.full_name);
        }
        return node.type == Type::string && (loosely || !symbol);
      }
      case WEIR_KIND_BYTES: {
        const bool fixed = s.name.data != nullptr && has_parameter(s, kFixedSize);
        if (node.type == Type::fixed) {
          return loosely || (fixed && full_name(s) == node.full_name);
        }
        return node.type == Type::bytes && (loosely || !fixed);
      }
      case WEIR_KIND_ARRAY: return node.type == Type::array;
      case WEIR_KIND_MAP:
        return text_keys(s) ? node.type == Type::map
                            : node.type == Type::array && node.items->type == Type::record &&
                                  node.items->field("key") != nullptr &&
                                  node.items->field("value") != nullptr;
      case WEIR_KIND_STRUCT:
        return node.type == Type::record &&
               (loosely || (s.name.data == nullptr ? starts_with(node.full_name, kDefaultFullName)
                                                   : full_name(s) == node.full_name));
      default: return false;
    }
  }

  int branch_for(const weir_schema& s, const Node& node) const {
    for (const bool loosely : {false, true}) {
      for (std::size_t i = 0; i < node.branches.size(); ++i) {
        if (suits(s, *node.branches[i], loosely)) {
          return static_cast<int>(i);
        }
      }
    }
    return -1;
  }

  Result<const WritePlan*> choice(const weir_schema& s, const Node& node, int depth) {
    plans_.emplace_back();
    WritePlan& plan = plans_.back();
    plan.schema = &s;
    plan.op = WriteOp::choice;
    plan.ignore_default = options_.ignore_default;
    plan.null_branch = node.branch_of(Type::null);
    for (std::size_t i = 0; i < s.field_count; ++i) {
      auto inner = make(*s.fields[i].schema, node, depth + 1);
      if (!inner) {
        return at(text_of(s.fields[i].name), inner.error());
      }
      plan.fields.push_back({text_of(s.fields[i].name), i, *inner, {}});
    }
    return static_cast<const WritePlan*>(&plan);
  }

  Result<void> content(const weir_schema& s, const Node& type, WritePlan& plan, int depth) {
    const std::string_view name = text_of(s.name);
    const std::string_view logical = type.text_property("logicalType");
    switch (s.type) {
      case WEIR_KIND_BOOLEAN: plan.op = WriteOp::boolean; return {};
      case WEIR_KIND_INT8:
      case WEIR_KIND_INT16:
      case WEIR_KIND_INT32:
      case WEIR_KIND_INT64:
        plan.number = type.type;
        plan.op = s.type == WEIR_KIND_INT32 && name == kDateName        ? WriteOp::date
                  : s.type == WEIR_KIND_INT32 && name == kTimeName      ? WriteOp::time
                  : s.type == WEIR_KIND_INT64 && name == kTimestampName ? WriteOp::timestamp
                                                                        : WriteOp::integer;
        if ((plan.op == WriteOp::time && logical == "time-micros") ||
            (plan.op == WriteOp::timestamp &&
             (logical == "timestamp-micros" || logical == "local-timestamp-micros"))) {
          plan.factor = 1000;
        }
        return {};
      case WEIR_KIND_FLOAT32:
      case WEIR_KIND_FLOAT64:
        plan.op = type.type == Type::float_number ? WriteOp::float32 : WriteOp::float64;
        return {};
      case WEIR_KIND_STRING:
        plan.op = type.type == Type::enumeration ? WriteOp::symbol : WriteOp::text;
        plan.symbols = type.symbols;
        return {};
      case WEIR_KIND_BYTES: return binary(s, type, plan);
      case WEIR_KIND_ARRAY: {
        auto inner = make(*s.values, *type.items, depth + 1);
        if (!inner) {
          return at("[]", inner.error());
        }
        plan.op = WriteOp::array;
        plan.inner = *inner;
        return {};
      }
      case WEIR_KIND_MAP: return map(s, type, plan, depth);
      default: return record(s, type, plan, depth);
    }
  }

  static Result<void> binary(const weir_schema& s, const Node& type, WritePlan& plan) {
    const bool fixed = type.type == Type::fixed;
    plan.size = type.size;
    if (text_of(s.name) != kDecimalName) {
      plan.op = fixed ? WriteOp::fixed : WriteOp::binary;
      return {};
    }
    plan.op = fixed ? WriteOp::fixed_decimal : WriteOp::decimal;
    const std::string_view text = text_of(parameter_of(s, "scale"));
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), plan.scale);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) {
      return bad_record("Invalid Decimal schema: scale parameter not found.");
    }
    const Value* scale = type.property("scale");
    const std::int64_t registered =
        scale != nullptr && scale->is_integer() ? scale->as_integer() : 0;
    if (type.text_property("logicalType") == "decimal" && registered != plan.scale) {
      return bad_record("a decimal of scale " + std::string(text) +
                        " cannot be written as one of scale " + std::to_string(registered));
    }
    return {};
  }

  Result<void> map(const weir_schema& s, const Node& type, WritePlan& plan, int depth) {
    const bool text = type.type == Type::map;
    plan.op = text ? WriteOp::map : WriteOp::entries;
    auto values =
        make(*s.values, text ? *type.items : *type.items->field("value")->type, depth + 1);
    if (!values) {
      return at("{}", values.error());
    }
    plan.inner = *values;
    if (!text) {
      auto keys = make(*s.keys, *type.items->field("key")->type, depth + 1);
      if (!keys) {
        return at("{}", keys.error());
      }
      plan.key = *keys;
      if (type.items->fields.size() != 2 || type.items->fields[0].name != "key") {
        return bad_record("the records of a map's entries must be of two fields, key and value");
      }
    }
    return {};
  }

  Result<void> record(const weir_schema& s, const Node& type, WritePlan& plan, int depth) {
    plan.op = WriteOp::record;
    plan.ignore_default = options_.ignore_default;
    std::vector<std::string> names(s.field_count);
    for (std::size_t i = 0; i < s.field_count; ++i) {
      names[i] = field_name(text_of(s.fields[i].name), options_);
    }
    for (const Field& field : type.fields) {
      std::size_t i = 0;
      while (i < s.field_count && names[i] != field.name) {
        ++i;
      }
      if (i < s.field_count) {
        auto inner = make(*s.fields[i].schema, *field.type, depth + 1);
        if (!inner) {
          return at(field.name, inner.error());
        }
        plan.fields.push_back({text_of(s.fields[i].name), i, *inner, {}});
        continue;
      }
      if (field.default_value == nullptr) {
        return bad_record("field " + std::string(field.name) + " of Avro " + type.shown() +
                          " is not in the record's schema and has no default");
      }
      auto constant = encode_default(*field.type, *field.default_value);
      if (!constant) {
        return at(field.name, constant.error());
      }
      plan.fields.push_back({field.name, 0, nullptr, *std::move(constant)});
    }
    return {};
  }

  static Error at(std::string_view where, const Error& error) {
    return {error.code, std::string(where).append(": ").append(error.message)};
  }

  std::deque<WritePlan>& plans_;
  const AvroOptions& options_;
};

Result<const WritePlan*> WritePlans::make(const weir_schema* schema, const Node& avro,
                                          const AvroOptions& options) {
  if (schema == nullptr) {
    if (avro.type != Type::record || avro.full_name != kAnything) {
      return bad_record("a value without schema cannot be written as Avro " + avro.shown());
    }
    plans_.emplace_back();
    return static_cast<const WritePlan*>(&plans_.back());
  }
  return PlanMaker(plans_, options).make(*schema, avro, 0);
}

}  // namespace weir::converters::schema_registry::avro
