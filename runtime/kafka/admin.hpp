// Topics, configurations and group offsets.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kafka/client_config.hpp"
#include "runtime/kafka/error.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/topic_partition.hpp"
#include "weir/result.hpp"

namespace weir::runtime::kafka {

class EmbeddedBroker;

struct NewTopic {
  std::string name;
  std::int32_t partitions{-1};          // -1: the broker's default
  std::int16_t replication_factor{-1};  // -1: the broker's default
  std::map<std::string, std::string> configs;
};

struct TopicDescription {
  std::string name;
  std::int32_t partitions{0};
  ErrorKind kind{ErrorKind::other};
  std::optional<Error> error;  // unknown_topic, authorization …
};

struct ClusterDescription {
  std::string cluster_id;  // empty: the broker did not say
  std::int32_t brokers{0};
  std::int32_t controller{-1};
};

/// Every call blocks until its deadline at the latest and is thread-safe. A deadline that passes is
/// `retriable`.
class Admin {
 public:
  /// `embedded` when the client's broker is one: its topics are made by its own call, it has no
  /// topic configurations, and deleting groups is refused, because it would abort the process. A
  /// mock cluster is also recognised by its cluster id.
  static Result<std::unique_ptr<Admin>> create(const Config& config,
                                               EmbeddedBroker* embedded = nullptr);
  Admin(const Admin&) = delete;
  Admin& operator=(const Admin&) = delete;

  /// A topic that exists is success (verify what matters: topic_configs(), describe_topics()).
  /// Otherwise the first error, with the topic's name and the broker's text: bad_config for a
  /// refusal (replication factor, policy), retriable else.
  Result<void> create_topics(const std::vector<NewTopic>& topics,
                             std::chrono::milliseconds timeout);
  Result<void> delete_topics(const std::vector<std::string>& topics,
                             std::chrono::milliseconds timeout);

  /// The effective settings of a topic, `cleanup.policy` among them. Errors: bad_config when it may
  /// not be read or the broker is embedded.
  Result<std::map<std::string, std::string>> topic_configs(const std::string& topic,
                                                           std::chrono::milliseconds timeout);

  /// One entry for each name asked for; with no names, for every topic of the cluster. Does not
  /// create topics on a real broker.
  Result<std::vector<TopicDescription>> describe_topics(const std::vector<std::string>& topics,
                                                        std::chrono::milliseconds timeout);
  Result<ClusterDescription> describe_cluster(std::chrono::milliseconds timeout);

  /// The committed offsets of a group, partitions without one left out; nothing for an unknown
  /// group. No partitions: asks about every partition of the cluster. Makes a client for the call:
  /// some 10 ms.
  Result<std::vector<PartitionOutcome>> list_group_offsets(
      const std::string& group, const std::vector<TopicPartition>& partitions,
      std::chrono::milliseconds timeout);
  /// The Result is about the whole call; look at each outcome: a group with live members refuses
  /// partition by partition (UNKNOWN_MEMBER_ID).
  Result<std::vector<PartitionOutcome>> alter_group_offsets(
      const std::string& group, const std::vector<TopicPartitionOffset>& offsets,
      std::chrono::milliseconds timeout);
  Result<std::vector<PartitionOutcome>> delete_group_offsets(
      const std::string& group, const std::vector<TopicPartition>& partitions,
      std::chrono::milliseconds timeout);
  /// A group that does not exist is success. Refused by the broker while it has members.
  Result<void> delete_group(const std::string& group, std::chrono::milliseconds timeout);

  bool embedded() const noexcept { return embedded_ != nullptr; }
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }

 private:
  Admin() = default;
  /// True also for a mock cluster of another process. Errors when the broker does not answer.
  Result<bool> is_mock(std::chrono::milliseconds timeout);

  Result<std::vector<PartitionOutcome>> alter_once(const std::string& group,
                                                   const std::vector<TopicPartitionOffset>& offsets,
                                                   std::chrono::milliseconds timeout);

  ClientHandle rk_;
  Config config_;
  EmbeddedBroker* embedded_{nullptr};
  std::vector<std::string> warnings_;
};

}  // namespace weir::runtime::kafka
