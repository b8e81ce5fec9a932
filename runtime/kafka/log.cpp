#include "runtime/kafka/log.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>

#include "runtime/kafka/log_callback.hpp"

namespace weir::runtime::kafka {
namespace {
std::atomic<LogHandler> handler{nullptr};
}  // namespace

void set_log_handler(LogHandler new_handler) noexcept { handler.store(new_handler); }

void log_callback(const rd_kafka_t* rk, int level, const char* facility,
                  const char* text) noexcept {
  try {
    // Producers have it on purpose, for Producer::end_offsets().
    if (std::string_view(facility) == "CONFWARN" &&
        std::string_view(text).find("isolation.level is a consumer property") !=
            std::string_view::npos) {
      return;
    }
    const char* client = rk != nullptr ? rd_kafka_name(rk) : "";
    if (LogHandler h = handler.load()) {
      h(level, client, facility, text);
    } else {
      fmt::print(stderr, "librdkafka {} {}: {}\n", facility, client, text);
    }
  } catch (...) {  // a lost log line must not take the client's thread with it
  }
}

}  // namespace weir::runtime::kafka
