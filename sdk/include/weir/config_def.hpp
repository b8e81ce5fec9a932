// Options, declared once: parsing, checking, REST validation and the documentation tables come from that line.
//
//   struct Config {                               // the default is the initialiser
//     std::string endpoint_url;
//     std::chrono::milliseconds request_timeout{10'000};
//   };
//   static weir::ConfigDef<Config> describe() {
//     return weir::ConfigDef<Config>{}
//         .field("endpoint.url", &Config::endpoint_url, "Where batches are posted.").required()
//         .field("request.timeout.ms", &Config::request_timeout, "Limit for one request.").at_least(1);
//   }
//
// Error texts are Kafka's (org.apache.kafka.common.config.ConfigDef), so that clients see what they know.
#pragma once

#include <weir/abi.h>
#include <weir/result.hpp>
#include <weir/value.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace weir {
inline namespace v1 {

/// Keys and values as they stand in a connector's JSON.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

struct ConfigProblem {
  std::string key;
  std::string message;
};
using ConfigProblems = std::vector<ConfigProblem>;

/// A password-typed option: its text reaches no log, error, REST answer or document. Read it with text().
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  const std::string& text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

 private:
  std::string text_;
};

enum class Importance : std::uint32_t {
  high = WEIR_IMPORTANCE_HIGH,
  medium = WEIR_IMPORTANCE_MEDIUM,
  low = WEIR_IMPORTANCE_LOW
};

namespace detail {

/// String.trim(): control characters count as blank.
inline std::string_view trim(std::string_view s) noexcept {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') {
    s.remove_prefix(1);
  }
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') {
    s.remove_suffix(1);
  }
  return s;
}

inline std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> out;
  text = trim(text);
  while (!text.empty()) {
    const auto comma = text.find(',');
    out.emplace_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) {
      break;
    }
    text.remove_prefix(comma + 1);
    if (text.empty()) {
      out.emplace_back();
    }
  }
  return out;
}

inline std::string invalid(std::string_view value, std::string_view key, std::string_view why) {
  std::string text = "Invalid value ";
  text.append(value).append(" for configuration ").append(key);
  if (!why.empty()) {
    text.append(": ").append(why);
  }
  return text;
}

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
struct is_duration : std::false_type {};
template <class R, class P>
struct is_duration<std::chrono::duration<R, P>> : std::true_type {};

template <class T>
constexpr std::uint32_t config_type() {
  static_assert(is_optional<T>::value || std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                    std::is_same_v<T, std::string> || std::is_same_v<T, Secret> ||
                    std::is_same_v<T, std::vector<std::string>> || is_duration<T>::value,
                "an option is a bool, a number, a std::string, a weir::Secret, a "
                "std::vector<std::string>, a std::chrono duration, or a std::optional of one");
  if constexpr (is_optional<T>::value) {
    return config_type<typename T::value_type>();
  } else if constexpr (std::is_same_v<T, bool>) {
    return WEIR_CONFIG_BOOLEAN;
  } else if constexpr (std::is_same_v<T, std::string> || std::is_enum_v<T>) {
    return WEIR_CONFIG_STRING;
  } else if constexpr (std::is_same_v<T, Secret>) {
    return WEIR_CONFIG_PASSWORD;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return WEIR_CONFIG_LIST;
  } else if constexpr (std::is_floating_point_v<T>) {
    return WEIR_CONFIG_DOUBLE;
  } else if constexpr (std::is_same_v<T, std::int16_t>) {
    return WEIR_CONFIG_SHORT;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return WEIR_CONFIG_INT;
  } else {
    return WEIR_CONFIG_LONG;  // std::int64_t, std::size_t, std::chrono durations
  }
}

constexpr std::string_view type_name(std::uint32_t type) {
  constexpr std::string_view kNames[] = {"BOOLEAN", "STRING", "INT",   "SHORT",   "LONG",
                                         "DOUBLE",  "LIST",   "CLASS", "PASSWORD"};
  return type < 9 ? kNames[type] : "STRING";
}

