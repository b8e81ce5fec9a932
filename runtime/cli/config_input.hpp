// Connector configs as users write them: a flat JSON object, {"name":..., "config":{...}}, or
// .properties.
#pragma once

#include <istream>
#include <string>
#include <weir/result.hpp>

#include "runtime/http/config_body.hpp"

namespace weir::runtime::cli {

struct ConnectorText {
  std::string name;  ///< from the object around the config, else its key `name`; may be empty
  worker::ConfigInput config;
  std::string initial_state;  ///< as written; empty: none
};

/// The whole of a file, or of `in` for "-". Error: bad_config with the file's name.
Result<std::string> read_text(const std::string& file, std::istream& in);
/// Error: bad_config.
Result<ConnectorText> parse_connector(const std::string& text);
Result<ConnectorText> read_connector(const std::string& file, std::istream& in);

/// A JSON object of texts and nulls.
std::string to_json(const worker::ConfigInput& config);

}  // namespace weir::runtime::cli
