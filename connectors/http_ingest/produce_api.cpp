// The produce APIs of Confluent REST Proxy: requests to records, outcomes to answers.
#include <fmt/format.h>

#include <array>
#include <set>
#include <utility>
#include <weir/json.hpp>
#include <weir/json_schema/rfc3339.hpp>

#include "gateway.hpp"
#include "strict_json.hpp"

namespace weir::connectors::http_ingest {
namespace {

constexpr std::size_t kMaxBatchEntries = 1000;
constexpr json::ReadOptions kOneLevel{.max_depth = json::kMaxDepth, .lazy = true};

Answer refused(int status, int code, std::string_view why) {
  return error_answer(ErrorForm::rest_proxy, status, why, code);
}

std::optional<std::string> base64_decoded(std::string_view text) {
  auto digit = [](char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
  };
  while (!text.empty() && text.back() == '=') {
    text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) {
    return std::nullopt;
  }
  std::string out;
  out.reserve(text.size() * 3 / 4);
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    const int d = digit(c);
    if (d < 0) {
      return std::nullopt;
    }
    bits = (bits << 6) | static_cast<unsigned>(d);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xFF);
    }
  }
  return out;
}

/// The JSON text of a value that was read one level deep: what stood in the request.
std::string_view json_text(const Value& value, Arena arena) {
  return value.is_lazy() ? value.text() : json::write(value, arena);
}

/// Opens an object or array that was left as text.
bool open(Value& value, Arena arena) {
  if (value.is_lazy()) {
    auto opened = json::read(value.text(), arena, kOneLevel);
    if (!opened) {
      return false;
    }
    value = *opened;
  }
  return true;
}

const Value* member(const Value& object, std::string_view name) {
  const Value* found = object.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string record_error(std::size_t index, std::string_view why) {
  return fmt::format("records[{}]: {}", index, why);
}

int status_of(const OutRecord& record) {
  return record.code == Errc::bad_record ? 422 : record.code == Errc::retriable ? 503 : 500;
}
/// Confluent's codes: 50003 try again, 50002 do not.
int kafka_code(const OutRecord& record) { return record.code == Errc::retriable ? 50003 : 50002; }

/// Cuts texts that stand one behind the other, as the v3 API streams them; each is an object.
std::vector<std::string_view> split_objects(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t start = 0;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    in_string = c == '"';
    if (c == '{' || c == '[') {
      if (depth++ == 0) {
        start = out.empty() ? 0 : start;
      }
    } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
      out.push_back(text.substr(start, i + 1 - start));
      start = i + 1;
    }
  }
  if (detail::trim(text.substr(start)).size() > 0) {
    out.push_back(text.substr(start));
  }
  return out;
}

/// key or value of a v3 record.
struct Datum {
  std::optional<std::string_view> text;
  std::string_view type;
  std::string error;
};
Datum v3_datum(Value* part, Exchange& exchange, Arena arena) {
  Datum out;
  if (part == nullptr || part->is_null()) {
    return out;
  }
  if (!open(*part, arena) || !part->is_object()) {
    out.error = "is not an object with type and data";
    return out;
  }
  const Value* type = member(*part, "type");
  const Value* data = part->find("data");
  if (type == nullptr || !type->is_string()) {
    out.error = "names no type; BINARY, JSON and STRING are known, schemas of a registry are not";
    return out;
  }
  const bool absent = data == nullptr || data->is_null();
  if (type->text() == "JSON") {
    out.type = "JSON";
    out.text = exchange.keep(absent ? std::string_view("null") : json_text(*data, arena));
  } else if (type->text() == "STRING" || type->text() == "BINARY") {
    const bool binary = type->text() == "BINARY";
    out.type = binary ? "BINARY" : "STRING";
    if (absent) {
      return out;
    }
    auto decoded = !data->is_string() ? std::nullopt
                   : binary           ? base64_decoded(data->text())
                                      : std::optional(std::string(data->text()));
    if (!decoded) {
      out.error = binary ? "is not base64" : "is not a text";
      return out;
    }
    out.text = exchange.keep(std::move(*decoded));
  } else {
    out.error = fmt::format("has the unknown type {}", type->text());
  }
  return out;
}

