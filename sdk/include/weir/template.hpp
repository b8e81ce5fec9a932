// Texts with placeholders, parsed once and expanded per record: "${topic}-${partition}-${offset}",
// "S-${value.storeNo}-${value.txnNo}", "${value.refundId|value.invoiceId}".
//
// A placeholder is one or more parts joined by '|'; the first part that is there is taken:
//   topic partition offset timestamp     of the record; partition and offset are those it was consumed from
//   key  key.a.b  value  value.a.b       the whole, or a member (a number selects an item of an array)
//   header.x                             the last header of that name
// A part that is null counts as not there. Only "${" is special; a '$' alone stands for itself.
#pragma once

#include <weir/arena.hpp>
#include <weir/java_text.hpp>
#include <weir/json.hpp>
#include <weir/record.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {
inline namespace v1 {

/// What is done to each substituted text (never to the literal text around it).
enum class Escape {
  none,
  percent,  ///< RFC 3986: all but A-Z a-z 0-9 - . _ ~ becomes %XX
  json      ///< as inside a JSON string
};

enum class Root : std::uint8_t { topic, partition, offset, timestamp, key, value, header };

namespace detail {

inline bool is_unreserved(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

inline std::size_t escaped_size(std::string_view text, Escape escape) noexcept {
  std::size_t size = text.size();
  for (const char c : text) {
    if (escape == Escape::percent) {
      size += is_unreserved(c) ? 0 : 2;
    } else if (escape == Escape::json) {
      const auto u = static_cast<unsigned char>(c);
      size += c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' ? 1 : u < 0x20 ? 5 : 0;
    }
  }
  return size;
}

/// Writes escaped_size() bytes.
inline char* write_escaped(std::string_view text, Escape escape, char* to) noexcept {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (escape == Escape::percent && !is_unreserved(c)) {
      *to++ = '%';
      *to++ = kHex[u >> 4];
      *to++ = kHex[u & 15];
    } else if (escape == Escape::json && (c == '"' || c == '\\')) {
      *to++ = '\\';
      *to++ = c;
    } else if (escape == Escape::json && (c == '\n' || c == '\r' || c == '\t')) {
      *to++ = '\\';
      *to++ = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
    } else if (escape == Escape::json && u < 0x20) {
      for (const char x : {'\\', 'u', '0', '0', kHex[u >> 4], kHex[u & 15]}) {
        *to++ = x;
      }
    } else {
      *to++ = c;
    }
  }
  return to;
}

template <class N>
std::string_view number_text(N number, Arena arena) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number);
  return arena.copy({buffer, static_cast<std::size_t>(end.ptr - buffer)});
}

}  // namespace detail

/// The text of a value as a placeholder shows it: strings, decimals and bytes as they are, numbers in decimal, objects
/// and arrays as JSON, reals as Java writes them (1.0, 1.5E-5). nullopt for null.
inline std::optional<std::string_view> placeholder_text(const Value& value, Arena arena) {
  switch (value.type()) {
    case Kind::null: return std::nullopt;
    case Kind::boolean: return value.as_boolean() ? "true" : "false";
    case Kind::int8:
    case Kind::int16:
    case Kind::int32:
    case Kind::int64:
    case Kind::timestamp: return detail::number_text(value.as_integer(), arena);
    case Kind::float32:
    case Kind::float64: {
      char buffer[java::kMaxRealText];
      const char* end = value.is(Kind::float32)
                            ? java::write_float(buffer, static_cast<float>(value.as_real()))
                            : java::write_double(buffer, value.as_real());
      return arena.copy({buffer, static_cast<std::size_t>(end - buffer)});
    }
    case Kind::string:
    case Kind::bytes:
    case Kind::decimal:
    case Kind::lazy: return value.text();
    case Kind::array:
    case Kind::map:
    case Kind::structure: return json::write(value, arena);
  }
  return std::nullopt;
}

