// Retail receipts of about 1.3 kB for benchmarks; receipt i of a seed is the same everywhere.
#pragma once

#include <cstdint>
#include <string>

namespace weir::bench {

/// Nested, as a till writes it; `key` is the receipt id.
void make_receipt(std::uint64_t seed, std::uint64_t index, std::string& key, std::string& document);

/// The same receipt as 10 columns with Kafka Connect's JSON schema envelope (about 0.8 kB).
void make_flat(std::uint64_t seed, std::uint64_t index, std::string& key, std::string& document);

}  // namespace weir::bench
