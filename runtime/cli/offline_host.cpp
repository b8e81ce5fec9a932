#include "runtime/cli/offline_host.hpp"

#include <ostream>
#include <string_view>
#include <weir/value.hpp>

namespace weir::runtime::cli {

const weir_task* OfflineHost::task(const std::string& alias) {
  auto& entry = entries_[alias];
  if (entry) {
    return &entry->table;
  }
  entry = std::make_unique<Entry>();
  entry->host = this;
  entry->instance = alias.empty() ? connector_ : connector_ + "." + alias;
  weir_task& t = entry->table;
  t.struct_size = sizeof t;
  t.ctx = entry.get();
  t.connector = bytes_of(connector_);
  t.instance = bytes_of(entry->instance);
  t.log = [](void* ctx, std::uint32_t level, weir_bytes message) {
    try {
      const Entry& from = *static_cast<Entry*>(ctx);
      if (level >= WEIR_LOG_WARN) {
        from.host->log_ << (level >= WEIR_LOG_ERROR ? "error: " : "warning: ") << from.instance
                        << ": " << text_of(message) << '\n';
      }
    } catch (...) {  // a log line less
    }
  };
  t.settle = [](void*, weir_batch*, std::size_t, std::uint32_t, weir_bytes) {};
  t.read_offset = [](void*, const weir_value*, weir_arena*, weir_value* out) -> std::uint32_t {
    *out = Value::null();
    return WEIR_OK;
  };
  t.wake_fd = [](void*) { return -1; };
  t.wake = [](void*) {};
  t.stopping = [](void*) -> std::uint32_t { return 0; };
  // Neither breakers nor metrics have anything inside: their addresses only have to be there.
  t.breaker = [](void* ctx, weir_bytes) { return reinterpret_cast<weir_breaker*>(ctx); };
  t.breaker_acquire = [](weir_breaker*, std::uint64_t* permit,
                         std::int64_t* wait_ms) -> std::uint32_t {
    *permit = 0;
    *wait_ms = 0;
    return WEIR_PERMIT_CLOSED;
  };
  t.breaker_report = [](weir_breaker*, std::uint64_t, std::uint32_t, weir_bytes) {};
  t.metric = [](void* ctx, std::uint32_t, weir_bytes, weir_bytes, const weir_pair*, std::size_t) {
    return reinterpret_cast<weir_metric*>(ctx);
  };
  t.metric_record = [](weir_metric*, double) {};
  t.request_reconfiguration = [](void*) {};
  return &t;
}

}  // namespace weir::runtime::cli
