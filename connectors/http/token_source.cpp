#include "token_source.hpp"

#include <weir/json.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace weir::connectors::http {

using std::chrono::milliseconds;

std::shared_ptr<TokenSource> TokenSource::shared(const Config& config) {
  static auto* mutex = new std::mutex();  // guards sources; both live for ever
  static auto* sources = new std::map<std::string, std::weak_ptr<TokenSource>>();
  std::string name;
  for (const std::string* part : {&config.token_url, &config.client_id, &config.client_secret.text(),
                                  &config.scope, &config.audience, &config.token_property}) {
    name.append(*part).push_back('\0');
  }
  const std::lock_guard lock(*mutex);
  auto& slot = (*sources)[name];
  auto source = slot.lock();
  if (!source) {
    source = std::make_shared<TokenSource>(config.refresh_skew);
    slot = source;
  }
  return source;
}

TokenSource::Answer TokenSource::ask(Clock::time_point now, bool may_fetch) {
  const std::lock_guard lock(mutex_);
  Answer out;
  out.generation = generation_;
  out.failures = failures_;
  if (header_ && ends_ && now >= end_) {
    header_.reset();
  }
  out.header = header_;
  if (may_fetch && !fetching_ && (!header_ || (ends_ && now >= renew_))) {
    fetching_ = true;
    out.fetch = true;
  }
  return out;
}

void TokenSource::refused(std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (generation == generation_) {
    header_.reset();
  }
}

void TokenSource::fetched(std::string_view token, milliseconds lifetime, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  ++generation_;
  header_ = std::make_shared<const std::string>("Authorization: Bearer " + std::string(token));
  ends_ = lifetime.count() > 0;
  end_ = now + lifetime;
  renew_ = end_ - std::min(skew_, lifetime / 2);
  notify();
}

void TokenSource::failed(Fault fault, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  fetching_ = false;
  ++failures_;
  fault_ = std::move(fault);
  // The old token serves until its end; the next try to renew it is not at once.
  renew_ = now + std::chrono::seconds(1);
  notify();
}

TokenSource::Fault TokenSource::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void TokenSource::subscribe(const void* who, std::function<void()> on_change) {
  const std::lock_guard lock(mutex_);
  subscribers_.emplace_back(who, std::move(on_change));
}

void TokenSource::unsubscribe(const void* who) {
  const std::lock_guard lock(mutex_);
  std::erase_if(subscribers_, [&](const auto& s) { return s.first == who; });
}

void TokenSource::notify() {
  for (const auto& [who, call] : subscribers_) {
    call();
  }
}

TokenRequest token_request(const Config& config) {
  auto encoded = [](std::string_view text) {
    std::string out(weir::detail::escaped_size(text, Escape::percent), '\0');
    weir::detail::write_escaped(text, Escape::percent, out.data());
    return out;
  };
  TokenRequest out;
  out.form = "grant_type=client_credentials";
  if (!config.scope.empty()) {
    out.form += "&scope=" + encoded(config.scope);
  }
  if (!config.audience.empty()) {
    out.form += "&audience=" + encoded(config.audience);
  }
  const std::string id = encoded(config.client_id);
  const std::string secret = encoded(config.client_secret.text());
  if (config.token_auth == TokenAuth::body) {
    out.form += "&client_id=" + id + "&client_secret=" + secret;
    return out;
  }
  const std::string pair = id + ":" + secret;  // RFC 6749 2.3.1: encoded, then base64
  std::string text(4 * ((pair.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(pair.data()),
                                   static_cast<int>(pair.size()));
  text.resize(static_cast<std::size_t>(size));
  out.authorization = "Authorization: Basic " + text;
  return out;
}

Result<TokenReply> parse_token_reply(std::string_view body, std::string_view property) {
  OwnedArena arena(4096);
  auto root = json::read(body, arena.view());
  if (!root || !root->is_object()) {
    return retriable("the token endpoint's answer is not a JSON object");
  }
  const Value* token = root->find(property);
  if (token == nullptr || !token->is_string() || token->text().empty() || !is_header_value(token->text())) {
    return retriable("the token endpoint's answer has no \"" + std::string(property) + "\"");
  }
  TokenReply out;
  out.token = std::string(token->text());
  if (const Value* life = root->find("expires_in"); life != nullptr) {
    std::int64_t seconds = 0;
    if (life->is_integer()) {
      seconds = life->as_integer();
    } else if (life->is_string()) {
      (void)std::from_chars(life->text().data(), life->text().data() + life->count, seconds);
    } else if (life->is_real()) {
      seconds = static_cast<std::int64_t>(life->as_real());
    }
    out.lifetime = milliseconds(1000 * std::clamp<std::int64_t>(seconds, 0, 365L * 24 * 3600));
  }
  return out;
}

}  // namespace weir::connectors::http
