#include <runtime/data/json_codec.hpp>

#include <cstring>

namespace weir::runtime::data {
namespace {

constexpr std::string_view kReadFailed =
    "Converting byte[] to Kafka Connect data failed due to serialization error: ";
constexpr std::string_view kNoEnvelope =
    "JsonConverter with schemas.enable requires \"schema\" and \"payload\" fields and may not contain additional "
    "fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter "
    "configuration.";
constexpr std::string_view kSchemaStart = "{\"schema\":";
constexpr std::string_view kPayloadStart = ",\"payload\":";

Error unreadable(const Error& error) { return bad_record(std::string(kReadFailed) + error.message); }

// nullptr: none is configured.
Result<std::unique_ptr<const ExternalSchema>> external_schema(const JsonConfig& config) {
  if (config.schema_content) {
    return ExternalSchema::parse(*config.schema_content);
  }
  if (config.schema_file) {
    return ExternalSchema::load(*config.schema_file);
  }
  return std::unique_ptr<const ExternalSchema>();
}

// The end of the object that starts at `text`, found by its brackets only; 0: there is none.
std::size_t object_end(std::string_view text) {
  std::size_t depth = 0;
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end; ++p) {
    if (*p == '"') {
      for (++p; p < end && *p != '"'; ++p) {
        p = json::detail::scan_plain(p, end);
        if (p == end || *p == '"') {
          break;
        }
        p += *p == '\\' ? 1 : 0;
      }
    } else if (*p == '{' || *p == '[') {
      ++depth;
    } else if (*p == '}' || *p == ']') {
      if (--depth == 0) {
        return static_cast<std::size_t>(p - text.data()) + 1;
      }
    }
  }
  return 0;
}

// UTF-16 or UTF-32 as UTF-8; nullopt: not such a text. A unit that is no character becomes U+FFFD in UTF-16, and is
// refused in UTF-32.
std::optional<std::string> to_utf8(std::string_view raw, std::size_t width, bool big_endian) {
  std::string out;
  char buffer[4];
  const auto unit = [&](std::size_t at) {
    std::uint32_t n = 0;
    for (std::size_t i = 0; i < width; ++i) {
      n = n << 8 | static_cast<unsigned char>(raw[big_endian ? at + i : at + width - 1 - i]);
    }
    return n;
  };
  std::size_t at = 0;
  for (; at + width <= raw.size(); at += width) {
    std::uint32_t code = unit(at);
    if (width == 4 && code > 0x10ffff) {
      return std::nullopt;
    }
    if (width == 2 && code >= 0xd800 && code < 0xe000) {
      const std::uint32_t low = code < 0xdc00 && at + 4 <= raw.size() ? unit(at + 2) : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      } else {
        code = 0xfffd;
      }
    }
    out.append(buffer, json::detail::put_utf8(buffer, code));
  }
  if (at < raw.size()) {
    if (width == 4) {
      return std::nullopt;
    }
    out.append("\xef\xbf\xbd");
  }
  return out;
}

/// As Jackson finds the encoding: by a mark, or by where the zeros of the first character stand. nullopt: unreadable.
std::optional<std::string_view> utf8_of(std::string_view raw, Arena arena) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(raw[i]); };
  if (raw.size() < 2 || (byte(0) != 0 && byte(1) != 0 && byte(0) < 0xfe)) {
    return raw;
  }
  std::size_t width = 1;
  std::size_t mark = 0;
  bool big = true;
  if (raw.size() >= 4) {
    const std::uint32_t quad = std::uint32_t{byte(0)} << 24 | std::uint32_t{byte(1)} << 16 | std::uint32_t{byte(2)} << 8 | byte(3);
    if (quad == 0x0000feff || quad == 0xfffe0000) {
      width = mark = 4;
      big = quad == 0x0000feff;
    } else if (quad == 0x0000fffe || quad == 0xfeff0000) {
      return std::nullopt;
    } else if (quad >> 16 == 0xfeff || quad >> 16 == 0xfffe) {
      width = mark = 2;
      big = quad >> 16 == 0xfeff;
    } else if (quad >> 8 == 0 || (quad & 0xffffff) == 0) {
      width = 4;
      big = quad >> 8 == 0;
    } else if ((quad & ~0x00ff0000u) == 0 || (quad & ~0x0000ff00u) == 0) {
      return std::nullopt;
    }
  }
  if (width == 1 && (byte(0) == 0 || byte(1) == 0)) {
    width = 2;
    big = byte(0) == 0;
  }
  if (width == 1) {
    return raw;
  }
  const auto text = to_utf8(raw.substr(mark), width, big);
  return text ? std::optional(arena.copy(*text)) : std::nullopt;
}

}  // namespace

