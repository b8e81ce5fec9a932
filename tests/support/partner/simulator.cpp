#include "support/partner/simulator.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <iostream>
#include <string_view>
#include <utility>

namespace weir::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 10> kModes = {
    "none",    // ends the fault
    "refuse",  // the receipts port is closed, its connections too
    "hang",    // the request is read and never answered; the connection closes when the fault ends
    "reset",   // the connection is cut before the request is looked at
    "lose",    // the receipt is kept, then the connection is cut
    "slow",    // answered after "delay_ms"
    "401",    "429", "503",
    "status"  // answered with "status" ("500" is short for it)
};
constexpr std::size_t kBodyLimit = 16 << 20;

auto no_throw(boost::system::error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

struct Simulator::Reply {
  PartnerAnswer answer;
  const char* type{"application/json"};
};

struct Simulator::Session {
  beast::tcp_stream stream;
  bool control{false};
  beast::flat_buffer buffer{};
  http::request<http::string_body> request{};

  std::set<Session*>& all;

  Session(asio::ip::tcp::socket socket, bool is_control, std::set<Session*>& others)
      : stream(std::move(socket)), control(is_control), all(others) {
    all.insert(this);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { all.erase(this); }

  void cut() {
    boost::system::error_code ignored;
    stream.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    stream.socket().close(ignored);
  }

  // By reference: g++ 12 destroys a temporary aggregate in the operand of co_await twice.
  asio::awaitable<bool> write(Reply& reply) {
    http::response<http::string_body> response(static_cast<http::status>(reply.answer.status),
                                               request.version());
    response.set(http::field::content_type, reply.type);
    for (const auto& [name, value] : reply.answer.headers) {
      response.set(name, value);
    }
    response.body() = std::move(reply.answer.body);
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    boost::system::error_code error;
    co_await http::async_write(stream, response, no_throw(error));
    co_return !error && request.keep_alive();
  }
};

Simulator::Simulator(PartnerOptions options, std::uint16_t port, std::uint16_t control_port)
    : partner_(std::move(options)),
      acceptor_(io_),
      control_acceptor_(io_),
      port_(port),
      control_port_(control_port) {
  open(acceptor_, port_);
  port_ = acceptor_.local_endpoint().port();
  asio::co_spawn(io_, accept(acceptor_, false), asio::detached);
  open(control_acceptor_, control_port_);
  control_port_ = control_acceptor_.local_endpoint().port();
  asio::co_spawn(io_, accept(control_acceptor_, true), asio::detached);
}

void Simulator::run() {
  asio::signal_set signals(io_, SIGTERM, SIGINT);
  signals.async_wait([this](const boost::system::error_code&, int) { io_.stop(); });
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (const std::exception& error) {  // of one connection; its coroutine has ended
      std::cerr << "partner_simulator: " << error.what() << std::endl;
    }
  }
}

void Simulator::open(Tcp::acceptor& acceptor, std::uint16_t port) {
  Tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.bind(endpoint);
  acceptor.listen();
}

asio::awaitable<void> Simulator::accept(Tcp::acceptor& acceptor, bool control) {
  while (acceptor.is_open()) {
    boost::system::error_code error;
    Tcp::socket socket = co_await acceptor.async_accept(no_throw(error));
    if (!error) {
      boost::system::error_code ignored;
      socket.set_option(Tcp::no_delay(true), ignored);
      asio::co_spawn(io_, serve(std::move(socket), control), asio::detached);
    }
  }
}

asio::awaitable<void> Simulator::serve(Tcp::socket socket, bool control) {
  Session session(std::move(socket), control, sessions_);
  connections_ += control ? 0 : 1;
  bool go_on = true;
  while (go_on) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kBodyLimit);
    boost::system::error_code error;
    co_await http::async_read(session.stream, session.buffer, parser, no_throw(error));
    if (error) {
      break;
    }
    session.request = parser.release();
    go_on = co_await answer(session);
  }
}

asio::awaitable<bool> Simulator::answer(Session& session) {
  const auto& request = session.request;
  if (view(request.target()).starts_with("/_")) {
    Reply reply = control(session);
    co_return co_await session.write(reply);
  }
  if (session.control) {
    Reply reply{partner_.error(404, "only /_ routes here")};
    co_return co_await session.write(reply);
  }
  PartnerRequest wanted;
  wanted.method = view(request.method_string());
  wanted.target = view(request.target());
  wanted.body = request.body();
  wanted.authorization = view(request[http::field::authorization]);
  wanted.idempotency_key = view(request["Idempotency-Key"]);
  wanted.api_key = view(request["X-API-Key"]);
  wanted.timestamp = view(request["X-Timestamp"]);
  wanted.signature = view(request["X-Signature"]);
  if (!fault_.mode.empty() && faulty(wanted)) {
    co_return co_await answer_with_fault(session, wanted);
  }
  Reply reply{partner_.handle(wanted, Partner::Clock::now())};
  co_return co_await session.write(reply);
}

bool Simulator::faulty(const PartnerRequest& request) {
  if (Fault::Clock::now() >= fault_.until) {
    fault_ = {};
    return false;
  }
  if (!fault_.tokens && request.target.starts_with("/oauth/")) {
    return false;
  }
  return fault_.rate >= 1 || std::uniform_real_distribution<double>(0, 1)(random_) < fault_.rate;
}

