#include "runtime/http/settings.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>
#include <string_view>

namespace weir::runtime::http {
namespace {

using weir::detail::split_list;
using weir::detail::trim;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string_view value_of(const ConfigMap& config, std::string_view key) {
  const auto it = config.find(key);
  return it == config.end() ? std::string_view() : trim(it->second);
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? std::optional(port)
             : std::nullopt;
}

bool is_loopback(const std::string& host) {
  if (lower(host) == "localhost") {
    return true;
  }
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  return !ec && address.is_loopback();
}

Result<Listener> parse_listener(std::string_view key, const std::string& text) {
  const auto invalid = [&](std::string_view why) {
    return bad_config(weir::detail::invalid(text, key, why));
  };
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string::npos) {
    return invalid("a listener is http://HOST:PORT");
  }
  const std::string scheme = lower(text.substr(0, scheme_end));
  if (scheme == "https") {
    return invalid(
        "https listeners are not available in this version; use http on the loopback address "
        "behind a TLS proxy");
  }
  if (scheme != "http") {
    return invalid("the protocol must be http");
  }
  std::string_view rest = std::string_view(text).substr(scheme_end + 3);
  if (!rest.empty() && rest.back() == '/') {
    rest.remove_suffix(1);
  }
  Listener out;
  const auto colon = rest.rfind(':');
  const auto bracket = rest.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) {
    return invalid("the port is missing");
  }
  const auto port = port_of(rest.substr(colon + 1));
  if (!port) {
    return invalid("the port must be a number from 0 to 65535");
  }
  std::string_view host = rest.substr(0, colon);
  if (!host.empty() && host.front() == '[') {
    if (host.back() != ']') {
      return invalid("an IPv6 address stands in [ ]");
    }
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return invalid("an IPv6 address stands in [ ]");
  }
  out.host = host;
  out.port = *port;
  return out;
}

/// csv of "[set|add|setDate|addDate] Name: Value"; a value with commas stands in double quotes with
/// the whole entry.
Result<void> parse_headers(std::string_view text, Settings& out) {
  std::vector<std::string> entries;
  std::string entry;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      entries.push_back(std::move(entry));
      entry.clear();
    } else {
      entry += c;
    }
  }
  entries.push_back(std::move(entry));
  for (const std::string& raw : entries) {
    const std::string_view line = trim(raw);
    if (line.empty()) {
      continue;
    }
    const auto space = line.find(' ');
    const auto colon = line.find(':');
    const std::string action = lower(line.substr(0, space));
    if (space == std::string_view::npos || colon == std::string_view::npos || colon < space ||
        (action != "set" && action != "add" && action != "setdate" && action != "adddate")) {
      return bad_config(
          weir::detail::invalid(raw, "response.http.headers.config",
                                "each entry is [set|add|setDate|addDate] Name: Value"));
    }
    const std::string name(trim(line.substr(space, colon - space)));
    const std::string value(trim(line.substr(colon + 1)));
    const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    if (name.empty() || name.find(' ') != std::string::npos ||
        std::any_of(name.begin(), name.end(), bad) ||
        std::any_of(value.begin(), value.end(), bad)) {
      return bad_config(
          weir::detail::invalid(raw, "response.http.headers.config", "no valid header"));
    }
    if (action.rfind("set", 0) == 0) {
      out.headers.erase(
          std::remove_if(out.headers.begin(), out.headers.end(),
                         [&](const auto& h) { return lower(h.first) == lower(name); }),
          out.headers.end());
    }
    out.headers.emplace_back(name, value);
  }
  return {};
}

Result<void> add_listeners(std::string_view key, std::string_view text, const Api::Scope& scope,
                           bool insecure, Settings& out) {
  for (const std::string& word : split_list(text)) {
    auto listener = parse_listener(key, word);
    if (!listener) {
      return listener.error();
    }
    if (!is_loopback(listener->host)) {
      if (!insecure) {
        return bad_config(
            std::string(key) + "=" + word +
            " can be reached from other machines, and this version has neither TLS nor "
            "authentication for it: listen on 127.0.0.1, or start with --insecure-rest "
            "to serve everyone who can reach it");
      }
      out.warnings.push_back(
          "the REST API on " + word +
          " is open to everyone who can reach it (--insecure-rest): no TLS, no authentication");
    }
    listener->scope = scope;
    out.listeners.push_back(std::move(*listener));
  }
  return {};
}

}  // namespace

Result<Settings> settings_of(const ConfigMap& worker_config, bool insecure) {
  Settings out;
  const auto admin = worker_config.find("admin.listeners");
  const bool own_admin = admin != worker_config.end();
  std::string_view listeners = value_of(worker_config, "listeners");
  if (listeners.empty()) {
    listeners = "http://127.0.0.1:8083";
  }
  if (auto added = add_listeners("listeners", listeners, {true, !own_admin}, insecure, out);
      !added) {
    return added.error();
  }
  if (own_admin) {
    if (auto added = add_listeners("admin.listeners", admin->second, {false, true}, insecure, out);
        !added) {
      return added.error();
    }
  }
  out.allow_origin = value_of(worker_config, "access.control.allow.origin");
  out.allow_methods = value_of(worker_config, "access.control.allow.methods");
  if (auto parsed = parse_headers(value_of(worker_config, "response.http.headers.config"), out);
      !parsed) {
    return parsed.error();
  }
  out.advertised_host = value_of(worker_config, "rest.advertised.host.name");
  if (const auto text = value_of(worker_config, "rest.advertised.port"); !text.empty()) {
    const auto port = port_of(text);
    if (!port) {
      return bad_config(
          weir::detail::invalid(text, "rest.advertised.port", "Not a number of type INT"));
    }
    out.advertised_port = *port;
  }
  return out;
}

}  // namespace weir::runtime::http