/// A v3 record; an error leaves `record.message` set.
void read_v3(Value& source, OutRecord& record, Exchange& exchange, BodyKind kind, Arena arena) {
  auto fail = [&](std::string why) {
    record.refused = true;
    record.code = Errc::bad_record;
    record.message = std::move(why);
  };
  if (!open(source, arena) || !source.is_object()) {
    return fail("a record is an object");
  }
  if (const Value* partition = member(source, "partition_id")) {
    if (!partition->is_integer() || partition->as_integer() < 0 ||
        partition->as_integer() > INT32_MAX) {
      return fail("partition_id is not a partition");
    }
    record.partition = static_cast<std::int32_t>(partition->as_integer());
  }
  if (const Value* timestamp = member(source, "timestamp")) {
    record.timestamp = timestamp->is_string() ? json_schema::parse_date_time(timestamp->text()) : std::nullopt;
    if (!record.timestamp) {
      return fail("timestamp is not an RFC 3339 date-time");
    }
  }
  if (Value* headers = source.find("headers"); headers != nullptr && !headers->is_null()) {
    if (!open(*headers, arena) || !headers->is_array()) {
      return fail("headers is not an array");
    }
    for (Value& item : headers->items()) {
      const Value* name = open(item, arena) && item.is_object() ? member(item, "name") : nullptr;
      const Value* value = name == nullptr ? nullptr : member(item, "value");
      auto decoded = value == nullptr      ? std::optional(std::string())
                     : !value->is_string() ? std::nullopt
                                           : base64_decoded(value->text());
      if (name == nullptr || !name->is_string() || !decoded) {
        return fail("a header is {\"name\",\"value\": base64}");
      }
      const std::string_view kept = exchange.keep(name->text());
      record.headers.emplace_back(kept, exchange.keep(std::move(*decoded)));
    }
  }
  Datum key = v3_datum(source.find("key"), exchange, arena);
  Datum value = v3_datum(source.find("value"), exchange, arena);
  if (!key.error.empty() || !value.error.empty()) {
    return fail(key.error.empty() ? "value " + value.error : "key " + key.error);
  }
  record.key = key.text;
  record.key_type = key.type;
  record.value = value.text;
  record.value_type = value.type;
  record.kind = value.type == "JSON" ? kind : kind == BodyKind::json ? BodyKind::bytes : kind;
}

std::string v3_success(const OutRecord& record, std::string_view cluster_id,
                       std::string_view head) {
  auto part = [](std::string_view type, const std::optional<std::string_view>& text) {
    return type.empty()
               ? std::string("null")
               : fmt::format(R"({{"type":"{}","size":{}}})", type, text ? text->size() : 0);
  };
  return fmt::format(
      R"({{{},"cluster_id":{},"topic_name":"{}","partition_id":{},"offset":{},"timestamp":null,"key":{},"value":{}}})",
      head, quoted(cluster_id), record.topic, record.landed_partition, record.landed_offset,
      part(record.key_type, record.key), part(record.value_type, record.value));
}

}  // namespace

std::variant<Answer, std::shared_ptr<Exchange>> Gateway::accept_v2(
    const Admission& admission, std::shared_ptr<Exchange> exchange) {
  const auto strict =
      parse_strict(exchange->body, static_cast<std::size_t>(config_.max_json_depth) + 3);
  if (!strict) {
    return refused(400, 400, strict.error().message);
  }
  OwnedArena scratch;
  const Arena arena = scratch.view();
  auto document = json::read(exchange->body, arena, kOneLevel);
  Value* records = document && document->is_object() ? document->find("records") : nullptr;
  if (records == nullptr || !open(*records, arena) || !records->is_array()) {
    return refused(422, 42206, "The body has no list named records.");
  }
  if (records->count == 0) {
    return refused(422, 42208, "The list records is empty.");
  }
  for (std::size_t i = 0; i < records->items().size(); ++i) {
    Value& item = records->items()[i];
    if (!open(item, arena) || !item.is_object()) {
      return refused(422, 42206, record_error(i, "not an object"));
    }
    OutRecord record;
    record.partition = admission.partition;
    if (const Value* partition = member(item, "partition")) {
      if (!partition->is_integer() || partition->as_integer() < 0 ||
          partition->as_integer() > INT32_MAX) {
        return refused(422, 42206, record_error(i, "partition is not a number of a partition"));
      }
      record.partition = static_cast<std::int32_t>(partition->as_integer());
    }
    const std::array<std::pair<const char*, std::optional<std::string_view>*>, 2> parts{
        {{"key", &record.key}, {"value", &record.value}}};
    for (const auto& [name, target] : parts) {
      const Value* part = member(item, name);
      if (part == nullptr) {
        continue;
      }
      if (!admission.binary) {
        *target = exchange->keep(json_text(*part, arena));
        continue;
      }
      auto decoded = part->is_string() ? base64_decoded(part->text()) : std::nullopt;
      if (!decoded) {
        return refused(422, 42206, record_error(i, std::string(name) + " is not base64 text"));
      }
      *target = exchange->keep(std::move(*decoded));
    }
    record.kind = admission.binary && config_.value_format == BodyKind::json ? BodyKind::bytes
                                                                             : config_.value_format;
    if (record.value) {
      if (auto bad =
              check_value(admission.topic, *record.value, fmt::format("records[{}]/value", i))) {
        return std::move(*bad);
      }
    }
    exchange->records.push_back(std::move(record));
  }
  return exchange;
}

