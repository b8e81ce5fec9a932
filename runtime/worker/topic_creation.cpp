#include "runtime/worker/topic_creation.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/config/connector_config.hpp"
#include "runtime/config/regex.hpp"

namespace weir::runtime::worker {
namespace {

struct Group {
  std::vector<config::Regex> include;
  std::vector<config::Regex> exclude;
  pipeline::TopicSettings settings;

  bool has(std::string_view topic) const {
    const auto matches = [&](const config::Regex& pattern) { return pattern.full_match(topic); };
    return std::any_of(include.begin(), include.end(), matches) && std::none_of(exclude.begin(), exclude.end(), matches);
  }
};

std::vector<config::Regex> patterns(const std::string& list) {
  std::vector<config::Regex> out;
  for (const std::string& pattern : weir::detail::split_list(list)) {
    if (auto compiled = config::Regex::compile(pattern)) {
      out.push_back(std::move(*compiled));
    }
  }
  return out;
}

Group make_group(const ConfigMap& connector, const std::string& name, const pipeline::TopicSettings& defaults) {
  Group group;
  group.settings = {defaults.partitions, defaults.replication_factor, {}};
  if (name == "default") {
    group.include = patterns(".*");
  }
  for (const auto& [key, value] : config::with_prefix(connector, "topic.creation." + name + ".")) {
    if (key == "include") {
      group.include = patterns(value);
    } else if (key == "exclude") {
      group.exclude = patterns(value);
    } else if (key == "partitions") {
      (void)weir::detail::parse_into(value, group.settings.partitions);
    } else if (key == "replication.factor") {
      (void)weir::detail::parse_into(value, group.settings.replication_factor);
    } else {
      group.settings.configs[key] = value;
    }
  }
  return group;
}

}  // namespace

pipeline::TopicRules topic_rules(const ConfigMap& connector, const config::WorkerConfig& worker) {
  if (!worker.topic_creation || config::with_prefix(connector, "topic.creation.").empty()) {
    return {};
  }
  const auto groups = std::make_shared<std::vector<Group>>();
  Group last = make_group(connector, "default", {});
  if (const auto names = connector.find("topic.creation.groups"); names != connector.end()) {
    for (const std::string& name : weir::detail::split_list(names->second)) {
      if (!name.empty() && name != "default") {
        groups->push_back(make_group(connector, name, last.settings));
      }
    }
  }
  groups->push_back(std::move(last));
  return [groups](std::string_view topic) -> std::optional<pipeline::TopicSettings> {
    for (const Group& group : *groups) {
      if (group.has(topic)) {
        return group.settings;
      }
    }
    return std::nullopt;
  };
}

}  // namespace weir::runtime::worker
