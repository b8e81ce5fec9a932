#include "runtime/pipeline/task.hpp"

#include "runtime/pipeline/relay_task.hpp"
#include "runtime/pipeline/sink_task.hpp"
#include "runtime/pipeline/source_task.hpp"

namespace weir::runtime::pipeline {

std::unique_ptr<RunningTask> start_task(TaskSpec spec, TaskServices& services, TaskListener& listener) {
  std::unique_ptr<TaskCore> task;
  switch (spec.kind) {
    case TaskKind::source: task = std::make_unique<SourceTask>(std::move(spec), services, listener); break;
    case TaskKind::sink: task = std::make_unique<SinkTask>(std::move(spec), services, listener); break;
    case TaskKind::relay: task = std::make_unique<RelayTask>(std::move(spec), services, listener); break;
  }
  task->start();
  return task;
}

}  // namespace weir::runtime::pipeline
