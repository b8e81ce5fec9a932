#include "runtime/http/api.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "runtime/http/config_body.hpp"
#include "runtime/http/views.hpp"

namespace weir::runtime::http {
namespace {

constexpr std::string_view kJson = "application/json";

Reply json_reply(std::string body, int status = 200) {
  return {status, std::move(body), std::string(kJson), {}, {}};
}

Reply empty_reply(int status) { return {status, "", "", {}, {}}; }

/// One header per warning; what a header can't carry becomes a space.
void add_warnings(Reply& reply, const worker::Warnings& warnings) {
  constexpr std::size_t kMost = 50;
  constexpr std::size_t kLongest = 500;
  for (std::size_t i = 0; i < std::min(warnings.size(), kMost); ++i) {
    std::string text = warnings[i].substr(0, kLongest);
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    reply.headers.emplace_back("Weir-Warning", std::move(text));
  }
}

Reply refuse(const worker::ApiError& error) {
  Reply reply = error_reply(error.status, error.message);
  add_warnings(reply, error.warnings);
  return reply;
}
Reply refuse(const Error& error) { return error_reply(400, error.message); }

template <class T>
Reply json_or_error(const worker::ApiResult<T>& result) {
  return result ? json_reply(to_json(*result)) : refuse(result.error());
}

Reply empty_or_error(const worker::ApiResult<void>& result, int status) {
  return result ? empty_reply(status) : refuse(result.error());
}

Reply message_or_error(const worker::ApiResult<std::string>& result) {
  if (!result) {
    return refuse(result.error());
  }
  JsonWriter out;
  out.begin_object().member("message", *result).end_object();
  return json_reply(out.take());
}

std::string key_names(const worker::ConfigInput& config) {
  constexpr std::size_t kMost = 2000;
  std::string out;
  for (const auto& [key, value] : config) {
    if (out.size() + key.size() > kMost) {
      return out + ",...";
    }
    out += (out.empty() ? "" : ",") + key;
  }
  return out;
}

Reply change_reply(const Request& request, const worker::ConfigInput& config,
                   const worker::ApiResult<worker::ConnectorChange>& result) {
  Reply reply = result ? json_reply(to_json(result->info), result->created ? 201 : 200)
                       : refuse(result.error());
  reply.keys = key_names(config);
  if (!result) {
    return reply;
  }
  if (result->created) {
    reply.headers.emplace_back(
        "Location", "http://" + request.host + "/connectors/" + percent_encode(result->info.name));
  }
  add_warnings(reply, result->warnings);
  return reply;
}

/// nullopt: no integer, so no such path.
std::optional<int> task_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '+') {
    text.remove_prefix(1);
  }
  int n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  return ec == std::errc{} && end == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::options: return "OPTIONS";
    case Method::other: break;
  }
  return "OTHER";
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string media_type(std::string_view header) {
  header = header.substr(0, header.find(';'));
  const auto first = header.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return lower(header.substr(first, header.find_last_not_of(" \t") - first + 1));
}

