#include "config.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace weir::connectors::http {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_word(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_header_name(std::string_view name) noexcept {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out(weir::detail::escaped_size(text, Escape::percent), '\0');
  weir::detail::write_escaped(text, Escape::percent, out.data());
  return out;
}

// Reads a config, noting each problem with its key.
class Maker {
 public:
  Maker(const Config& config, ConfigProblems& problems) : config_(config), problems_(problems) {
    out_.config = config;
  }

  Settings run() {
    read_url();
    read_auth();
    read_headers();
    out_.idempotency = parse("idempotency.key.template", config_.idempotency_template);
    out_.group = parse("batch.key.pattern", config_.batch_key_pattern);
    if (config_.body_format == BodyFormat::text_template) {
      require("request.body.template", config_.body_template.empty());
      out_.body = parse("request.body.template", config_.body_template);
    }
    out_.status.success = codes("success.on.status.codes", config_.success_codes);
    out_.status.retry = codes("retry.on.status.codes", config_.retry_codes);
    out_.status.dlq = codes("dlq.on.status.codes", config_.dlq_codes);
    out_.retry = {config_.backoff_policy, config_.backoff, config_.backoff_max, config_.max_retries,
                  config_.retry_total};
    if (!config_.idempotency_header.empty() && !is_header_name(config_.idempotency_header)) {
      problem("idempotency.header", config_.idempotency_header, "not a header name");
    }
    if (config_.keystore.empty() != config_.key_file.empty()) {
      problem(config_.keystore.empty() ? "https.ssl.keystore.location" : "https.ssl.key.location", "",
              "certificate and private key are given together");
    }
    return std::move(out_);
  }

 private:
  void problem(std::string key, std::string_view value, std::string_view why) {
    std::string text = weir::detail::invalid(value, key, why);
    problems_.push_back({std::move(key), std::move(text)});
  }
  void require(const std::string& key, bool missing) {
    if (missing) {
      problems_.push_back(
          {key, "Missing required configuration \"" + key + "\" which has no default value."});
    }
  }
  Template parse(const std::string& key, std::string_view text) {
    auto made = Template::parse(text);
    if (!made) {
      problem(key, text, made.error().message);
      return {};
    }
    return std::move(*made);
  }
  StatusCodes codes(const std::string& key, std::string_view text) {
    auto made = StatusCodes::parse(text);
    if (!made) {
      problem(key, text, made.error().message);
      return {};
    }
    return *made;
  }
  void fixed_header(const std::string& key, std::string_view name, std::string_view value) {
    if (!is_header_name(name) || !is_header_value(value)) {
      problem(key, "[hidden]", "cannot be sent as a header");
      return;
    }
    out_.fixed_headers.push_back(header_line(name, value));
  }

  void read_url() {
    const std::string& url = config_.url;
    out_.https = url.compare(0, 8, "https://") == 0;
    if (!out_.https && url.compare(0, 7, "http://") != 0) {
      problem("http.api.url", without_secrets(url), "must start with http:// or https://");
      return;
    }
    const std::size_t start = out_.https ? 8 : 7;
    const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
    std::string_view host = std::string_view(url).substr(start, end - start);
    if (const auto at = host.rfind('@'); at != std::string_view::npos) {
      host.remove_prefix(at + 1);
    }
    if (host.empty() || host.find_first_of("${} \t\r\n") != std::string_view::npos) {
      problem("http.api.url", without_secrets(url), "scheme, host and port must be given, without placeholders");
      return;
    }
    const auto colon = host.rfind(':');
    const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
    std::string text = url;
    if (config_.api_key_in == KeyPlace::query && uses("api_key")) {
      text.append(text.find('?') == std::string::npos ? "?" : "&")
          .append(percent_encoded(config_.api_key_name))
          .append("=")
          .append(percent_encoded(config_.api_key.text()));
    }
    out_.url = parse("http.api.url", text);
    out_.shown_url = without_secrets(url);
    out_.breaker = std::string(host) + (has_port ? "" : out_.https ? ":443" : ":80");
    if (config_.breaker_name && !config_.breaker_name->empty()) {
      out_.breaker = *config_.breaker_name;
    }
    if (out_.breaker.find('/') != std::string::npos) {
      problem("breaker.name", out_.breaker, "must not contain '/'");
    }
  }

  bool uses(std::string_view word) const {
    return std::any_of(config_.auth.begin(), config_.auth.end(),
                       [&](const std::string& item) { return same_word(item, word); });
  }

