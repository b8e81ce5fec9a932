#include "token_fetch.hpp"

#include "request_builder.hpp"

#include <algorithm>
#include <new>

namespace weir::connectors::http {
namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;

std::vector<std::string> header_lines(const TokenRequest& request) {
  std::vector<std::string> lines{"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"};
  if (!request.authorization.empty()) {
    lines.push_back(request.authorization);
  }
  return lines;
}

}  // namespace

Engine::Fetch::Fetch(const Config& config)
    : request(token_request(config)), headers(header_lines(request)), easy(curl_easy_init()) {
  if (!easy) {
    throw std::bad_alloc();
  }
  auto set = [this](CURLoption option, auto value) { (void)curl_easy_setopt(easy.get(), option, value); };
  set_common(easy.get(), config);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_URL, config.token_url.c_str());
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, request.form.c_str());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.form.size()));
  set(CURLOPT_HTTPHEADER, headers.list());
  set(CURLOPT_ERRORBUFFER, error.data());
  set(CURLOPT_WRITEFUNCTION, &Fetch::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
}

std::size_t Engine::Fetch::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto* fetch = static_cast<Fetch*>(self);
  const std::size_t bytes = size * count;
  if (fetch->answer.size() + bytes > kMaxAnswer) {
    return 0;
  }
  try {
    fetch->answer.append(data, bytes);
  } catch (...) {
    return 0;
  }
  return bytes;
}

void Engine::start_fetch(Clock::time_point now) {
  fetch_->answer.clear();
  fetch_->error[0] = '\0';
  if (const CURLMcode code = curl_multi_add_handle(multi_.get(), fetch_->easy.get()); code != CURLM_OK) {
    tokens_->failed({false, false, "token", curl_multi_strerror(code)}, now);
    return;
  }
  fetch_->active = true;
}

void Engine::finish_fetch(CURLcode code, Clock::time_point now) {
  (void)curl_multi_remove_handle(multi_.get(), fetch_->easy.get());
  fetch_->active = false;
  const std::string url = without_secrets(settings_.config.token_url);
  TokenSource::Fault fault;
  if (code != CURLE_OK) {
    fault.reason = code == CURLE_OPERATION_TIMEDOUT ? "token_timeout" : "token_connect";
    fault.text = "no token from " + url + ": " +
                 (fetch_->error[0] != '\0' ? fetch_->error.data() : curl_easy_strerror(code));
  } else {
    long status = 0;
    (void)curl_easy_getinfo(fetch_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
      const auto reply = parse_token_reply(fetch_->answer, settings_.config.token_property);
      if (reply) {
        tokens_->fetched(reply->token, reply->lifetime, now);
        return;
      }
      fault.reason = "token_answer";
      fault.text = url + ": " + reply.error().message;
    } else {
      fault.refused = status == 400 || status == 401 || status == 403;
      fault.reason = "token_http_" + std::to_string(status);
      fault.text = url + " answered " + std::to_string(status) + " to the request for a token: " +
                   excerpt(fetch_->answer);
    }
  }
  complain(fault.text, now);
  tokens_->failed(std::move(fault), now);
}

void Engine::cancel_fetch(Clock::time_point now) {
  if (fetch_ && fetch_->active) {
    (void)curl_multi_remove_handle(multi_.get(), fetch_->easy.get());
    fetch_->active = false;
    tokens_->failed({false, true, "token_cancelled", "the task that asked for the token stops"}, now);
  }
}

void Engine::serve_awaiting(Clock::time_point now) {
  std::vector<Shipment*> left;
  for (Shipment* shipment : std::exchange(awaiting_, {})) {
    TokenSource::Answer answer = tokens_->ask(now, false);
    if (answer.header) {
      submit(shipment, std::move(answer.header), answer.generation, now);
      continue;
    }
    if (answer.failures == shipment->token_failures) {
      // A token may have come and gone again, refused or ended, before it was looked at here: then nobody fetches.
      if (tokens_->ask(now).fetch) {
        start_fetch(now);
      }
      left.push_back(shipment);
      continue;
    }
    --in_flight_;
    denied_until_ = {};
    const TokenSource::Fault fault = tokens_->fault();
    if (fault.refused) {
      breaker_.report(shipment->grant, CallOutcome::auth, fault.reason);
      hold(now);
      failed(shipment, fault.text, false, now);
    } else if (fault.cancelled) {
      breaker_.report(shipment->grant, CallOutcome::ignored, fault.reason);
      schedule_.put_back(shipment);
    } else {
      breaker_.report(shipment->grant, CallOutcome::failure, fault.reason);
      failed(shipment, fault.text, false, now);
    }
  }
  awaiting_.insert(awaiting_.end(), left.begin(), left.end());
}

}  // namespace weir::connectors::http
