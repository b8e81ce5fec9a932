// What a relay does when it cannot know what has become of its transaction.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/files.hpp"
#include "support/kafka_broker.hpp"
#include "support/topics.hpp"
#include "support/worker.hpp"

namespace weir::test {
namespace {

constexpr int kEndTxn = 26;
constexpr unsigned char kInvalidProducerEpoch = 47;

std::uint32_t number_at(const std::string& text, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    out = out << 8 | static_cast<unsigned char>(text[at + i]);
  }
  return out;
}

int connected_socket(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

/// Between a broker and its clients. One answer to EndTxn is turned into "you have been replaced", although the broker
/// has done what was asked: so it looks when the answer was lost, and another worker came before the question was asked
/// again.
class LyingProxy {
 public:
  LyingProxy(std::uint16_t port, std::uint16_t broker) : broker_(broker), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(listener_, 100) != 0) {
      throw std::runtime_error("the proxy's port is taken");
    }
    acceptor_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
  }

  void lie_once() { lies_ = 1; }
  bool has_lied() const { return lied_; }

 private:
  void accept(const std::stop_token& stop) {
    std::vector<std::jthread> pumps;
    while (!stop.stop_requested()) {
      pollfd waiting{listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 100) == 1) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        pumps.emplace_back([this, client](const std::stop_token& s) { serve(client, s); });
      }
    }
    ::close(listener_);
  }

  void serve(int client, const std::stop_token& stop) {
    const int broker = connected_socket(broker_);
    std::string asked;
    std::string answered;
    std::set<std::uint32_t> watched;  // EndTxn requests that are not answered yet
    const auto to_broker = [&](std::string& frame) {
      if ((static_cast<unsigned char>(frame[4]) << 8 | static_cast<unsigned char>(frame[5])) == kEndTxn) {
        watched.insert(number_at(frame, 8));
      }
    };
    const auto to_client = [&](std::string& frame) {
      if (watched.erase(number_at(frame, 4)) > 0 && lies_.exchange(0) == 1) {
        frame[12] = 0;
        frame[13] = static_cast<char>(kInvalidProducerEpoch);  // behind size, correlation id, throttle time
        lied_ = true;
      }
    };
    while (broker >= 0 && !stop.stop_requested()) {
      pollfd waiting[2] = {{client, POLLIN, 0}, {broker, POLLIN, 0}};
      if (::poll(waiting, 2, 100) > 0 && ((waiting[0].revents != 0 && !pass(client, broker, asked, to_broker)) ||
                                          (waiting[1].revents != 0 && !pass(broker, client, answered, to_client)))) {
        break;
      }
    }
    ::close(client);
    ::close(broker);
  }

  template <class Look>
  static bool pass(int from, int to, std::string& rest, const Look& look) {
    char buffer[65536];
    const auto got = ::recv(from, buffer, sizeof buffer, 0);
    if (got <= 0) {
      return false;
    }
    rest.append(buffer, static_cast<std::size_t>(got));
    while (rest.size() >= 4 && rest.size() >= 4 + number_at(rest, 0)) {
      std::string frame = rest.substr(0, 4 + number_at(rest, 0));
      rest.erase(0, frame.size());
      look(frame);
      for (std::size_t sent = 0; sent < frame.size();) {
        const auto n = ::send(to, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) {
          return false;
        }
        sent += static_cast<std::size_t>(n);
      }
    }
    return true;
  }

  const std::uint16_t broker_;
  const int listener_;
  std::atomic<int> lies_{0};
  std::atomic<bool> lied_{false};
  std::jthread acceptor_;
};

TEST(Relay, StartsOverBehindATransactionThatWasCommittedAlthoughTheAnswerSaidOtherwise) {
  const std::uint16_t port = free_port();
  const std::string bootstrap = "127.0.0.1:" + std::to_string(port);
  KafkaBroker kafka({.properties = {"advertised.listeners=PLAINTEXT://" + bootstrap}});
  LyingProxy proxy(port, kafka.port());
  create_topic(bootstrap, "in", 2);
  create_topic(bootstrap, "out", 1);
  Worker worker({.bootstrap = bootstrap});
  worker.put_connector("relay", {{"connector.class", "relay"},
                                 {"topics", "in"},
                                 {"topic", "out"},
                                 {"value.converter", "org.apache.kafka.connect.storage.StringConverter"}});
  worker.wait_running("relay");
  TopicWriter writer(bootstrap);
  TopicReader reader(bootstrap, "out");
  std::vector<std::string> written;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      written.push_back(std::to_string(written.size()));
      writer.write("in", written.back(), written.back());
    }
    writer.flush();
  };
  write(20);
  std::vector<TopicRecord> read = reader.read(20);
  proxy.lie_once();
  write(20);
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return proxy.has_lied(); }));
  write(20);
  for (TopicRecord& record : reader.read(40)) {
    read.push_back(std::move(record));
  }
  for (TopicRecord& record : reader.read(1, std::chrono::seconds(3))) {
    read.push_back(std::move(record));
  }
  std::multiset<std::string> got;
  for (const TopicRecord& record : read) {
    got.insert(record.value.value_or(""));
  }
  EXPECT_EQ(got, std::multiset<std::string>(written.begin(), written.end()));
  EXPECT_GE(worker.metric("weir_transactions_total{connector=\"relay\",result=\"aborted\""), 1);
}

}  // namespace
}  // namespace weir::test
