// Internal: the C callback behind set_log_handler().
#pragma once

#include <librdkafka/rdkafka.h>

namespace weir::runtime::kafka {

void log_callback(const rd_kafka_t* rk, int level, const char* facility, const char* text) noexcept;

}  // namespace weir::runtime::kafka
