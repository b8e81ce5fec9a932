// The server over real sockets: keep-alive, limits, and clients that misbehave.
#include "runtime/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "fake_worker.hpp"

namespace weir::runtime::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Tcp = boost::asio::ip::tcp;

class Socket {
 public:
  explicit Socket(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::make_address("127.0.0.1"), port});
  }
  void send(std::string_view text) {
    boost::system::error_code ignored;  // the server may have closed already
    boost::asio::write(socket_, boost::asio::buffer(text), ignored);
  }
  /// One answer: header, then as many bytes as Content-Length says.
  std::string answer(bool has_body = true) {
    boost::system::error_code ec;
    while (true) {
      const auto end = buffer_.find("\r\n\r\n");
      if (end != std::string::npos) {
        std::size_t length = 0;
        const auto at = buffer_.find("Content-Length: ");
        if (has_body && at != std::string::npos && at < end) {
          length = std::stoul(buffer_.substr(at + 16));
        }
        if (buffer_.size() >= end + 4 + length) {
          std::string out = buffer_.substr(0, end + 4 + length);
          buffer_.erase(0, end + 4 + length);
          return out;
        }
      }
      std::array<char, 4096> piece{};
      const auto n = socket_.read_some(boost::asio::buffer(piece), ec);
      if (ec) {
        return std::exchange(buffer_, {});
      }
      buffer_.append(piece.data(), n);
    }
  }
  /// Everything until the server closes.
  std::string rest() {
    boost::system::error_code ec;
    std::string out = std::exchange(buffer_, {});
    boost::asio::read(socket_, boost::asio::dynamic_buffer(out), ec);
    return out;
  }
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }

 private:
  boost::asio::io_context io_;
  Tcp::socket socket_;
  std::string buffer_;
};

/// A gate that calls wait at until it is opened.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_callers(int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= n; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_{0};
  bool open_{false};
};

class ServerTest : public ::testing::Test {
 protected:
  void start(Settings settings = {}) {
    if (settings.listeners.empty()) {
      settings.listeners.push_back({"127.0.0.1", 0, {}});
    }
    server_ = std::make_unique<Server>(std::move(settings), metrics_);
    const auto bound = server_->bind();
    ASSERT_TRUE(bound) << bound.error().message;
    server_->start(worker_);
  }
  Socket connect() { return Socket(server_->port()); }
  static std::string put(const std::string& path, const std::string& body) {
    return "PUT " + path +
           " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  metrics::Registry metrics_;
  FakeWorker worker_;
  std::unique_ptr<Server> server_;
};

constexpr std::string_view kGetRoot = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kGetHealth = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_F(ServerTest, AnswersSeveralRequestsOnOneConnection) {
  start();
  Socket socket = connect();
  for (int i = 0; i < 3; ++i) {
    const std::string answer = socket.ask(kGetRoot);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(answer, HasSubstr("\r\nDate: "));
    EXPECT_THAT(answer, HasSubstr(R"("version":"4.1.0")"));
  }
  EXPECT_THAT(metrics_.text(), HasSubstr("weir_rest_requests_total{code=\"200\"} 3\n"));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Socket socket = connect();
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += put("/connectors/c" + std::to_string(i) + "/config", "{}");
    all += "GET /connectors/c" + std::to_string(i) + "/config HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  socket.send(all);
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(socket.answer(), StartsWith("HTTP/1.1 201 Created\r\n"));
    EXPECT_THAT(socket.answer(), HasSubstr("{\"name\":\"c" + std::to_string(i) + "\"}"));
  }
}

