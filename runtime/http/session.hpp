// One connection: requests one after the other. Socket thread only.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/http/server_core.hpp"

namespace weir::runtime::http {

namespace beast = boost::beast;
namespace bh = boost::beast::http;

class Server::Session : public std::enable_shared_from_this<Session> {
 public:
  /// `extra`: beyond the limits, may only ask for /health.
  Session(std::shared_ptr<Core> core, Tcp::socket socket, Api::Scope scope, std::string address,
          bool extra);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin();
  /// The server goes down: idle connections close, the others after their answer.
  void finish();
  void abort() { close(); }

  const std::string& address() const noexcept { return address_; }
  bool extra() const noexcept { return extra_; }

 private:
  enum class Phase { idle, reading, handling, writing, lingering };

  void await_request(bool first);
  void read_header();
  void on_header(beast::error_code ec);
  void read_body();
  void read_failed(beast::error_code ec);
  void dispatch();
  void run_when_ready(Api::Work work);
  void run(Api::Work work);
  void send(Reply reply, bool close_after = false);
  void audit(const Reply& reply) const;
  void written(beast::error_code ec);
  void linger();
  void close();
  void arm(std::chrono::milliseconds limit);
  void disarm();
  void on_timeout();

  std::shared_ptr<Core> core_;
  Tcp::socket socket_;
  Api::Scope scope_;
  std::string address_;
  const bool extra_;

  Phase phase_{Phase::idle};
  bool first_{true};
  bool timed_out_{false};
  bool close_after_{false};
  std::uint64_t exchange_{0};  // counts requests: an answer that comes too late is dropped
  std::uint64_t armed_{0};
  asio::steady_timer timer_;
  asio::steady_timer ready_timer_;
  beast::flat_buffer buffer_;
  std::optional<bh::request_parser<bh::string_body>> parser_;
  std::shared_ptr<Request> request_;
  std::optional<bh::response<bh::string_body>> response_;
  std::optional<bh::response<bh::empty_body>> continue_;
  std::string sink_;
  std::size_t discarded_{0};
  std::chrono::steady_clock::time_point started_;
};

}  // namespace weir::runtime::http
