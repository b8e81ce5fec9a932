// The services of a task for plugins that run without a worker: logs to a stream, a breaker that
// never opens, metrics nowhere.
#pragma once

#include <weir/abi.h>

#include <iosfwd>
#include <map>
#include <memory>
#include <string>

namespace weir::runtime::cli {

/// One thread; must outlive the instances that were given a task of it.
class OfflineHost {
 public:
  OfflineHost(std::string connector, std::ostream& log)
      : connector_(std::move(connector)), log_(log) {}
  OfflineHost(const OfflineHost&) = delete;
  OfflineHost& operator=(const OfflineHost&) = delete;

  /// For the transform of that alias; empty: for the converters.
  const weir_task* task(const std::string& alias);

 private:
  struct Entry {
    weir_task table{};
    OfflineHost* host{nullptr};
    std::string instance;
  };

  const std::string connector_;
  std::ostream& log_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace weir::runtime::cli
