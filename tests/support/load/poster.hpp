// Posts sales to the ingest as tills and the website do: several connections, and again until there
// is an answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace weir::test {

struct Sale {
  std::string key;   ///< "O-…": an online order; everything else comes from a store
  std::string body;  ///< as it is sent
};

struct PosterOptions {
  std::string host{"127.0.0.1"};
  std::uint16_t port{0};
  std::string api_key{};
  std::string store_path{"/v1/store/transactions"};
  std::string online_path{"/v1/online/orders"};
  std::size_t connections{8};
  double rate{0};  ///< sales per second, 0: as fast as answers come
  std::chrono::milliseconds timeout{10000};
  std::chrono::milliseconds give_up_after{120000};  ///< for one sale, tries included
  bool progress{false};                             ///< a line a second on stderr
};

struct PosterReport {
  std::vector<unsigned> statuses;  ///< by sale; 0: given up
  std::map<unsigned, std::uint64_t> counts;
  std::uint64_t tries_again{0};  ///< after connection errors, time-outs, 429 and 503
  double seconds{0};
  std::vector<std::uint32_t> latency_us;  ///< of the last try of every answered sale

  std::uint64_t acknowledged() const;  ///< 2xx
  double percentile_ms(
      double share) const;  ///< 0..1; needs sorted latencies, which post_sales() leaves
};

/// Returns when every sale has a final answer or was given up. Sales are taken in order by
/// whichever connection is free.
PosterReport post_sales(const std::vector<Sale>& sales, const PosterOptions& options);

}  // namespace weir::test
