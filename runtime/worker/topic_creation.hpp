// topic.creation.*: how a source's topics are made when they are missing (KIP-158, worker-config.md 6).
#pragma once

#include <weir/config_def.hpp>

#include "runtime/config/worker_config.hpp"
#include "runtime/pipeline/task_spec.hpp"

namespace weir::runtime::worker {

/// Empty when the worker does not allow it or the connector has none of the keys: then the broker decides. `connector` is
/// resolved and valid.
pipeline::TopicRules topic_rules(const ConfigMap& connector, const config::WorkerConfig& worker);

}  // namespace weir::runtime::worker
