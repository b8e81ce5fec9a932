#include "runtime/cli/version.hpp"

#include <librdkafka/rdkafka.h>

#include "runtime/cli/build_info.hpp"

namespace weir::runtime::cli {

std::string version() { return WEIR_BUILD_VERSION; }
std::string commit() { return WEIR_BUILD_COMMIT; }
std::string version_text() {
  return "weir " + version() + " (" + commit() + "), Kafka Connect API 4.1.0, librdkafka " +
         rd_kafka_version_str();
}

}  // namespace weir::runtime::cli
