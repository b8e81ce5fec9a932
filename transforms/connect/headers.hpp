// InsertHeader, DropHeaders and HeaderFrom.
#pragma once

#include "common.hpp"

#include <weir/java_map.hpp>

namespace weir::transforms::connect {

struct InsertHeaderConfig {
  std::string header{};
  std::string literal{};
};

class InsertHeader final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "InsertHeader";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.InsertHeader"};
  static constexpr std::string_view kDoc = "Adds a header.";

  static ConfigDef<InsertHeaderConfig> describe() {
    using C = InsertHeaderConfig;
    return ConfigDef<C>{}
        .field("header", &C::header, "Name of the header.")
        .required()
        .importance(Importance::high)
        .field("value.literal", &C::literal, "Its value, read as SimpleHeaderConverter reads text: 42 is a number.")
        .required()
        .importance(Importance::high);
  }

  explicit InsertHeader(InsertHeaderConfig config)
      : header_(std::move(config.header)), literal_(std::move(config.literal)), parsed_(text::parse(literal_, memory_.view())) {}

  Result<void> apply(Record& record) override {
    record.add_header(header_, parsed_.value, parsed_.schema);
    return {};
  }

 private:
  std::string header_;
  std::string literal_;
  OwnedArena memory_{1024};
  text::SchemaAndValue parsed_;
};

struct DropHeadersConfig {
  std::vector<std::string> headers{};
};

class DropHeaders final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "DropHeaders";
  static constexpr std::array<std::string_view, 1> kAliases{"org.apache.kafka.connect.transforms.DropHeaders"};
  static constexpr std::string_view kDoc = "Removes headers by name.";

  static ConfigDef<DropHeadersConfig> describe() {
    using C = DropHeadersConfig;
    return ConfigDef<C>{}
        .field("headers", &C::headers, "Names of the headers to remove.")
        .required()
        .importance(Importance::high)
        .check([](const C& c, ConfigProblems& problems) { check_not_empty(c.headers, "headers", problems); });
  }

  explicit DropHeaders(DropHeadersConfig config) : names_(std::move(config.headers)) {}

  Result<void> apply(Record& record) override {
    kept_.clear();
    const std::span<Header> all = record.headers();
    for (const Header& header : all) {
      if (!names_.contains(header.name_text())) {
        kept_.push_back(header);
      }
    }
    if (kept_.size() != all.size()) {
      record.set_headers(kept_);
    }
    return {};
  }

 private:
  NameSet names_;
  std::vector<Header> kept_;
};

struct HeaderFromConfig {
  std::vector<std::string> fields{};
  std::vector<std::string> headers{};
  std::string operation{};
  bool replace_null_with_default{true};
};

/// Maps inside in the order of Java's HashMap, which the text of a header shows.
inline Result<Value> in_map_order(Value value, Arena arena) {
  if (!value.is_lazy() && !value.is_array() && !value.is_object()) {
    return value;
  }
  value = deep_copy(value, arena);
  if (auto done = json::expand_all(value, arena); !done) {
    return done.error();
  }
  const auto order = [](const auto& self, Value& v) -> void {
    if (v.is_array()) {
      for (Value& item : v.items()) {
        self(self, item);
      }
    } else if (v.is_object()) {
      for (Member& m : v.members()) {
        self(self, m.item());
      }
      if (v.is(Kind::map)) {
        v.count = static_cast<std::uint32_t>(java::as_hash_map({v.as.members, v.count}, v.reserved));
      }
    }
  };
  order(order, value);
  return value;
}

template <Side S>
class HeaderFrom final : public RecordTransform {
 public:
  static constexpr std::string_view kType = S == Side::key ? "HeaderFrom$Key" : "HeaderFrom$Value";
  static constexpr std::array<std::string_view, 1> kAliases{S == Side::key ? "org.apache.kafka.connect.transforms.HeaderFrom$Key"
                                                                           : "org.apache.kafka.connect.transforms.HeaderFrom$Value"};
  static constexpr std::string_view kDoc = "Copies or moves fields to headers.";

