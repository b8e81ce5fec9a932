// Connectors, their tasks and target states in the config topic.
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/kafka/topic_log.hpp"
#include "runtime/kafka/transactional_producer.hpp"
#include "runtime/state/config_codec.hpp"

namespace weir::runtime::state {

struct ConfigStoreOptions {
  std::string topic;
  std::string group_id;
  kafka::Config client;  ///< bootstrap.servers and security of the worker's own clients
  std::string client_id;
  /// Another worker with this group.id has taken over: this one must stop. Called once, by any thread; must be quick.
  std::function<void(const std::string& why)> on_fenced;
  std::function<void(const std::string& message)> on_warning;  ///< any thread
};

/// Reading is thread-safe and local; writing is thread-safe, one transaction after the other. Writes go through a
/// transactional producer connect-cluster-<group.id>, so that of two workers with one group.id the earlier is fenced at its
/// next write; a record that this store did not write means the same and is noticed at once.
class ConfigStore {
 public:
  explicit ConfigStore(ConfigStoreOptions options);
  ~ConfigStore();
  ConfigStore(const ConfigStore&) = delete;
  ConfigStore& operator=(const ConfigStore&) = delete;

  /// Fences older workers, then reads the topic to its end. The topic exists. Errors: retriable, bad_config.
  Result<void> start(std::chrono::milliseconds timeout);
  void stop();

  std::map<std::string, StoredConnector, std::less<>> connectors() const;
  std::optional<StoredConnector> connector(std::string_view name) const;
  bool contains(std::string_view name) const;

  /// Each waits for the commit and until the records were read back; 30 s in all. Errors: retriable, fatal when fenced.
  Result<void> put_connector(const std::string& name, const ConfigMap& config, std::optional<TargetState> initial_state = {});
  Result<void> put_target(const std::string& name, TargetState state);
  /// The empty task set and the target state STOPPED.
  Result<void> put_stopped(const std::string& name);
  Result<void> put_tasks(const std::string& name, const std::vector<ConfigMap>& tasks);
  Result<void> remove(const std::string& name);
  Result<void> put_log_level(const std::string& logger, const std::string& level);

 private:
  Result<void> write(const std::vector<StateRecord>& records);
  Result<void> wait_for_read_back(kafka::Clock::time_point deadline);
  Result<void> try_write(const std::vector<StateRecord>& records, kafka::Clock::time_point deadline);
  Result<void> open_producer(kafka::Clock::time_point deadline);
  void on_record(const kafka::Message& record);
  void fenced(const std::string& why);

  class Handler;
  const ConfigStoreOptions options_;
  std::unique_ptr<kafka::TopicLog> log_;

  std::mutex write_mutex_;  // one write at a time; guards producer_, handler_, channel_
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<kafka::DeliveryChannel> channel_;

  mutable std::mutex mutex_;  // guards what follows
  ConfigImage image_;
  std::unordered_map<std::string, int> expected_;  // records written here and not read back yet
  std::unordered_map<std::string, int> awaited_;   // those of the write under way
  std::condition_variable read_back_;              // awaited_ is empty, or fenced_
  bool loaded_{false};
  bool fenced_{false};
};

}  // namespace weir::runtime::state
