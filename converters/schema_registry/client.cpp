#include "client.hpp"

#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <weir/arena.hpp>
#include <weir/json.hpp>

#include "http.hpp"

namespace weir::converters::schema_registry {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kFailureKept{1};
constexpr std::size_t kMostReferences = 1000;
constexpr std::size_t kMostFailures = 10'000;

std::optional<SchemaType> type_of(std::string_view word) {
  for (const SchemaType type : {SchemaType::avro, SchemaType::json, SchemaType::protobuf}) {
    if (to_string(type) == word) {
      return type;
    }
  }
  return std::nullopt;
}

std::string_view text_member(const Value& object, std::string_view name) {
  const Value* v = object.find(name);
  return v != nullptr && v->is_string() ? v->text() : std::string_view();
}

std::int32_t integer_member(const Value& object, std::string_view name) {
  const Value* v = object.find(name);
  return v != nullptr && v->is_integer() && v->as_integer() >= INT32_MIN &&
                 v->as_integer() <= INT32_MAX
             ? static_cast<std::int32_t>(v->as_integer())
             : 0;
}

std::string body_of(const SchemaText& schema) {
  OwnedArena memory(4096);
  ObjectBuilder body(memory.view(), 3);
  body.add("schema", Value::string(schema.text));
  if (schema.type != SchemaType::avro) {
    body.add("schemaType", Value::string(to_string(schema.type)));
  }
  if (!schema.references.empty()) {
    ArrayBuilder list(memory.view(), schema.references.size());
    for (const Reference& r : schema.references) {
      ObjectBuilder one(memory.view(), 3);
      one.add("name", Value::string(r.name))
          .add("subject", Value::string(r.subject))
          .add("version", Value::int32(r.version));
      list.add(one.map());
    }
    body.add("references", list.array());
  }
  std::string out;
  json::write(body.map(), out);
  return out;
}

/// What tells two schemas of one subject apart.
std::string identity(const std::string& subject, const SchemaText& schema) {
  std::string key = subject;
  key.append(1, '\n').append(to_string(schema.type)).append(1, '\n').append(schema.text);
  for (const Reference& r : schema.references) {
    key.append(1, '\n').append(r.name).append(1, '\n').append(r.subject).append(1, '\n').append(
        std::to_string(r.version));
  }
  return key;
}

}  // namespace

std::string_view to_string(SchemaType type) noexcept {
  switch (type) {
    case SchemaType::avro: return "AVRO";
    case SchemaType::json: return "JSON";
    case SchemaType::protobuf: return "PROTOBUF";
  }
  return "AVRO";
}

class Client::Impl {
 public:
  Impl(const RegistryConfig& config, std::function<bool()> stopping)
      : normalize_(config.normalize),
        most_(static_cast<std::size_t>(config.max_schemas_per_subject) * 16),
        latest_ttl_(config.latest_ttl_sec),
        http_(config, std::move(stopping)) {}

  Result<const RegisteredSchema*> by_id(std::int32_t id) {
    return kept(by_id_, id, [&]() -> Result<RegisteredSchema> {
      const std::string path = "/schemas/ids/" + std::to_string(id);
      auto schema = ask("GET", path);
      if (schema) {
        schema->id = id;
      }
      return schema;
    });
  }

  Result<const RegisteredSchema*> by_version(const std::string& subject, std::int32_t version) {
    return kept(by_version_, std::pair(subject, version), [&] {
      return ask("GET",
                 "/subjects/" + path_segment(subject) + "/versions/" + std::to_string(version));
    });
  }

  Result<std::int32_t> register_schema(const std::string& subject, const SchemaText& schema) {
    auto done =
        kept<kBounded>(registered_, identity(subject, schema), [&]() -> Result<RegisteredSchema> {
          auto answer = ask("POST", "/subjects/" + path_segment(subject) + "/versions" + query(),
                            body_of(schema), false);
          if (answer) {
            answer->schema = schema;
            answer->subject = subject;
          }
          return answer;
        });
    if (!done) {
      return done.error();
    }
    return (*done)->id;
  }

