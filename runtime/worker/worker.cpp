#include "runtime/worker/worker.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/config/class_hint.hpp"
#include "runtime/config/connector_config.hpp"
#include "runtime/kafka/version.hpp"
#include "runtime/state/topics.hpp"
#include "runtime/worker/parts.hpp"
#include "runtime/worker/plugins.hpp"

namespace weir::runtime::worker {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStartTimeout{60};
constexpr seconds kAttempt{15};
constexpr seconds kReach{3};  // one question whether Kafka is there: a stop waits for its end
constexpr seconds kWatchdog{10};

std::string instant(std::chrono::system_clock::time_point at) {
  const auto ms = std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(at)), ms);
}

// Ends the process when stopping takes too long.
class Watchdog {
 public:
  explicit Watchdog(milliseconds limit)
      : thread_([this, limit](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          if (!wake_.wait_for(lock, stop, limit, [&] { return false; }) && !stop.stop_requested()) {
            spdlog::critical("The shutdown took longer than {} ms: the process ends now", limit.count());
            spdlog::default_logger()->flush();
            ::_exit(70);
          }
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace

Worker::Worker(WorkerOptions options, metrics::Registry& metrics)
    : options_(std::move(options)),
      metrics_(metrics),
      worker_id_(options_.worker_id.empty() ? options_.config.worker_id : options_.worker_id),
      parts_(std::make_unique<Parts>(metrics)) {}

Worker::~Worker() {
  stop();
  if (must_exit_hard()) {
    (void)parts_.release();  // threads that never came back still use it
  }
}

void Worker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    try {
      run(stop);
    } catch (const std::exception& e) {
      end(1, e.what());
    }
  });
}

void Worker::begin_stage(std::string what) {
  const std::lock_guard lock(mutex_);
  stage_ = std::move(what);
  stage_began_ = std::chrono::system_clock::now();
  stage_completed_.reset();
}
void Worker::finish_stage() {
  const std::lock_guard lock(mutex_);
  stage_completed_ = std::chrono::system_clock::now();
}

std::string Worker::stage() const {
  const std::lock_guard lock(mutex_);
  if (stage_.empty()) {
    return {};
  }
  if (stage_completed_) {
    return fmt::format("The last operation the worker completed was {}, which began at {} and completed at {}", stage_, instant(stage_began_),
                       instant(*stage_completed_));
  }
  return fmt::format("The worker is currently {}, which began at {}", stage_, instant(stage_began_));
}

void Worker::end(int status, const std::string& message) {
  if (ended_.exchange(true)) {
    return;
  }
  exit_status_.store(status);
  spdlog::error("{}", message);
  plugins_loaded_.notify_all();
  if (options_.on_end) {
    options_.on_end();
  }
}

void Worker::load_plugins() {
  begin_stage("loading plugins");
  plugin::Registry& registry = worker::load_plugins(options_.config.plugin_path);
  for (const plugin::LoadFailure& failure : registry.failures()) {
    spdlog::warn("{}", failure.reason);
  }
  {
    const std::lock_guard lock(mutex_);
    registry_.store(&registry, std::memory_order_release);
  }
  plugins_loaded_.notify_all();
  finish_stage();
}

