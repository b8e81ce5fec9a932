// What an attempt's end means. Pure: an answer in, a class out.
#pragma once

#include "status_codes.hpp"

#include <weir/task.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::connectors::http {

/// Finer than Errc: ok and duplicate are Errc::ok; throttled, retriable, ambiguous and auth are kept and sent again;
/// bad_record is Errc::bad_record.
enum class Class : std::uint8_t { ok, duplicate, throttled, retriable, ambiguous, auth, bad_record };

std::string_view to_string(Class c) noexcept;

/// How the transport failed, when there is no complete answer.
enum class Failure : std::uint8_t { none, dns, connect, tls, timeout, reset, answer_too_long, other };

struct Answer {
  Failure failure{Failure::none};
  bool sent{false};         ///< the whole request had gone out: the partner may have acted on it
  int status{0};            ///< Failure::none
  bool retry_after{false};  ///< there is a Retry-After that can be read, and it is to be respected
};

struct Verdict {
  Class kind{Class::retriable};
  CallOutcome call{CallOutcome::failure};  ///< what the breaker is told
  std::string reason;                      ///< short word: "http_503", "timeout"
};

struct StatusPolicy {
  StatusCodes success;
  StatusCodes retry;
  StatusCodes dlq;
};

Verdict classify(const StatusPolicy& policy, const Answer& answer);

}  // namespace weir::connectors::http