ConfigDef<JsonConfig> JsonCodec::describe() {
  return ConfigDef<JsonConfig>{}
      .field("schemas.enable", &JsonConfig::schemas_enable, "Whether each message carries its schema in an envelope.")
      .importance(Importance::high)
      .field("schemas.cache.size", &JsonConfig::schemas_cache_size,
             "How many different schemas are kept ready; further ones are read for each record.")
      .importance(Importance::high)
      .choice("decimal.format", &JsonConfig::decimal_format,
              {{"BASE64", DecimalFormat::base64}, {"NUMERIC", DecimalFormat::numeric}},
              "How decimals are written: base64 of the unscaled value, or a number. Both are read.")
      .importance(Importance::low)
      .field("replace.null.with.default", &JsonConfig::replace_null_with_default,
             "Whether a null field that has a default gets it, in both directions.")
      .importance(Importance::low)
      .field("schema.content", &JsonConfig::schema_content,
             "With schemas.enable=true: messages are plain JSON, read with this schema; in the form in which JsonConverter "
             "writes schemas, or a JSON Schema.")
      .importance(Importance::high)
      .field("schema.file", &JsonConfig::schema_file, "As schema.content, from this file.")
      .importance(Importance::low)
      .check([](const JsonConfig& config, ConfigProblems& problems) {
        const auto add = [&](const char* key, const std::string& value, const std::string& why) {
          problems.push_back({key, weir::detail::invalid(value, key, why)});
        };
        for (const auto& [key, value] : {std::pair("schema.content", &config.schema_content), std::pair("schema.file", &config.schema_file)}) {
          if (*value && !config.schemas_enable) {
            add(key, **value, "Takes effect with schemas.enable=true only");
          }
        }
        if (config.schema_content && config.schema_file) {
          add("schema.file", *config.schema_file, "Either schema.content or schema.file, not both");
        } else if (const auto loaded = external_schema(config); !loaded) {
          const bool file = config.schema_file.has_value();
          add(file ? "schema.file" : "schema.content", file ? *config.schema_file : *config.schema_content, loaded.error().message);
        }
      });
}

JsonCodec::JsonCodec(const Config& config)
    : config_(config),
      rules_{config.replace_null_with_default, config.decimal_format == DecimalFormat::numeric},
      external_(external_schema(config)) {}

Result<void> JsonCodec::decode(std::optional<std::string_view> raw, Arena arena, Value& value,
                               const weir_schema*& schema) {
  value = Value();
  schema = nullptr;
  if (!raw) {
    return {};
  }
  raw = utf8_of(*raw, arena);
  if (!raw) {
    return unreadable(bad_record("Unsupported UCS-4 endianness detected"));
  }
  if (config_.schemas_enable && (!external_ || *external_ != nullptr)) {
    return decode_external(*raw, arena, value, schema);
  }
  if (config_.schemas_enable) {
    Result<void> done;
    return decode_known(*raw, arena, value, schema, done) ? done : decode_envelope(*raw, arena, value, schema);
  }
  static const json::ReadOptions kLazy{.lazy = true};
  Result<Value> read = json::read(*raw, arena, kLazy);
  if (!read) {
    return unreadable(read.error());
  }
  value = *read;
  return {};
}

Result<void> JsonCodec::decode_external(std::string_view raw, Arena arena, Value& value, const weir_schema*& schema) {
  if (!external_) {
    return external_.error();  // it was there when the config was checked
  }
  const json::ReadOptions exact{.exact_numbers = true};
  Result<Value> read = json::read(raw, arena, exact);
  if (!read) {
    return unreadable(read.error());
  }
  Result<Value> converted = (*external_)->read(*read, arena, rules_);
  if (!converted) {
    return converted.error();
  }
  value = *converted;
  schema = (*external_)->schema();
  return {};
}

