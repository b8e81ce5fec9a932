// Remembers which requests have been answered, so that a till that repeats itself gets the first
// answer again.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "digest.hpp"

namespace weir::connectors::http_ingest {

/// In memory: best effort, gone at a restart. Any thread.
class IdempotencyStore {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State {
    fresh,     ///< not seen: go on, and call finish or forget
    running,   ///< the same request is being worked on
    finished,  ///< answered before; see Seen::partition and offset
    differs    ///< seen with another body
  };
  /// What is needed to write the first answer again.
  struct Seen {
    State state{State::fresh};
    std::int32_t partition{-1};
    std::int64_t offset{-1};
  };

  /// At most max_entries are kept, the oldest go first; none is older than ttl.
  IdempotencyStore(std::chrono::milliseconds ttl, std::size_t max_entries)
      : ttl_(ttl), max_entries_(max_entries) {}

  /// key: all that makes the request this request (who, where, its key).
  Seen begin(const Digest& key, const Digest& body, Clock::time_point now);
  void finish(const Digest& key, std::int32_t partition, std::int64_t offset);
  /// It came to nothing: the same request may be tried again.
  void forget(const Digest& key);

  std::size_t size() const;

 private:
  using Short = std::array<unsigned char, 16>;
  struct ShortHash {
    std::size_t operator()(const Short& key) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, key.data(), sizeof hash);
      return hash;
    }
  };
  struct Entry {
    Short body{};
    std::uint64_t number{0};
    std::int32_t partition{-1};
    bool finished{false};
    std::int64_t offset{-1};
  };
  struct Birth {
    Short key{};
    std::uint64_t number{0};
    Clock::time_point at{};
  };
  static Short shorten(const Digest& digest) {
    Short out{};
    std::memcpy(out.data(), digest.data(), out.size());
    return out;
  }
  void expire(Clock::time_point now);

  const std::chrono::milliseconds ttl_;
  const std::size_t max_entries_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<Short, Entry, ShortHash> entries_;
  std::deque<Birth> births_;  // oldest first; may name entries that have gone
  std::uint64_t next_number_{0};
};

}  // namespace weir::connectors::http_ingest
