#include "runtime/worker/connector_runner.hpp"

#include <pthread.h>
#include <algorithm>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "runtime/config/connector_config.hpp"
#include "runtime/worker/task_spec_builder.hpp"

namespace weir::runtime::worker {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t kGeneration = 1;  // of a cluster of one
constexpr milliseconds kFirstRetry{250};
constexpr milliseconds kLastRetry{60'000};
constexpr milliseconds kReadTimeout{30'000};

std::string task_class(const plugin::Component& component) {
  constexpr std::string_view kConnector = "Connector";
  std::string name = component.class_name();
  if (name.size() > kConnector.size() && name.ends_with(kConnector)) {
    name.resize(name.size() - kConnector.size());
    return name + "Task";
  }
  return name;
}

}  // namespace

void Graveyard::add(std::shared_ptr<TaskHandle> task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
}

std::size_t Graveyard::sweep() {
  std::vector<std::shared_ptr<TaskHandle>> gone;
  const std::lock_guard lock(mutex_);
  const auto first = std::partition(tasks_.begin(), tasks_.end(), [](const auto& task) { return !task->join(Clock::now()); });
  gone.assign(std::make_move_iterator(first), std::make_move_iterator(tasks_.end()));
  tasks_.erase(first, tasks_.end());
  return tasks_.size();
}

std::size_t Graveyard::size() const {
  const std::lock_guard lock(mutex_);
  return tasks_.size();
}

TaskHandle::TaskHandle(RunnerContext& context, std::string connector, int task, std::optional<std::string> version, ConfigMap config)
    : context_(context), connector_(std::move(connector)), task_(task), version_(std::move(version)), config_(std::move(config)) {}

void TaskHandle::start(pipeline::TaskSpec spec, bool paused) {
  running_ = pipeline::start_task(std::move(spec), context_.services, *this);
  if (paused) {
    running_->set_paused(true);
  }
}

void TaskHandle::set_paused(bool paused) {
  if (running_) {
    running_->set_paused(paused);
  }
}
void TaskHandle::request_stop() {
  if (running_) {
    running_->request_stop();
  }
}
bool TaskHandle::join(Clock::time_point deadline) { return !running_ || running_->join(deadline); }

void TaskHandle::detach() {
  const std::lock_guard lock(mutex_);
  detached_ = true;
}

pipeline::TaskReport TaskHandle::report() {
  if (running_) {
    return running_->report();
  }
  pipeline::TaskReport out;
  out.failed = failed();
  return out;
}

bool TaskHandle::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void TaskHandle::fail(const std::string& trace) { on_state(pipeline::TaskState::failed, trace); }

state::Status TaskHandle::status(std::string state, std::string trace) const {
  return {std::move(state), std::move(trace), context_.worker_id, kGeneration, version_};
}

void TaskHandle::on_state(pipeline::TaskState state, const std::string& trace) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (detached_) {
      return;
    }
    switch (state) {
      case pipeline::TaskState::running: context_.statuses.put_task(connector_, task_, status("RUNNING")); break;
      case pipeline::TaskState::paused: context_.statuses.put_task(connector_, task_, status("PAUSED")); break;
      case pipeline::TaskState::failed:
        failed_ = true;
        context_.statuses.put_task(connector_, task_, status("FAILED", trace));
        break;
      case pipeline::TaskState::stopped: break;  // the runner knows why
    }
  } catch (const std::exception& e) {
    spdlog::error("[{}|task-{}] its status could not be written: {}", connector_, task_, e.what());
  }
}

void TaskHandle::on_topic(const std::string& topic) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!detached_ && context_.worker.topic_tracking) {
      context_.statuses.add_topic(connector_, topic, task_);
    }
  } catch (const std::exception& e) {
    spdlog::error("[{}|task-{}] its topic could not be noted: {}", connector_, task_, e.what());
  }
}

ConnectorRunner::ConnectorRunner(RunnerContext& context, std::string name, std::shared_ptr<ConnectorRunner> before)
    : context_(context), name_(std::move(name)), before_(std::move(before)) {
  thread_ = std::jthread([this] {
    (void)::pthread_setname_np(::pthread_self(), "weir-connector");
    run();
  });
}

ConnectorRunner::~ConnectorRunner() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void ConnectorRunner::changed() {
  const std::lock_guard lock(mutex_);
  request_.look = true;
  wake_.notify_all();
}

