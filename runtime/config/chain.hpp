// From a connector's keys to the components that work on its records. Pure; any thread.
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/worker_config.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::config {

struct ChainStep {
  std::string alias;
  const plugin::Component* transform{nullptr};
  ConfigMap config;  ///< without type, predicate, negate, plugin.version
  std::string predicate_alias;  ///< empty: none
  const plugin::Component* predicate{nullptr};
  ConfigMap predicate_config;
  bool negate{false};
};

/// `transforms`, in its order. `config` has its references resolved. Errors: bad_config in Kafka's words.
Result<std::vector<ChainStep>> build_chain(const ConfigMap& config, const plugin::Registry& registry);

struct ConverterChoice {
  const plugin::Component* component{nullptr};
  ConfigMap config;  ///< sub-keys without the prefix, with `converter.type` = key, value or header
};

/// `key` is key.converter, value.converter, header.converter, output.key.converter or output.value.converter. A class in
/// the connector: only its own sub-keys; none: the worker's class and sub-keys, or for output.* what the connector reads
/// with (worker-config.md 3). Errors: bad_config.
Result<ConverterChoice> choose_converter(std::string_view key, const ConfigMap& config, const WorkerConfig& worker,
                                         const plugin::Registry& registry);

}  // namespace weir::runtime::config
