#include "runtime/kafka/translator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include "runtime/kafka/jaas.hpp"
#include "runtime/kafka/properties.hpp"

namespace weir::runtime::kafka {
namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLibraryMaxPollInterval = 86'400'000;
constexpr std::int64_t kMaxInFlightWhenIdempotent = 5;
constexpr std::int64_t kDefaultMessageMax = 1'000'000;  // librdkafka's message.max.bytes

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos
             ? std::string_view{}
             : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool looks_like_pem(std::string_view file) {
  return file.ends_with(".pem") || file.ends_with(".crt") || file.ends_with(".cer");
}

bool excluded(Scope scope, ClientRole role) {
  switch (role) {
    case ClientRole::consumer: return scope == Scope::producer;
    case ClientRole::producer: return scope == Scope::consumer;
    case ClientRole::admin: return scope != Scope::both;
  }
  return false;
}

}  // namespace

std::string Translator::value_of(std::string_view key) const {
  auto it = in_.find(key);
  return it == in_.end() ? std::string{} : it->second;
}

std::optional<std::int64_t> Translator::number(const std::string& key, const std::string& value) {
  const std::string_view text = trim(value);
  std::int64_t out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec != std::errc{} || end != text.data() + text.size() || text.empty()) {
    refuse(key, fmt::format("Client property '{}' must be a whole number", key));
    return std::nullopt;
  }
  return out;
}

Translation Translator::run() {
  for (const auto& [key, value] : in_) {
    one(key, value);
  }
  tls();
  defaults();
  return std::move(out_);
}

void Translator::one(const std::string& key, const std::string& value) {
  if (const JavaProperty* java = find_java_property(key)) {
    if (excluded(java->scope, role_)) {
      return;
    }
    switch (java->treatment) {
      case JavaTreatment::rename: put(java->target, value); return;
      case JavaTreatment::translate: special(key, value); return;
      case JavaTreatment::no_counterpart:
        warn(fmt::format("Client property '{}' has no counterpart in librdkafka and is ignored",
                         key));
        return;
    }
  }
  const NativeProperty* native = find_native_property(key);
  if (native == nullptr) {
    warn(fmt::format("Client property '{}' is unknown and is ignored", key));
    return;
  }
  // These would take the callbacks, events or reports away that the wrappers live on.
  if (key.ends_with("_cb") || key == "opaque" || key == "default_topic_conf" ||
      key == "enabled_events" || key == "log.queue" || key == "delivery.report.only.error" ||
      key.starts_with("ssl_") || key == "plugin.library.paths" || key == "interceptors" ||
      key == "msg_order_cmp") {
    refuse(key, fmt::format("Client property '{}' cannot be set", key));
    return;
  }
  if (!excluded(native->scope, role_)) {
    put(key, value);
  }
}

