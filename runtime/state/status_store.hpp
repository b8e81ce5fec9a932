// Statuses of connectors and tasks, and the topics they use, in the status topic (internal-topics.md 4).
#pragma once

#include <weir/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kafka/topic_log.hpp"

namespace weir::runtime::state {

struct Status {
  std::string state;  ///< RUNNING PAUSED STOPPED FAILED UNASSIGNED RESTARTING
  std::string trace;  ///< empty: null
  std::string worker_id;
  std::int64_t generation{0};
  std::optional<std::string> version;

  bool operator==(const Status&) const = default;
};

/// JSON of a status, its members in Java's order; and back, nullopt when it is none.
std::string to_json(const Status& status);
std::optional<Status> parse_status(std::string_view json);

/// Thread-safe. What is written here is seen here at once; Kafka gets it in the background, the newest of each key until it
/// is acknowledged.
class StatusStore {
 public:
  struct Options {
    std::string topic;
    kafka::Config client;
    std::string client_id;
    std::function<void(const std::string& message)> on_warning;  ///< any thread
  };
  explicit StatusStore(Options options) : options_(std::move(options)) {}
  ~StatusStore() { stop(std::chrono::milliseconds(0)); }
  StatusStore(const StatusStore&) = delete;
  StatusStore& operator=(const StatusStore&) = delete;

  /// Reads the topic to its end. Errors: retriable, bad_config.
  Result<void> start(std::chrono::milliseconds timeout);
  /// Waits that long for what is under way.
  void stop(std::chrono::milliseconds flush);
  /// Sends again what failed; called about once a second.
  void resend();

  void put_connector(const std::string& name, const Status& status);
  void put_task(const std::string& name, int task, const Status& status);
  void remove_task(const std::string& name, int task);
  /// The connector's and all its tasks' statuses.
  void remove_connector(const std::string& name);

  std::optional<Status> connector(std::string_view name) const;
  std::optional<Status> task(std::string_view name, int task) const;
  std::map<int, Status> tasks(std::string_view name) const;
  /// Connectors that have a status of their own or of a task.
  std::set<std::string> known() const;

  /// Writes once per connector and topic.
  void add_topic(const std::string& connector, const std::string& topic, int task);
  std::vector<std::string> topics(std::string_view connector) const;
  void reset_topics(const std::string& connector);

 private:
  void apply(std::string_view key, std::optional<std::string_view> value);  // needs mutex_
  void send(const std::string& key, std::optional<std::string> value);      // not with mutex_
  void store(const std::string& key, std::optional<std::string> value);

  struct Pending {
    std::optional<std::string> value;
    std::uint64_t version{0};
    bool in_flight{false};
  };

  const Options options_;
  std::unique_ptr<kafka::TopicLog> log_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Status, std::less<>> connectors_;
  std::map<std::string, std::map<int, Status>, std::less<>> tasks_;
  std::map<std::string, std::set<std::string>, std::less<>> topics_;
  std::set<std::string, std::less<>> own_;  // keys written here: their read-back is old news
  std::map<std::string, Pending> pending_;
  std::uint64_t version_{0};
};

}  // namespace weir::runtime::state
