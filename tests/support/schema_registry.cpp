#include "support/schema_registry.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <converters/schema_registry/avro/avro_schema.hpp>
#include <converters/schema_registry/avro/resolution.hpp>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <weir/java_text.hpp>

namespace weir::test {
namespace {

namespace json = boost::json;
namespace avro = converters::schema_registry::avro;
using converters::schema_registry::ResolvedReference;
using testing::Reply;
using testing::Seen;

struct Stored {
  std::int32_t id{0};
  std::string type{"AVRO"};
  std::string text;
  json::array references;
  std::string identity;  // equal schemas have equal ones
};

struct Refusal {
  int code;
  std::string message;
};

Reply reply(int status, const json::value& body) {
  return {.status = status,
          .body = json::serialize(body),
          .headers = {{"Content-Type", "application/vnd.schemaregistry.v1+json"}}};
}
Reply refuse(const Refusal& r) {
  return reply(r.code >= 10'000 ? r.code / 100 : r.code,
               {{"error_code", r.code}, {"message", r.message}});
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::vector<std::string> path_of(std::string_view target) {
  std::vector<std::string> out;
  target = target.substr(0, target.find('?'));
  while (!target.empty()) {
    target.remove_prefix(1);
    const auto slash = target.find('/');
    out.push_back(unescaped(target.substr(0, slash)));
    target.remove_prefix(slash == std::string_view::npos ? target.size() : slash);
  }
  return out;
}

std::string text_of(const json::object& o, const char* key, std::string other = {}) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::move(other);
}

}  // namespace

struct SchemaRegistry::State {
  mutable std::mutex mutex;  // guards all below
  std::map<std::string, std::vector<Stored>> subjects;
  std::map<std::int32_t, Stored> ids;
  std::map<std::string, std::string> levels;  // "": the default
  std::string user;
  std::string header;
  std::string header_value;
  std::size_t failures{0};
  int failure_status{503};

  const std::vector<Stored>& versions(const std::string& subject) const {
    const auto it = subjects.find(subject);
    if (it == subjects.end()) {
      throw Refusal{40401, "Subject '" + subject + "' not found."};
    }
    return it->second;
  }
  const Stored& version(const std::string& subject, const std::string& number,
                        std::int32_t* out = nullptr) const {
    const auto& list = versions(subject);
    std::size_t n = list.size();
    if (number != "latest" && number != "-1") {
      n = 0;
      for (const char c : number) {
        if (c < '0' || c > '9' || n > 1'000'000) {
          throw Refusal{42202, "The specified version '" + number + "' is not a valid version id."};
        }
        n = n * 10 + static_cast<std::size_t>(c - '0');
      }
    }
    if (n == 0 || n > list.size()) {
      throw Refusal{40402, "Version " + number + " not found."};
    }
    if (out != nullptr) {
      *out = static_cast<std::int32_t>(n);
    }
    return list[n - 1];
  }

  void resolve(const json::array& references, std::vector<ResolvedReference>& out) const {
    for (const json::value& one : references) {
      const json::object& r = one.as_object();
      const Stored* found = nullptr;
      try {
        found = &version(text_of(r, "subject"),
                         std::to_string(r.at("version").to_number<std::int64_t>()));
      } catch (const Refusal&) {
        throw Refusal{42201, "Invalid schema: no schema reference found for subject \"" +
                                 text_of(r, "subject") + "\""};
      }
      resolve(found->references, out);
      const std::string name = text_of(r, "name");
      if (std::none_of(out.begin(), out.end(),
                       [&](const auto& known) { return known.name == name; })) {
        out.push_back({name, found->text});
      }
    }
  }

  std::unique_ptr<avro::AvroSchema> parsed(const Stored& s) const {
    std::vector<ResolvedReference> references;
    resolve(s.references, references);
    auto schema = avro::AvroSchema::parse(s.text, references);
    if (!schema) {
      throw Refusal{42201, "Invalid schema " + s.text + " with refs " +
                               json::serialize(s.references) + " of type " + s.type +
                               ", details: " + schema.error().message};
    }
    return *std::move(schema);
  }