/// Parses text into a T; the error is the reason only (Kafka's words).
template <class T>
std::optional<std::string> parse_into(std::string_view text, T& out) {
  if constexpr (is_optional<T>::value) {
    typename T::value_type inner{};
    auto problem = parse_into(text, inner);
    if (!problem) {
      out = std::move(inner);
    }
    return problem;
  } else if constexpr (std::is_same_v<T, bool>) {
    const std::string_view t = trim(text);
    auto same = [&](std::string_view word) {
      if (t.size() != word.size()) {
        return false;
      }
      for (std::size_t i = 0; i < t.size(); ++i) {
        if ((t[i] | 0x20) != word[i]) {
          return false;
        }
      }
      return true;
    };
    if (same("true")) {
      out = true;
    } else if (same("false")) {
      out = false;
    } else {
      return "Expected value to be either true or false";
    }
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = std::string(trim(text));
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, Secret>) {
    out = Secret(std::string(trim(text)));
    return std::nullopt;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    out = split_list(text);
    return std::nullopt;
  } else if constexpr (std::is_floating_point_v<T>) {
    const std::string_view t = trim(text);
    const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), out);
    if (ec != std::errc{} || end != t.data() + t.size()) {
      return "Not a number of type DOUBLE";
    }
    return std::nullopt;
  } else if constexpr (std::is_integral_v<T>) {
    std::string_view t = trim(text);
    if (t.size() > 1 && t.front() == '+') {
      t.remove_prefix(1);
    }
    const auto [end, ec] = std::from_chars(t.data(), t.data() + t.size(), out);
    if (t.empty() || ec != std::errc{} || end != t.data() + t.size()) {
      return "Not a number of type " + std::string(type_name(config_type<T>()));
    }
    return std::nullopt;
  } else {  // std::chrono::duration
    std::int64_t n = 0;
    auto problem = parse_into(text, n);
    if (!problem) {
      out = T(static_cast<typename T::rep>(n));
    }
    return problem;
  }
}

template <class T>
std::optional<std::string> default_text(const T& value) {
  if constexpr (is_optional<T>::value) {
    return value ? default_text(*value) : std::nullopt;
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<T, Secret>) {
    return value.text();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string out;
    for (const auto& item : value) {
      out.append(out.empty() ? "" : ",").append(item);
    }
    return out;
  } else if constexpr (std::is_floating_point_v<T>) {
    char buffer[40];
    const auto r = std::to_chars(buffer, buffer + sizeof buffer, value);
    std::string out(buffer, r.ptr);
    return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    return std::to_string(value.count());
  }
}

template <class T>
double as_number(const T& value) {
  if constexpr (is_optional<T>::value) {
    return value ? as_number(*value) : 0;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<double>(value);
  } else {
    return static_cast<double>(value.count());
  }
}

}  // namespace detail

/// Keys as the host reads them: texts point into the ConfigDef, lists of words into this object. Movable.
class ConfigKeys {
 public:
  auto begin() const noexcept { return keys_.begin(); }
  auto end() const noexcept { return keys_.end(); }
  const weir_config_key* data() const noexcept { return keys_.data(); }
  std::size_t size() const noexcept { return keys_.size(); }

  void add(const weir_config_key& key) { keys_.push_back(key); }
  void recommend(weir_config_key& key, const std::vector<std::string>& words) {
    auto& bytes = words_.emplace_back();
    for (const std::string& word : words) {
      bytes.push_back(bytes_of(word));
    }
    key.recommended = bytes.data();
    key.recommended_count = bytes.size();
  }

 private:
  std::vector<weir_config_key> keys_;
  std::vector<std::vector<weir_bytes>> words_;
};

/// The options of a component. C is default-constructible; each member's initialiser is its default.
template <class C>
class ConfigDef {
 public:
  using Config = C;

  /// Declares an option. Further calls up to the next field() speak of this one.
  /// Types: bool, int16/32/64, double, std::string, Secret, std::vector<std::string> (comma list),
  /// std::chrono durations (their count), std::optional of these (absent is fine).
  template <class T>
  ConfigDef& field(std::string name, T C::*member, std::string doc) {
    const C defaults{};
    Field f;
    f.name = std::move(name);
    f.doc = std::move(doc);
    f.type = detail::config_type<T>();
    f.default_text = detail::default_text(defaults.*member);
    f.optional = detail::is_optional<T>::value;
    f.set = [member](C& c, std::string_view text) { return detail::parse_into(text, c.*member); };
    if constexpr (!std::is_same_v<T, bool> && !std::is_same_v<T, std::string> &&
                  !std::is_same_v<T, Secret> && !std::is_same_v<T, std::vector<std::string>> &&
                  !std::is_same_v<T, std::optional<std::string>> &&
                  !std::is_same_v<T, std::optional<bool>> && !std::is_enum_v<T>) {
      f.number = [member](const C& c) { return detail::as_number(c.*member); };
    }
    fields_.push_back(std::move(f));
    return *this;
  }

