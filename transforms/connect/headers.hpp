// InsertHeader, DropHeaders and HeaderFrom.
#pragma once

#include "nested.hpp"
#include "replace_field.hpp"

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
  FieldSyntax syntax{FieldSyntax::v1};
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
        .choice("field.syntax.version", &C::syntax, {{"V1", FieldSyntax::v1}, {"V2", FieldSyntax::v2}}, std::string(kFieldSyntaxDoc))
        .importance(Importance::high)
        .field("replace.null.with.default", &C::replace_null_with_default, std::string(kReplaceNullDoc))
        .check([](const C& c, ConfigProblems& problems) {
          check_not_empty(c.fields, "fields", problems);
          check_not_empty(c.headers, "headers", problems);
          check_paths(c.fields, "fields", c.syntax, problems);
          if (c.fields.size() != c.headers.size()) {
            problems.push_back(
                {"headers", "'fields' config must have the same number of elements as 'headers' config."});
          }
        });
  }

  explicit HeaderFrom(HeaderFromConfig config)
      : headers_(std::move(config.headers)), purpose_("header " + config.operation), with_default_(config.replace_null_with_default) {
    for (const std::string& field : config.fields) {
      paths_.push_back(config.syntax == FieldSyntax::v2 ? *FieldPath::nested(field) : FieldPath::plain(field));
    }
    if (config.operation == "move") {
      ReplaceFieldConfig rest;
      rest.exclude = std::move(config.fields);
      rest.syntax = config.syntax;
      rest.replace_null_with_default = with_default_;
      rest_.emplace(std::move(rest));
    }
  }

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
      auto item = paths_[i].find(value, record.arena());
      if (auto done = add(record, headers_[i], item, nullptr); !done) {
        return done;
      }
    }
    return rest_ ? rest_->apply(record) : Result<void>();
  }

  Result<void> structured(Record& record, const Value& value, const weir_schema* schema) {
    if (auto done = require_struct(value, schema, purpose_); !done) {
      return done;
    }
    std::vector<const weir_schema*> types;
    for (const FieldPath& path : paths_) {
      auto type = path.find(schema);
      if (!type) {
        return type.error();
      }
      if (*type == nullptr) {
        return data_error({"Field does not exist: ", path.text()});
      }
      types.push_back(*type);
    }
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      auto item = paths_[i].find(value, schema, with_default_);
      if (item && item->is_null() && !view(types[i])->optional() && !paths_[i].may_miss(schema)) {
        return data_error({"A null value requires an optional schema but was ", schema_text(types[i])});
      }
      if (auto done = add(record, headers_[i], item, types[i]); !done) {
        return done;
      }
    }
    return rest_ ? rest_->apply(record) : Result<void>();
  }

  static Result<void> add(Record& record, std::string_view name, const Result<Value>& item, const weir_schema* schema) {
    if (!item) {
      return item.error();
    }
    auto shown = in_map_order(*item, record.arena());
    if (!shown) {
      return shown.error();
    }
    record.add_header(name, *shown, schema);
    return {};
  }

  std::vector<FieldPath> paths_;
  std::vector<std::string> headers_;
  std::string purpose_;
  bool with_default_;
  std::optional<ReplaceField<S>> rest_;  ///< move: without the fields
};

}  // namespace weir::transforms::connect
