// What was sent of a table, as a hash per key: tells which rows changed and which are gone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

namespace weir::connectors::odbc {

/// Same on every machine and in every version: it is kept in the source offsets.
std::uint64_t stable_hash(std::string_view text) noexcept;

/// A value: a round works on a copy, which becomes the truth when the whole table has been read. Kept in buckets, each a source partition of its own, so that no offset record grows with the whole table.
class Snapshot {
 public:
  static constexpr std::size_t kBuckets = 32;

  static std::size_t bucket_of(std::string_view key) noexcept { return stable_hash(key) % kBuckets; }

  /// A bucket as text, "hash key\n" for each, and back. Keys are JSON, so they have no line ends.
  std::string text(std::size_t bucket) const;
  void load(std::size_t bucket, std::string_view text);

  /// Takes note of a row; true: it is new or changed.
  bool update(std::string_view key, std::uint64_t hash);
  /// Ends a round: calls gone for every key that update has not seen since the last end, and forgets it.
  void end_round(const std::function<void(const std::string& key)>& gone);

 private:
  std::array<std::map<std::string, std::uint64_t, std::less<>>, kBuckets> hashes_;
  std::unordered_set<std::string> seen_;
};

}  // namespace weir::connectors::odbc