  /// The schema of a request's body; valid.
  Stored from_body(const std::string& body) const {
    boost::system::error_code ec;
    const json::value v = json::parse(body, ec);
    if (ec || !v.is_object() || text_of(v.as_object(), "schema").empty()) {
      throw Refusal{42201, "Empty schema"};
    }
    Stored s;
    s.text = text_of(v.as_object(), "schema");
    s.type = text_of(v.as_object(), "schemaType", "AVRO");
    if (const auto* list = v.as_object().if_contains("references");
        list != nullptr && list->is_array()) {
      s.references = list->as_array();
    }
    if (s.type == "AVRO") {
      const auto schema = parsed(s);
      const auto text = avro::schema_text(schema->root());
      s.identity = text ? *text : s.text;
    } else if (s.type == "JSON") {
      const json::value schema = json::parse(s.text, ec);
      if (ec) {
        throw Refusal{42201, "Invalid schema of type JSON: not JSON"};
      }
      s.identity = json::serialize(schema);
    } else if (s.type == "PROTOBUF") {
      s.identity = s.text;
    } else {
      throw Refusal{42201, "Invalid schema type " + s.type};
    }
    s.identity += "\n" + s.type + json::serialize(s.references);
    return s;
  }

  std::string level_of(const std::string& subject) const {
    const auto own = levels.find(subject);
    const auto common = levels.find("");
    return own != levels.end() ? own->second : common != levels.end() ? common->second : "BACKWARD";
  }

  /// Of Avro schemas: with each earlier version, or the last one, both ways or one, as the level
  /// says.
  std::optional<std::string> incompatible(const Stored& s, const std::vector<Stored>& others,
                                          const std::string& level) const {
    if (s.type != "AVRO" || level == "NONE") {
      return std::nullopt;
    }
    const auto mine = parsed(s);
    for (const Stored& other : others) {
      if (other.type != "AVRO") {
        return "the type of the schema changes";
      }
      const auto theirs = parsed(other);
      if (level.find("FORWARD") == std::string::npos) {
        if (auto fits = avro::can_read(mine->root(), theirs->root()); !fits) {
          return fits.error().message;
        }
      }
      if (level.find("BACKWARD") == std::string::npos) {
        if (auto fits = avro::can_read(theirs->root(), mine->root()); !fits) {
          return fits.error().message;
        }
      }
    }
    return std::nullopt;
  }

  std::int32_t register_schema(const std::string& subject, const std::string& body) {
    Stored s = from_body(body);
    auto& list = subjects[subject];
    for (const Stored& known : list) {
      if (known.identity == s.identity) {
        return known.id;
      }
    }
    const std::string level = level_of(subject);
    std::vector<Stored> earlier(list);
    if (level.find("TRANSITIVE") == std::string::npos && earlier.size() > 1) {
      earlier.erase(earlier.begin(), earlier.end() - 1);
    }
    if (const auto why = incompatible(s, earlier, level)) {
      if (list.empty()) {
        subjects.erase(subject);
      }
      throw Refusal{
          409, "Schema being registered is incompatible with an earlier schema for subject \"" +
                   subject + "\", details: [" + *why + "]"};
    }
    const auto same = std::find_if(
        ids.begin(), ids.end(), [&](const auto& one) { return one.second.identity == s.identity; });
    s.id = same != ids.end() ? same->first : static_cast<std::int32_t>(ids.size()) + 1;
    ids[s.id] = s;
    list.push_back(s);
    return s.id;
  }

  static json::object described(const Stored& s) {
    json::object out{{"id", s.id}, {"schema", s.text}};
    if (s.type != "AVRO") {
      out["schemaType"] = s.type;
    }
    if (!s.references.empty()) {
      out["references"] = s.references;
    }
    return out;
  }

  Reply route(const Seen& request) {
    const auto path = path_of(request.target);
    const bool get = request.method == "GET";
    const bool post = request.method == "POST";
    const std::size_t n = path.size();
    if (get && n == 3 && path[0] == "schemas" && path[1] == "ids") {
      const auto it = ids.find(std::atoi(path[2].c_str()));
      if (it == ids.end()) {
        throw Refusal{40403, "Schema " + path[2] + " not found"};
      }
      json::object out = described(it->second);
      out.erase("id");
      return reply(200, out);
    }
    if (get && n == 1 && path[0] == "subjects") {
      json::array names;
      for (const auto& [name, list] : subjects) {
        names.emplace_back(name);
      }
      return reply(200, names);
    }
    if (n >= 2 && path[0] == "subjects") {
      return subject(request, path, get, post);
    }
    if (post && n == 5 && path[0] == "compatibility" && path[1] == "subjects" &&
        path[3] == "versions") {
      const Stored& other = version(path[2], path[4]);
      const auto why = incompatible(from_body(request.body), {other}, level_of(path[2]));
      return reply(200, {{"is_compatible", !why.has_value()}});
    }
    if (n >= 1 && n <= 2 && path[0] == "config") {
      const std::string subject_name = n == 2 ? path[1] : "";
      if (get) {
        return reply(200, {{"compatibilityLevel", level_of(subject_name)}});
      }
      return configure(request, subject_name);
    }
    throw Refusal{404, "HTTP 404 Not Found"};
  }

