#include "runtime/cli/connector_commands.hpp"

#include <algorithm>
#include <map>

#include "runtime/cli/config_input.hpp"
#include "runtime/http/json_writer.hpp"
#include "runtime/http/uri.hpp"

namespace weir::runtime::cli {
namespace {

using http::Json;

std::string path_of(const std::string& name, const std::string& rest = {}) {
  return "/connectors/" + http::percent_encode(name) + rest;
}

std::string text(const Json& json, std::string_view member) {
  return std::string(json.text_of(member));
}

const Json& child(const Json& json, std::string_view member) {
  static const Json kNone;
  const Json* found = json.find(member);
  return found == nullptr ? kNone : *found;
}

/// "2/3 RUNNING", "3 RUNNING" or "1 FAILED, 2 RUNNING".
std::string summary(const Json& tasks) {
  std::map<std::string, int> states;
  for (const Json& task : tasks.items) {
    ++states[text(task, "state")];
  }
  std::string out;
  for (const auto& [state, n] : states) {
    out += (out.empty() ? "" : ", ") + std::to_string(n) + " " + state;
  }
  return out.empty() ? "none" : out;
}

std::string breaker_cell(const Json& status) {
  return text(child(child(status, "weir"), "breaker"), "state");
}

}  // namespace

int ConnectorCommands::show(const RestAnswer& answer) const {
  console_.line(answer.body);
  return kDone;
}

int ConnectorCommands::list() const {
  if (console_.json) {
    const auto answer = ask(console_, client_, "GET", "/connectors");
    return answer ? show(*answer) : kFailed;
  }
  const auto all = ask_json(console_, client_, "GET", "/connectors?expand=status&expand=info");
  if (!all) {
    return kFailed;
  }
  std::vector<std::vector<std::string>> rows{
      {"NAME", "TYPE", "CLASS", "STATE", "TASKS", "BREAKER"}};
  for (const auto& [name, entry] : all->members) {
    const Json& status = child(entry, "status");
    rows.push_back({name, text(status, "type"),
                    text(child(child(entry, "info"), "config"), "connector.class"),
                    text(child(status, "connector"), "state"), summary(child(status, "tasks")),
                    breaker_cell(status)});
  }
  std::sort(rows.begin() + 1, rows.end());
  console_.table(rows);
  return kDone;
}

int ConnectorCommands::get(const std::string& name) const {
  const auto answer = ask(console_, client_, "GET", path_of(name));
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  const auto info = http::parse_json(answer->body);
  if (!info) {
    return console_.fail("the answer is not JSON");
  }
  console_.line(text(*info, "name") + " (" + text(*info, "type") + ", " +
                std::to_string(child(*info, "tasks").items.size()) + " tasks)");
  for (const auto& [key, value] : child(*info, "config").members) {
    console_.line("  " + key + " = " + value.text);
  }
  return kDone;
}

int ConnectorCommands::config(const std::string& name) const {
  const auto answer = ask(console_, client_, "GET", path_of(name, "/config"));
  return answer ? show(*answer) : kFailed;
}

bool ConnectorCommands::passes_strict(const std::string& config_json) const {
  if (!console_.strict) {
    return true;
  }
  const auto config = http::parse_json(config_json);
  const std::string plugin = config ? text(*config, "connector.class") : "";
  const auto answer = client_.request(
      "PUT", "/connector-plugins/" + http::percent_encode(plugin) + "/config/validate",
      config_json);
  if (!answer) {
    console_.fail(answer.error().message);
    return false;
  }
  for (const std::string& warning : answer->warnings) {
    console_.fail(warning);
  }
  if (!answer->warnings.empty()) {
    console_.fail("refused because of --strict");
  }
  return answer->warnings.empty();  // what else is wrong the request itself will say
}

int ConnectorCommands::create(const std::string& file, const std::string& name,
                              const std::string& state) const {
  auto input = read_connector(file, console_.in);
  if (!input) {
    return console_.fail(input.error().message);
  }
  const std::string wanted = name.empty() ? input->name : name;
  if (wanted.empty()) {
    return console_.fail("the connector has no name: add \"name\" to the config, or --name");
  }
  input->config["name"] = wanted;
  const std::string config = to_json(input->config);
  if (!passes_strict(config)) {
    return kFailed;
  }
  http::JsonWriter body;
  body.begin_object().member("name", wanted).key("config").raw(config);
  const std::string initial = state.empty() ? input->initial_state : state;
  if (!initial.empty()) {
    body.member("initial_state", initial);
  }
  const auto answer = ask(console_, client_, "POST", "/connectors", body.end_object().take());
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  console_.line("created " + wanted);
  return kDone;
}

int ConnectorCommands::put(const std::string& file, const std::string& name) const {
  auto input = read_connector(file, console_.in);
  if (!input) {
    return console_.fail(input.error().message);
  }
  const std::string wanted = name.empty() ? input->name : name;
  if (wanted.empty()) {
    return console_.fail("the connector has no name: add \"name\" to the config, or give it");
  }
  input->config["name"] = wanted;
  const std::string config = to_json(input->config);
  if (!passes_strict(config)) {
    return kFailed;
  }
  const auto answer = ask(console_, client_, "PUT", path_of(wanted, "/config"), config);
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  console_.line((answer->status == 201 ? "created " : "updated ") + wanted);
  return kDone;
}

int ConnectorCommands::patch(const std::string& name, const std::vector<std::string>& changes,
                             const std::vector<std::string>& unset, const std::string& file) const {
  worker::ConfigInput config;
  if (!file.empty()) {
    auto input = read_connector(file, console_.in);
    if (!input) {
      return console_.fail(input.error().message);
    }
    config = std::move(input->config);
  }
  for (const std::string& change : changes) {
    const auto equals = change.find('=');
    if (equals == std::string::npos || equals == 0) {
      return console_.fail("\"" + change + "\" is not key=value");
    }
    config[change.substr(0, equals)] = change.substr(equals + 1);
  }
  for (const std::string& key : unset) {
    config[key] = std::nullopt;
  }
  if (config.empty()) {
    return console_.fail("nothing to change: give key=value, --unset KEY or --file FILE");
  }
  const auto answer = ask(console_, client_, "PATCH", path_of(name, "/config"), to_json(config));
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  console_.line("updated " + name);
  return kDone;
}

int ConnectorCommands::remove(const std::vector<std::string>& names) const {
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + name;
  }
  if (!console_.confirm("Delete " + list + "?")) {
    return kFailed;
  }
  int status = kDone;
  for (const std::string& name : names) {
    if (ask(console_, client_, "DELETE", path_of(name))) {
      console_.line("deleted " + name);
    } else {
      status = kFailed;
    }
  }
  return status;
}

