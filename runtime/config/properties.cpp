#include "runtime/config/properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace weir::runtime::config {
namespace {

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

std::string to_utf8(std::string_view latin1) {
  std::string out;
  out.reserve(latin1.size());
  for (const char c : latin1) {
    append_utf8(out, static_cast<unsigned char>(c));
  }
  return out;
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// Logical lines as Java's LineReader makes them: comments and empty lines gone, continuations joined, escapes left.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  bool next(std::string& line) {
    line.clear();
    bool skip_blank = true;
    bool at_start = true;     // of the first natural line
    bool continued = false;   // at the start of a continuation
    bool escaped = false;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool end = c == '\n' || c == '\r';
      if (skip_blank) {
        if (blank(c) || (end && !continued)) {
          ++at_;
          continue;
        }
        skip_blank = continued = false;
      }
      if (at_start) {
        at_start = false;
        if (c == '#' || c == '!') {
          while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
            ++at_;
          }
          at_start = skip_blank = true;
          continue;
        }
      }
      ++at_;
      if (!end) {
        line.push_back(c);
        escaped = c == '\\' && !escaped;
        continue;
      }
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') {
        ++at_;
      }
      if (line.empty()) {
        at_start = skip_blank = true;
      } else if (escaped) {
        line.pop_back();
        escaped = false;
        skip_blank = continued = true;
      } else {
        return true;
      }
    }
    if (escaped) {
      line.pop_back();
    }
    return !line.empty();
  }

 private:
  std::string_view text_;
  std::size_t at_{0};
};

bool hex4(std::string_view digits, std::uint32_t& out) {
  if (digits.size() < 4) {
    return false;
  }
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = digits[static_cast<std::size_t>(i)];
    std::uint32_t d = 0;
    if (c >= '0' && c <= '9') {
      d = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      d = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      d = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return false;
    }
    out = out * 16 + d;
  }
  return true;
}

Result<std::string> unescape(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '\\') {
      out.push_back(s[i]);
      continue;
    }
    if (++i == s.size()) {
      break;
    }
    switch (s[i]) {
      case 't': out.push_back('\t'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 'f': out.push_back('\f'); break;
      case 'u': {
        std::uint32_t c = 0;
        if (!hex4(s.substr(i + 1), c)) {
          return bad_config("Malformed \\uxxxx encoding.");
        }
        i += 4;
        std::uint32_t low = 0;
        if (c >= 0xd800 && c < 0xdc00 && s.substr(i + 1, 2) == "\\u" && hex4(s.substr(i + 3), low) && low >= 0xdc00 &&
            low < 0xe000) {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        }
        append_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
        break;
      }
      default: out.push_back(s[i]);
    }
  }
  return out;
}

namespace json = boost::json;

struct FlatHandler {
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  using error_code = json::error_code;
  using string_view = json::string_view;

  FlatJson out;
  int depth{0};
  std::string key;      // at depth 1
  std::string sub_key;  // at depth 2
  std::string text;
  std::string problem;

  bool fail(error_code& ec, std::string why) {
    problem = std::move(why);
    ec = json::make_error_code(json::error::syntax);
    return false;
  }
  bool put(std::optional<std::string> value, error_code& ec) {
    if (depth == 0) {
      return fail(ec, "a JSON object was expected");
    }
    auto& map = depth == 1 ? out.scalars : out.objects[key];
    const std::string& name = depth == 1 ? key : sub_key;
    if (!map.try_emplace(name, std::move(value)).second || (depth == 1 && out.objects.contains(key))) {
      return fail(ec, fmt::format("\"{}\" is there twice", name));
    }
    return true;
  }
  static std::string str(string_view s) { return std::string(s.data(), s.size()); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) {
    if (++depth > 2) {
      return fail(ec, fmt::format("the value of \"{}\" is an object, a text was expected", sub_key));
    }
    if (depth == 2 && (out.scalars.contains(key) || !out.objects.try_emplace(key).second)) {
      return fail(ec, fmt::format("\"{}\" is there twice", key));
    }
    return true;
  }
  bool on_object_end(std::size_t, error_code&) { return --depth, true; }
  bool on_array_begin(error_code& ec) {
    return fail(ec, depth == 0 ? "a JSON object was expected"
                               : fmt::format("the value of \"{}\" is an array, a text was expected", depth == 1 ? key : sub_key));
  }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(string_view s, std::size_t, error_code&) { return text += str(s), true; }
  bool on_key(string_view s, std::size_t, error_code&) {
    (depth == 1 ? key : sub_key) = std::exchange(text, {}) + str(s);
    return true;
  }
  bool on_string_part(string_view s, std::size_t, error_code&) { return text += str(s), true; }
  bool on_string(string_view s, std::size_t, error_code& ec) { return put(std::exchange(text, {}) + str(s), ec); }
  bool on_number_part(string_view s, error_code&) { return text += str(s), true; }
  bool on_int64(std::int64_t, string_view s, error_code& ec) { return put(std::exchange(text, {}) + str(s), ec); }
  bool on_uint64(std::uint64_t, string_view s, error_code& ec) { return put(std::exchange(text, {}) + str(s), ec); }
  bool on_double(double, string_view s, error_code& ec) { return put(std::exchange(text, {}) + str(s), ec); }
  bool on_bool(bool b, error_code& ec) { return put(b ? "true" : "false", ec); }
  bool on_null(error_code& ec) { return put(std::nullopt, ec); }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }
};

