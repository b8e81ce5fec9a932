// Sales that are posted while a test breaks things.
#pragma once

#include <future>
#include <vector>

#include "integration/receipts/platform.hpp"

namespace weir::test {

/// Posts in a thread of its own from construction on; the platform must outlive it.
class Load {
 public:
  Load(const Platform& platform, std::vector<Sale> sales, double rate)
      : report_(std::async(std::launch::async, [&platform, all = std::move(sales), rate] { return platform.post(all, rate); })) {}

  bool done() const { return report_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }
  /// Waits for the end.
  PosterReport report() { return report_.get(); }

 private:
  std::future<PosterReport> report_;
};

/// Waits until the warehouse has at least that many rows; fails the test otherwise.
inline void wait_for_rows(Platform& platform, std::int64_t rows) {
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return platform.rows() >= rows; }, std::chrono::milliseconds(50)))
      << platform.rows() << " rows; end of the worker's log:\n"
      << tail(platform.worker().log());
}

}  // namespace weir::test
