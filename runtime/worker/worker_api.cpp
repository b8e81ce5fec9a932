// The facade: what the REST API asks for. Offsets: worker_offsets.cpp.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "runtime/config/class_hint.hpp"
#include "runtime/config/connector_config.hpp"
#include "runtime/worker/parts.hpp"
#include "runtime/worker/views.hpp"
#include "runtime/worker/worker.hpp"

namespace weir::runtime::worker {
namespace {

constexpr std::string_view kKafkaConnectVersion = "4.1.0";

ApiError not_found(std::string message) { return {404, std::move(message)}; }

// The class as clients may write it, without a trailing "Connector".
std::string normalized(std::string_view name) {
  constexpr std::string_view kSuffix = "Connector";
  if (name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix) {
    name.remove_suffix(kSuffix.size());
  }
  return std::string(name);
}

ApiError write_failed(const Error& error) {
  return {error.code == Errc::retriable ? 500 : 409, error.code == Errc::retriable
                                                         ? "The change could not be written to Kafka: " + error.message
                                                         : "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"};
}

ApiError no_connector_class(const plugin::Registry& registry, int status, std::string_view prefix,
                            const std::string& name) {
  ApiError out{status, std::string(prefix) + registry.unknown_connector_text(name)};
  if (auto hint = config::class_hint(registry, plugin::Kind::sink, "connector.class", name)) {
    out.warnings.push_back(std::move(*hint));
  }
  return out;
}

}  // namespace

ServerInfo Worker::server_info() const {
  const std::lock_guard lock(mutex_);
  return {std::string(kKafkaConnectVersion), options_.commit, cluster_id_, options_.weir_version};
}

Health Worker::health() const {
  if (stopping_.load() || ended_.load()) {
    return {HealthStatus::draining, ""};
  }
  if (!ready()) {
    return {HealthStatus::starting, ""};
  }
  if (const std::size_t zombies = parts_->graveyard.size(); zombies > 0) {
    return {HealthStatus::unhealthy, fmt::format("{} task(s) did not stop when they should have", zombies)};
  }
  return {HealthStatus::healthy, ""};
}

std::optional<ApiError> Worker::not_ready() const {
  if (stopping_.load() || ended_.load()) {
    return ApiError{503, "The worker is shutting down"};
  }
  if (!ready()) {
    return ApiError{503, "Worker is still starting up."};
  }
  return std::nullopt;
}

ApiResult<const plugin::Registry*> Worker::wait_for_plugins() {
  std::unique_lock lock(mutex_);
  plugins_loaded_.wait_for(lock, std::chrono::seconds(60), [this] { return registry() != nullptr || ended_.load() || stopping_.load(); });
  if (registry() == nullptr) {
    return ApiError{503, "Worker is still starting up."};
  }
  return registry();
}

ApiResult<std::vector<PluginInfo>> Worker::plugins(bool connectors_only) {
  const auto loaded = wait_for_plugins();
  if (!loaded) {
    return loaded.error();
  }
  std::vector<PluginInfo> out;
  for (const plugin::Component* component : (*loaded)->list()) {
    if (!connectors_only || component->kind() == plugin::Kind::sink || component->kind() == plugin::Kind::source) {
      out.push_back(view(*component));
    }
  }
  return out;
}

ApiResult<std::vector<ConfigKeyInfo>> Worker::plugin_config(const std::string& plugin, const std::string& version) {
  const auto loaded = wait_for_plugins();
  if (!loaded) {
    return loaded.error();
  }
  const plugin::Component* component = (*loaded)->find_connector(plugin);
  for (const plugin::Kind kind :
       {plugin::Kind::transform, plugin::Kind::predicate, plugin::Kind::converter, plugin::Kind::header_converter}) {
    component = component == nullptr ? (*loaded)->find(kind, plugin) : component;
  }
  if (component == nullptr) {
    return not_found(fmt::format("Unknown plugin {}.", plugin));
  }
  if (!version.empty() && version != "latest" && version != component->version()) {
    return ApiError{400, fmt::format("Version {} of plugin {} is not available: {} is", version, plugin, component->version())};
  }
  std::vector<ConfigKeyInfo> out;
  if (component->kind() == plugin::Kind::sink || component->kind() == plugin::Kind::source) {
    const config::Validator validator(**loaded, options_.config);
    for (const auto& key : validator.validate(*component, {{"connector.class", plugin}}).configs) {
      if (key.definition) {
        out.push_back(view(*key.definition));
      }
    }
    return out;
  }
  for (const plugin::ConfigKey& key : component->keys()) {
    if (!key.is_prefix && key.alias_of.empty()) {
      out.push_back(view(key));
    }
  }
  return out;
}

ApiResult<Validation> Worker::validate(const std::string& plugin, const ConfigInput& config) {
  const auto loaded = wait_for_plugins();
  if (!loaded) {
    return loaded.error();
  }
  constexpr std::string_view kPrefix = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException: ";
  const auto cls = config.find("connector.class");
  if (cls == config.end() || !cls->second) {
    return ApiError{500, fmt::format("{}Connector config contains no connector type", kPrefix)};
  }
  const std::string& name = *cls->second;
  const plugin::Component* component = (*loaded)->find_connector(name);
  if (!normalized(name).ends_with(normalized(plugin)) &&
      (component == nullptr || (*loaded)->find_connector(plugin) != component)) {
    return ApiError{400, fmt::format("Included connector type {} does not match request type {}", name, plugin)};
  }
  if (component == nullptr) {
    return no_connector_class(**loaded, 500, kPrefix, name);
  }
  return view(config::Validator(**loaded, options_.config, options_.strict).validate(*component, config));
}

const plugin::Component* Worker::component_of(const Config& config) const {
  const auto cls = config.find("connector.class");
  return cls == config.end() ? nullptr : registry()->find_connector(weir::detail::trim(cls->second));
}

std::string Worker::type_of(const Config& config) const {
  const plugin::Component* component = component_of(config);
  return component == nullptr ? "unknown" : std::string(to_string(component->kind()));
}

ConnectorInfo Worker::make_info(const std::string& name, const Config& config, std::size_t tasks) const {
  ConnectorInfo out;
  out.name = name;
  out.config = config;
  out.type = type_of(config);
  for (std::size_t i = 0; i < tasks; ++i) {
    out.tasks.push_back({name, static_cast<int>(i)});
  }
  return out;
}

ApiResult<std::vector<std::string>> Worker::connectors() {
  if (auto wait = not_ready()) {
    return *wait;
  }
  std::vector<std::string> out;
  for (const auto& [name, connector] : parts_->configs->connectors()) {
    out.push_back(name);
  }
  return out;
}

ApiResult<config::Validation> Worker::check(const std::string& name, const ConfigInput& config) {
  const auto cls = config.find("connector.class");
  if (cls == config.end() || !cls->second) {
    std::string keys;
    for (const auto& [key, value] : config) {
      keys.append(keys.empty() ? "" : ", ").append(key);
    }
    return ApiError{400, fmt::format("Connector config {{{}}} contains no connector type", keys)};
  }
  const plugin::Component* component = registry()->find_connector(weir::detail::trim(*cls->second));
  if (component == nullptr) {
    return no_connector_class(*registry(), 400, "", *cls->second);
  }
  auto validation = parts_->validator->validate(*component, config);
  if (validation.error_count() > 0) {
    return ApiError{400, validation.error_text(), std::move(validation.warnings)};
  }
  for (const std::string& warning : validation.warnings) {
    spdlog::warn("[{}|worker] {}", name, warning);
  }
  return validation;
}

ApiResult<ConnectorChange> Worker::store(const std::string& name, const ConfigInput& input, std::optional<TargetState> initial_state,
                                         bool must_be_new) {
  const auto exists = [&] { return ApiError{409, fmt::format("Connector {} already exists", name)}; };
  auto checked = check(name, input);
  if (!checked) {
    return checked.error();
  }
  Config config;
  for (const auto& [key, value] : input) {
    if (value) {
      config[key] = *value;
    }
  }
  const std::lock_guard lock(change_mutex_);
  if (stopping_.load()) {
    return ApiError{503, "The worker is shutting down"};
  }
  const auto before = parts_->configs->connector(name);
  if (before && must_be_new) {
    return exists();
  }
  ConnectorChange out;
  out.created = !before;
  out.warnings = checked->warnings;
  if (!before || before->config != config) {
    std::optional<state::TargetState> state;
    if (initial_state && *initial_state != TargetState::started) {
      state = stored_state(*initial_state);
    }
    if (auto written = parts_->configs->put_connector(name, config, state); !written) {
      return write_failed(written.error());
    }
    parts_->ensure_runner(name)->changed();
  }
  out.info = make_info(name, config, before ? before->tasks.size() : 0);
  return out;
}

ApiResult<ConnectorChange> Worker::create(const std::string& name, const ConfigInput& config, TargetState initial_state) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  if (parts_->configs->contains(name)) {
    return ApiError{409, fmt::format("Connector {} already exists", name)};
  }
  return store(name, config, initial_state, true);
}

