// Which record goes next: lanes, shipments, and those that wait for another try. No I/O, no clock of its own.
#pragma once

#include "config.hpp"
#include "delivery.hpp"

#include <weir/task.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace weir::connectors::http {

using Clock = std::chrono::steady_clock;

/// Records of a shipment that share a request: all of them at first, parts once a request has been split.
struct Range {
  std::size_t begin{0};
  std::size_t end{0};
  std::int32_t attempts{0};        ///< made while the breaker was CLOSED
  std::uint32_t throttled{0};      ///< answers that said "slow down"
  Clock::time_point first_failure{};
  std::chrono::milliseconds held_before{0};  ///< how long breakers had held the task when it failed first
  bool token_renewed{false};

  std::size_t size() const noexcept { return end - begin; }
};

/// Records that are sent together, and the lanes that wait for them.
struct Shipment {
  std::vector<Delivery*> records;
  std::vector<Lane*> lanes;
  std::vector<Range> todo;  ///< the last one is next; what is in none of them has been settled
  Clock::time_point due{};
  bool throttled{false};    ///< waits because the partner said so: no probe may cut that short
  // under way
  Breaker::Grant grant;
  std::uint64_t token_failures{0};

  Range& current() noexcept { return todo.back(); }
  const Delivery& first() const noexcept { return *records[todo.back().begin]; }
};

/// One thread, the I/O thread.
class Schedule {
 public:
  explicit Schedule(const Config& config);

  void add(Delivery* delivery);

  /// Whether take(now, false) would return a shipment.
  bool ready(Clock::time_point now);
  /// Whether take(now, true) would.
  bool ready_for_probe(Clock::time_point now);
  /// The next shipment; nullptr when there is none. A probe takes the head of another lane than the probe before it, and
  /// does not wait for a back-off to end.
  Shipment* take(Clock::time_point now, bool probe);

  /// Not sent now: behind those that wait already.
  void put_back(Shipment* shipment) { retry_.push_back(shipment); }
  void put_first(Shipment* shipment) { retry_.push_front(shipment); }
  /// Not before `due`.
  void park(Shipment* shipment, Clock::time_point due, bool throttled);
  /// Its lanes go on; no record of it is touched. The shipment is recycled.
  void release(Shipment* shipment);
  /// Splits the current range in two halves, the first of which is next.
  static void split(Shipment* shipment);

  /// When ready() may change without anything else happening.
  std::optional<Clock::time_point> next_due() const;
  /// Sends what has been waiting for a batch to fill.
  void hurry() noexcept { hurry_ = true; }

  /// Takes out what matches and is not under way; the records are the caller's to settle.
  std::vector<Delivery*> remove(const std::function<bool(const Delivery&)>& matches);
  /// A shipment that is no longer under way: records that match are returned, the others wait in their lanes again.
  std::vector<Delivery*> dissolve(Shipment* shipment, const std::function<bool(const Delivery&)>& matches);

  bool empty() const noexcept { return queued_ == 0 && retry_.empty() && waiting_.empty(); }
  /// Records in lanes.
  std::size_t queued() const noexcept { return queued_; }

 private:
  static constexpr std::size_t kLanes = 2048;

  void list(Lane* lane);
  void wake_waiting(Clock::time_point now);
  bool lanes_ready(Clock::time_point now) const;
  Shipment* ship();
  Shipment* take_waiting();
  Shipment* fresh();
  void fill(Shipment* shipment, Lane* lane, std::size_t& bytes);
  bool fits(const Shipment& shipment, const Delivery& next, std::size_t bytes) const;

  const Config& config_;
  std::vector<Lane> lanes_;
  Lane* ready_head_{nullptr};
  Lane* ready_tail_{nullptr};
  std::size_t listed_{0};
  std::size_t queued_{0};
  bool hurry_{false};
  std::deque<Shipment*> retry_;
  std::vector<Shipment*> waiting_;  // a heap, the earliest due on top
  std::vector<std::unique_ptr<Shipment>> all_;
  std::vector<Shipment*> unused_;
};

}  // namespace weir::connectors::http