Result<void> Worker::read_connector_files() {
  std::vector<std::filesystem::path> paths;
  for (const std::filesystem::path& entry : options_.connectors) {
    std::error_code ec;
    if (!std::filesystem::is_directory(entry, ec)) {
      paths.push_back(entry);
      continue;
    }
    std::vector<std::filesystem::path> folder;
    for (std::filesystem::directory_iterator it(entry, ec), last; !ec && it != last; it.increment(ec)) {
      const auto extension = it->path().extension();
      if (extension == ".json" || extension == ".properties") {
        folder.push_back(it->path());
      }
    }
    std::sort(folder.begin(), folder.end());
    paths.insert(paths.end(), folder.begin(), folder.end());
  }
  std::string errors;
  const auto complain = [&](const std::string& text) { errors.append(errors.empty() ? "" : "\n").append(text); };
  for (const std::string& error : config::missing_converters(*registry(), options_.config)) {
    complain(error);
  }
  for (const std::string& warning : config::unknown_converter_keys(*registry(), options_.config)) {
    if (options_.strict) {
      complain(warning);
    } else {
      spdlog::warn("{}", warning);
    }
  }
  const config::Validator validator(*registry(), options_.config, options_.strict);
  for (const std::filesystem::path& path : paths) {
    auto file = config::load_connector(path);
    if (!file) {
      complain(file.error().message);
      continue;
    }
    const plugin::Component* component = component_of(file->config);
    if (component == nullptr) {
      const auto cls = file->config.find("connector.class");
      complain(fmt::format("{}: {}", path.string(),
                           cls == file->config.end() ? "Missing required configuration \"connector.class\" which has no default value."
                                                     : registry()->unknown_connector_text(cls->second)));
      if (const auto hint = cls == file->config.end()
                                ? std::nullopt
                                : config::class_hint(*registry(), plugin::Kind::sink,
                                                     "connector.class", cls->second)) {
        spdlog::warn("{}: {}", path.string(), *hint);
      }
      continue;
    }
    const auto validation = validator.validate(*component, config::RawConfig(file->config.begin(), file->config.end()));
    for (const auto& key : validation.configs) {
      for (const std::string& error : key.errors) {
        complain(fmt::format("{}: {}", path.string(), error));
      }
    }
    for (const std::string& warning : validation.warnings) {
      spdlog::warn("{}: {}", path.string(), warning);
    }
    for (const auto& other : files_) {
      if (other.name == file->name) {
        complain(fmt::format("{}: another file holds a connector of the name {} too", path.string(), file->name));
      }
    }
    files_.push_back(std::move(*file));
  }
  if (!errors.empty()) {
    return bad_config(errors);
  }
  return {};
}

