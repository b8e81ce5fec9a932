// Kafka topics as tests and oracles see them: librdkafka's C API, nothing of the runtime under
// test.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct rd_kafka_s;

namespace weir::test {

struct TopicRecord {
  std::string topic{};
  std::int32_t partition{0};
  std::int64_t offset{0};
  std::int64_t timestamp{-1};
  std::optional<std::string> key{};
  std::optional<std::string> value{};
  std::vector<std::pair<std::string, std::optional<std::string>>> headers{};

  /// The last header of that name; nothing when there is none or it is null.
  std::optional<std::string> header(const std::string& name) const;
};

struct RdKafkaDeleter {
  void operator()(rd_kafka_s* handle) const;
};
using RdKafka = std::unique_ptr<rd_kafka_s, RdKafkaDeleter>;
using ClientConfig = std::map<std::string, std::string>;

/// Reads every partition of one topic from its start, without a group. One thread; throws
/// std::runtime_error.
class TopicReader {
 public:
  TopicReader(const std::string& bootstrap, const std::string& topic,
              const std::string& isolation_level = "read_committed", ClientConfig overrides = {});

  /// What is there beyond the last call, up to the present end of all partitions (of committed
  /// transactions, when read_committed). Order: per partition.
  std::vector<TopicRecord> read_to_end(
      std::chrono::milliseconds timeout = std::chrono::seconds(60));
  /// At least `count` records beyond the last call, or what came until the time was over.
  std::vector<TopicRecord> read(std::size_t count,
                                std::chrono::milliseconds timeout = std::chrono::seconds(60));

 private:
  std::vector<TopicRecord> poll_until(const std::function<bool(std::size_t)>& enough,
                                      std::chrono::milliseconds timeout, bool must);

  void assign();

  struct Place {
    std::int64_t next{0};
    bool at_end{false};
  };
  std::string topic_;
  std::map<std::int32_t, Place> places_;
  RdKafka consumer_;
};

/// An idempotent producer. One thread; throws std::runtime_error.
class TopicWriter {
 public:
  explicit TopicWriter(const std::string& bootstrap, ClientConfig overrides = {});

  /// Queues the record (partition -1: by key, as Java's clients do) and goes on; errors are thrown
  /// by flush().
  void write(const TopicRecord& record);
  void write(const std::string& topic, std::optional<std::string> key,
             std::optional<std::string> value, std::int32_t partition = -1);
  /// Waits until the broker has acknowledged everything.
  void flush(std::chrono::milliseconds timeout = std::chrono::seconds(60));

 private:
  struct Failures {
    std::size_t count{0};
    std::string first;
  };
  static void delivered(rd_kafka_s*, const void* message, void* self);

  std::unique_ptr<Failures> failures_;
  RdKafka producer_;
};

/// All records of a topic, ordered by partition and offset.
std::vector<TopicRecord> read_topic(const std::string& bootstrap, const std::string& topic,
                                    const std::string& isolation_level = "read_committed");

/// Returns when every partition has a leader. A topic that exists is left as it is.
void create_topic(const std::string& bootstrap, const std::string& topic, int partitions,
                  const std::map<std::string, std::string>& configs = {});
bool topic_exists(const std::string& bootstrap, const std::string& topic);
int partition_count(const std::string& bootstrap, const std::string& topic);

/// Partition -> next offset (high watermark).
std::map<std::int32_t, std::int64_t> end_offsets(const std::string& bootstrap,
                                                 const std::string& topic);
/// Partition -> committed offset of the group; partitions without one are left out.
std::map<std::int32_t, std::int64_t> committed_offsets(const std::string& bootstrap,
                                                       const std::string& group,
                                                       const std::string& topic);
/// end - committed, summed; a partition without a commit counts from 0. On a topic written by
/// transactions a group that has read everything may stay one behind in each partition: the marker
/// of the last transaction.
std::int64_t group_lag(const std::string& bootstrap, const std::string& group,
                       const std::string& topic);

struct GroupState {
  std::string state;  ///< "Stable", "Empty", "Dead" ...
  std::vector<std::string>
      member_ids;  ///< a member that rejoins after a rebalance keeps its id; a new one has a new
};
GroupState describe_group(const std::string& bootstrap, const std::string& group);

}  // namespace weir::test