ApiResult<ConnectorInfo> Worker::info(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Connector {} not found", name));
  }
  return make_info(name, stored->config, stored->tasks.size());
}

ApiResult<Config> Worker::config(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Connector {} not found", name));
  }
  return stored->config;
}

ApiResult<ConnectorChange> Worker::put_config(const std::string& name, const ConfigInput& config) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  return store(name, config, std::nullopt, false);
}

ApiResult<ConnectorChange> Worker::patch_config(const std::string& name, const ConfigInput& changes) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Connector {} not found", name));
  }
  ConfigInput config(stored->config.begin(), stored->config.end());
  for (const auto& [key, value] : changes) {
    if (value) {
      config[key] = value;
    } else {
      config.erase(key);
    }
  }
  return store(name, config, std::nullopt, false);
}

ApiResult<void> Worker::remove(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const std::lock_guard lock(change_mutex_);
  if (!parts_->configs->contains(name)) {
    return not_found(fmt::format("Connector {} not found", name));
  }
  if (auto written = parts_->configs->remove(name); !written) {
    return write_failed(written.error());
  }
  const std::lock_guard parts(parts_->mutex);
  if (const auto it = parts_->runners.find(name); it != parts_->runners.end()) {
    it->second->remove();
    parts_->leaving.push_back(std::move(it->second));
    parts_->runners.erase(it);
  }
  return {};
}

