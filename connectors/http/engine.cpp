#include "engine.hpp"

#include "request_builder.hpp"
#include "token_fetch.hpp"

#include <algorithm>
#include <exception>
#include <functional>

namespace weir::connectors::http {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kIdleWait{60'000};
constexpr milliseconds kMeterPeriod{200};

bool all(const Delivery&) noexcept { return true; }

std::size_t initial_max(const Config& config) noexcept {
  const auto most = static_cast<std::size_t>(config.concurrency_max);
  return config.version == HttpVersion::http2 ? most
                                              : std::min(most, static_cast<std::size_t>(config.max_connections));
}

}  // namespace

Engine::Engine(const Settings& settings, Task task, Breaker breaker, Meters meters,
               std::shared_ptr<TokenSource> tokens)
    : settings_(settings),
      task_(task),
      breaker_(breaker),
      meters_(meters),
      tokens_(std::move(tokens)),
      fixed_(settings.fixed_headers),
      multi_(curl_multi_init()),
      schedule_(settings.config),
      limit_(static_cast<std::size_t>(settings.config.concurrency_initial), initial_max(settings.config),
             settings.config.concurrency == ConcurrencyMode::fixed) {
  if (!multi_) {
    throw std::bad_alloc();
  }
  const auto connections = static_cast<long>(settings.config.max_connections);
  (void)curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections);
  (void)curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections + 2);
  if (settings.hmac) {
    signer_.emplace(settings.config.hmac_algorithm, settings.config.hmac_secret.text());
  }
  if (tokens_) {
    fetch_ = std::make_unique<Fetch>(settings.config);
  }
  thread_ = std::jthread([this] { run(); });
}

Engine::~Engine() {
  stop(milliseconds(0));
  if (tokens_) {
    tokens_->unsubscribe(this);
  }
}

void Engine::wake() {
  pending_.store(true);
  if (sleeping_.exchange(false)) {
    (void)curl_multi_wakeup(multi_.get());
  }
}

bool Engine::accept(Delivery* first, Delivery* last) {
  if (broken_.load()) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    (inbox_tail_ == nullptr ? inbox_head_ : inbox_tail_->next) = first;
    inbox_tail_ = last;
  }
  wake();
  return true;
}

void Engine::flush() {
  flush_.store(true);
  wake();
}

void Engine::revoke(std::vector<std::pair<std::string, std::int32_t>> partitions, milliseconds limit) {
  Revocation request{std::move(partitions), Clock::now() + limit};
  std::unique_lock lock(mutex_);
  revocation_ = &request;
  wake();
  changed_.wait(lock, [&] { return request.done; });
}

void Engine::stop(milliseconds limit) {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stop_at_ = Clock::now() + limit;
    wake();
  }
  thread_.join();
}

void Engine::run() noexcept {
  try {
    loop();
  } catch (const std::exception& e) {
    give_up(Errc::fatal, e.what());
  } catch (...) {
    give_up(Errc::fatal, "the HTTP sink's I/O thread threw something that is not a std::exception");
  }
}

// The thread cannot go on; what is held must still be settled, and whoever waits must not wait for ever.
void Engine::give_up(Errc code, std::string_view why) noexcept {
  broken_.store(true);
  try {
    task_.log(LogLevel::error, std::string("the HTTP sink's I/O thread ends: ").append(why));
    const std::unique_lock lock(mutex_);
    std::vector<Delivery*> left = schedule_.remove(all);
    while (!active_.empty()) {
      Shipment* shipment = take_off(active_.back());
      breaker_.report(shipment->grant, CallOutcome::ignored, "cancelled");
      const auto some = schedule_.dissolve(shipment, all);
      left.insert(left.end(), some.begin(), some.end());
    }
    for (Shipment* shipment : std::exchange(awaiting_, {})) {
      breaker_.report(shipment->grant, CallOutcome::ignored, "cancelled");
      const auto some = schedule_.dissolve(shipment, all);
      left.insert(left.end(), some.begin(), some.end());
    }
    for (Delivery* d = inbox_head_; d != nullptr; d = d->next) {
      left.push_back(d);
    }
    inbox_head_ = inbox_tail_ = nullptr;
    for (Delivery* d : left) {
      task_.settle(d->batch, d->index, code, why);
    }
    cancel_fetch(Clock::now());
    if (revocation_ != nullptr) {
      revocation_->done = true;
      revocation_ = nullptr;
    }
  } catch (...) {  // out of memory twice over: the records stay unsettled, which counts as not delivered
  }
  changed_.notify_all();
}

