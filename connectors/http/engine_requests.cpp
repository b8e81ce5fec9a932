// Engine: from a shipment to a request, and from its end to the records' outcome.
#include "engine.hpp"
#include "request_builder.hpp"
#include "token_fetch.hpp"

#include <algorithm>
#include <chrono>

namespace weir::connectors::http {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

void Engine::pump(Clock::time_point now) {
  while (in_flight_ < limit_.value() && now >= denied_until_ && now >= parked_until_) {
    if (!(held_ ? schedule_.ready_for_probe(now) : schedule_.ready(now))) {
      return;
    }
    const Breaker::Grant grant = breaker_.acquire();
    if (grant.permit == Permit::denied) {
      hold(now);
      denied_until_ = now + std::max(grant.wait, milliseconds(1));
      return;
    }
    const bool probe = grant.permit == Permit::probe;
    if (probe) {
      hold(now);
    } else {
      release_hold(now);
    }
    Shipment* shipment = schedule_.take(now, probe);
    if (shipment == nullptr) {
      breaker_.report(grant, CallOutcome::ignored, "nothing_to_send");
      return;
    }
    start(shipment, grant, now);
  }
}

void Engine::start(Shipment* shipment, const Breaker::Grant& grant, Clock::time_point now) {
  shipment->grant = grant;
  ++in_flight_;
  meters_dirty_ = true;
  limit_.started(in_flight_);
  if (!tokens_) {
    submit(shipment, nullptr, 0, now);
    return;
  }
  TokenSource::Answer answer = tokens_->ask(now);
  if (answer.fetch) {
    start_fetch(now);
  }
  if (answer.header) {
    submit(shipment, std::move(answer.header), answer.generation, now);
  } else {
    shipment->token_failures = answer.failures;
    awaiting_.push_back(shipment);
  }
}

void Engine::submit(Shipment* shipment, std::shared_ptr<const std::string> token,
                    std::uint64_t generation, Clock::time_point now) {
  if (idle_.empty()) {
    transfers_.push_back(std::make_unique<Transfer>(settings_, fixed_));
    idle_.push_back(transfers_.back().get());
  }
  Transfer* transfer = idle_.back();
  idle_.pop_back();
  active_.push_back(transfer);
  transfer->shipment = shipment;
  transfer->started = now;
  transfer->token = std::move(token);
  transfer->token_generation = generation;
  transfer->text.clear();

  const Range& range = shipment->current();
  const Delivery& first = *shipment->records[range.begin];
  const Config& config = settings_.config;
  Transfer::Request request;
  request.url = first.url;
  request.remove = first.remove;
  request.more = first.headers;
  request.more_count = first.header_count;
  if (range.size() == 1 && (!config.batch_as_array || first.remove)) {
    request.body = first.body;
  } else {
    join_bodies(config, &shipment->records[range.begin], range.size(), transfer->body);
    request.body = transfer->body;
  }
  std::string key_line;
  if (range.size() == 1) {
    if (first.key_line != nullptr) {
      request.add(first.key_line);
    }
  } else if (first.key_line != nullptr) {
    key_line = header_line(config.idempotency_header, batch_key(&shipment->records[range.begin], range.size()));
  }
  if (transfer->token) {
    request.add(transfer->token->c_str());
  }
  // Lines made here live in transfer->text; its capacity is settled before pointers into it are taken.
  std::string_view stamp;
  std::string_view signature;
  std::string seconds;
  if (signer_) {
    seconds = std::to_string(
        duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
    stamp = seconds;
    signature = signer_->sign(
        settings_.sign, {stamp, request.body, first.remove ? std::string_view("DELETE") : config.method,
                         path_of(first.url != nullptr ? std::string_view(first.url) : settings_.url.text())});
  }
  constexpr std::string_view kStamp = "X-Timestamp: ";
  transfer->text.reserve(key_line.size() + kStamp.size() + stamp.size() + config.hmac_header.size() +
                         signature.size() + 8);
  auto add_line = [&](auto... parts) {
    const std::size_t at = transfer->text.size();
    (transfer->text.append(parts), ...);
    transfer->text.push_back('\0');
    request.add(transfer->text.data() + at);
  };
  if (!key_line.empty()) {
    add_line(std::string_view(key_line));
  }
  if (signer_) {
    add_line(kStamp, stamp);
    add_line(std::string_view(config.hmac_header), std::string_view(": "), signature);
  }
  transfer->prepare(request);
  if (const CURLMcode code = curl_multi_add_handle(multi_.get(), transfer->easy()); code != CURLM_OK) {
    throw std::runtime_error(std::string("curl_multi_add_handle: ") + curl_multi_strerror(code));
  }
}

bool Engine::perform() {
  int running = 0;
  if (const CURLMcode code = curl_multi_perform(multi_.get(), &running); code != CURLM_OK) {
    throw std::runtime_error(std::string("curl_multi_perform: ") + curl_multi_strerror(code));
  }
  bool any = false;
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    any = true;
    const CURLcode code = message->data.result;
    if (fetch_ && message->easy_handle == fetch_->easy.get()) {
      finish_fetch(code, Clock::now());
      continue;
    }
    char* self = nullptr;
    (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    finish(reinterpret_cast<Transfer*>(self), code);
  }
  return any;
}

// The transfer is idle afterwards, its answer is kept until it is used again.
Shipment* Engine::take_off(Transfer* transfer) {
  (void)curl_multi_remove_handle(multi_.get(), transfer->easy());
  const auto it = std::find(active_.begin(), active_.end(), transfer);
  *it = active_.back();
  active_.pop_back();
  idle_.push_back(transfer);
  --in_flight_;
  meters_dirty_ = true;
  return std::exchange(transfer->shipment, nullptr);
}

void Engine::finish(Transfer* transfer, CURLcode code) {
  const auto now = Clock::now();
  Ending ending = transfer->finish(code);
  ending.seconds = std::chrono::duration<double>(now - transfer->started).count();
  const std::uint64_t generation = transfer->token_generation;
  Shipment* shipment = take_off(transfer);
  if (ending.answer.failure == Failure::none) {
    ++counted_[std::min<std::size_t>(5, static_cast<std::size_t>(ending.answer.status) / 100)];
    meters_.seconds.record(ending.seconds);
    if (ending.http2 && !http2_) {
      http2_ = true;
      limit_.set_max(static_cast<std::size_t>(settings_.config.concurrency_max));
    }
  } else {
    ++counted_[0];
  }
  ending.answer.retry_after = settings_.config.respect_retry_after && !ending.retry_after.empty() &&
                              parse_retry_after(ending.retry_after, std::chrono::system_clock::now());
  Verdict verdict = classify(settings_.status, ending.answer);
  if (ending.answer.status == 401 && verdict.kind == Class::auth && tokens_ &&
      !shipment->current().token_renewed) {
    // The token may have ended early: once with a new one, before anybody is told.
    tokens_->refused(generation);
    shipment->current().token_renewed = true;
    breaker_.report(shipment->grant, CallOutcome::ignored, "token_renewed");
    denied_until_ = {};
    schedule_.put_first(shipment);
    return;
  }
  conclude(shipment, ending, verdict, now);
}

void Engine::conclude(Shipment* shipment, const Ending& ending, const Verdict& verdict, Clock::time_point now) {
  const bool delivered_now = verdict.kind == Class::ok || verdict.kind == Class::duplicate;
  if (shipment->grant.permit == Permit::probe) {
    denied_until_ = {};  // what comes next is the breaker's to say
  }
  if (delivered_now) {
    limit_.succeeded(now, ending.seconds);
    breaker_.report(shipment->grant, verdict.call, {});
    if (verdict.kind == Class::duplicate) {
      duplicates_ += static_cast<std::uint32_t>(shipment->current().size());
    }
    delivered(shipment);
    return;
  }
  std::string why = describe(*shipment);
  if (ending.answer.failure == Failure::none) {
    why.append(": ").append(std::to_string(ending.answer.status));
    if (!ending.body.empty()) {
      why.append(": ").append(excerpt(ending.body));
    }
  } else {
    why.append(": ").append(verdict.reason).append(": ").append(ending.error);
    if (verdict.kind == Class::ambiguous) {
      why.append(" (after the request had been sent: it may have been accepted)");
    }
  }
  switch (verdict.kind) {
    case Class::ok:
    case Class::duplicate: break;
    case Class::throttled:
      limit_.pushed_back(now);
      breaker_.report(shipment->grant, verdict.call, verdict.reason);
      throttled(shipment, ending, now);
      break;
    case Class::retriable:
    case Class::ambiguous:
      limit_.pushed_back(now);
      breaker_.report(shipment->grant, verdict.call, verdict.reason);
      complain(why, now);
      failed(shipment, why, true, now);
      break;
    case Class::auth:
      breaker_.report(shipment->grant, verdict.call, verdict.reason);
      complain(why, now);
      hold(now);
      shipment->current().token_renewed = false;
      failed(shipment, why, false, now);
      break;
    case Class::bad_record: bad(shipment, verdict, why, now); break;
  }
}

void Engine::delivered(Shipment* shipment) {
  (void)storm(false, shipment->current().size());
  complete_range(shipment, Errc::ok, {});
}

void Engine::complete_range(Shipment* shipment, Errc code, std::string_view message) {
  const Range range = shipment->current();
  shipment->todo.pop_back();
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const Delivery* delivery = shipment->records[i];
    task_.settle(delivery->batch, delivery->index, code, message);
  }
  if (shipment->todo.empty()) {
    schedule_.release(shipment);
  } else {
    schedule_.put_first(shipment);
  }
}

void Engine::throttled(Shipment* shipment, const Ending& ending, Clock::time_point now) {
  Range& range = shipment->current();
  std::optional<milliseconds> asked;
  if (ending.answer.retry_after) {
    asked = parse_retry_after(ending.retry_after, std::chrono::system_clock::now());
  }
  const milliseconds pause = std::min(asked.value_or(milliseconds(0)), settings_.config.retry_after_max);
  // "Now", or a date that has passed on this clock, is no reason to ask again without a pause.
  if (pause > milliseconds(0)) {
    const auto until = now + pause;
    parked_until_ = std::max(parked_until_, until);
    schedule_.park(shipment, until, true);
    return;
  }
  schedule_.park(shipment, now + backoff(settings_.retry, range.throttled++, dice()), true);
}

// Kept for another try. counts: the attempt was this record's own failure, as far as one can tell.
void Engine::failed(Shipment* shipment, const std::string& why, bool counts, Clock::time_point now) {
  Range& range = shipment->current();
  if (shipment->grant.permit == Permit::probe) {
    schedule_.put_back(shipment);  // the breaker says when
    return;
  }
  if (!counts) {
    schedule_.park(shipment, now + backoff(settings_.retry, range.throttled++, dice()), false);
    return;
  }
  if (range.attempts == 0) {
    range.first_failure = now;
    range.held_before = held(now);
  }
  ++range.attempts;
  const auto elapsed =
      duration_cast<milliseconds>(now - range.first_failure) - (held(now) - range.held_before);
  if (!spent(settings_.retry, range.attempts, elapsed)) {
    schedule_.park(
        shipment,
        now + backoff(settings_.retry, static_cast<std::uint32_t>(range.attempts - 1), dice()), false);
    return;
  }
  // Spent, if the breaker is still CLOSED: the endpoint works for others.
  const Breaker::Grant grant = breaker_.acquire();
  if (grant.permit != Permit::denied) {
    breaker_.report(grant, CallOutcome::ignored, "state");
  }
  if (grant.permit != Permit::closed) {
    hold(now);
    if (grant.permit == Permit::denied) {
      denied_until_ = now + std::max(grant.wait, milliseconds(1));
    }
    schedule_.put_back(shipment);
    return;
  }
  if (range.size() > 1) {
    Schedule::split(shipment);
    schedule_.put_first(shipment);
    return;
  }
  complete_range(shipment, Errc::bad_record,
                 "retries_exhausted: " + std::to_string(range.attempts) + " attempts, the last: " + why);
}

void Engine::bad(Shipment* shipment, const Verdict& verdict, const std::string& why, Clock::time_point now) {
  const bool whole = shipment->current().size() > 1;
  if (!whole && storm(true, 1)) {
    breaker_.report(shipment->grant, CallOutcome::auth, "dlq_storm");
    hold(now);
    complain("dlq_storm: too many records in a row were refused, the last: " + why, now);
    failed(shipment, why, false, now);
    return;
  }
  breaker_.report(shipment->grant, verdict.call, verdict.reason);
  if (whole) {
    Schedule::split(shipment);
    schedule_.put_first(shipment);
    return;
  }
  complete_range(shipment, Errc::bad_record, why);
}

// Whether refused records are to be kept from now on: it is the endpoint, not the records.
bool Engine::storm(bool bad_record, std::size_t count) {
  const Config& config = settings_.config;
  const auto size = static_cast<std::size_t>(config.storm_window);
  if (config.storm_threshold <= 0) {
    return false;
  }
  if (storming_) {
    return bad_record;
  }
  for (std::size_t i = 0; i < std::min(count, size); ++i) {
    storm_window_.push_back(bad_record);
    storm_bad_ += bad_record ? 1 : 0;
    if (storm_window_.size() > size) {
      storm_bad_ -= storm_window_.front() ? 1 : 0;
      storm_window_.pop_front();
    }
  }
  storming_ = bad_record && storm_window_.size() == size &&
              100.0 * static_cast<double>(storm_bad_) >= config.storm_threshold * static_cast<double>(size);
  return storming_;
}

}  // namespace weir::connectors::http
