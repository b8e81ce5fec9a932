// Reads members of a document and remembers the first one that is missing or of the wrong type.
#pragma once

#include <weir/json.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "money.hpp"

namespace weir::transforms::receipt {

/// One object of the document. Values it hands out live as long as the record. Errors collect in the shared text, so that a
/// mapping reads like a table; ask ok() at its end.
class Fields {
 public:
  Fields(Value object, std::string path, std::string& problem) : object_(object), path_(std::move(path)), problem_(&problem) {}

  bool ok() const { return problem_->empty(); }
  const Value& object() const { return object_; }

  /// Null when absent.
  Value raw(std::string_view name) const {
    const Value* v = object_.is_object() ? object_.find(name) : nullptr;
    return v == nullptr ? Value::null() : *v;
  }
  bool has(std::string_view name) const { return !raw(name).is_null(); }

  std::string_view text(std::string_view name) const {
    const Value v = raw(name);
    return v.is_string() ? v.text() : (fail(name, v, "a text"), std::string_view());
  }
  /// A text, or null when it is not there.
  Value optional_text(std::string_view name) const {
    const Value v = raw(name);
    if (!v.is_string() && !v.is_null()) {
      fail(name, v, "a text");
    }
    return v.is_string() ? v : Value::null();
  }
  /// At most kMaxCents, so that sums fit.
  std::int64_t integer(std::string_view name) const {
    const Value v = raw(name);
    const bool fits = v.is_integer() && v.as_integer() >= -kMaxCents && v.as_integer() <= kMaxCents;
    return fits ? v.as_integer() : (fail(name, v, "an integer of at most 13 digits"), std::int64_t{0});
  }
  bool boolean(std::string_view name) const {
    const Value v = raw(name);
    return v.is_boolean() ? v.as_boolean() : (fail(name, v, "true or false"), false);
  }
  /// Decimal text ("12.50") in cents.
  std::int64_t money(std::string_view name) const {
    const Value v = raw(name);
    const auto c = v.is_string() ? cents_of(v.text()) : std::nullopt;
    return c ? *c : (fail(name, v, "an amount such as \"12.50\""), std::int64_t{0});
  }
  /// An object; an empty one when it is absent and not required.
  Fields child(std::string_view name, bool required = true) const {
    const Value v = raw(name);
    if (!v.is_object() && (required || !v.is_null())) {
      fail(name, v, "an object");
    }
    return {v, path_ + "/" + std::string(name), *problem_};
  }
  /// The items of an array of objects; none when it is absent and not required.
  std::span<Value> list(std::string_view name, bool required = true) const {
    const Value v = raw(name);
    if (!v.is_array()) {
      if (required || !v.is_null()) {
        fail(name, v, "an array");
      }
      return {};
    }
    return v.items();
  }
  Fields item(std::string_view list_name, const Value& value, std::size_t index) const {
    std::string path = path_ + "/" + std::string(list_name) + "/" + std::to_string(index);
    if (!value.is_object()) {
      note(path + " is not an object");
    }
    return {value, std::move(path), *problem_};
  }

 private:
  void note(std::string text) const {
    if (problem_->empty()) {
      *problem_ = std::move(text);
    }
  }
  void fail(std::string_view name, const Value& v, std::string_view wanted) const {
    note(path_ + "/" + std::string(name) + (v.is_null() ? " is missing: " : " is not what it must be: ") + std::string(wanted));
  }

  Value object_;
  std::string path_;
  std::string* problem_;
};

}  // namespace weir::transforms::receipt
