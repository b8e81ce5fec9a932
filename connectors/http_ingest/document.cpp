// A business route's document on its way to a record: schema, key, timestamp, idempotency.
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>
#include <weir/json_schema/rfc3339.hpp>

#include "gateway.hpp"
#include "strict_json.hpp"

namespace weir::connectors::http_ingest {
namespace {

constexpr std::size_t kMaxIdempotencyKey = 256;

/// The text of a member of the document, as the SDK's templates show it.
std::optional<std::string_view> text_at(const boost::json::value& document,
                                        const Template::Part& part, Arena arena) {
  const boost::json::value* at = &document;
  for (const std::string& name : part.path) {
    if (const auto* object = at->if_object()) {
      at = object->if_contains(name);
    } else if (const auto* array = at->if_array()) {
      std::size_t i = 0;
      const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), i);
      at = ec == std::errc{} && end == name.data() + name.size() ? array->if_contains(i) : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) {
      return std::nullopt;
    }
  }
  switch (at->kind()) {
    case boost::json::kind::null: return std::nullopt;
    case boost::json::kind::string:
      return std::string_view(at->get_string().data(), at->get_string().size());
    case boost::json::kind::bool_: return at->get_bool() ? "true" : "false";
    case boost::json::kind::double_: return detail::number_text(at->get_double(), arena);
    default: return arena.copy(boost::json::serialize(*at));
  }
}

Result<std::string_view> expand(const Template& text, const boost::json::value& document,
                                const Fields& fields, std::string_view topic, Arena arena) {
  return text.expand_with(
      [&](const Template::Part& part) -> std::optional<std::string_view> {
        switch (part.root) {
          case Root::topic: return topic;
          case Root::header: {
            const std::string_view value = header_of(fields, part.header);
            return value.data() == nullptr ? std::nullopt : std::optional(value);
          }
          case Root::value: return text_at(document, part, arena);
          default: return std::nullopt;
        }
      },
      arena);
}

/// Milliseconds since the epoch, from digits or an RFC 3339 date-time.
std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  std::int64_t ms = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (ec == std::errc{} && end == text.data() + text.size() && ms >= 0) {
    return ms;
  }
  return json_schema::parse_date_time(text);
}

Digest request_key(const Principal& principal, std::string_view path, std::string_view key) {
  std::string text;
  text.reserve(principal.id.size() + path.size() + key.size() + 2);
  text.append(principal.id).push_back('\0');
  text.append(path).push_back('\0');
  text.append(key);
  return sha256(text);
}

}  // namespace

std::variant<Answer, std::shared_ptr<Exchange>> Gateway::accept_document(
    const Admission& admission, const Fields& fields, std::shared_ptr<Exchange> exchange) {
  constexpr ErrorForm kForm = ErrorForm::problem;
  unsigned char memory[32 * 1024];
  boost::json::monotonic_resource resource(memory, sizeof memory);
  auto document =
      parse_strict(exchange->body, static_cast<std::size_t>(config_.max_json_depth), &resource);
  if (!document) {
    return error_answer(kForm, 400, document.error().message);
  }
  const Route& route = *admission.route;
  const auto own = route_schemas_.find(&route);
  if (const json_schema::JsonSchema* schema =
          own != route_schemas_.end() ? &own->second : schema_for(route.topic)) {
    if (const auto problems = schema->validate(*document); !problems.empty()) {
      return schema_answer(kForm, problems);
    }
  }

  OwnedArena scratch(4 * 1024);
  OutRecord record;
  record.kind = config_.value_format;
  record.value = exchange->body;
  if (!route.key.empty()) {
    auto key = expand(route.key, *document, fields, route.topic, scratch.view());
    if (!key) {
      return error_answer(kForm, 422, "The record's key cannot be made: " + key.error().message);
    }
    record.key = exchange->keep(*key);
  }
  if (!route.timestamp.empty()) {
    auto text = expand(route.timestamp, *document, fields, route.topic, scratch.view());
    record.timestamp = text ? parse_timestamp(*text) : std::nullopt;
    if (!record.timestamp) {
      return error_answer(
          kForm, 422, "The record's timestamp cannot be made from " + route.timestamp.text() + ".");
    }
  }
  for (const std::string& name : route.forwarded_headers) {
    if (const std::string_view value = header_of(fields, name); value.data() != nullptr) {
      record.headers.emplace_back(name, exchange->keep(value));
    }
  }

  std::string_view id = header_of(fields, config_.idempotency_header);
  if (id.size() > kMaxIdempotencyKey) {
    return error_answer(kForm, 400, "The idempotency key is longer than 256 bytes.");
  }
  if (id.empty() && !route.idempotency_key.empty()) {
    auto made = expand(route.idempotency_key, *document, fields, route.topic, scratch.view());
    if (!made) {
      return error_answer(kForm, 422,
                          "The idempotency key cannot be made: " + made.error().message);
    }
    id = *made;
  }
  exchange->records.push_back(std::move(record));
  if (!id.empty()) {
    const Digest key = request_key(*admission.principal, route.path, id);
    const auto seen =
        idempotency_.begin(key, sha256(exchange->body), IdempotencyStore::Clock::now());
    switch (seen.state) {
      case IdempotencyStore::State::fresh: exchange->idempotency = key; break;
      case IdempotencyStore::State::running:
        return error_answer(kForm, 409, "The same request is still being worked on.")
            .with("Retry-After", "1");
      case IdempotencyStore::State::differs:
        return error_answer(kForm, 422, "This idempotency key was used with another body.");
      case IdempotencyStore::State::finished:
        return created(*exchange, seen.partition, seen.offset).with("Idempotency-Replayed", "true");
    }
  }
  return exchange;
}

}  // namespace weir::connectors::http_ingest
