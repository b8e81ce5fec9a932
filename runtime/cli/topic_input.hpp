// Records of a topic for weir transform: read only, without a group, nothing is committed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <weir/result.hpp>

#include "runtime/cli/record_input.hpp"
#include "runtime/kafka/consumer.hpp"

namespace weir::runtime::cli {

struct TopicQuery {
  std::string topic;
  std::optional<std::int32_t> partition{};  ///< nullopt: all
  std::string from{"beginning"};  ///< beginning, end (what comes from now on), an offset, or -N:
                                  ///< the last N of each partition
};

class TopicInput final : public RecordInput {
 public:
  /// `config`: the connector's consumer; its group is not used. Errors: bad_config with the option,
  /// retriable when the cluster does not answer.
  static Result<std::unique_ptr<TopicInput>> open(kafka::Config config, const TopicQuery& query);

  /// Ends at what was the end of the topic when it was opened; from `end` it never ends.
  Result<std::optional<LineRecord>> next() override;
  bool more_at_once() override;

 private:
  TopicInput() = default;
  /// Moves `start`, which is at the ends, back to the last `count` records of each partition.
  /// Offsets do not tell: transactions and compaction leave gaps.
  Result<void> find_last(std::size_t count, const std::vector<kafka::TopicPartitionOffset>& begins,
                         std::vector<kafka::TopicPartitionOffset>& start);
  /// Takes what comes within `timeout`.
  Result<void> poll(std::chrono::milliseconds timeout);

  std::string bootstrap_;
  std::unique_ptr<kafka::Consumer> consumer_;
  std::map<std::int32_t, std::int64_t> open_;  // partitions that are still read, and their ends
  bool follow_{false};
  std::deque<LineRecord> ready_;
  std::optional<std::chrono::steady_clock::time_point> silent_since_;
};

}  // namespace weir::runtime::cli
