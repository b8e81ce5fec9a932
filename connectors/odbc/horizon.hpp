// Up to where all rows are visible, while transactions are at work that may still bring earlier
// ones.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/config_def.hpp>

namespace weir::connectors::odbc {

/// A number or a time is noted together with the transactions writing at that moment; once all of
/// these have ended, every row up to it is visible. One thread.
class Horizon {
 public:
  /// What the database has just told: the greatest number or the time (nullopt: no row yet) and its
  /// writers, by commas.
  void observe(std::optional<std::string> now, std::string_view writers) {
    const std::vector<std::string> running = weir::detail::split_list(writers);
    const auto runs = [&](const std::string& t) {
      return std::find(running.begin(), running.end(), t) != running.end();
    };
    if (noted_ && std::none_of(waits_for_.begin(), waits_for_.end(), runs)) {
      settled_ = std::exchange(noted_, std::nullopt);
    }
    if (running.empty()) {
      settled_ = std::move(now);
      noted_.reset();
    } else if (!noted_ && now) {
      noted_ = std::move(now);
      waits_for_ = running;
    }
  }
  /// nullopt: nothing yet.
  const std::optional<std::string>& settled() const noexcept { return settled_; }

 private:
  std::optional<std::string> settled_;
  std::optional<std::string> noted_;
  std::vector<std::string> waits_for_;
};

}  // namespace weir::connectors::odbc
