#include "runtime/http/server.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

#include "runtime/http/session.hpp"

namespace weir::runtime::http {

Server::Core::Core(Settings s, metrics::Registry& m)
    : settings(std::move(s)),
      metrics(m),
      connections_(m.gauge("weir_rest_connections", "Open connections of the REST API.")),
      guard_(io.get_executor()) {}

Result<void> Server::Core::bind() {
  for (const Listener& listener : settings.listeners) {
    const std::string shown = "http://" + listener.host + ":" + std::to_string(listener.port);
    const auto fail = [&](const boost::system::error_code& ec) {
      return bad_config("cannot listen on " + shown + ": " + ec.message());
    };
    boost::system::error_code ec;
    Tcp::endpoint endpoint(Tcp::v4(), listener.port);
    if (!listener.host.empty()) {
      Tcp::resolver resolver(io);
      const auto found = resolver.resolve(listener.host, std::to_string(listener.port),
                                          Tcp::resolver::passive, ec);
      if (ec) {
        return fail(ec);
      }
      endpoint = found.begin()->endpoint();
    }
    auto door =
        std::make_unique<Door>(Door{Tcp::acceptor(io), asio::steady_timer(io), listener.scope, 0});
    door->acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
      door->acceptor.set_option(Tcp::acceptor::reuse_address(true), ec);
    }
    if (!ec) {
      door->acceptor.bind(endpoint, ec);
    }
    if (!ec) {
      door->acceptor.listen(asio::socket_base::max_listen_connections, ec);
    }
    if (ec) {
      return fail(ec);
    }
    door->port = door->acceptor.local_endpoint().port();
    doors.push_back(std::move(door));
  }
  return {};
}

void Server::Core::start(worker::Facade& facade) {
  worker = &facade;
  api.emplace(facade, metrics);
  for (const auto& door : doors) {
    accept(*door);
  }
  thread_ = std::jthread([this] {
    ::pthread_setname_np(::pthread_self(), "weir-rest");
    while (true) {
      try {
        io.run();
        return;
      } catch (const std::exception& e) {
        spdlog::error("REST: {}", e.what());
      } catch (...) {
        spdlog::error("REST: unknown exception");
      }
    }
  });
}

void Server::Core::accept(Door& door) {
  door.acceptor.async_accept([this, &door](boost::system::error_code ec, Tcp::socket socket) {
    if (stopping) {
      return;
    }
    if (!ec) {
      admit(std::move(socket), door);
    } else if (ec !=
               asio::error::connection_aborted) {  // no descriptors left: the others must end first
      spdlog::warn("REST: accept: {}", ec.message());
      door.retry.expires_after(std::chrono::milliseconds(100));
      door.retry.async_wait([this, &door](boost::system::error_code wait_ec) {
        if (!wait_ec && !stopping) {
          accept(door);
        }
      });
      return;
    }
    accept(door);
  });
}

void Server::Core::admit(Tcp::socket socket, const Door& door) {
  boost::system::error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  if (ec) {
    return;
  }
  socket.set_option(Tcp::no_delay(true), ec);
  const std::string address = peer.address().to_string();
  const Limits& limits = settings.limits;
  const auto mine = per_address_.find(address);
  const bool extra = admitted_ >= limits.connections ||
                     (mine != per_address_.end() && mine->second >= limits.connections_per_address);
  if (extra && extra_ >= limits.connections) {
    constexpr std::string_view kRefusal =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: "
        "53\r\nConnection: close\r\n\r\n{\"error_code\":429,\"message\":\"Too many "
        "connections\"}\r\n";
    socket.non_blocking(true, ec);
    socket.write_some(asio::buffer(kRefusal), ec);
    count(429);
    return;
  }
  std::make_shared<Session>(shared_from_this(), std::move(socket), door.scope, address, extra)
      ->begin();
}

void Server::Core::opened(Session* session) {
  sessions_.insert(session);
  if (session->extra()) {
    ++extra_;
  } else {
    ++admitted_;
    ++per_address_[session->address()];
  }
  connections_.set(static_cast<double>(sessions_.size()));
}

void Server::Core::closed(Session* session) {
  sessions_.erase(session);
  if (session->extra()) {
    --extra_;
  } else {
    --admitted_;
    const auto mine = per_address_.find(session->address());
    if (--mine->second == 0) {
      per_address_.erase(mine);
    }
  }
  connections_.set(static_cast<double>(sessions_.size()));
  end_if_idle();
}

void Server::Core::end_if_idle() {
  if (stopping && sessions_.empty()) {
    io.stop();
  }
}

void Server::Core::count(int status) {
  auto [it, is_new] = requests_.try_emplace(status);
  if (is_new) {
    it->second = metrics.counter("weir_rest_requests_total", "Answers of the REST API by status.",
                                 {{"code", std::to_string(status)}});
  }
  it->second.add();
}

const std::string& Server::Core::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm t{};
    ::gmtime_r(&now, &t);
    date_ = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                        kDays[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                        kMonths[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour,
                        t.tm_min, t.tm_sec);
    date_second_ = now;
  }
  return date_;
}

void Server::Core::stop(std::chrono::milliseconds grace) {
  if (!thread_.joinable()) {
    return;
  }
  asio::post(io, [this, grace] {
    stopping = true;
    boost::system::error_code ignored;
    for (const auto& door : doors) {
      door->acceptor.close(ignored);
      door->retry.cancel();
    }
    std::vector<std::shared_ptr<Session>> open;
    for (Session* session : sessions_) {
      open.push_back(session->shared_from_this());
    }
    for (const auto& session : open) {
      session->finish();
    }
    auto deadline = std::make_shared<asio::steady_timer>(io, grace);
    deadline->async_wait([this, deadline](boost::system::error_code) { io.stop(); });
    end_if_idle();
    if (sessions_.empty()) {
      deadline->cancel();
    }
  });
  thread_.join();
  // Calls that are still in the worker hold their sessions; what they post is never run.
  quick.stop();
  slow.stop();
  std::vector<std::shared_ptr<Session>> open;
  for (Session* session : sessions_) {
    if (auto alive = session->weak_from_this().lock()) {
      open.push_back(std::move(alive));
    }
  }
  for (const auto& session : open) {
    session->abort();
  }
  open.clear();
  io.restart();
  io.poll();  // lets the aborted operations drop their sessions
}

Server::Server(Settings settings, metrics::Registry& metrics)
    : core_(std::make_shared<Core>(std::move(settings), metrics)) {}

Server::~Server() { stop(); }

Result<void> Server::bind() { return core_->bind(); }

std::uint16_t Server::port() const noexcept { return port(0); }

std::uint16_t Server::port(std::size_t listener) const noexcept {
  return listener < core_->doors.size() ? core_->doors[listener]->port : std::uint16_t{0};
}

std::string Server::advertised() const {
  const Settings& settings = core_->settings;
  std::string host = settings.advertised_host;
  if (host.empty() && !settings.listeners.empty()) {
    host = settings.listeners.front().host;
  }
  if (host.empty() || host == "0.0.0.0" || host == "::") {
    std::array<char, 256> name{};
    host = ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
  }
  if (host.find(':') != std::string::npos) {
    host = "[" + host + "]";
  }
  return host + ":" +
         std::to_string(settings.advertised_port != 0 ? settings.advertised_port : port());
}

void Server::start(worker::Facade& worker) { core_->start(worker); }
void Server::refuse_changes() noexcept { core_->refuse_changes = true; }
void Server::stop(std::chrono::milliseconds grace) { core_->stop(grace); }

}  // namespace weir::runtime::http
