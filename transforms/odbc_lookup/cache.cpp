#include "cache.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weir::transforms::odbc_lookup {

std::optional<Answered> Cache::fresh(std::string_view key, Clock::time_point now) {
  auto it = map_.find(key);
  if (it == map_.end() || it->second.expires <= now) {
    return std::nullopt;
  }
  uses_.splice(uses_.begin(), uses_, it->second.use);
  return Answered{it->second.row ? Answer::hit : Answer::negative, it->second.row};
}

Answered Cache::old(std::string_view key, Clock::time_point now, bool allow_stale) {
  auto it = map_.find(key);
  if (it == map_.end() || !allow_stale || it->second.stale_until <= now) {
    return {};
  }
  uses_.splice(uses_.begin(), uses_, it->second.use);
  return {Answer::stale, it->second.row};
}

void Cache::store(std::string_view key, const RowText& row, Clock::time_point now) {
  auto it = map_.find(key);
  if (it == map_.end()) {
    it = map_.emplace(std::string(key), Entry{}).first;
    uses_.push_front(it->first);
    it->second.use = uses_.begin();
  } else {
    bytes_ -= it->second.bytes;
    uses_.splice(uses_.begin(), uses_, it->second.use);
  }
  Entry& e = it->second;
  const auto ttl = row ? options_.ttl : options_.negative_ttl;
  // Entries of one bulk load must not all expire at once.
  std::uniform_real_distribution<double> share(1 - options_.ttl_jitter, 1);
  e.row = row;
  e.expires = now + std::chrono::duration_cast<Clock::duration>(ttl * share(random_));
  e.stale_until = e.expires + options_.stale_on_error;
  e.bytes = key.size() + (row ? row->size() : 0) + 160;
  bytes_ += e.bytes;
  evict();
}

void Cache::evict() {
  while (!uses_.empty() && (map_.size() > options_.max_entries || bytes_ > options_.max_bytes)) {
    auto it = map_.find(uses_.back());
    uses_.pop_back();
    bytes_ -= it->second.bytes;
    map_.erase(it);
    ++evictions_;
  }
}

std::vector<Answered> Cache::resolve(const std::vector<std::string_view>& keys, Clock::time_point now,
                                     std::chrono::milliseconds patience, bool allow_stale, const Fetch& fetch) {
  std::vector<Answered> out(keys.size());
  std::vector<std::size_t> mine;
  std::vector<std::size_t> theirs;
  std::vector<std::string_view> asked;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (auto known = fresh(keys[i], now)) {
        out[i] = std::move(*known);
      } else if (in_flight_.contains(keys[i])) {
        theirs.push_back(i);
      } else {
        in_flight_.emplace(keys[i]);
        mine.push_back(i);
        asked.push_back(keys[i]);
      }
    }
  }
  if (!mine.empty()) {
    std::optional<std::vector<RowText>> rows;
    try {
      rows = fetch(asked);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      for (std::string_view key : asked) {
        in_flight_.erase(in_flight_.find(key));
      }
      landed_.notify_all();
      throw;
    }
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < mine.size(); ++i) {
      in_flight_.erase(in_flight_.find(asked[i]));
      if (rows) {
        store(asked[i], (*rows)[i], now);
        out[mine[i]] = {(*rows)[i] ? Answer::miss : Answer::negative, (*rows)[i]};
      } else {
        out[mine[i]] = old(asked[i], now, allow_stale);
      }
    }
    landed_.notify_all();
  }
  if (!theirs.empty()) {
    std::unique_lock lock(mutex_);
    (void)landed_.wait_for(lock, patience, [&] {
      return std::none_of(theirs.begin(), theirs.end(), [&](std::size_t i) { return in_flight_.contains(keys[i]); });
    });
    for (std::size_t i : theirs) {
      auto known = fresh(keys[i], now);
      out[i] = known ? std::move(*known) : old(keys[i], now, allow_stale);
    }
  }
  return out;
}

CacheCounts Cache::counts() const {
  const std::lock_guard lock(mutex_);
  return {map_.size(), bytes_, evictions_};
}

std::shared_ptr<Cache> shared_cache(const std::string& identity, const CacheOptions& options) {
  static auto* mutex = new std::mutex();
  static auto* caches = new std::map<std::string, std::weak_ptr<Cache>>();
  const std::lock_guard lock(*mutex);
  std::erase_if(*caches, [](const auto& item) { return item.second.expired(); });
  auto& slot = (*caches)[identity];
  auto cache = slot.lock();
  if (!cache) {
    cache = std::make_shared<Cache>(options);
    slot = cache;
  }
  return cache;
}

}  // namespace weir::transforms::odbc_lookup