std::string upper(std::string text) {
  for (char& c : text) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return text;
}

Result<ConfigMap> without_nulls(const FlatJson::Scalars& scalars) {
  ConfigMap out;
  for (const auto& [key, value] : scalars) {
    if (!value) {
      return bad_config(fmt::format("the value of \"{}\" is null, a text was expected", key));
    }
    out[key] = *value;
  }
  return out;
}

}  // namespace

Result<ConfigMap> parse_properties(std::string_view text, Charset charset) {
  std::string converted;
  if (charset == Charset::latin1) {
    converted = to_utf8(text);
    text = converted;
  }
  ConfigMap out;
  Lines lines(text);
  std::string line;
  while (lines.next(line)) {
    std::size_t key_end = 0;
    bool separator = false;
    for (bool escaped = false; key_end < line.size(); ++key_end) {
      const char c = line[key_end];
      if (!escaped && (c == '=' || c == ':' || blank(c))) {
        break;
      }
      escaped = c == '\\' && !escaped;
    }
    std::size_t value = key_end;
    for (; value < line.size(); ++value) {
      const char c = line[value];
      if (blank(c)) {
        continue;
      }
      if (!separator && (c == '=' || c == ':')) {
        separator = true;
        continue;
      }
      break;
    }
    auto key = unescape(std::string_view(line).substr(0, key_end));
    auto val = unescape(std::string_view(line).substr(value));
    if (!key || !val) {
      return !key ? key.error() : val.error();
    }
    out.insert_or_assign(std::move(*key), std::move(*val));
  }
  return out;
}

Result<FlatJson> parse_flat_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::basic_parser<FlatHandler> parser(options);
  json::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) {
    ec = json::make_error_code(json::error::extra_data);
  }
  if (ec) {
    const std::size_t at = std::min(used, text.size());
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
    const std::string& problem = parser.handler().problem;
    return bad_config(fmt::format("line {}: {}", line, problem.empty() ? "not valid JSON: " + ec.message() : problem));
  }
  return std::move(parser.handler().out);
}

Result<ConfigMap> parse_json_config(std::string_view text) {
  auto parsed = parse_flat_json(text);
  if (!parsed) {
    return parsed.error();
  }
  if (!parsed->objects.empty()) {
    return bad_config(fmt::format("the value of \"{}\" is an object, a text was expected", parsed->objects.begin()->first));
  }
  return without_nulls(parsed->scalars);
}

bool looks_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

Result<std::string> read_file(const std::filesystem::path& file) {
  std::error_code ec;
  if (std::filesystem::is_directory(file, ec)) {
    return bad_config(fmt::format("{} is a folder, a file was expected", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return bad_config(fmt::format("{} cannot be read: {}", file.string(), std::strerror(errno)));
  }
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (in.bad()) {
    return bad_config(fmt::format("{} cannot be read", file.string()));
  }
  return text;
}

Result<ConfigMap> load_config(const std::filesystem::path& file) {
  auto text = read_file(file);
  if (!text) {
    return text.error();
  }
  const std::string_view content = without_mark(*text);
  auto parsed = looks_like_json(content) ? parse_json_config(content) : parse_properties(content);
  if (!parsed) {
    return bad_config(fmt::format("{}: {}", file.string(), parsed.error().message));
  }
  return parsed;
}

Result<ConnectorFile> load_connector(const std::filesystem::path& file) {
  const auto refuse = [&](std::string_view why) { return bad_config(fmt::format("{}: {}", file.string(), why)); };
  auto text = read_file(file);
  if (!text) {
    return text.error();
  }
  ConnectorFile out;
  const std::string_view content = without_mark(*text);
  if (!looks_like_json(content)) {
    auto parsed = parse_properties(content);
    if (!parsed) {
      return refuse(parsed.error().message);
    }
    out.config = std::move(*parsed);
  } else {
    auto parsed = parse_flat_json(content);
    if (!parsed) {
      return refuse(parsed.error().message);
    }
    const auto object = parsed->objects.find("config");
    auto config = without_nulls(object != parsed->objects.end() ? object->second : parsed->scalars);
    if (!config) {
      return refuse(config.error().message);
    }
    if (object == parsed->objects.end() && !parsed->objects.empty()) {
      return refuse(fmt::format("the value of \"{}\" is an object, a text was expected", parsed->objects.begin()->first));
    }
    out.config = std::move(*config);
    if (object != parsed->objects.end()) {
      const auto text_of = [&](const char* key) {
        const auto it = parsed->scalars.find(key);
        return it != parsed->scalars.end() && it->second ? *it->second : std::string();
      };
      const std::string name = text_of("name");
      if (const auto own = out.config.find("name"); own == out.config.end()) {
        if (!name.empty()) {
          out.config["name"] = name;
        }
      } else if (!name.empty() && own->second != name) {
        return refuse(fmt::format("Connector name configuration ({}) doesn't match connector name ({})", own->second, name));
      }
      out.initial_state = upper(text_of("initial_state"));
    }
  }
  const auto name = out.config.find("name");
  if (name == out.config.end() || name->second.empty()) {
    return refuse("it has no \"name\"");
  }
  out.name = name->second;
  return out;
}

}  // namespace weir::runtime::config
