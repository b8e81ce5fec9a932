#include "runtime/state/status_store.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace weir::runtime::state {
namespace {

namespace json = boost::json;

constexpr std::string_view kConnector = "status-connector-";
constexpr std::string_view kTask = "status-task-";
constexpr std::string_view kTopic = "status-topic-";
constexpr std::string_view kTopicConnector = ":connector-";

std::string text(const json::value* value) {
  return value != nullptr && value->is_string() ? std::string(value->get_string().data(), value->get_string().size()) : std::string();
}
std::string task_key(std::string_view name, int task) { return fmt::format("{}{}-{}", kTask, name, task); }
std::string topic_key(std::string_view connector, std::string_view topic) {
  return fmt::format("{}{}{}{}", kTopic, topic, kTopicConnector, connector);
}

}  // namespace

std::string to_json(const Status& status) {
  json::object out;
  out["state"] = status.state;
  out["trace"] = status.trace.empty() ? json::value(nullptr) : json::value(status.trace);
  out["worker_id"] = status.worker_id;
  out["generation"] = status.generation;
  out["version"] = status.version ? json::value(*status.version) : json::value(nullptr);
  return json::serialize(out);
}

std::optional<Status> parse_status(std::string_view source) {
  json::error_code ec;
  const json::value value = json::parse(json::string_view(source.data(), source.size()), ec);
  if (ec || !value.is_object()) {
    return std::nullopt;
  }
  const json::object& object = value.get_object();
  Status out;
  out.state = text(object.if_contains("state"));
  if (out.state.empty()) {
    return std::nullopt;
  }
  out.trace = text(object.if_contains("trace"));
  out.worker_id = text(object.if_contains("worker_id"));
  if (const json::value* g = object.if_contains("generation"); g != nullptr && g->is_int64()) {
    out.generation = g->get_int64();
  }
  if (const json::value* v = object.if_contains("version"); v != nullptr && v->is_string()) {
    out.version = text(v);
  }
  return out;
}

Result<void> StatusStore::start(std::chrono::milliseconds timeout) {
  kafka::TopicLogOptions log;
  log.topic = options_.topic;
  log.consumer = log.producer = options_.client;
  log.consumer.set("client.id", options_.client_id);
  log.producer.set("client.id", options_.client_id);
  log.on_record = [this](const kafka::Message& record) {
    if (const auto key = record.key()) {
      const std::lock_guard lock(mutex_);
      if (!own_.contains(*key)) {
        apply(*key, record.value());
      }
    }
  };
  log_ = std::make_unique<kafka::TopicLog>(std::move(log));
  auto started = log_->start(timeout);
  if (!started) {
    log_.reset();
  }
  return started;
}

void StatusStore::stop(std::chrono::milliseconds flush) {
  if (log_) {
    if (flush.count() > 0) {
      (void)log_->flush(flush);
    }
    log_->stop();
  }
}

void StatusStore::apply(std::string_view key, std::optional<std::string_view> value) {
  if (key.substr(0, kConnector.size()) == kConnector) {
    const std::string name(key.substr(kConnector.size()));
    const auto status = value ? parse_status(*value) : std::nullopt;
    if (status) {
      connectors_[name] = *status;
    } else if (!value) {
      connectors_.erase(name);
    }
  } else if (key.substr(0, kTask.size()) == kTask) {
    const auto dash = key.rfind('-');
    int number = 0;
    const auto parsed = std::from_chars(key.data() + dash + 1, key.data() + key.size(), number);
    if (dash < kTask.size() || parsed.ec != std::errc{} || parsed.ptr != key.data() + key.size()) {
      return;
    }
    const std::string name(key.substr(kTask.size(), dash - kTask.size()));
    const auto status = value ? parse_status(*value) : std::nullopt;
    if (status) {
      auto& known = tasks_[name];
      const auto old = known.find(number);
      if (status->state == "UNASSIGNED" && old != known.end() && old->second.state == "RUNNING" && status->generation <= old->second.generation &&
          status->worker_id != old->second.worker_id) {
        return;
      }
      known[number] = *status;
    } else if (!value) {
      if (const auto it = tasks_.find(name); it != tasks_.end() && it->second.erase(number) > 0 && it->second.empty()) {
        tasks_.erase(it);
      }
    }
  } else if (key.substr(0, kTopic.size()) == kTopic) {
    const auto colon = key.find(':', kTopic.size());
    if (colon == std::string_view::npos || key.substr(colon, kTopicConnector.size()) != kTopicConnector) {
      return;
    }
    const std::string topic(key.substr(kTopic.size(), colon - kTopic.size()));
    const std::string name(key.substr(colon + kTopicConnector.size()));
    if (value) {
      topics_[name].insert(topic);
    } else if (const auto it = topics_.find(name); it != topics_.end() && it->second.erase(topic) > 0 && it->second.empty()) {
      topics_.erase(it);
    }
  }
}

