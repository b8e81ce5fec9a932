// What a worker has once Kafka has been reached. Internal.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/embedded_broker.hpp"
#include "runtime/pipeline/breaker.hpp"
#include "runtime/worker/breaker_metrics.hpp"
#include "runtime/worker/connector_runner.hpp"
#include "runtime/worker/runner_context.hpp"
#include "runtime/worker/shared_producer.hpp"
#include "runtime/worker/worker.hpp"

namespace weir::runtime::worker {

/// Source offsets as the pipeline wants them.
class OffsetsAdapter final : public pipeline::SourceOffsets {
 public:
  explicit OffsetsAdapter(state::OffsetStore& store) : store_(store) {}
  Result<std::optional<std::string>> read(const std::string& connector, const std::string& partition) override {
    return store_.read(connector, partition);
  }
  void write(const std::string& connector, std::vector<Entry> entries, std::function<void(Result<void>)> done) override {
    std::vector<state::OffsetEntry> list;
    list.reserve(entries.size());
    for (Entry& entry : entries) {
      list.push_back({std::move(entry.partition), std::move(entry.offset)});
    }
    store_.write(connector, list, std::move(done));
  }

 private:
  state::OffsetStore& store_;
};

/// In the order of construction; runners go first, the broker last.
struct Worker::Parts {
  explicit Parts(metrics::Registry& metrics)
      : breakers(breaker_listener(metrics)),
        breaker_samples(sample_breakers(metrics, breakers)),
        task_samples(metrics.on_collect([this] { sample_tasks(); })) {}

  std::unique_ptr<kafka::EmbeddedBroker> broker;
  std::unique_ptr<config::Validator> validator;
  std::unique_ptr<ClientConfigs> clients;
  std::unique_ptr<kafka::Admin> admin;
  std::unique_ptr<state::ConfigStore> configs;
  std::unique_ptr<state::OffsetStore> offsets;
  std::unique_ptr<state::StatusStore> statuses;
  std::unique_ptr<OffsetsAdapter> source_offsets;
  std::unique_ptr<SharedProducer> producer;
  pipeline::BreakerRegistry breakers;
  metrics::Registry::Subscription breaker_samples;
  std::unique_ptr<pipeline::TaskServices> services;
  Graveyard graveyard;
  std::unique_ptr<RunnerContext> context;

  std::mutex mutex;  // guards what follows
  std::map<std::string, std::shared_ptr<ConnectorRunner>, std::less<>> runners;
  std::vector<std::shared_ptr<ConnectorRunner>> leaving;  // of deleted connectors

  std::shared_ptr<ConnectorRunner> runner(std::string_view name) {
    const std::lock_guard lock(mutex);
    const auto it = runners.find(name);
    return it == runners.end() ? nullptr : it->second;
  }
  /// Made when there is none, after the one of a deleted connector of that name.
  std::shared_ptr<ConnectorRunner> ensure_runner(const std::string& name) {
    const std::lock_guard lock(mutex);
    auto& slot = runners[name];
    if (!slot) {
      std::shared_ptr<ConnectorRunner> before;
      for (const auto& other : leaving) {
        if (other->name() == name) {
          before = other;
        }
      }
      slot = std::make_shared<ConnectorRunner>(*context, name, std::move(before));
    }
    return slot;
  }
  /// A report brings the figures up to date that a task does not keep itself (the lag).
  void sample_tasks() {
    std::vector<std::shared_ptr<ConnectorRunner>> all;
    {
      const std::lock_guard lock(mutex);
      for (const auto& [name, runner] : runners) {
        all.push_back(runner);
      }
    }
    for (const auto& runner : all) {
      (void)runner->reports();
    }
  }
  metrics::Registry::Subscription task_samples;  // the last: it looks at the rest
};

}  // namespace weir::runtime::worker
