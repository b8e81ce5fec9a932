// What the threads of the connectors share.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/config/validator.hpp"
#include "runtime/config/worker_config.hpp"
#include "runtime/pipeline/task.hpp"
#include "runtime/plugin/registry.hpp"
#include "runtime/state/config_store.hpp"
#include "runtime/state/offset_store.hpp"
#include "runtime/state/status_store.hpp"
#include "runtime/worker/client_configs.hpp"

namespace weir::runtime::worker {

class TaskHandle;

/// Tasks that did not stop in time. They are cut off from the statuses and freed once they have ended. Thread-safe.
class Graveyard {
 public:
  void add(std::shared_ptr<TaskHandle> task);
  /// Frees those that have ended; returns how many are left. Never waits.
  std::size_t sweep();
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;  // guards tasks_
  std::vector<std::shared_ptr<TaskHandle>> tasks_;
};

/// Everything outlives the runners.
struct RunnerContext {
  const config::WorkerConfig& worker;
  const plugin::Registry& registry;
  const config::Validator& validator;
  const ClientConfigs& clients;
  const std::string& worker_id;
  state::ConfigStore& configs;
  state::OffsetStore& offsets;
  state::StatusStore& statuses;
  pipeline::TaskServices& services;
  Graveyard& graveyard;
};

}  // namespace weir::runtime::worker
