// The order in which a java.util.HashMap hands out its entries, where that can be seen: maps as text, maps whose keys are
// no texts as JSON, entries that collide.
#pragma once

#include <weir/java_text.hpp>
#include <weir/value.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace weir {
inline namespace v1 {
namespace java {

/// String.hashCode() of UTF-8 text.
inline std::uint32_t hash_code(std::string_view text) noexcept {
  std::uint32_t hash = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + k])) : 0u;
    };
    const auto lead = byte(0);
    if (lead < 0x80) {
      hash = hash * 31 + lead;
      i += 1;
    } else if (lead < 0xe0) {
      hash = hash * 31 + ((lead & 0x1f) << 6 | (byte(1) & 0x3f));
      i += 2;
    } else if (lead < 0xf0) {
      hash = hash * 31 + ((lead & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f));
      i += 3;
    } else {
      const auto code = ((lead & 7) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f)) - 0x10000;
      hash = hash * 31 + (0xd800 | (code >> 10 & 0x3ff));
      hash = hash * 31 + (0xdc00 | (code & 0x3ff));
      i += 4;
    }
  }
  return hash;
}

/// Object.hashCode(); nullopt for what has none of its own, or a costly one.
inline std::optional<std::uint32_t> hash_code(const Value& v) {
  const auto folded = [](std::uint64_t n) { return static_cast<std::uint32_t>(n ^ n >> 32); };
  switch (v.type()) {
    case Kind::null:
      return 0;
    case Kind::boolean:
      return v.as_boolean() ? 1231 : 1237;
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
      return static_cast<std::uint32_t>(v.as.i64);
    case Kind::int64:
    case Kind::timestamp:
      return folded(static_cast<std::uint64_t>(v.as.i64));
    case Kind::float32: {
      const auto f = static_cast<float>(v.as.f64);
      return f != f ? 0x7fc00000u : std::bit_cast<std::uint32_t>(f);
    }
    case Kind::float64:
      return folded(v.as.f64 != v.as.f64 ? 0x7ff8000000000000u : std::bit_cast<std::uint64_t>(v.as.f64));
    case Kind::string:
      return hash_code(v.text());
    case Kind::decimal: {
      const auto d = parse_decimal(v.text());
      if (!d || d->digits.size() > 18) {
        return std::nullopt;
      }
      std::uint64_t n = 0;
      for (const char c : d->digits) {
        n = n * 10 + static_cast<std::uint64_t>(c - '0');
      }
      const auto magnitude = static_cast<std::uint32_t>(n >> 32) * 31 + static_cast<std::uint32_t>(n);
      return (d->negative ? 0 - magnitude : magnitude) * 31 + static_cast<std::uint32_t>(d->scale);
    }
    default:
      return std::nullopt;
  }
}

/// Object.equals(); lists and maps by what they hold. Lazy values must have been expanded.
inline bool equal_keys(const Value& a, const Value& b) noexcept {
  if (a.type() != b.type()) {
    return false;
  }
  switch (a.type()) {
    case Kind::null:
      return true;
    case Kind::string:
    case Kind::decimal:
      return a.text() == b.text();
    case Kind::float32:
    case Kind::float64:
      return std::bit_cast<std::uint64_t>(a.as.f64) == std::bit_cast<std::uint64_t>(b.as.f64) ||
             (a.as.f64 != a.as.f64 && b.as.f64 != b.as.f64);
    case Kind::array:
      return a.count == b.count && std::equal(a.items().begin(), a.items().end(), b.items().begin(), equal_keys);
    case Kind::map:
      return a.count == b.count && std::all_of(a.members().begin(), a.members().end(), [&](const Member& m) {
               return std::any_of(b.members().begin(), b.members().end(), [&](const Member& other) {
                 return equal_keys(m.name(), other.name()) && equal_keys(m.item(), other.item());
               });
             });
    default:
      return a.as.i64 == b.as.i64;
  }
}

/// What a map says about its order in Java (weir_value.reserved). 0, as maps are made: a HashMap that grew from nothing.
using MapOrder = std::uint16_t;
inline constexpr MapOrder kAsPut = 0xffff;  ///< LinkedHashMap: as the members stand

namespace detail {
constexpr MapOrder order_of_capacity(std::size_t capacity) noexcept {
  return static_cast<MapOrder>(std::bit_width(std::bit_ceil(capacity < 1 ? std::size_t{1} : capacity)));
}
}  // namespace detail
/// new HashMap<>(capacity)
constexpr MapOrder sized_map(std::size_t capacity) noexcept { return detail::order_of_capacity(capacity); }
/// new HashMap<>(a map of so many entries)
constexpr MapOrder copied_map(std::size_t entries) noexcept {
  return entries == 0 ? MapOrder{0} : detail::order_of_capacity(static_cast<std::size_t>(static_cast<float>(entries) / 0.75F + 1.0F));
}

/// Makes the members those of a HashMap that they were put into one after the other: of equal keys the last value, in the
/// map's order. Returns how many are left. As it was where a key has no hash_code.
inline std::size_t as_hash_map(std::span<weir_member> members, MapOrder order = 0) {
  if (order == kAsPut) {
    return members.size();
  }
  struct Entry {
    weir_member member;
    std::uint32_t hash;
  };
  std::vector<Entry> entries;
  entries.reserve(members.size());
  std::unordered_multimap<std::uint32_t, std::size_t> found;
  for (const weir_member& m : members) {
    const auto code = hash_code(Value(m.key));
    if (!code) {
      return members.size();
    }
    const std::uint32_t hash = *code ^ *code >> 16;
    const auto [first, last] = found.equal_range(hash);
    const auto same = std::find_if(first, last, [&](const auto& f) { return equal_keys(Value(entries[f.second].member.key), Value(m.key)); });
    if (same != last) {
      entries[same->second].member.value = m.value;
    } else {
      found.emplace(hash, entries.size());
      entries.push_back({m, hash});
    }
  }
  std::size_t buckets = order == 0 ? 16 : std::size_t{1} << (order - 1 < 30 ? order - 1 : 30);
  while (entries.size() * 4 > buckets * 3) {
    buckets *= 2;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const Entry& a, const Entry& b) { return (a.hash & (buckets - 1)) < (b.hash & (buckets - 1)); });
  std::transform(entries.begin(), entries.end(), members.begin(), [](const Entry& e) { return e.member; });
  return entries.size();
}

}  // namespace java
}  // namespace v1
}  // namespace weir
