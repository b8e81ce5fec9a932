// The topics that hold the worker's state: created at start, and checked.
#pragma once

#include <weir/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "runtime/kafka/admin.hpp"

namespace weir::runtime::state {

struct StateTopic {
  std::string name;
  std::string prefix;  ///< "config.storage": of the worker keys that speak of it, for messages
  std::int32_t partitions{1};
  bool exactly{false};  ///< an existing topic must have just these partitions
  std::int16_t replication_factor{-1};
  std::map<std::string, std::string> settings;
  std::string content;  ///< "connector configurations", for messages
};

/// Makes the topic unless it is there, compacted, and checks what is there. Any thread. Errors: bad_config with the worker
/// key to be changed; retriable when Kafka does not answer. A warning comes back when the policy may not be read.
Result<std::optional<std::string>> ensure_topic(kafka::Admin& admin, const StateTopic& topic, std::chrono::milliseconds timeout);

}  // namespace weir::runtime::state
