#include "runtime/kafka/client_reaper.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace weir::runtime::kafka {
namespace {

constexpr auto kRound = std::chrono::milliseconds(100);

class Reaper {
 public:
  void add(std::unique_ptr<ConsumerClient> client) {
    count_.fetch_add(1);
    std::lock_guard lock(mutex_);
    arrivals_.push_back(std::move(client));
    if (!thread_.joinable()) {
      thread_ = std::jthread([this] { run(); });
    }
    changed_.notify_one();
  }
  std::size_t count() const noexcept { return count_.load(); }

 private:
  void run() noexcept {
    std::vector<std::unique_ptr<ConsumerClient>> clients;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        if (clients.empty()) {
          changed_.wait(lock, [&] { return !arrivals_.empty(); });
        } else {
          changed_.wait_for(lock, kRound, [&] { return !arrivals_.empty(); });
        }
        for (auto& c : std::exchange(arrivals_, {})) {
          clients.push_back(std::move(c));
        }
      }
      for (auto& c : clients) {
        c->serve(0);
      }
      count_.fetch_sub(std::erase_if(clients, [](const auto& c) { return c->settled(); }));
    }
  }

  std::mutex mutex_;  // guards arrivals_ and thread_
  std::condition_variable changed_;
  std::vector<std::unique_ptr<ConsumerClient>> arrivals_;
  std::atomic<std::size_t> count_{0};
  std::jthread thread_;
};

/// Never destroyed: at the end of the process a client may still be waiting for its broker.
Reaper& reaper() {
  static Reaper* const instance = new Reaper();
  return *instance;
}

}  // namespace

void abandon(std::unique_ptr<ConsumerClient> client) {
  client->owner = nullptr;
  reaper().add(std::move(client));
}

std::size_t abandoned_clients() noexcept { return reaper().count(); }

}  // namespace weir::runtime::kafka
