// A place in Kafka, by value. Any thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/kafka/handles.hpp"

namespace weir::runtime::kafka {

inline constexpr std::int64_t kOffsetBeginning = RD_KAFKA_OFFSET_BEGINNING;
inline constexpr std::int64_t kOffsetEnd = RD_KAFKA_OFFSET_END;
inline constexpr std::int64_t kOffsetStored =
    RD_KAFKA_OFFSET_STORED;  // the group's committed offset
inline constexpr std::int64_t kOffsetInvalid = RD_KAFKA_OFFSET_INVALID;  // none known
inline constexpr std::int32_t kAnyPartition = RD_KAFKA_PARTITION_UA;

struct TopicPartition {
  std::string topic;
  std::int32_t partition{0};

  auto operator<=>(const TopicPartition&) const = default;
};

/// `offset` is the next one to be read, as in Kafka's commits.
struct TopicPartitionOffset {
  std::string topic;
  std::int32_t partition{0};
  std::int64_t offset{kOffsetInvalid};

  auto operator<=>(const TopicPartitionOffset&) const = default;
};

/// What the broker said about one partition; `code` 0 is success.
struct PartitionOutcome {
  TopicPartitionOffset position;
  int code{0};
  std::string message;
};

inline ListHandle to_list(const std::vector<TopicPartitionOffset>& offsets) {
  ListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& o : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), o.topic.c_str(), o.partition)->offset = o.offset;
  }
  return list;
}

inline ListHandle to_list(const std::vector<TopicPartition>& partitions) {
  ListHandle list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const auto& p : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition);
  }
  return list;
}

inline std::vector<TopicPartitionOffset> from_list(const rd_kafka_topic_partition_list_t* list) {
  std::vector<TopicPartitionOffset> out;
  if (list != nullptr) {
    out.reserve(static_cast<std::size_t>(list->cnt));
    for (int i = 0; i < list->cnt; ++i) {
      out.push_back({list->elems[i].topic, list->elems[i].partition, list->elems[i].offset});
    }
  }
  return out;
}

}  // namespace weir::runtime::kafka

template <>
struct std::hash<weir::runtime::kafka::TopicPartition> {
  std::size_t operator()(const weir::runtime::kafka::TopicPartition& tp) const noexcept {
    return std::hash<std::string>{}(tp.topic) * 31 + static_cast<std::size_t>(tp.partition);
  }
};
