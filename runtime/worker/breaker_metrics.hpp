// What /metrics and the log say about circuit breakers (http-sink.md 4).
#pragma once

#include "runtime/metrics/registry.hpp"
#include "runtime/pipeline/breaker.hpp"

namespace weir::runtime::worker {

/// Counts transitions in weir_breaker_transitions_total{breaker,to,reason} and logs them. Called by whichever thread moves
/// a breaker. `metrics` outlives the breakers.
pipeline::Breaker::Listener breaker_listener(metrics::Registry& metrics);

/// Sets weir_breaker_state{breaker} (0 CLOSED, 1 HALF_OPEN, 2 OPEN, 3 FORCED_OPEN, 4 DISABLED) and
/// weir_breaker_open_seconds_total{breaker} at each collection, while the subscription lives. `breakers` outlives it.
[[nodiscard]] metrics::Registry::Subscription sample_breakers(metrics::Registry& metrics, pipeline::BreakerRegistry& breakers);

}  // namespace weir::runtime::worker
