#include "snapshot.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::connectors::odbc {

std::uint64_t stable_hash(std::string_view text) noexcept {  // FNV-1a, mixed at the end
  std::uint64_t h = 14695981039346656037ULL;
  for (char c : text) {
    h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  h ^= h >> 32;
  h *= 0x9E3779B97F4A7C15ULL;
  return h ^ (h >> 29);
}

std::string Snapshot::text(std::size_t bucket) const {
  std::string out;
  for (const auto& [key, hash] : hashes_[bucket]) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, hash, 16);
    out.append(digits, end.ptr).append(" ").append(key).append("\n");
  }
  return out;
}

void Snapshot::load(std::size_t bucket, std::string_view text) {
  hashes_[bucket].clear();
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const std::size_t blank = line.find(' ');
    std::uint64_t hash = 0;
    if (blank != std::string_view::npos &&
        std::from_chars(line.data(), line.data() + blank, hash, 16).ptr == line.data() + blank) {
      hashes_[bucket].emplace(std::string(line.substr(blank + 1)), hash);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool Snapshot::update(std::string_view key, std::uint64_t hash) {
  seen_.emplace(key);
  auto& bucket = hashes_[bucket_of(key)];
  auto it = bucket.find(key);
  if (it == bucket.end()) {
    bucket.emplace(std::string(key), hash);
    return true;
  }
  return std::exchange(it->second, hash) != hash;
}

void Snapshot::end_round(const std::function<void(const std::string& key)>& gone) {
  for (auto& bucket : hashes_) {
    for (auto it = bucket.begin(); it != bucket.end();) {
      if (seen_.contains(it->first)) {
        ++it;
      } else {
        gone(it->first);
        it = bucket.erase(it);
      }
    }
  }
  seen_.clear();
}

}  // namespace weir::connectors::odbc
