#include "runtime/cli/rest_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "runtime/http/json.hpp"

namespace weir::runtime::cli {
namespace {

struct GlobalInit {
  GlobalInit() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

constexpr std::size_t kMaxAnswer = std::size_t{256} << 20;

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* to) noexcept {
  auto& out = *static_cast<std::string*>(to);
  const std::size_t n = size * count;
  if (out.size() + n > kMaxAnswer) {
    return 0;
  }
  try {
    out.append(data, n);
  } catch (...) {
    return 0;
  }
  return n;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* to) noexcept {
  const std::size_t n = size * count;
  try {
    std::string_view line(data, n);
    constexpr std::string_view kName = "weir-warning:";
    const bool is_warning =
        line.size() >= kName.size() &&
        std::equal(kName.begin(), kName.end(), line.begin(),
                   [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (is_warning) {
      line.remove_prefix(kName.size());
      const auto first = line.find_first_not_of(" \t");
      const auto last = line.find_last_not_of(" \t\r\n");
      if (first != std::string_view::npos) {
        static_cast<std::vector<std::string>*>(to)->emplace_back(
            line.substr(first, last - first + 1));
      }
    }
  } catch (...) {
    return 0;
  }
  return n;
}

}  // namespace

struct RestClient::Handle {
  CURL* curl{curl_easy_init()};
  ~Handle() { curl_easy_cleanup(curl); }
};

std::string RestAnswer::error_text() const {
  std::string text = body;
  if (const auto json = http::parse_json(body); json && json->find("message") != nullptr) {
    text = json->find("message")->text;
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  return (text.empty() ? "no message" : text) + " (HTTP " + std::to_string(status) + ")";
}

RestClient::RestClient(std::string url) : url_(std::move(url)) {
  static const GlobalInit init;
  handle_ = std::make_unique<Handle>();
  while (!url_.empty() && url_.back() == '/') {
    url_.pop_back();
  }
}

RestClient::~RestClient() = default;

Result<RestAnswer> RestClient::request(const std::string& method, const std::string& path,
                                       const std::string& body) {
  CURL* curl = handle_->curl;
  if (curl == nullptr) {
    return fatal("libcurl cannot be initialised");
  }
  curl_easy_reset(curl);
  RestAnswer out;
  const std::string address = url_ + path;
  char reason[CURL_ERROR_SIZE] = "";
  struct curl_slist* headers = curl_slist_append(nullptr, "Accept: application/json");
  headers = curl_slist_append(headers, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(curl, CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &out.warnings);
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out.status);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  curl_slist_free_all(headers);
  if (code != CURLE_OK) {
    return retriable("no answer from " + url_ + ": " +
                     (reason[0] != '\0' ? reason : curl_easy_strerror(code)));
  }
  return out;
}

}  // namespace weir::runtime::cli
