#include "schema_version.hpp"

#include "subject.hpp"

namespace weir::converters::schema_registry {

Result<std::optional<std::int32_t>> version_in_subject(const RegistryConfig& config, Client& client,
                                                       const SchemaText& schema,
                                                       std::string_view name,
                                                       std::string_view topic, Side side) {
  const auto subject = subject_name(config.strategy(side), topic, side, name);
  if (!subject) {
    return std::optional<std::int32_t>();
  }
  const auto found = client.look_up(*subject, schema);
  if (!found) {
    if (found.error().code != Errc::bad_record) {
      return found.error();
    }
    return std::optional<std::int32_t>();
  }
  return (*found)->version > 0 ? std::optional((*found)->version) : std::nullopt;
}

}  // namespace weir::converters::schema_registry