/// The value at a path of member names (and item numbers) below root, or nullptr. Lazy values on the way are expanded one
/// level in place, in the arena.
inline Value* value_at(Value& root, const std::vector<std::string>& path, Arena arena) {
  Value* at = &root;
  for (const std::string& name : path) {
    if (at->is_lazy()) {
      at = json::at(*at, "", arena);
      if (at == nullptr) {
        return nullptr;
      }
    }
    if (at->is_object()) {
      at = at->find(name);
    } else if (at->is_array()) {
      std::size_t i = 0;
      const auto [end, ec] = std::from_chars(name.data(), name.data() + name.size(), i);
      at = ec == std::errc{} && end == name.data() + name.size() && i < at->count ? &at->items()[i]
                                                                                  : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) {
      return nullptr;
    }
  }
  return at;
}

/// Immutable once parsed: any number of threads may expand it, each with an arena of its own.
class Template {
 public:
  struct Part {
    Root root{Root::value};
    std::vector<std::string> path;  ///< members below key or value; empty: the whole
    std::string header;             ///< Root::header
    std::string text;               ///< as written, for messages
  };
  static constexpr std::size_t kMaxPieces = 48;

  /// The empty text.
  Template() = default;

  /// Errc::bad_config, with a text that names the placeholder: unknown root, no end, too long.
  static Result<Template> parse(std::string_view text) {
    Template out;
    out.text_ = std::string(text);
    while (!text.empty()) {
      const auto open = text.find("${");
      if (open != 0) {
        out.pieces_.push_back({std::string(text.substr(0, open)), {}});
        if (open == std::string_view::npos) {
          break;
        }
        text.remove_prefix(open);
      }
      const auto close = text.find('}');
      if (close == std::string_view::npos) {
        return bad_config("the placeholder \"" + std::string(text) + "\" has no closing brace");
      }
      Piece piece;
      piece.literal = std::string(text.substr(0, close + 1));
      std::string_view inner = text.substr(2, close - 2);
      for (;;) {
        const auto bar = inner.find('|');
        auto part = parse_part(inner.substr(0, bar));
        if (!part) {
          return bad_config("the placeholder \"" + piece.literal + "\" " + part.error().message);
        }
        out.roots_ |= 1u << static_cast<unsigned>(part->root);
        piece.parts.push_back(std::move(*part));
        if (bar == std::string_view::npos) {
          break;
        }
        inner.remove_prefix(bar + 1);
      }
      out.pieces_.push_back(std::move(piece));
      text.remove_prefix(close + 1);
    }
    if (out.pieces_.size() > kMaxPieces) {
      return bad_config("a template has at most " + std::to_string(kMaxPieces) + " pieces");
    }
    return out;
  }

  /// No placeholders: expands to text() always.
  bool constant() const noexcept { return roots_ == 0; }
  bool empty() const noexcept { return text_.empty(); }
  /// As it was written.
  const std::string& text() const noexcept { return text_; }
  /// Whether some placeholder has that root: who needs no headers need not load them.
  bool uses(Root root) const noexcept {
    return (roots_ & (1u << static_cast<unsigned>(root))) != 0;
  }
  /// Literal text before the first placeholder.
  std::string_view literal_head() const noexcept {
    return pieces_.empty() || !pieces_.front().parts.empty() ? std::string_view{}
                                                             : pieces_.front().literal;
  }