void ConnectorRunner::restart(bool instance, std::set<int> tasks) {
  const std::lock_guard lock(mutex_);
  request_.instance = request_.instance || instance;
  request_.tasks.merge(tasks);
  wake_.notify_all();
}

void ConnectorRunner::remove() {
  const std::lock_guard lock(mutex_);
  removing_ = true;
  wake_.notify_all();
}

void ConnectorRunner::shut_down() {
  const std::lock_guard lock(mutex_);
  shutting_down_ = true;
  for (const auto& [number, task] : tasks_) {
    task->request_stop();
  }
  wake_.notify_all();
}

bool ConnectorRunner::join(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return ended_changed_.wait_until(lock, deadline, [this] { return ended_; });
}

std::vector<ConnectorRunner::TaskView> ConnectorRunner::reports() const {
  std::vector<std::shared_ptr<TaskHandle>> tasks;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, task] : tasks_) {
      tasks.push_back(task);
    }
  }
  std::vector<TaskView> out;
  for (const auto& task : tasks) {
    out.push_back({task->number(), task->report()});
  }
  return out;
}

std::size_t ConnectorRunner::running_tasks() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(tasks_.begin(), tasks_.end(), [](const auto& task) { return !task.second->failed(); }));
}

bool ConnectorRunner::pause_for(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return removing_ || shutting_down_ || !request_.empty(); });
}

void ConnectorRunner::run() noexcept {
  try {
    if (before_) {
      if (!before_->join(Clock::now() + context_.worker.shutdown_timeout + kReadTimeout)) {
        spdlog::warn("[{}|worker] the deleted connector of this name does not end; the new one starts all the same", name_);
      }
      before_.reset();
    }
    while (true) {
      Request request;
      bool removing = false;
      bool shutting_down = false;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return removing_ || shutting_down_ || !request_.empty(); });
        request = std::exchange(request_, {});
        removing = removing_;
        shutting_down = shutting_down_;
      }
      if (removing || shutting_down) {
        std::set<int> all;
        for (const auto& [number, task] : tasks_) {
          all.insert(number);
        }
        stop_tasks(all);
        if (removing) {
          context_.statuses.remove_connector(name_);
          context_.statuses.reset_topics(name_);
          context_.services.metrics.remove({{"connector", name_}});
        } else {
          const auto version = component_ == nullptr ? std::nullopt : std::optional(component_->version());
          const state::Status unassigned{"UNASSIGNED", "", context_.worker_id, kGeneration, version};
          for (const int number : all) {
            context_.statuses.put_task(name_, number, unassigned);
          }
          if (instance_ != Instance::none && instance_ != Instance::stopped) {
            context_.statuses.put_connector(name_, unassigned);
          }
        }
        break;
      }
      try {
        reconcile(request);
      } catch (const std::exception& e) {
        spdlog::error("[{}|worker] the connector failed: {}", name_, e.what());
        instance_ = Instance::failed;
        write_state("FAILED", std::string(e.what()) + "\n");
      }
    }
  } catch (const std::exception& e) {
    spdlog::error("[{}|worker] the connector's thread ends: {}", name_, e.what());
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  ended_changed_.notify_all();
}

void ConnectorRunner::write_state(const std::string& state, const std::string& trace) {
  context_.statuses.put_connector(
      name_, {state, trace, context_.worker_id, kGeneration, component_ == nullptr ? std::nullopt : std::optional(component_->version())});
}

Result<void> ConnectorRunner::prepare(const ConfigMap& config) {
  component_ = nullptr;
  const auto cls = config.find("connector.class");
  const std::string name = cls == config.end() ? std::string() : cls->second;
  component_ = context_.registry.find_connector(weir::detail::trim(name));
  if (component_ == nullptr) {
    return bad_config(context_.registry.unknown_connector_text(name));
  }
  const auto validation = context_.validator.validate(*component_, config::RawConfig(config.begin(), config.end()));
  if (validation.error_count() > 0) {
    return bad_config(validation.error_text());
  }
  return {};
}

