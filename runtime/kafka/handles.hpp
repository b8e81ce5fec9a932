// Owners of librdkafka's C objects. One deleter each, so that nothing is destroyed by hand: a
// single leaked assignment list makes rd_kafka_destroy() hang for ever.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace weir::runtime::kafka {

template <auto Destroy>
struct HandleDeleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Destroy(handle);
  }
};

using ConfHandle = std::unique_ptr<rd_kafka_conf_t, HandleDeleter<rd_kafka_conf_destroy>>;
using ListHandle = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   HandleDeleter<rd_kafka_topic_partition_list_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, HandleDeleter<rd_kafka_topic_destroy>>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_t, HandleDeleter<rd_kafka_queue_destroy>>;
using EventHandle = std::unique_ptr<rd_kafka_event_t, HandleDeleter<rd_kafka_event_destroy>>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_t, HandleDeleter<rd_kafka_error_destroy>>;
using GroupMetadataHandle =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t,
                    HandleDeleter<rd_kafka_consumer_group_metadata_destroy>>;
using AdminOptionsHandle =
    std::unique_ptr<rd_kafka_AdminOptions_t, HandleDeleter<rd_kafka_AdminOptions_destroy>>;
using ClientHandle = std::unique_ptr<rd_kafka_t, HandleDeleter<rd_kafka_destroy>>;

}  // namespace weir::runtime::kafka
