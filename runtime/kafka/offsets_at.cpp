#include "runtime/kafka/offsets_at.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/kafka/error.hpp"

namespace weir::runtime::kafka {

Result<void> first_error(const rd_kafka_topic_partition_list_t* list, const char* what) {
  for (int i = 0; i < list->cnt; ++i) {
    const auto& elem = list->elems[i];
    if (elem.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return make_error(elem.err, fmt::format("{} {}-{}", what, elem.topic, elem.partition));
    }
  }
  return {};
}

Result<std::vector<TopicPartitionOffset>> offsets_at(rd_kafka_t* rk, std::int64_t time,
                                                     const std::vector<TopicPartition>& partitions,
                                                     std::chrono::milliseconds timeout) {
  if (partitions.empty()) {
    return std::vector<TopicPartitionOffset>{};
  }
  const ListHandle list = to_list(partitions);
  for (int i = 0; i < list->cnt; ++i) {
    list->elems[i].offset = time;
  }
  const int ms = static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 0, 3'600'000));
  if (const auto err = rd_kafka_offsets_for_times(rk, list.get(), ms);
      err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, "Asking for offsets");
  }
  if (auto ok = first_error(list.get(), "Asking for the offset of"); !ok) {
    return std::move(ok).error();
  }
  return from_list(list.get());
}

}  // namespace weir::runtime::kafka
