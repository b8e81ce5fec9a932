#include "runtime/cli/plugin_commands.hpp"

#include <algorithm>
#include <utility>

#include "runtime/cli/config_input.hpp"
#include "runtime/config/class_hint.hpp"
#include "runtime/config/properties.hpp"
#include "runtime/config/validator.hpp"
#include "runtime/config/worker_config.hpp"
#include "runtime/http/json_writer.hpp"
#include "runtime/http/views.hpp"
#include "runtime/plugin/loader.hpp"
#include "runtime/worker/plugins.hpp"
#include "runtime/worker/views.hpp"

namespace weir::runtime::cli {
namespace {

using plugin::Component;
using plugin::ConfigKey;
using plugin::Kind;

bool is_connector(const Component& component) {
  return component.kind() == Kind::source || component.kind() == Kind::sink;
}

std::string default_text(const ConfigKey& key) {
  if (key.required()) {
    return "required";
  }
  if (!key.default_value) {
    return "";
  }
  return key.type == WEIR_CONFIG_PASSWORD && !key.default_value->empty() ? "[hidden]"
                                                                         : *key.default_value;
}

void write_key(http::JsonWriter& out, const ConfigKey& key) {
  constexpr const char* kImportance[] = {"HIGH", "MEDIUM", "LOW"};
  out.begin_object().member("name", key.name);
  out.member("type", weir::detail::type_name(key.type)).member("required", key.required());
  out.key("default_value").text_or_null(key.default_value);
  out.member("importance", kImportance[std::min<std::uint32_t>(key.importance, 2)]);
  out.member("documentation", key.documentation).end_object();
}

constexpr Kind kKinds[] = {Kind::sink,      Kind::source,    Kind::transform,
                           Kind::predicate, Kind::converter, Kind::header_converter};

const Component* find_any(const plugin::Registry& registry, const std::string& name) {
  for (const Kind kind : kKinds) {
    if (const Component* found = registry.find(kind, name)) {
      return found;
    }
  }
  return nullptr;
}

}  // namespace

int list_plugins(const Console& console, const plugin::Registry& registry, bool all) {
  std::vector<std::vector<std::string>> rows{{"NAME", "TYPE", "VERSION", "CLASS", "FROM"}};
  http::JsonWriter json;
  json.begin_array();
  for (const Component* component : registry.list()) {
    if (!all && !is_connector(*component)) {
      continue;
    }
    const std::string name = config::short_name(registry, *component);
    rows.push_back({name, std::string(to_string(component->kind())), component->version(),
                    name == component->class_name() ? "" : component->class_name(),
                    component->origin()});
    json.begin_object().member("class", component->class_name()).member("name", name);
    json.member("type", to_string(component->kind()));
    json.member("version", component->version()).end_object();
  }
  if (console.json) {
    console.line(json.end_array().take());
  } else {
    console.table(rows);
  }
  for (const auto& failure : registry.failures()) {
    console.warn(failure.reason);
  }
  return kDone;
}

int describe_plugin(const Console& console, const plugin::Registry& registry,
                    const std::string& name) {
  const Component* component = find_any(registry, name);
  if (component == nullptr) {
    console.fail("Unknown plugin " + name + "; weir plugin list --all shows what there is");
    for (const Kind kind : kKinds) {
      if (const auto hint = config::class_hint(registry, kind, "", name)) {
        console.warn(*hint);
        break;
      }
    }
    return kFailed;
  }
  if (console.json) {
    http::JsonWriter json;
    json.begin_array();
    for (const ConfigKey& key : component->keys()) {
      write_key(json, key);
    }
    console.line(json.end_array().take());
    return kDone;
  }
  console.line(component->class_name() + " " + component->version() + " (" +
               std::string(to_string(component->kind())) + ", " + component->origin() + ")");
  if (!component->documentation().empty()) {
    console.line(component->documentation());
  }
  std::vector<std::vector<std::string>> rows{{"KEY", "TYPE", "DEFAULT", "DESCRIPTION"}};
  for (const ConfigKey& key : component->keys()) {
    if (key.alias_of.empty()) {
      rows.push_back({key.name + (key.is_prefix ? "*" : ""),
                      std::string(weir::detail::type_name(key.type)), default_text(key),
                      key.documentation});
    }
  }
  if (rows.size() > 1) {
    console.line("");
    console.table(rows);
  }
  return kDone;
}

int validate_config(const Console& console, const plugin::Registry& registry,
                    const std::string& file, const std::string& worker_file) {
  auto input = read_connector(file, console.in);
  if (!input) {
    return console.fail(input.error().message);
  }
  if (!input->name.empty()) {
    input->config["name"] = input->name;
  }
  const auto cls = input->config.find("connector.class");
  if (cls == input->config.end() || !cls->second) {
    return console.fail("the config has no connector.class");
  }
  const Component* component = registry.find_connector(*cls->second);
  if (component == nullptr) {
    console.fail(registry.unknown_connector_text(*cls->second));
    if (const auto hint =
            config::class_hint(registry, Kind::sink, "connector.class", *cls->second)) {
      console.warn(*hint);
    }
    return kFailed;
  }
  ConfigMap worker_keys;
  if (!worker_file.empty()) {
    auto loaded = config::load_config(worker_file);
    if (!loaded) {
      return console.fail(loaded.error().message);
    }
    worker_keys = std::move(*loaded);
  }
  const auto worker_config =
      config::WorkerConfig::create(worker_keys, worker_file.empty(), console.strict);
  if (!worker_config) {
    return console.fail(worker_config.error().message);
  }
  for (const std::string& warning : worker_config->warnings) {
    console.warn(worker_file + ": " + warning);
  }
  const auto missing = config::missing_converters(registry, *worker_config);
  for (const std::string& error : missing) {
    console.fail(worker_file + ": " + error);
  }
  if (!missing.empty()) {
    return kFailed;
  }
  const auto converter_keys = config::unknown_converter_keys(registry, *worker_config);
  for (const std::string& warning : converter_keys) {
    console.warn(worker_file + ": " + warning);
  }
  if (console.strict && !converter_keys.empty()) {
    return console.fail("refused because of --strict");
  }
  const config::Validator validator(registry, *worker_config, console.strict);
  const config::Validation result = validator.validate(*component, input->config);
  for (const std::string& warning : result.warnings) {
    console.warn(warning);
  }
  if (console.json) {
    console.line(http::to_json(worker::view(result)));
    return result.error_count() > 0 ? kFailed : kDone;
  }
  for (const auto& key : result.configs) {
    for (const std::string& error : key.errors) {
      console.line(key.name + ": " + error);
    }
  }
  if (result.error_count() > 0) {
    return kFailed;
  }
  console.line("valid");
  return kDone;
}

int check_plugin(const Console& console, const std::string& file) {
  plugin::Registry& registry = worker::built_in_plugins();  // their names are taken
  plugin::Loader loader(registry);
  std::error_code ec;
  const auto path = std::filesystem::absolute(file, ec);
  if (auto loaded = loader.load_file(ec ? std::filesystem::path(file) : path); !loaded) {
    return console.fail(loaded.error().message);
  }
  int status = kDone;
  for (const auto& failure : registry.failures()) {
    status = console.fail(failure.reason);
  }
  http::JsonWriter json;
  json.begin_array();
  for (const Component* component : registry.list()) {
    if (component->origin() == plugin::kBuiltIn) {
      continue;
    }
    for (const ConfigProblem& problem : component->validate({})) {
      if (problem.key.empty()) {  // not about an option: the check itself went wrong
        status =
            console.fail(component->name() + ": while its options are checked: " + problem.message);
      }
    }
    const std::string kind(to_string(component->kind()));
    if (console.json) {
      json.begin_object().member("class", component->class_name()).member("type", kind);
      json.member("version", component->version()).end_object();
    } else {
      console.line(component->class_name() + " " + component->version() + " (" + kind + ", " +
                   std::to_string(component->keys().size()) + " options)");
    }
  }
  if (console.json) {
    console.line(json.end_array().take());
  }
  return status;
}

}  // namespace weir::runtime::cli