  Reply subject(const Seen& request, const std::vector<std::string>& path, bool get, bool post) {
    const std::string& name = path[1];
    const bool versions_path = path.size() >= 3 && path[2] == "versions";
    if (post && path.size() == 2) {
      const Stored s = from_body(request.body);
      const auto& list = versions(name);
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i].identity == s.identity) {
          json::object out = described(list[i]);
          out["subject"] = name;
          out["version"] = i + 1;
          return reply(200, out);
        }
      }
      throw Refusal{40403, "Schema not found"};
    }
    if (post && versions_path && path.size() == 3) {
      return reply(200, {{"id", register_schema(name, request.body)}});
    }
    if (get && versions_path && path.size() == 3) {
      json::array numbers;
      for (std::size_t i = 0; i < versions(name).size(); ++i) {
        numbers.emplace_back(i + 1);
      }
      return reply(200, numbers);
    }
    if (get && versions_path && path.size() == 4) {
      std::int32_t number = 0;
      json::object out = described(version(name, path[3], &number));
      out["subject"] = name;
      out["version"] = number;
      return reply(200, out);
    }
    throw Refusal{404, "HTTP 404 Not Found"};
  }

  Reply configure(const Seen& request, const std::string& subject_name) {
    constexpr const char* kLevels[] = {
        "NONE", "BACKWARD",       "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE",
        "FULL", "FULL_TRANSITIVE"};
    boost::system::error_code ec;
    const json::value v = json::parse(request.body, ec);
    const std::string level = ec || !v.is_object() ? "" : text_of(v.as_object(), "compatibility");
    if (request.method != "PUT" ||
        std::find(std::begin(kLevels), std::end(kLevels), level) == std::end(kLevels)) {
      throw Refusal{42203,
                    "Invalid compatibility level. Valid values are none, backward, forward, full "
                    "and their transitive forms"};
    }
    levels[subject_name] = level;
    return reply(200, {{"compatibility", level}});
  }
};

SchemaRegistry::SchemaRegistry()
    : state_(std::make_unique<State>()),
      server_(std::make_unique<testing::StubServer>(
          [this](const Seen& request, std::size_t) { return answer(request); })) {}
SchemaRegistry::~SchemaRegistry() = default;

Reply SchemaRegistry::answer(const Seen& request) {
  const std::lock_guard lock(state_->mutex);
  if (state_->failures > 0) {
    --state_->failures;
    if (state_->failure_status == 0) {
      return {.reset = true};
    }
    return refuse({state_->failure_status * 100 + 1, "Error in the backend data store"});
  }
  const bool user_missing = !state_->user.empty() && request.header("authorization") !=
                                                         "Basic " + java::base64(state_->user);
  const bool header_missing =
      !state_->header.empty() && request.header(state_->header) != state_->header_value;
  if (user_missing || header_missing) {
    return refuse({401, "Unauthorized"});
  }
  try {
    return state_->route(request);
  } catch (const Refusal& r) {
    return refuse(r);
  } catch (const std::exception& e) {
    return refuse({500, e.what()});
  }
}

void SchemaRegistry::require_user(std::string user_info) {
  const std::lock_guard lock(state_->mutex);
  state_->user = std::move(user_info);
}
void SchemaRegistry::require_header(std::string name, std::string value) {
  const std::lock_guard lock(state_->mutex);
  state_->header = std::move(name);
  state_->header_value = std::move(value);
}
void SchemaRegistry::fail_next(std::size_t count, int status) {
  const std::lock_guard lock(state_->mutex);
  state_->failures = count;
  state_->failure_status = status;
}

std::int32_t SchemaRegistry::add(const std::string& subject, const std::string& schema,
                                 const std::string& type, const std::string& references) {
  const std::lock_guard lock(state_->mutex);
  try {
    return state_->register_schema(
        subject,
        json::serialize(json::object{
            {"schema", schema}, {"schemaType", type}, {"references", json::parse(references)}}));
  } catch (const Refusal& r) {
    throw std::runtime_error(r.message);
  }
}

std::vector<std::string> SchemaRegistry::requests() const {
  std::vector<std::string> out;
  for (const Seen& one : server_->seen()) {
    out.push_back(one.method + " " + one.target);
  }
  return out;
}
std::vector<std::string> SchemaRegistry::subjects() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> out;
  for (const auto& [name, list] : state_->subjects) {
    out.push_back(name);
  }
  return out;
}
std::string SchemaRegistry::latest(const std::string& subject) const {
  const std::lock_guard lock(state_->mutex);
  const auto it = state_->subjects.find(subject);
  return it == state_->subjects.end() || it->second.empty() ? std::string()
                                                            : it->second.back().text;
}

}  // namespace weir::test
