#include "http.hpp"

#include <algorithm>
#include <new>
#include <random>
#include <thread>
#include <utility>

namespace weir::converters::schema_registry {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kMediaType = "application/vnd.schemaregistry.v1+json";

struct FreeUrl {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::string part_of(CURLU* url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) {
    return {};
  }
  std::string out(text);
  curl_free(text);
  return out;
}

long millis(milliseconds ms) noexcept {
  return static_cast<long>(std::min<std::int64_t>(ms.count(), 0x7FFFFFFF));
}

bool again(long status) noexcept { return status == 408 || status == 429 || status >= 500; }

bool tls_trouble(CURLcode code) noexcept {
  switch (code) {
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CACERT_BADFILE: return true;
    default: return false;
  }
}

}  // namespace

Result<RegistryUrl> parse_url(const std::string& text) {
  std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (!url) {
    throw std::bad_alloc();
  }
  if (text.rfind("mock://", 0) == 0) {
    return bad_config(
        "mock:// is a registry inside a JVM; there is none here. Start a registry and give its "
        "http:// URL");
  }
  if (const CURLUcode code =
          curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
      code != CURLUE_OK) {
    return bad_config(std::string("not a URL (") + curl_url_strerror(code) +
                      "); it looks like http://host:8081");
  }
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME, 0);
  if (scheme != "http" && scheme != "https") {
    return bad_config("the scheme must be http or https");
  }
  if (!part_of(url.get(), CURLUPART_QUERY, 0).empty() ||
      !part_of(url.get(), CURLUPART_FRAGMENT, 0).empty()) {
    return bad_config("the URL of a registry has no query and no fragment");
  }
  RegistryUrl out;
  const std::string user = part_of(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  if (!user.empty()) {
    out.user = user + ":" + part_of(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  }
  out.base = scheme + "://" + part_of(url.get(), CURLUPART_HOST, 0);
  if (const std::string port = part_of(url.get(), CURLUPART_PORT, 0); !port.empty()) {
    out.base += ":" + port;
  }
  std::string path = part_of(url.get(), CURLUPART_PATH, 0);
  while (!path.empty() && path.back() == '/') {
    path.pop_back();
  }
  out.base += path;
  return out;
}

std::string path_segment(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_' || c == '~') {
      out.push_back(c);
    } else {
      out.append({'%', kHex[u >> 4], kHex[u & 15]});
    }
  }
  return out;
}

Http::Http(const RegistryConfig& config, std::function<bool()> stopping)
    : config_(config), stopping_(std::move(stopping)) {
  static const CURLcode global =
      curl_global_init(CURL_GLOBAL_DEFAULT);  // counted: the worker has done it already
  easy_.reset(global == CURLE_OK ? curl_easy_init() : nullptr);
  if (!easy_) {
    throw std::bad_alloc();
  }
  for (const std::string& url : config_.urls) {
    if (auto parsed = parse_url(url)) {
      const bool from_url = upper_word(config_.basic_source) == "URL";
      instances_.push_back(
          {parsed->base, from_url ? parsed->user : config_.basic_user_info.text()});
    }
  }
  if (config_.randomize_urls && instances_.size() > 1) {
    current_ = std::random_device{}() % instances_.size();
  }
  auto set = [this](CURLoption option, auto value) {
    (void)curl_easy_setopt(easy_.get(), option, value);
  };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_USERAGENT, "weir");
  set(CURLOPT_CONNECTTIMEOUT_MS, millis(config_.connect_timeout));
  set(CURLOPT_TIMEOUT_MS, millis(config_.connect_timeout + config_.read_timeout));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_WRITEFUNCTION, &Http::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_XFERINFOFUNCTION, &Http::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  set(CURLOPT_NOPROGRESS, 0L);
  // "" keeps the environment's proxies out.
  const std::string proxy = config_.proxy_host.empty()
                                ? ""
                                : config_.proxy_host + ":" + std::to_string(config_.proxy_port);
  set(CURLOPT_PROXY, proxy.c_str());
  set(CURLOPT_SSL_VERIFYHOST, config_.endpoint_identification.empty() ? 0L : 2L);
  auto blob = [this](CURLoption option, const Secret& text) {
    if (!text.empty()) {
      curl_blob data{const_cast<char*>(text.text().data()), text.text().size(), CURL_BLOB_COPY};
      (void)curl_easy_setopt(easy_.get(), option, &data);
    }
  };
  if (config_.truststore && !config_.truststore->empty()) {
    set(CURLOPT_CAINFO, config_.truststore->c_str());
  }
  blob(CURLOPT_CAINFO_BLOB, config_.truststore_certificates);
  if (config_.keystore && !config_.keystore->empty()) {
    set(CURLOPT_SSLCERT, config_.keystore->c_str());
    if (upper_word(config_.keystore_type) == "PKCS12") {
      set(CURLOPT_SSLCERTTYPE, "P12");
    } else {
      set(CURLOPT_SSLKEY, config_.keystore->c_str());
    }
  }
  blob(CURLOPT_SSLCERT_BLOB, config_.keystore_chain);
  blob(CURLOPT_SSLKEY_BLOB, config_.keystore_key);
  const Secret& key_password =
      config_.key_password.empty() ? config_.keystore_password : config_.key_password;
  if (!key_password.empty()) {
    set(CURLOPT_KEYPASSWD, key_password.text().c_str());
  }
  auto header = [this](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) {
      throw std::bad_alloc();
    }
    (void)headers_.release();
    headers_.reset(longer);
  };
  header(std::string("Accept: ")
             .append(kMediaType)
             .append(", application/vnd.schemaregistry+json, application/json"));
  header(std::string("Content-Type: ").append(kMediaType));
  header("Expect:");  // a schema is small: no extra round trip for it
  if (config_.bearer_source) {
    header("Authorization: Bearer " + config_.bearer_token.text());
    if (config_.bearer_cluster) {
      header("target-sr-cluster: " + *config_.bearer_cluster);
    }
    if (config_.bearer_pool) {
      header("Confluent-Identity-Pool-Id: " + *config_.bearer_pool);
    }
  }
  for (const auto& [name, value] : config_.headers) {
    header(value.empty() ? name + ";" : name + ": " + value);
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

Result<Http::Answer> Http::send(std::string_view method, const std::string& path,
                                const std::string& body) {
  if (instances_.empty()) {
    return bad_config("schema.registry.url names no instance");
  }
  milliseconds delay = config_.retry_wait;
  for (std::int32_t attempt = 0;; ++attempt) {
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      switch (try_once(instances_[current_], method, path, body)) {
        case Next::done: return std::move(answer_);
        case Next::broken: return failure_;
        case Next::other_instance: current_ = (current_ + 1) % instances_.size(); break;
      }
    }
    if (attempt >= config_.max_retries || !wait(std::min(delay, config_.retry_wait_max))) {
      return failure_;
    }
    delay = std::min(delay * 2, std::max(config_.retry_wait_max, milliseconds(1)));
  }
}