Result<void> Worker::connect(const std::stop_token& stop) {
  Parts& p = *parts_;
  const config::WorkerConfig& config = options_.config;
  std::string bootstrap = config.bootstrap_servers;
  if (config.embedded) {
    begin_stage("starting the embedded broker");
    auto broker = kafka::EmbeddedBroker::start();
    if (!broker) {
      return broker.error();
    }
    p.broker = std::move(*broker);
    bootstrap = p.broker->bootstrap_servers();
    spdlog::warn("The broker is inside this process: it forgets everything at exit and keeps 5 MB of each partition");
  }
  p.validator = std::make_unique<config::Validator>(*registry(), config, options_.strict);
  p.clients = std::make_unique<ClientConfigs>(config, bootstrap);

  begin_stage("connecting to Kafka");
  const auto deadline = Clock::now() + kStartTimeout;
  // Tries until the deadline, because a broker that is just starting is no reason to give up.
  const auto insist = [&](auto&& attempt) -> Result<void> {
    while (true) {
      Result<void> done = attempt();
      if (done || done.error().code != Errc::retriable || Clock::now() >= deadline || stop.stop_requested()) {
        return done;
      }
      spdlog::warn("{}", done.error().message);
      std::mutex mutex;
      std::condition_variable_any wake;
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, milliseconds(500), [] { return false; });
    }
  };
  auto admin = kafka::Admin::create(p.clients->internal("shared-admin"), p.broker.get());
  if (!admin) {
    return admin.error();
  }
  p.admin = std::move(*admin);
  for (const std::string& warning : p.admin->warnings()) {
    spdlog::warn("{}", warning);
  }
  auto reached = insist([&]() -> Result<void> {
    auto cluster = p.admin->describe_cluster(kReach);
    if (!cluster) {
      return cluster.error();
    }
    const std::lock_guard lock(mutex_);
    cluster_id_ = cluster->cluster_id;
    return {};
  });
  if (!reached) {
    return Error{reached.error().code, fmt::format("Kafka at {} cannot be reached: {}", bootstrap, reached.error().message)};
  }

  begin_stage("preparing the state topics");
  const auto topic_settings = [](const ConfigMap& map) { return std::map<std::string, std::string>(map.begin(), map.end()); };
  for (const state::StateTopic& topic :
       {state::StateTopic{config.config_topic, "config.storage", 1, true, config.config_replication_factor, topic_settings(config.config_topic_settings),
                          "connector configurations"},
        state::StateTopic{config.offset_topic, "offset.storage", config.offset_partitions, false, config.offset_replication_factor,
                          topic_settings(config.offset_topic_settings), "source connector offsets"},
        state::StateTopic{config.status_topic, "status.storage", config.status_partitions, false, config.status_replication_factor,
                          topic_settings(config.status_topic_settings), "connector and task statuses"}}) {
    auto ready = insist([&]() -> Result<void> {
      auto done = state::ensure_topic(*p.admin, topic, kAttempt);
      if (!done) {
        return done.error();
      }
      if (*done) {
        spdlog::warn("{}", **done);
      }
      return {};
    });
    if (!ready) {
      return ready;
    }
  }

  begin_stage("reading the state topics");
  const auto warn = [](const std::string& message) { spdlog::warn("{}", message); };
  state::ConfigStoreOptions configs;
  configs.topic = config.config_topic;
  configs.group_id = config.group_id;
  configs.client = p.clients->internal("configs");
  configs.client_id = p.clients->internal_client_id("configs");
  configs.on_warning = warn;
  configs.on_fenced = [this](const std::string& why) { end(1, fmt::format("This worker stops: {}", why)); };
  p.configs = std::make_unique<state::ConfigStore>(std::move(configs));
  p.offsets = std::make_unique<state::OffsetStore>(state::OffsetStore::Options{
      config.offset_topic, p.clients->internal("offsets"), p.clients->internal_client_id("offsets"), warn});
  p.statuses = std::make_unique<state::StatusStore>(state::StatusStore::Options{
      config.status_topic, p.clients->internal("statuses"), p.clients->internal_client_id("statuses"), warn});
  Result<void> read[3];
  {
    std::jthread offsets([&] { read[1] = insist([&] { return p.offsets->start(kAttempt); }); });
    std::jthread statuses([&] { read[2] = insist([&] { return p.statuses->start(kAttempt); }); });
    read[0] = insist([&] { return p.configs->start(kAttempt); });
  }
  for (const auto& done : read) {
    if (!done) {
      return done;
    }
  }

  p.source_offsets = std::make_unique<OffsetsAdapter>(*p.offsets);
  p.producer = std::make_unique<SharedProducer>(p.clients->shared_producer());
  p.services = std::make_unique<pipeline::TaskServices>(pipeline::TaskServices{
      p.breakers, metrics_, *p.source_offsets, [&p] { return p.producer->get(); },
      [&p](const std::string& topic, const pipeline::TopicSettings& settings) -> Result<void> {
        // Asked first: who may write to a topic that is there need not be allowed to make one.
        const auto known = p.admin->describe_topics({topic}, seconds(30));
        if (!known) {
          return known.error();
        }
        if (!known->empty() && !known->front().error) {
          return {};
        }
        return p.admin->create_topics({{topic, settings.partitions, settings.replication_factor, settings.configs}}, seconds(30));
      }});
  p.context = std::make_unique<RunnerContext>(RunnerContext{options_.config, *registry(), *p.validator, *p.clients, worker_id_, *p.configs,
                                                            *p.offsets, *p.statuses, *p.services, p.graveyard});
  return {};
}

void Worker::put_connector_files() {
  for (const config::ConnectorFile& file : files_) {
    std::optional<TargetState> initial;
    if (file.initial_state == "PAUSED") {
      initial = TargetState::paused;
    } else if (file.initial_state == "STOPPED") {
      initial = TargetState::stopped;
    }
    const bool known = parts_->configs->contains(file.name);
    const auto done = store(file.name, ConfigInput(file.config.begin(), file.config.end()), known ? std::nullopt : initial, false);
    if (!done) {
      spdlog::error("[{}|worker] {}", file.name, done.error().message);
    }
  }
}

