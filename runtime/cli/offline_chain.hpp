// The converters and transforms of one connector's config, without a worker.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/cli/config_input.hpp"
#include "runtime/cli/console.hpp"
#include "runtime/cli/offline_host.hpp"
#include "runtime/config/worker_config.hpp"
#include "runtime/pipeline/stages.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::cli {

class OfflineChain {
 public:
  /// Prints warnings and problems; null: it was refused, or with console.strict a key is unknown.
  /// Without a worker's file (`worker` made of nothing) converters default to JsonConverter, and
  /// their sub-keys count without a class.
  static std::unique_ptr<OfflineChain> open(const Console& console,
                                            const plugin::Registry& registry,
                                            const ConnectorText& connector,
                                            const config::WorkerConfig& worker, bool worker_file);

  pipeline::Stages& stages() { return *stages_; }
  const pipeline::TaskSpec& spec() const { return spec_; }
  /// The connector's config, references resolved.
  const ConfigMap& connector() const { return connector_; }

 private:
  explicit OfflineChain(std::ostream& log) : log_(log) {}

  std::ostream& log_;
  ConfigMap connector_;
  pipeline::TaskSpec spec_;
  std::optional<OfflineHost> host_;
  std::unique_ptr<pipeline::Stages> stages_;
};

}  // namespace weir::runtime::cli
