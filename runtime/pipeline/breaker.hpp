// The circuit breaker: holds a destination's feed back while it does not answer. One per breaker name in the worker,
// shared by all tasks and connectors that use the name. Keys and defaults: breaker.* (BreakerSettings).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::pipeline {

enum class BreakerState { closed, half_open, open, forced_open, disabled };

/// CLOSED OPEN HALF_OPEN FORCED_OPEN DISABLED.
std::string_view to_string(BreakerState state) noexcept;
std::optional<BreakerState> breaker_state_of(std::string_view word) noexcept;

struct BreakerSettings {
  bool enabled{true};
  bool time_window{false};  ///< window_size in seconds instead of calls
  std::int64_t window_size{20};
  std::int64_t minimum_calls{5};
  double failure_rate_threshold{50};  ///< per cent
  std::int64_t consecutive_failures{5};
  std::chrono::milliseconds slow_call_duration{10'000};
  double slow_call_rate_threshold{100};  ///< per cent
  std::chrono::milliseconds open{1'000};
  std::chrono::milliseconds open_max{30'000};
  double open_multiplier{2.0};
  std::int64_t half_open_max_calls{1};
  std::chrono::milliseconds half_open_max_wait{60'000};
  std::int64_t close_after_successes{3};

  bool operator==(const BreakerSettings&) const = default;
};

/// Thread-safe. Time comes from the clock given, so tests need no sleeps.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  enum class Permit { denied, closed, probe };
  enum class Outcome { success, failure, ignored, auth };

  struct Grant {
    Permit permit{Permit::denied};
    std::uint64_t id{0};
    std::chrono::milliseconds wait{0};  ///< denied: ask again after this
  };

  struct Snapshot {
    BreakerState state{BreakerState::closed};
    std::string reason;                          ///< of the last transition
    std::chrono::system_clock::time_point since;  ///< of the last transition
    std::chrono::milliseconds open_total{0};
    std::uint64_t calls{0};
    std::uint64_t failures{0};
    std::uint64_t transitions{0};
  };

  using Listener = std::function<void(const std::string& breaker, BreakerState from, BreakerState to,
                                      const std::string& reason)>;

  Breaker(std::string name, BreakerSettings settings, Listener listener = {}, Now now = &Clock::now,
          std::uint32_t seed = std::random_device{}());

  const std::string& name() const noexcept { return name_; }

  /// Asked before every attempt; each grant must be reported once.
  Grant acquire();
  void report(std::uint64_t id, Outcome outcome, std::string_view reason);

  /// The state now: also moves OPEN to HALF_OPEN when its time has come, and counts calls that have become slow.
  BreakerState state();
  Snapshot snapshot();

  /// FORCED_OPEN or DISABLED by an operator; `closed` ends it (and closes an open one). Nothing happens while the
  /// settings say that it is off.
  void force(BreakerState state);

  /// From now on these settings count; the state stays, but for `enabled`: off is DISABLED, on again is CLOSED (a
  /// breaker that an operator has set to DISABLED included). Equal settings change nothing. Any thread.
  void configure(const BreakerSettings& settings);

 private:
  struct Call {
    Clock::time_point started;
    bool slow{false};
    bool probe{false};
  };
  struct Sample {
    Clock::time_point at;
    bool failure;
    bool slow;
  };
  struct Transition {
    BreakerState from;
    BreakerState to;
    std::string reason;
  };

  void advance(Clock::time_point now);                                    // needs mutex_
  void move_to(BreakerState to, std::string reason, Clock::time_point now);  // needs mutex_
  void add_sample(bool failure, bool slow, Clock::time_point now);        // needs mutex_
  void trip_if_due(std::string_view reason, Clock::time_point now);       // needs mutex_
  std::chrono::milliseconds next_open_time();                             // needs mutex_
  void notify(std::vector<Transition> transitions);

  const std::string name_;
  const Listener listener_;
  const Now now_;

  std::mutex mutex_;  // guards what follows
  BreakerSettings settings_;
  std::mt19937 random_;
  BreakerState state_;
  std::string reason_;
  std::chrono::system_clock::time_point since_{std::chrono::system_clock::now()};
  Clock::time_point entered_;
  Clock::time_point reopen_at_;
  int openings_{0};  // in a row, without having been closed
  std::int64_t consecutive_failures_{0};
  std::int64_t successes_{0};  // in HALF_OPEN
  std::int64_t probes_{0};     // in flight
  std::deque<Sample> window_;
  std::map<std::uint64_t, Call> calls_;
  std::uint64_t next_id_{0};
  std::uint64_t total_calls_{0};
  std::uint64_t total_failures_{0};
  std::uint64_t transition_count_{0};
  std::chrono::milliseconds open_total_{0};
  std::vector<Transition> pending_;
};

/// All breakers of the worker, by name. Breakers are never removed: plugins keep pointers.
class BreakerRegistry {
 public:
  explicit BreakerRegistry(Breaker::Listener listener = {}) : listener_(std::move(listener)) {}

  /// The breaker of that name, made with these settings when there is none yet. Any thread.
  Breaker& get(std::string_view name, const BreakerSettings& settings);
  /// nullptr when nobody has asked for it. Any thread.
  Breaker* find(std::string_view name);
  std::vector<Breaker*> all();

 private:
  Breaker::Listener listener_;
  std::mutex mutex_;  // guards breakers_
  std::map<std::string, std::unique_ptr<Breaker>, std::less<>> breakers_;
};

}  // namespace weir::runtime::pipeline