bool Worker::start_up(const std::stop_token& stop) {
  for (const std::string& warning : options_.config.warnings) {
    spdlog::warn("{}", warning);
  }
  if (const auto old = kafka::version_warning()) {
    spdlog::warn("{}", *old);
  }
  load_plugins();
  if (auto files = read_connector_files(); !files) {
    end(3, files.error().message);
    return false;
  }
  if (auto connected = connect(stop); !connected) {
    if (!stop.stop_requested()) {
      end(connected.error().code == Errc::retriable ? 2 : 1, connected.error().message);
    }
    return false;
  }
  begin_stage("starting the connectors");
  Parts& p = *parts_;
  {
    const std::lock_guard lock(change_mutex_);
    const auto stored = p.configs->connectors();
    for (const std::string& name : p.statuses->known()) {
      if (!stored.contains(name)) {
        p.statuses->remove_connector(name);  // leftovers of connectors that are gone
      }
    }
    for (const auto& [name, connector] : stored) {
      p.ensure_runner(name)->changed();
    }
  }
  ready_.store(true, std::memory_order_release);
  put_connector_files();
  finish_stage();
  spdlog::info("Started: {} connector(s), REST {}", p.configs->connectors().size(), worker_id_);
  return true;
}

void Worker::run(const std::stop_token& stop) {
  if (!start_up(stop)) {
    return;
  }
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!wake.wait_for(lock, stop, milliseconds(500), [] { return false; }) && !stop.stop_requested()) {
    maintain();
  }
}

void Worker::maintain() {
  Parts& p = *parts_;
  p.statuses->resend();
  (void)p.graveyard.sweep();
  std::vector<std::shared_ptr<ConnectorRunner>> gone;
  std::size_t tasks = 0;
  std::size_t connectors = 0;
  {
    const std::lock_guard lock(p.mutex);
    for (auto it = p.leaving.begin(); it != p.leaving.end();) {
      if ((*it)->join(Clock::now())) {
        gone.push_back(std::move(*it));
        it = p.leaving.erase(it);
      } else {
        ++it;
      }
    }
    connectors = p.runners.size();
    for (const auto& [name, runner] : p.runners) {
      tasks += runner->running_tasks();
    }
  }
  metrics_.gauge(metrics::kafka_connect_name("connect-worker-metrics", "connector-count"), "The number of connectors run in this worker.")
      .set(static_cast<double>(connectors));
  metrics_.gauge(metrics::kafka_connect_name("connect-worker-metrics", "task-count"), "The number of tasks run in this worker.")
      .set(static_cast<double>(tasks));
}

void Worker::stop() {
  const std::lock_guard once(stop_mutex_);
  if (std::exchange(stopped_, true)) {
    return;
  }
  stopping_.store(true);
  plugins_loaded_.notify_all();
  const Watchdog watchdog(options_.config.shutdown_timeout + kWatchdog);
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  Parts& p = *parts_;
  std::vector<std::shared_ptr<ConnectorRunner>> runners;
  {
    const std::lock_guard change(change_mutex_);
    const std::lock_guard lock(p.mutex);
    for (const auto& [name, runner] : p.runners) {
      runners.push_back(runner);
    }
    runners.insert(runners.end(), p.leaving.begin(), p.leaving.end());
  }
  for (const auto& runner : runners) {
    runner->shut_down();
  }
  const auto deadline = Clock::now() + options_.config.shutdown_timeout + seconds(2);
  bool clean = true;
  for (const auto& runner : runners) {
    if (!runner->join(deadline)) {
      spdlog::error("[{}|worker] the connector does not come back and is abandoned", runner->name());
      clean = false;
    }
  }
  clean = p.graveyard.sweep() == 0 && clean;
  if (p.statuses) {
    p.statuses->stop(seconds(2));
  }
  if (p.offsets) {
    p.offsets->stop();
  }
  if (p.configs) {
    p.configs->stop();
  }
  if (!clean) {
    must_exit_hard_.store(true);
    return;
  }
  {
    const std::lock_guard lock(p.mutex);
    p.runners.clear();
    p.leaving.clear();
  }
  runners.clear();
  if (p.producer) {
    p.producer->close();
  }
}

}  // namespace weir::runtime::worker
