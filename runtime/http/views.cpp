#include "runtime/http/views.hpp"

#include <fmt/format.h>

#include <ctime>

namespace weir::runtime::http {
namespace {

void write_breaker_core(JsonWriter& out, const worker::BreakerInfo& breaker) {
  out.member("name", breaker.name).member("state", breaker.state);
  if (!breaker.reason.empty()) {
    out.member("reason", breaker.reason);
  }
  if (breaker.since_ms != 0) {
    out.member("since", instant_text(breaker.since_ms));
  }
}

void write_weir(JsonWriter& out, const worker::WeirStatus& weir) {
  if (weir.empty()) {
    return;
  }
  out.key("weir").begin_object();
  if (weir.health) {
    out.member("health", *weir.health);
  }
  if (weir.breaker) {
    out.key("breaker").begin_object();
    write_breaker_core(out, *weir.breaker);
    out.end_object();
  }
  if (weir.stalled) {
    out.member("stalled", *weir.stalled);
  }
  if (weir.lag) {
    out.member("lag", *weir.lag);
  }
  if (weir.last_error) {
    const worker::LastError& error = *weir.last_error;
    out.key("last_error").begin_object();
    if (!error.stage.empty()) {
      out.member("stage", error.stage);
    }
    out.member("code", error.code).member("message", error.message);
    if (error.at_ms != 0) {
      out.member("at", instant_text(error.at_ms));
    }
    out.end_object();
  }
  out.end_object();
}

/// state, worker_id, trace, version: the same for a connector and a task.
template <class Status>
void write_state(JsonWriter& out, const Status& status) {
  out.member("state", status.state).member("worker_id", status.worker_id);
  if (status.version) {
    out.member("version", *status.version);
  }
  if (!status.trace.empty()) {
    out.member("trace", status.trace);
  }
}

void write(JsonWriter& out, const worker::ConfigValueInfo& value) {
  out.begin_object().member("name", value.name);
  out.key("value").text_or_null(value.value);
  out.key("recommended_values");
  http::write(out, value.recommended_values);
  out.key("errors");
  http::write(out, value.errors);
  out.member("visible", value.visible).end_object();
}

}  // namespace

std::string instant_text(std::int64_t ms_since_1970) {
  const std::int64_t ms = ((ms_since_1970 % 1000) + 1000) % 1000;
  const std::time_t seconds = (ms_since_1970 - ms) / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ms);
}

void write(JsonWriter& out, std::string_view text) { out.text(text); }

void write(JsonWriter& out, const worker::ServerInfo& info) {
  out.begin_object().member("version", info.version).member("commit", info.commit);
  out.key("kafka_cluster_id").text_or_null(info.kafka_cluster_id);
  out.key("weir").begin_object().member("version", info.weir_version).end_object();
  out.end_object();
}

void write(JsonWriter& out, const worker::Config& config) {
  out.begin_object();
  for (const auto& [key, value] : config) {
    out.member(key, value);
  }
  out.end_object();
}

void write(JsonWriter& out, const worker::TaskId& id) {
  out.begin_object().member("connector", id.connector).member("task", id.task).end_object();
}

void write(JsonWriter& out, const worker::ConnectorInfo& info) {
  out.begin_object().member("name", info.name).key("config");
  write(out, info.config);
  out.key("tasks").begin_array();
  for (const auto& id : info.tasks) {
    write(out, id);
  }
  out.end_array().member("type", info.type).end_object();
}

void write(JsonWriter& out, const worker::TaskStatus& status) {
  out.begin_object().member("id", status.id);
  write_state(out, status);
  write_weir(out, status.weir);
  out.end_object();
}

void write(JsonWriter& out, const worker::ConnectorStatus& status) {
  out.begin_object().member("name", status.name).key("connector").begin_object();
  write_state(out, status);
  out.end_object().key("tasks");
  write(out, status.tasks);
  out.member("type", status.type);
  write_weir(out, status.weir);
  out.end_object();
}

void write(JsonWriter& out, const worker::TaskInfo& task) {
  out.begin_object().key("id");
  write(out, task.id);
  out.key("config");
  write(out, task.config);
  out.end_object();
}

void write(JsonWriter& out, const worker::OffsetEntry& entry) {
  out.begin_object().key("partition").raw(entry.partition);
  out.key("offset").raw(entry.offset ? std::string_view(*entry.offset) : "null").end_object();
}

void write(JsonWriter& out, const worker::PluginInfo& plugin) {
  out.begin_object().member("class", plugin.class_name).member("type", plugin.type);
  if (plugin.version) {
    out.member("version", *plugin.version);
  }
  out.end_object();
}

void write(JsonWriter& out, const worker::ConfigKeyInfo& key) {
  out.begin_object().member("name", key.name).member("type", key.type);
  out.member("required", key.required);
  out.key("default_value").text_or_null(key.default_value);
  out.member("importance", key.importance).member("documentation", key.documentation);
  out.key("group").text_or_null(key.group);
  out.member("width", key.width).member("display_name", key.display_name);
  out.key("dependents");
  write(out, key.dependents);
  out.member("order", key.order).end_object();
}

void write(JsonWriter& out, const worker::Validation& validation) {
  out.begin_object().member("name", validation.name);
  out.member("error_count", validation.error_count);
  out.key("groups");
  write(out, validation.groups);
  out.key("configs").begin_array();
  for (const worker::ValidatedKey& key : validation.configs) {
    out.begin_object().key("definition");
    if (key.definition) {
      write(out, *key.definition);
    } else {
      out.null();
    }
    out.key("value");
    write(out, key.value);
    out.end_object();
  }
  out.end_array().end_object();
}

void write(JsonWriter& out, const worker::BreakerInfo& breaker) {
  out.begin_object();
  write_breaker_core(out, breaker);
  out.member("calls", breaker.calls).member("failures", breaker.failures).end_object();
}

}  // namespace weir::runtime::http
