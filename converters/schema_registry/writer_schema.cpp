#include "writer_schema.hpp"

namespace weir::converters::schema_registry {

Result<const RegisteredSchema*> WriterSchemas::choose(const std::string& subject,
                                                      const SchemaText& mine,
                                                      const Compatible& compatible) {
  if (config_.auto_register) {
    const auto id = client_.register_schema(subject, mine);
    if (!id) {
      return Error{id.error().code, "Error registering " + std::string(to_string(mine.type)) +
                                        " schema under subject " + subject + ": " +
                                        id.error().message};
    }
    chosen_ = {*id, mine, subject, 0};
    return static_cast<const RegisteredSchema*>(&chosen_);
  }
  const bool by_id = config_.use_schema_id >= 0;
  if (!by_id && !config_.use_latest) {
    auto found = client_.look_up(subject, mine);
    if (!found) {
      return Error{found.error().code,
                   "Error retrieving " + std::string(to_string(mine.type)) + " schema of subject " +
                       subject +
                       " (auto.register.schemas=false, so it must be registered before): " +
                       found.error().message};
    }
    return found;
  }
  auto found = by_id ? client_.by_id(config_.use_schema_id) : client_.latest(subject);
  const std::string which = by_id ? "use.schema.id=" + std::to_string(config_.use_schema_id)
                                  : "use.latest.version=true, subject " + subject;
  if (!found) {
    return Error{found.error().code, which + ": " + found.error().message};
  }
  const RegisteredSchema& schema = **found;
  if (schema.schema.type != mine.type) {
    return bad_record(which + ": the schema is of type " +
                      std::string(to_string(schema.schema.type)) + ", not " +
                      std::string(to_string(mine.type)));
  }
  const bool strict = by_id ? config_.id_strict : config_.latest_strict;
  if (strict && schema.schema != mine) {
    if (auto fits = compatible(schema, mine); !fits) {
      return Error{
          fits.error().code,
          "Incompatible schema: what the record's schema writes cannot be read with schema " +
              std::to_string(schema.id) + " (" + which + "): " + fits.error().message + ". Set " +
              (by_id ? "id.compatibility.strict" : "latest.compatibility.strict") +
              "=false to write it nevertheless"};
    }
  }
  return found;
}

bool WriterSchemas::changes() const noexcept {
  return !config_.auto_register && config_.use_schema_id < 0 && config_.use_latest &&
         config_.latest_ttl_sec >= 0;
}

}  // namespace weir::converters::schema_registry
