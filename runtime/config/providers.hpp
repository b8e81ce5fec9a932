// References in configs: ${provider:path:key} (KIP-297).
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::config {

struct Resolved {
  ConfigMap config;
  std::vector<std::string> warnings;  ///< one for each reference that stays as it is, naming it
  std::vector<std::string> secrets;   ///< every text that was put in, to be masked in logs
};

/// `config.providers` of the worker file. Immutable; any thread (reads files and the environment at each call).
///
/// Java's classes FileConfigProvider, DirectoryConfigProvider and EnvVarConfigProvider are known by their full and simple
/// names, and as `file`, `directory`, `env`. Without `allowed.paths` or `allowlist.pattern` everything may be read, as in
/// Kafka Connect; links are resolved before the check and `..` is refused.
class ConfigProviders {
 public:
  ConfigProviders() = default;

  /// From the keys `config.providers` and `config.providers.*`; adds to `warnings`. Errors: bad_config with the key.
  static Result<ConfigProviders> create(const ConfigMap& worker, std::vector<std::string>& warnings);

  /// An unknown provider or a missing key leaves the text as it is, with a warning. Errors: bad_config when a provider
  /// refuses (a file that cannot be read, a path for `env`).
  Result<Resolved> resolve(const ConfigMap& config) const;

  /// `allowed.paths` of all providers that have one: where files named by connectors may lie.
  const std::vector<std::string>& roots() const noexcept { return roots_; }

  /// The text holds something of the form ${provider:key}.
  static bool has_reference(std::string_view text);

  class Provider {
   public:
    virtual ~Provider() = default;
    /// nullopt: no such key.
    virtual Result<std::optional<std::string>> get(const std::string& path, const std::string& key) const = 0;
  };

 private:
  std::map<std::string, std::shared_ptr<const Provider>, std::less<>> providers_;
  std::vector<std::string> roots_;
};

}  // namespace weir::runtime::config
