// One connector: its thread, its tasks, and how they follow what is stored.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include "runtime/pipeline/task.hpp"
#include "runtime/worker/runner_context.hpp"

namespace weir::runtime::worker {

/// A task and the way of its states into the status topic. Shared between its runner, REST threads that look at it, and the
/// graveyard.
class TaskHandle final : public pipeline::TaskListener {
 public:
  TaskHandle(RunnerContext& context, std::string connector, int task, std::optional<std::string> version, ConfigMap config);

  /// Runner's thread. `paused` from the start.
  void start(pipeline::TaskSpec spec, bool paused);
  void set_paused(bool paused);
  void request_stop();
  /// True when there is nothing (left) that runs.
  bool join(std::chrono::steady_clock::time_point deadline);
  /// From now on nothing that the task says reaches the statuses.
  void detach();

  pipeline::TaskReport report();
  const ConfigMap& config() const noexcept { return config_; }  ///< as it is stored
  bool failed() const;
  void fail(const std::string& trace);
  int number() const noexcept { return task_; }
  state::Status status(std::string state, std::string trace = {}) const;

  void on_state(pipeline::TaskState state, const std::string& trace) noexcept override;
  void on_topic(const std::string& topic) noexcept override;

 private:
  RunnerContext& context_;
  const std::string connector_;
  const int task_;
  const std::optional<std::string> version_;
  const ConfigMap config_;
  mutable std::mutex mutex_;  // guards detached_, failed_
  bool detached_{false};
  bool failed_{false};
  std::unique_ptr<pipeline::RunningTask> running_;
};

/// Follows the config store: changed() makes its thread look at what is stored and bring the tasks in line. Everything that
/// may take long (task configs, starting and stopping tasks, Kafka) happens on that thread. Other functions: any thread,
/// never block unless they say so.
class ConnectorRunner {
 public:
  /// `before`: the runner of a deleted connector of that name, whose tasks must end first.
  ConnectorRunner(RunnerContext& context, std::string name, std::shared_ptr<ConnectorRunner> before = {});
  /// join() must have been true.
  ~ConnectorRunner();
  ConnectorRunner(const ConnectorRunner&) = delete;
  ConnectorRunner& operator=(const ConnectorRunner&) = delete;

  const std::string& name() const noexcept { return name_; }

  void changed();
  void restart(bool instance, std::set<int> tasks);
  /// Stops the tasks, takes the statuses away and ends the thread.
  void remove();
  /// Stops the tasks, writes UNASSIGNED and ends the thread.
  void shut_down();
  /// Blocks until the thread has ended; false: not by the deadline.
  bool join(std::chrono::steady_clock::time_point deadline);

  struct TaskView {
    int task;
    pipeline::TaskReport report;
  };
  std::vector<TaskView> reports() const;
  std::size_t running_tasks() const;

 private:
  enum class Instance { none, running, paused, stopped, failed };
  struct Request {
    bool look{false};
    bool instance{false};
    std::set<int> tasks;
    bool empty() const { return !look && !instance && tasks.empty(); }
  };

  void run() noexcept;
  void reconcile(const Request& request);
  Result<void> prepare(const ConfigMap& config);
  /// False: something new has been asked for meanwhile.
  bool compute_tasks(const ConfigMap& config);
  Result<std::vector<ConfigMap>> task_configs(const ConfigMap& config);
  void bring_tasks_in_line(const ConfigMap& config, const std::vector<ConfigMap>& wanted, bool all, const std::set<int>& again, bool paused);
  void start_task(int number, const ConfigMap& connector, const ConfigMap& config, bool paused);
  void stop_tasks(const std::set<int>& numbers);
  void write_state(const std::string& state, const std::string& trace = {});
  /// Waits; false when something else is to be done.
  bool pause_for(std::chrono::milliseconds time);

  RunnerContext& context_;
  const std::string name_;
  std::shared_ptr<ConnectorRunner> before_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::condition_variable ended_changed_;
  Request request_;
  bool removing_{false};
  bool shutting_down_{false};
  bool ended_{false};
  std::map<int, std::shared_ptr<TaskHandle>> tasks_;  // changed by the runner's thread only

  // The runner's thread only.
  const plugin::Component* component_{nullptr};
  std::optional<ConfigMap> applied_;        // connector's config that was prepared last
  std::optional<ConfigMap> task_source_;    // connector's config that the running tasks were started with
  Instance instance_{Instance::none};

  std::jthread thread_;
};

}  // namespace weir::runtime::worker