void ConnectorRunner::reconcile(const Request& request) {
  const auto stored = context_.configs.connector(name_);
  if (!stored) {
    return;  // deleted: remove() follows
  }
  const bool paused = stored->target == state::TargetState::paused;
  const bool new_config = applied_ != stored->config;
  if (stored->target == state::TargetState::stopped) {
    std::set<int> all;
    for (const auto& [number, task] : tasks_) {
      all.insert(number);
    }
    stop_tasks(all);
    for (const auto& [number, status] : context_.statuses.tasks(name_)) {
      context_.statuses.remove_task(name_, number);
    }
    if (component_ == nullptr || new_config) {
      (void)prepare(stored->config);  // for the version
    }
    applied_ = stored->config;
    instance_ = Instance::stopped;
    write_state("STOPPED");
    return;
  }

  bool prepared = instance_ != Instance::failed;
  if (new_config || request.instance || instance_ == Instance::stopped || instance_ == Instance::none) {
    if (request.instance) {
      write_state("RESTARTING");
    }
    const auto ready = prepare(stored->config);
    applied_ = stored->config;
    prepared = ready.has_value();
    if (!ready) {
      spdlog::error("[{}|worker] the connector failed: {}", name_, ready.error().message);
      instance_ = Instance::failed;
      write_state("FAILED", ready.error().message + "\n");
    } else {
      instance_ = Instance::none;
    }
  }
  if (prepared && paused && instance_ != Instance::paused) {
    instance_ = Instance::paused;
    write_state("PAUSED");
  } else if (prepared && !paused && instance_ != Instance::running) {
    instance_ = Instance::running;
    write_state("RUNNING");
    if (!compute_tasks(stored->config)) {
      // Something newer is to be done, or the connector failed. What is stored is brought in line then.
      if (instance_ == Instance::running) {
        instance_ = Instance::none;
        restart(false, request.tasks);  // still to be done
        return;
      }
    }
  }

  const auto now = context_.configs.connector(name_);
  if (!now || now->config != stored->config) {
    restart(false, request.tasks);
    changed();
    return;
  }
  bring_tasks_in_line(now->config, now->tasks, prepared && task_source_ != now->config, request.tasks, paused);
}

Result<std::vector<ConfigMap>> ConnectorRunner::task_configs(const ConfigMap& config) {
  auto resolved = context_.worker.config_providers.resolve(config);
  if (!resolved) {
    return resolved.error();
  }
  const auto text = [&](const char* key) {
    const auto it = resolved->config.find(key);
    return it == resolved->config.end() ? std::string() : it->second;
  };
  std::int32_t max_tasks = 1;
  if (const std::string tasks = text("tasks.max"); !tasks.empty()) {
    (void)weir::detail::parse_into(tasks, max_tasks);
  }
  bool enforce = true;
  if (const std::string word = text("tasks.max.enforce"); !word.empty()) {
    (void)weir::detail::parse_into(word, enforce);
  }
  auto configs = component_->task_configs(resolved->config, static_cast<std::uint32_t>(std::max(1, max_tasks)));
  if (!configs) {
    return configs;
  }
  if (enforce && configs->size() > static_cast<std::size_t>(max_tasks)) {
    return bad_config(fmt::format(
        "The connector {} has generated {} tasks, which is greater than {}, the maximum number of tasks it is configured to create. This "
        "behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with "
        "'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect.",
        name_, configs->size(), max_tasks));
  }
  for (ConfigMap& task : *configs) {
    // References go back to where they came from: stored configs hold no secrets.
    for (auto& [key, value] : task) {
      const auto raw = config.find(key);
      if (raw != config.end() && config::ConfigProviders::has_reference(raw->second) && resolved->config.find(key)->second == value) {
        value = raw->second;
      }
    }
    task["task.class"] = task_class(*component_);
    for (const char* key : {"topics", "topics.regex"}) {
      if (const auto raw = config.find(key); component_->kind() == plugin::Kind::sink && raw != config.end()) {
        task[key] = raw->second;
      }
    }
  }
  return configs;
}

