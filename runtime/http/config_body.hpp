// Bodies that carry configs and offsets.
#pragma once

#include <string>
#include <variant>

#include "runtime/http/json.hpp"
#include "runtime/worker/facade.hpp"

namespace weir::runtime::http {

/// A body's JSON object. Error: the text for a 400.
Result<Json> object_body(const std::string& body);
/// A flat map: scalars become their text, null stays null. Error: the text for a 400.
Result<worker::ConfigInput> config_of(const Json& object);

struct CreateRequest {
  std::string name;  ///< trimmed
  worker::ConfigInput config;
  worker::TargetState initial_state{worker::TargetState::started};
};
/// The body of POST /connectors.
Result<CreateRequest> create_request(const Json& body);

/// Gives the config its name. Error: "Connector name configuration (x) doesn't match connector name
/// in the URL (y)".
Result<void> set_name(worker::ConfigInput& config, const std::string& name);

/// {"offsets":[{"partition":{...},"offset":{...} or null}]}.
Result<worker::Offsets> offsets_of(const Json& body);

}  // namespace weir::runtime::http