int ConnectorCommands::set_state(const std::string& verb,
                                 const std::vector<std::string>& names) const {
  int status = kDone;
  for (const std::string& name : names) {
    if (ask(console_, client_, "PUT", path_of(name, "/" + verb))) {
      console_.line(verb + " " + name + ": accepted");
    } else {
      status = kFailed;
    }
  }
  return status;
}

int ConnectorCommands::restart(const std::string& name, bool include_tasks, bool only_failed,
                               std::optional<int> task) const {
  const std::string path =
      task ? path_of(name, "/tasks/" + std::to_string(*task) + "/restart")
           : path_of(name, std::string("/restart?includeTasks=") +
                               (include_tasks ? "true" : "false") +
                               "&onlyFailed=" + (only_failed ? "true" : "false"));
  const auto answer = ask(console_, client_, "POST", path);
  if (!answer) {
    return kFailed;
  }
  if (console_.json && !answer->body.empty()) {
    return show(*answer);
  }
  console_.line("restart " + name + (task ? "-" + std::to_string(*task) : "") + ": accepted");
  return kDone;
}

int ConnectorCommands::status(const std::string& name) const {
  const auto answer = ask(console_, client_, "GET", path_of(name, "/status"));
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  const auto status = http::parse_json(answer->body);
  if (!status) {
    return console_.fail("the answer is not JSON");
  }
  const Json& connector = child(*status, "connector");
  std::vector<std::vector<std::string>> rows{{"", "STATE", "WORKER", "VERSION", "LAG", "NOTE"}};
  const auto note = [](const Json& part) {
    const Json& weir = child(part, "weir");
    std::string out;
    const auto add = [&](const std::string& more) { out += (out.empty() ? "" : "; ") + more; };
    const Json& breaker = child(weir, "breaker");
    if (breaker.is_object()) {
      const std::string reason = text(breaker, "reason");
      add("breaker " + text(breaker, "name") + " " + text(breaker, "state") +
          (reason.empty() ? "" : " (" + reason + ")"));
    }
    if (text(weir, "stalled") == "true") {
      add("stalled");
    }
    if (const Json& error = child(weir, "last_error"); error.is_object()) {
      add("last error: " + text(error, "message"));
    }
    return out;
  };
  rows.push_back({text(*status, "name") + " (" + text(*status, "type") + ")",
                  text(connector, "state"), text(connector, "worker_id"),
                  text(connector, "version"), text(child(*status, "weir"), "lag"), note(*status)});
  for (const Json& task : child(*status, "tasks").items) {
    rows.push_back({"  task " + text(task, "id"), text(task, "state"), text(task, "worker_id"),
                    text(task, "version"), text(child(task, "weir"), "lag"), note(task)});
  }
  console_.table(rows);
  if (const std::string trace = text(connector, "trace"); !trace.empty()) {
    console_.line("\nconnector: " + trace);
  }
  for (const Json& task : child(*status, "tasks").items) {
    if (const std::string trace = text(task, "trace"); !trace.empty()) {
      console_.line("\ntask " + text(task, "id") + ": " + trace);
    }
  }
  return kDone;
}

