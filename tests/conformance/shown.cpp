#include "shown.hpp"

#include <algorithm>
#include <vector>
#include <weir/connect_text.hpp>

namespace weir::conformance {

std::string shown_type(const weir_schema* schema) {
  if (schema == nullptr) {
    return "-";
  }
  std::string out(connect::type_name(schema->type));
  if ((schema->flags & WEIR_SCHEMA_OPTIONAL) != 0) {
    out += '?';
  }
  if (schema->name.data != nullptr) {
    out.append("(").append(text_of(schema->name)).append(")");
  }
  if ((schema->flags & WEIR_SCHEMA_HAS_VERSION) != 0) {
    out.append("v").append(std::to_string(schema->version));
  }
  if (schema->type == WEIR_KIND_STRUCT) {
    out += '<';
    for (std::size_t i = 0; i < schema->field_count; ++i) {
      out.append(text_of(schema->fields[i].name)).append(":").append(shown_type(schema->fields[i].schema)).append(",");
    }
    out += '>';
  } else if (schema->type == WEIR_KIND_ARRAY) {
    out.append("<").append(shown_type(schema->values)).append(">");
  } else if (schema->type == WEIR_KIND_MAP) {
    out.append("<").append(shown_type(schema->keys)).append(",").append(shown_type(schema->values)).append(">");
  }
  for (std::size_t i = 0; i < schema->parameter_count; ++i) {
    out.append(i == 0 ? "{" : ",").append(text_of(schema->parameters[i].key)).append("=").append(text_of(schema->parameters[i].value));
  }
  out.append(schema->parameter_count > 0 ? "}" : "");
  if (schema->default_value != nullptr) {
    out.append("=dflt ").append(shown(Value(*schema->default_value), schema));
  }
  return out;
}

std::string shown(const Value& v, const weir_schema* schema) {
  switch (v.type()) {
    case Kind::null:
      return "null";
    case Kind::string:
      return "\"" + std::string(v.text()) + "\"";
    case Kind::timestamp:
      return "date:" + std::to_string(v.as_integer());
    case Kind::array: {
      std::string out = "[";
      for (const Value& item : v.items()) {
        out.append(out.size() > 1 ? ", " : "").append(shown(item, schema == nullptr ? nullptr : schema->values));
      }
      return out + "]";
    }
    case Kind::map: {
      std::vector<std::string> entries;
      for (const Member& m : v.members()) {
        std::string name;
        connect::append_java_string(name, m.name());
        entries.push_back(name + "=" + shown(m.item(), nullptr));
      }
      std::sort(entries.begin(), entries.end(), [](const std::string& a, const std::string& b) {
        return a.substr(0, a.find('=')) < b.substr(0, b.find('='));
      });
      std::string out = "Map{";
      for (const std::string& entry : entries) {
        out.append(out.size() > 4 ? ", " : "").append(entry);
      }
      return out + "}";
    }
    case Kind::structure: {
      std::string out = "Struct{";
      for (std::size_t i = 0; i < v.count; ++i) {
        const weir_schema* field = schema->fields[i].schema;
        out.append(v.members()[i].name().text()).append("=").append(shown(v.members()[i].item(), field));
        out.append((field->flags & WEIR_SCHEMA_OPTIONAL) != 0 ? "?," : ",");
      }
      return out + "}";
    }
    default: {
      const std::string_view name = connect::java_class(v);
      std::string out(name.substr(name.rfind('.') + 1));
      out += ':';
      connect::append_java_string(out, v);
      return out;
    }
  }
}

}  // namespace weir::conformance
