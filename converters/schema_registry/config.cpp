#include "config.hpp"

#include <algorithm>
#include <string_view>

#include "http.hpp"

namespace weir::converters::schema_registry {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_header_text(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

}  // namespace

std::string upper_word(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

SubjectStrategy RegistryConfig::strategy(Side side) const {
  return subject_strategy(side == Side::key ? key_strategy : value_strategy)
      .value_or(SubjectStrategy::topic);
}

void check_registry(const RegistryConfig& config, ConfigProblems& problems) {
  const auto add = [&](const char* key, std::string_view value, const std::string& why) {
    problems.push_back({key, weir::detail::invalid(value, key, why)});
  };
  for (const std::string& url : config.urls) {
    if (auto parsed = parse_url(url); !parsed) {
      add("schema.registry.url", url.find('@') == std::string::npos ? url : "[hidden]",
          parsed.error().message);
    }
  }
  for (const auto& [key, strategy] : {std::pair<const char*, const std::string*>{
                                          "key.subject.name.strategy", &config.key_strategy},
                                      {"value.subject.name.strategy", &config.value_strategy}}) {
    if (!subject_strategy(*strategy)) {
      add(key, *strategy,
          "Must be TopicNameStrategy, RecordNameStrategy or TopicRecordNameStrategy, with or "
          "without the package "
          "io.confluent.kafka.serializers.subject; a strategy of your own is a Java class and "
          "cannot be loaded");
    }
  }
  const std::string basic = upper_word(config.basic_source);
  if (basic == "SASL_INHERIT") {
    add("basic.auth.credentials.source", config.basic_source,
        "The Kafka client's SASL settings are not handed to converters; use USER_INFO and "
        "basic.auth.user.info");
  } else if (basic != "URL" && basic != "USER_INFO") {
    add("basic.auth.credentials.source", config.basic_source, "Must be URL or USER_INFO");
  } else if (basic == "USER_INFO" && config.basic_user_info.text().find(':') == std::string::npos) {
    add("basic.auth.user.info", "[hidden]",
        "With basic.auth.credentials.source=USER_INFO it must be user:password");
  }
  if (config.bearer_source && !config.bearer_source->empty()) {
    const std::string bearer = upper_word(*config.bearer_source);
    if (bearer != "STATIC_TOKEN") {
      add("bearer.auth.credentials.source", *config.bearer_source,
          "Only STATIC_TOKEN is supported: put a token into bearer.auth.token, for example from a "
          "config provider");
    } else if (config.bearer_token.empty()) {
      add("bearer.auth.token", "[hidden]",
          "Must be set with bearer.auth.credentials.source=STATIC_TOKEN");
    }
    if (basic == "USER_INFO") {
      add("bearer.auth.credentials.source", *config.bearer_source,
          "Either basic.auth.* or bearer.auth.*, not both");
    }
  }
  if (!is_header_text(config.bearer_token.text())) {
    add("bearer.auth.token", "[hidden]", "No line breaks, please");
  }
  for (const auto& [name, value] : config.headers) {
    if (name.empty() || !is_header_text(name) || name.find_first_of(": ") != std::string::npos ||
        !is_header_text(value)) {
      add(("request.header." + name).c_str(), "[hidden]", "Not a header that HTTP can carry");
    }
  }
  if (!config.proxy_host.empty() && config.proxy_port < 1) {
    add("proxy.port", std::to_string(config.proxy_port), "Must be set with proxy.host");
  }
  const auto store = [&](const char* type_key, const std::string& type, const char* location_key,
                         const std::optional<std::string>& location, bool pkcs12) {
    constexpr const char* kConvert =
        "Convert it once: keytool -importkeystore -deststoretype PKCS12, then openssl pkcs12 -in "
        "... -out ....pem";
    const std::string t = upper_word(type);
    if (t != "PEM" && !(pkcs12 && t == "PKCS12")) {
      add(type_key, type,
          std::string(pkcs12 ? "PEM and PKCS12 are supported. " : "Only PEM is supported. ") +
              kConvert);
    } else if (location && t == "PEM" &&
               (ends_with(*location, ".jks") || ends_with(*location, ".p12") ||
                ends_with(*location, ".pfx"))) {
      add(location_key, *location, std::string("A PEM file is needed. ") + kConvert);
    }
  };
  store("schema.registry.ssl.truststore.type", config.truststore_type,
        "schema.registry.ssl.truststore.location", config.truststore, false);
  store("schema.registry.ssl.keystore.type", config.keystore_type,
        "schema.registry.ssl.keystore.location", config.keystore, true);
  if (config.auto_register && config.use_schema_id >= 0) {
    add("use.schema.id", std::to_string(config.use_schema_id),
        "Takes effect with auto.register.schemas=false only");
  }
}

}  // namespace weir::converters::schema_registry