std::variant<Answer, std::shared_ptr<Exchange>> Gateway::accept_v3(
    const Admission& admission, std::shared_ptr<Exchange> exchange) {
  const auto depth = static_cast<std::size_t>(config_.max_json_depth) + 4;
  OwnedArena scratch;
  const Arena arena = scratch.view();
  const bool batch = admission.api == Api::v3_batch;
  std::vector<Value> sources;
  for (const std::string_view text :
       batch ? std::vector<std::string_view>{exchange->body} : split_objects(exchange->body)) {
    if (const auto strict = parse_strict(text, depth); !strict) {
      return refused(400, 400, strict.error().message);
    }
    auto value = json::read(text, arena, kOneLevel);
    if (!value) {
      return refused(400, 400, value.error().message);
    }
    sources.push_back(*value);
  }
  if (batch) {
    Value* entries = sources.front().is_object() ? sources.front().find("entries") : nullptr;
    if (entries == nullptr || !open(*entries, arena) || !entries->is_array() ||
        entries->count == 0) {
      return refused(422, 42208, "The body has no entries.");
    }
    if (entries->count > kMaxBatchEntries) {
      return refused(422, 42208, fmt::format("A batch has at most {} entries.", kMaxBatchEntries));
    }
    sources.assign(entries->items().begin(), entries->items().end());
  }
  if (sources.empty()) {
    return refused(400, 400, "The body is empty.");
  }
  std::set<std::string_view> ids;
  bool any = false;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    OutRecord record;
    read_v3(sources[i], record, *exchange, config_.value_format, arena);
    if (batch) {
      const Value* id = sources[i].is_object() ? member(sources[i], "id") : nullptr;
      if (id == nullptr || !id->is_string() || id->count == 0 || id->count > 80) {
        return refused(422, 42208, fmt::format("entries[{}] has no id of 1 to 80 characters.", i));
      }
      record.id = exchange->keep(id->text());
      if (!ids.insert(record.id).second) {
        return refused(422, 42208, fmt::format("The id {} stands twice.", record.id));
      }
    }
    if (!record.refused && record.value) {
      if (auto bad = check_value(admission.topic, *record.value, "value")) {
        record.refused = true;
        record.code = Errc::bad_record;
        record.message = "the value does not follow the topic's schema";
        if (!batch && sources.size() == 1) {
          return std::move(*bad);
        }
      }
    }
    if (record.refused && !batch && sources.size() == 1) {
      return refused(422, 42206, record.message);
    }
    any = any || !record.refused;
    exchange->records.push_back(std::move(record));
  }
  if (!any) {
    for (OutRecord& record : exchange->records) {
      record.topic = exchange->topic;
    }
    return answer(*exchange);
  }
  return exchange;
}

Answer v2_answer(const Exchange& exchange) {
  Answer answer;
  answer.content_type = "application/vnd.kafka.v2+json";
  std::string& body = answer.body;
  body = "{\"offsets\":[";
  for (std::size_t i = 0; i < exchange.records.size(); ++i) {
    const OutRecord& record = exchange.records[i];
    body += i == 0 ? "" : ",";
    if (record.code == Errc::ok) {
      body += fmt::format(R"({{"partition":{},"offset":{},"error_code":null,"error":null}})",
                          record.landed_partition, record.landed_offset);
    } else {
      body += fmt::format(R"({{"partition":null,"offset":null,"error_code":{},"error":{}}})",
                          kafka_code(record), quoted(record.message));
    }
  }
  body += "],\"key_schema_id\":null,\"value_schema_id\":null}";
  return answer;
}

Answer v3_records_answer(const Exchange& exchange, std::string_view cluster_id) {
  Answer answer;
  if (exchange.records.size() == 1 && exchange.records.front().code != Errc::ok) {
    const OutRecord& record = exchange.records.front();
    return record.code == Errc::retriable
               ? busy_answer(ErrorForm::rest_proxy, record.message)
               : refused(status_of(record), kafka_code(record), record.message);
  }
  for (const OutRecord& record : exchange.records) {
    if (record.code == Errc::ok) {
      answer.body += v3_success(record, cluster_id, "\"error_code\":200");
    } else {
      answer.body +=
          fmt::format(R"({{"error_code":{},"message":{}}})",
                      record.refused ? 42206 : kafka_code(record), quoted(record.message));
    }
    answer.body += exchange.records.size() > 1 ? "\n" : "";
  }
  return answer;
}

Answer v3_batch_answer(const Exchange& exchange, std::string_view cluster_id) {
  std::string successes;
  std::string failures;
  for (const OutRecord& record : exchange.records) {
    if (record.code == Errc::ok) {
      successes += (successes.empty() ? "" : ",") +
                   v3_success(record, cluster_id, "\"id\":" + quoted(record.id));
    } else {
      failures += fmt::format(R"({}{{"id":{},"error_code":{},"message":{}}})",
                              failures.empty() ? "" : ",", quoted(record.id),
                              record.refused ? 42206 : kafka_code(record), quoted(record.message));
    }
  }
  Answer answer;
  answer.status = 207;
  answer.body = "{\"successes\":[" + successes + "],\"failures\":[" + failures + "]}";
  return answer;
}

}  // namespace weir::connectors::http_ingest
