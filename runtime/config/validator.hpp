// Checks a connector's config without creating anything: what PUT /connector-plugins/{p}/config/validate answers.
#pragma once

#include <weir/config_def.hpp>
#include <weir/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/config/worker_config.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::config {

/// A config as it was sent; nullopt is JSON's null.
using RawConfig = std::map<std::string, std::optional<std::string>, std::less<>>;

struct ValidatedKey {
  std::optional<plugin::ConfigKey> definition;  ///< nullopt: nobody declares the key
  std::string name;
  std::optional<std::string> value;  ///< a password as "[hidden]"
  std::vector<std::string> recommended;
  std::vector<std::string> errors;
};

struct Validation {
  std::string name;  ///< connector.class as sent
  std::vector<std::string> groups;
  std::vector<ValidatedKey> configs;
  std::vector<std::string> warnings;  ///< unknown keys with the nearest known one, lenient readings
  ConfigMap resolved;                 ///< references resolved, nulls left out
  std::vector<std::string> secrets;   ///< to be masked

  int error_count() const;
  /// Kafka Connect's text of a 400 for this result; only with errors.
  std::string error_text() const;
};

/// Any thread. Reads files and the environment through config providers, nothing else.
class Validator {
 public:
  /// Both must outlive it. `strict`: unknown keys are errors.
  Validator(const plugin::Registry& registry, const WorkerConfig& worker, bool strict = false)
      : registry_(registry), worker_(worker), strict_(strict) {}

  /// Every problem at once. `component` is what connector.class names.
  Validation validate(const plugin::Component& component, const RawConfig& config) const;

 private:
  class Run;
  const plugin::Registry& registry_;
  const WorkerConfig& worker_;
  bool strict_;
};

/// Converters of the worker's file that no plugin holds: the error of each.
std::vector<std::string> missing_converters(const plugin::Registry& registry,
                                            const WorkerConfig& worker);

/// Sub-keys of the worker file's converters that these do not know: a warning each. The worker's file is read before there
/// are plugins, so it cannot say so itself.
std::vector<std::string> unknown_converter_keys(const plugin::Registry& registry, const WorkerConfig& worker);

/// "name" is acceptable: not empty, no control characters, at most 255 bytes. Otherwise the reason, in Kafka's words.
std::optional<std::string> bad_connector_name(std::string_view name);

}  // namespace weir::runtime::config
