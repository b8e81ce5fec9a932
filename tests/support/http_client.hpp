// A blocking HTTP client over libcurl; one connection is kept.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

typedef void CURL;

namespace weir::test {

struct HttpResponse {
  long status{0};                              ///< 0: no answer, `error` says why
  std::map<std::string, std::string> headers;  ///< names in lower case; the last of equal names
  std::string body;
  std::string error;

  std::string header(const std::string& lower_case_name) const {
    auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// One thread at a time. No call throws for what the server does or does not do.
class HttpClient {
 public:
  /// `base` is put before every path that does not begin with "http".
  explicit HttpClient(std::string base = {},
                      std::chrono::milliseconds timeout = std::chrono::seconds(30));
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// `headers` are whole lines ("Name: value"). A body without a Content-Type is sent as
  /// application/json.
  HttpResponse request(const std::string& method, const std::string& url,
                       const std::string& body = {}, const std::vector<std::string>& headers = {});
  HttpResponse get(const std::string& url, const std::vector<std::string>& headers = {}) {
    return request("GET", url, {}, headers);
  }
  HttpResponse post(const std::string& url, const std::string& body,
                    const std::vector<std::string>& headers = {}) {
    return request("POST", url, body, headers);
  }
  HttpResponse put(const std::string& url, const std::string& body,
                   const std::vector<std::string>& headers = {}) {
    return request("PUT", url, body, headers);
  }
  HttpResponse del(const std::string& url, const std::vector<std::string>& headers = {}) {
    return request("DELETE", url, {}, headers);
  }

 private:
  std::string base_;
  long timeout_ms_;
  CURL* curl_;
};

}  // namespace weir::test
