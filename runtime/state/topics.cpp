#include "runtime/state/topics.hpp"

#include <fmt/format.h>

#include <thread>

namespace weir::runtime::state {

Result<std::optional<std::string>> ensure_topic(kafka::Admin& admin, const StateTopic& topic, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto left = [&] {
    return std::max(std::chrono::milliseconds(1), std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
  };
  const auto described = [&]() -> Result<std::int32_t> {
    auto list = admin.describe_topics({topic.name}, left());
    if (!list) {
      return list.error();
    }
    if (list->empty()) {
      return 0;
    }
    if (list->front().error) {
      return list->front().kind == kafka::ErrorKind::unknown_topic ? Result<std::int32_t>(0) : Result<std::int32_t>(*list->front().error);
    }
    return list->front().partitions;
  };

  // A mock cluster makes a topic when it is asked about it: create first.
  auto partitions = admin.embedded() ? Result<std::int32_t>(0) : described();
  if (!partitions) {
    return partitions.error();
  }
  bool created = false;
  if (*partitions == 0) {
    kafka::NewTopic fresh{topic.name, topic.partitions, topic.replication_factor, topic.settings};
    fresh.configs["cleanup.policy"] = "compact";
    if (auto made = admin.create_topics({fresh}, left()); !made) {
      if (made.error().code == Errc::retriable) {
        return made.error();
      }
      return bad_config(fmt::format("The topic {} of {}.topic could not be created: {}. {}.replication.factor is {}; -1 means the broker's default",
                                    topic.name, topic.prefix, made.error().message, topic.prefix, topic.replication_factor));
    }
    created = true;
    // Metadata of a new topic takes a moment to reach every broker.
    while (true) {
      partitions = described();
      if (!partitions) {
        return partitions.error();
      }
      if (*partitions > 0) {
        break;
      }
      if (std::chrono::steady_clock::now() >= deadline) {
        return retriable(fmt::format("The topic {} was created, but Kafka does not know it yet", topic.name));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  if (topic.exactly && *partitions != topic.partitions) {
    return bad_config(fmt::format("Topic '{}' supplied via the '{}.topic' property is required to have a single partition in order to "
                                  "guarantee consistency of {}, but found {} partitions.",
                                  topic.name, topic.prefix, topic.content, *partitions));
  }
  if (admin.embedded() || created) {
    return std::optional<std::string>();
  }
  auto settings = admin.topic_configs(topic.name, left());
  if (!settings) {
    if (settings.error().code == Errc::retriable) {
      return settings.error();
    }
    return std::optional(fmt::format("The settings of topic {} cannot be read ({}); it must have cleanup.policy=compact", topic.name, settings.error().message));
  }
  const auto policy = settings->find("cleanup.policy");
  if (policy == settings->end()) {
    return std::optional(fmt::format("Kafka does not tell the cleanup.policy of topic {}; it must be compact", topic.name));
  }
  if (policy->second != "compact") {
    return bad_config(fmt::format(
        "Topic '{}' supplied via the '{}.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and "
        "durability of {}, but found the topic currently has 'cleanup.policy={}'. Continuing would likely result in eventually losing {} "
        "and problems restarting this Connect cluster in the future. Change the '{}.topic' property in the Connect worker "
        "configurations to use a topic with 'cleanup.policy=compact'.",
        topic.name, topic.prefix, topic.content, policy->second, topic.content, topic.prefix));
  }
  return std::optional<std::string>();
}

}  // namespace weir::runtime::state