  /// An enumeration: `names` maps the accepted words (compared without case) to values; the default's word is shown.
  template <class T>
    requires std::is_enum_v<T>
  ConfigDef& choice(std::string name, T C::*member, std::vector<std::pair<std::string, T>> names,
                    std::string doc) {
    const C defaults{};
    Field f;
    f.name = std::move(name);
    f.doc = std::move(doc);
    f.type = WEIR_CONFIG_STRING;
    for (const auto& [word, value] : names) {
      f.recommended.push_back(word);
      if (value == defaults.*member) {
        f.default_text = word;
      }
    }
    f.set = [member, names](C& c, std::string_view text) -> std::optional<std::string> {
      const std::string_view t = detail::trim(text);
      for (const auto& [word, value] : names) {
        if (word.size() == t.size() &&
            std::equal(t.begin(), t.end(), word.begin(), [](char a, char b) {
              auto low = [](char x) { return x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x; };
              return low(a) == low(b);
            })) {
          c.*member = value;
          return std::nullopt;
        }
      }
      std::string list;
      for (const auto& [word, value] : names) {
        list.append(list.empty() ? "" : ", ").append(word);
      }
      return "String must be one of: " + list;
    };
    fields_.push_back(std::move(f));
    return *this;
  }

  /// Every key that starts with `prefix`; the member gets them without the prefix.
  ConfigDef& prefix(std::string prefix, ConfigMap C::*member, std::string doc) {
    Field f;
    f.name = std::move(prefix);
    f.doc = std::move(doc);
    f.type = WEIR_CONFIG_STRING;
    f.flags = WEIR_KEY_PREFIX;
    f.optional = true;
    f.set_prefixed = [member](C& c, std::string_view key, std::string_view text) {
      (c.*member)[std::string(key)] = std::string(text);
    };
    fields_.push_back(std::move(f));
    return *this;
  }

  ConfigDef& required() { return last().default_text.reset(), last().optional = false, *this; }
  ConfigDef& at_least(double minimum) { return last().minimum = minimum, *this; }
  ConfigDef& at_most(double maximum) { return last().maximum = maximum, *this; }
  ConfigDef& between(double low, double high) { return at_least(low).at_most(high); }
  /// A text that must be one of these, in this spelling.
  ConfigDef& one_of(std::vector<std::string> words) {
    last().recommended = std::move(words);
    last().closed = true;
    return *this;
  }
  ConfigDef& non_empty() { return last().non_empty = true, *this; }
  ConfigDef& importance(Importance i) {
    return last().importance = static_cast<std::uint32_t>(i), *this;
  }
  ConfigDef& group(std::string name) { return last().group = std::move(name), *this; }
  ConfigDef& display_name(std::string name) { return last().display_name = std::move(name), *this; }
  /// ConfigDef.Type CLASS instead of STRING, for what names a plugin.
  ConfigDef& class_name() { return last().type = WEIR_CONFIG_CLASS, *this; }
  /// Another accepted spelling of this key (a peer's name).
  ConfigDef& alias(std::string name) { return last().aliases.push_back(std::move(name)), *this; }
  /// Another default than the member's initialiser, as text: for a profile of a component.
  ConfigDef& default_value(std::string_view name, std::string text) {
    for (Field& f : fields_) {
      if (f.name == name) {
        f.default_text = std::move(text);
        f.default_overridden = true;
      }
    }
    return *this;
  }
  /// Makes an option required after the fact: for a profile of a component.
  ConfigDef& require(std::string_view name) {
    for (Field& f : fields_) {
      if (f.name == name) {
        f.default_text.reset();
        f.optional = false;
      }
    }
    return *this;
  }

  /// A check over several options; called only when each option by itself is fine. Adds what it finds.
  ConfigDef& check(std::function<void(const C&, ConfigProblems&)> fn) {
    checks_.push_back(std::move(fn));
    return *this;
  }

