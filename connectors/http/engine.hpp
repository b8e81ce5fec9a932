// The I/O thread of one task: takes deliveries, asks the breaker, drives libcurl, settles.
#pragma once

#include "concurrency_limit.hpp"
#include "config.hpp"
#include "delivery.hpp"
#include "schedule.hpp"
#include "signer.hpp"
#include "token_source.hpp"
#include "transfer.hpp"

#include <weir/task.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace weir::connectors::http {

struct Meters {
  std::array<Metric, 6> requests;  ///< by the status code's first digit; 0: no answer
  Metric seconds;
  Metric in_flight;
  Metric limit;
  Metric duplicates;
};

/// All members are called by the task's thread. Whatever has been accepted is settled, at the latest by stop.
class Engine {
 public:
  /// settings: borrowed. tokens: null without oauth2.
  Engine(const Settings& settings, Task task, Breaker breaker, Meters meters,
         std::shared_ptr<TokenSource> tokens);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  /// A chain of deliveries (Delivery::next). False: the thread has died of a broken invariant.
  bool accept(Delivery* first, Delivery* last);
  /// Sends what waits for its batch to fill.
  void flush();
  /// Gives back what belongs to these partitions: at once what is not under way, after `wait` what still is.
  void revoke(std::vector<std::pair<std::string, std::int32_t>> partitions, std::chrono::milliseconds wait);
  /// Gives everything back, what is under way after `wait`, and ends the thread.
  void stop(std::chrono::milliseconds wait);

 private:
  struct Revocation {
    std::vector<std::pair<std::string, std::int32_t>> partitions;
    Clock::time_point deadline;
    bool begun{false};
    bool done{false};
  };

  void run() noexcept;
  void loop();
  void wake();
  bool take_in(Clock::time_point now);
  void advance_revocation(Clock::time_point now);
  void advance_stop(Clock::time_point now);
  void wait(Clock::time_point now);
  void give_up(Errc code, std::string_view why) noexcept;

  void pump(Clock::time_point now);
  void start(Shipment* shipment, const Breaker::Grant& grant, Clock::time_point now);
  void submit(Shipment* shipment, std::shared_ptr<const std::string> token, std::uint64_t generation,
              Clock::time_point now);
  void sign(Transfer& transfer, Transfer::Request& request);
  bool perform();
  Shipment* take_off(Transfer* transfer);
  void finish(Transfer* transfer, CURLcode code);
  void conclude(Shipment* shipment, const Ending& ending, const Verdict& verdict, Clock::time_point now);
  void delivered(Shipment* shipment);
  void throttled(Shipment* shipment, const Ending& ending, Clock::time_point now);
  void failed(Shipment* shipment, const std::string& why, bool counts, Clock::time_point now);
  void bad(Shipment* shipment, const Verdict& verdict, const std::string& why, Clock::time_point now);
  void complete_range(Shipment* shipment, Errc code, std::string_view message);
  bool storm(bool bad_record, std::size_t count);
  void cancel(Transfer* transfer, const std::function<bool(const Delivery&)>& matches);
  void give_back(const std::vector<Delivery*>& deliveries, std::string_view why);

  void start_fetch(Clock::time_point now);
  void finish_fetch(CURLcode code, Clock::time_point now);
  void cancel_fetch(Clock::time_point now);
  void serve_awaiting(Clock::time_point now);

  void hold(Clock::time_point now) noexcept;
  void release_hold(Clock::time_point now) noexcept;
  std::chrono::milliseconds held(Clock::time_point now) const noexcept;
  double dice() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }
  std::string describe(const Shipment& shipment) const;
  void complain(const std::string& why, Clock::time_point now);
  void flush_meters(Clock::time_point now);

  const Settings& settings_;
  const Task task_;
  const Breaker breaker_;
  const Meters meters_;
  const std::shared_ptr<TokenSource> tokens_;

  // ---- shared with the task's thread
  std::mutex mutex_;  // guards the next five
  std::condition_variable changed_;
  Delivery* inbox_head_{nullptr};
  Delivery* inbox_tail_{nullptr};
  Revocation* revocation_{nullptr};
  std::optional<Clock::time_point> stop_at_;
  std::atomic<bool> pending_{false};   // something stands in what mutex_ guards
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> flush_{false};
  std::atomic<bool> broken_{false};

  // ---- the I/O thread's own
  FixedHeaders fixed_;
  Multi multi_;
  Schedule schedule_;
  ConcurrencyLimit limit_;
  std::optional<Signer> signer_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
  std::vector<Transfer*> idle_;
  std::vector<Transfer*> active_;
  std::vector<Shipment*> awaiting_;  // a token; they count as under way
  std::size_t in_flight_{0};
  bool http2_{false};
  std::optional<Clock::time_point> stopping_;
  Clock::time_point denied_until_{};
  Clock::time_point parked_until_{};
  bool held_{false};  // the breaker is not CLOSED, as far as is known
  Clock::time_point held_since_{};
  Clock::duration held_total_{};
  bool storming_{false};
  std::deque<bool> storm_window_;
  std::size_t storm_bad_{0};
  std::mt19937_64 random_{std::random_device{}()};
  Clock::time_point complained_{};
  std::array<std::uint32_t, 6> counted_{};
  std::uint32_t duplicates_{0};
  Clock::time_point metered_{};
  bool meters_dirty_{true};
  struct Fetch;
  std::unique_ptr<Fetch> fetch_;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace weir::connectors::http
