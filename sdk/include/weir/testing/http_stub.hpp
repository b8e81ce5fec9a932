// A partner made of one function: a tiny HTTP/1.1 server on a loopback port of its own.
//
//   weir::testing::StubServer server([](const Seen& request, std::size_t n) { return Reply{.status = n == 0 ? 503 : 200}; });
//   config["url"] = server.url("/v1/receipts");
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace weir::testing {

struct Seen {
  std::string method;
  std::string target;
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string{} : it->second;
  }
};

struct Reply {
  int status{200};
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  bool hang{false};   // never answers
  bool reset{false};  // closes without an answer
};

class StubServer {
 public:
  /// n: how many requests there were before. Called by several threads, one at a time.
  using Handler = std::function<Reply(const Seen&, std::size_t n)>;

  explicit StubServer(Handler handler)
      : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM, 0)), stop_(::eventfd(0, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, plain, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, plain, &size) != 0) {
      throw std::runtime_error("no port for the stub server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { accept_all(); });
  }
  StubServer(const StubServer&) = delete;
  StubServer& operator=(const StubServer&) = delete;
  ~StubServer() {
    const std::uint64_t many = 1;
    (void)!::write(stop_, &many, sizeof many);
    thread_.join();
    for (std::jthread& connection : connections_) {
      connection.join();
    }
    ::close(listener_);
    ::close(stop_);
  }

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/v1/receipts") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::string breaker() const { return "127.0.0.1:" + std::to_string(port_); }

  std::vector<Seen> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  bool wait_seen(std::size_t count, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return seen_.size() >= count; });
  }

 private:
  // false: the server stops.
  bool readable(int fd) const {
    pollfd fds[] = {{fd, POLLIN, 0}, {stop_, POLLIN, 0}};
    (void)::poll(fds, 2, -1);
    return (fds[1].revents & POLLIN) == 0;
  }

  void accept_all() {
    while (readable(listener_)) {
      const int fd = ::accept(listener_, nullptr, nullptr);
      if (fd >= 0) {
        connections_.emplace_back([this, fd] {
          serve(fd);
          ::close(fd);
        });
      }
    }
  }

  void serve(int fd) {
    std::string in;
    for (;;) {
      std::size_t end = in.find("\r\n\r\n");
      std::size_t length = 0;
      Seen request;
      if (end != std::string::npos) {
        request = parse_head(in.substr(0, end));
        length = static_cast<std::size_t>(std::atol(request.header("content-length").c_str()));
      }
      if (end == std::string::npos || in.size() < end + 4 + length) {
        char buffer[16384];
        if (!readable(fd)) {
          return;
        }
        const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0) {
          return;
        }
        in.append(buffer, static_cast<std::size_t>(got));
        continue;
      }
      request.body = in.substr(end + 4, length);
      in.erase(0, end + 4 + length);
      Reply reply;
      {
        const std::lock_guard lock(mutex_);
        const std::size_t before = seen_.size();
        seen_.push_back(request);
        reply = handler_(request, before);
      }
      changed_.notify_all();
      if (reply.reset) {
        return;
      }
      if (reply.hang) {
        (void)readable(stop_);
        return;
      }
      std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " Whatever\r\n";
      for (const auto& [name, value] : reply.headers) {
        out += name + ": " + value + "\r\n";
      }
      out += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
      if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) {
        return;
      }
    }
  }

  static Seen parse_head(const std::string& head) {
    Seen out;
    std::size_t at = head.find("\r\n");
    const std::string line = head.substr(0, at);
    out.method = line.substr(0, line.find(' '));
    out.target = line.substr(out.method.size() + 1, line.rfind(' ') - out.method.size() - 1);
    while (at != std::string::npos) {
      const std::size_t next = head.find("\r\n", at + 2);
      const std::string header = head.substr(at + 2, next == std::string::npos ? next : next - at - 2);
      const std::size_t colon = header.find(':');
      if (colon != std::string::npos) {
        std::string name = header.substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::size_t value = header.find_first_not_of(' ', colon + 1);
        out.headers.emplace(name, value == std::string::npos ? std::string{} : header.substr(value));
      }
      at = next;
    }
    return out;
  }

  Handler handler_;
  int listener_;
  int stop_;
  std::uint16_t port_{0};
  mutable std::mutex mutex_;  // guards seen_ and the handler
  std::condition_variable changed_;
  std::vector<Seen> seen_;
  std::vector<std::jthread> connections_;  // the accepting thread's, and the destructor's
  std::jthread thread_;
};

}  // namespace weir::testing
