#include "runtime/worker/breaker_metrics.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <string>

namespace weir::runtime::worker {
namespace {

using pipeline::BreakerState;

double number_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed: return 0;
    case BreakerState::half_open: return 1;
    case BreakerState::open: return 2;
    case BreakerState::forced_open: return 3;
    case BreakerState::disabled: return 4;
  }
  return 4;
}

}  // namespace

pipeline::Breaker::Listener breaker_listener(metrics::Registry& metrics) {
  return [&metrics](const std::string& breaker, BreakerState from, BreakerState to, const std::string& reason) {
    metrics
        .counter("weir_breaker_transitions_total", "Transitions of circuit breakers.",
                 {{"breaker", breaker}, {"to", std::string(to_string(to))}, {"reason", reason}})
        .add();
    spdlog::log(to == BreakerState::open || to == BreakerState::forced_open ? spdlog::level::warn : spdlog::level::info,
                "breaker {}: {} -> {} ({})", breaker, to_string(from), to_string(to), reason);
  };
}

metrics::Registry::Subscription sample_breakers(metrics::Registry& metrics, pipeline::BreakerRegistry& breakers) {
  return metrics.on_collect([&metrics, &breakers] {
    for (pipeline::Breaker* breaker : breakers.all()) {
      const auto now = breaker->snapshot();
      metrics
          .gauge("weir_breaker_state", "0 CLOSED, 1 HALF_OPEN, 2 OPEN, 3 FORCED_OPEN, 4 DISABLED.", {{"breaker", breaker->name()}})
          .set(number_of(now.state));
      const auto open =
          metrics.counter("weir_breaker_open_seconds_total", "Time that breakers were not closed.", {{"breaker", breaker->name()}});
      open.add(std::chrono::duration<double>(now.open_total).count() - open.value());
    }
  });
}

}  // namespace weir::runtime::worker
