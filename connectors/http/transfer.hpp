// libcurl behind RAII: one multi handle, and easy handles that are used again and again.
#pragma once

#include "config.hpp"
#include "outcome.hpp"
#include "schedule.hpp"

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::http {

struct FreeEasy {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const noexcept { (void)curl_multi_cleanup(multi); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;
using Multi = std::unique_ptr<CURLM, FreeMulti>;

/// Headers that all requests share, as libcurl wants them. Immutable.
class FixedHeaders {
 public:
  explicit FixedHeaders(const std::vector<std::string>& lines);
  FixedHeaders(const FixedHeaders&) = delete;
  FixedHeaders& operator=(const FixedHeaders&) = delete;
  curl_slist* list() noexcept { return nodes_.empty() ? nullptr : nodes_.data(); }

 private:
  std::vector<std::string> lines_;
  std::vector<curl_slist> nodes_;
};

/// How a transfer ended.
struct Ending {
  Answer answer;
  std::string_view retry_after;  ///< as sent; empty: none
  std::string_view body;         ///< of the answer
  std::string_view error;        ///< libcurl's text
  double seconds{0};
  bool http2{false};
};

/// One easy handle. Sets only what differs from the request before it. I/O thread.
class Transfer {
 public:
  /// settings and fixed: borrowed, they outlive the transfer.
  Transfer(const Settings& settings, FixedHeaders& fixed);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// What a request is made of. All texts are borrowed until finish().
  struct Request {
    const char* url{nullptr};  ///< nullptr: the template's constant text
    bool remove{false};
    std::string_view body;
    /// NUL-terminated lines that stand before the fixed headers.
    std::array<const char*, 6> lines{};
    std::size_t line_count{0};
    const char* more{nullptr};  ///< further NUL-terminated lines, one after another
    std::size_t more_count{0};
    void add(const char* line) { lines[line_count++] = line; }
  };
  void prepare(const Request& request);
  Ending finish(CURLcode code);

  CURL* easy() const noexcept { return easy_.get(); }

  Shipment* shipment{nullptr};
  std::uint64_t token_generation{0};
  Clock::time_point started{};
  std::string body;   ///< of a request for several records
  std::string text;   ///< header lines made for this request
  std::shared_ptr<const std::string> token;

 private:
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;

  const Settings& settings_;
  FixedHeaders& fixed_;
  std::vector<curl_slist> nodes_;
  std::string answer_;
  std::string url_;       // set last
  bool cut_off_{false};
  bool removes_{false};
  std::size_t body_size_{0};
  std::array<char, CURL_ERROR_SIZE> error_{};
  Easy easy_;
};

/// Time limits, TLS and what else is the same for all handles of a config.
void set_common(CURL* easy, const Config& config);

/// The failure behind libcurl's code; Failure::none for CURLE_OK.
Failure failure_of(CURLcode code) noexcept;

/// Path and query of a URL.
std::string_view path_of(std::string_view url) noexcept;

}  // namespace weir::connectors::http