void StatusStore::store(const std::string& key, std::optional<std::string> value) {
  {
    const std::lock_guard lock(mutex_);
    own_.insert(key);
    apply(key, value ? std::optional<std::string_view>(*value) : std::nullopt);
  }
  send(key, std::move(value));
}

void StatusStore::send(const std::string& key, std::optional<std::string> value) {
  std::uint64_t version = 0;
  {
    const std::lock_guard lock(mutex_);
    version = ++version_;
    pending_[key] = {value, version, true};
  }
  if (!log_) {
    return;
  }
  log_->send(key, value ? std::optional<std::string_view>(*value) : std::nullopt,
             [this, key, version](const Result<kafka::RecordPosition>& sent) {
               bool failed = false;
               {
                 const std::lock_guard lock(mutex_);
                 const auto it = pending_.find(key);
                 if (it == pending_.end() || it->second.version != version) {
                   return;  // a newer one is on its way
                 }
                 if (sent) {
                   pending_.erase(it);
                 } else {
                   it->second.in_flight = false;
                   failed = true;
                 }
               }
               if (failed && options_.on_warning) {
                 options_.on_warning(fmt::format("The status {} could not be written and is sent again: {}", key, sent.error().message));
               }
             });
}

void StatusStore::resend() {
  std::map<std::string, std::optional<std::string>> again;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, pending] : pending_) {
      if (!pending.in_flight) {
        again.emplace(key, pending.value);
      }
    }
  }
  for (auto& [key, value] : again) {
    send(key, std::move(value));
  }
}

void StatusStore::put_connector(const std::string& name, const Status& status) {
  store(std::string(kConnector) + name, to_json(status));
}
void StatusStore::put_task(const std::string& name, int task, const Status& status) { store(task_key(name, task), to_json(status)); }
void StatusStore::remove_task(const std::string& name, int task) { store(task_key(name, task), std::nullopt); }

void StatusStore::remove_connector(const std::string& name) {
  for (const auto& [number, status] : tasks(name)) {
    remove_task(name, number);
  }
  if (connector(name)) {
    store(std::string(kConnector) + name, std::nullopt);
  }
}

std::optional<Status> StatusStore::connector(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto it = connectors_.find(name);
  return it == connectors_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<Status> StatusStore::task(std::string_view name, int task) const {
  const auto all = tasks(name);
  const auto it = all.find(task);
  return it == all.end() ? std::nullopt : std::optional(it->second);
}

std::map<int, Status> StatusStore::tasks(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto it = tasks_.find(name);
  return it == tasks_.end() ? std::map<int, Status>() : it->second;
}

std::set<std::string> StatusStore::known() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> out;
  for (const auto& [name, status] : connectors_) {
    out.insert(name);
  }
  for (const auto& [name, statuses] : tasks_) {
    out.insert(name);
  }
  return out;
}

void StatusStore::add_topic(const std::string& connector, const std::string& topic, int task) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = topics_.find(connector);
    if (it != topics_.end() && it->second.contains(topic)) {
      return;
    }
  }
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  json::object inner;
  inner["name"] = topic;
  inner["connector"] = connector;
  inner["task"] = task;
  inner["discoverTimestamp"] = now;
  store(topic_key(connector, topic), json::serialize(json::object{{"topic", std::move(inner)}}));
}

std::vector<std::string> StatusStore::topics(std::string_view connector) const {
  const std::lock_guard lock(mutex_);
  const auto it = topics_.find(connector);
  return it == topics_.end() ? std::vector<std::string>() : std::vector<std::string>(it->second.begin(), it->second.end());
}

void StatusStore::reset_topics(const std::string& connector) {
  for (const std::string& topic : topics(connector)) {
    store(topic_key(connector, topic), std::nullopt);
  }
}

}  // namespace weir::runtime::state