bool accepts_json(std::string_view accept) {
  if (accept.empty()) {
    return true;
  }
  while (true) {
    const auto comma = accept.find(',');
    const std::string type = media_type(accept.substr(0, comma));
    if (type == "*/*" || type == "application/*" || type == kJson) {
      return true;
    }
    if (comma == std::string_view::npos) {
      return false;
    }
    accept.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Request Entity Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

Reply error_reply(int status, std::string_view message) {
  JsonWriter out;
  out.begin_object().member("error_code", status).member("message", message).end_object();
  return json_reply(out.take(), status);
}

Reply router_error(int status) {
  Reply reply =
      error_reply(status, "HTTP " + std::to_string(status) + " " + std::string(reason_of(status)));
  reply.content_type.clear();
  return reply;
}

Api::Api(worker::Facade& worker, metrics::Registry& metrics) : worker_(worker), metrics_(metrics) {
  using enum Method;
  constexpr bool kState = true;
  constexpr bool kNoState = false;
  constexpr bool kBody = true;
  add(get, "/", Lane::here, kNoState, &Api::root);
  add(get, "/health", Lane::here, kNoState, &Api::health, false, true);
  add(get, "/health/live", Lane::here, kNoState, &Api::alive, false, true);
  add(get, "/metrics", Lane::quick, kNoState, &Api::metrics_text, false, true);
  add(get, "/connectors", Lane::quick, kState, &Api::list);
  add(post, "/connectors", Lane::slow, kState, &Api::create, kBody);
  add(get, "/connectors/{}", Lane::quick, kState, &Api::info);
  add(del, "/connectors/{}", Lane::slow, kState, &Api::remove);
  add(get, "/connectors/{}/config", Lane::quick, kState, &Api::config);
  add(put, "/connectors/{}/config", Lane::slow, kState, &Api::put_config, kBody);
  add(patch, "/connectors/{}/config", Lane::slow, kState, &Api::patch_config, kBody);
  add(get, "/connectors/{}/status", Lane::quick, kState, &Api::status);
  add(put, "/connectors/{}/pause", Lane::slow, kState, &Api::pause);
  add(put, "/connectors/{}/resume", Lane::slow, kState, &Api::resume);
  add(put, "/connectors/{}/stop", Lane::slow, kState, &Api::stop);
  add(post, "/connectors/{}/restart", Lane::slow, kState, &Api::restart);
  add(get, "/connectors/{}/tasks", Lane::quick, kState, &Api::tasks);
  add(get, "/connectors/{}/tasks/{}/status", Lane::quick, kState, &Api::task_status);
  add(post, "/connectors/{}/tasks/{}/restart", Lane::slow, kState, &Api::restart_task);
  add(get, "/connectors/{}/topics", Lane::quick, kState, &Api::topics);
  add(put, "/connectors/{}/topics/reset", Lane::slow, kState, &Api::reset_topics);
  add(get, "/connectors/{}/offsets", Lane::slow, kState, &Api::offsets);
  add(patch, "/connectors/{}/offsets", Lane::slow, kState, &Api::alter_offsets, kBody);
  add(del, "/connectors/{}/offsets", Lane::slow, kState, &Api::reset_offsets);
  add(get, "/connectors/{}/breakers", Lane::quick, kState, &Api::breakers);
  add(get, "/connectors/{}/breakers/{}", Lane::quick, kState, &Api::breaker);
  add(put, "/connectors/{}/breakers/{}", Lane::slow, kState, &Api::set_breaker, kBody);
  add(get, "/connector-plugins", Lane::quick, kNoState, &Api::plugins);
  add(get, "/connector-plugins/{}/config", Lane::slow, kNoState, &Api::plugin_config);
  add(put, "/connector-plugins/{}/config/validate", Lane::slow, kNoState, &Api::validate, kBody);
  add(get, "/admin/loggers", Lane::here, kNoState, &Api::loggers);
  add(get, "/admin/loggers/{}", Lane::here, kNoState, &Api::logger);
  add(put, "/admin/loggers/{}", Lane::slow, kNoState, &Api::set_logger, kBody);
}

void Api::add(Method method, std::string_view pattern, Lane lane, bool needs_state, Handler handler,
              bool reads_body, bool any_accept) {
  std::vector<std::string_view> parts;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const auto slash = pattern.find('/');
    parts.push_back(pattern.substr(0, slash));
    pattern = slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
  }
  routes_.push_back({method, std::move(parts), lane, needs_state, reads_body, any_accept, handler});
}

std::variant<Reply, Api::Work> Api::route(const Request& request, const Scope& scope) const {
  const auto& path = request.target.path;
  const bool admin_path = !path.empty() && path.front() == "admin";
  const bool shared_path = path.empty() || path.front() == "health" || path.front() == "metrics";
  if (!shared_path && (admin_path ? !scope.admin : !scope.main)) {
    return router_error(404);
  }
  const Method method = request.method == Method::head ? Method::get : request.method;
  const Route* found = nullptr;
  std::string allowed;  // in the order in which Kafka Connect shows them
  for (const Route& route : routes_) {
    const bool fits = std::equal(route.pattern.begin(), route.pattern.end(), path.begin(),
                                 path.end(), [](std::string_view part, const std::string& segment) {
                                   return part == "{}" ? !segment.empty() : part == segment;
                                 });
    if (!fits) {
      continue;
    }
    if (route.method == method) {
      found = &route;
    }
    if (route.method == Method::get) {
      allowed = "HEAD," + allowed + "GET,";
    } else {
      const auto at = allowed.rfind("GET,");
      allowed.insert(at == std::string::npos ? allowed.size() : at,
                     std::string(name_of(route.method)) + ",");
    }
  }
  if (allowed.empty()) {
    return router_error(404);
  }
  allowed += "OPTIONS";
  if (method == Method::options) {
    return Reply{200, allowed, "text/plain", {{"Allow", allowed}}, {}};
  }
  if (found == nullptr) {
    Reply reply = router_error(405);
    reply.headers.emplace_back("Allow", allowed);
    return reply;
  }
  // A body that nobody reads may have any type: clients send forms with an empty PUT.
  if (found->reads_body && !request.content_type.empty() &&
      media_type(request.content_type) != kJson) {
    return router_error(415);
  }
  if (!found->any_accept && !accepts_json(request.accept)) {
    return router_error(406);
  }
  std::vector<std::string> args;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (found->pattern[i] == "{}") {
      args.push_back(path[i]);
    }
  }
  const Handler handler = found->handler;
  return Work{found->lane, found->needs_state,
              [this, handler, args = std::move(args)](const Request& complete) {
                try {
                  return (this->*handler)(Call{complete, args});
                } catch (const std::exception& e) {
                  spdlog::error("REST: {} {}: {}", name_of(complete.method),
                                fmt::join(complete.target.path, "/"), e.what());
                  return error_reply(500, "Internal error");
                } catch (...) {
                  spdlog::error("REST: unknown exception");
                  return error_reply(500, "Internal error");
                }
              }};
}

