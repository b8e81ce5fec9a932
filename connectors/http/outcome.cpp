#include "outcome.hpp"

namespace weir::connectors::http {

std::string_view to_string(Class c) noexcept {
  switch (c) {
    case Class::ok: return "OK";
    case Class::duplicate: return "DUPLICATE";
    case Class::throttled: return "THROTTLED";
    case Class::retriable: return "RETRIABLE";
    case Class::ambiguous: return "AMBIGUOUS";
    case Class::auth: return "AUTH";
    case Class::bad_record: return "BAD_RECORD";
  }
  return "RETRIABLE";
}

namespace {

std::string_view word(Failure failure) noexcept {
  switch (failure) {
    case Failure::none: break;
    case Failure::dns: return "dns";
    case Failure::connect: return "connect";
    case Failure::tls: return "tls";
    case Failure::timeout: return "timeout";
    case Failure::reset: return "reset";
    case Failure::answer_too_long: return "answer_too_long";
    case Failure::other: break;
  }
  return "transport";
}

}  // namespace

Verdict classify(const StatusPolicy& policy, const Answer& answer) {
  if (answer.failure != Failure::none) {
    const bool unclear =
        answer.sent && (answer.failure == Failure::timeout || answer.failure == Failure::reset);
    return {unclear ? Class::ambiguous : Class::retriable, CallOutcome::failure,
            std::string(word(answer.failure))};
  }
  const int status = answer.status;
  std::string reason = "http_" + std::to_string(status);
  if (policy.success.contains(status)) {
    const bool before = status == 208 || status == 409 || (status >= 300 && status < 400);
    return {before ? Class::duplicate : Class::ok, CallOutcome::success, std::move(reason)};
  }
  if (status == 401 || status == 403 || status == 407) {
    return {Class::auth, CallOutcome::auth, std::move(reason)};
  }
  if (status == 429 || (status == 503 && answer.retry_after)) {
    return {Class::throttled, CallOutcome::ignored, std::move(reason)};
  }
  if (!policy.retry.contains(status) && policy.dlq.contains(status)) {
    return {Class::bad_record, CallOutcome::ignored, std::move(reason)};
  }
  return {Class::retriable, CallOutcome::failure, std::move(reason)};
}

}  // namespace weir::connectors::http