asio::awaitable<bool> Simulator::answer_with_fault(Session& session,
                                                   const PartnerRequest& request) {
  const Fault fault = fault_;
  partner_.count_fault(fault.mode);
  if (fault.mode == "reset" || fault.mode == "refuse") {
    session.cut();
    co_return false;
  }
  if (fault.mode == "lose") {
    partner_.handle(request, Partner::Clock::now());
    session.cut();
    co_return false;
  }
  if (fault.mode == "hang") {
    asio::steady_timer end(io_, fault.until);
    boost::system::error_code error;
    // Whichever comes first: its end, or another fault in its place.
    while (!fault_.mode.empty() && fault_.mode == "hang" && Fault::Clock::now() < fault_.until) {
      end.expires_at(std::min(fault_.until, Fault::Clock::now() + std::chrono::milliseconds(100)));
      co_await end.async_wait(no_throw(error));
    }
    session.cut();
    co_return false;
  }
  if (fault.mode == "slow") {
    asio::steady_timer timer(io_, fault.delay);
    boost::system::error_code error;
    co_await timer.async_wait(no_throw(error));
    Reply reply{partner_.handle(request, Partner::Clock::now())};
    co_return co_await session.write(reply);
  }
  Reply reply;
  PartnerAnswer& answer = reply.answer;
  auto now = Partner::Clock::now();
  if (fault.mode == "429" || (fault.retry_after.count() >= 0 && fault.mode != "401")) {
    answer = partner_.throttled(
        fault.retry_after.count() >= 0 ? fault.retry_after : std::chrono::seconds(1), now);
    answer.status = fault.mode == "429" ? 429 : fault.status;
  } else {
    answer = partner_.error(fault.status, "simulated fault");
  }
  co_return co_await session.write(reply);
}

Simulator::Reply Simulator::control(const Session& session) {
  const auto& request = session.request;
  const std::string_view target = view(request.target());
  auto is = [&](http::verb verb, std::string_view path) {
    return request.method() == verb && target == path;
  };
  if (is(http::verb::get, "/_health")) {
    return {{200, "{}"}};
  }
  if (is(http::verb::get, "/_receipts")) {
    return {{200, partner_.receipts()}, "application/x-ndjson"};
  }
  if (is(http::verb::delete_, "/_receipts")) {
    partner_.clear();
    return {{204}};
  }
  if (is(http::verb::get, "/_stats")) {
    json::object stats = partner_.stats();
    stats["connections"] = connections_;
    stats["fault"] = Fault::Clock::now() < fault_.until ? json::value(fault_.mode) : nullptr;
    return {{200, json::serialize(stats)}};
  }
  if (is(http::verb::post, "/_fault")) {
    boost::system::error_code error;
    json::value wanted = json::parse(request.body(), error);
    std::string problem =
        error || !wanted.is_object() ? "an object is wanted" : set_fault(wanted.get_object());
    if (problem.empty()) {
      return {{204}};
    }
    return {{400, json::serialize(json::object{{"error", problem}})}};
  }
  return {{404, R"({"error":"no such route"})"}};
}

std::string Simulator::set_fault(const json::object& wanted) {
  Fault fault;
  std::int64_t for_ms = 0;
  try {
    for (const auto& [name, value] : wanted) {
      if (name == "mode") {
        fault.mode = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
      } else if (name == "for_ms") {
        for_ms = value.to_number<std::int64_t>();
      } else if (name == "rate") {
        fault.rate = value.to_number<double>();
      } else if (name == "status") {
        fault.status = value.to_number<unsigned>();
      } else if (name == "delay_ms") {
        fault.delay = std::chrono::milliseconds(value.to_number<std::int64_t>());
      } else if (name == "retry_after") {
        fault.retry_after = std::chrono::seconds(value.to_number<std::int64_t>());
      } else if (name == "tokens") {
        fault.tokens = value.as_bool();
      } else {
        return "unknown member " + std::string(name);
      }
    }
  } catch (const std::exception& error) {
    return error.what();
  }
  if (fault.mode == "500") {
    fault.status = 500;
    fault.mode = "status";
  } else if (fault.mode == "503" || fault.mode == "401") {
    fault.status = fault.mode == "503" ? 503 : 401;
  }
  if (std::find(kModes.begin(), kModes.end(), fault.mode) == kModes.end()) {
    return "unknown mode " + fault.mode;
  }
  fault.until = for_ms > 0 ? Fault::Clock::now() + std::chrono::milliseconds(for_ms)
                           : Fault::Clock::time_point::max();
  fault_ = fault.mode == "none" ? Fault{} : fault;
  if (fault_.mode == "refuse") {
    acceptor_.close();
    for (Session* session : sessions_) {
      if (!session->control) {
        boost::system::error_code ignored;
        session->stream.socket().shutdown(Tcp::socket::shutdown_both, ignored);
      }
    }
    if (!std::exchange(refusing_, true)) {
      asio::co_spawn(io_, refuse(), asio::detached);
    }
  }
  return {};
}

asio::awaitable<void> Simulator::refuse() {
  asio::steady_timer timer(io_);
  boost::system::error_code error;
  do {
    timer.expires_after(std::chrono::milliseconds(20));
    co_await timer.async_wait(no_throw(error));
  } while (fault_.mode == "refuse" && Fault::Clock::now() < fault_.until);
  while (!acceptor_.is_open()) {
    try {
      open(acceptor_, port_);
    } catch (const boost::system::system_error&) {
      acceptor_.close();  // the port is taken for a moment
    }
    if (!acceptor_.is_open()) {
      timer.expires_after(std::chrono::milliseconds(20));
      co_await timer.async_wait(no_throw(error));
    }
  }
  refusing_ = false;
  asio::co_spawn(io_, accept(acceptor_, false), asio::detached);
}

}  // namespace weir::test
