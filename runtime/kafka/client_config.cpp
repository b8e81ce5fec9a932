#include "runtime/kafka/client_config.hpp"

#include <fmt/format.h>

#include "runtime/kafka/log_callback.hpp"
#include "runtime/kafka/properties.hpp"
#include "runtime/kafka/translator.hpp"

namespace weir::runtime::kafka {

Config& Config::set(std::string key, std::string value) {
  values_.insert_or_assign(std::move(key), std::move(value));
  return *this;
}

Config& Config::set_all(const std::map<std::string, std::string>& properties) {
  for (const auto& [key, value] : properties) {
    set(key, value);
  }
  return *this;
}

Config& Config::set_default(std::string key, std::string value) {
  values_.try_emplace(std::move(key), std::move(value));
  return *this;
}

Config& Config::merge(const Config& later) {
  for (const auto& [key, value] : later.values_) {
    set(key, value);
  }
  return *this;
}

Config& Config::erase(std::string_view key) {
  if (auto it = values_.find(key); it != values_.end()) {
    values_.erase(it);
  }
  return *this;
}

std::optional<std::string> Config::get(std::string_view key) const {
  auto it = values_.find(key);
  return it == values_.end() ? std::nullopt : std::optional(it->second);
}

std::map<std::string, std::string> Config::loggable() const {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : values_) {
    out.emplace(key, is_secret_property(key) ? "[hidden]" : value);
  }
  return out;
}

Translation Config::translate(ClientRole role) const { return Translator(values_, role).run(); }

namespace {

void apply(rd_kafka_conf_t* conf, Translation& t) {
  char reason[512];
  for (const auto& [key, value] : t.properties) {
    switch (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), reason, sizeof reason)) {
      case RD_KAFKA_CONF_OK: break;
      case RD_KAFKA_CONF_UNKNOWN: {
        const NativeProperty* known = find_native_property(key);
        if (known == nullptr || !known->newer) {
          t.errors.push_back({key, fmt::format("Client property '{}' is unknown to librdkafka {}",
                                               key, rd_kafka_version_str())});
        } else if (key != "fetch.queue.backoff.ms") {
          t.warnings.push_back(
              fmt::format("Client property '{}' is ignored: librdkafka {} does not have it", key,
                          rd_kafka_version_str()));
        }
        break;
      }
      case RD_KAFKA_CONF_INVALID:
        t.errors.push_back({key, is_secret_property(key)
                                     ? fmt::format("Invalid value for client property '{}'", key)
                                     : fmt::format("Client property '{}': {}", key, reason)});
        break;
    }
  }
}

}  // namespace

Translation Config::validate(ClientRole role) const {
  Translation t = translate(role);
  if (t.errors.empty()) {
    ConfHandle scratch(rd_kafka_conf_new());
    apply(scratch.get(), t);
  }
  return t;
}

Result<ConfHandle> Config::make_conf(ClientRole role, std::vector<std::string>* warnings) const {
  Translation t = translate(role);
  ConfHandle conf(rd_kafka_conf_new());
  if (t.errors.empty()) {
    apply(conf.get(), t);
  }
  if (!t.errors.empty()) {
    std::string all;
    for (const auto& e : t.errors) {
      all += (all.empty() ? "" : "; ") + e.message;
    }
    return bad_config(std::move(all));
  }
  if (warnings != nullptr) {
    warnings->insert(warnings->end(), t.warnings.begin(), t.warnings.end());
  }
  rd_kafka_conf_set_log_cb(conf.get(), log_callback);
  return Result<ConfHandle>(std::move(conf));
}

bool knows_fetch_queue_backoff() {
  static const bool knows = [] {
    ConfHandle scratch(rd_kafka_conf_new());
    char reason[128];
    return rd_kafka_conf_set(scratch.get(), "fetch.queue.backoff.ms", "10", reason,
                             sizeof reason) == RD_KAFKA_CONF_OK;
  }();
  return knows;
}

Result<rd_kafka_t*> new_client(ClientRole role, ConfHandle conf) {
  char reason[512];
  // An admin client is a consumer without a group: a producer would create every topic that is only
  // asked about.
  rd_kafka_t* rk =
      rd_kafka_new(role == ClientRole::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(),
                   reason, sizeof reason);
  if (rk == nullptr) {
    return bad_config(fmt::format("Kafka client cannot be created: {}", reason));
  }
  (void)conf.release();  // the client owns it now
  return rk;
}

}  // namespace weir::runtime::kafka