void Engine::loop() {
  if (tokens_) {
    tokens_->subscribe(this, [multi = multi_.get()] { (void)curl_multi_wakeup(multi); });
  }
  for (;;) {
    const auto now = Clock::now();
    take_in(now);
    advance_revocation(now);
    if (stopping_) {
      advance_stop(now);
      if (in_flight_ == 0 && schedule_.empty()) {
        cancel_fetch(now);
        flush_meters(now);
        return;
      }
    } else {
      if (!awaiting_.empty()) {
        serve_awaiting(now);
      }
      pump(now);
    }
    if (!perform()) {
      wait(Clock::now());
    }
  }
}

bool Engine::take_in(Clock::time_point now) {
  if (!pending_.exchange(false)) {
    return false;
  }
  Delivery* delivery = nullptr;
  {
    const std::lock_guard lock(mutex_);
    delivery = std::exchange(inbox_head_, nullptr);
    inbox_tail_ = nullptr;
    if (stop_at_) {
      stopping_ = stop_at_;
    }
  }
  while (delivery != nullptr) {
    Delivery* next = delivery->next;  // the delivery is gone once it is settled
    if (delivery->send) {
      delivery->arrived = now;
      schedule_.add(delivery);
    } else {
      if (delivery->fate == Errc::ok && !delivery->message.empty()) {
        task_.log(LogLevel::info, delivery->message);
      }
      task_.settle(delivery->batch, delivery->index, delivery->fate,
                   delivery->fate == Errc::ok ? std::string_view{} : delivery->message);
    }
    delivery = next;
  }
  if (flush_.exchange(false)) {
    schedule_.hurry();
  }
  return true;
}

void Engine::give_back(const std::vector<Delivery*>& deliveries, std::string_view why) {
  for (Delivery* delivery : deliveries) {
    task_.settle(delivery->batch, delivery->index, Errc::retriable, why);
  }
}

void Engine::advance_revocation(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (revocation_ == nullptr) {
    return;
  }
  auto matches = [this](const Delivery& d) {
    return std::any_of(revocation_->partitions.begin(), revocation_->partitions.end(),
                       [&](const auto& p) { return p.second == d.partition && p.first == d.topic; });
  };
  auto concerned = [&](const Shipment* shipment) {
    for (const Range& range : shipment->todo) {
      for (std::size_t i = range.begin; i < range.end; ++i) {
        if (matches(*shipment->records[i])) {
          return true;
        }
      }
    }
    return false;
  };
  constexpr std::string_view kWhy = "the partition was taken away";
  give_back(schedule_.remove(matches), kWhy);
  bool open = false;
  for (std::size_t i = awaiting_.size(); i-- > 0;) {
    Shipment* shipment = awaiting_[i];
    if (concerned(shipment)) {  // nothing of it has been sent
      awaiting_.erase(awaiting_.begin() + static_cast<std::ptrdiff_t>(i));
      --in_flight_;
      breaker_.report(shipment->grant, CallOutcome::ignored, "cancelled");
      give_back(schedule_.dissolve(shipment, matches), kWhy);
    }
  }
  for (std::size_t i = active_.size(); i-- > 0;) {
    if (concerned(active_[i]->shipment)) {
      if (now >= revocation_->deadline) {
        cancel(active_[i], matches);
      } else {
        open = true;
      }
    }
  }
  if (!open) {
    revocation_->done = true;
    revocation_ = nullptr;
    changed_.notify_all();
  }
}

