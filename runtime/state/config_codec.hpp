// The records of the config topic (internal-topics.md 2). Pure; any thread.
#pragma once

#include <weir/config_def.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::state {

enum class TargetState : std::uint8_t { started, paused, stopped };
std::string_view to_string(TargetState state) noexcept;  ///< STARTED PAUSED STOPPED

/// A record to be written; value nullopt is a tombstone.
struct StateRecord {
  std::string key;
  std::optional<std::string> value;
};

StateRecord connector_record(std::string_view name, const ConfigMap& config);
StateRecord task_record(std::string_view name, std::size_t task, const ConfigMap& config);
StateRecord commit_record(std::string_view name, std::size_t tasks);
StateRecord target_record(std::string_view name, TargetState state);
/// A fresh random key for signing requests between workers.
StateRecord session_key_record();
StateRecord logger_record(std::string_view logger, std::string_view level);

struct StoredConnector {
  ConfigMap config;  ///< raw: references unresolved
  TargetState target{TargetState::started};
  std::vector<ConfigMap> tasks;  ///< the committed set
  bool consistent{true};         ///< false: a commit without all of its tasks; tasks is empty then
};

/// What the topic says, decided by the last value of each key, whatever their order: compaction reorders them
/// (KAFKA-17719). Written by one thread.
class ConfigImage {
 public:
  /// False: a record that means nothing here (logged and skipped by the caller).
  bool apply(std::string_view key, std::optional<std::string_view> value);

  std::map<std::string, StoredConnector, std::less<>> connectors() const;
  std::optional<StoredConnector> connector(std::string_view name) const;
  bool contains(std::string_view name) const { return configs_.find(name) != configs_.end(); }

  /// The tombstones that take everything of a connector away, leftovers included.
  std::vector<StateRecord> removal(std::string_view name) const;

 private:
  StoredConnector assemble(const std::string& name, const ConfigMap& config) const;

  std::map<std::string, ConfigMap, std::less<>> configs_;
  std::map<std::string, TargetState, std::less<>> targets_;
  std::map<std::string, std::size_t, std::less<>> commits_;
  std::map<std::string, std::map<std::size_t, ConfigMap>, std::less<>> tasks_;
};

}  // namespace weir::runtime::state
