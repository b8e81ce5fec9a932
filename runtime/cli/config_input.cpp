#include "runtime/cli/config_input.hpp"

#include <sstream>
#include <string_view>

#include "runtime/config/properties.hpp"
#include "runtime/http/json_writer.hpp"

namespace weir::runtime::cli {

Result<std::string> read_text(const std::string& file, std::istream& in) {
  if (file != "-") {
    return config::read_file(file);
  }
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

Result<ConnectorText> parse_connector(const std::string& text) {
  ConnectorText out;
  const std::string_view content = config::without_mark(text);
  if (content.find_first_not_of(" \t\r\n\f") == std::string_view::npos) {
    return bad_config("there is nothing in it, a connector's config was expected");
  }
  if (config::looks_like_json(content)) {
    const auto json = http::parse_json(content);
    if (!json) {
      return bad_config("not valid JSON: " + json.error().message);
    }
    if (!json->is_object()) {
      return bad_config("a JSON object was expected");
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
    auto config = config::parse_properties(content);
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
