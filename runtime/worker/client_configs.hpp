// How the configurations of Kafka clients are put together (worker-config.md 4, weir.md 5). Pure; any thread.
#pragma once

#include <string>
#include <weir/config_def.hpp>

#include "runtime/config/worker_config.hpp"
#include "runtime/kafka/client_config.hpp"

namespace weir::runtime::worker {

class ClientConfigs {
 public:
  /// `bootstrap`: the worker file's, or the embedded broker's. `worker` outlives this.
  ClientConfigs(const config::WorkerConfig& worker, std::string bootstrap)
      : worker_(worker), bootstrap_(std::move(bootstrap)) {}

  const std::string& bootstrap() const noexcept { return bootstrap_; }

  /// The worker's own clients: state topics, shared admin. `suffix` as in "configs": "<group.id>-[<client.id>-]configs".
  kafka::Config internal(const std::string& suffix) const;
  std::string internal_client_id(const std::string& suffix) const;

  /// The producer that tasks without overrides share.
  kafka::Config shared_producer() const;

  /// `connector` has its references resolved.
  kafka::Config producer(const ConfigMap& connector, const std::string& client_id) const;
  kafka::Config consumer(const ConfigMap& connector, const std::string& name, const std::string& client_id) const;
  kafka::Config admin(const ConfigMap& connector, const std::string& client_id) const;

 private:
  const config::WorkerConfig& worker_;
  const std::string bootstrap_;
};

/// `consumer.override.group.id`, or `connect-<name>`.
std::string sink_group(const ConfigMap& connector, const std::string& name);

}  // namespace weir::runtime::worker