  Result<const RegisteredSchema*> look_up(const std::string& subject, const SchemaText& schema) {
    return kept<kBounded>(looked_up_, identity(subject, schema), [&]() -> Result<RegisteredSchema> {
      auto answer =
          ask("POST", "/subjects/" + path_segment(subject) + query(), body_of(schema), false);
      if (answer) {
        answer->schema = schema;
        answer->subject = subject;
      }
      return answer;
    });
  }

  Result<const RegisteredSchema*> latest(const std::string& subject) {
    const auto now = Clock::now();
    const auto it = latest_.find(subject);
    if (it != latest_.end() &&
        (latest_ttl_ < 0 || now < it->second.asked + std::chrono::seconds(latest_ttl_))) {
      return static_cast<const RegisteredSchema*>(&it->second.schema);
    }
    auto answer = remembering_failure("latest\n" + subject, [&] {
      return ask("GET", "/subjects/" + path_segment(subject) + "/versions/latest");
    });
    if (!answer) {
      return answer.error();
    }
    Latest& slot = latest_[subject];
    slot = {*std::move(answer), now};
    return static_cast<const RegisteredSchema*>(&slot.schema);
  }

  Result<void> resolve(const SchemaText& schema, std::vector<ResolvedReference>& out,
                       std::set<std::string>& done,
                       std::set<std::pair<std::string, std::int32_t>>& open) {
    for (const Reference& r : schema.references) {
      if (done.count(r.name) != 0) {
        continue;
      }
      if (!open.insert({r.subject, r.version}).second) {
        return bad_record("The schema of subject " + r.subject + ", version " +
                          std::to_string(r.version) + ", references itself, over " + r.name);
      }
      auto found = by_version(r.subject, r.version);
      if (!found) {
        return Error{found.error().code, "Reference " + r.name + ": " + found.error().message};
      }
      if (auto deeper = resolve((*found)->schema, out, done, open); !deeper) {
        return deeper;
      }
      open.erase({r.subject, r.version});
      if (out.size() >= kMostReferences) {
        return bad_record("The schema references more than " + std::to_string(kMostReferences) +
                          " others");
      }
      if (done.insert(r.name).second) {
        out.push_back({r.name, (*found)->schema.text});
      }
    }
    return {};
  }

 private:
  struct Latest {
    RegisteredSchema schema;
    Clock::time_point asked;
  };
  struct Failure {
    Error error;
    Clock::time_point until;
  };

  std::string query() const { return normalize_ ? "?normalize=true" : ""; }

  static constexpr bool kBounded = true;

  template <bool kLimited = false, class Key, class Ask>
  Result<const RegisteredSchema*> kept(std::map<Key, RegisteredSchema>& cache, const Key& key,
                                       Ask&& ask_registry) {
    auto it = cache.find(key);
    if (it == cache.end()) {
      auto answer = remembering_failure(name_of(cache, key), ask_registry);
      if (!answer) {
        return answer.error();
      }
      if (kLimited &&
          cache.size() >= most_) {  // a flow of ever new schemas must not fill the memory
        cache.clear();
      }
      it = cache.emplace(key, *std::move(answer)).first;
    }
    return static_cast<const RegisteredSchema*>(&it->second);
  }

  template <class Cache>
  std::string name_of(const Cache& cache, const std::string& key) const {
    return (static_cast<const void*>(&cache) == &registered_ ? "register\n" : "look up\n") + key;
  }
  template <class Cache>
  static std::string name_of(const Cache&, std::int32_t id) {
    return "id\n" + std::to_string(id);
  }
  template <class Cache>
  static std::string name_of(const Cache&, const std::pair<std::string, std::int32_t>& key) {
    return "version\n" + key.first + "\n" + std::to_string(key.second);
  }

  template <class Ask>
  Result<RegisteredSchema> remembering_failure(const std::string& name, Ask&& ask_registry) {
    const auto now = Clock::now();
    if (const auto failed = failures_.find(name); failed != failures_.end()) {
      if (now < failed->second.until) {
        return failed->second.error;
      }
      failures_.erase(failed);
    }
    Result<RegisteredSchema> answer = ask_registry();
    if (!answer) {
      if (failures_.size() >= kMostFailures) {
        failures_.clear();
      }
      failures_[name] = {answer.error(), Clock::now() + kFailureKept};
    }
    return answer;
  }

