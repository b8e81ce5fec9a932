#include "runtime/config/chain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/config/connector_config.hpp"

namespace weir::runtime::config {
namespace {

const std::string* find(const ConfigMap& map, std::string_view key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

Error missing(std::string_view key) {
  return bad_config(fmt::format("Missing required configuration \"{}\" which has no default value.", key));
}

Error not_found(std::string_view value, std::string_view key) {
  return bad_config(weir::detail::invalid(value, key, fmt::format("Class {} could not be found.", value)));
}

}  // namespace

Result<std::vector<ChainStep>> build_chain(const ConfigMap& config, const plugin::Registry& registry) {
  std::vector<ChainStep> out;
  const std::string* list = find(config, "transforms");
  if (list == nullptr) {
    return out;
  }
  for (const std::string& alias : weir::detail::split_list(*list)) {
    const std::string prefix = "transforms." + alias + ".";
    ChainStep step;
    step.alias = alias;
    step.config = with_prefix(config, prefix);
    const std::string* type = find(step.config, "type");
    if (type == nullptr) {
      return missing(prefix + "type");
    }
    step.transform = registry.find(plugin::Kind::transform, weir::detail::trim(*type));
    if (step.transform == nullptr) {
      return not_found(*type, prefix + "type");
    }
    if (const std::string* negate = find(step.config, "negate")) {
      if (auto why = weir::detail::parse_into(*negate, step.negate)) {
        return bad_config(weir::detail::invalid(*negate, prefix + "negate", *why));
      }
    }
    if (const std::string* predicate = find(step.config, "predicate")) {
      step.predicate_alias = std::string(weir::detail::trim(*predicate));
      const std::string predicate_prefix = "predicates." + step.predicate_alias + ".";
      step.predicate_config = with_prefix(config, predicate_prefix);
      const std::string* aliases = find(config, "predicates");
      const auto declared = aliases == nullptr ? std::vector<std::string>() : weir::detail::split_list(*aliases);
      if (std::find(declared.begin(), declared.end(), step.predicate_alias) == declared.end()) {
        return bad_config(weir::detail::invalid(*predicate, prefix + "predicate",
                                                fmt::format("\"predicates\" does not list \"{}\"", step.predicate_alias)));
      }
      const std::string* predicate_type = find(step.predicate_config, "type");
      if (predicate_type == nullptr) {
        return missing(predicate_prefix + "type");
      }
      step.predicate = registry.find(plugin::Kind::predicate, weir::detail::trim(*predicate_type));
      if (step.predicate == nullptr) {
        return not_found(*predicate_type, predicate_prefix + "type");
      }
    }
    for (const char* key : {"type", "predicate", "negate", "plugin.version"}) {
      step.config.erase(key);
    }
    step.predicate_config.erase("type");
    step.predicate_config.erase("plugin.version");
    out.push_back(std::move(step));
  }
  return out;
}

Result<ConverterChoice> choose_converter(std::string_view key, const ConfigMap& config, const WorkerConfig& worker,
                                         const plugin::Registry& registry) {
  constexpr std::string_view kOutput = "output.";
  const bool output = key.substr(0, kOutput.size()) == kOutput;
  if (output && find(config, key) == nullptr) {
    return choose_converter(key.substr(kOutput.size()), config, worker, registry);
  }
  const std::string_view type = output ? key.substr(kOutput.size()) : key;
  const plugin::Kind kind = type == "header.converter" ? plugin::Kind::header_converter : plugin::Kind::converter;
  const std::string prefix = std::string(key) + ".";

  ConverterChoice out;
  std::string name;
  if (const std::string* own = find(config, key); own != nullptr) {
    name = std::string(weir::detail::trim(*own));
    out.config = with_prefix(config, prefix);
  } else if (type == "key.converter") {
    name = worker.key_converter.value_or("");
    out.config = worker.key_converter_settings;
  } else if (type == "value.converter") {
    name = worker.value_converter.value_or("");
    out.config = worker.value_converter_settings;
  } else {
    name = worker.header_converter;
    out.config = worker.header_converter_settings;
  }
  out.component = registry.find(kind, name);
  if (out.component == nullptr) {
    return not_found(name, key);
  }
  out.config.erase("plugin.version");
  out.config["converter.type"] = std::string(type.substr(0, type.find('.')));
  return out;
}

}  // namespace weir::runtime::config