Reply Api::timed_out() const {
  const std::string stage = worker_.stage();
  return error_reply(500, stage.empty() ? "Request timed out." : "Request timed out. " + stage);
}

Reply Api::root(const Call&) const { return json_reply(to_json(worker_.server_info())); }

Reply Api::health(const Call&) const {
  const worker::Health health = worker_.health();
  int status = 200;
  std::string_view word = "healthy";
  std::string message = "Worker has completed startup and is ready to handle requests.";
  switch (health.status) {
    case worker::HealthStatus::healthy: break;
    case worker::HealthStatus::starting:
      status = 503;
      word = "starting";
      message = "Worker is still starting up.";
      break;
    case worker::HealthStatus::draining:
      status = 503;
      word = "draining";
      message = "Worker is shutting down.";
      break;
    case worker::HealthStatus::unhealthy:
      status = 500;
      word = "unhealthy";
      message =
          "Worker was unable to handle this request and may be unable to handle other requests.";
      break;
  }
  if (health.status != worker::HealthStatus::healthy) {
    for (const std::string& more : {health.detail, worker_.stage()}) {
      if (!more.empty()) {
        message.append(" ").append(more);
      }
    }
  }
  JsonWriter out;
  out.begin_object().member("status", word).member("message", message).end_object();
  return json_reply(out.take(), status);
}

Reply Api::alive(const Call&) const { return json_reply(R"({"status":"alive"})"); }

Reply Api::metrics_text(const Call&) const {
  return {200, metrics_.text(), "text/plain; version=0.0.4; charset=utf-8", {}, {}};
}

Reply Api::list(const Call& call) const {
  const auto names = worker_.connectors();
  if (!names) {
    return refuse(names.error());
  }
  if (!call.request.target.parameter("expand")) {
    return json_reply(to_json(*names));
  }
  bool want_status = false;
  bool want_info = false;
  for (const auto& [key, value] : call.request.target.query) {
    want_status |= key == "expand" && value == "status";
    want_info |= key == "expand" && value == "info";
  }
  JsonWriter out;
  out.begin_object();
  for (const std::string& name : *names) {
    std::string status;
    std::string info;
    if (want_status) {
      const auto result = worker_.status(name);
      if (!result) {
        continue;
      }
      status = to_json(*result);
    }
    if (want_info) {
      const auto result = worker_.info(name);
      if (!result) {
        continue;
      }
      info = to_json(*result);
    }
    out.key(name).begin_object();
    if (want_status) {
      out.key("status").raw(status);
    }
    if (want_info) {
      out.key("info").raw(info);
    }
    out.end_object();
  }
  return json_reply(out.end_object().take());
}

Reply Api::create(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  const auto wanted = create_request(*body);
  if (!wanted) {
    return refuse(wanted.error());
  }
  return change_reply(call.request, wanted->config,
                      worker_.create(wanted->name, wanted->config, wanted->initial_state));
}

Reply Api::info(const Call& call) const { return json_or_error(worker_.info(call.args[0])); }
Reply Api::config(const Call& call) const { return json_or_error(worker_.config(call.args[0])); }

Reply Api::put_config(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  auto config = config_of(*body);
  if (!config) {
    return refuse(config.error());
  }
  if (auto named = set_name(*config, call.args[0]); !named) {
    return refuse(named.error());
  }
  return change_reply(call.request, *config, worker_.put_config(call.args[0], *config));
}

Reply Api::patch_config(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  const auto changes = config_of(*body);
  if (!changes) {
    return refuse(changes.error());
  }
  return change_reply(call.request, *changes, worker_.patch_config(call.args[0], *changes));
}

Reply Api::remove(const Call& call) const {
  return empty_or_error(worker_.remove(call.args[0]), 204);
}
Reply Api::status(const Call& call) const { return json_or_error(worker_.status(call.args[0])); }
Reply Api::pause(const Call& call) const {
  return empty_or_error(worker_.pause(call.args[0]), 202);
}
Reply Api::resume(const Call& call) const {
  return empty_or_error(worker_.resume(call.args[0]), 202);
}
Reply Api::stop(const Call& call) const { return empty_or_error(worker_.stop(call.args[0]), 204); }

