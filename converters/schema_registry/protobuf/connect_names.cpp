#include "connect_names.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr char lower(char c) noexcept { return is_upper(c) ? static_cast<char>(c + 32) : c; }
constexpr char upper(char c) noexcept { return is_lower(c) ? static_cast<char>(c - 32) : c; }
constexpr std::string_view kEntry = "Entry";

}  // namespace

Logical logical_of(const pb::Descriptor& message) noexcept {
  const std::string& name = message.full_name();
  return name == kDecimalType     ? Logical::decimal
         : name == kDateType      ? Logical::date
         : name == kTimeType      ? Logical::time
         : name == kTimestampType ? Logical::timestamp
                                  : Logical::none;
}

Logical logical_of(const weir_schema& schema) noexcept {
  const std::string_view name = text_of(schema.name);
  return name == kDecimalName     ? Logical::decimal
         : name == kDateName      ? Logical::date
         : name == kTimeName      ? Logical::time
         : name == kTimestampName ? Logical::timestamp
                                  : Logical::none;
}

Kind wrapped_kind(const pb::Descriptor& message) noexcept {
  std::string_view name = message.full_name();
  constexpr std::string_view kPackage = "google.protobuf.";
  if (!name.starts_with(kPackage) || !name.ends_with("Value")) {
    return Kind::null;
  }
  name = name.substr(kPackage.size(), name.size() - kPackage.size() - 5);
  return name == "Double"                                          ? Kind::float64
         : name == "Float"                                         ? Kind::float32
         : name == "Int64" || name == "UInt64" || name == "UInt32" ? Kind::int64
         : name == "Int32"                                         ? Kind::int32
         : name == "Bool"                                          ? Kind::boolean
         : name == "String"                                        ? Kind::string
         : name == "Bytes"                                         ? Kind::bytes
                                                                   : Kind::null;
}

bool is_map(const pb::FieldDescriptor& field) noexcept {
  if (!field.is_repeated() || field.type() != pb::FieldDescriptor::TYPE_MESSAGE) {
    return false;
  }
  const pb::Descriptor& entry = *field.message_type();
  return std::string_view(entry.name()).ends_with(kEntry) && entry.field_count() == 2 &&
         entry.field(0)->name() == "key" && entry.field(1)->name() == "value" &&
         !entry.field(0)->is_repeated() && !entry.field(1)->is_repeated();
}

std::string map_entry_name(std::string_view name) {
  std::string out;
  if (name.find('_') == std::string_view::npos) {
    out = name;
  } else {
    bool first = true;
    for (const char c : name) {
      if (c != '_') {
        out += first ? upper(c) : lower(c);
      }
      first = c == '_';
    }
  }
  return out += kEntry;
}

std::string map_field_name(std::string_view entry_name) {
  const std::size_t dot = entry_name.rfind('.');
  std::string out(entry_name.substr(0, dot == std::string_view::npos ? 0 : dot + 1));
  std::string_view last = entry_name.substr(out.size());
  if (!last.ends_with(kEntry)) {
    return std::string(entry_name);
  }
  last.remove_suffix(kEntry.size());
  for (std::size_t i = 0; i < last.size(); ++i) {
    if (i > 0 && is_upper(last[i])) {
      out += '_';
    }
    out += lower(last[i]);
  }
  return out;
}

std::string union_field_name(const pb::OneofDescriptor& oneof, const DataOptions& options) {
  return options.generate_index_for_unions ? oneof.name() + "_" + std::to_string(oneof.index())
                                           : oneof.name();
}

bool is_union(const weir_schema& schema) noexcept {
  return schema.type == WEIR_KIND_STRUCT && (text_of(schema.name).starts_with(kUnionName) ||
                                             parameter(schema, kGeneralUnion) != nullptr);
}

const weir_bytes* parameter(const weir_schema& schema, std::string_view name) noexcept {
  for (std::size_t i = 0; i < schema.parameter_count; ++i) {
    if (text_of(schema.parameters[i].key) == name) {
      return &schema.parameters[i].value;
    }
  }
  return nullptr;
}

std::string scrub_name(std::string_view name) {
  bool fine = !name.empty() && !is_digit(name[0]) && name[0] != '_';
  for (const char c : name) {
    fine = fine && (is_upper(c) || is_lower(c) || is_digit(c) || c == '_');
  }
  if (fine || name.empty()) {
    return std::string(name);
  }
  std::string out;
  for (const char c : name) {
    if (is_upper(c) || is_lower(c) || is_digit(c) || c == '_') {
      out += c;
    } else if (c == ' ' || c == '.' || c == '-' || c == '*') {
      out += '_';  // as URLEncoder leaves one character for them
    } else {
      constexpr char kHex[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += {'_', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return is_digit(out[0]) || out[0] == '_' ? "x" + out : out;
}

}  // namespace weir::converters::schema_registry::protobuf
