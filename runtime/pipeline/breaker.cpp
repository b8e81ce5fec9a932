#include "runtime/pipeline/breaker.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir::runtime::pipeline {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::pair<BreakerState, std::string_view> kNames[] = {
    {BreakerState::closed, "CLOSED"},
    {BreakerState::half_open, "HALF_OPEN"},
    {BreakerState::open, "OPEN"},
    {BreakerState::forced_open, "FORCED_OPEN"},
    {BreakerState::disabled, "DISABLED"}};

// A forced-open breaker changes only by hand; askers look again after this.
constexpr milliseconds kForcedWait{1'000};
// The other thing that opens it at once: too many records in a row were refused, so somebody has to look (a sink's guard
// against filling the dead-letter topic).
constexpr std::string_view kStorm = "dlq_storm";
// Somebody else's probe is under way.
constexpr milliseconds kProbeWait{50};

}  // namespace

std::string_view to_string(BreakerState state) noexcept {
  for (const auto& [value, name] : kNames) {
    if (value == state) {
      return name;
    }
  }
  return "CLOSED";
}

std::optional<BreakerState> breaker_state_of(std::string_view word) noexcept {
  for (const auto& [value, name] : kNames) {
    if (name == word) {
      return value;
    }
  }
  return std::nullopt;
}

Breaker::Breaker(std::string name, BreakerSettings settings, Listener listener, Now now,
                 std::uint32_t seed)
    : name_(std::move(name)),
      listener_(std::move(listener)),
      now_(std::move(now)),
      settings_(settings),
      random_(seed),
      state_(settings.enabled ? BreakerState::closed : BreakerState::disabled),
      entered_(now_()) {}

Breaker::Grant Breaker::acquire() {
  std::unique_lock lock(mutex_);
  const auto now = now_();
  advance(now);
  Grant grant;
  switch (state_) {
    case BreakerState::closed:
    case BreakerState::disabled: grant.permit = Permit::closed; break;
    case BreakerState::half_open:
      if (probes_ < settings_.half_open_max_calls) {
        grant.permit = Permit::probe;
        ++probes_;
      } else {
        grant.wait = kProbeWait;
      }
      break;
    case BreakerState::open:
      grant.wait = std::max(milliseconds(1), duration_cast<milliseconds>(reopen_at_ - now) + milliseconds(1));
      break;
    case BreakerState::forced_open: grant.wait = kForcedWait; break;
  }
  if (grant.permit != Permit::denied) {
    grant.id = ++next_id_;
    calls_.emplace(grant.id, Call{now, false, grant.permit == Permit::probe});
    ++total_calls_;
  }
  auto transitions = std::exchange(pending_, {});
  lock.unlock();
  notify(std::move(transitions));
  return grant;
}

void Breaker::report(std::uint64_t id, Outcome outcome, std::string_view reason) {
  std::unique_lock lock(mutex_);
  const auto now = now_();
  const auto it = calls_.find(id);
  if (it == calls_.end()) {
    return;
  }
  const Call call = it->second;
  calls_.erase(it);
  if (call.probe) {
    --probes_;
  }
  advance(now);
  if (outcome == Outcome::failure || outcome == Outcome::auth) {
    ++total_failures_;
  }
  if (state_ == BreakerState::disabled || state_ == BreakerState::forced_open) {
    // Counted only.
  } else if (outcome == Outcome::auth) {
    if (state_ != BreakerState::open) {
      move_to(BreakerState::open, reason == kStorm ? std::string(kStorm) : "auth", now);
    }
  } else if (state_ == BreakerState::half_open) {
    if (call.probe && outcome == Outcome::success) {
      if (++successes_ >= settings_.close_after_successes) {
        move_to(BreakerState::closed, "recovered", now);
      }
    } else if (call.probe && outcome == Outcome::failure) {
      move_to(BreakerState::open, reason.empty() ? "probe_failed" : std::string(reason), now);
    }
  } else if (state_ == BreakerState::closed && outcome != Outcome::ignored) {
    const bool failure = outcome == Outcome::failure;
    if (call.slow) {
      // It was counted as slow when its time had passed; a failure still counts as one.
      if (failure && !window_.empty()) {
        window_.back().failure = true;
      }
    } else {
      add_sample(failure, now - call.started >= settings_.slow_call_duration, now);
    }
    consecutive_failures_ = failure ? consecutive_failures_ + 1 : 0;
    trip_if_due(reason, now);
  }
  auto transitions = std::exchange(pending_, {});
  lock.unlock();
  notify(std::move(transitions));
}

BreakerState Breaker::state() {
  std::unique_lock lock(mutex_);
  advance(now_());
  const BreakerState now_state = state_;
  auto transitions = std::exchange(pending_, {});
  lock.unlock();
  notify(std::move(transitions));
  return now_state;
}

Breaker::Snapshot Breaker::snapshot() {
  (void)state();
  const std::lock_guard lock(mutex_);
  Snapshot s;
  s.state = state_;
  s.reason = reason_;
  s.since = since_;
  s.open_total = open_total_;
  if (state_ != BreakerState::closed && state_ != BreakerState::disabled) {
    s.open_total += duration_cast<milliseconds>(now_() - entered_);
  }
  s.calls = total_calls_;
  s.failures = total_failures_;
  s.transitions = transition_count_;
  return s;
}

void Breaker::force(BreakerState state) {
  std::unique_lock lock(mutex_);
  if (settings_.enabled && state_ != state) {
    move_to(state, "operator", now_());
  }
  auto transitions = std::exchange(pending_, {});
  lock.unlock();
  notify(std::move(transitions));
}

