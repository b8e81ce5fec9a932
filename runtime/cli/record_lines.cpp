#include "runtime/cli/record_lines.hpp"

#include <charconv>
#include <weir/java_text.hpp>

#include "runtime/http/json.hpp"
#include "runtime/http/utf8.hpp"

namespace weir::runtime::cli {
namespace {

using http::Json;

template <class T>
bool read_number(const Json& value, T& out) {
  const auto [end, ec] =
      std::from_chars(value.text.data(), value.text.data() + value.text.size(), out);
  return value.kind == Json::Kind::number && ec == std::errc{} &&
         end == value.text.data() + value.text.size();
}

Result<Bytes> decode_base64(const Json& value, std::string_view what) {
  auto bytes = value.kind == Json::Kind::text ? java::parse_base64(value.text) : std::nullopt;
  if (!bytes) {
    return bad_record("\"" + std::string(what) + "\" is not base64");
  }
  return Bytes(std::move(*bytes));
}

/// The text of the bytes; what is not a string stands for its JSON.
Bytes text_bytes(const Json& value) {
  if (value.is_null()) {
    return std::nullopt;
  }
  return value.is_scalar() ? value.text : value.dump();
}

Result<std::pair<std::string, Bytes>> read_header(const Json& item) {
  if (!item.is_array() || item.items.size() != 2 || item.items[0].kind != Json::Kind::text) {
    return bad_record("each of \"headers\" must be [name, text or null]");
  }
  const Json& value = item.items[1];
  if (value.is_object() && value.members.size() == 1 && value.members[0].first == "base64") {
    auto bytes = decode_base64(value.members[0].second, "base64");
    if (!bytes) {
      return bytes.error();
    }
    return std::pair(item.items[0].text, std::move(*bytes));
  }
  return std::pair(item.items[0].text, text_bytes(value));
}

}  // namespace

Result<LineRecord> parse_record_line(const std::string& line) {
  const auto json = http::parse_json(line);
  if (!json) {
    return bad_record("not JSON: " + json.error().message);
  }
  if (!json->is_object()) {
    return bad_record("not a JSON object");
  }
  LineRecord out;
  bool has_topic = false;
  for (const auto& [name, value] : json->members) {
    bool fine = true;
    if (name == "topic") {
      fine = has_topic = value.kind == Json::Kind::text;
      out.topic = value.text;
    } else if (name == "partition") {
      fine = value.is_null() || read_number(value, out.partition);
    } else if (name == "offset") {
      fine = value.is_null() || read_number(value, out.offset);
    } else if (name == "timestamp") {
      if (!value.is_null()) {
        fine = read_number(value, out.timestamp.emplace());
      }
    } else if (name == "key") {
      out.key = text_bytes(value);
    } else if (name == "value") {
      out.value = text_bytes(value);
    } else if (name == "key_base64" || name == "value_base64") {
      auto bytes = decode_base64(value, name);
      if (!bytes) {
        return bytes.error();
      }
      (name == "key_base64" ? out.key : out.value) = std::move(*bytes);
    } else if (name == "headers") {
      if (!value.is_array() && !value.is_null()) {
        return bad_record(R"("headers" must be a list: [["name","text"],...])");
      }
      for (const Json& item : value.items) {
        auto header = read_header(item);
        if (!header) {
          return header.error();
        }
        out.headers.push_back(std::move(*header));
      }
    } else {
      return bad_record("unknown member \"" + name + "\"");
    }
    if (!fine) {
      return bad_record("\"" + name + "\" has the wrong type or is out of range");
    }
  }
  if (!has_topic) {
    return bad_record("\"topic\" is missing");
  }
  return out;
}

void write_bytes(http::JsonWriter& out, const std::string& name,
                 std::optional<std::string_view> bytes) {
  if (!bytes) {
    out.key(name).null();
  } else if (http::is_utf8(*bytes)) {
    out.member(name, *bytes);
  } else {
    out.member(name + "_base64", java::base64(*bytes));
  }
}

void write_header(http::JsonWriter& out, std::string_view name,
                  std::optional<std::string_view> bytes) {
  out.begin_array().text(name);
  if (!bytes) {
    out.null();
  } else if (http::is_utf8(*bytes)) {
    out.text(*bytes);
  } else {
    out.begin_object().member("base64", java::base64(*bytes)).end_object();
  }
  out.end_array();
}

}  // namespace weir::runtime::cli
