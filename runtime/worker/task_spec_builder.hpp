// From a connector's and a task's stored configs to what the pipeline runs.
#pragma once

#include <cstdint>
#include <string>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include "runtime/pipeline/task_spec.hpp"
#include "runtime/worker/runner_context.hpp"

namespace weir::runtime::worker {

/// Both configs as they are stored; converters, transforms, errors.* and client overrides come from the connector's, the
/// plugin gets the task's. Any thread. Errors: bad_config.
Result<pipeline::TaskSpec> build_task_spec(const RunnerContext& context, const std::string& name, std::uint32_t task,
                                           const ConfigMap& connector, const ConfigMap& task_config);

}  // namespace weir::runtime::worker
