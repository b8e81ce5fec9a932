// Which client properties a connector may set for itself (`producer.override.*`,
// `consumer.override.*`, `admin.override.*`). Nothing here hands a property to librdkafka: setting
// `plugin.library.paths` runs code even when a configuration is only checked. Pure apart from
// resolving links of file names; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::runtime::kafka {

/// The sentence to refuse `key` with (without the override prefix, which the caller adds), or
/// nullopt when a connector may set it. Allowed: librdkafka's properties and Java's names, less
/// those that run code, read files or requests of the worker's, identify it (`transactional.id`,
/// `group.instance.id`), or break what the worker relies on. Whether
/// `connector.client.config.override.policy` allows it is the caller's question.
std::optional<std::string> check_override(std::string_view key);

/// The same, and the value where the rule is about it: files must lie inside one of `secrets_roots`
/// after links are resolved (no roots: no files), `partition.assignment.strategy` must be range or
/// roundrobin, `sasl.jaas.config` must name a login module that is known. The sentence never quotes
/// a secret.
std::optional<std::string> check_override(std::string_view key, std::string_view value,
                                          const std::vector<std::string>& secrets_roots);

/// True for properties that name a file of the worker's machine.
bool is_file_property(std::string_view key) noexcept;

}  // namespace weir::runtime::kafka
