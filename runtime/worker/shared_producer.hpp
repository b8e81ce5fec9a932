// The producer that tasks without settings of their own share.
#pragma once

#include <memory>
#include <mutex>

#include "runtime/kafka/producer.hpp"

namespace weir::runtime::worker {

/// Thread-safe. Made at the first use, and again after a fatal error.
class SharedProducer {
 public:
  explicit SharedProducer(kafka::Config config) : config_(std::move(config)) {}

  Result<std::shared_ptr<kafka::Producer>> get() {
    const std::lock_guard lock(mutex_);
    if (!producer_ || producer_->fatal_error()) {
      auto made = kafka::Producer::create(config_);
      if (!made) {
        return made.error();
      }
      producer_ = std::move(*made);
    }
    return producer_;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    producer_.reset();
  }

 private:
  const kafka::Config config_;
  std::mutex mutex_;  // guards producer_
  std::shared_ptr<kafka::Producer> producer_;
};

}  // namespace weir::runtime::worker
