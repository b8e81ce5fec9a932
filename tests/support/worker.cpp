#include "support/worker.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace weir::test {
namespace {

std::string binary() {
  if (const char* set = std::getenv("WEIR_BINARY")) {
    return set;
  }
  return WEIR_BINARY;
}

std::string text_at(const boost::json::value& value, std::string_view pointer) {
  boost::system::error_code ignored;
  const boost::json::value* found = value.find_pointer(pointer, ignored);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::vector<std::string> states(const boost::json::value& status) {
  std::vector<std::string> result;
  boost::system::error_code ignored;
  const boost::json::value* tasks = status.find_pointer("/tasks", ignored);
  if (tasks && tasks->is_array()) {
    for (const boost::json::value& task : tasks->get_array()) {
      result.push_back(text_at(task, "/state"));
    }
  }
  return result;
}

}  // namespace

Worker::Worker(WorkerOptions options)
    : options_(std::move(options)),
      port_(free_port()),
      url_("http://127.0.0.1:" + std::to_string(port_)),
      http_(url_) {
  std::map<std::string, std::string> properties = {
      {"group.id", "weir-test"},
      {"config.storage.topic", "weir-test-configs"},
      {"offset.storage.topic", "weir-test-offsets"},
      {"status.storage.topic", "weir-test-status"},
      {"config.storage.replication.factor", "1"},
      {"offset.storage.replication.factor", "1"},
      {"status.storage.replication.factor", "1"},
      {"offset.storage.partitions", "4"},
      {"status.storage.partitions", "2"},
      {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
      {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
      {"value.converter.schemas.enable", "false"},
      {"offset.flush.interval.ms", "1000"},
      {"listeners", url_},
      {"plugin.path", WEIR_PLUGIN_PATH},
  };
  if (!options_.bootstrap.empty()) {
    properties["bootstrap.servers"] = options_.bootstrap;
  }
  for (const auto& [key, value] : options_.properties) {
    if (value.empty()) {
      properties.erase(key);
    } else {
      properties[key] = value;
    }
  }
  std::string text;
  for (const auto& [key, value] : properties) {
    text += key + "=" + value + "\n";
  }
  write_file(dir_.path() / "worker.properties", text);
  start();
}

void Worker::start() {
  if (running()) {
    return;
  }
  ProcessOptions process;
  process.argv = options_.command;
  if (process.argv.empty()) {
    process.argv = {binary(), "worker", "--config"};
  }
  process.argv.push_back((dir_.path() / "worker.properties").string());
  if (options_.bootstrap.empty()) {
    process.argv.emplace_back("--embedded");
  }
  process.argv.insert(process.argv.end(), options_.arguments.begin(), options_.arguments.end());
  process.env = options_.env;
  process.log = log();
  process_ = Process(process);
  bool answers = eventually(
      options_.start_timeout, [&] { return !running() || http_.get("/").status == 200; },
      std::chrono::milliseconds(5));
  if (!answers || !running()) {
    fail("the worker did not start");
  }
}

int Worker::terminate() { return process_.terminate(std::chrono::seconds(60)); }

void Worker::kill9() { process_.kill9(); }

void Worker::fail(const std::string& what) {
  throw std::runtime_error(what + "; end of the worker's log:\n" + tail(log()));
}

void Worker::put_connector(const std::string& name, const std::string& config) {
  HttpResponse response;
  eventually(
      std::chrono::seconds(30),
      [&] {
        response = http_.put("/connectors/" + name + "/config", config);
        return response.status != 409 && response.status != 503 && response.status != 0;
      },
      std::chrono::milliseconds(200));
  if (response.status != 200 && response.status != 201) {
    fail("PUT of connector " + name + ": " + std::to_string(response.status) + " " + response.body +
         response.error);
  }
}

void Worker::put_connector(const std::string& name,
                           const std::map<std::string, std::string>& config) {
  boost::json::object object;
  for (const auto& [key, value] : config) {
    object[key] = value;
  }
  put_connector(name, boost::json::serialize(object));
}

void Worker::delete_connector(const std::string& name) {
  HttpResponse response = http_.del("/connectors/" + name);
  if (response.status != 204) {
    fail("DELETE of connector " + name + ": " + std::to_string(response.status) + " " +
         response.body);
  }
}

boost::json::value Worker::status(const std::string& name) {
  HttpResponse response = http_.get("/connectors/" + name + "/status");
  boost::system::error_code error;
  boost::json::value value = boost::json::parse(response.body, error);
  return response.status == 200 && !error ? value : boost::json::value();
}

std::string Worker::connector_state(const std::string& name) {
  return text_at(status(name), "/connector/state");
}

std::vector<std::string> Worker::task_states(const std::string& name) {
  return states(status(name));
}

void Worker::wait_running(const std::string& name, std::size_t tasks,
                          std::chrono::milliseconds timeout) {
  boost::json::value last;
  bool failed = false;
  bool ok = eventually(timeout, [&] {
    last = status(name);
    std::vector<std::string> all = states(last);
    std::string connector = text_at(last, "/connector/state");
    failed = connector == "FAILED";
    bool every = connector == "RUNNING" && !all.empty() && (tasks == 0 || all.size() == tasks);
    for (const std::string& state : all) {
      failed = failed || state == "FAILED";
      every = every && state == "RUNNING";
    }
    return every || failed;
  });
  if (!ok || failed) {
    fail("connector " + name + " does not run: " + boost::json::serialize(last));
  }
}

std::string Worker::wait_failed(const std::string& name, std::chrono::milliseconds timeout) {
  boost::json::value last;
  std::string trace;
  bool ok = eventually(timeout, [&] {
    last = status(name);
    std::vector<std::string> all = states(last);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i] == "FAILED") {
        trace = text_at(last, "/tasks/" + std::to_string(i) + "/trace");
        return true;
      }
    }
    return false;
  });
  if (!ok) {
    fail("no task of connector " + name + " failed: " + boost::json::serialize(last));
  }
  return trace;
}

std::string Worker::metrics() { return http_.get("/metrics").body; }

double Worker::metric(const std::string& start) {
  std::istringstream lines(metrics());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(start)) {
      if (std::size_t blank = line.rfind(' '); blank != std::string::npos) {
        return std::strtod(line.c_str() + blank + 1, nullptr);
      }
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace weir::test
