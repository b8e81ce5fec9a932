// A real schema registry for integration tests: Apicurio, which keeps everything in memory and
// speaks Confluent's REST API.
#pragma once

#include <cstdint>
#include <string>

#include "support/files.hpp"
#include "support/process.hpp"

namespace weir::test {

/// One JVM; starting takes about 5 s, so an executable has one for all its tests. It is found in
/// WEIR_KAFKA_HOME/registry (scripts/install-kafka fetches it). Throws std::runtime_error with the
/// end of its log.
class Apicurio {
 public:
  Apicurio();

  /// For schema.registry.url.
  const std::string& url() const { return url_; }
  std::filesystem::path log() const { return dir_.path() / "registry.log"; }

 private:
  TempDir dir_;
  std::uint16_t port_;
  std::string url_;
  Process process_;
};

}  // namespace weir::test