  void read_auth() {
    constexpr std::string_view kWords[] = {"none", "basic", "bearer", "api_key", "oauth2", "hmac"};
    for (const std::string& item : config_.auth) {
      if (std::none_of(std::begin(kWords), std::end(kWords),
                       [&](std::string_view word) { return same_word(word, item); })) {
        problem("auth.type", item, "String must be one of: none, basic, bearer, api_key, oauth2, hmac");
      }
    }
    if (static_cast<int>(uses("basic")) + static_cast<int>(uses("bearer")) + static_cast<int>(uses("oauth2")) > 1) {
      problem("auth.type", "", "basic, bearer and oauth2 use the same header: at most one of them");
    }
    if (uses("basic")) {
      require("connection.user", config_.user.empty());
      require("connection.password", config_.password.empty());
      out_.fixed_headers.push_back("Authorization: Basic " + base64(config_.user + ":" + config_.password.text()));
    }
    if (uses("bearer")) {
      require("auth.bearer.token", config_.bearer_token.empty());
      fixed_header("auth.bearer.token", "Authorization", "Bearer " + config_.bearer_token.text());
    }
    if (uses("api_key")) {
      require("auth.api.key.value", config_.api_key.empty());
      if (config_.api_key_in == KeyPlace::header) {
        fixed_header("auth.api.key.value", config_.api_key_name, config_.api_key.text());
      }
    }
    if (uses("oauth2")) {
      out_.oauth2 = true;
      require("oauth2.token.url", config_.token_url.empty());
      require("oauth2.client.id", config_.client_id.empty());
      require("oauth2.client.secret", config_.client_secret.empty());
    }
    if (uses("hmac")) {
      out_.hmac = true;
      require("hmac.secret", config_.hmac_secret.empty());
      if (!is_header_name(config_.hmac_header)) {
        problem("hmac.header", config_.hmac_header, "not a header name");
      }
      read_string_to_sign();
    }
  }

  void read_string_to_sign() {
    using What = SignPiece::What;
    constexpr std::pair<std::string_view, What> kNames[] = {{"${timestamp}", What::timestamp},
                                                            {"${body}", What::body},
                                                            {"${method}", What::method},
                                                            {"${path}", What::path}};
    std::string_view text = config_.string_to_sign;
    while (!text.empty()) {
      if (text.compare(0, 2, "${") != 0) {
        const auto size = std::min(text.find("${"), text.size());
        out_.sign.push_back({What::literal, std::string(text.substr(0, size))});
        text.remove_prefix(size);
        continue;
      }
      const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& name) {
        return text.compare(0, name.first.size(), name.first) == 0;
      });
      if (found == std::end(kNames)) {
        problem("hmac.string.to.sign", config_.string_to_sign,
                "knows ${timestamp}, ${body}, ${method} and ${path} only");
        return;
      }
      out_.sign.push_back({found->second, {}});
      text.remove_prefix(found->first.size());
    }
  }

  void read_headers() {
    bool has_type = false;
    std::string_view rest = config_.headers;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(config_.header_separator), rest.size());
      const std::string_view entry = weir::detail::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + config_.header_separator.size(), rest.size()));
      if (entry.empty()) {
        continue;
      }
      const auto colon = entry.find(':');
      const std::string_view name = weir::detail::trim(entry.substr(0, colon));
      const std::string_view value =
          colon == std::string_view::npos ? std::string_view{} : weir::detail::trim(entry.substr(colon + 1));
      if (colon == std::string_view::npos || !is_header_name(name) || !is_header_value(value)) {
        problem("headers", "[" + std::string(name) + "]", "expected \"Name: value\", without line breaks");
        continue;
      }
      has_type = has_type || same_word(name, "Content-Type");
      Template parsed = parse("headers", value);
      if (parsed.constant()) {
        out_.fixed_headers.push_back(header_line(name, value));
      } else {
        out_.header_templates.push_back({std::string(name), std::move(parsed)});
      }
    }
    if (!has_type) {
      const bool json = config_.body_format == BodyFormat::json || config_.body_format == BodyFormat::text_template;
      out_.fixed_headers.push_back(json ? "Content-Type: application/json"
                                   : config_.body_format == BodyFormat::string
                                       ? "Content-Type: text/plain; charset=utf-8"
                                       : "Content-Type: application/octet-stream");
    }
    // libcurl would wait a second for "100 Continue" before a large body.
    out_.fixed_headers.emplace_back("Expect:");
  }

  const Config& config_;
  ConfigProblems& problems_;
  Settings out_;
};

}  // namespace

Settings Settings::make(const Config& config, ConfigProblems& problems) {
  return Maker(config, problems).run();
}

std::string header_line(std::string_view name, std::string_view value) {
  std::string line(name);
  return value.empty() ? line.append(";") : line.append(": ").append(value);
}

bool is_header_value(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool glob_matches(std::string_view pattern, std::string_view name) noexcept {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(name[n]))) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

std::string without_secrets(std::string_view url) {
  std::string out(url.substr(0, url.find_first_of("?#")));
  const auto scheme = out.find("://");
  if (scheme != std::string::npos) {
    const auto end = std::min(out.find('/', scheme + 3), out.size());
    const auto at = out.rfind('@', end);
    if (at != std::string::npos && at > scheme && at < end) {
      out.erase(scheme + 3, at + 1 - (scheme + 3));
    }
  }
  return out;
}

}  // namespace weir::connectors::http
