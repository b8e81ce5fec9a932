// A worker without Kafka: connectors in a map, Kafka Connect's texts.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/worker/facade.hpp"

namespace weir::runtime::http {

using worker::ApiError;
using worker::ApiResult;

class FakeWorker : public worker::Facade {
 public:
  struct Entry {
    worker::Config config;
    std::string state{"RUNNING"};
    worker::Offsets offsets;
  };

  std::atomic<bool> is_ready{true};
  std::atomic<worker::HealthStatus> health_status{worker::HealthStatus::healthy};
  std::string stage_text;
  std::function<void()> before_create = [] {};  // called by create and validate: to block or throw
  std::vector<std::string> calls;               // what was changed
  worker::Warnings warnings;

  worker::ServerInfo server_info() const override {
    return {"4.1.0", "abc123", "cluster-1", "0.1.0"};
  }
  worker::Health health() const override { return {health_status, ""}; }
  bool ready() const noexcept override { return is_ready; }
  std::string stage() const override { return stage_text; }

  ApiResult<std::vector<worker::PluginInfo>> plugins(bool connectors_only) override {
    std::vector<worker::PluginInfo> out{{"FileSink", "sink", "1.0"},
                                        {"datagen", "source", std::nullopt}};
    if (!connectors_only) {
      out.push_back({"receipt", "transformation", "2.0"});
    }
    return out;
  }
  ApiResult<std::vector<worker::ConfigKeyInfo>> plugin_config(const std::string& plugin,
                                                              const std::string& version) override {
    if (plugin != "FileSink") {
      return ApiError{404, "Unknown plugin " + plugin + "."};
    }
    if (!version.empty() && version != "latest") {
      return ApiError{400, "bad version"};
    }
    worker::ConfigKeyInfo key;
    key.name = "file";
    key.documentation = "Where lines go.";
    key.display_name = "file";
    return std::vector{key};
  }
  ApiResult<worker::Validation> validate(const std::string& plugin,
                                         const worker::ConfigInput& config) override {
    before_create();
    worker::Validation out;
    out.name = plugin;
    out.groups = {"Common"};
    for (const auto& [key, value] : config) {
      worker::ValidatedKey item;
      item.value.name = key;
      item.value.value = value;
      if (!value) {
        item.value.errors.push_back("Null value can not be supplied as the configuration value.");
        ++out.error_count;
      }
      if (key == "name") {
        item.definition.emplace();
        item.definition->name = "name";
        item.definition->group = "Common";
        item.definition->order = 1;
      }
      out.configs.push_back(item);
    }
    out.warnings = warnings;
    return out;
  }

