// From the server's threads to the task's: a queue with a descriptor to wait on. Bounded by
// max.inflight.bytes, which the server counts from the moment a body is admitted.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "exchange.hpp"

namespace weir::connectors::http_ingest {

class ExchangeQueue {
 public:
  using Item = std::shared_ptr<Exchange>;

  ExchangeQueue();
  ~ExchangeQueue();
  ExchangeQueue(const ExchangeQueue&) = delete;
  ExchangeQueue& operator=(const ExchangeQueue&) = delete;

  /// Any thread; false once closed.
  bool push(Item item);
  /// About max_records at most, oldest first. One reader.
  std::vector<Item> take(std::size_t max_records);
  /// No more pushes; what nobody has taken comes back.
  std::vector<Item> close();
  /// Readable while something is there to take; do not read it.
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
  std::mutex mutex_;  // guards what follows
  std::deque<Item> items_;
  bool closed_{false};
};

}  // namespace weir::connectors::http_ingest
