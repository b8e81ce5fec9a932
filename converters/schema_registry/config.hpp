// What the converters with a schema registry have in common: Confluent's keys, checked.
//
//   struct AvroConfig : RegistryConfig { bool enhanced{false}; };
//   return registry_keys<AvroConfig>().field("enhanced.avro.schema.support", &AvroConfig::enhanced,
//   "...");
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <weir/config_def.hpp>

#include "subject.hpp"

namespace weir::converters::schema_registry {

enum class BasicAuthSource { url, user_info, sasl_inherit };
enum class BearerAuthSource { static_token, oauth, other };

/// As it stands in the converter's part of the config; the initialisers are the defaults.
struct RegistryConfig {
  using ms = std::chrono::milliseconds;

  std::vector<std::string> urls;
  bool randomize_urls{false};
  bool auto_register{true};
  bool use_latest{false};
  bool latest_strict{true};
  std::int32_t use_schema_id{-1};
  bool id_strict{true};
  bool normalize{false};
  std::string key_strategy{"io.confluent.kafka.serializers.subject.TopicNameStrategy"};
  std::string value_strategy{"io.confluent.kafka.serializers.subject.TopicNameStrategy"};
  std::int32_t schemas_cache_size{1000};  ///< converted schemas kept, each way
  std::int32_t max_schemas_per_subject{1000};
  std::int64_t latest_ttl_sec{-1};
  std::string basic_source{"URL"};
  Secret basic_user_info;
  std::optional<std::string> bearer_source;
  Secret bearer_token;
  std::optional<std::string> bearer_cluster;
  std::optional<std::string> bearer_pool;
  ConfigMap headers;  ///< request.header.<name>
  std::string proxy_host;
  std::int32_t proxy_port{-1};
  ms connect_timeout{60'000};
  ms read_timeout{60'000};
  std::int32_t max_retries{3};
  ms retry_wait{1'000};
  ms retry_wait_max{20'000};
  std::int64_t response_max_bytes{16 * 1024 * 1024};
  std::optional<std::string> truststore;
  std::string truststore_type{"PEM"};
  Secret truststore_password;
  Secret truststore_certificates;  ///< PEM text
  std::optional<std::string> keystore;
  std::string keystore_type{"PEM"};
  Secret keystore_password;
  Secret keystore_chain;  ///< PEM text
  Secret keystore_key;    ///< PEM text
  Secret key_password;
  std::string endpoint_identification{"https"};

  SubjectStrategy strategy(Side side) const;
};

/// In capitals, as Java compares such words.
std::string upper_word(std::string text);

/// Adds what is wrong beyond a single key's type.
void check_registry(const RegistryConfig& config, ConfigProblems& problems);

/// The keys above for a config class derived from RegistryConfig.
template <class C>
ConfigDef<C> registry_keys() {
  const auto at = []<class T>(T RegistryConfig::*member) { return static_cast<T C::*>(member); };
  using R = RegistryConfig;
  ConfigDef<C> def;
  def.field("schema.registry.url", at(&R::urls),
            "The registry's instances, comma-separated; the next one is asked when one cannot be "
            "reached.")
      .required()
      .non_empty()
      .importance(Importance::high)
      .field("auto.register.schemas", at(&R::auto_register),
             "Registers a schema that its subject does not hold. false: it must be there already.")
      .field("use.latest.version", at(&R::use_latest),
             "With auto.register.schemas=false: writes with the subject's latest schema instead of "
             "the record's own.")
      .field("latest.compatibility.strict", at(&R::latest_strict),
             "With use.latest.version: refuses a record whose schema the latest one cannot read.")
      .field("use.schema.id", at(&R::use_schema_id),
             "With auto.register.schemas=false: writes with the schema of this id. -1: not used.")
      .field("id.compatibility.strict", at(&R::id_strict),
             "With use.schema.id: refuses a record whose schema that one cannot read.")
      .field("normalize.schemas", at(&R::normalize),
             "Asks the registry to normalize schemas at registration and look-up, so that order "
             "without meaning makes no new version.")
      .field("key.subject.name.strategy", at(&R::key_strategy),
             "Subject of a key's schema: TopicNameStrategy (topic-key), RecordNameStrategy or "
             "TopicRecordNameStrategy.")
      .class_name()
      .field("value.subject.name.strategy", at(&R::value_strategy),
             "Subject of a value's schema: TopicNameStrategy (topic-value), RecordNameStrategy or "
             "TopicRecordNameStrategy.")
      .class_name()
      .field("schemas.cache.config", at(&R::schemas_cache_size),
             "Converted schemas that are kept, each way.")
      .at_least(1)
      .alias("schemas.cache.size")
      .field("max.schemas.per.subject", at(&R::max_schemas_per_subject),
             "Schemas of one subject whose ids are kept when writing.")
      .at_least(1)
      .field("latest.cache.ttl.sec", at(&R::latest_ttl_sec),
             "How long the answer to 'which is the latest version' is used. -1: as long as the "
             "task lives.")
      .at_least(-1)
      .field("basic.auth.credentials.source", at(&R::basic_source),
             "Where user and password come from: URL (http://user:password@host), USER_INFO "
             "(basic.auth.user.info).")
      .field("basic.auth.user.info", at(&R::basic_user_info),
             "user:password, with basic.auth.credentials.source=USER_INFO.")
      .alias("schema.registry.basic.auth.user.info")
      .field("bearer.auth.credentials.source", at(&R::bearer_source),
             "STATIC_TOKEN: bearer.auth.token is sent.")
      .field("bearer.auth.token", at(&R::bearer_token),
             "The token of bearer.auth.credentials.source=STATIC_TOKEN.")
      .field("bearer.auth.logical.cluster", at(&R::bearer_cluster),
             "Sent as header target-sr-cluster beside the token.")
      .field("bearer.auth.identity.pool.id", at(&R::bearer_pool),
             "Sent as header Confluent-Identity-Pool-Id beside the token.")
      .prefix("request.header.", at(&R::headers),
              "A header of every request: request.header.<name>=<value>.")
      .field("proxy.host", at(&R::proxy_host), "HTTP proxy in front of the registry. Empty: none.")
      .field("proxy.port", at(&R::proxy_port), "Port of the proxy.")
      .between(-1, 65535)
      .field("schema.registry.url.randomize", at(&R::randomize_urls),
             "Starts at any of the URLs instead of the first.")
      .field("http.connect.timeout.ms", at(&R::connect_timeout),
             "Limit for a connection to the registry.")
      .at_least(1)
      .field("http.read.timeout.ms", at(&R::read_timeout),
             "Limit for one request, after the connection.")
      .at_least(1)
      .field("max.retries", at(&R::max_retries),
             "How often a request is tried again after 408, 429 or 5xx or when no instance can be "
             "reached, before the record counts as retriable.")
      .at_least(0)
      .field("retries.wait.ms", at(&R::retry_wait), "Wait before the first retry; doubles.")
      .at_least(0)
      .field("retries.max.wait.ms", at(&R::retry_wait_max), "The longest wait before a retry.")
      .at_least(0)
      .field("response.max.bytes", at(&R::response_max_bytes),
             "A longer answer of the registry is refused.")
      .at_least(1024)
      .field("schema.registry.ssl.truststore.location", at(&R::truststore),
             "PEM file with the certificates that are trusted.")
      .field("schema.registry.ssl.truststore.type", at(&R::truststore_type),
             "PEM; JKS and PKCS12 have to be converted.")
      .field("schema.registry.ssl.truststore.password", at(&R::truststore_password),
             "Not needed for PEM; ignored.")
      .field("schema.registry.ssl.truststore.certificates", at(&R::truststore_certificates),
             "The certificates that are trusted, as PEM text.")
      .field("schema.registry.ssl.keystore.location", at(&R::keystore),
             "PEM file with the client's certificate chain and key.")
      .field("schema.registry.ssl.keystore.type", at(&R::keystore_type),
             "PEM or PKCS12; JKS has to be converted.")
      .field("schema.registry.ssl.keystore.password", at(&R::keystore_password),
             "Password of a PKCS12 keystore.")
      .field("schema.registry.ssl.keystore.certificate.chain", at(&R::keystore_chain),
             "The client's certificate chain, as PEM text.")
      .field("schema.registry.ssl.keystore.key", at(&R::keystore_key),
             "The client's key, as PEM text.")
      .field("schema.registry.ssl.key.password", at(&R::key_password),
             "Password of the client's key.")
      .field("schema.registry.ssl.endpoint.identification.algorithm",
             at(&R::endpoint_identification),
             "https: the certificate must be the host's. Empty: not checked.")
      .check([](const C& config, ConfigProblems& problems) { check_registry(config, problems); });
  return def;
}

}  // namespace weir::converters::schema_registry
