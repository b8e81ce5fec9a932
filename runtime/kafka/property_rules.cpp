#include "runtime/kafka/property_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "runtime/kafka/client_config.hpp"
#include "runtime/kafka/properties.hpp"

namespace weir::runtime::kafka {
namespace {

struct Denied {
  std::string_view name;
  std::string_view why;
};

constexpr Denied kDenied[] = {
    {"plugin.library.paths", "it loads code into the worker"},
    {"interceptors", "it loads code into the worker"},
    {"sasl.kerberos.kinit.cmd", "it runs a shell command"},
    {"ssl.engine.location", "it loads code into the worker"},
    {"ssl.engine.id", "it loads code into the worker"},
    {"ssl.providers", "it loads code into the worker"},
    {"sasl.oauthbearer.token.endpoint.url",
     "it makes the worker call an address of the connector's choice"},
    {"sasl.oauthbearer.jwks.endpoint.url",
     "it makes the worker call an address of the connector's choice"},
    {"debug", "it would write credentials to the log"},
    {"transactional.id", "the worker sets it"},
    {"group.instance.id", "the worker sets it"},
    {"enable.auto.commit", "the worker commits what has been settled"},
    {"auto.commit.enable", "the worker commits what has been settled"},
    {"offset.store.method", "the worker commits what has been settled"},
    {"offset.store.path", "it writes to the worker's files"},
    {"offset.store.sync.interval.ms", "it writes to the worker's files"},
    {"opaque", "it is internal to the worker"},
    {"default_topic_conf", "it is internal to the worker"},
    {"enabled_events", "it is internal to the worker"},
    {"log.queue", "it is internal to the worker"},
    {"internal.termination.signal", "it is internal to the worker"},
    {"delivery.report.only.error", "the worker needs every delivery report"},
    {"msg_order_cmp", "it is internal to the worker"},
    {"ssl_engine_callback_data", "it is internal to the worker"},
    {"ssl_key", "it is internal to the worker"},
    {"ssl_certificate", "it is internal to the worker"},
    {"ssl_ca", "it is internal to the worker"},
};

bool inside(const std::filesystem::path& file, const std::filesystem::path& root) {
  const auto [root_end, ignored] =
      std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  return root_end == root.end() || (root_end->empty() && std::next(root_end) == root.end());
}

}  // namespace

bool is_file_property(std::string_view key) noexcept {
  return key.ends_with(".location") || key == "sasl.kerberos.keytab";
}

std::optional<std::string> check_override(std::string_view key) {
  const auto* denied = std::find_if(std::begin(kDenied), std::end(kDenied),
                                    [&](const Denied& d) { return d.name == key; });
  if (denied != std::end(kDenied)) {
    return fmt::format("Client property '{}' cannot be set by a connector: {}", key, denied->why);
  }
  if (key.starts_with("test.") || key.ends_with("_cb")) {
    return fmt::format(
        "Client property '{}' cannot be set by a connector: it is internal to the worker", key);
  }
  if (!is_client_property(key)) {
    return fmt::format("'{}' is not a client property that a connector can set", key);
  }
  return std::nullopt;
}

std::optional<std::string> check_override(std::string_view key, std::string_view value,
                                          const std::vector<std::string>& secrets_roots) {
  if (auto refused = check_override(key)) {
    return refused;
  }
  if (is_file_property(key)) {
    std::error_code ec;
    const auto file = std::filesystem::weakly_canonical(std::filesystem::path(value), ec);
    for (const auto& root : secrets_roots) {
      std::error_code root_ec;
      const auto canonical =
          std::filesystem::weakly_canonical(std::filesystem::path(root), root_ec);
      if (!ec && !root_ec && !canonical.empty() && file.is_absolute() && inside(file, canonical)) {
        return std::nullopt;
      }
    }
    return fmt::format("Client property '{}' names a file outside the folders for secrets", key);
  }
  if (key == "partition.assignment.strategy" || key == "sasl.jaas.config") {
    Config one;
    one.set(std::string(key), std::string(value));
    const Translation t = one.translate(ClientRole::consumer);
    if (!t.errors.empty()) {
      return t.errors.front().message;
    }
  }
  return std::nullopt;
}

}  // namespace weir::runtime::kafka
