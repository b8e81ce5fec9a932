// Inside of Server: what its sessions share. Everything is used by the socket thread alone, unless
// said otherwise.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/http/pool.hpp"
#include "runtime/http/server.hpp"

namespace weir::runtime::http {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

class Server::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(Settings settings, metrics::Registry& metrics);

  Result<void> bind();
  void start(worker::Facade& worker);
  void stop(std::chrono::milliseconds grace);

  void opened(Session* session);
  void closed(Session* session);
  void count(int status);
  /// "Tue, 03 Feb 2026 04:05:06 GMT", made once a second.
  const std::string& date();

  struct Door {
    Tcp::acceptor acceptor;
    asio::steady_timer retry;
    Api::Scope scope;
    std::uint16_t port{0};
  };

  const Settings settings;
  metrics::Registry& metrics;
  asio::io_context io{1};
  std::vector<std::unique_ptr<Door>> doors;
  worker::Facade* worker{nullptr};
  std::optional<Api> api;
  Pool quick{2};
  Pool slow{8};
  std::atomic<bool> refuse_changes{false};  // any thread
  bool stopping{false};

 private:
  void accept(Door& door);
  void admit(Tcp::socket socket, const Door& door);
  void end_if_idle();

  std::set<Session*> sessions_;
  std::map<std::string, std::size_t> per_address_;  // within the limits
  std::size_t admitted_{0};                         // within the limits
  std::size_t extra_{0};                            // beyond
  std::map<int, metrics::Counter> requests_;
  metrics::Gauge connections_;
  std::string date_;
  std::time_t date_second_{0};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::jthread thread_;
};

}  // namespace weir::runtime::http
