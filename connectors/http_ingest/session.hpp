// One connection, as a coroutine on its lane; internal to the server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "lane.hpp"

namespace weir::connectors::http_ingest {

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Clock = std::chrono::steady_clock;

  Session(Lane& lane, boost::asio::ip::tcp::socket socket);
  ~Session();

  boost::asio::awaitable<void> run();
  /// Tells that there are too many connections, and closes.
  boost::asio::awaitable<void> refuse();

  /// Called by the lane between two steps of the coroutine.
  void check_deadline(Clock::time_point now);
  void stop_if_idle();
  void settled(std::shared_ptr<Exchange> exchange);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class Phase { idle, head, body, waiting, writing };
  enum class Read { done, closed, timed_out, bad, too_long };

  /// One request; false: the connection is over.
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<Read> read_head(Parser& parser);
  boost::asio::awaitable<Read> read_body(Parser& parser);
  /// Feeds the parser until `done` says so; more bytes come from the socket.
  template <class Done>
  boost::asio::awaitable<Read> feed(Parser& parser, std::size_t read_bytes, Done done);
  boost::asio::awaitable<bool> fill(std::size_t bytes);
  boost::asio::awaitable<Answer> handle(Parser& parser, Admission admission);
  boost::asio::awaitable<Answer> wait_for_kafka(std::shared_ptr<Exchange> exchange, ErrorForm form);
  boost::asio::awaitable<bool> send(const Answer& answer, bool keep_alive, unsigned version);
  boost::asio::awaitable<void> linger();
  void begin(Phase phase, std::chrono::milliseconds limit);
  void log_access(const Answer& answer, double seconds) const;

  Lane& lane_;
  Shared& shared_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer wake_;
  boost::beast::flat_buffer buffer_;
  Phase phase_{Phase::idle};
  Clock::time_point deadline_{};
  bool expired_{false};
  bool refused_{false};  // not counted among the connections
  std::shared_ptr<Exchange> settled_;
  std::string out_;

  // Of the request that is being served, for the log.
  std::string request_id_;
  std::string method_;
  std::string path_;
  std::string caller_;
  std::string_view route_{"other"};
  Clock::time_point began_{};
};

}  // namespace weir::connectors::http_ingest
