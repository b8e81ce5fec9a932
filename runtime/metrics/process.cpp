#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/metrics/registry.hpp"

namespace weir::runtime::metrics {
namespace {

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double total = 0;
  double resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double entries_of(const char* folder) {
  std::error_code ec;
  double n = 0;
  for (std::filesystem::directory_iterator it(folder, ec), end; !ec && it != end;
       it.increment(ec)) {
    ++n;
  }
  return n;
}

}  // namespace

Registry::Subscription add_process_metrics(Registry& registry, const std::string& version,
                                           const std::string& commit) {
  registry
      .gauge("weir_build_info", "Version and commit of this worker.",
             {{"version", version}, {"commit", commit}})
      .set(1);
  const auto resident = registry.gauge("weir_process_resident_bytes", "Resident memory.");
  const auto threads = registry.gauge("weir_process_threads", "Threads.");
  const auto descriptors = registry.gauge("weir_process_open_fds", "Open file descriptors.");
  const auto uptime = registry.gauge("weir_worker_uptime_seconds", "Time since the start.");
  const auto start = std::chrono::steady_clock::now();
  return registry.on_collect([=] {
    resident.set(resident_bytes());
    threads.set(entries_of("/proc/self/task"));
    descriptors.set(entries_of("/proc/self/fd"));
    uptime.set(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  });
}

}  // namespace weir::runtime::metrics
