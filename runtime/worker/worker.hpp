// The worker: reads its state from Kafka, runs connectors and their tasks, and answers the REST API and the command line.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include "runtime/config/properties.hpp"
#include "runtime/config/validator.hpp"
#include "runtime/config/worker_config.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/plugin/registry.hpp"
#include "runtime/worker/facade.hpp"

namespace weir::runtime::worker {

struct WorkerOptions {
  config::WorkerConfig config;
  bool strict{false};  ///< unknown keys of connectors are errors
  std::vector<std::filesystem::path> connectors;  ///< --connectors: files, or folders of .json and .properties files
  std::string worker_id;     ///< advertised host:port; empty: WorkerConfig::worker_id
  std::string weir_version;  ///< for GET /
  std::string commit;
  /// Called once, by any thread, when the worker cannot start or go on: the process should call stop() and end with
  /// exit_status(). Must be quick.
  std::function<void()> on_end;
};

/// Life: constructor, start(), [facade calls from any thread], stop(). The constructor does nothing that takes time, so the
/// REST server can serve from then on: server_info, health, ready and stage answer, everything else waits for ready().
class Worker final : public Facade {
 public:
  /// `metrics` outlives the worker.
  Worker(WorkerOptions options, metrics::Registry& metrics);
  ~Worker() override;  // stop()

  /// Returns at once. A thread of the worker loads the plugins, checks --connectors, connects to Kafka (or starts the
  /// embedded broker), reads the state and starts the connectors.
  void start();

  /// Stops all tasks within task.shutdown.graceful.timeout.ms, writes the last statuses and ends the worker's threads. A
  /// watchdog ends the process with status 70 after 10 s more. Idempotent; not from a thread of the worker.
  void stop();

  /// 0 until something went wrong: 1 the config is wrong or another worker took over, 2 Kafka cannot be reached at start, 3
  /// a file of --connectors is wrong.
  int exit_status() const noexcept { return exit_status_.load(); }
  /// After stop(): threads of plugins are still running that never came back. Leave the process by _exit().
  bool must_exit_hard() const noexcept { return must_exit_hard_.load(); }

  /// Once loaded (see WorkerOptions.on_end and ready()): nullptr before. Lives for ever.
  const plugin::Registry* registry() const noexcept { return registry_.load(std::memory_order_acquire); }

  ServerInfo server_info() const override;
  Health health() const override;
  bool ready() const noexcept override { return ready_.load(std::memory_order_acquire); }
  std::string stage() const override;

  ApiResult<std::vector<PluginInfo>> plugins(bool connectors_only) override;
  ApiResult<std::vector<ConfigKeyInfo>> plugin_config(const std::string& plugin, const std::string& version) override;
  ApiResult<Validation> validate(const std::string& plugin, const ConfigInput& config) override;

  ApiResult<std::vector<std::string>> connectors() override;
  ApiResult<ConnectorChange> create(const std::string& name, const ConfigInput& config, TargetState initial_state) override;
  ApiResult<ConnectorInfo> info(const std::string& name) override;
  ApiResult<Config> config(const std::string& name) override;
  ApiResult<ConnectorChange> put_config(const std::string& name, const ConfigInput& config) override;
  ApiResult<ConnectorChange> patch_config(const std::string& name, const ConfigInput& changes) override;
  ApiResult<void> remove(const std::string& name) override;
  ApiResult<ConnectorStatus> status(const std::string& name) override;
  ApiResult<void> pause(const std::string& name) override;
  ApiResult<void> resume(const std::string& name) override;
  ApiResult<void> stop(const std::string& name) override;
  ApiResult<std::optional<ConnectorStatus>> restart(const std::string& name, bool include_tasks, bool only_failed) override;
  ApiResult<std::vector<TaskInfo>> tasks(const std::string& name) override;
  ApiResult<TaskStatus> task_status(const std::string& name, int task) override;
  ApiResult<void> restart_task(const std::string& name, int task) override;
  ApiResult<std::vector<std::string>> topics(const std::string& name) override;
  ApiResult<void> reset_topics(const std::string& name) override;

  ApiResult<Offsets> offsets(const std::string& name) override;
  ApiResult<std::string> alter_offsets(const std::string& name, const Offsets& offsets) override;
  ApiResult<std::string> reset_offsets(const std::string& name) override;

  ApiResult<std::vector<BreakerInfo>> breakers(const std::string& name) override;
  ApiResult<BreakerInfo> breaker(const std::string& name, const std::string& breaker) override;
  ApiResult<BreakerInfo> set_breaker(const std::string& name, const std::string& breaker, const std::string& state) override;

  ApiResult<void> set_cluster_log_level(const std::string& logger, const std::string& level) override;

 private:
  struct Parts;  // what exists once Kafka has been reached: stores, producers, connectors

  void run(const std::stop_token& stop);
  bool start_up(const std::stop_token& stop);
  void load_plugins();
  Result<void> read_connector_files();
  Result<void> connect(const std::stop_token& stop);
  void put_connector_files();
  void end(int status, const std::string& message);
  void begin_stage(std::string what);
  void finish_stage();
  void maintain();

  ApiResult<const plugin::Registry*> wait_for_plugins();
  std::optional<ApiError> not_ready() const;
  const plugin::Component* component_of(const Config& config) const;
  std::string type_of(const Config& config) const;
  ApiResult<config::Validation> check(const std::string& name, const ConfigInput& config);
  ApiResult<ConnectorChange> store(const std::string& name, const ConfigInput& input, std::optional<TargetState> initial_state,
                                   bool must_be_new);
  ApiResult<void> set_target(const std::string& name, TargetState state);
  ConnectorInfo make_info(const std::string& name, const Config& config, std::size_t tasks) const;
  ApiResult<std::string> write_offsets(const std::string& name, const Offsets* offsets);

  WorkerOptions options_;
  metrics::Registry& metrics_;
  const std::string worker_id_;
  std::vector<config::ConnectorFile> files_;

  std::atomic<int> exit_status_{0};
  std::atomic<bool> ready_{false};
  std::atomic<bool> ended_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> must_exit_hard_{false};
  std::atomic<const plugin::Registry*> registry_{nullptr};

  mutable std::mutex mutex_;  // guards stage_*, cluster_id_
  std::condition_variable plugins_loaded_;  // with mutex_
  std::string stage_;
  std::chrono::system_clock::time_point stage_began_{};
  std::optional<std::chrono::system_clock::time_point> stage_completed_;
  std::optional<std::string> cluster_id_;

  std::mutex change_mutex_;  // one change of the set of connectors at a time
  std::mutex stop_mutex_;    // one stop() at a time; guards stopped_
  bool stopped_{false};

  std::unique_ptr<Parts> parts_;
  std::jthread thread_;
};

}  // namespace weir::runtime::worker