  ApiResult<std::vector<std::string>> connectors() override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, entry] : entries_) {
      out.push_back(name);
    }
    return out;
  }
  ApiResult<worker::ConnectorChange> create(const std::string& name,
                                            const worker::ConfigInput& config,
                                            worker::TargetState state) override {
    before_create();
    {
      const std::lock_guard lock(mutex_);
      if (entries_.count(name) != 0) {
        return ApiError{409, "Connector " + name + " already exists"};
      }
    }
    auto change = put_config(name, config);
    if (change) {
      const std::lock_guard lock(mutex_);
      entries_[name].state = state == worker::TargetState::started  ? "RUNNING"
                             : state == worker::TargetState::paused ? "PAUSED"
                                                                    : "STOPPED";
    }
    return change;
  }
  ApiResult<worker::ConnectorInfo> info(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    if (it == entries_.end()) {
      return not_found(name);
    }
    return info_of(name, it->second);
  }
  ApiResult<worker::Config> config(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    return it == entries_.end() ? ApiResult<worker::Config>(not_found(name)) : it->second.config;
  }
  ApiResult<worker::ConnectorChange> put_config(const std::string& name,
                                                const worker::ConfigInput& config) override {
    worker::Config flat;
    for (const auto& [key, value] : config) {
      if (!value) {
        return ApiError{400, "Null value can not be supplied as the configuration value."};
      }
      flat[key] = *value;
    }
    const std::lock_guard lock(mutex_);
    const bool created = entries_.count(name) == 0;
    entries_[name].config = flat;
    return worker::ConnectorChange{info_of(name, entries_[name]), created, warnings};
  }
  ApiResult<worker::ConnectorChange> patch_config(const std::string& name,
                                                  const worker::ConfigInput& changes) override {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    if (it == entries_.end()) {
      return not_found(name);
    }
    for (const auto& [key, value] : changes) {
      if (value) {
        it->second.config[key] = *value;
      } else {
        it->second.config.erase(key);
      }
    }
    return worker::ConnectorChange{info_of(name, it->second), false, warnings};
  }
  ApiResult<void> remove(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    return entries_.erase(name) == 0 ? ApiResult<void>(not_found(name)) : ApiResult<void>();
  }
  ApiResult<worker::ConnectorStatus> status(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    if (it == entries_.end()) {
      return ApiError{404, "No status found for connector " + name};
    }
    worker::ConnectorStatus out;
    out.name = name;
    out.state = it->second.state;
    out.worker_id = "127.0.0.1:8083";
    out.version = "1.0";
    out.type = "sink";
    worker::TaskStatus task;
    task.state = it->second.state;
    task.worker_id = out.worker_id;
    if (out.state == "FAILED") {
      task.trace = "boom\n";
      task.weir.last_error = worker::LastError{"TASK_PUT", "fatal", "boom", 1'700'000'000'123};
    }
    task.weir.lag = 5;
    task.weir.stalled = false;
    out.tasks.push_back(task);
    out.weir.health = "ok";
    out.weir.breaker = worker::BreakerInfo{"db", "OPEN", "timeout", 1'700'000'000'000, 20, 10};
    return out;
  }
  ApiResult<void> pause(const std::string& name) override { return target(name, "PAUSED"); }
  ApiResult<void> resume(const std::string& name) override { return target(name, "RUNNING"); }
  ApiResult<void> stop(const std::string& name) override { return target(name, "STOPPED"); }
  ApiResult<std::optional<worker::ConnectorStatus>> restart(const std::string& name,
                                                            bool include_tasks,
                                                            bool only_failed) override {
    auto plan = status(name);
    if (!plan) {
      return ApiError{404, "Unknown connector: " + name};
    }
    if (!include_tasks && !only_failed) {
      return std::optional<worker::ConnectorStatus>();
    }
    plan->state = only_failed ? plan->state : "RESTARTING";
    return std::optional(*plan);
  }
  ApiResult<std::vector<worker::TaskInfo>> tasks(const std::string& name) override {
    auto known = config(name);
    if (!known) {
      return known.error();
    }
    return std::vector{worker::TaskInfo{{name, 0}, {{"task.class", "T"}}}};
  }
  ApiResult<worker::TaskStatus> task_status(const std::string& name, int task) override {
    const auto all = status(name);
    if (!all || task != 0) {
      return ApiError{404, "No status found for task " + name + "-" + std::to_string(task)};
    }
    return all->tasks[0];
  }
  ApiResult<void> restart_task(const std::string& name, int task) override {
    if (!info(name)) {
      return ApiError{404, "Unknown connector: " + name};
    }
    if (task != 0) {
      return ApiError{404, "Unknown task: " + name + "-" + std::to_string(task)};
    }
    return {};
  }
  ApiResult<std::vector<std::string>> topics(const std::string& name) override {
    return info(name) ? std::vector<std::string>{"t1"} : std::vector<std::string>{};
  }
  ApiResult<void> reset_topics(const std::string&) override { return {}; }
  ApiResult<worker::Offsets> offsets(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    return it == entries_.end() ? ApiResult<worker::Offsets>(not_found(name)) : it->second.offsets;
  }
  ApiResult<std::string> alter_offsets(const std::string& name,
                                       const worker::Offsets& offsets) override {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    if (it == entries_.end()) {
      return not_found(name);
    }
    it->second.offsets = offsets;
    return std::string("The offsets for this connector have been altered successfully");
  }
  ApiResult<std::string> reset_offsets(const std::string& name) override {
    if (!info(name)) {
      return not_found(name);
    }
    return std::string("The offsets for this connector have been reset successfully");
  }
  ApiResult<std::vector<worker::BreakerInfo>> breakers(const std::string& name) override {
    if (!info(name)) {
      return not_found(name);
    }
    return std::vector{worker::BreakerInfo{"db", breaker_state_, "", 0, 3, 1}};
  }
  ApiResult<worker::BreakerInfo> breaker(const std::string& name,
                                         const std::string& breaker) override {
    auto all = breakers(name);
    if (!all) {
      return all.error();
    }
    if (breaker != "db") {
      return ApiError{404, "Breaker " + breaker + " of connector " + name + " not found"};
    }
    return (*all)[0];
  }
  ApiResult<worker::BreakerInfo> set_breaker(const std::string& name, const std::string& which,
                                             const std::string& state) override {
    if (state != "FORCED_OPEN" && state != "CLOSED" && state != "DISABLED") {
      return ApiError{400, "no such state: " + state};
    }
    breaker_state_ = state;
    return breaker(name, which);
  }
  ApiResult<void> set_cluster_log_level(const std::string& logger,
                                        const std::string& level) override {
    const std::lock_guard lock(mutex_);
    calls.push_back(logger + "=" + level);
    return {};
  }

  void set_state(const std::string& name, const std::string& state) {
    entries_[name].state = state;
  }

 private:
  static ApiError not_found(const std::string& name) {
    return {404, "Connector " + name + " not found"};
  }
  static worker::ConnectorInfo info_of(const std::string& name, const Entry& entry) {
    return {name, entry.config, {{name, 0}}, "sink"};
  }
  ApiResult<void> target(const std::string& name, const std::string& state) {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(name);
    if (it == entries_.end()) {
      return ApiError{404, "Unknown connector " + name};
    }
    it->second.state = state;
    return {};
  }

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::string breaker_state_{"CLOSED"};
};

}  // namespace weir::runtime::http