int ConnectorCommands::tasks(const std::string& name) const {
  const auto answer = ask(console_, client_, "GET", path_of(name, "/tasks"));
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  const auto tasks = http::parse_json(answer->body);
  if (!tasks) {
    return console_.fail("the answer is not JSON");
  }
  for (const Json& task : tasks->items) {
    console_.line("task " + text(child(task, "id"), "task"));
    for (const auto& [key, value] : child(task, "config").members) {
      console_.line("  " + key + " = " + value.text);
    }
  }
  return kDone;
}

int ConnectorCommands::topics(const std::string& name, bool reset) const {
  if (reset) {
    if (!console_.confirm("Forget the active topics of " + name + "?")) {
      return kFailed;
    }
    return ask(console_, client_, "PUT", path_of(name, "/topics/reset")) ? kDone : kFailed;
  }
  const auto answer = ask(console_, client_, "GET", path_of(name, "/topics"));
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  if (const auto json = http::parse_json(answer->body); json && !json->members.empty()) {
    for (const Json& topic : child(json->members.front().second, "topics").items) {
      console_.line(topic.text);
    }
  }
  return kDone;
}

int ConnectorCommands::validate(const std::string& file) const {
  auto input = read_connector(file, console_.in);
  if (!input) {
    return console_.fail(input.error().message);
  }
  if (!input->name.empty()) {
    input->config["name"] = input->name;
  }
  const auto cls = input->config.find("connector.class");
  if (cls == input->config.end() || !cls->second) {
    return console_.fail("the config has no connector.class");
  }
  const auto answer =
      ask(console_, client_, "PUT",
          "/connector-plugins/" + http::percent_encode(*cls->second) + "/config/validate",
          to_json(input->config));
  if (!answer) {
    return kFailed;
  }
  const auto result = http::parse_json(answer->body);
  if (!result) {
    return console_.fail("the answer is not JSON");
  }
  const bool valid = text(*result, "error_count") == "0";
  const bool strict_failure = console_.strict && !answer->warnings.empty();
  if (console_.json) {
    (void)show(*answer);
  } else {
    for (const Json& item : child(*result, "configs").items) {
      const Json& value = child(item, "value");
      for (const Json& error : child(value, "errors").items) {
        console_.line(text(value, "name") + ": " + error.text);
      }
    }
    if (valid && !strict_failure) {
      console_.line("valid");
    }
  }
  if (strict_failure) {
    return console_.fail("refused because of --strict");
  }
  return valid ? kDone : kFailed;
}

