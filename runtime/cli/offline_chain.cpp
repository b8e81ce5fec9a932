#include "runtime/cli/offline_chain.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "runtime/config/chain.hpp"
#include "runtime/config/connector_config.hpp"
#include "runtime/config/nearest.hpp"
#include "runtime/config/validator.hpp"

namespace weir::runtime::cli {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

constexpr std::string_view kChainKeys[] = {
    "key.converter",          "value.converter", "header.converter", "output.key.converter",
    "output.value.converter", "transforms",      "predicates"};

bool of_chain(const std::string& key) {
  return std::any_of(std::begin(kChainKeys), std::end(kChainKeys), [&](std::string_view prefix) {
    return key == prefix || starts_with(key, std::string(prefix) + ".");
  });
}

/// `transform.a.type`, `value.convertor`: what no connector knows and would be lost here without a
/// word.
bool meant_for_chain(const std::string& key) {
  const auto dot = key.find('.');
  const std::string first = key.substr(0, dot);
  if (first == "key" || first == "value" || first == "header") {
    const std::string second =
        dot == std::string::npos ? "" : key.substr(dot + 1, key.find('.', dot + 1) - dot - 1);
    return second != "converter" && config::nearest(second, {"converter"});
  }
  return first != "transforms" && first != "predicates" &&
         config::nearest(first, {"transforms", "predicates"});
}

/// What of a connector's config the chain is made of, as a config of the relay: it has every key of
/// it and none of its own that matters here.
ConfigMap chain_config(const ConfigMap& config, bool worker_file) {
  ConfigMap out{{"name", "transform"}, {"connector.class", "relay"}, {"topics", "in"}};
  for (const auto& [key, value] : config) {
    if (of_chain(key) || meant_for_chain(key)) {
      out.emplace(key, value);
    }
  }
  if (!worker_file) {
    out.emplace("key.converter", "org.apache.kafka.connect.json.JsonConverter");
    out.emplace("value.converter", "org.apache.kafka.connect.json.JsonConverter");
    out.emplace("header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter");
  }
  return out;
}

}  // namespace

std::unique_ptr<OfflineChain> OfflineChain::open(const Console& console,
                                                 const plugin::Registry& registry,
                                                 const ConnectorText& connector,
                                                 const config::WorkerConfig& worker,
                                                 bool worker_file) {
  const auto refused = [&](const std::string& why) {
    console.fail(why);
    return std::unique_ptr<OfflineChain>();
  };
  ConfigMap given;
  for (const auto& [key, value] : connector.config) {
    if (!value) {
      return refused(key + ": Null value can not be supplied as the configuration value.");
    }
    given.emplace(key, *value);
  }
  auto resolved = worker.config_providers.resolve(given);
  if (!resolved) {
    return refused(resolved.error().message);
  }
  const ConfigMap config = chain_config(given, worker_file);
  const plugin::Component* relay = registry.find_connector(config::kRelay);
  const auto checked = config::Validator(registry, worker, console.strict)
                           .validate(*relay, {config.begin(), config.end()});
  for (const std::string& warning : checked.warnings) {
    console.warn(warning);
  }
  if (checked.error_count() > 0) {
    for (const auto& key : checked.configs) {
      for (const std::string& error : key.errors) {
        console.fail(error.find(key.name) == std::string::npos ? key.name + ": " + error : error);
      }
    }
    return nullptr;
  }

  std::unique_ptr<OfflineChain> out(new OfflineChain(console.err));
  out->connector_ = std::move(resolved->config);
  pipeline::TaskSpec& spec = out->spec_;
  spec.connector = connector.name.empty() ? "transform" : connector.name;
  spec.errors.hold_converters = false;
  auto chain = config::build_chain(checked.resolved, registry);
  if (!chain) {
    return refused(chain.error().message);
  }
  spec.transforms = std::move(*chain);
  const std::pair<const char*, config::ConverterChoice pipeline::TaskSpec::*> converters[] = {
      {"key.converter", &pipeline::TaskSpec::key_converter},
      {"value.converter", &pipeline::TaskSpec::value_converter},
      {"header.converter", &pipeline::TaskSpec::header_converter},
      {"output.key.converter", &pipeline::TaskSpec::output_key_converter},
      {"output.value.converter", &pipeline::TaskSpec::output_value_converter}};
  for (const auto& [key, member] : converters) {
    if (starts_with(key, "output.") && checked.resolved.count(key) == 0) {
      continue;
    }
    auto choice = config::choose_converter(key, checked.resolved, worker, registry);
    if (!choice) {
      return refused(choice.error().message);
    }
    spec.*member = std::move(*choice);
  }
  OfflineHost& host = out->host_.emplace(spec.connector, out->log_);
  auto stages = pipeline::Stages::create(
      spec, host.task({}), [&](const std::string& alias) { return host.task(alias); },
      [](std::chrono::milliseconds, const pipeline::Retry&) { return false; });
  if (!stages) {
    return refused(stages.error().message);
  }
  out->stages_ = std::move(*stages);
  return out;
}

}  // namespace weir::runtime::cli
