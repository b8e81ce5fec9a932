// Internal: ListOffsets.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <vector>

#include "runtime/kafka/topic_partition.hpp"
#include "weir/result.hpp"

namespace weir::runtime::kafka {

/// `time` kOffsetBeginning or kOffsetEnd, or ms since 1970; one request to each leader. Any client,
/// any thread.
Result<std::vector<TopicPartitionOffset>> offsets_at(rd_kafka_t* rk, std::int64_t time,
                                                     const std::vector<TopicPartition>& partitions,
                                                     std::chrono::milliseconds timeout);

/// The first partition error of a list.
Result<void> first_error(const rd_kafka_topic_partition_list_t* list, const char* what);

}  // namespace weir::runtime::kafka
