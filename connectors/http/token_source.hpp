// OAuth 2.0 client credentials: one token per (endpoint, client) in the process, renewed ahead of its end, one request
// for it under way at a time. Does no I/O: whoever is told to fetch does it and hands in what came back.
#pragma once

#include "config.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::http {

/// Any thread.
class TokenSource {
 public:
  using Clock = std::chrono::steady_clock;

  struct Answer {
    std::shared_ptr<const std::string> header;  ///< "Authorization: Bearer ..."; null: wait
    std::uint64_t generation{0};                ///< of the token, for refused()
    bool fetch{false};                          ///< the caller fetches now, and calls fetched or failed once
    std::uint64_t failures{0};                  ///< grows with each failed fetch
  };
  struct Fault {
    bool refused{false};    ///< the endpoint has said no to this client
    bool cancelled{false};  ///< who asked has stopped: says nothing about the endpoint
    std::string reason{};   ///< short word
    std::string text{};
  };

  explicit TokenSource(std::chrono::milliseconds skew) : skew_(skew) {}

  /// The source shared by all that have the same endpoint, client, scope and audience.
  static std::shared_ptr<TokenSource> shared(const Config& config);

  /// may_fetch false: only looks; Answer::fetch is false.
  Answer ask(Clock::time_point now, bool may_fetch = true);
  /// The partner has refused the token of that generation.
  void refused(std::uint64_t generation);
  /// lifetime 0: unknown, used until it is refused.
  void fetched(std::string_view token, std::chrono::milliseconds lifetime, Clock::time_point now);
  void failed(Fault fault, Clock::time_point now);
  /// What the last failed fetch met.
  Fault fault() const;

  /// on_change is called, from any thread, when a token has come or could not be had; it must only wake somebody: it runs
  /// under a lock.
  void subscribe(const void* who, std::function<void()> on_change);
  void unsubscribe(const void* who);

 private:
  void notify();  // needs mutex_, so that nobody is called once unsubscribe has returned

  const std::chrono::milliseconds skew_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const std::string> header_;
  std::uint64_t generation_{0};
  bool ends_{false};
  Clock::time_point end_{};
  Clock::time_point renew_{};
  bool fetching_{false};
  std::uint64_t failures_{0};
  Fault fault_;
  std::vector<std::pair<const void*, std::function<void()>>> subscribers_;
};

/// The form that asks for a token; `authorization` is the header line to send, empty when the form holds it all.
struct TokenRequest {
  std::string form;
  std::string authorization;
};
TokenRequest token_request(const Config& config);

/// What a token endpoint has answered: the token and its lifetime.
struct TokenReply {
  std::string token;
  std::chrono::milliseconds lifetime{0};
};
Result<TokenReply> parse_token_reply(std::string_view body, std::string_view property);

}  // namespace weir::connectors::http
