#include "request_builder.hpp"

#include "signer.hpp"

#include <weir/json.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <new>

namespace weir::connectors::http {
namespace {

const char* terminated(Arena arena, std::string_view text) {
  char* out = arena.array<char>(text.size() + 1);
  if (!text.empty()) {
    std::memcpy(out, text.data(), text.size());
  }
  out[text.size()] = '\0';
  return out;
}

}  // namespace

Delivery* RequestBuilder::build(weir_batch* batch, Record& record) const {
  Arena arena = record.arena();
  auto* out = new (arena.allocate(sizeof(Delivery))) Delivery{};
  const Origin origin = record.origin();
  out->batch = batch;
  out->index = record.index();
  out->topic = origin.topic;
  out->partition = origin.partition;
  out->offset = origin.offset;
  if (record.value().is_null()) {
    switch (settings_.config.null_values) {
      case NullValues::ignore: return out;
      case NullValues::log:
        out->message = arena.copy("ignored the tombstone " + record.where());
        return out;
      case NullValues::fail:
        out->fate = Errc::fatal;
        out->message = arena.copy("a tombstone at " + record.where() + ", and behavior.on.null.values is fail");
        return out;
      case NullValues::dlq:
        out->fate = Errc::bad_record;
        out->message = arena.copy("a tombstone at " + record.where() + ", and behavior.on.null.values is dlq");
        return out;
      case NullValues::remove: out->remove = true; break;
    }
  }
  if (auto done = fill(record, arena, *out); !done) {
    out->fate = done.error().code;
    out->message = arena.copy("no request can be made of " + record.where() + ": " + done.error().message);
    return out;
  }
  out->send = true;
  out->lane_hash = lane_hash(record, arena);
  return out;
}

Result<void> RequestBuilder::fill(Record& record, Arena arena, Delivery& out) const {
  const Config& config = settings_.config;
  if (!settings_.url.constant()) {
    auto url = settings_.url.expand(record, arena, Escape::percent);
    if (!url) {
      return bad_record("http.api.url: " + url.error().message);
    }
    out.url = terminated(arena, *url);
  }
  if (!config.idempotency_header.empty()) {
    // The topic consumed from, not the one a transform has set: two routed topics must not share keys.
    auto key = settings_.idempotency.expand_with(
        [&](const Template::Part& part) -> std::optional<std::string_view> {
          return part.root == Root::topic && record.consumed() ? record.origin().topic
                                                               : Template::part_text(record, part, arena);
        },
        arena);
    if (!key) {
      return bad_record("idempotency.key.template: " + key.error().message);
    }
    if (key->empty() || !is_header_value(*key)) {
      return bad_record("the idempotency key is empty or holds a line break");
    }
    const std::string& name = config.idempotency_header;
    char* line = arena.array<char>(name.size() + 2 + key->size() + 1);
    char* to = line + name.copy(line, name.size());
    *to++ = ':';
    *to++ = ' ';
    std::memcpy(to, key->data(), key->size());
    to[key->size()] = '\0';
    out.key_line = line;
    out.key = {to, key->size()};
  }
  if (auto done = fill_headers(record, arena, out); !done) {
    return done;
  }
  if (!config.batch_key_pattern.empty()) {
    auto group = settings_.group.expand(record, arena);
    if (!group) {
      return bad_record("batch.key.pattern: " + group.error().message);
    }
    out.group = *group;
  }
  if (!out.remove) {
    auto text = body(record, arena);
    if (!text) {
      return text.error();
    }
    if (text->size() > static_cast<std::size_t>(config.request_max_bytes)) {
      return bad_record("the body has " + std::to_string(text->size()) + " bytes, request.max.bytes is " +
                        std::to_string(config.request_max_bytes));
    }
    out.body = *text;
  }
  return {};
}

Result<void> RequestBuilder::fill_headers(Record& record, Arena arena, Delivery& out) const {
  const auto& globs = settings_.config.forwarded_headers;
  if (settings_.header_templates.empty() && globs.empty()) {
    return {};
  }
  std::string lines;
  auto add = [&](std::string_view name, std::string_view value) -> Result<void> {
    if (!is_header_value(value)) {
      return bad_record("the header " + std::string(name) + " would hold a line break");
    }
    lines.append(header_line(name, value)).push_back('\0');
    ++out.header_count;
    return {};
  };
  for (const HeaderTemplate& header : settings_.header_templates) {
    auto value = header.value.expand(record, arena);
    if (!value) {
      return bad_record("header " + header.name + ": " + value.error().message);
    }
    if (auto done = add(header.name, *value); !done) {
      return done;
    }
  }
  if (!globs.empty()) {
    for (const Header& header : record.headers()) {
      const std::string_view name = header.name_text();
      const bool wanted = std::any_of(globs.begin(), globs.end(),
                                      [&](const std::string& glob) { return glob_matches(glob, name); });
      const auto value = wanted ? placeholder_text(header.item(), arena) : std::nullopt;
      if (!value) {
        continue;
      }
      if (name.empty() || name.find_first_of(" :\t\r\n") != std::string_view::npos) {
        return bad_record("the Kafka header \"" + excerpt(name) + "\" has no name for HTTP");
      }
      if (auto done = add(name, *value); !done) {
        return done;
      }
    }
  }
  out.header_bytes = static_cast<std::uint32_t>(lines.size());
  out.headers = arena.copy(lines).data();
  return {};
}

Result<std::string_view> RequestBuilder::body(Record& record, Arena arena) const {
  const Value& value = record.value();
  switch (settings_.config.body_format) {
    case BodyFormat::string:
      if (value.is_string() || value.is_bytes()) {
        return value.text();
      }
      [[fallthrough]];
    case BodyFormat::json: return value.is_lazy() ? value.text() : json::write(value, arena);
    case BodyFormat::raw:
      if (value.is_bytes() || value.is_string() || value.is_lazy()) {
        return value.text();
      }
      return bad_record("request.body.format=raw needs a value of bytes or text (ByteArrayConverter)");
    case BodyFormat::text_template: break;
  }
  auto text = settings_.body.expand(record, arena, Escape::json);
  if (!text) {
    return bad_record("request.body.template: " + text.error().message);
  }
  return *text;
}

std::size_t RequestBuilder::lane_hash(Record& record, Arena arena) const {
  constexpr std::hash<std::string_view> kHash;
  const Origin origin = record.origin();
  if (settings_.config.ordering == Ordering::partition) {
    return kHash(origin.topic) * 31 + static_cast<std::size_t>(origin.partition);
  }
  const auto key = placeholder_text(record.key(), arena);
  // Without a key nothing is to be kept in order.
  return key ? kHash(*key) : static_cast<std::size_t>(origin.offset) * 0x9E3779B97F4A7C15u;
}

void join_bodies(const Config& config, const Delivery* const* records, std::size_t count, std::string& out) {
  const bool array = config.batch_as_array;
  const std::string_view separator = array ? std::string_view(",") : config.batch_separator;
  out.assign(array ? "[" : config.batch_prefix);
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) {
      out.append(separator);
    }
    out.append(records[i]->body);
  }
  out.append(array ? "]" : config.batch_suffix);
}

std::string batch_key(const Delivery* const* records, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    all.append(records[i]->key).push_back('\n');
  }
  return sha256_hex(all);
}

std::string excerpt(std::string_view answer, std::size_t limit) {
  std::string out(answer.substr(0, limit));
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  auto is_word = [&](char c) {
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '_' || c == '-' || c == '+';
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto u = static_cast<unsigned char>(out[i]);
    if (u < 0x20 || u >= 0x7F) {
      out[i] = u < 0x20 ? ' ' : '?';
    } else if (is_digit(out[i])) {
      std::size_t end = i;
      while (end < out.size() && is_digit(out[end])) {
        ++end;
      }
      if (end - i >= 7) {
        std::fill(out.begin() + static_cast<std::ptrdiff_t>(i), out.begin() + static_cast<std::ptrdiff_t>(end), '*');
      }
      i = end - 1;
    } else if (out[i] == '@') {
      for (std::size_t b = i; b > 0 && is_word(out[b - 1]); --b) {
        out[b - 1] = '*';
      }
    }
  }
  return answer.size() > limit ? out.append("...") : out;
}

}  // namespace weir::connectors::http
