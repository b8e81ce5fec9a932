#include "schedule.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace weir::connectors::http {
namespace {

bool later(const Shipment* a, const Shipment* b) noexcept { return a->due > b->due; }

}  // namespace

Schedule::Schedule(const Config& config)
    : config_(config), lanes_(config.ordering == Ordering::none ? 0 : kLanes) {}

void Schedule::list(Lane* lane) {
  if (lane->busy || lane->listed || lane->head == nullptr) {
    return;
  }
  lane->listed = true;
  lane->next = nullptr;
  (ready_tail_ == nullptr ? ready_head_ : ready_tail_->next) = lane;
  ready_tail_ = lane;
  ++listed_;
}

void Schedule::add(Delivery* delivery) {
  Lane* lane = lanes_.empty() ? &delivery->own : &lanes_[delivery->lane_hash % lanes_.size()];
  delivery->lane = lane;
  delivery->next = nullptr;
  (lane->tail == nullptr ? lane->head : lane->tail->next) = delivery;
  lane->tail = delivery;
  ++queued_;
  list(lane);
}

bool Schedule::lanes_ready(Clock::time_point now) const {
  if (ready_head_ == nullptr) {
    return false;
  }
  return config_.linger.count() == 0 || hurry_ ||
         queued_ >= static_cast<std::size_t>(config_.batch_size) ||
         now >= ready_head_->head->arrived + config_.linger;
}

bool Schedule::ready(Clock::time_point now) {
  wake_waiting(now);
  return !retry_.empty() || lanes_ready(now);
}

bool Schedule::ready_for_probe(Clock::time_point now) {
  return ready(now) || ready_head_ != nullptr ||
         std::any_of(waiting_.begin(), waiting_.end(), [](const Shipment* s) { return !s->throttled; });
}

void Schedule::wake_waiting(Clock::time_point now) {
  while (!waiting_.empty() && waiting_.front()->due <= now) {
    std::pop_heap(waiting_.begin(), waiting_.end(), later);
    retry_.push_back(waiting_.back());
    waiting_.pop_back();
  }
}

Shipment* Schedule::take(Clock::time_point now, bool probe) {
  wake_waiting(now);
  if (probe) {
    // What has not been a probe before comes first: what has been is in retry_, and takes its turn there.
    if (ready_head_ != nullptr) {
      return ship();
    }
    if (Shipment* waiting = take_waiting()) {
      return waiting;
    }
  }
  if (!retry_.empty()) {
    Shipment* shipment = retry_.front();
    retry_.pop_front();
    return shipment;
  }
  return lanes_ready(now) ? ship() : nullptr;
}

Shipment* Schedule::take_waiting() {
  auto best = waiting_.end();
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (!(*it)->throttled && (best == waiting_.end() || (*it)->due < (*best)->due)) {
      best = it;
    }
  }
  if (best == waiting_.end()) {
    return nullptr;
  }
  Shipment* shipment = *best;
  waiting_.erase(best);
  std::make_heap(waiting_.begin(), waiting_.end(), later);
  return shipment;
}

Shipment* Schedule::fresh() {
  if (unused_.empty()) {
    all_.push_back(std::make_unique<Shipment>());
    unused_.push_back(all_.back().get());
  }
  Shipment* shipment = unused_.back();
  unused_.pop_back();
  shipment->records.clear();
  shipment->lanes.clear();
  shipment->todo.clear();
  shipment->throttled = false;
  shipment->grant = {};
  return shipment;
}

bool Schedule::fits(const Shipment& shipment, const Delivery& next, std::size_t bytes) const {
  if (shipment.records.empty()) {
    return true;
  }
  const Delivery& first = *shipment.records.front();
  return !next.remove && !first.remove &&
         shipment.records.size() < static_cast<std::size_t>(config_.batch_size) &&
         bytes + next.body.size() <= static_cast<std::size_t>(config_.batch_bytes) &&
         next.group == first.group &&
         (next.url == nullptr || std::strcmp(next.url, first.url) == 0) &&
         std::string_view(next.headers, next.header_bytes) ==
             std::string_view(first.headers, first.header_bytes);
}

void Schedule::fill(Shipment* shipment, Lane* lane, std::size_t& bytes) {
  const bool own = lanes_.empty();
  bool any = false;
  while (lane->head != nullptr && fits(*shipment, *lane->head, bytes)) {
    Delivery* delivery = lane->head;
    lane->head = delivery->next;
    if (lane->head == nullptr) {
      lane->tail = nullptr;
    }
    delivery->next = nullptr;
    bytes += delivery->body.size() + config_.batch_separator.size();
    shipment->records.push_back(delivery);
    --queued_;
    any = true;
  }
  if (any && !own) {
    lane->busy = true;
    shipment->lanes.push_back(lane);
  } else if (!any) {
    list(lane);
  }
}