ApiResult<ConnectorStatus> Worker::status(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto own = parts_->statuses->connector(name);
  const auto stored = parts_->configs->connector(name);
  if (!own || !stored) {
    return not_found(fmt::format("No status found for connector {}", name));
  }
  ConnectorStatus out;
  out.name = name;
  out.state = own->state;
  out.worker_id = own->worker_id;
  out.version = own->version;
  out.trace = own->trace;
  out.type = type_of(stored->config);
  std::vector<ConnectorRunner::TaskView> reports;
  if (const auto runner = parts_->runner(name)) {
    reports = runner->reports();
  }
  for (const auto& [number, status] : parts_->statuses->tasks(name)) {
    TaskStatus task = view(number, status);
    for (const auto& report : reports) {
      if (report.task == number) {
        add_report(task, report.report, parts_->breakers);
      }
    }
    out.tasks.push_back(std::move(task));
  }
  summarise(out);
  return out;
}

ApiResult<void> Worker::set_target(const std::string& name, TargetState state) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const std::lock_guard lock(change_mutex_);
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Unknown connector {}", name));
  }
  if (stored->target != stored_state(state)) {
    const auto written = state == TargetState::stopped ? parts_->configs->put_stopped(name) : parts_->configs->put_target(name, stored_state(state));
    if (!written) {
      return write_failed(written.error());
    }
  }
  parts_->ensure_runner(name)->changed();
  return {};
}

ApiResult<void> Worker::pause(const std::string& name) { return set_target(name, TargetState::paused); }
ApiResult<void> Worker::resume(const std::string& name) { return set_target(name, TargetState::started); }
ApiResult<void> Worker::stop(const std::string& name) { return set_target(name, TargetState::stopped); }

ApiResult<std::optional<ConnectorStatus>> Worker::restart(const std::string& name, bool include_tasks, bool only_failed) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Unknown connector: {}", name));
  }
  const auto runner = parts_->ensure_runner(name);
  if (!include_tasks && !only_failed) {
    runner->restart(true, {});
    return std::optional<ConnectorStatus>();
  }
  auto plan = status(name);
  if (!plan) {
    return plan.error();
  }
  const bool instance = !only_failed || plan->state == "FAILED";
  std::set<int> tasks;
  if (instance) {
    plan->state = "RESTARTING";
    plan->trace.clear();
  }
  for (TaskStatus& task : plan->tasks) {
    if (include_tasks && (!only_failed || task.state == "FAILED")) {
      tasks.insert(task.id);
      task.state = "RESTARTING";
      task.trace.clear();
    }
  }
  if (instance || !tasks.empty()) {
    runner->restart(instance, std::move(tasks));
  }
  return std::optional(std::move(*plan));
}

