// JSON text <-> weir::Value, with the semantics of Kafka Connect's JsonConverter (schemas.enable=false).
//
//   auto value = weir::json::read(text, record.arena());          // an error names the byte where it went wrong
//   if (weir::Value* id = weir::json::at(*value, "/customer/id", record.arena())) ...
//   std::string_view body = weir::json::write(*value, record.arena());
//
// Thread: whoever holds the arena. Nothing here keeps state.
#pragma once

#include <weir/arena.hpp>
#include <weir/json_read.hpp>
#include <weir/json_write.hpp>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {
inline namespace v1 {
namespace json {

/// Reads one JSON value as Jackson 2.19 does: integers become INT64 (beyond 64 bit they wrap), reals FLOAT64 (1e400 is
/// Infinity), objects MAP, arrays ARRAY, blank text null; leading zeros pass, a byte order mark is skipped, text after
/// the value is ignored, of equal names the last value wins. Lone surrogates (\ud800) are kept as their three bytes.
/// Strings without escapes borrow from `text`, which must live as long as the value; the rest lives in the arena.
/// Errc::bad_record: not JSON, invalid UTF-8, or over a limit (json_read.hpp).
inline Result<Value> read(std::string_view text, Arena arena, const ReadOptions& options = {}) {
  return detail::Reader(text, arena, options).run();
}

/// Makes a lazy value an array or map, and all that is inside it; any other value stays as it is.
/// Errc::bad_record: a lazy value that did not come from read() and is not JSON.
inline Result<void> expand(Value& value, Arena arena) {
  if (!value.is_lazy()) {
    return {};
  }
  Result<Value> whole = read(value.text(), arena);
  if (!whole) {
    return whole.error();
  }
  value = *whole;
  return {};
}

/// Makes a lazy value an array or map whose own nested values may be lazy again; any other value stays as it is.
/// Cheaper than expand() when only one level is looked at. Errors as expand().
inline Result<void> open(Value& value, Arena arena) {
  if (!value.is_lazy()) {
    return {};
  }
  static constexpr ReadOptions kOneLevel{.lazy = true};
  Result<Value> level = read(value.text(), arena, kOneLevel);
  if (!level) {
    return level.error();
  }
  value = *level;
  return {};
}

/// expand() for every lazy value inside `value`, however deep.
inline Result<void> expand_all(Value& value, Arena arena) {
  if (value.is_lazy()) {
    return expand(value, arena);
  }
  if (value.is_array()) {
    for (Value& item : value.items()) {
      if (auto done = expand_all(item, arena); !done) {
        return done;
      }
    }
  } else if (value.is_object()) {
    for (Member& member : value.members()) {
      if (auto done = expand_all(member.item(), arena); !done) {
        return done;
      }
    }
  }
  return {};
}

/// The value that a JSON pointer (RFC 6901) leads to, or nullptr; lazy values on the way, and the one found, are
/// expanded (one level each). "" is the root; an index has no leading zeros; "-" is nowhere.
inline Value* at(Value& root, std::string_view pointer, Arena arena) {
  Value* here = &root;
  for (;;) {
    if (!open(*here, arena)) {
      return nullptr;
    }
    if (pointer.empty()) {
      return here;
    }
    if (pointer.front() != '/') {
      return nullptr;
    }
    pointer.remove_prefix(1);
    const std::size_t slash = pointer.find('/');
    std::string_view token = pointer.substr(0, slash);
    pointer = slash == std::string_view::npos ? std::string_view{} : pointer.substr(slash);
    std::string unescaped;
    if (token.find('~') != std::string_view::npos) {
      for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
          unescaped.push_back(token[i]);
          continue;
        }
        ++i;
        if (i == token.size() || (token[i] != '0' && token[i] != '1')) {
          return nullptr;
        }
        unescaped.push_back(token[i] == '0' ? '~' : '/');
      }
      token = unescaped;
    }
    if (here->is_object()) {
      here = here->find(token);
    } else if (here->is_array()) {
      std::uint32_t index = 0;
      const auto [end, ec] = std::from_chars(token.data(), token.data() + token.size(), index);
      if (ec != std::errc{} || end != token.data() + token.size() || (token.size() > 1 && token[0] == '0') ||
          index >= here->count) {
        return nullptr;
      }
      here = &here->items()[index];
    } else {
      return nullptr;
    }
    if (here == nullptr) {
      return nullptr;
    }
  }
}

/// Appends compact JSON: reals as Java text (1.0, 1.0E10, "NaN"), bytes as base64, characters beyond the BMP as two
/// \uXXXX, lazy values as they are, a map with other keys than strings as [[key,value],...], decimals as numbers
/// with their exact text, timestamps as milliseconds. Values nested deeper than kMaxDepth end in broken text: nothing
/// that read() or a converter made is that deep.
inline void write(const Value& value, std::string& out) {
  detail::StringWriter writer{detail::StringBuffer(out)};
  (void)writer.value(value);
  (void)writer.finish();
}

/// The same into the arena; lives as long as the batch.
inline std::string_view write(const Value& value, Arena arena) {
  detail::ArenaWriter writer{detail::ArenaBuffer(arena)};
  (void)writer.value(value);
  return writer.finish();
}

}  // namespace json
}  // namespace v1
}  // namespace weir
