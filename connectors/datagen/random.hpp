// A small repeatable generator: the same seed and stream give the same numbers on every machine.
#pragma once

#include <cstdint>

namespace weir::connectors::datagen {

/// SplitMix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  /// One independent stream per (seed, task, iteration), so that any record can be made again
  /// without those before it.
  Random(std::uint64_t seed, std::uint64_t task, std::uint64_t iteration) noexcept
      : state_(mix(mix(mix(seed) + task) + iteration)) {}

  std::uint64_t next() noexcept { return mix(state_ += kStep); }
  /// 0 <= result < bound; bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
  /// low <= result <= high.
  std::int64_t between(std::int64_t low, std::int64_t high) noexcept {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }
  /// 0 <= result < 1.
  double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
  static std::uint64_t mix(std::uint64_t z) noexcept {
    z += kStep;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

}  // namespace weir::connectors::datagen
