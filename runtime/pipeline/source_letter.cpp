#include "runtime/pipeline/source_letter.hpp"

#include <algorithm>
#include <weir/connect_text.hpp>
#include <weir/json.hpp>

namespace weir::runtime::pipeline {
namespace {

SourceLetter::Bytes bytes(const void* data, std::size_t size) {
  return data == nullptr ? std::nullopt
                         : SourceLetter::Bytes(std::string(static_cast<const char*>(data), size));
}

std::string json_of(const Value& value) {
  std::string out;
  json::write(value, out);
  return out;
}

SourceLetter::Bytes json_or_null(const Value& value) {
  return value.is_null() ? std::nullopt : SourceLetter::Bytes(json_of(value));
}

void append_schema(std::string& out, const weir_schema* schema) {
  if (schema == nullptr) {
    out += "null";
    return;
  }
  out += "Schema{";
  if (schema->name.data != nullptr) {
    out.append(text_of(schema->name)).append(":");
  }
  out += connect::type_name(schema->type);
  out += '}';
}

void append_value(std::string& out, weir_value raw, weir_arena* arena) {
  Value value(raw);
  if (json::expand_all(value, Arena(arena))) {
    connect::append_java_string(out, value);
  } else {
    out += json_of(Value(raw));
  }
}

}  // namespace

kafka::OutgoingRecord SourceLetter::record(std::string_view topic) const {
  kafka::OutgoingRecord out;
  out.topic = topic;
  out.key = key;
  out.value = value;
  out.timestamp = timestamp;
  return out;
}

kafka::Headers SourceLetter::kafka_headers() const {
  kafka::Headers out;
  for (const auto& [name, text] : headers) {
    out.add(name, text);
  }
  return out;
}

SourcePosition source_position(const weir_record& record) {
  SourcePosition out;
  if (record.source_partition.kind != WEIR_KIND_NULL) {
    out.partition = json_of(Value(record.source_partition));
  }
  if (record.source_offset.kind != WEIR_KIND_NULL) {
    out.offset = json_of(Value(record.source_offset));
  }
  return out;
}

SourceLetter letter_of(Record record) {
  SourceLetter out;
  out.key = json_or_null(record.key());
  out.value = json_or_null(record.value());
  out.timestamp = record.timestamp().value_or(0);
  for (const Header& h : record.headers()) {
    const Value& value = h.item();
    const bool text = value.is_string() || value.is_bytes();
    out.headers.emplace_back(h.name_text(),
                             text ? SourceLetter::Bytes(value.text()) : json_or_null(value));
  }
  return out;
}

SourceLetter letter_of(const rd_kafka_message_t& message) {
  SourceLetter out;
  out.key = bytes(message.key, message.key_len);
  out.value = bytes(message.payload, message.len);
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  out.timestamp = std::max<std::int64_t>(0, rd_kafka_message_timestamp(&message, &type));
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* data = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &data, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      out.headers.emplace_back(name, bytes(data, size));
    }
  }
  return out;
}

void add_context(SourceLetter& letter, const LetterOrigin& origin, const StageFailure& failure,
                 const SourcePosition& position) {
  for (auto& [name, value] : context_headers(origin, failure)) {
    letter.headers.emplace_back(std::move(name), std::move(value));
  }
  if (!position.partition.empty()) {
    letter.headers.emplace_back("weir.source.partition", position.partition);
  }
  if (!position.offset.empty()) {
    letter.headers.emplace_back("weir.source.offset", position.offset);
  }
}

SourceLetter without_bytes(SourceLetter letter) {
  const auto size = [](const SourceLetter::Bytes& b) {
    return b ? std::to_string(b->size()) : std::string("null");
  };
  letter.headers.emplace_back("weir.omitted",
                              "key=" + size(letter.key) + ",value=" + size(letter.value));
  letter.key.reset();
  letter.value.reset();
  return letter;
}

std::string source_record_text(const weir_record& record, weir_arena* arena) {
  std::string out = "SourceRecord{sourcePartition=";
  append_value(out, record.source_partition, arena);
  out += ", sourceOffset=";
  append_value(out, record.source_offset, arena);
  out.append("} ConnectRecord{topic='").append(text_of(record.topic)).append("', kafkaPartition=");
  out += record.partition == WEIR_NO_PARTITION ? "null" : std::to_string(record.partition);
  out += ", key=";
  append_value(out, record.key, arena);
  out += ", keySchema=";
  append_schema(out, record.key_schema);
  out += ", value=";
  append_value(out, record.value, arena);
  out += ", valueSchema=";
  append_schema(out, record.value_schema);
  out += ", timestamp=";
  out += record.timestamp == WEIR_NO_TIMESTAMP ? "null" : std::to_string(record.timestamp);
  out += ", headers=ConnectHeaders(headers=";
  for (std::uint32_t i = 0; i < record.header_count; ++i) {
    const weir_header& h = record.headers[i];
    out += i == 0 ? "[" : ", ";
    out.append("ConnectHeader(key=").append(text_of(h.name)).append(", value=");
    connect::append_text(out, Value(h.value), h.schema);
    out += ", schema=";
    append_schema(out, h.schema);
    out += ')';
  }
  out += record.header_count > 0 ? "]" : "";
  return out + ")}";
}

}  // namespace weir::runtime::pipeline
