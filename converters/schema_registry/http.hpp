// Requests to the registry's instances: fail-over, retries, authentication, TLS. libcurl behind one
// easy handle, so that the connection is kept. Used by one thread.
#pragma once

#include <curl/curl.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <weir/result.hpp>

#include "config.hpp"

namespace weir::converters::schema_registry {

class Http {
 public:
  Http(const RegistryConfig& config, std::function<bool()> stopping);
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  struct Answer {
    long status{0};
    std::string body;
  };

  /// path: from '/', percent-encoded. body: for POST; ignored by GET. Every status that is not to
  /// be tried again is an answer; errors are retriable (nobody could be reached, or all tries ended
  /// in 408, 429, 5xx) or bad_config (TLS).
  Result<Answer> send(std::string_view method, const std::string& path,
                      const std::string& body = {});

 private:
  struct FreeEasy {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };
  struct Instance {
    std::string base;  // without user info and trailing slash
    std::string user;  // "user:password", percent-decoded
  };
  enum class Next { done, other_instance, broken };

  Next try_once(const Instance& instance, std::string_view method, const std::string& path,
                const std::string& body);
  bool wait(std::chrono::milliseconds time) const;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;

  const RegistryConfig config_;
  std::function<bool()> stopping_;
  std::vector<Instance> instances_;
  std::size_t current_{0};
  std::unique_ptr<CURL, FreeEasy> easy_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  Answer answer_;
  bool too_long_{false};
  Error failure_;
};

/// Scheme, host and path of a registry URL without user info; the rest goes to user. nullopt with
/// the reason: no such URL.
struct RegistryUrl {
  std::string base;
  std::string user;
};
Result<RegistryUrl> parse_url(const std::string& url);

/// What may stand in a path segment stays, the rest is percent-encoded.
std::string path_segment(std::string_view text);

}  // namespace weir::converters::schema_registry
