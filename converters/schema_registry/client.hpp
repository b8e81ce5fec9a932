// The registry's REST API, version 1. One client per converter, used by its task's thread alone;
// blocking.
//
// Errors: retriable when no instance can be reached, on 408, 429 and 5xx (after max.retries), and
// on 401 and 403 (nothing is wrong with the record, so it must not become a dead letter);
// bad_record when the registry says no (unknown id, subject or version; invalid or incompatible
// schema); bad_config when TLS cannot be set up or the peer is not trusted. A message holds the
// method, the path, and the registry's own text with its error code.
//
// What ids stand for never changes: answers are kept as long as the client. A failure is repeated
// from memory for a second, so that a batch of records with the same unknown id does not become a
// storm of requests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <weir/result.hpp>

#include "config.hpp"

namespace weir::converters::schema_registry {

enum class SchemaType { avro, json, protobuf };
/// "AVRO", "JSON", "PROTOBUF".
std::string_view to_string(SchemaType type) noexcept;

/// A schema names another one: of which subject and version, and by what name its text calls it.
struct Reference {
  std::string name;
  std::string subject;
  std::int32_t version{0};
  bool operator==(const Reference&) const = default;
};

struct SchemaText {
  SchemaType type{SchemaType::avro};
  std::string text;
  std::vector<Reference> references;
  bool operator==(const SchemaText&) const = default;
};

/// A schema as the registry has it.
struct RegisteredSchema {
  std::int32_t id{0};
  SchemaText schema;
  std::string subject;      ///< empty when asked for by id
  std::int32_t version{0};  ///< of the subject; 0: unknown
};

/// A referenced schema's text, under the name by which it is referenced.
struct ResolvedReference {
  std::string name;
  std::string text;
};

class Client {
 public:
  /// stopping: asked while a request waits; true makes it return retriable at once. May be empty.
  explicit Client(const RegistryConfig& config, std::function<bool()> stopping = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// GET /schemas/ids/{id}. The pointer is good as long as the client.
  Result<const RegisteredSchema*> by_id(std::int32_t id);

  /// POST /subjects/{subject}/versions; gives the id.
  Result<std::int32_t> register_schema(const std::string& subject, const SchemaText& schema);

  /// POST /subjects/{subject}: the registered schema equal to this one, with its id and version.
  /// Good until the next call.
  Result<const RegisteredSchema*> look_up(const std::string& subject, const SchemaText& schema);

  /// GET /subjects/{subject}/versions/latest, kept for latest.cache.ttl.sec. Good until the next
  /// call.
  Result<const RegisteredSchema*> latest(const std::string& subject);

  /// GET /subjects/{subject}/versions/{version}. The pointer is good as long as the client.
  Result<const RegisteredSchema*> by_version(const std::string& subject, std::int32_t version);

  /// All schemas that this one references, directly or not, each once and after those that it
  /// references itself. bad_record on a circle or more than 1,000 of them.
  Result<std::vector<ResolvedReference>> resolve(const SchemaText& schema);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::converters::schema_registry