void Translator::special(const std::string& key, const std::string& value) {
  const std::string text(trim(value));
  const std::string low = lower(text);
  if (key == "max.poll.records") {  // the worker's own batches have this size
    if (const auto records = number(key, text); records && *records < 1) {
      refuse(key, fmt::format("Client property '{}' must be at least 1", key));
    }
    return;
  }
  if (key == "sasl.jaas.config") {
    jaas(value);
  } else if (key == "partition.assignment.strategy") {
    assignment_strategy(text);
  } else if (key == "auto.offset.reset") {
    if (low.starts_with("by_duration")) {
      refuse(key,
             "Client property 'auto.offset.reset': 'by_duration' is not supported; use earliest, "
             "latest or none");
    } else {
      put(key, low == "none" ? "error" : low);
    }
  } else if (key == "delivery.timeout.ms") {
    if (const auto ms = number(key, text)) {
      put(key, *ms >= kIntMax ? "0" : text);
    }
  } else if (key == "max.poll.interval.ms") {
    if (const auto ms = number(key, text)) {
      if (*ms > kLibraryMaxPollInterval) {
        warn("Client property 'max.poll.interval.ms' is limited to 86400000 (24 hours)");
      }
      put(key, std::to_string(std::min(*ms, kLibraryMaxPollInterval)));
    }
  } else if (key == "metadata.max.age.ms") {
    if (const auto ms =
            number(key, text)) {  // Java refreshes at this age; librdkafka keeps three of those
      put_default("topic.metadata.refresh.interval.ms",
                  std::to_string(std::clamp<std::int64_t>(*ms, 10, 3'600'000)));
      put(key, std::to_string(std::clamp<std::int64_t>(*ms * 3, 1, 86'400'000)));
    }
  } else if (key == "request.timeout.ms") {
    if (const auto ms = number(key, text)) {
      if (role_ == ClientRole::producer) {
        put(key, std::to_string(std::clamp<std::int64_t>(*ms, 1, 900'000)));
      } else {
        put_default("socket.timeout.ms",
                    std::to_string(std::clamp<std::int64_t>(*ms, 10, 300'000)));
      }
    }
  } else if (key == "buffer.memory") {
    if (const auto bytes = number(key, text)) {
      put_default("queue.buffering.max.kbytes",
                  std::to_string(std::clamp<std::int64_t>(*bytes / 1024, 1, kIntMax)));
    }
  } else if (key == "send.buffer.bytes" || key == "receive.buffer.bytes") {
    if (const auto bytes = number(key, text)) {
      put_default("socket." + key,
                  std::to_string(std::clamp<std::int64_t>(*bytes, 0, 100'000'000)));
    }
  } else if (key == "fetch.max.bytes") {
    if (const auto bytes =
            number(key, text)) {  // Java: a soft limit; librdkafka insists on room for one message
      put(key, text);
      if (*bytes < kDefaultMessageMax && !has("message.max.bytes")) {
        put_default("message.max.bytes", std::to_string(std::max<std::int64_t>(*bytes, 1000)));
      }
    }
  } else if (key == "batch.size") {
    put(key, text == "0" ? "1" : text);
  } else if (key == "acks") {
    put(key, low);
  } else if (key == "enable.auto.commit") {
    if (low == "true") {
      warn(
          "Client property 'enable.auto.commit' is ignored: offsets are committed when records are "
          "settled");
    }
  } else if (key == "max.block.ms") {
    if (const auto ms = number(key, text); ms && *ms < kIntMax) {
      warn("Client property 'max.block.ms' is ignored: a full queue is waited for");
    }
  } else if (key == "partitioner.class") {
    if (!text.empty() && !text.ends_with("DefaultPartitioner")) {
      refuse(key, fmt::format("Client property 'partitioner.class': Java class '{}' cannot be "
                              "loaded; use librdkafka's "
                              "'partitioner'",
                              text));
    }
  } else if (key == "partitioner.ignore.keys") {
    if (low == "true") {
      put_default("partitioner", "random");
    }
  } else if (key == "client.dns.lookup") {
    if (low != "use_all_dns_ips" && low != "default") {
      put(key, low);
    }
  } else if (key == "group.protocol") {
    if (low != "classic") {
      refuse(key, "Client property 'group.protocol': only 'classic' is supported");
    }
  }
  // ssl.* of Java stores: tls()
}

void Translator::jaas(const std::string& value) {
  auto entry = parse_jaas(value);
  if (!entry) {
    refuse("sasl.jaas.config", entry.error().message);
    return;
  }
  const auto take = [&](std::string_view option, std::string_view target) {
    if (auto it = entry->options.find(option); it != entry->options.end()) {
      put(target, it->second);
      return true;
    }
    return false;
  };
  const std::string& module = entry->login_module;
  if (module.ends_with(".PlainLoginModule") || module.ends_with(".ScramLoginModule")) {
    if (!take("username", "sasl.username") || !take("password", "sasl.password")) {
      refuse("sasl.jaas.config", "sasl.jaas.config: 'username' and 'password' are needed");
    }
  } else if (module.ends_with(".OAuthBearerLoginModule")) {
    take("clientId", "sasl.oauthbearer.client.id");
    take("clientSecret", "sasl.oauthbearer.client.secret");
    take("scope", "sasl.oauthbearer.scope");
  } else {
    refuse("sasl.jaas.config",
           "sasl.jaas.config: only PlainLoginModule, ScramLoginModule and OAuthBearerLoginModule "
           "are supported");
  }
}

void Translator::assignment_strategy(const std::string& value) {
  std::string out;
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t comma = std::min(value.find(',', at), value.size());
    const std::string_view name = trim(std::string_view(value).substr(at, comma - at));
    at = comma + 1;
    std::string_view native;
    if (name == "range" || name == "org.apache.kafka.clients.consumer.RangeAssignor") {
      native = "range";
    } else if (name == "roundrobin" ||
               name == "org.apache.kafka.clients.consumer.RoundRobinAssignor") {
      native = "roundrobin";
    } else {
      refuse("partition.assignment.strategy",
             fmt::format("Client property 'partition.assignment.strategy': '{}' is not supported; "
                         "use range or roundrobin",
                         name));
      return;
    }
    out += (out.empty() ? "" : ",") + std::string(native);
  }
  put("partition.assignment.strategy", out);
}

void Translator::tls() {
  const std::string trust = value_of("ssl.truststore.location");
  const std::string trust_type = lower(value_of("ssl.truststore.type"));
  if (!trust.empty()) {
    if (trust_type == "pem" || (trust_type.empty() && looks_like_pem(trust))) {
      put_default("ssl.ca.location", trust);
    } else {
      refuse("ssl.truststore.location",
             "Client property 'ssl.truststore.location': JKS and PKCS12 trust stores cannot be "
             "read; export the "
             "certificates as PEM and set ssl.truststore.type=PEM");
    }
  }
  const std::string store = value_of("ssl.keystore.location");
  const std::string store_type = lower(value_of("ssl.keystore.type"));
  if (!store.empty()) {
    if (store_type == "pem" || (store_type.empty() && looks_like_pem(store))) {
      put_default("ssl.certificate.location", store);  // Java's PEM store holds both
      put_default("ssl.key.location", store);
    } else if (store_type == "pkcs12" || store.ends_with(".p12") || store.ends_with(".pfx")) {
      put("ssl.keystore.location", store);
      if (has("ssl.keystore.password")) {
        put("ssl.keystore.password", value_of("ssl.keystore.password"));
      }
    } else {
      refuse("ssl.keystore.location",
             "Client property 'ssl.keystore.location': JKS key stores cannot be read; convert it "
             "to PKCS12 or PEM and "
             "set ssl.keystore.type");
    }
  }
  if (has("ssl.endpoint.identification.algorithm")) {
    const std::string algorithm = lower(trim(value_of("ssl.endpoint.identification.algorithm")));
    put("ssl.endpoint.identification.algorithm", algorithm.empty() ? "none" : algorithm);
    if (algorithm.empty() || algorithm == "none") {
      warn(
          "Client property 'ssl.endpoint.identification.algorithm' is empty: broker host names are "
          "not verified");
    }
  } else {
    put("ssl.endpoint.identification.algorithm", "https");
  }
}

void Translator::defaults() {
  put_default("log.connection.close", "false");
  put_default("socket.keepalive.enable", "true");
  switch (role_) {
    case ClientRole::consumer: consumer_defaults(); break;
    case ClientRole::producer: producer_defaults(); break;
    case ClientRole::admin: put("allow.auto.create.topics", "false"); break;
  }
}

void Translator::consumer_defaults() {
  put_default("isolation.level", "read_uncommitted");
  put_default("partition.assignment.strategy", "range,roundrobin");
  put_default("allow.auto.create.topics", "true");
  put_default("queued.max.messages.kbytes", "8192");
  put_default("fetch.queue.backoff.ms", "10");
  put("enable.auto.commit", "false");
  put("enable.auto.offset.store", "false");
}

/// Given up for what forbids it, as in Java; when it is asked for, what forbids it is refused.
void Translator::idempotence() {
  std::vector<std::pair<std::string_view, std::string_view>> against;
  for (const std::string_view key : {"acks", "request.required.acks"}) {
    const std::string acks = lower(trim(value_of(key)));
    if (!acks.empty() && acks != "all" && acks != "-1") {
      against.emplace_back(key, "acks=all");
    }
  }
  for (const std::string_view key : {"retries", "message.send.max.retries"}) {
    if (trim(value_of(key)) == "0") {
      against.emplace_back(key, "retries");
    }
  }
  for (const std::string_view key : {"max.in.flight.requests.per.connection", "max.in.flight"}) {
    const std::string text{trim(value_of(key))};
    std::int64_t flights = 0;
    std::from_chars(text.data(), text.data() + text.size(), flights);
    if (flights > kMaxInFlightWhenIdempotent) {
      against.emplace_back(key, "at most 5");
    }
  }
  const bool asked =
      has("transactional.id") || lower(trim(value_of("enable.idempotence"))) == "true";
  if (asked) {
    for (const auto& [key, needed] : against) {
      refuse(key,
             fmt::format("Client property '{}': the idempotent producer needs {}", key, needed));
    }
    return;
  }
  if (!has("enable.idempotence")) {
    put("enable.idempotence", against.empty() ? "true" : "false");
    if (!against.empty()) {
      warn(
          "The producer is not idempotent: acks, retries or max.in.flight.requests.per.connection "
          "forbid it");
    }
  }
  put_default("acks", "all");
}

void Translator::producer_defaults() {
  auto& p = out_.properties;
  put_default("partitioner", "murmur2_random");
  put_default("message.max.bytes", "1048576");
  put_default("queue.buffering.max.kbytes", "32768");
  put_default("queue.buffering.max.messages", "1000000");
  idempotence();
  if (has("transactional.id")) {
    // The library wants the record's time limit within the transaction's and sets it so when it is
    // left alone.
    const auto limit = p.find("delivery.timeout.ms");
    const auto transaction = p.find("transaction.timeout.ms");
    std::int64_t ms = 0;
    std::int64_t all = 60'000;
    if (limit != p.end()) {
      std::from_chars(limit->second.data(), limit->second.data() + limit->second.size(), ms);
      if (transaction != p.end()) {
        std::from_chars(transaction->second.data(),
                        transaction->second.data() + transaction->second.size(), all);
      }
      if (ms == 0 || ms > all) {
        p.erase(limit);
      }
    }
  }
}

}  // namespace weir::runtime::kafka
