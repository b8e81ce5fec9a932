#include "http_ingest_source.hpp"

#include <poll.h>

#include <chrono>
#include <string>
#include <utility>

namespace weir::connectors::http_ingest {
namespace {

constexpr std::size_t kRecordsPerPoll = 2000;

constexpr weir_schema scalar_schema(std::uint32_t type) {
  weir_schema s{};
  s.struct_size = sizeof s;
  s.type = type;
  s.flags = WEIR_SCHEMA_STABLE;
  return s;
}
const weir_schema kString = scalar_schema(WEIR_KIND_STRING);
const weir_schema kBytes = scalar_schema(WEIR_KIND_BYTES);

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

HttpIngestSource::HttpIngestSource(Config config, Task task)
    : config_(std::move(config)), task_(task) {}

HttpIngestSource::~HttpIngestSource() {
  if (server_ == nullptr) {
    return;
  }
  server_->drain();
  // The runtime has given up on these; their callers are told so.
  std::vector<std::shared_ptr<Exchange>> answers = given_up(queue_.close());
  for (auto& [key, exchange] : polled_) {
    for (OutRecord& record : exchange->records) {
      record.code = Errc::retriable;
      record.message =
          "the ingest was stopped before Kafka acknowledged the record; it may still have it";
    }
    answers.push_back(exchange);
  }
  server_->answer(std::move(answers));
  server_->finish(config_.shutdown_timeout);
}

Result<void> HttpIngestSource::start() {
  const Task task = task_;
  auto gateway = Gateway::make(config_, std::string(task_.connector()),
                               [task](bool error, const std::string& message) {
                                 task.log(error ? LogLevel::error : LogLevel::info, message);
                               });
  if (!gateway) {
    return gateway.error();
  }
  gateway_ = std::move(*gateway);
  metrics_ = std::make_unique<ServerMetrics>(task_, gateway_->routes());
  auto server = std::make_unique<Server>(config_, *gateway_, queue_, *metrics_, task_);
  if (auto started = server->start(); !started) {
    return started;
  }
  server_ = std::move(server);
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const std::uint16_t port = server_->ports()[i];
    std::string shown = config_.listeners[i];
    shown.replace(shown.rfind(':') + 1, std::string::npos, std::to_string(port));
    task_.log(LogLevel::info, "listening on " + shown);
    task_
        .gauge("weir_http_ingest_port", "The port of each listener, in the order of listeners.",
               {{"listener", std::to_string(i)}})
        .record(port);
  }
  if (config_.anonymous()) {
    task_.log(LogLevel::warn,
              "auth.methods has none: everybody who reaches the listeners may post");
  }
  return {};
}

std::vector<std::uint16_t> HttpIngestSource::ports() const {
  return server_ == nullptr ? std::vector<std::uint16_t>{} : server_->ports();
}

Result<void> HttpIngestSource::poll(Batch& batch, std::chrono::milliseconds max_wait) {
  gateway_->health().polled_at_ms = steady_ms();
  auto list = queue_.take(kRecordsPerPoll);
  if (list.empty()) {
    pollfd fds[2] = {{queue_.fd(), POLLIN, 0}, {task_.wake_fd(), POLLIN, 0}};
    (void)::poll(fds, 2, static_cast<int>(max_wait.count()));
    list = queue_.take(kRecordsPerPoll);
  }
  for (auto& exchange : list) {
    append(batch, *exchange);
    polled_.emplace(exchange.get(), exchange);
  }
  metrics_->inflight_bytes.record(static_cast<double>(gateway_->health().inflight_bytes.load()));
  return {};
}

void HttpIngestSource::append(Batch& batch, Exchange& exchange) {
  Arena arena = batch.arena();
  const std::string_view topic = arena.copy(exchange.topic);
  for (OutRecord& from : exchange.records) {
    if (from.refused) {
      continue;
    }
    Record record = batch.append();
    record.set_topic(topic);
    record.set_partition(from.partition);
    record.set_timestamp(from.timestamp);
    if (from.key) {
      record.set_key(Value::string(arena.copy(*from.key)), &kString);
    }
    if (from.value) {
      const std::string_view text = arena.copy(*from.value);
      switch (from.kind) {
        case BodyKind::bytes: record.set_value(Value::bytes(text), &kBytes); break;
        case BodyKind::string: record.set_value(Value::string(text), &kString); break;
        case BodyKind::json: record.set_value(Value::lazy(text)); break;
      }
    }
    for (const auto& [name, value] : from.headers) {
      record.add_header(arena.copy(name), Value::string(arena.copy(value)), &kString);
    }
    record.set_token(&from);
    ++exchange.open;
  }
}

void HttpIngestSource::close(std::shared_ptr<Exchange> exchange,
                             std::vector<std::shared_ptr<Exchange>>& answers) {
  gateway_->health().inflight_bytes.fetch_sub(static_cast<std::int64_t>(exchange->bytes));
  answers.push_back(std::move(exchange));
}

void HttpIngestSource::acknowledged(std::span<const Ack> acks) {
  std::vector<std::shared_ptr<Exchange>> answers;
  auto& health = gateway_->health();
  for (const Ack& ack : acks) {
    auto& record = *static_cast<OutRecord*>(ack.token);
    record.code = ack.error_code();
    record.landed_partition = ack.partition;
    record.landed_offset = ack.offset;
    record.message = std::string(ack.message_text());
    if (ack.ok()) {
      health.refused_at_ms = 0;
    } else if (record.code != Errc::bad_record) {
      health.refused_at_ms = steady_ms();
    }
    if (!ack.ok() && config_.response_mode == ResponseMode::accepted) {
      task_.log(LogLevel::error, "a record answered with 202 was not delivered to " +
                                     record.exchange->topic + ": " + record.message);
    }
    Exchange* exchange = record.exchange;
    if (--exchange->open > 0) {
      continue;
    }
    gateway_->settled(*exchange);
    auto it = polled_.find(exchange);
    close(std::move(it->second), answers);
    polled_.erase(it);
  }
  server_->answer(std::move(answers));
}

std::vector<std::shared_ptr<Exchange>> HttpIngestSource::given_up(
    std::vector<std::shared_ptr<Exchange>> list) {
  std::vector<std::shared_ptr<Exchange>> answers;
  for (auto& exchange : list) {
    gateway_->cancel(*exchange);
    for (OutRecord& record : exchange->records) {
      record.code = Errc::retriable;
      record.message = "the ingest is being stopped";
    }
    close(std::move(exchange), answers);
  }
  return answers;
}

void HttpIngestSource::stop() {
  if (server_ != nullptr) {
    server_->drain();
    server_->answer(given_up(queue_.close()));
  }
}

}  // namespace weir::connectors::http_ingest
