// The broker of `--embedded`: librdkafka's in-process mock cluster.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/kafka/handles.hpp"
#include "weir/result.hpp"

typedef struct rd_kafka_mock_cluster_s rd_kafka_mock_cluster_t;

namespace weir::runtime::kafka {

/// One broker on a loopback port of its own. It forgets everything when it is destroyed, keeps the
/// newest 5 MB or 100,000 records of a partition, has no compaction and no fencing, does not hide
/// aborted records, takes 3 s to a group's first assignment, and makes every topic that is used or
/// merely asked about, with 4 partitions: create topics first. Every client must be gone before it
/// is. Thread-safe.
class EmbeddedBroker {
 public:
  static Result<std::unique_ptr<EmbeddedBroker>> start();
  EmbeddedBroker(const EmbeddedBroker&) = delete;
  EmbeddedBroker& operator=(const EmbeddedBroker&) = delete;
  ~EmbeddedBroker();

  /// "127.0.0.1:PORT" for `bootstrap.servers`.
  const std::string& bootstrap_servers() const noexcept { return bootstrap_; }

  /// An existing topic is left as it is, and no error. Errors: bad_config.
  Result<void> create_topic(const std::string& name, std::int32_t partitions);

  /// For tests of outages: refuse connections and drop the open ones, and take them again.
  Result<void> set_reachable(bool reachable);
  /// For tests: every answer comes that much later from now on.
  void delay_answers(std::chrono::milliseconds time);
  /// For tests: the next requests of that kind (a key of Kafka's protocol) are refused with this
  /// code, `times` of them.
  void refuse(std::int16_t api_key, std::int16_t code, std::size_t times);

 private:
  struct DestroyCluster {
    void operator()(rd_kafka_mock_cluster_t* cluster) const noexcept;
  };

  EmbeddedBroker() = default;

  std::mutex mutex_;  // the mock's calls one at a time
  ClientHandle rk_;   // only carries the cluster
  std::unique_ptr<rd_kafka_mock_cluster_t, DestroyCluster> cluster_;
  std::string bootstrap_;
};

}  // namespace weir::runtime::kafka