int ConnectorCommands::offsets(const std::string& name) const {
  const auto answer = ask(console_, client_, "GET", path_of(name, "/offsets"));
  if (!answer) {
    return kFailed;
  }
  if (console_.json) {
    return show(*answer);
  }
  const auto json = http::parse_json(answer->body);
  if (!json) {
    return console_.fail("the answer is not JSON");
  }
  std::vector<std::vector<std::string>> rows{{"PARTITION", "OFFSET"}};
  for (const Json& entry : child(*json, "offsets").items) {
    rows.push_back({child(entry, "partition").dump(), child(entry, "offset").dump()});
  }
  console_.table(rows);
  return kDone;
}

int ConnectorCommands::alter_offsets(const std::string& name, const std::string& file) const {
  const auto body = read_text(file, console_.in);
  if (!body) {
    return console_.fail(body.error().message);
  }
  if (!console_.confirm("Change the offsets of " + name + "?")) {
    return kFailed;
  }
  const auto answer = ask_json(console_, client_, "PATCH", path_of(name, "/offsets"), *body);
  if (!answer) {
    return kFailed;
  }
  console_.line(console_.json ? answer->dump() : text(*answer, "message"));
  return kDone;
}

int ConnectorCommands::reset_offsets(const std::string& name) const {
  if (!console_.confirm("Delete the offsets of " + name + "?")) {
    return kFailed;
  }
  const auto answer = ask_json(console_, client_, "DELETE", path_of(name, "/offsets"));
  if (!answer) {
    return kFailed;
  }
  console_.line(console_.json ? answer->dump() : text(*answer, "message"));
  return kDone;
}

int ConnectorCommands::breakers(const std::string& name) const {
  std::vector<std::string> names{name};
  if (name.empty()) {
    const auto all = ask_json(console_, client_, "GET", "/connectors");
    if (!all) {
      return kFailed;
    }
    names.clear();
    for (const Json& item : all->items) {
      names.push_back(item.text);
    }
    std::sort(names.begin(), names.end());
  }
  std::vector<std::vector<std::string>> rows{
      {"CONNECTOR", "BREAKER", "STATE", "SINCE", "CALLS", "FAILURES", "REASON"}};
  http::JsonWriter json;
  json.begin_object();
  for (const std::string& connector : names) {
    const auto list = ask_json(console_, client_, "GET", path_of(connector, "/breakers"));
    if (!list) {
      return kFailed;
    }
    json.key(connector).raw(list->dump());
    for (const Json& breaker : list->items) {
      rows.push_back({connector, text(breaker, "name"), text(breaker, "state"),
                      text(breaker, "since"), text(breaker, "calls"), text(breaker, "failures"),
                      text(breaker, "reason")});
    }
  }
  if (console_.json) {
    console_.line(json.end_object().take());
  } else {
    console_.table(rows);
  }
  return kDone;
}

int ConnectorCommands::set_breaker(const std::string& name, const std::string& breaker,
                                   const std::string& state) const {
  if (state == "FORCED_OPEN" &&
      !console_.confirm("Hold back everything that goes to " +
                        (breaker.empty() ? "the endpoint of " + name : breaker) + "?")) {
    return kFailed;
  }
  std::string which = breaker;
  if (which.empty()) {
    const auto list = ask_json(console_, client_, "GET", path_of(name, "/breakers"));
    if (!list) {
      return kFailed;
    }
    if (list->items.empty()) {
      return console_.fail(name +
                           " has no circuit breaker yet: a task has one as soon as it sends");
    }
    if (list->items.size() != 1) {
      return console_.fail(name + " has " + std::to_string(list->items.size()) +
                           " breakers: name one of them");
    }
    which = text(list->items.front(), "name");
  }
  const auto answer =
      ask_json(console_, client_, "PUT", path_of(name, "/breakers/" + http::percent_encode(which)),
               "{\"state\":\"" + state + "\"}");
  if (!answer) {
    return kFailed;
  }
  console_.line(console_.json ? answer->dump() : which + ": " + text(*answer, "state"));
  return kDone;
}

}  // namespace weir::runtime::cli