  static ConfigDef<HeaderFromConfig> describe() {
    using C = HeaderFromConfig;
    return ConfigDef<C>{}
        .field("fields", &C::fields, "Names of the fields.")
        .required()
        .importance(Importance::high)
        .field("headers", &C::headers, "Names of the headers, in the order of the fields.")
        .required()
        .importance(Importance::high)
        .field("operation", &C::operation, "move removes the fields, copy leaves them.")
        .required()
        .one_of({"move", "copy"})
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          check_not_empty(c.fields, "fields", problems);
          check_not_empty(c.headers, "headers", problems);
          if (c.fields.size() != c.headers.size()) {
            problems.push_back(
                {"headers", "'fields' config must have the same number of elements as 'headers' config."});
          }
        });
  }

  explicit HeaderFrom(HeaderFromConfig config)
      : fields_(std::move(config.fields)),
        headers_(std::move(config.headers)),
        move_(config.operation == "move"),
        purpose_("header " + config.operation),
        with_default_(config.replace_null_with_default) {}

  Result<void> apply(Record& record) override {
    Value value = record.part(S);
    const weir_schema* schema = record.schema(S);
    return schema == nullptr ? schemaless(record, value) : structured(record, value, schema);
  }

 private:
  Result<void> schemaless(Record& record, Value& value) {
    if (auto done = require_map(value, record.arena(), purpose_); !done) {
      return done;
    }
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      const Value* item = value.find(fields_.names()[i]);
      auto shown = in_map_order(item == nullptr ? Value() : *item, record.arena());
      if (!shown) {
        return shown.error();
      }
      record.add_header(headers_[i], *shown);
    }
    if (move_) {
      MemberList rest(record.arena(), value.count, java::copied_map(value.count));
      for (const Member& m : value.members()) {
        if (!fields_.contains(m.name().text())) {
          rest.add(m);
        }
      }
      record.set_part(S, rest.map());
    }
    return {};
  }

  struct Plan {
    const weir_schema* schema{nullptr};
    std::vector<std::size_t> kept;
  };

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    if (auto done = require_struct(value, schema, purpose_); !done) {
      return done;
    }
    for (const std::string& name : fields_.names()) {
      if (field_index(schema, name) == schema->field_count) {
        return data_error({"Field does not exist: ", name});
      }
    }
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      const std::size_t at = field_index(schema, fields_.names()[i]);
      auto shown = in_map_order(field_value(value, schema, at, with_default_), record.arena());
      if (!shown) {
        return shown.error();
      }
      record.add_header(headers_[i], *shown, schema->fields[at].schema);
    }
    if (!move_) {
      return {};
    }
    auto plan = plans_.get(schema, record.arena(), [&](Arena arena, bool stable) { return make(schema, arena, stable); });
    if (!plan) {
      return plan.error();
    }
    const std::vector<std::size_t>& kept = (*plan)->kept;
    auto* members = record.arena().template array<weir_member>(kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      members[i] = member(text_of(schema->fields[kept[i]].name), field_value(value, schema, kept[i], with_default_));
    }
    record.set_part(S, Value::structure(members, kept.size()), (*plan)->schema);
    return {};
  }

  Result<Plan> make(const weir_schema* schema, Arena arena, bool stable) const {
    Plan plan;
    SchemaBuilder builder(arena, Kind::structure, stable);
    builder.basics_of(*schema);
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      if (!fields_.contains(text_of(schema->fields[i].name))) {
        builder.field(text_of(schema->fields[i].name), schema->fields[i].schema);
        plan.kept.push_back(i);
      }
    }
    plan.schema = builder.build();
    return plan;
  }

  NameSet fields_;
  std::vector<std::string> headers_;
  bool move_;
  std::string purpose_;
  bool with_default_;
  SchemaCache<Plan> plans_;
};

}  // namespace weir::transforms::connect