void Breaker::configure(const BreakerSettings& settings) {
  std::unique_lock lock(mutex_);
  if (settings == settings_) {
    return;
  }
  settings_ = settings;
  const auto now = now_();
  if (!settings.enabled && state_ != BreakerState::disabled) {
    move_to(BreakerState::disabled, "config", now);
  } else if (settings.enabled && state_ == BreakerState::disabled) {
    move_to(BreakerState::closed, "config", now);
  }
  auto transitions = std::exchange(pending_, {});
  lock.unlock();
  notify(std::move(transitions));
}

void Breaker::advance(Clock::time_point now) {
  if (state_ == BreakerState::open && now >= reopen_at_) {
    move_to(BreakerState::half_open, "timer", now);
  }
  if (state_ == BreakerState::half_open && std::any_of(calls_.begin(), calls_.end(), [&](const auto& call) {
        return call.second.probe && now - call.second.started >= settings_.half_open_max_wait;
      })) {
    // A probe that never ends must not hold the breaker half-open for ever. Its own time counts: with few records a long
    // time may pass in HALF_OPEN before there is something to probe with.
    move_to(BreakerState::open, "probe_timeout", now);
  }
  if (state_ == BreakerState::closed) {
    bool any = false;
    for (auto& [id, call] : calls_) {
      if (now - call.started < settings_.slow_call_duration) {
        break;  // ids grow with time
      }
      if (!call.slow) {
        call.slow = true;
        any = true;
        add_sample(false, true, now);
      }
    }
    if (any) {
      trip_if_due("slow_calls", now);
    }
  }
}

void Breaker::move_to(BreakerState to, std::string reason, Clock::time_point now) {
  const bool was_holding = state_ != BreakerState::closed && state_ != BreakerState::disabled;
  if (was_holding) {
    open_total_ += duration_cast<milliseconds>(now - entered_);
  }
  pending_.push_back({state_, to, reason});
  ++transition_count_;
  state_ = to;
  entered_ = now;
  since_ = std::chrono::system_clock::now();
  if (to != BreakerState::half_open) {
    reason_ = std::move(reason);
  }
  successes_ = 0;
  probes_ = 0;
  for (auto& [id, call] : calls_) {
    call.probe = false;  // what it comes to says nothing about the state that follows
  }
  if (to == BreakerState::open) {
    reopen_at_ = now + next_open_time();
    ++openings_;
  } else if (to == BreakerState::closed) {
    openings_ = 0;
    consecutive_failures_ = 0;
    window_.clear();
    for (auto& [id, call] : calls_) {
      call.slow = false;
      call.started = now;
    }
  }
}

void Breaker::add_sample(bool failure, bool slow, Clock::time_point now) {
  window_.push_back({now, failure, slow});
  if (settings_.time_window) {
    while (!window_.empty() && now - window_.front().at > std::chrono::seconds(settings_.window_size)) {
      window_.pop_front();
    }
  } else {
    while (static_cast<std::int64_t>(window_.size()) > settings_.window_size) {
      window_.pop_front();
    }
  }
}

void Breaker::trip_if_due(std::string_view reason, Clock::time_point now) {
  if (consecutive_failures_ >= settings_.consecutive_failures) {
    move_to(BreakerState::open, reason.empty() ? "consecutive_failures" : std::string(reason), now);
    return;
  }
  const auto size = static_cast<std::int64_t>(window_.size());
  if (size < settings_.minimum_calls) {
    return;
  }
  const auto failures = std::count_if(window_.begin(), window_.end(), [](const Sample& s) { return s.failure; });
  const auto slow = std::count_if(window_.begin(), window_.end(), [](const Sample& s) { return s.slow; });
  const auto per_cent = [&](auto n) { return 100.0 * static_cast<double>(n) / static_cast<double>(size); };
  if (failures > 0 && per_cent(failures) >= settings_.failure_rate_threshold) {
    move_to(BreakerState::open, reason.empty() ? "failure_rate" : std::string(reason), now);
  } else if (slow > 0 && per_cent(slow) >= settings_.slow_call_rate_threshold) {
    move_to(BreakerState::open, "slow_calls", now);
  }
}

milliseconds Breaker::next_open_time() {
  const double base = static_cast<double>(settings_.open.count()) *
                      std::pow(settings_.open_multiplier, std::min(openings_, 30));
  const double capped = std::min(base, static_cast<double>(settings_.open_max.count()));
  std::uniform_real_distribution<double> jitter(0.8, 1.2);
  return milliseconds(static_cast<std::int64_t>(capped * jitter(random_)));
}

void Breaker::notify(std::vector<Transition> transitions) {
  if (listener_) {
    for (const Transition& t : transitions) {
      listener_(name_, t.from, t.to, t.reason);
    }
  }
}

Breaker& BreakerRegistry::get(std::string_view name, const BreakerSettings& settings) {
  const std::lock_guard lock(mutex_);
  auto it = breakers_.find(name);
  if (it == breakers_.end()) {
    it = breakers_.emplace(std::string(name), std::make_unique<Breaker>(std::string(name), settings, listener_)).first;
  }
  return *it->second;
}

Breaker* BreakerRegistry::find(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto it = breakers_.find(name);
  return it == breakers_.end() ? nullptr : it->second.get();
}

std::vector<Breaker*> BreakerRegistry::all() {
  const std::lock_guard lock(mutex_);
  std::vector<Breaker*> out;
  for (auto& [name, breaker] : breakers_) {
    out.push_back(breaker.get());
  }
  return out;
}

}  // namespace weir::runtime::pipeline
