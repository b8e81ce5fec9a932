// The REST API from the client's side.
#pragma once

#include <memory>
#include <string>
#include <vector>
#include <weir/result.hpp>

namespace weir::runtime::cli {

struct RestAnswer {
  long status{0};
  std::string body;
  std::vector<std::string> warnings;  ///< Weir-Warning

  bool ok() const noexcept { return status >= 200 && status < 300; }
  /// The message of the error body, or the body itself, with the status.
  std::string error_text() const;
};

/// Over libcurl; keeps its connection. One thread.
class RestClient {
 public:
  /// `url`: "http://host:port", with or without a trailing slash.
  explicit RestClient(std::string url);
  ~RestClient();
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;

  /// Any answer is a value. Error (retriable): none came, with the URL and the reason.
  Result<RestAnswer> request(const std::string& method, const std::string& path,
                             const std::string& body = {});
  const std::string& url() const noexcept { return url_; }

 private:
  struct Handle;
  std::string url_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace weir::runtime::cli