  /// Parses; every problem is added, each with its key. Unknown keys are not this function's business.
  C parse(const ConfigMap& config, ConfigProblems& problems) const {
    C out{};
    const std::size_t before = problems.size();
    for (const Field& f : fields_) {
      if ((f.flags & WEIR_KEY_PREFIX) != 0) {
        for (auto it = config.lower_bound(f.name);
             it != config.end() && it->first.compare(0, f.name.size(), f.name) == 0; ++it) {
          f.set_prefixed(out, std::string_view(it->first).substr(f.name.size()), it->second);
        }
        continue;
      }
      const std::string* text = lookup(config, f);
      if (text == nullptr) {
        if (f.default_text && f.default_overridden) {
          (void)f.set(out, *f.default_text);
        } else if (!f.default_text && !f.optional) {
          problems.push_back({f.name, "Missing required configuration \"" + f.name +
                                          "\" which has no default value."});
        }
        continue;
      }
      const std::string shown = f.type == WEIR_CONFIG_PASSWORD ? "[hidden]" : *text;
      if (auto why = f.set(out, *text)) {
        problems.push_back({f.name, detail::invalid(shown, f.name, *why)});
      } else if (f.non_empty && detail::trim(*text).empty()) {
        problems.push_back({f.name, detail::invalid(shown, f.name, "String must be non-empty")});
      } else if (f.number && f.minimum && f.number(out) < *f.minimum) {
        problems.push_back({f.name, detail::invalid(shown, f.name, "Value must be at least " + number_text(*f.minimum))});
      } else if (f.number && f.maximum && f.number(out) > *f.maximum) {
        problems.push_back({f.name, detail::invalid(shown, f.name, "Value must be no more than " + number_text(*f.maximum))});
      } else if (f.closed && !contains(f.recommended, detail::trim(*text))) {
        problems.push_back({f.name, detail::invalid(shown, f.name, "String must be one of: " + join(f.recommended))});
      }
    }
    if (problems.size() == before) {
      for (const auto& fn : checks_) {
        fn(out, problems);
      }
    }
    return out;
  }

  /// The description for the host. Its texts point into this object: keep it alive. Any thread.
  ConfigKeys keys() const {
    ConfigKeys out;
    std::uint32_t order = 0;
    for (const Field& f : fields_) {
      weir_config_key k{};
      k.name = bytes_of(f.name);
      k.type = f.type;
      k.importance = f.importance;
      k.width = WEIR_WIDTH_MEDIUM;
      k.flags = f.flags;
      k.default_value = f.default_text ? bytes_of(*f.default_text) : kAbsent;
      k.optional = f.optional ? 1 : 0;
      k.order = ++order;
      k.documentation = bytes_of(f.doc);
      k.group = f.group.empty() ? kAbsent : bytes_of(f.group);
      k.display_name = bytes_of(f.display_name.empty() ? f.name : f.display_name);
      out.recommend(k, f.recommended);
      out.add(k);
      for (const std::string& other : f.aliases) {
        weir_config_key a = k;
        a.name = bytes_of(other);
        a.flags |= WEIR_KEY_ALIAS;
        a.default_value = bytes_of(f.name);
        out.add(a);
      }
    }
    return out;
  }

 private:
  struct Field {
    std::string name;
    std::string doc;
    std::string group;
    std::string display_name;
    std::uint32_t type{WEIR_CONFIG_STRING};
    std::uint32_t importance{WEIR_IMPORTANCE_MEDIUM};
    std::uint32_t flags{0};
    std::optional<std::string> default_text;
    bool optional{false};
    bool default_overridden{false};
    bool non_empty{false};
    bool closed{false};
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::vector<std::string> recommended;
    std::vector<std::string> aliases;
    std::function<std::optional<std::string>(C&, std::string_view)> set;
    std::function<void(C&, std::string_view, std::string_view)> set_prefixed;
    std::function<double(const C&)> number;
  };

  static const std::string* lookup(const ConfigMap& config, const Field& f) {
    if (auto it = config.find(f.name); it != config.end()) {
      return &it->second;
    }
    for (const std::string& other : f.aliases) {
      if (auto it = config.find(other); it != config.end()) {
        return &it->second;
      }
    }
    return nullptr;
  }
  static std::string number_text(double d) {
    return d == static_cast<double>(static_cast<std::int64_t>(d))
               ? std::to_string(static_cast<std::int64_t>(d))
               : std::to_string(d);
  }
  static bool contains(const std::vector<std::string>& words, std::string_view word) {
    for (const auto& w : words) {
      if (w == word) {
        return true;
      }
    }
    return false;
  }
  static std::string join(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& w : words) {
      out.append(out.empty() ? "" : ", ").append(w);
    }
    return out;
  }
  Field& last() { return fields_.back(); }

  std::deque<Field> fields_;
  std::vector<std::function<void(const C&, ConfigProblems&)>> checks_;
};

/// For components without options.
struct NoConfig {};

}  // namespace v1
}  // namespace weir