  /// with_text: the answer must hold a schema; else an id is enough.
  Result<RegisteredSchema> ask(std::string_view method, const std::string& path,
                               const std::string& body = {}, bool with_text = true) {
    auto answer = http_.send(method, path, body);
    if (!answer) {
      return answer.error();
    }
    const std::string what = std::string(method) + " " + path + ": ";
    OwnedArena memory(4096);
    const auto parsed = json::read(answer->body, memory.view(), {});
    const bool object = parsed && parsed->is_object();
    if (answer->status < 200 || answer->status >= 300) {
      std::string text = "HTTP " + std::to_string(answer->status);
      if (object && parsed->find("message") != nullptr) {
        text = std::string(text_member(*parsed, "message"));
        text += "; error code: " + std::to_string(integer_member(*parsed, "error_code"));
      }
      if (answer->status == 401 || answer->status == 403) {
        return retriable(what + text + "; see basic.auth.* and bearer.auth.*");
      }
      return bad_record(what + text);
    }
    if (!object) {
      return retriable(
          what + "the answer is not a JSON object; is schema.registry.url a schema registry?");
    }
    RegisteredSchema out;
    out.id = integer_member(*parsed, "id");
    out.version = integer_member(*parsed, "version");
    out.subject = std::string(text_member(*parsed, "subject"));
    if (!with_text) {
      if (parsed->find("id") == nullptr) {
        return retriable(what + "the answer has no \"id\"");
      }
      return out;
    }
    const Value* text = parsed->find("schema");
    if (text == nullptr || !text->is_string()) {
      return retriable(what + "the answer has no \"schema\"");
    }
    out.schema.text = std::string(text->text());
    if (const Value* type = parsed->find("schemaType"); type != nullptr && type->is_string()) {
      const auto known = type_of(type->text());
      if (!known) {
        return bad_record(what + "schemas of type " + std::string(type->text()) +
                          " are not supported");
      }
      out.schema.type = *known;
    }
    if (Value* list = parsed->find("references"); list != nullptr && list->is_array()) {
      for (const Value& one : list->items()) {
        if (!one.is_object()) {
          return retriable(what + "a reference in the answer is not an object");
        }
        out.schema.references.push_back({std::string(text_member(one, "name")),
                                         std::string(text_member(one, "subject")),
                                         integer_member(one, "version")});
      }
    }
    return out;
  }

  const bool normalize_;
  const std::size_t most_;  // schemas kept when writing, over all subjects
  const std::int64_t latest_ttl_;
  Http http_;
  std::map<std::int32_t, RegisteredSchema> by_id_;
  std::map<std::pair<std::string, std::int32_t>, RegisteredSchema> by_version_;
  std::map<std::string, RegisteredSchema> registered_;
  std::map<std::string, RegisteredSchema> looked_up_;
  std::map<std::string, Latest> latest_;
  std::map<std::string, Failure> failures_;
};

Client::Client(const RegistryConfig& config, std::function<bool()> stopping)
    : impl_(std::make_unique<Impl>(config, std::move(stopping))) {}
Client::~Client() = default;

Result<const RegisteredSchema*> Client::by_id(std::int32_t id) { return impl_->by_id(id); }
Result<std::int32_t> Client::register_schema(const std::string& subject, const SchemaText& schema) {
  return impl_->register_schema(subject, schema);
}
Result<const RegisteredSchema*> Client::look_up(const std::string& subject,
                                                const SchemaText& schema) {
  return impl_->look_up(subject, schema);
}
Result<const RegisteredSchema*> Client::latest(const std::string& subject) {
  return impl_->latest(subject);
}
Result<const RegisteredSchema*> Client::by_version(const std::string& subject,
                                                   std::int32_t version) {
  return impl_->by_version(subject, version);
}
Result<std::vector<ResolvedReference>> Client::resolve(const SchemaText& schema) {
  std::vector<ResolvedReference> out;
  std::set<std::string> done;
  std::set<std::pair<std::string, std::int32_t>> open;
  if (auto ok = impl_->resolve(schema, out, done, open); !ok) {
    return ok.error();
  }
  return out;
}

}  // namespace weir::converters::schema_registry
