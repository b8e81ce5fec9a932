#include "support/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>

namespace weir::test {
namespace {

std::size_t add_body(char* data, std::size_t size, std::size_t count, void* user) {
  static_cast<std::string*>(user)->append(data, size * count);
  return size * count;
}

std::string_view trim(std::string_view text) {
  const char* blank = " \t\r\n";
  std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::size_t add_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& headers = *static_cast<std::map<std::string, std::string>*>(user);
  std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    headers.clear();  // what came before belongs to a 100 Continue
  }
  if (std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    std::string name(trim(line.substr(0, colon)));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    headers[name] = std::string(trim(line.substr(colon + 1)));
  }
  return size * count;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

}  // namespace

HttpClient::HttpClient(std::string base, std::chrono::milliseconds timeout)
    : base_(std::move(base)), timeout_ms_(static_cast<long>(timeout.count())) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  curl_ = curl_easy_init();
  if (!curl_) {
    throw std::runtime_error("curl_easy_init failed");
  }
}

HttpClient::~HttpClient() { curl_easy_cleanup(curl_); }

HttpResponse HttpClient::request(const std::string& method, const std::string& url,
                                 const std::string& body, const std::vector<std::string>& headers) {
  HttpResponse response;
  std::array<char, CURL_ERROR_SIZE> message{};
  curl_easy_reset(curl_);  // keeps the connection
  const std::string full = url.starts_with("http") ? url : base_ + url;
  std::unique_ptr<curl_slist, FreeList> list;
  auto add = [&list](const char* line) {
    curl_slist* longer = curl_slist_append(list.get(), line);
    static_cast<void>(list.release());
    list.reset(longer);
  };
  add("Expect:");
  for (const std::string& line : headers) {
    add(line.c_str());
  }
  bool has_type = std::any_of(headers.begin(), headers.end(), [](const std::string& line) {
    std::string start = line.substr(0, 13);
    std::transform(start.begin(), start.end(), start.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return start == "content-type:";
  });
  if (!has_type) {
    add(body.empty() ? "Content-Type:" : "Content-Type: application/json");
  }
  curl_easy_setopt(curl_, CURLOPT_URL, full.c_str());
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_PROXY, "");
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, timeout_ms_);
  curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, list.get());
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, add_body);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, add_header);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &response.headers);
  if (method == "HEAD") {
    curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  } else {
    if (!body.empty() || method == "POST" || method == "PUT") {
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body.data());
    }
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
  CURLcode code = curl_easy_perform(curl_);
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &response.status);
  if (code != CURLE_OK) {
    response.error = message[0] ? message.data() : curl_easy_strerror(code);
    response.status = 0;
  }
  return response;
}

}  // namespace weir::test