bool JsonCodec::decode_known(std::string_view raw, Arena arena, Value& value, const weir_schema*& schema,
                             Result<void>& done) {
  if (raw.substr(0, kSchemaStart.size()) != kSchemaStart) {
    return false;
  }
  std::string_view rest = raw.substr(kSchemaStart.size());
  const weir_schema* known = nullptr;
  if (rest.substr(0, 4) == "null") {
    rest.remove_prefix(4);
  } else if (last_ != nullptr && rest.substr(0, last_text_.size()) == last_text_) {
    known = last_;
    rest.remove_prefix(last_text_.size());
  } else {
    if (rest.empty() || rest.front() != '{') {
      return false;
    }
    const std::size_t size = object_end(rest);
    known = size == 0 ? nullptr : known_schema(rest.substr(0, size), arena);
    if (known == nullptr) {
      return false;
    }
    rest.remove_prefix(size);
  }
  if (rest.substr(0, kPayloadStart.size()) != kPayloadStart) {
    return false;
  }
  rest.remove_prefix(kPayloadStart.size());
  const json::ReadOptions options{
      .max_depth = json::kMaxDepth - 1, .lazy = known == nullptr, .exact_numbers = known != nullptr};
  std::size_t used = 0;
  Result<Value> payload = json::detail::Reader(rest, arena, options).run_prefix(used);
  if (!payload) {
    return false;
  }
  rest.remove_prefix(used);
  const std::size_t close = rest.find_first_not_of(" \t\r\n");
  if (close == std::string_view::npos || rest[close] != '}') {
    return false;
  }
  if (known == nullptr) {
    value = *payload;
    return true;
  }
  Result<Value> converted = value_from_json(known, &*payload, arena, rules_);
  if (!converted) {
    done = converted.error();
    return true;
  }
  value = *converted;
  schema = known;
  return true;
}

const weir_schema* JsonCodec::known_schema(std::string_view text, Arena arena) {
  auto it = by_text_.find(text);
  if (it == by_text_.end()) {
    if (by_text_.size() >= cached_schemas()) {
      return nullptr;
    }
    const json::ReadOptions exact{.max_depth = json::kMaxDepth - 1, .reject_trailing = true, .exact_numbers = true};
    Result<Value> parsed = json::read(text, arena, exact);
    if (!parsed) {
      return nullptr;
    }
    auto schema = schema_from_json(*parsed, stable_.view(), true, rules_);
    if (!schema || *schema == nullptr) {
      return nullptr;
    }
    it = by_text_.emplace(stable_.view().copy(text), *schema).first;
  }
  last_text_ = it->first;
  last_ = it->second;
  return last_;
}

Result<void> JsonCodec::decode_envelope(std::string_view raw, Arena arena, Value& value, const weir_schema*& schema) {
  const json::ReadOptions exact{.exact_numbers = true};
  Result<Value> whole = json::read(raw, arena, exact);
  if (!whole) {
    return unreadable(whole.error());
  }
  const Value* schema_json = whole->is_object() ? whole->find("schema") : nullptr;
  const Value* payload = whole->is_object() ? whole->find("payload") : nullptr;
  if (schema_json == nullptr || payload == nullptr || whole->count != 2) {
    return bad_record(std::string(kNoEnvelope));
  }
  // The same schema in another spelling (blanks, order): its compact text is the key.
  const weir_schema* known = nullptr;
  if (schema_json->is_object()) {
    known = known_schema(json::write(*schema_json, arena), arena);
  }
  if (known == nullptr) {
    auto read = schema_from_json(*schema_json, arena, false, rules_);
    if (!read) {
      return read.error();
    }
    known = *read;
  }
  Result<Value> converted = value_from_json(known, payload, arena, rules_);
  if (!converted) {
    return converted.error();
  }
  value = *converted;
  schema = known;
  return {};
}

Result<std::optional<std::string_view>> JsonCodec::encode(const Value& value, const weir_schema* schema, Arena arena) {
  if (schema == nullptr && value.is_null()) {
    return std::optional<std::string_view>();
  }
  json::detail::ArenaWriter out{json::detail::ArenaBuffer(arena)};
  if (config_.schemas_enable) {
    out.raw(kSchemaStart);
    if (auto done = write_schema(schema, out); !done) {
      return done.error();
    }
    out.raw(kPayloadStart);
  }
  if (auto done = value_to_json(schema, value, out, rules_); !done) {
    return done.error();
  }
  if (config_.schemas_enable) {
    out.put('}');
  }
  return std::optional(out.finish());
}

Result<void> JsonCodec::write_schema(const weir_schema* schema, json::detail::ArenaWriter& out) {
  if (schema == nullptr || !view(schema)->stable()) {
    return schema_to_json(schema, out, rules_);
  }
  auto it = written_.find(schema);
  if (it == written_.end()) {
    if (written_.size() >= cached_schemas()) {
      return schema_to_json(schema, out, rules_);
    }
    OwnedArena own;
    json::detail::ArenaWriter text{json::detail::ArenaBuffer(own.view())};
    if (auto done = schema_to_json(schema, text, rules_); !done) {
      return done;
    }
    it = written_.emplace(schema, std::string(text.finish())).first;
  }
  out.raw(it->second);
  return {};
}

}  // namespace weir::runtime::data