Http::Next Http::try_once(const Instance& instance, std::string_view method,
                          const std::string& path, const std::string& body) {
  auto set = [this](CURLoption option, auto value) {
    (void)curl_easy_setopt(easy_.get(), option, value);
  };
  const std::string url = instance.base + path;
  answer_ = {};
  too_long_ = false;
  error_[0] = '\0';
  set(CURLOPT_URL, url.c_str());
  if (method == "POST") {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.c_str());
  } else {
    set(CURLOPT_HTTPGET, 1L);
  }
  if (!instance.user.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERPWD, instance.user.c_str());
  } else {
    set(CURLOPT_USERPWD, static_cast<const char*>(nullptr));
  }
  const CURLcode code = curl_easy_perform(easy_.get());
  const std::string what = std::string(method) + " " + url + ": ";
  if (too_long_) {
    failure_ = bad_record(what + "the answer is longer than response.max.bytes=" +
                          std::to_string(config_.response_max_bytes));
    return Next::broken;
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    failure_ = retriable(what + "given up, the task stops");
    return Next::broken;
  }
  if (code != CURLE_OK) {
    const std::string text = what + (error_[0] != '\0' ? error_.data() : curl_easy_strerror(code));
    if (tls_trouble(code)) {
      failure_ = bad_config(text + "; see the schema.registry.ssl.* keys");
      return Next::broken;
    }
    failure_ = retriable(text);
    return Next::other_instance;
  }
  (void)curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &answer_.status);
  if (again(answer_.status)) {
    std::string shown = answer_.body.substr(0, 300);
    failure_ = retriable(what + "HTTP " + std::to_string(answer_.status) +
                         (shown.empty() ? "" : ": ") + shown);
    return Next::other_instance;
  }
  return Next::done;
}

bool Http::wait(milliseconds time) const {
  constexpr milliseconds kSlice{50};
  const auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    if (stopping_ && stopping_()) {
      return false;
    }
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return true;
    }
    std::this_thread::sleep_for(std::min(left, kSlice));
  }
}

std::size_t Http::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto* http = static_cast<Http*>(self);
  const std::size_t bytes = size * count;
  if (http->answer_.body.size() + bytes >
      static_cast<std::size_t>(http->config_.response_max_bytes)) {
    http->too_long_ = true;
    return 0;
  }
  try {
    http->answer_.body.append(data, bytes);
  } catch (...) {
    return 0;
  }
  return bytes;
}

int Http::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  try {
    const auto& stopping = static_cast<Http*>(self)->stopping_;
    return stopping && stopping() ? 1 : 0;
  } catch (...) {
    return 1;
  }
}

}  // namespace weir::converters::schema_registry
