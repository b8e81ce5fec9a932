#include "http_sink.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace weir::connectors::http {
namespace {

// What is still under way when partitions are taken away may take this long. The runtime has waited its graceful
// time-out before; whoever gets the partitions sends the rest again with the same keys.
constexpr std::chrono::milliseconds kRevokeWait{200};

ConfigDef<Config> describe_receipts() {
  return describe_http()
      .default_value("idempotency.key.template", "${key}")
      .default_value("http.request.timeout.ms", "5000");
}

}  // namespace

ConfigDef<Config> OnePassSink::describe() { return describe_receipts().default_value("auth.type", "oauth2"); }

ConfigDef<Config> SlypSink::describe() {
  return describe_receipts()
      .default_value("auth.type", "api_key,hmac")
      .default_value("success.on.status.codes", "200-399");
}

HttpSink::HttpSink(Config config, Task task)
    : task_(task), settings_(Settings::make(config, problems_)), builder_(settings_) {}

Result<void> HttpSink::start() {
  // Needed where no worker has done it: in tests and other hosts.
  static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (global != CURLE_OK) {
    return fatal(std::string("libcurl cannot be used: ") + curl_easy_strerror(global));
  }
  if (!problems_.empty()) {
    return bad_config(problems_.front().message);
  }
  Meters meters;
  constexpr std::string_view kClasses[] = {"error", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 0; i < meters.requests.size(); ++i) {
    meters.requests[i] = task_.counter("weir_http_requests_total", "HTTP requests by the class of the answer's status.",
                                       {{"code_class", kClasses[i]}});
  }
  meters.seconds = task_.histogram("weir_http_request_seconds", "Time from the start of a request to the end of its answer.");
  meters.in_flight = task_.gauge("weir_http_in_flight", "HTTP requests under way.");
  meters.limit = task_.gauge("weir_http_concurrency_limit", "HTTP requests allowed under way.");
  meters.duplicates = task_.counter("weir_http_duplicates_total", "Records that the partner had before.");
  engine_ = std::make_unique<Engine>(settings_, task_, task_.breaker(settings_.breaker), meters,
                                     settings_.oauth2 ? TokenSource::shared(settings_.config) : nullptr);
  return {};
}

Result<void> HttpSink::put(Batch& batch) {
  if (!engine_) {
    return fatal("put before start");
  }
  Delivery* first = nullptr;
  Delivery* last = nullptr;
  for (Record record : batch) {
    Delivery* delivery = builder_.build(batch.c(), record);
    if (!record.live()) {
      continue;  // a header could not be decoded: the host has dealt with the record
    }
    (first == nullptr ? first : last->next) = delivery;
    last = delivery;
  }
  if (first != nullptr && !engine_->accept(first, last)) {
    return fatal("the HTTP sink's I/O thread has ended");
  }
  return {};
}

Result<void> HttpSink::flush() {
  if (engine_) {
    engine_->flush();
  }
  return {};
}

void HttpSink::close(std::span<const TopicPartition> partitions, bool lost) {
  if (!engine_ || partitions.empty()) {
    return;
  }
  std::vector<std::pair<std::string, std::int32_t>> list;
  for (const TopicPartition& p : partitions) {
    list.emplace_back(std::string(p.topic_text()), p.partition);
  }
  engine_->revoke(std::move(list), lost ? std::chrono::milliseconds(0) : kRevokeWait);
}

void HttpSink::stop(std::chrono::milliseconds deadline) {
  if (engine_) {
    engine_->stop(deadline);
  }
}

}  // namespace weir::connectors::http
