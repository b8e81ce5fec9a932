// The log levels of this worker under Kafka Connect's names (/admin/loggers), kept in spdlog's
// registry.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::runtime::http {

struct LoggerLevel {
  std::string level;                          ///< OFF FATAL ERROR WARN INFO DEBUG TRACE ALL
  std::optional<std::int64_t> last_modified;  ///< ms since 1970
};

/// Thread-safe. spdlog's default logger is "root".
class Loggers {
 public:
  std::map<std::string, LoggerLevel> all() const;
  std::optional<LoggerLevel> find(const std::string& name) const;
  /// Sets the level of that logger and of those below it ("a" is above "a.b", "root" above all);
  /// what has no logger yet is remembered and shown. Returns the names whose level was set, sorted;
  /// nullopt: no such level.
  std::optional<std::vector<std::string>> set(const std::string& name, const std::string& level);
  /// True for one of the eight words, in any case.
  static bool known_level(const std::string& level);

 private:
  mutable std::mutex mutex_;  // guards changed_
  std::map<std::string, LoggerLevel> changed_;
};

}  // namespace weir::runtime::http
