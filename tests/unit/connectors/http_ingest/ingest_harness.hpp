// A running ingest with a made-up Kafka behind it, and a client that sends exactly the bytes it is
// told.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>
#include <weir/testing/fake_host.hpp>

#include "http_ingest_source.hpp"

namespace weir::connectors::http_ingest {

/// A record as the runtime got it.
struct Produced {
  std::string topic;
  std::string key;
  std::string value;
  std::map<std::string, std::string> headers;
  void* token{nullptr};
};

/// Polls on a thread of its own, as a task does. By default every record is acknowledged at once.
class IngestHarness {
 public:
  explicit IngestHarness(ConfigMap config) {
    config.try_emplace("listeners", "http://127.0.0.1:0");
    config.try_emplace("auth.methods", "none");
    ConfigProblems problems;
    const Config parsed = describe_config().parse(config, problems);
    for (const auto& p : problems) {
      ADD_FAILURE() << p.message;
    }
    source_ = std::make_unique<HttpIngestSource>(parsed, host_.task());
    const auto started = source_->start();
    EXPECT_TRUE(started) << started.error().message;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~IngestHarness() { shut_down(); }

  std::uint16_t port() const { return source_->ports().front(); }
  testing::FakeTask& host() { return host_; }

  /// From now on records wait for release().
  void hold() { held_ = true; }
  /// Acknowledges what waits, and everything after it.
  void release(Errc code = Errc::ok, std::string message = {}) {
    const std::lock_guard lock(mutex_);
    code_ = code;
    message_ = std::move(message);
    held_ = false;
    host_.wake();
  }
  bool wait_for(std::size_t records) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return produced_.size() >= records; });
  }
  std::vector<Produced> produced() {
    const std::lock_guard lock(mutex_);
    return produced_;
  }
  /// As a task stops: stop(), the last acknowledgements, then the end. failing: without the
  /// acknowledgements.
  void shut_down(bool failing = false) {
    failing_ = failing;
    if (!thread_.joinable()) {
      return;
    }
    thread_.request_stop();
    host_.wake();
    thread_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    std::vector<void*> waiting;
    std::int64_t offset = 0;
    auto acknowledge = [&] {
      std::vector<Ack> acks;
      {
        const std::lock_guard lock(mutex_);
        if (held_) {
          return;
        }
        for (void* token : waiting) {
          Ack ack{};
          ack.token = token;
          ack.code = static_cast<std::uint32_t>(code_);
          ack.partition = 0;
          ack.offset = offset++;
          ack.message = bytes_of(message_);
          acks.push_back(ack);
        }
      }
      waiting.clear();
      source_->acknowledged(acks);
    };
    while (!stop.stop_requested()) {
      testing::TestBatch batch;
      auto view = batch.view();
      const auto done = source_->poll(view, std::chrono::milliseconds(20));
      EXPECT_TRUE(done);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        Record record = batch[i];
        Produced p{std::string(record.topic()),
                   std::string(record.key().text()),
                   std::string(record.value().text()),
                   {},
                   record.c()->token};
        for (Header& header : record.headers()) {
          p.headers[std::string(header.name_text())] = std::string(header.item().text());
        }
        waiting.push_back(record.c()->token);
        const std::lock_guard lock(mutex_);
        produced_.push_back(std::move(p));
      }
      changed_.notify_all();
      acknowledge();
    }
    source_->stop();
    if (!failing_) {
      held_ = false;
      acknowledge();
    }
    source_.reset();
  }

  testing::FakeTask host_{"ingest"};
  std::unique_ptr<HttpIngestSource> source_;
  std::atomic<bool> held_{false};
  std::atomic<bool> failing_{false};
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Produced> produced_;
  Errc code_{Errc::ok};
  std::string message_;
  std::jthread thread_;
};

struct Reply {
  int status{0};  // 0: the connection was closed before an answer
  std::string head;
  std::string body;
  bool closes{false};

  bool has(std::string_view line) const {
    return head.find("\r\n" + std::string(line)) != std::string::npos;
  }
};

/// A TCP connection; reads wait 20 seconds at most.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }
  /// false: the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// with_body false: the answer to HEAD.
  Reply receive(bool with_body = true) {
    Reply reply;
    std::size_t end = std::string::npos;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!more()) {
        return reply;
      }
    }
    reply.head = input_.substr(0, end + 2);
    reply.status = std::stoi(reply.head.substr(9, 3));
    reply.closes = reply.has("Connection: close");
    input_.erase(0, end + 4);
    std::size_t length = 0;
    if (const auto at = reply.head.find("\r\nContent-Length: ");
        with_body && at != std::string::npos) {
      length = std::stoul(reply.head.substr(at + 18));
    }
    while (input_.size() < length && more()) {
    }
    reply.body = input_.substr(0, length);
    input_.erase(0, length);
    return reply;
  }
  /// Whether the server closes without sending anything more.
  bool closed() { return input_.empty() && !more() && !timed_out_; }

  Reply post(std::string_view path, std::string_view body, std::string_view headers = {}) {
    send(request(path, body, headers));
    return receive();
  }
  static std::string request(std::string_view path, std::string_view body,
                             std::string_view headers = {}) {
    std::string out = "POST ";
    out.append(path).append(
        " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ");
    out.append(std::to_string(body.size()))
        .append("\r\n")
        .append(headers)
        .append("\r\n")
        .append(body);
    return out;
  }

 private:
  bool more() {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, 20'000) <= 0) {
      timed_out_ = true;
      return false;
    }
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) {
      return false;
    }
    input_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  int fd_;
  std::string input_;
  bool timed_out_{false};
};

inline ConfigMap one_route(ConfigMap more = {}) {
  more.merge(ConfigMap{{"routes", "sale"},
                       {"route.sale.path", "/sales"},
                       {"route.sale.topic", "sales"},
                       {"route.sale.key", "S-${value.id}"}});
  return more;
}

}  // namespace weir::connectors::http_ingest