  /// lookup(const Part&) returns std::optional<std::string_view>: the part's text, nullopt when it is not there. The
  /// result lives in the arena, or where lookup's text lives, or in this template. Errc::bad_record names the placeholder
  /// of which no part is there.
  template <class Lookup>
  Result<std::string_view> expand_with(Lookup&& lookup, Arena arena,
                                       Escape escape = Escape::none) const {
    if (constant()) {
      return std::string_view(text_);
    }
    std::array<std::string_view, kMaxPieces> found;
    std::size_t size = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const Piece& piece = pieces_[i];
      if (piece.parts.empty()) {
        found[i] = piece.literal;
        size += piece.literal.size();
        continue;
      }
      std::optional<std::string_view> text;
      for (const Part& part : piece.parts) {
        text = lookup(part);
        if (text) {
          break;
        }
      }
      if (!text) {
        return bad_record("nothing to put in place of " + piece.literal);
      }
      found[i] = *text;
      size += escape == Escape::none ? text->size() : detail::escaped_size(*text, escape);
    }
    if (pieces_.size() == 1 && size == found[0].size()) {
      return found[0];
    }
    if (size == 0) {
      return std::string_view("");
    }
    char* const start = arena.array<char>(size);
    char* to = start;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      to = detail::write_escaped(found[i], pieces_[i].parts.empty() ? Escape::none : escape, to);
    }
    return std::string_view(start, size);
  }

  /// From a record, by the thread that holds its batch; the result lives as long as the batch (and this template).
  Result<std::string_view> expand(Record& record, Arena arena, Escape escape = Escape::none) const {
    return expand_with([&](const Part& part) { return part_text(record, part, arena); }, arena,
                       escape);
  }

  /// Helper for lookups of one's own: the text of one part of a record.
  static std::optional<std::string_view> part_text(Record& record, const Part& part, Arena arena) {
    switch (part.root) {
      case Root::topic: return record.topic();
      case Root::partition:
        if (record.consumed()) {
          return detail::number_text(record.origin().partition, arena);
        }
        return record.partition() ? std::optional(detail::number_text(*record.partition(), arena))
                                  : std::nullopt;
      case Root::offset:
        return record.consumed() ? std::optional(detail::number_text(record.origin().offset, arena))
                                 : std::nullopt;
      case Root::timestamp:
        return record.timestamp() ? std::optional(detail::number_text(*record.timestamp(), arena))
                                  : std::nullopt;
      case Root::key: return text_below(record.key(), part, arena);
      case Root::value: return text_below(record.value(), part, arena);
      case Root::header: {
        const Header* header = record.header(part.header);
        return header == nullptr ? std::nullopt : placeholder_text(header->item(), arena);
      }
    }
    return std::nullopt;
  }

  /// Helper for lookups of one's own: the text of part.path below root.
  static std::optional<std::string_view> text_below(Value& root, const Part& part, Arena arena) {
    const Value* value = value_at(root, part.path, arena);
    return value == nullptr ? std::nullopt : placeholder_text(*value, arena);
  }

 private:
  struct Piece {
    std::string literal;      // of a placeholder: as written
    std::vector<Part> parts;  // empty: literal text
  };

  static Result<Part> parse_part(std::string_view text) {
    constexpr std::pair<std::string_view, Root> kPlain[] = {{"topic", Root::topic},
                                                            {"partition", Root::partition},
                                                            {"offset", Root::offset},
                                                            {"timestamp", Root::timestamp},
                                                            {"key", Root::key},
                                                            {"value", Root::value}};
    Part part;
    part.text = std::string(text);
    for (const auto& [name, root] : kPlain) {
      if (text == name) {
        part.root = root;
        return part;
      }
    }
    const auto dot = text.find('.');
    const std::string_view root = text.substr(0, dot);
    std::string_view rest = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
    if (rest.empty() || (root != "key" && root != "value" && root != "header")) {
      return bad_config(
          "is none of topic, partition, offset, timestamp, key, key.x, value, value.x, header.x");
    }
    if (root == "header") {
      part.root = Root::header;
      part.header = std::string(rest);
      return part;
    }
    part.root = root == "key" ? Root::key : Root::value;
    for (;;) {
      const auto next = rest.find('.');
      if (next == 0 || rest.empty()) {
        return bad_config("has an empty name in its path");
      }
      part.path.emplace_back(rest.substr(0, next));
      if (next == std::string_view::npos) {
        return part;
      }
      rest.remove_prefix(next + 1);
    }
  }

  std::string text_;
  std::vector<Piece> pieces_;
  unsigned roots_{0};
};

}  // namespace v1
}  // namespace weir
