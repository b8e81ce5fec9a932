#include "runtime/cli/record_view.hpp"

#include <weir/connect_text.hpp>
#include <weir/json.hpp>

namespace weir::runtime::cli {
namespace {

constexpr int kDeep = 4;
constexpr std::uint32_t kMany = 30;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

std::string of_schema(const weir_schema& schema, int depth) {
  std::string out;
  const std::string_view name = text_of(schema.name);
  if (!name.empty()) {
    out.append(name.substr(name.rfind('.') + 1)).append(" ");
  }
  if (depth > kDeep) {
    out += "...";
  } else if (schema.type == WEIR_KIND_STRUCT) {
    out += '{';
    for (std::size_t i = 0; i < schema.field_count; ++i) {
      out.append(i == 0 ? "" : ", ").append(text_of(schema.fields[i].name)).append(": ");
      out += of_schema(*schema.fields[i].schema, depth + 1);
    }
    out += '}';
  } else if (schema.type == WEIR_KIND_ARRAY && schema.values != nullptr) {
    out.append("[").append(of_schema(*schema.values, depth + 1)).append("]");
  } else if (schema.type == WEIR_KIND_MAP && schema.values != nullptr) {
    out.append("map of ").append(of_schema(*schema.values, depth + 1));
  } else {
    out += lower(connect::type_name(schema.type));
  }
  return out + ((schema.flags & WEIR_SCHEMA_OPTIONAL) != 0 ? "?" : "");
}

std::string of_value(const Value& value, int depth) {
  if (value.is_lazy()) {
    return *value.as.text == '[' ? "[...]" : "{...}";
  }
  if (value.is(Kind::map) || value.is(Kind::structure)) {
    if (depth > kDeep) {
      return "{...}";
    }
    std::string out = "{";
    for (std::uint32_t i = 0; i < value.count; ++i) {
      const Member& m = value.members()[i];
      if (i == kMany) {
        return out + ", ...}";
      }
      out += i == 0 ? "" : ", ";
      connect::append_java_string(out, m.name());
      out.append(": ").append(of_value(m.item(), depth + 1));
    }
    return out + "}";
  }
  if (value.is(Kind::array)) {
    return value.count == 0 ? "[]"
           : depth > kDeep  ? "[...]"
                            : "[" + of_value(value.items()[0], depth + 1) + "]";
  }
  return lower(connect::type_name(static_cast<std::uint32_t>(value.type())));
}

PartView view(const Value& value, const weir_schema* schema) {
  PartView out;
  json::write(value, out.json);
  out.type = type_of(value, schema);
  return out;
}

}  // namespace

std::string type_of(const Value& value, const weir_schema* schema) {
  return schema != nullptr ? of_schema(*schema, 0) : of_value(value, 0);
}

RecordView RecordView::of(Record record) {
  RecordView out;
  out.topic = record.topic();
  out.partition = record.partition();
  out.timestamp = record.timestamp();
  out.key = view(record.key(), record.c()->key_schema);
  out.value = view(record.value(), record.c()->value_schema);
  for (const Header& h : record.headers()) {
    out.headers.push_back({std::string(h.name_text()), view(h.item(), h.schema)});
  }
  return out;
}

std::vector<std::string> RecordView::differences(const RecordView& before) const {
  std::vector<std::string> out;
  const auto note = [&](const char* name, bool same) {
    if (!same) {
      out.emplace_back(name);
    }
  };
  note("topic", topic == before.topic);
  note("partition", partition == before.partition);
  note("timestamp", timestamp == before.timestamp);
  note("key", key == before.key);
  note("value", value == before.value);
  note("headers", headers == before.headers);
  return out;
}

void RecordView::write(http::JsonWriter& out) const {
  out.member("topic", topic);
  if (partition) {
    out.member("partition", *partition);
  }
  if (timestamp) {
    out.member("timestamp", *timestamp);
  }
  out.key("key").raw(key.json).member("key_type", key.type);
  out.key("value").raw(value.json).member("value_type", value.type);
  out.key("headers").begin_array();
  for (const HeaderView& h : headers) {
    out.begin_array().text(h.name).raw(h.value.json).text(h.value.type).end_array();
  }
  out.end_array();
}

}  // namespace weir::runtime::cli
