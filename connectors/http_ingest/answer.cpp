#include "answer.hpp"

#include <boost/json/serialize.hpp>

namespace weir::connectors::http_ingest {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 207: return "Multi-Status";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

std::string quoted(std::string_view text) {
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u == '"' || u == '\\' || u == 0x7F) {
      return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
    }
  }
  std::string out;
  out.reserve(text.size() + 2);
  out.append("\"").append(text).append("\"");
  return out;
}

Answer error_answer(ErrorForm form, int status, std::string_view detail, int error_code) {
  Answer answer;
  answer.status = status;
  if (form == ErrorForm::rest_proxy) {
    answer.content_type = "application/json";
    answer.body = "{\"error_code\":" + std::to_string(error_code != 0 ? error_code : status) +
                  ",\"message\":" + quoted(detail) + "}";
    return answer;
  }
  answer.content_type = "application/problem+json";
  answer.body = "{\"type\":\"about:blank\",\"title\":" + quoted(reason_phrase(status)) +
                ",\"status\":" + std::to_string(status) + ",\"detail\":" + quoted(detail) + "}";
  return answer;
}

Answer schema_answer(ErrorForm form, const std::vector<json_schema::SchemaProblem>& problems,
                     std::string_view where) {
  if (form == ErrorForm::rest_proxy) {
    std::string text = "The payload does not follow the topic's schema:";
    for (const json_schema::SchemaProblem& p : problems) {
      text.append(text.back() == ':' ? " " : "; ")
          .append(where)
          .append(p.pointer)
          .append(" ")
          .append(p.message);
    }
    return error_answer(form, 422, text, 42205);
  }
  Answer answer = error_answer(form, 422, "The document does not follow its schema.");
  answer.body.pop_back();
  answer.body += ",\"errors\":[";
  bool first = true;
  for (const json_schema::SchemaProblem& p : problems) {
    answer.body += first ? "" : ",";
    first = false;
    answer.body += "{\"pointer\":" + quoted(p.pointer) + ",\"keyword\":" + quoted(p.keyword) +
                   ",\"detail\":" + quoted(p.message) + "}";
  }
  answer.body += "]}";
  return answer;
}

Answer busy_answer(ErrorForm form, std::string_view detail, int retry_after_s) {
  return error_answer(form, 503, detail, form == ErrorForm::rest_proxy ? 50003 : 0)
      .with("Retry-After", std::to_string(retry_after_s));
}

}  // namespace weir::connectors::http_ingest