ApiResult<std::vector<TaskInfo>> Worker::tasks(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Connector {} not found", name));
  }
  std::vector<TaskInfo> out;
  for (std::size_t i = 0; i < stored->tasks.size(); ++i) {
    out.push_back({{name, static_cast<int>(i)}, stored->tasks[i]});
  }
  return out;
}

ApiResult<TaskStatus> Worker::task_status(const std::string& name, int task) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto status = parts_->statuses->task(name, task);
  if (!status) {
    return not_found(fmt::format("No status found for task {}-{}", name, task));
  }
  TaskStatus out = view(task, *status);
  if (const auto runner = parts_->runner(name)) {
    for (const auto& report : runner->reports()) {
      if (report.task == task) {
        add_report(out, report.report, parts_->breakers);
      }
    }
  }
  return out;
}

ApiResult<void> Worker::restart_task(const std::string& name, int task) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return not_found(fmt::format("Unknown connector: {}", name));
  }
  if (task < 0 || static_cast<std::size_t>(task) >= stored->tasks.size()) {
    return not_found(fmt::format("Unknown task: {}-{}", name, task));
  }
  parts_->ensure_runner(name)->restart(false, {task});
  return {};
}

ApiResult<std::vector<std::string>> Worker::topics(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  if (!options_.config.topic_tracking) {
    return ApiError{403, "Topic tracking is disabled."};
  }
  return parts_->statuses->topics(name);
}

ApiResult<void> Worker::reset_topics(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  if (!options_.config.topic_tracking) {
    return ApiError{403, "Topic tracking is disabled."};
  }
  if (!options_.config.topic_tracking_reset) {
    return ApiError{403, "Topic tracking reset is disabled."};
  }
  parts_->statuses->reset_topics(name);
  return {};
}

ApiResult<std::vector<BreakerInfo>> Worker::breakers(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  if (!parts_->configs->contains(name)) {
    return not_found(fmt::format("Connector {} not found", name));
  }
  std::set<std::string> names;
  if (const auto runner = parts_->runner(name)) {
    for (const auto& task : runner->reports()) {
      names.insert(task.report.breakers.begin(), task.report.breakers.end());
    }
  }
  std::vector<BreakerInfo> out;
  for (const std::string& each : names) {
    if (pipeline::Breaker* found = parts_->breakers.find(each)) {
      out.push_back(view(*found));
    }
  }
  return out;
}

ApiResult<BreakerInfo> Worker::breaker(const std::string& name, const std::string& breaker) {
  auto all = breakers(name);
  if (!all) {
    return all.error();
  }
  for (BreakerInfo& each : *all) {
    if (each.name == breaker) {
      return std::move(each);
    }
  }
  return not_found(fmt::format("Breaker {} of connector {} not found", breaker, name));
}

ApiResult<BreakerInfo> Worker::set_breaker(const std::string& name, const std::string& breaker, const std::string& state) {
  auto known = this->breaker(name, breaker);
  if (!known) {
    return known;
  }
  const auto wanted = pipeline::breaker_state_of(state);
  if (!wanted || (*wanted != pipeline::BreakerState::forced_open && *wanted != pipeline::BreakerState::closed &&
                  *wanted != pipeline::BreakerState::disabled)) {
    return ApiError{400, fmt::format("A breaker can be set to FORCED_OPEN, CLOSED or DISABLED, not to {}", state)};
  }
  pipeline::Breaker* found = parts_->breakers.find(breaker);
  found->force(*wanted);
  return view(*found);
}

ApiResult<void> Worker::set_cluster_log_level(const std::string& logger, const std::string& level) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  if (auto written = parts_->configs->put_log_level(logger, level); !written) {
    return write_failed(written.error());
  }
  return {};
}

}  // namespace weir::runtime::worker
