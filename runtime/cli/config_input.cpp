#include "runtime/cli/config_input.hpp"

#include <fstream>
#include <sstream>

#include "runtime/config/properties.hpp"
#include "runtime/http/json_writer.hpp"

namespace weir::runtime::cli {

Result<std::string> read_text(const std::string& file, std::istream& in) {
  std::ostringstream text;
  if (file == "-") {
    text << in.rdbuf();
  } else {
    std::ifstream from(file, std::ios::binary);
    if (!from) {
      return bad_config("cannot read " + file);
    }
    text << from.rdbuf();
    if (from.bad()) {
      return bad_config("cannot read " + file);
    }
  }
  return std::move(text).str();
}

Result<ConnectorText> parse_connector(const std::string& text) {
  ConnectorText out;
  const auto first = text.find_first_not_of(" \t\r\n\f");
  if (first != std::string::npos && text[first] == '{') {
    const auto json = http::object_body(text);
    if (!json) {
      return json.error();
    }
    const http::Json* inner = json->find("config");
    const bool wrapped = inner != nullptr && inner->is_object();
    auto config = http::config_of(wrapped ? *inner : *json);
    if (!config) {
      return config.error();
    }
    out.config = std::move(*config);
    if (wrapped) {
      out.name = json->text_of("name");
      out.initial_state = json->text_of("initial_state");
    }
  } else {
    auto config = config::parse_properties(text);
    if (!config) {
      return config.error();
    }
    for (auto& [key, value] : *config) {
      out.config.emplace(key, std::move(value));
    }
  }
  if (out.name.empty()) {
    const auto name = out.config.find("name");
    if (name != out.config.end() && name->second) {
      out.name = *name->second;
    }
  }
  return out;
}

Result<ConnectorText> read_connector(const std::string& file, std::istream& in) {
  const auto text = read_text(file, in);
  if (!text) {
    return text.error();
  }
  auto out = parse_connector(*text);
  if (!out) {
    return bad_config((file == "-" ? "standard input" : file) + ": " + out.error().message);
  }
  return out;
}

std::string to_json(const worker::ConfigInput& config) {
  http::JsonWriter out;
  out.begin_object();
  for (const auto& [key, value] : config) {
    out.key(key).text_or_null(value);
  }
  return out.end_object().take();
}

}  // namespace weir::runtime::cli
