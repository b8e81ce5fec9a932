// Records consumed together: their messages, their arena, and what has become of each.
#pragma once

#include <weir/abi.h>
#include <weir/arena.hpp>
#include <weir/record.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/kafka/message.hpp"

namespace weir::runtime::pipeline {

/// Fills the headers of a record from its message, on first use. Task thread.
class HeaderLoader {
 public:
  virtual void load_headers(weir_batch* batch, weir_record* record, const kafka::Message& message) noexcept = 0;

 protected:
  ~HeaderLoader() = default;
};

/// Made and filled by the task's thread. A settling sink may hold it longer than the task's call: its records are settled
/// one by one, from any thread, and the memory goes when the last one is. So it is shared: the task holds one reference,
/// each unsettled record counts as another.
class ConsumedBatch {
 public:
  explicit ConsumedBatch(HeaderLoader& loader, std::size_t expected, std::uint64_t epoch);
  ConsumedBatch(const ConsumedBatch&) = delete;
  ConsumedBatch& operator=(const ConsumedBatch&) = delete;

  /// Takes a message; its bytes stay where they are.
  void add(kafka::Message message);

  weir_batch* c() noexcept { return &batch_; }
  std::size_t size() const noexcept { return batch_.count; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  Record operator[](std::size_t i) noexcept { return {&batch_, i}; }
  weir_record& record(std::size_t i) noexcept { return records_[i]; }
  const kafka::Message& message(std::size_t i) const noexcept { return messages_[i]; }
  Arena arena() noexcept { return arena_.view(); }
  static ConsumedBatch* of(weir_batch* batch) noexcept { return static_cast<ConsumedBatch*>(batch->host); }

  /// Marks a record as done for good: delivered, filtered, or safe in the dead-letter topic. Any thread; once is enough,
  /// but a batch that was taken away may meet a dead letter that was under way. True when it was the last one of the batch.
  bool settle(std::size_t i) noexcept {
    return settled_[i].exchange(1, std::memory_order_acq_rel) == 0 && unsettled_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  bool settled(std::size_t i) const noexcept { return settled_[i].load(std::memory_order_acquire) != 0; }
  /// Once after the last add, before anything is settled.
  void seal();
  std::size_t unsettled() const noexcept { return unsettled_.load(std::memory_order_acquire); }

  /// Records that are still WEIR_RECORD_LIVE.
  std::size_t live() const noexcept;

 private:
  HeaderLoader& loader_;
  std::uint64_t epoch_;
  OwnedArena arena_;
  std::vector<kafka::Message> messages_;
  std::vector<weir_record> records_;
  weir_batch batch_{};
  std::size_t bytes_{0};
  std::unique_ptr<std::atomic<std::uint8_t>[]> settled_;
  std::atomic<std::size_t> unsettled_{0};
};

}  // namespace weir::runtime::pipeline
