// Options of odbc_lookup.
#pragma once

#include <weir/config_def.hpp>
#include <weir/odbc/options.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::transforms::odbc_lookup {

enum class Normalize : std::uint8_t { none, trim, upper, strip_leading_zeros };
enum class OnMissing : std::uint8_t { pass, fill_default, dlq, fail };

struct Config : weir::odbc::ConnectionOptions {
  std::string table;
  std::string query;
  std::string key_column;
  std::vector<std::string> columns{"*"};
  std::string column_case{"lower"};
  std::string key_pointer;
  std::string target{"/items/*/product"};
  Normalize normalize{Normalize::none};
  std::int32_t batch_keys{100};
  std::chrono::milliseconds timeout{5'000};
  std::int64_t cache_max_entries{200'000};
  std::int64_t cache_max_bytes{64 * 1024 * 1024};
  std::chrono::milliseconds cache_ttl{900'000};
  double cache_ttl_jitter{0.1};
  std::chrono::milliseconds cache_negative_ttl{60'000};
  std::chrono::milliseconds cache_stale_on_error{86'400'000};
  OnMissing on_missing{OnMissing::pass};
  std::string default_json;
  std::vector<std::string> on_error{"stale", "retry", "pause"};
  std::string breaker_name;
};

}  // namespace weir::transforms::odbc_lookup