Reply Api::restart(const Call& call) const {
  const Target& target = call.request.target;
  const auto result = worker_.restart(call.args[0], target.flag("includeTasks", false),
                                      target.flag("onlyFailed", false));
  if (!result) {
    return refuse(result.error());
  }
  return result->has_value() ? json_reply(to_json(**result), 202) : empty_reply(204);
}

Reply Api::tasks(const Call& call) const { return json_or_error(worker_.tasks(call.args[0])); }

Reply Api::task_status(const Call& call) const {
  const auto task = task_number(call.args[1]);
  return task ? json_or_error(worker_.task_status(call.args[0], *task)) : router_error(404);
}

Reply Api::restart_task(const Call& call) const {
  const auto task = task_number(call.args[1]);
  return task ? empty_or_error(worker_.restart_task(call.args[0], *task), 204) : router_error(404);
}

Reply Api::topics(const Call& call) const {
  const auto topics = worker_.topics(call.args[0]);
  if (!topics) {
    return refuse(topics.error());
  }
  JsonWriter out;
  out.begin_object().key(call.args[0]).begin_object().key("topics");
  write(out, *topics);
  return json_reply(out.end_object().end_object().take());
}

Reply Api::reset_topics(const Call& call) const {
  return empty_or_error(worker_.reset_topics(call.args[0]), 202);
}

Reply Api::offsets(const Call& call) const {
  const auto offsets = worker_.offsets(call.args[0]);
  if (!offsets) {
    return refuse(offsets.error());
  }
  JsonWriter out;
  out.begin_object().key("offsets");
  write(out, *offsets);
  return json_reply(out.end_object().take());
}

Reply Api::alter_offsets(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  const auto offsets = offsets_of(*body);
  return offsets ? message_or_error(worker_.alter_offsets(call.args[0], *offsets))
                 : refuse(offsets.error());
}

Reply Api::reset_offsets(const Call& call) const {
  return message_or_error(worker_.reset_offsets(call.args[0]));
}

Reply Api::plugins(const Call& call) const {
  return json_or_error(worker_.plugins(call.request.target.flag("connectorsOnly", true)));
}

Reply Api::plugin_config(const Call& call) const {
  return json_or_error(
      worker_.plugin_config(call.args[0], call.request.target.parameter("version").value_or("")));
}

Reply Api::validate(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  const auto config = config_of(*body);
  if (!config) {
    return refuse(config.error());
  }
  const auto result = worker_.validate(call.args[0], *config);
  Reply reply = json_or_error(result);
  if (result) {
    add_warnings(reply, result->warnings);
  }
  return reply;
}

Reply Api::breakers(const Call& call) const {
  return json_or_error(worker_.breakers(call.args[0]));
}

Reply Api::breaker(const Call& call) const {
  return json_or_error(worker_.breaker(call.args[0], call.args[1]));
}

Reply Api::set_breaker(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  const std::string state(body->text_of("state"));
  if (state.empty()) {
    return error_reply(400, "\"state\" is missing: FORCED_OPEN, CLOSED or DISABLED");
  }
  return json_or_error(worker_.set_breaker(call.args[0], call.args[1], state));
}

namespace {

void write_level(JsonWriter& out, const LoggerLevel& level) {
  out.begin_object().member("level", level.level).key("last_modified");
  if (level.last_modified) {
    out.number(*level.last_modified);
  } else {
    out.null();
  }
  out.end_object();
}

}  // namespace

Reply Api::loggers(const Call&) const {
  JsonWriter out;
  out.begin_object();
  for (const auto& [name, level] : loggers_.all()) {
    out.key(name);
    write_level(out, level);
  }
  return json_reply(out.end_object().take());
}

Reply Api::logger(const Call& call) const {
  const auto level = loggers_.find(call.args[0]);
  if (!level) {
    return error_reply(404, "Logger " + call.args[0] + " not found.");
  }
  JsonWriter out;
  write_level(out, *level);
  return json_reply(out.take());
}

Reply Api::set_logger(const Call& call) const {
  const auto body = object_body(call.request.body);
  if (!body) {
    return refuse(body.error());
  }
  const Json* level = body->find("level");
  if (level == nullptr || level->is_null()) {
    return error_reply(400, "Desired 'level' parameter was not specified in request.");
  }
  if (!Loggers::known_level(level->text)) {
    return error_reply(404, "invalid log level '" + level->text + "'.");
  }
  if (call.request.target.parameter("scope").value_or("") == "cluster") {
    const auto asked = worker_.set_cluster_log_level(call.args[0], level->text);
    if (asked) {
      (void)loggers_.set(call.args[0], level->text);
    }
    return empty_or_error(asked, 204);
  }
  return json_reply(
      to_json(loggers_.set(call.args[0], level->text).value_or(std::vector<std::string>{})));
}

}  // namespace weir::runtime::http
