#include "runtime/kafka/version.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace weir::runtime::kafka {
namespace {
constexpr int kGood = 0x02030000;
}  // namespace

std::string library_version() { return rd_kafka_version_str(); }

std::optional<std::string> version_warning_for(int version, const std::string& text) {
  if (version >= kGood) {
    return std::nullopt;
  }
  return fmt::format(
      "librdkafka {} is older than 2.3.0: its known faults are worked around, an update is advised",
      text);
}

std::optional<std::string> version_warning() {
  return version_warning_for(rd_kafka_version(), library_version());
}

}  // namespace weir::runtime::kafka
