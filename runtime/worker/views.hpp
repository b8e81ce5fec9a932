// From the runtime's structs to those of the facade. Pure; any thread.
#pragma once

#include <string>

#include "runtime/config/validator.hpp"
#include "runtime/pipeline/breaker.hpp"
#include "runtime/pipeline/task.hpp"
#include "runtime/plugin/registry.hpp"
#include "runtime/state/config_codec.hpp"
#include "runtime/state/status_store.hpp"
#include "runtime/worker/facade.hpp"

namespace weir::runtime::worker {

ConfigKeyInfo view(const plugin::ConfigKey& key);
Validation view(const config::Validation& validation);
PluginInfo view(const plugin::Component& component);
BreakerInfo view(pipeline::Breaker& breaker);
TaskStatus view(int task, const state::Status& status);
state::TargetState stored_state(TargetState state);

/// `weir` of a task.
void add_report(TaskStatus& task, const pipeline::TaskReport& report, pipeline::BreakerRegistry& breakers);
/// `weir` of a connector, from that of its tasks.
void summarise(ConnectorStatus& status);

}  // namespace weir::runtime::worker
