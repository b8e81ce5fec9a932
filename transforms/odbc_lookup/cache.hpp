// Rows by key, shared by the tasks that look up the same; one query at a time for a key.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::transforms::odbc_lookup {

struct CacheOptions {
  std::size_t max_entries{200'000};
  std::size_t max_bytes{64 * 1024 * 1024};
  std::chrono::milliseconds ttl{900'000};
  double ttl_jitter{0.1};
  std::chrono::milliseconds negative_ttl{60'000};
  std::chrono::milliseconds stale_on_error{86'400'000};
};

/// A row as JSON text; nullptr: there is none with that key.
using RowText = std::shared_ptr<const std::string>;

enum class Answer : std::uint8_t { hit, negative, miss, stale, error };

struct Answered {
  Answer how{Answer::error};
  RowText row;
};

struct CacheCounts {
  std::size_t entries{0};
  std::size_t bytes{0};
  std::uint64_t evictions{0};
};

/// Any thread. Time comes from the caller.
class Cache {
 public:
  using Clock = std::chrono::steady_clock;
  /// The rows of these keys, in their order; nullopt when the source cannot be asked.
  using Fetch = std::function<std::optional<std::vector<RowText>>(const std::vector<std::string_view>& keys)>;

  explicit Cache(CacheOptions options) : options_(options) {}

  /// Answers every key (all distinct). Calls fetch, without a lock, at most once, for what nobody else asks for already;
  /// waits at most `patience` for what others ask. Answer::error: neither the source nor an old entry knows.
  std::vector<Answered> resolve(const std::vector<std::string_view>& keys, Clock::time_point now,
                                std::chrono::milliseconds patience, bool allow_stale, const Fetch& fetch);

  CacheCounts counts() const;

 private:
  struct Entry {
    RowText row;
    Clock::time_point expires;
    Clock::time_point stale_until;
    std::size_t bytes{0};
    std::list<std::string_view>::iterator use;  // points to the map's own key
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
  };
  using Map = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  std::optional<Answered> fresh(std::string_view key, Clock::time_point now);
  Answered old(std::string_view key, Clock::time_point now, bool allow_stale);
  void store(std::string_view key, const RowText& row, Clock::time_point now);
  void evict();

  const CacheOptions options_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable landed_;
  Map map_;
  std::list<std::string_view> uses_;  // newest first
  std::unordered_set<std::string, Hash, std::equal_to<>> in_flight_;
  std::size_t bytes_{0};
  std::uint64_t evictions_{0};
  std::minstd_rand random_{std::random_device{}()};
};

/// The cache of that identity, made by the first who asks and gone with the last who holds it. Any thread.
std::shared_ptr<Cache> shared_cache(const std::string& identity, const CacheOptions& options);

}  // namespace weir::transforms::odbc_lookup
