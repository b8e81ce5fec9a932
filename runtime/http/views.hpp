// The facade's structs as Kafka Connect's JSON; Weir's additions in a last member `weir`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/json_writer.hpp"
#include "runtime/worker/facade.hpp"

namespace weir::runtime::http {

void write(JsonWriter& out, const worker::ServerInfo& info);
void write(JsonWriter& out, const worker::Config& config);
void write(JsonWriter& out, const worker::ConnectorInfo& info);
void write(JsonWriter& out, const worker::TaskStatus& status);
void write(JsonWriter& out, const worker::ConnectorStatus& status);
void write(JsonWriter& out, const worker::TaskInfo& task);
void write(JsonWriter& out, const worker::OffsetEntry& entry);
void write(JsonWriter& out, const worker::PluginInfo& plugin);
void write(JsonWriter& out, const worker::ConfigKeyInfo& key);
void write(JsonWriter& out, const worker::Validation& validation);
void write(JsonWriter& out, const worker::BreakerInfo& breaker);
void write(JsonWriter& out, std::string_view text);

template <class T>
void write(JsonWriter& out, const std::vector<T>& items) {
  out.begin_array();
  for (const T& item : items) {
    write(out, item);
  }
  out.end_array();
}

template <class T>
std::string to_json(const T& value) {
  JsonWriter out;
  write(out, value);
  return out.take();
}

/// "2026-01-31T09:30:00.123Z".
std::string instant_text(std::int64_t ms_since_1970);

}  // namespace weir::runtime::http