bool ConnectorRunner::compute_tasks(const ConfigMap& config) {
  for (milliseconds wait = kFirstRetry;; wait = std::min(wait * 2, kLastRetry)) {
    Result<void> done;
    auto configs = task_configs(config);
    if (!configs) {
      done = configs.error();
      if (done.error().code == Errc::bad_config) {
        spdlog::error("[{}|worker] the connector failed: {}", name_, done.error().message);
        instance_ = Instance::failed;
        write_state("FAILED", done.error().message + "\n");
        return false;
      }
    } else {
      const auto stored = context_.configs.connector(name_);
      if (!stored || stored->config != config || stored->target == state::TargetState::stopped) {
        return false;
      }
      if (stored->consistent && stored->tasks == *configs) {
        return true;
      }
      done = context_.configs.put_tasks(name_, *configs);
      if (done) {
        return true;
      }
    }
    spdlog::warn("[{}|worker] its tasks could not be configured, tried again in {} ms: {}", name_, wait.count(), done.error().message);
    if (!pause_for(wait)) {
      return false;
    }
  }
}

void ConnectorRunner::bring_tasks_in_line(const ConfigMap& config, const std::vector<ConfigMap>& wanted, bool all, const std::set<int>& again,
                                          bool paused) {
  std::set<int> stop;
  std::set<int> start;
  for (const auto& [number, task] : tasks_) {
    const bool gone = static_cast<std::size_t>(number) >= wanted.size();
    if (gone || all || again.contains(number) || task->config() != wanted[static_cast<std::size_t>(number)]) {
      stop.insert(number);
    }
  }
  for (int number = 0; number < static_cast<int>(wanted.size()); ++number) {
    if (stop.contains(number) || !tasks_.contains(number)) {
      start.insert(number);
    }
  }
  for (const int number : again) {
    if (const auto it = tasks_.find(number); it != tasks_.end() && start.contains(number)) {
      context_.statuses.put_task(name_, number, it->second->status("RESTARTING"));
    }
  }
  stop_tasks(stop);
  for (const auto& [number, status] : context_.statuses.tasks(name_)) {
    if (static_cast<std::size_t>(number) >= wanted.size()) {
      context_.statuses.remove_task(name_, number);
    }
  }
  if (!start.empty() && component_ != nullptr && component_->kind() == plugin::Kind::source) {
    // A task must start from the newest offsets, also from those of a worker that ran before.
    for (milliseconds wait = kFirstRetry;; wait = std::min(wait * 2, kLastRetry)) {
      const auto read = context_.offsets.read_to_end(kReadTimeout);
      if (read) {
        break;
      }
      spdlog::warn("[{}|worker] source offsets cannot be read, tried again in {} ms: {}", name_, wait.count(), read.error().message);
      if (!pause_for(wait)) {
        changed();
        return;
      }
    }
  }
  for (const int number : start) {
    start_task(number, config, wanted[static_cast<std::size_t>(number)], paused);
  }
  if (all || !task_source_) {
    task_source_ = config;
  }
  for (const auto& [number, task] : tasks_) {
    task->set_paused(paused);
  }
}

void ConnectorRunner::start_task(int number, const ConfigMap& connector, const ConfigMap& config, bool paused) {
  const auto version = component_ == nullptr ? std::nullopt : std::optional(component_->version());
  auto task = std::make_shared<TaskHandle>(context_, name_, number, version, config);
  auto spec = build_task_spec(context_, name_, static_cast<std::uint32_t>(number), connector, config);
  if (!spec) {
    spdlog::error("[{}|task-{}] the task could not be started: {}", name_, number, spec.error().message);
    task->fail(spec.error().message + "\n");
  } else {
    task->start(std::move(*spec), paused);
  }
  const std::lock_guard lock(mutex_);
  tasks_[number] = std::move(task);
}

void ConnectorRunner::stop_tasks(const std::set<int>& numbers) {
  std::vector<std::shared_ptr<TaskHandle>> stopping;
  for (const int number : numbers) {
    if (const auto it = tasks_.find(number); it != tasks_.end()) {
      it->second->request_stop();
      stopping.push_back(it->second);
    }
  }
  const auto deadline = Clock::now() + context_.worker.shutdown_timeout;
  for (const auto& task : stopping) {
    const bool ended = task->join(deadline);
    task->detach();
    if (!ended) {
      spdlog::error("[{}|task-{}] the task did not stop within task.shutdown.graceful.timeout.ms ({} ms) and is abandoned", name_,
                    task->number(), context_.worker.shutdown_timeout.count());
      context_.graveyard.add(task);
    }
    const std::lock_guard lock(mutex_);
    tasks_.erase(task->number());
  }
}

}  // namespace weir::runtime::worker
