#include "runtime/http/config_body.hpp"

#include <algorithm>

namespace weir::runtime::http {
namespace {

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// Java's String.trim(): everything up to the space, at both ends.
std::string trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') {
    text.remove_suffix(1);
  }
  return std::string(text);
}

Result<void> only_members(const Json& object, std::initializer_list<std::string_view> known,
                          std::string_view where) {
  for (const auto& [name, value] : object.members) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const auto word : known) {
        list.append(list.empty() ? "" : ", ").append(quoted(word));
      }
      return bad_config("Unrecognized field " + quoted(name) + " in " + std::string(where) +
                        ", known are " + list);
    }
  }
  return {};
}

}  // namespace

Result<Json> object_body(const std::string& body) {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) {
    return bad_config("The request has no body; a JSON object is needed");
  }
  auto json = parse_json(body);
  if (!json) {
    return bad_config("The request body is not valid JSON: " + json.error().message);
  }
  if (!json->is_object()) {
    return bad_config("The request body must be a JSON object");
  }
  return json;
}

Result<worker::ConfigInput> config_of(const Json& object) {
  worker::ConfigInput out;
  for (const auto& [key, value] : object.members) {
    if (value.is_object() || value.is_array()) {
      return bad_config("The value of " + quoted(key) +
                        " must be a string, a number, a boolean or null, not " +
                        (value.is_object() ? "an object" : "an array"));
    }
    out.emplace(key, value.is_null() ? std::nullopt : std::optional(value.text));
  }
  return out;
}

Result<CreateRequest> create_request(const Json& body) {
  if (auto known = only_members(body, {"name", "config", "initial_state"}, "the request"); !known) {
    return known.error();
  }
  CreateRequest out;
  if (const Json* name = body.find("name"); name != nullptr && !name->is_null()) {
    if (!name->is_scalar()) {
      return bad_config("\"name\" must be a string");
    }
    out.name = trim(name->text);
  }
  const Json* config = body.find("config");
  if (config == nullptr || !config->is_object()) {
    return bad_config("\"config\" must be a JSON object");
  }
  auto map = config_of(*config);
  if (!map) {
    return map.error();
  }
  out.config = std::move(*map);
  if (const Json* state = body.find("initial_state"); state != nullptr && !state->is_null()) {
    std::string word = state->text;
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (state->kind == Json::Kind::text && word == "RUNNING") {
      out.initial_state = worker::TargetState::started;
    } else if (state->kind == Json::Kind::text && word == "PAUSED") {
      out.initial_state = worker::TargetState::paused;
    } else if (state->kind == Json::Kind::text && word == "STOPPED") {
      out.initial_state = worker::TargetState::stopped;
    } else {
      return bad_config("\"initial_state\" must be one of RUNNING, PAUSED, STOPPED");
    }
  }
  if (auto named = set_name(out.config, out.name); !named) {
    return named.error();
  }
  return out;
}

Result<void> set_name(worker::ConfigInput& config, const std::string& name) {
  auto& included = config["name"];
  if (included && *included != name) {
    return bad_config("Connector name configuration (" + *included +
                      ") doesn't match connector name in the URL (" + name + ")");
  }
  included = name;
  return {};
}

Result<worker::Offsets> offsets_of(const Json& body) {
  if (auto known = only_members(body, {"offsets"}, "the request"); !known) {
    return known.error();
  }
  const Json* list = body.find("offsets");
  if (list == nullptr || list->is_null() || (list->is_array() && list->items.empty())) {
    return bad_config("Partitions / offsets need to be provided for an alter offsets request");
  }
  if (!list->is_array()) {
    return bad_config("\"offsets\" must be an array");
  }
  worker::Offsets out;
  for (const Json& item : list->items) {
    if (!item.is_object()) {
      return bad_config("Each of \"offsets\" must be an object with \"partition\" and \"offset\"");
    }
    if (auto known = only_members(item, {"partition", "offset"}, "an offset"); !known) {
      return known.error();
    }
    const Json* partition = item.find("partition");
    if (partition == nullptr || !partition->is_object()) {
      return bad_config("\"partition\" must be an object");
    }
    worker::OffsetEntry entry{partition->dump(), std::nullopt};
    if (const Json* offset = item.find("offset"); offset != nullptr && !offset->is_null()) {
      if (!offset->is_object()) {
        return bad_config("\"offset\" must be an object or null");
      }
      entry.offset = offset->dump();
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace weir::runtime::http
