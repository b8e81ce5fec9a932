#include "runtime/worker/views.hpp"

#include <algorithm>
#include <chrono>

namespace weir::runtime::worker {
namespace {

const char* importance(std::uint32_t value) {
  return value == WEIR_IMPORTANCE_HIGH ? "HIGH" : value == WEIR_IMPORTANCE_LOW ? "LOW" : "MEDIUM";
}
const char* width(std::uint32_t value) {
  return value == WEIR_WIDTH_LONG ? "LONG" : value == WEIR_WIDTH_MEDIUM ? "MEDIUM" : value == WEIR_WIDTH_SHORT ? "SHORT" : "NONE";
}

int severity(const BreakerInfo& breaker) {
  static constexpr const char* kOrder[] = {"DISABLED", "CLOSED", "HALF_OPEN", "OPEN", "FORCED_OPEN"};
  for (int i = 0; i < 5; ++i) {
    if (breaker.state == kOrder[i]) {
      return i;
    }
  }
  return 0;
}

}  // namespace

ConfigKeyInfo view(const plugin::ConfigKey& key) {
  ConfigKeyInfo out;
  out.name = key.name;
  out.type = std::string(weir::detail::type_name(key.type));
  out.required = key.required();
  out.default_value = key.default_value;
  if (key.type == WEIR_CONFIG_PASSWORD && out.default_value) {
    out.default_value = "[hidden]";
  }
  out.importance = importance(key.importance);
  out.documentation = key.documentation;
  if (!key.group.empty()) {
    out.group = key.group;
  }
  out.width = width(key.width);
  out.display_name = key.display_name.empty() ? key.name : key.display_name;
  out.order = key.group.empty() ? -1 : key.order;
  return out;
}

Validation view(const config::Validation& validation) {
  Validation out;
  out.name = validation.name;
  out.error_count = validation.error_count();
  out.groups = validation.groups;
  out.warnings = validation.warnings;
  for (const config::ValidatedKey& key : validation.configs) {
    ValidatedKey each;
    if (key.definition) {
      each.definition = view(*key.definition);
    }
    each.value = {key.name, key.value, key.recommended, key.errors, true};
    out.configs.push_back(std::move(each));
  }
  return out;
}

PluginInfo view(const plugin::Component& component) {
  return {component.class_name(), std::string(to_string(component.kind())),
          component.version().empty() ? std::nullopt : std::optional(component.version())};
}

BreakerInfo view(pipeline::Breaker& breaker) {
  const auto snapshot = breaker.snapshot();
  return {breaker.name(),
          std::string(to_string(snapshot.state)),
          snapshot.reason,
          std::chrono::duration_cast<std::chrono::milliseconds>(snapshot.since.time_since_epoch()).count(),
          static_cast<std::int64_t>(snapshot.calls),
          static_cast<std::int64_t>(snapshot.failures)};
}

TaskStatus view(int task, const state::Status& status) {
  TaskStatus out;
  out.id = task;
  out.state = status.state;
  out.worker_id = status.worker_id;
  out.version = status.version;
  out.trace = status.trace;
  return out;
}

state::TargetState stored_state(TargetState state) {
  switch (state) {
    case TargetState::started: return state::TargetState::started;
    case TargetState::paused: return state::TargetState::paused;
    case TargetState::stopped: return state::TargetState::stopped;
  }
  return state::TargetState::started;
}

void add_report(TaskStatus& task, const pipeline::TaskReport& report, pipeline::BreakerRegistry& breakers) {
  task.weir.lag = report.lag;
  if (report.stalled) {
    task.weir.stalled = true;
  }
  for (const std::string& name : report.breakers) {
    if (pipeline::Breaker* found = breakers.find(name)) {
      const BreakerInfo info = view(*found);
      if (!task.weir.breaker || severity(info) > severity(*task.weir.breaker)) {
        task.weir.breaker = info;
      }
    }
  }
  if (report.last_error_stage) {
    task.weir.last_error = LastError{*report.last_error_stage, report.last_error_code, report.last_error_message, report.last_error_ms};
  }
}

void summarise(ConnectorStatus& status) {
  bool failed = status.state == "FAILED";
  bool stalled = false;
  bool open = false;
  for (const TaskStatus& task : status.tasks) {
    failed = failed || task.state == "FAILED";
    stalled = stalled || task.weir.stalled.value_or(false);
    if (task.weir.breaker && (!status.weir.breaker || severity(*task.weir.breaker) > severity(*status.weir.breaker))) {
      status.weir.breaker = task.weir.breaker;
    }
    if (task.weir.lag) {
      status.weir.lag = status.weir.lag.value_or(0) + *task.weir.lag;
    }
    if (task.weir.last_error && (!status.weir.last_error || task.weir.last_error->at_ms > status.weir.last_error->at_ms)) {
      status.weir.last_error = task.weir.last_error;
    }
  }
  open = status.weir.breaker && severity(*status.weir.breaker) > 1;
  if (!status.tasks.empty()) {
    status.weir.stalled = stalled;
  }
  if (status.state == "RUNNING" || status.state == "FAILED") {
    status.weir.health = failed ? "failed" : open ? "breaker open" : stalled ? "stalled" : "healthy";
  }
}

}  // namespace weir::runtime::worker
