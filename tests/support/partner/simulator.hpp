// A partner on the network: the receipts port, the control port, and the faults of both.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <random>
#include <set>
#include <string>

#include "support/partner/partner.hpp"

namespace weir::test {

/// What goes wrong, until when, and how often.
struct Fault {
  using Clock = std::chrono::steady_clock;

  std::string mode;                       ///< see kModes in simulator.cpp; "" when all is well
  Clock::time_point until{};              ///< max(): until the next one
  double rate{1};                         ///< share of the requests
  unsigned status{500};                   ///< of mode "status"
  std::chrono::milliseconds delay{3000};  ///< of mode "slow"
  std::chrono::seconds retry_after{-1};   ///< sent when not negative; a 429 has always one
  bool tokens{false};                     ///< the token endpoint fails too
};

/// One thread: the one that calls run().
class Simulator {
 public:
  /// Port 0: any. Throws boost::system::system_error when a port is taken.
  Simulator(PartnerOptions options, std::uint16_t port, std::uint16_t control_port);

  /// Serves until SIGTERM or SIGINT.
  void run();

  std::uint16_t port() const { return port_; }
  std::uint16_t control_port() const { return control_port_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Reply;
  struct Session;

  void open(Tcp::acceptor& acceptor, std::uint16_t port);
  boost::asio::awaitable<void> accept(Tcp::acceptor& acceptor, bool control);
  boost::asio::awaitable<void> serve(Tcp::socket socket, bool control);
  boost::asio::awaitable<bool> answer(Session& session);
  boost::asio::awaitable<bool> answer_with_fault(Session& session, const PartnerRequest& request);
  Reply control(const Session& session);
  std::string set_fault(const boost::json::object& wanted);
  bool faulty(const PartnerRequest& request);
  boost::asio::awaitable<void> refuse();

  Partner partner_;
  Fault fault_;
  bool refusing_{false};
  std::set<Session*> sessions_;
  std::uint64_t connections_{0};
  std::mt19937 random_{7};
  boost::asio::io_context io_{1};  // destroyed before what its coroutines use
  Tcp::acceptor acceptor_;
  Tcp::acceptor control_acceptor_;
  std::uint16_t port_;
  std::uint16_t control_port_;
};

}  // namespace weir::test