TEST_F(ServerTest, HeadHasTheHeaderOfGetWithoutBody) {
  start();
  Socket socket = connect();
  socket.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = socket.answer(false);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length: 0\r\n")));
  EXPECT_THAT(answer, ::testing::EndsWith("\r\n\r\n"));
  EXPECT_THAT(socket.ask(kGetRoot), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, EmptyAnswersHaveTheLengthThatTheyShould) {
  start();
  Socket socket = connect();
  socket.ask(put("/connectors/a/config", "{}"));
  const std::string accepted =
      socket.ask("PUT /connectors/a/pause HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(accepted, StartsWith("HTTP/1.1 202 Accepted\r\n"));
  EXPECT_THAT(accepted, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(accepted, Not(HasSubstr("Content-Type")));
  const std::string gone = socket.ask("DELETE /connectors/a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(gone, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(gone, Not(HasSubstr("Content-Length")));
}

TEST_F(ServerTest, Http10ClosesUnlessAskedToKeep) {
  start();
  Socket closing = connect();
  closing.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closing.rest(), StartsWith("HTTP/1.0 200 OK\r\n"));
  Socket kept = connect();
  EXPECT_THAT(kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              HasSubstr("Connection: keep-alive"));
  EXPECT_THAT(kept.ask(kGetRoot), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  start();
  Socket socket = connect();
  const std::string go = socket.ask(
      "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "
      "2\r\n\r\n");
  EXPECT_THAT(go, StartsWith("HTTP/1.1 100 Continue\r\n"));
  EXPECT_THAT(socket.ask("{}"), StartsWith("HTTP/1.1 201 Created\r\n"));
}

TEST_F(ServerTest, ReadsChunkedBodies) {
  start();
  Socket socket = connect();
  const std::string answer = socket.ask(
      "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\n{\"k\":\r\n4\r\n\"v\"}\r\n0\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 Created\r\n"));
  EXPECT_THAT(answer, HasSubstr(R"("k":"v")"));
}

TEST_F(ServerTest, RefusesAmbiguousAndBrokenRequests) {
  start();
  for (const std::string& request : std::vector<std::string>{
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: "
           "2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
           "chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: "
           "3\r\n\r\n{}x",
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: 2x\r\n\r\n{}",
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/3.7\r\nHost: h\r\n\r\n", "GET /\r\n\r\n",
           "\x16\x03\x01\x02\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nBad Header: x\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\n folded\r\nX\r\n\r\n",
           "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
           "chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"}) {
    Socket socket = connect();
    socket.send(request);
    const std::string answer = socket.rest();
    EXPECT_THAT(answer, ::testing::MatchesRegex("HTTP/1.1 (4..|501) .*")) << request;
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << request;
    EXPECT_THAT(answer, HasSubstr("\"error_code\":")) << request;
  }
  EXPECT_FALSE(worker_.info("a"));
}

TEST_F(ServerTest, BadTargetsAre400AndTheConnectionStays) {
  start();
  Socket socket = connect();
  EXPECT_THAT(socket.ask("GET /connectors/%zz HTTP/1.1\r\nHost: h\r\n\r\n"),
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(socket.ask("GET /connectors/a%00b HTTP/1.1\r\nHost: h\r\n\r\n"),
              StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(socket.ask("GET /connectors/a%2Fb HTTP/1.1\r\nHost: h\r\n\r\n"),
              HasSubstr("Connector a/b not found"));
}

TEST_F(ServerTest, LargeHeadersAndBodiesAreRefused) {
  start();
  Socket header = connect();
  header.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(header.rest(), StartsWith("HTTP/1.1 431 "));
  Socket target = connect();
  target.send("GET /" + std::string(100'000, 'x'));
  EXPECT_THAT(target.rest(), StartsWith("HTTP/1.1 431 "));
  Socket declared = connect();
  declared.send(
      "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: 104857600\r\n\r\n");
  EXPECT_THAT(declared.answer(), StartsWith("HTTP/1.1 413 "));
  Socket sent = connect();
  sent.send("PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n" +
            std::string(2'000'000, ' '));
  EXPECT_THAT(sent.rest(), StartsWith("HTTP/1.1 413 "));
  Socket chunked = connect();
  std::string body =
      "PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 20; ++i) {
    body += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  }
  chunked.send(body);
  EXPECT_THAT(chunked.rest(), StartsWith("HTTP/1.1 413 "));
  Socket fits = connect();
  EXPECT_THAT(
      fits.ask(put("/connectors/a/config", "{\"k\":\"" + std::string(1'000'000, 'x') + "\"}")),
      StartsWith("HTTP/1.1 201 "));
}

TEST_F(ServerTest, SlowSendersGet408) {
  Settings settings;
  settings.limits.first_byte = std::chrono::milliseconds(30);
  settings.limits.request = std::chrono::milliseconds(60);
  settings.limits.idle = std::chrono::milliseconds(30);
  start(std::move(settings));
  Socket silent = connect();
  EXPECT_THAT(silent.rest(), StartsWith("HTTP/1.1 408 "));
  Socket header = connect();
  header.send("GET / HTTP/1.1\r\nHo");
  EXPECT_THAT(header.rest(), StartsWith("HTTP/1.1 408 "));
  Socket body = connect();
  body.send("PUT /connectors/a/config HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_THAT(body.rest(), StartsWith("HTTP/1.1 408 "));
  Socket idle = connect();
  EXPECT_THAT(idle.ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(idle.rest(), "");
}

TEST_F(ServerTest, BeyondTheLimitOfAnAddressOnlyHealthIsServed) {
  Settings settings;
  settings.limits.connections_per_address = 3;
  settings.limits.over_limit = std::chrono::milliseconds(50);
  start(std::move(settings));
  std::vector<std::unique_ptr<Socket>> kept;
  for (int i = 0; i < 3; ++i) {
    kept.push_back(std::make_unique<Socket>(server_->port()));
    EXPECT_THAT(kept.back()->ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
  }
  Socket refused = connect();
  refused.send(kGetRoot);
  EXPECT_THAT(refused.rest(), StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  Socket silent = connect();
  EXPECT_THAT(silent.rest(), StartsWith("HTTP/1.1 429 "));
  Socket health = connect();
  health.send(kGetHealth);
  EXPECT_THAT(health.rest(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(kept[0]->ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, BeyondBothLimitsConnectionsAreTurnedAway) {
  Settings settings;
  settings.limits.connections = 2;
  start(std::move(settings));
  std::vector<std::unique_ptr<Socket>> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(std::make_unique<Socket>(server_->port()));
  }
  Socket fifth = connect();
  EXPECT_THAT(fifth.rest(), StartsWith("HTTP/1.1 429 "));
}

TEST_F(ServerTest, SlowCallsDoNotDelayOthers) {
  Gate gate;
  worker_.before_create = [&] { gate.wait(); };
  start();
  std::vector<std::unique_ptr<Socket>> blocked;
  for (int i = 0; i < 4; ++i) {
    blocked.push_back(std::make_unique<Socket>(server_->port()));
    blocked.back()->send(put("/connector-plugins/FileSink/config/validate", "{}"));
  }
  gate.wait_for_callers(4);
  Socket socket = connect();
  EXPECT_THAT(socket.ask(kGetHealth), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(socket.ask("GET /connectors HTTP/1.1\r\nHost: h\r\n\r\n"), HasSubstr("\r\n\r\n[]"));
  EXPECT_THAT(socket.ask(put("/connectors/a/config", "{}")), StartsWith("HTTP/1.1 201 "));
  gate.open();
  for (const auto& b : blocked) {
    EXPECT_THAT(b->answer(), StartsWith("HTTP/1.1 200 "));
  }
}

TEST_F(ServerTest, ACallThatTakesTooLongIsA500WithTheStage) {
  Gate gate;
  worker_.before_create = [&] { gate.wait(); };
  worker_.stage_text = "The worker is currently waiting, which began at T";
  Settings settings;
  settings.limits.handling = std::chrono::milliseconds(40);
  start(std::move(settings));
  Socket socket = connect();
  socket.send(put("/connector-plugins/FileSink/config/validate", "{}"));
  const std::string answer = socket.rest();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 Server Error\r\n"));
  EXPECT_THAT(
      answer,
      HasSubstr("\"Request timed out. The worker is currently waiting, which began at T\""));
  gate.open();
}

TEST_F(ServerTest, RequestsThatNeedStateWaitForIt) {
  worker_.is_ready = false;
  worker_.health_status = worker::HealthStatus::starting;
  start();
  Socket waiting = connect();
  waiting.send("GET /connectors HTTP/1.1\r\nHost: h\r\n\r\n");
  Socket other = connect();
  EXPECT_THAT(other.ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(other.ask(kGetHealth), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(other.ask("GET /connector-plugins HTTP/1.1\r\nHost: h\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
  worker_.is_ready = true;
  EXPECT_THAT(waiting.answer(), HasSubstr("\r\n\r\n[]"));
}

TEST_F(ServerTest, WhileShuttingDownOnlyReadsAreServed) {
  start();
  server_->refuse_changes();
  Socket socket = connect();
  EXPECT_THAT(socket.ask(put("/connectors/a/config", "{}")), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(socket.ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, StopEndsIdleConnectionsAndFinishesRequests) {
  Gate gate;
  worker_.before_create = [&] { gate.wait(); };
  start();
  Socket idle = connect();
  EXPECT_THAT(idle.ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
  Socket busy = connect();
  busy.send(put("/connector-plugins/FileSink/config/validate", "{}"));
  gate.wait_for_callers(1);
  std::jthread stopper([&] { server_->stop(std::chrono::seconds(20)); });
  EXPECT_EQ(idle.rest(), "");
  gate.open();
  const std::string answer = busy.rest();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(ServerTest, StopDoesNotWaitForClientsPastTheGrace) {
  start();
  Socket half = connect();
  half.send("GET / HTTP/1.1\r\nHo");
  Socket other = connect();
  EXPECT_THAT(other.ask(kGetRoot), StartsWith("HTTP/1.1 200 "));
  server_->stop(std::chrono::milliseconds(20));
  EXPECT_EQ(half.rest(), "");
}

TEST_F(ServerTest, ManyRequestsOfNonsenseLeaveItAlive) {
  start();
  for (int round = 0; round < 20; ++round) {
    Socket socket = connect();
    std::string all;
    for (int i = 0; i < 25; ++i) {
      all += put("/connectors/a/config",
                 std::string(static_cast<std::size_t>(i) * 50, '[') + "{\"x\":");
    }
    socket.send(all);
    for (int i = 0; i < 25; ++i) {
      EXPECT_THAT(socket.answer(), StartsWith("HTTP/1.1 400 "));
    }
  }
  EXPECT_THAT(connect().ask(kGetHealth), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, ConfiguredHeadersAndOriginsAreSent) {
  Settings settings;
  settings.headers = {{"X-Frame-Options", "DENY"}};
  settings.allow_origin = "http://good.example";
  start(std::move(settings));
  Socket socket = connect();
  const std::string good =
      socket.ask("GET / HTTP/1.1\r\nHost: h\r\nOrigin: http://good.example\r\n\r\n");
  EXPECT_THAT(good, HasSubstr("X-Frame-Options: DENY\r\n"));
  EXPECT_THAT(good, HasSubstr("Access-Control-Allow-Origin: http://good.example\r\n"));
  const std::string bad =
      socket.ask("GET / HTTP/1.1\r\nHost: h\r\nOrigin: http://bad.example\r\n\r\n");
  EXPECT_THAT(bad, Not(HasSubstr("Access-Control")));
}

TEST_F(ServerTest, AnAddressInUseIsAClearError) {
  start();
  Settings settings;
  settings.listeners.push_back({"127.0.0.1", server_->port(), {}});
  Server second(std::move(settings), metrics_);
  const auto bound = second.bind();
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().message,
            "cannot listen on http://127.0.0.1:" + std::to_string(server_->port()) +
                ": Address already in use");
}

TEST_F(ServerTest, AdvertisesItsAddress) {
  start();
  EXPECT_EQ(server_->advertised(), "127.0.0.1:" + std::to_string(server_->port()));
  Settings settings;
  settings.listeners.push_back({"127.0.0.1", 0, {}});
  settings.advertised_host = "worker-1.example";
  settings.advertised_port = 80;
  Server other(std::move(settings), metrics_);
  ASSERT_TRUE(other.bind());
  EXPECT_EQ(other.advertised(), "worker-1.example:80");
}

}  // namespace
}  // namespace weir::runtime::http
