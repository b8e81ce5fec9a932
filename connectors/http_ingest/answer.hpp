// What goes back to a caller.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/json_schema/validator.hpp>


namespace weir::connectors::http_ingest {

struct Answer {
  int status{200};
  std::string content_type{"application/json"};
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool close{false};  ///< the connection cannot be used again

  Answer& with(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Answer&& with(std::string name, std::string value) && {
    headers.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }
};

/// How a path's errors look: RFC 9457 on business routes, {"error_code","message"} on the produce
/// APIs.
enum class ErrorForm { problem, rest_proxy };

/// error_code 0: the status itself (rest_proxy).
Answer error_answer(ErrorForm form, int status, std::string_view detail, int error_code = 0);
/// 422 with the places and reasons.
Answer schema_answer(ErrorForm form, const std::vector<json_schema::SchemaProblem>& problems,
                     std::string_view where = {});
/// 503 with Retry-After.
Answer busy_answer(ErrorForm form, std::string_view detail, int retry_after_s = 1);

std::string_view reason_phrase(int status);
/// "..." with quotes and escapes.
std::string quoted(std::string_view text);

}  // namespace weir::connectors::http_ingest
