#include "idempotency_store.hpp"

namespace weir::connectors::http_ingest {

void IdempotencyStore::expire(Clock::time_point now) {
  while (!births_.empty()) {
    const Birth& oldest = births_.front();
    auto it = entries_.find(oldest.key);
    const bool gone = it == entries_.end() || it->second.number != oldest.number;
    if (!gone && entries_.size() <= max_entries_ && now - oldest.at < ttl_) {
      return;
    }
    if (!gone) {
      entries_.erase(it);
    }
    births_.pop_front();
  }
}

IdempotencyStore::Seen IdempotencyStore::begin(const Digest& key, const Digest& body,
                                               Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  expire(now);
  auto [it, added] = entries_.try_emplace(shorten(key));
  Entry& entry = it->second;
  if (!added) {
    if (entry.body != shorten(body)) {
      return {State::differs};
    }
    return {entry.finished ? State::finished : State::running, entry.partition, entry.offset};
  }
  entry.body = shorten(body);
  entry.number = ++next_number_;
  births_.push_back({it->first, entry.number, now});
  return {State::fresh};
}

void IdempotencyStore::finish(const Digest& key, std::int32_t partition, std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  if (auto it = entries_.find(shorten(key)); it != entries_.end()) {
    it->second.finished = true;
    it->second.partition = partition;
    it->second.offset = offset;
  }
}

void IdempotencyStore::forget(const Digest& key) {
  const std::lock_guard lock(mutex_);
  entries_.erase(shorten(key));
}

std::size_t IdempotencyStore::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace weir::connectors::http_ingest
