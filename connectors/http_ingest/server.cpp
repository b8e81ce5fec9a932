#include "server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <thread>
#include <utility>

#include "session.hpp"

namespace weir::connectors::http_ingest {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kTick{50};  // how exact time-outs are
constexpr std::chrono::milliseconds kAcceptAgain{100};

void watch(Lane& lane) {
  lane.tick.expires_after(kTick);
  lane.tick.async_wait([&lane](error_code ec) {
    if (ec) {
      return;
    }
    const auto now = Session::Clock::now();
    for (Session* session : lane.sessions) {
      session->check_deadline(now);
    }
    watch(lane);
  });
}

/// Nothing may leave a server thread; a coroutine that throws ends its own connection only.
auto report_to(const Shared& shared) {
  return [&shared](std::exception_ptr problem) {
    if (!problem) {
      return;
    }
    try {
      std::rethrow_exception(problem);
    } catch (const std::exception& e) {
      shared.task.log(LogLevel::error, fmt::format("a connection ended by an error: {}", e.what()));
    } catch (...) {
      shared.task.log(LogLevel::error, "a connection ended by an unknown error");
    }
  };
}

}  // namespace

struct Server::Core {
  Core(const Config& config, Gateway& gateway, ExchangeQueue& queue, const ServerMetrics& metrics,
       Task task)
      : shared(config, gateway, queue, metrics, task) {
    for (std::int32_t i = 0; i < config.server_threads; ++i) {
      lanes.push_back(std::make_unique<Lane>(shared, static_cast<std::uint32_t>(i)));
    }
  }

  ~Core() {
    threads.clear();
    acceptors.clear();
    for (auto& lane : lanes) {  // the first one first: its accepts hold sockets of the others
      lane.reset();
    }
  }

  asio::awaitable<void> accept(tcp::acceptor& acceptor);
  Result<void> bind(const std::string& text);
  void end_threads();

  Shared shared;
  std::vector<std::unique_ptr<Lane>> lanes;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;  // on lane 0
  std::vector<std::uint16_t> ports;
  std::size_t next_lane{0};
  std::vector<std::jthread> threads;
};

asio::awaitable<void> Server::Core::accept(tcp::acceptor& acceptor) {
  asio::steady_timer pause(lanes.front()->context);
  while (acceptor.is_open()) {
    Lane& lane = *lanes[next_lane++ % lanes.size()];
    error_code ec;
    tcp::socket socket =
        co_await acceptor.async_accept(lane.context, asio::redirect_error(asio::use_awaitable, ec));
    if (!acceptor.is_open() || ec == asio::error::operation_aborted) {
      co_return;
    }
    if (ec) {  // out of descriptors, or the caller has gone already
      pause.expires_after(kAcceptAgain);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    const auto open = shared.connections.fetch_add(1) + 1;
    const bool full = open > shared.config.max_connections;
    if (full) {
      shared.connections.fetch_sub(1);
    } else {
      shared.metrics.connections.record(static_cast<double>(open));
    }
    // The session is made on its own lane's thread.
    asio::post(lane.context,
               [this, &lane, full, moved = std::make_shared<tcp::socket>(std::move(socket))] {
                 auto session = std::make_shared<Session>(lane, std::move(*moved));
                 asio::co_spawn(lane.context, full ? session->refuse() : session->run(),
                                [session, report = report_to(shared)](std::exception_ptr problem) {
                                  report(problem);
                                });
               });
  }
}

Result<void> Server::Core::bind(const std::string& text) {
  auto listener = parse_listener(text);
  if (!listener) {
    return bad_config(text + ": " + listener.error().message);
  }
  asio::io_context& context = lanes.front()->context;
  error_code ec;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(listener->host, listener->port, tcp::resolver::passive, ec);
  if (ec || found.empty()) {
    return bad_config("cannot listen on " + text + ": " + ec.message());
  }
  const tcp::endpoint endpoint = found.begin()->endpoint();
  auto acceptor = std::make_unique<tcp::acceptor>(context);
  acceptor->open(endpoint.protocol(), ec);
  if (!ec) {
    acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
  }
  if (!ec) {
    acceptor->bind(endpoint, ec);
  }
  if (!ec) {
    acceptor->listen(4096, ec);
  }
  if (ec) {
    const std::string why = "cannot listen on " + text + ": " + ec.message();
    return ec == asio::error::address_in_use ? retriable(why) : bad_config(why);
  }
  ports.push_back(acceptor->local_endpoint(ec).port());
  acceptors.push_back(std::move(acceptor));
  return {};
}

Server::Server(const Config& config, Gateway& gateway, ExchangeQueue& queue,
               const ServerMetrics& metrics, Task task)
    : core_(std::make_unique<Core>(config, gateway, queue, metrics, task)) {}

Server::~Server() {
  drain();
  core_->end_threads();
}

const std::vector<std::uint16_t>& Server::ports() const noexcept { return core_->ports; }

Result<void> Server::start() {
  for (const std::string& listener : core_->shared.config.listeners) {
    if (auto bound = core_->bind(listener); !bound) {
      core_->acceptors.clear();
      core_->ports.clear();
      return bound;
    }
  }
  for (auto& acceptor : core_->acceptors) {
    asio::co_spawn(core_->lanes.front()->context, core_->accept(*acceptor),
                   report_to(core_->shared));
  }
  for (auto& lane : core_->lanes) {
    watch(*lane);
    core_->threads.emplace_back([this, &lane] {
      while (!lane->context.stopped()) {
        try {
          lane->context.run();
        } catch (const std::exception& e) {
          core_->shared.task.log(LogLevel::error,
                                 fmt::format("an error in the server: {}", e.what()));
        }
      }
    });
  }
  return {};
}

void Server::answer(std::vector<std::shared_ptr<Exchange>> settled) {
  std::vector<std::vector<std::shared_ptr<Exchange>>> by_lane(core_->lanes.size());
  for (auto& exchange : settled) {
    by_lane[exchange->lane].push_back(std::move(exchange));
  }
  for (std::size_t i = 0; i < by_lane.size(); ++i) {
    if (by_lane[i].empty()) {
      continue;
    }
    Lane& lane = *core_->lanes[i];
    asio::post(lane.context, [&lane, list = std::move(by_lane[i])] {
      for (const auto& exchange : list) {
        if (auto it = lane.waiting.find(exchange->id); it != lane.waiting.end()) {
          it->second->settled(exchange);
        }
      }
    });
  }
}

void Server::drain() {
  core_->shared.gateway.health().draining = true;
  for (auto& lane : core_->lanes) {
    asio::post(lane->context, [this, &lane] {
      if (lane == core_->lanes.front()) {
        for (auto& acceptor : core_->acceptors) {
          error_code ignored;
          acceptor->close(ignored);
        }
      }
      for (Session* session : lane->sessions) {
        session->stop_if_idle();
      }
    });
  }
}

void Server::finish(std::chrono::milliseconds limit) {
  {
    std::unique_lock lock(core_->shared.mutex);
    core_->shared.closed.wait_for(lock, limit, [&] { return core_->shared.connections == 0; });
  }
  core_->end_threads();
}

void Server::Core::end_threads() {
  for (auto& lane : lanes) {
    lane->context.stop();
  }
  threads.clear();
}

}  // namespace weir::connectors::http_ingest
