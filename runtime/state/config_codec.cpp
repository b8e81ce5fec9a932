#include "runtime/state/config_codec.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <random>

namespace weir::runtime::state {
namespace {

namespace json = boost::json;

constexpr std::string_view kTarget = "target-state-";
constexpr std::string_view kConnector = "connector-";
constexpr std::string_view kTask = "task-";
constexpr std::string_view kCommit = "commit-";

json::object properties(const ConfigMap& config) {
  json::object map;
  for (const auto& [key, value] : config) {
    map[key] = value;
  }
  return json::object{{"properties", std::move(map)}};
}

std::optional<json::object> object_of(std::string_view text) {
  json::error_code ec;
  json::value value = json::parse(json::string_view(text.data(), text.size()), ec);
  return ec || !value.is_object() ? std::nullopt : std::optional(std::move(value.get_object()));
}

// Java writes texts only; numbers and booleans are read as their text, null as absent.
std::optional<ConfigMap> properties_of(std::string_view text) {
  const auto object = object_of(text);
  const json::value* map = object ? object->if_contains("properties") : nullptr;
  if (map == nullptr || !map->is_object()) {
    return std::nullopt;
  }
  ConfigMap out;
  for (const auto& member : map->get_object()) {
    const std::string key(member.key().data(), member.key().size());
    if (member.value().is_string()) {
      out[key] = std::string(member.value().get_string().data(), member.value().get_string().size());
    } else if (!member.value().is_null()) {
      out[key] = json::serialize(member.value());
    }
  }
  return out;
}

std::optional<TargetState> target_of(std::string_view text) {
  const auto object = object_of(text);
  if (!object) {
    return std::nullopt;
  }
  const json::value* state = object->if_contains("state.v2");
  if (state == nullptr || !state->is_string()) {
    state = object->if_contains("state");
  }
  if (state == nullptr || !state->is_string()) {
    return std::nullopt;
  }
  const std::string_view word(state->get_string().data(), state->get_string().size());
  for (const TargetState known : {TargetState::started, TargetState::paused, TargetState::stopped}) {
    if (word == to_string(known)) {
      return known;
    }
  }
  return std::nullopt;
}

bool starts(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

}  // namespace

std::string_view to_string(TargetState state) noexcept {
  switch (state) {
    case TargetState::started: return "STARTED";
    case TargetState::paused: return "PAUSED";
    case TargetState::stopped: return "STOPPED";
  }
  return "STARTED";
}

StateRecord connector_record(std::string_view name, const ConfigMap& config) {
  return {fmt::format("connector-{}", name), json::serialize(properties(config))};
}
StateRecord task_record(std::string_view name, std::size_t task, const ConfigMap& config) {
  return {fmt::format("task-{}-{}", name, task), json::serialize(properties(config))};
}
StateRecord commit_record(std::string_view name, std::size_t tasks) {
  return {fmt::format("commit-{}", name), fmt::format("{{\"tasks\":{}}}", tasks)};
}
StateRecord target_record(std::string_view name, TargetState state) {
  const TargetState old = state == TargetState::stopped ? TargetState::paused : state;  // for workers that do not know STOPPED
  return {fmt::format("target-state-{}", name), fmt::format("{{\"state\":\"{}\",\"state.v2\":\"{}\"}}", to_string(old), to_string(state))};
}
StateRecord session_key_record() {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::random_device random;
  std::string key;
  for (int i = 0; i < 43; ++i) {  // 32 bytes in base64; the last digit carries four bits
    const unsigned bits = random();
    key.push_back(kDigits[i == 42 ? (bits & 15u) << 2 : bits & 63u]);
  }
  key.push_back('=');
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return {"session-key", fmt::format("{{\"key\":\"{}\",\"algorithm\":\"HmacSHA256\",\"creation-timestamp\":{}}}", key, now)};
}
StateRecord logger_record(std::string_view logger, std::string_view level) {
  return {fmt::format("logger-cluster-{}", logger), json::serialize(json::object{{"level", json::string_view(level.data(), level.size())}})};
}

bool ConfigImage::apply(std::string_view key, std::optional<std::string_view> value) {
  const auto name_after = [&](std::string_view prefix) { return std::string(key.substr(prefix.size())); };
  if (starts(key, kTarget)) {
    if (!value) {
      targets_.erase(name_after(kTarget));
      return true;
    }
    const auto state = target_of(*value);
    if (state) {
      targets_[name_after(kTarget)] = *state;
    }
    return state.has_value();
  }
  if (starts(key, kConnector)) {
    if (!value) {
      // Java's workers take nothing else away; a connector of this name that comes later has its own tasks.
      const std::string name = name_after(kConnector);
      configs_.erase(name);
      tasks_.erase(name);
      commits_.erase(name);
      return true;
    }
    auto config = properties_of(*value);
    if (config) {
      configs_[name_after(kConnector)] = std::move(*config);
    }
    return config.has_value();
  }
  if (starts(key, kTask)) {
    const auto dash = key.rfind('-');
    if (dash < kTask.size()) {
      return false;
    }
    std::size_t number = 0;
    const auto parsed = std::from_chars(key.data() + dash + 1, key.data() + key.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != key.data() + key.size()) {
      return false;
    }
    const std::string name(key.substr(kTask.size(), dash - kTask.size()));
    if (!value) {
      const auto it = tasks_.find(name);
      if (it != tasks_.end() && it->second.erase(number) > 0 && it->second.empty()) {
        tasks_.erase(it);
      }
      return true;
    }
    auto config = properties_of(*value);
    if (config) {
      tasks_[name][number] = std::move(*config);
    }
    return config.has_value();
  }
  if (starts(key, kCommit)) {
    if (!value) {
      commits_.erase(name_after(kCommit));
      return true;
    }
    const auto object = object_of(*value);
    const json::value* count = object ? object->if_contains("tasks") : nullptr;
    if (count == nullptr || !count->is_int64() || count->get_int64() < 0 || count->get_int64() > 1'000'000) {
      return false;
    }
    commits_[name_after(kCommit)] = static_cast<std::size_t>(count->get_int64());
    return true;
  }
  // Known, and without a meaning for a single worker.
  return starts(key, "restart-connector-") || starts(key, "tasks-fencing-") || key == "session-key" || starts(key, "logger-cluster-");
}

StoredConnector ConfigImage::assemble(const std::string& name, const ConfigMap& config) const {
  StoredConnector out;
  out.config = config;
  if (const auto target = targets_.find(name); target != targets_.end()) {
    out.target = target->second;
  }
  const auto commit = commits_.find(name);
  if (commit == commits_.end()) {
    return out;
  }
  const auto tasks = tasks_.find(name);
  for (std::size_t i = 0; i < commit->second; ++i) {
    const auto task = tasks == tasks_.end() ? decltype(tasks->second.end())() : tasks->second.find(i);
    if (tasks == tasks_.end() || task == tasks->second.end()) {
      out.tasks.clear();
      out.consistent = false;
      return out;
    }
    out.tasks.push_back(task->second);
  }
  return out;
}

std::map<std::string, StoredConnector, std::less<>> ConfigImage::connectors() const {
  std::map<std::string, StoredConnector, std::less<>> out;
  for (const auto& [name, config] : configs_) {
    out.emplace(name, assemble(name, config));
  }
  return out;
}

std::optional<StoredConnector> ConfigImage::connector(std::string_view name) const {
  const auto it = configs_.find(name);
  return it == configs_.end() ? std::nullopt : std::optional(assemble(it->first, it->second));
}

std::vector<StateRecord> ConfigImage::removal(std::string_view name) const {
  std::vector<StateRecord> out = {{fmt::format("connector-{}", name), std::nullopt}, {fmt::format("target-state-{}", name), std::nullopt}};
  if (const auto it = tasks_.find(name); it != tasks_.end()) {
    for (const auto& [number, config] : it->second) {
      out.push_back({fmt::format("task-{}-{}", name, number), std::nullopt});
    }
  }
  if (commits_.find(name) != commits_.end()) {
    out.push_back({fmt::format("commit-{}", name), std::nullopt});
  }
  return out;
}

}  // namespace weir::runtime::state
