// Where consumers go that cannot be destroyed in time.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "runtime/kafka/handles.hpp"

namespace weir::runtime::kafka {

class Consumer;

/// A consumer's C handles and what its callbacks need, so that they can outlive the Consumer.
/// Destroying a client with commits that were never answered blocks for up to session.timeout.ms
/// and burns a core meanwhile.
struct ConsumerClient {
  struct Destroy {
    void operator()(rd_kafka_t* handle) const noexcept {
      rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    }
  };

  ~ConsumerClient() {
    closing_queue.reset();
    commit_queue.reset();
    queue.reset();
  }

  /// Can be destroyed without waiting.
  bool settled() const {
    return unanswered == 0 && (!closing_queue || rd_kafka_consumer_closed(rk.get()) != 0);
  }
  /// Serves what is left to come; the thread that owns this only.
  void serve(int timeout_ms);

  std::unique_ptr<rd_kafka_t, Destroy> rk;
  QueueHandle queue;          // the consumer's own
  QueueHandle commit_queue;   // answers of commits, so that they do not wait behind fetched records
  QueueHandle closing_queue;  // set when closing has begun
  Consumer* owner{nullptr};   // nullptr: abandoned, callbacks have nobody to tell
  std::size_t unanswered{0};  // commits that the library still works on
};

/// Destroys `client` on a thread that all abandoned clients share, once it is settled. Returns at
/// once.
void abandon(std::unique_ptr<ConsumerClient> client);

/// Clients that wait there. While there are any, leave the process by _exit(): their threads still
/// run.
std::size_t abandoned_clients() noexcept;

}  // namespace weir::runtime::kafka