void Engine::advance_stop(Clock::time_point now) {
  constexpr std::string_view kWhy = "the task stops";
  give_back(schedule_.remove(all), kWhy);
  for (Shipment* shipment : std::exchange(awaiting_, {})) {
    --in_flight_;
    breaker_.report(shipment->grant, CallOutcome::ignored, "cancelled");
    give_back(schedule_.dissolve(shipment, all), kWhy);
  }
  if (now >= *stopping_) {
    while (!active_.empty()) {
      cancel(active_.back(), all);
    }
  }
}

void Engine::cancel(Transfer* transfer, const std::function<bool(const Delivery&)>& matches) {
  Shipment* shipment = take_off(transfer);
  breaker_.report(shipment->grant, CallOutcome::ignored, "cancelled");
  give_back(schedule_.dissolve(shipment, matches), "the request was given up");
}

void Engine::wait(Clock::time_point now) {
  if (meters_dirty_ && (in_flight_ == 0 || now - metered_ >= kMeterPeriod)) {
    flush_meters(now);
  }
  auto until = now + kIdleWait;
  auto at = [&](Clock::time_point t) {
    if (t > now) {
      until = std::min(until, t);
    }
  };
  if (meters_dirty_) {
    at(metered_ + kMeterPeriod);
  }
  if (const auto due = schedule_.next_due()) {
    at(*due);
  }
  at(denied_until_);
  at(parked_until_);
  if (stopping_) {
    at(*stopping_);
  }
  {
    const std::lock_guard lock(mutex_);
    if (revocation_ != nullptr) {
      at(revocation_->deadline);
    }
  }
  sleeping_.store(true);
  if (pending_.load()) {
    sleeping_.store(false);
    return;
  }
  // Rounded up: waking a little early would only spin.
  const auto pause = duration_cast<milliseconds>(until - now) + milliseconds(1);
  (void)curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(pause.count()), nullptr);
  sleeping_.store(false);
}

void Engine::hold(Clock::time_point now) noexcept {
  if (!held_) {
    held_ = true;
    held_since_ = now;
  }
}

void Engine::release_hold(Clock::time_point now) noexcept {
  if (held_) {
    held_ = false;
    held_total_ += now - held_since_;
    storming_ = false;
    storm_window_.clear();
    storm_bad_ = 0;
    limit_.reset();
  }
}

milliseconds Engine::held(Clock::time_point now) const noexcept {
  return duration_cast<milliseconds>(held_total_ + (held_ ? now - held_since_ : Clock::duration{}));
}

std::string Engine::describe(const Shipment& shipment) const {
  const Range& range = shipment.todo.back();
  const Delivery& first = *shipment.records[range.begin];
  std::string out = first.remove ? "DELETE" : settings_.config.method;
  out.append(" ").append(settings_.shown_url).append(" for ").append(first.topic).append("-");
  out.append(std::to_string(first.partition)).append("@").append(std::to_string(first.offset));
  if (range.size() > 1) {
    out.append(" and ").append(std::to_string(range.size() - 1)).append(" more");
  }
  return out;
}

// One line in ten seconds: an endpoint that is down fails every attempt.
void Engine::complain(const std::string& why, Clock::time_point now) {
  if (complained_ == Clock::time_point{} || now - complained_ >= std::chrono::seconds(10)) {
    complained_ = now;
    task_.log(LogLevel::warn, why + "; it is tried again");
  }
}

void Engine::flush_meters(Clock::time_point now) {
  for (std::size_t i = 0; i < counted_.size(); ++i) {
    if (counted_[i] > 0) {
      meters_.requests[i].record(std::exchange(counted_[i], 0));
    }
  }
  if (duplicates_ > 0) {
    meters_.duplicates.record(std::exchange(duplicates_, 0));
  }
  meters_.in_flight.record(static_cast<double>(in_flight_));
  meters_.limit.record(static_cast<double>(limit_.value()));
  metered_ = now;
  meters_dirty_ = false;
}

}  // namespace weir::connectors::http
