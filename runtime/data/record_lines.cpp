#include <runtime/data/record_lines.hpp>

#include <weir/arena.hpp>
#include <weir/java_text.hpp>
#include <weir/json.hpp>

namespace weir::runtime::data {
namespace {

bool is_utf8(std::string_view s) {
  const char* const end = s.data() + s.size();
  for (const char* p = s.data(); p < end;) {
    const bool surrogate = static_cast<unsigned char>(*p) == 0xed && end - p >= 2 && static_cast<unsigned char>(p[1]) >= 0xa0;
    const char* next = json::detail::utf8_next(p, end);
    if (next == nullptr || surrogate) {
      return false;
    }
    p = next;
  }
  return true;
}

Result<RecordLine::Bytes> decoded(const Value& text, std::string_view what) {
  if (text.is_string()) {
    if (auto bytes = java::parse_base64(text.text())) {
      return RecordLine::Bytes(std::move(bytes));
    }
  }
  return bad_record(std::string(what) + " is not base64");
}

Result<RecordLine::Bytes> bytes_member(const Value& object, const std::string& name) {
  if (const Value* encoded = object.find(name + "_base64"); encoded != nullptr) {
    return decoded(*encoded, name + "_base64");
  }
  const Value* text = object.find(name);
  if (text == nullptr || text->is_null()) {
    return RecordLine::Bytes();
  }
  if (!text->is_string()) {
    return bad_record(name + " must be a text or null");
  }
  return RecordLine::Bytes(std::string(text->text()));
}

Result<std::optional<std::int64_t>> number_member(const Value& object, std::string_view name) {
  const Value* v = object.find(name);
  if (v == nullptr || v->is_null()) {
    return std::optional<std::int64_t>();
  }
  if (!v->is(Kind::int64)) {
    return bad_record(std::string(name) + " must be a whole number");
  }
  return std::optional(v->as_integer());
}

Result<void> read_headers(const Value& list, RecordLine& out) {
  if (list.is_null()) {
    return {};
  }
  if (!list.is_array()) {
    return bad_record("headers must be an array of [name, text]");
  }
  for (const Value& pair : list.items()) {
    if (!pair.is_array() || pair.count != 2 || !pair.items()[0].is_string()) {
      return bad_record("a header must be [name, text]");
    }
    const Value& value = pair.items()[1];
    RecordLine::Bytes bytes;
    if (value.is_string()) {
      bytes = std::string(value.text());
    } else if (value.is_object() && value.find("base64") != nullptr) {
      auto raw = decoded(*value.find("base64"), "a header's base64");
      if (!raw) {
        return raw.error();
      }
      bytes = *std::move(raw);
    } else if (!value.is_null()) {
      return bad_record("a header's value must be a text, null, or {\"base64\":...}");
    }
    out.headers.emplace_back(std::string(pair.items()[0].text()), std::move(bytes));
  }
  return {};
}

void write_bytes(json::detail::StringWriter& out, std::string_view name, const RecordLine::Bytes& bytes) {
  const bool text = !bytes || is_utf8(*bytes);
  out.raw(",\"");
  out.raw(name);
  out.raw(text ? "\":" : "_base64\":");
  if (!bytes) {
    out.raw("null");
  } else {
    text ? out.string(*bytes) : out.base64(*bytes);
  }
}

}  // namespace

Result<RecordLine> read_record_line(std::string_view line) {
  OwnedArena memory;
  auto object = json::read(line, memory.view(), {.reject_trailing = true});
  if (!object) {
    return object.error();
  }
  const Value* topic = object->is_object() ? object->find("topic") : nullptr;
  if (topic == nullptr || !topic->is_string()) {
    return bad_record("a record must be an object with a topic");
  }
  RecordLine out;
  out.topic = std::string(topic->text());
  auto partition = number_member(*object, "partition");
  auto offset = number_member(*object, "offset");
  auto timestamp = number_member(*object, "timestamp");
  auto key = bytes_member(*object, "key");
  auto value = bytes_member(*object, "value");
  const Error* wrong = !partition   ? &partition.error()
                       : !offset    ? &offset.error()
                       : !timestamp ? &timestamp.error()
                       : !key       ? &key.error()
                       : !value     ? &value.error()
                                    : nullptr;
  if (wrong != nullptr) {
    return *wrong;
  }
  const std::int64_t number = partition->value_or(0);
  if (number < 0 || number > INT32_MAX) {
    return bad_record("partition is out of range");
  }
  out.partition = static_cast<std::int32_t>(number);
  out.offset = offset->value_or(0);
  out.timestamp = *timestamp;
  out.key = *std::move(key);
  out.value = *std::move(value);
  if (const Value* headers = object->find("headers"); headers != nullptr) {
    if (auto done = read_headers(*headers, out); !done) {
      return done.error();
    }
  }
  return out;
}

std::string write_record_line(const RecordLine& record) {
  std::string line;
  json::detail::StringWriter out{json::detail::StringBuffer(line)};
  out.raw("{\"topic\":");
  out.string(record.topic);
  if (record.partition) {
    out.raw(",\"partition\":");
    out.integer(*record.partition);
  }
  if (record.timestamp) {
    out.raw(",\"timestamp\":");
    out.integer(*record.timestamp);
  }
  write_bytes(out, "key", record.key);
  write_bytes(out, "value", record.value);
  out.raw(",\"headers\":[");
  bool first = true;
  for (const auto& [name, bytes] : record.headers) {
    out.raw(first ? "[" : ",[");
    first = false;
    out.string(name);
    out.put(',');
    if (!bytes) {
      out.raw("null");
    } else if (is_utf8(*bytes)) {
      out.string(*bytes);
    } else {
      out.raw("{\"base64\":");
      out.base64(*bytes);
      out.put('}');
    }
    out.put(']');
  }
  out.raw("]}");
  (void)out.finish();
  return line;
}

std::string write_dropped_line() { return "{\"dropped\":true}"; }

std::string write_error_line(std::string_view stage, std::string_view message) {
  std::string line;
  json::detail::StringWriter out{json::detail::StringBuffer(line)};
  out.raw("{\"error\":");
  out.string(stage);
  out.raw(",\"message\":");
  out.string(message);
  out.put('}');
  (void)out.finish();
  return line;
}

}  // namespace weir::runtime::data
