#include "support/apicurio.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "support/http_client.hpp"

namespace weir::test {
namespace {

std::filesystem::path runner() {
  const char* set = std::getenv("WEIR_REGISTRY_HOME");
  const std::filesystem::path folder = set != nullptr ? set : WEIR_REGISTRY_HOME;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().filename().string().ends_with("-runner.jar")) {
      return entry.path();
    }
  }
  throw std::runtime_error("no schema registry in " + folder.string() +
                           ": run scripts/install-kafka");
}

}  // namespace

Apicurio::Apicurio()
    : port_(free_port()), url_("http://127.0.0.1:" + std::to_string(port_) + "/apis/ccompat/v7") {
  ProcessOptions options;
  options.argv = {"java", "-Xmx256m",       "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                  "-jar", runner().string()};
  options.env = {{"QUARKUS_HTTP_HOST", "127.0.0.1"}, {"QUARKUS_HTTP_PORT", std::to_string(port_)}};
  options.cwd = dir_.path();
  options.log = log();
  process_ = Process(options);
  HttpClient http(url_);
  const bool started = eventually(std::chrono::seconds(90), [&] {
    if (!process_.running()) {
      return true;
    }
    try {
      return http.get("/subjects").status == 200;
    } catch (const std::exception&) {
      return false;  // not yet
    }
  });
  if (!started || !process_.running()) {
    process_.kill9();
    throw std::runtime_error("the schema registry did not start:\n" + tail(log()));
  }
}

}  // namespace weir::test