Shipment* Schedule::ship() {
  Shipment* shipment = fresh();
  std::size_t bytes = config_.batch_prefix.size() + config_.batch_suffix.size();
  // Lanes whose head does not fit go to the end of the list: one round.
  for (std::size_t round = listed_; round > 0 && ready_head_ != nullptr; --round) {
    Lane* lane = ready_head_;
    ready_head_ = lane->next;
    if (ready_head_ == nullptr) {
      ready_tail_ = nullptr;
    }
    --listed_;
    lane->listed = false;
    lane->next = nullptr;
    fill(shipment, lane, bytes);
    if (shipment->records.size() >= static_cast<std::size_t>(config_.batch_size)) {
      break;
    }
  }
  shipment->todo.push_back({0, shipment->records.size()});
  hurry_ = hurry_ && queued_ > 0;
  return shipment;
}

void Schedule::park(Shipment* shipment, Clock::time_point due, bool throttled) {
  shipment->due = due;
  shipment->throttled = throttled;
  waiting_.push_back(shipment);
  std::push_heap(waiting_.begin(), waiting_.end(), later);
}

void Schedule::release(Shipment* shipment) {
  for (Lane* lane : shipment->lanes) {
    lane->busy = false;
    list(lane);
  }
  shipment->lanes.clear();
  unused_.push_back(shipment);
}

void Schedule::split(Shipment* shipment) {
  const Range whole = shipment->todo.back();
  const std::size_t middle = whole.begin + whole.size() / 2;
  shipment->todo.pop_back();
  shipment->todo.push_back({middle, whole.end});
  shipment->todo.push_back({whole.begin, middle});
}

std::optional<Clock::time_point> Schedule::next_due() const {
  std::optional<Clock::time_point> due;
  if (!waiting_.empty()) {
    due = waiting_.front()->due;
  }
  if (ready_head_ != nullptr && config_.linger.count() > 0) {
    const auto full = ready_head_->head->arrived + config_.linger;
    due = due ? std::min(*due, full) : full;
  }
  return due;
}

std::vector<Delivery*> Schedule::dissolve(Shipment* shipment,
                                          const std::function<bool(const Delivery&)>& matches) {
  std::vector<Delivery*> taken;
  // The last range is the earliest in order: walk backwards, putting records in front of their lanes.
  for (const Range& range : shipment->todo) {
    for (std::size_t i = range.end; i > range.begin; --i) {
      Delivery* delivery = shipment->records[i - 1];
      if (matches(*delivery)) {
        taken.push_back(delivery);
        continue;
      }
      Lane* lane = delivery->lane;
      delivery->next = lane->head;
      lane->head = delivery;
      if (lane->tail == nullptr) {
        lane->tail = delivery;
      }
      ++queued_;
      if (lanes_.empty()) {
        list(lane);
      }
    }
  }
  release(shipment);
  return taken;
}

std::vector<Delivery*> Schedule::remove(const std::function<bool(const Delivery&)>& matches) {
  std::vector<Delivery*> taken;
  auto sort_out = [&](auto& shipments) {
    std::vector<Shipment*> kept;
    for (Shipment* shipment : shipments) {
      const bool hit = std::any_of(shipment->todo.begin(), shipment->todo.end(), [&](const Range& range) {
        for (std::size_t i = range.begin; i < range.end; ++i) {
          if (matches(*shipment->records[i])) {
            return true;
          }
        }
        return false;
      });
      if (hit) {
        const auto some = dissolve(shipment, matches);
        taken.insert(taken.end(), some.begin(), some.end());
      } else {
        kept.push_back(shipment);
      }
    }
    shipments.assign(kept.begin(), kept.end());
  };
  sort_out(retry_);
  sort_out(waiting_);
  std::make_heap(waiting_.begin(), waiting_.end(), later);

  auto sort_lane = [&](Lane& lane) {
    Delivery* rest = lane.head;
    lane.head = lane.tail = nullptr;
    while (rest != nullptr) {
      Delivery* delivery = rest;
      rest = delivery->next;
      delivery->next = nullptr;
      if (matches(*delivery)) {
        taken.push_back(delivery);
        --queued_;
      } else {
        (lane.tail == nullptr ? lane.head : lane.tail->next) = delivery;
        lane.tail = delivery;
      }
    }
  };
  std::vector<Lane*> listed;
  for (Lane* lane = ready_head_; lane != nullptr; lane = lane->next) {
    listed.push_back(lane);
  }
  ready_head_ = ready_tail_ = nullptr;
  listed_ = 0;
  for (Lane* lane : listed) {
    lane->listed = false;
    sort_lane(*lane);
    list(lane);
  }
  for (Lane& lane : lanes_) {
    if (lane.busy) {
      sort_lane(lane);
    }
  }
  return taken;
}

}  // namespace weir::connectors::http
