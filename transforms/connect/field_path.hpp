// Paths to nested fields: field.syntax.version V1 (a plain name) and V2 (steps, backticks).
#pragma once

#include "common.hpp"

namespace weir::transforms::connect {

class FieldPath {
 public:
  /// One step: the name as it is.
  static FieldPath plain(std::string name) {
    FieldPath path;
    path.steps_.push_back(std::move(name));
    return path;
  }

  /// a.b, `a.b`.c, a backtick inside a step written \` where it would close it. Errc::bad_config: it never closes.
  static Result<FieldPath> nested(const std::string& text) {
    FieldPath path;
    std::size_t at = 0;
    while (at < text.size()) {
      if (text[at] != '`') {
        const std::size_t dot = text.find('.', at);
        path.steps_.push_back(text.substr(at, dot == std::string::npos ? dot : dot - at));
        if (dot == std::string::npos) {
          return path;
        }
        at = dot + 1;
        continue;
      }
      const std::size_t opened = at++;
      std::string step;
      std::size_t start = at;
      for (;;) {
        at = text.find('`', at);
        const bool escaped = at != std::string::npos && text[at - 1] == '\\';
        if (at == std::string::npos || (at + 1 == text.size() && escaped)) {
          return bad_config("Incomplete backtick pair in path: [" + text +
                            "], consider adding a backslash before backtick at position " + std::to_string(opened) +
                            " to escape it");
        }
        if (at + 1 == text.size()) {
          path.steps_.push_back(step.append(text, start, at - start));
          return path;
        }
        if (text[at + 1] != '.') {
          ++at;
          continue;
        }
        if (escaped) {
          step.append(text, start, at - 1 - start).push_back('`');
          start = ++at;
          continue;
        }
        path.steps_.push_back(step.append(text, start, at - start));
        at += 2;
        break;
      }
    }
    if (!text.empty() && text.back() == '.') {
      path.steps_.emplace_back();
    }
    return path;
  }

  /// For messages.
  std::string text() const {
    std::string out;
    for (const std::string& step : steps_) {
      out.append(out.empty() ? "" : ".").append(step);
    }
    return out;
  }
  const std::vector<std::string>& steps() const noexcept { return steps_; }

  /// In a schemaless map (opened already). Missing on the way: null.
  Result<Value> find(const Value& map, Arena arena) const {
    if (steps_.empty()) {
      return data_error({"the field path is empty"});
    }
    Value here = map;
    for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
      const Value* next = here.find(steps_[i]);
      if (next == nullptr || next->is_null()) {
        return Value();
      }
      here = *next;
      if (auto done = require_map(here, arena, "nested field access"); !done) {
        return done.error();
      }
    }
    const Value* last = here.find(steps_.back());
    return last == nullptr ? Value() : *last;
  }

  /// The field's schema; nullptr: no such field.
  Result<const weir_schema*> find(const weir_schema* schema) const {
    for (const std::string& step : steps_) {
      if (schema->type != WEIR_KIND_STRUCT) {
        return data_error({"Cannot look up fields on non-struct type"});
      }
      const weir_field* field = view(schema)->field(step);
      if (field == nullptr) {
        return nullptr;
      }
      schema = field->schema;
    }
    return steps_.empty() ? nullptr : schema;
  }

  /// Whether something on the way may be null; the schema has the path.
  bool may_miss(const weir_schema* schema) const {
    for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
      schema = view(schema)->field(steps_[i])->schema;
      if (view(schema)->optional()) {
        return true;
      }
    }
    return false;
  }

  /// In a struct whose schema has the path.
  Result<Value> find(const Value& structure, const weir_schema* schema, bool with_default) const {
    Value here = structure;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const bool last = i + 1 == steps_.size();
      const std::size_t field = field_index(schema, steps_[i]);
      here = field_value(here, schema, field, !last || with_default);
      schema = schema->fields[field].schema;
      if (last || here.is_null()) {
        return here;
      }
      if (auto done = require_struct(here, schema, "nested field access"); !done) {
        return done.error();
      }
    }
    return here;
  }

 private:
  std::vector<std::string> steps_;
};

}  // namespace weir::transforms::connect
