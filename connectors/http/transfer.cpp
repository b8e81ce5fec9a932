#include "transfer.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace weir::connectors::http {
namespace {

const char* or_null(const std::string& text) noexcept { return text.empty() ? nullptr : text.c_str(); }

long millis(std::chrono::milliseconds ms) noexcept {
  return static_cast<long>(std::min<std::int64_t>(ms.count(), 0x7FFFFFFF));
}

}  // namespace

FixedHeaders::FixedHeaders(const std::vector<std::string>& lines) : lines_(lines), nodes_(lines.size()) {
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    nodes_[i] = {lines_[i].data(), i + 1 < lines_.size() ? &nodes_[i + 1] : nullptr};
  }
}

void set_common(CURL* easy, const Config& config) {
  auto set = [easy](CURLoption option, auto value) { (void)curl_easy_setopt(easy, option, value); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // no surprises from the environment
  set(CURLOPT_USERAGENT, "weir");
  set(CURLOPT_CONNECTTIMEOUT_MS, millis(config.connect_timeout));
  set(CURLOPT_TIMEOUT_MS, millis(config.request_timeout));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  // Whole seconds; rounded down, so that a connection which the server is about to close is not taken.
  set(CURLOPT_MAXAGE_CONN, std::max(1L, millis(config.keepalive_idle) / 1000));
  set(CURLOPT_HTTP_VERSION, config.version == HttpVersion::http1   ? static_cast<long>(CURL_HTTP_VERSION_1_1)
                            : config.version == HttpVersion::http2 ? static_cast<long>(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
                                                                   : static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_SSL_VERIFYHOST, config.verify_hostname ? 2L : 0L);
  set(CURLOPT_SSLVERSION, config.min_tls == "TLSv1.3" ? static_cast<long>(CURL_SSLVERSION_TLSv1_3)
                                                      : static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CA_CACHE_TIMEOUT, 60L);  // a truststore that changes is read again
  if (!config.truststore.empty()) {
    set(CURLOPT_CAINFO, config.truststore.c_str());
  }
  set(CURLOPT_SSLCERT, or_null(config.keystore));
  set(CURLOPT_SSLKEY, or_null(config.key_file));
  set(CURLOPT_KEYPASSWD, or_null(config.key_password.text()));
}

Transfer::Transfer(const Settings& settings, FixedHeaders& fixed)
    : settings_(settings), fixed_(fixed), easy_(curl_easy_init()) {
  if (!easy_) {
    throw std::bad_alloc();
  }
  const Config& config = settings.config;
  auto set = [this](CURLoption option, auto value) { (void)curl_easy_setopt(easy_.get(), option, value); };
  set_common(easy_.get(), config);
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  if (settings.https && config.version != HttpVersion::http1) {
    set(CURLOPT_PIPEWAIT, 1L);  // streams of one connection rather than more connections
  }
  set(CURLOPT_POST, 1L);
  if (config.method != "POST") {
    set(CURLOPT_CUSTOMREQUEST, config.method.c_str());
  }
  if (settings.url.constant()) {
    set(CURLOPT_URL, settings.url.text().c_str());
  }
}

void Transfer::prepare(const Request& request) {
  auto set = [this](CURLoption option, auto value) { (void)curl_easy_setopt(easy_.get(), option, value); };
  answer_.clear();
  cut_off_ = false;
  error_[0] = '\0';
  if (request.url != nullptr && url_ != request.url) {
    url_ = request.url;
    set(CURLOPT_URL, request.url);
  }
  if (request.remove != removes_) {
    removes_ = request.remove;
    if (removes_) {
      set(CURLOPT_HTTPGET, 1L);
      set(CURLOPT_CUSTOMREQUEST, "DELETE");
    } else {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_CUSTOMREQUEST, settings_.config.method == "POST" ? static_cast<const char*>(nullptr)
                                                                   : settings_.config.method.c_str());
    }
  }
  body_size_ = request.body.size();
  if (!removes_) {
    set(CURLOPT_POSTFIELDS, request.body.data() == nullptr ? "" : request.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_size_));
  }
  const std::size_t count = request.line_count + request.more_count;
  nodes_.resize(count);
  const char* more = request.more;
  for (std::size_t i = 0; i < count; ++i) {
    const char* line = i < request.line_count ? request.lines[i] : more;
    if (i >= request.line_count) {
      more += std::strlen(more) + 1;
    }
    // libcurl only reads the list.
    nodes_[i] = {const_cast<char*>(line), i + 1 < count ? &nodes_[i + 1] : fixed_.list()};
  }
  set(CURLOPT_HTTPHEADER, count > 0 ? nodes_.data() : fixed_.list());
}

Ending Transfer::finish(CURLcode code) {
  Ending out;
  if (cut_off_) {
    out.answer.failure = Failure::answer_too_long;
  } else {
    out.answer.failure = failure_of(code);
  }
  if (out.answer.failure == Failure::none) {
    long status = 0;
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    out.answer.status = static_cast<int>(status);
    if (status == 429 || status == 503) {
      curl_header* header = nullptr;
      if (curl_easy_header(easy_.get(), "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        out.retry_after = header->value;
      }
    }
    long version = 0;
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_VERSION, &version);
    out.http2 = version == CURL_HTTP_VERSION_2_0;
  } else {
    curl_off_t sent = 0;
    curl_off_t reached = 0;
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    (void)curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &reached);
    out.answer.sent = reached > 0 && sent >= static_cast<curl_off_t>(body_size_);
    out.error = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  }
  out.body = answer_;
  return out;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto* transfer = static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  try {
    if (transfer->answer_.size() + bytes > static_cast<std::size_t>(transfer->settings_.config.response_max_bytes)) {
      transfer->cut_off_ = true;
      return 0;
    }
    transfer->answer_.append(data, bytes);
  } catch (...) {
    return 0;
  }
  return bytes;
}

Failure failure_of(CURLcode code) noexcept {
  switch (code) {
    case CURLE_OK: return Failure::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return Failure::dns;
    case CURLE_COULDNT_CONNECT: return Failure::connect;
    case CURLE_OPERATION_TIMEDOUT: return Failure::timeout;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return Failure::reset;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CACERT_BADFILE: return Failure::tls;
    default: return Failure::other;
  }
}

std::string_view path_of(std::string_view url) noexcept {
  const auto scheme = url.find("://");
  const auto start = url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
  if (start == std::string_view::npos || url[start] == '#') {
    return "/";
  }
  return url.substr(start, url.find('#', start) - start);
}

}  // namespace weir::connectors::http
