// Records that a source appends in one poll.
#pragma once

#include <weir/abi.h>
#include <weir/arena.hpp>
#include <weir/record.hpp>

#include <vector>

namespace weir::runtime::pipeline {

/// Task thread only. Used again and again: clear() keeps the memory.
class PolledBatch {
 public:
  PolledBatch() {
    batch_.struct_size = sizeof batch_;
    batch_.record_stride = sizeof(weir_record);
    batch_.arena = arena_.c();
    batch_.host = this;
    batch_.load_headers = [](weir_batch*, weir_record* r) { r->headers_loaded = 1; };
    batch_.append = &PolledBatch::append;
  }
  PolledBatch(const PolledBatch&) = delete;
  PolledBatch& operator=(const PolledBatch&) = delete;

  void clear() {
    records_.clear();
    arena_.reset();
    batch_.records = nullptr;
    batch_.count = 0;
  }
  weir_batch* c() noexcept { return &batch_; }
  std::size_t size() const noexcept { return records_.size(); }
  Record operator[](std::size_t i) noexcept { return {&batch_, i}; }
  weir_record& record(std::size_t i) noexcept { return records_[i]; }

 private:
  static weir_record* append(weir_batch* batch) {
    auto* self = static_cast<PolledBatch*>(batch->host);
    try {
      weir_record r{};
      r.partition = r.origin_partition = WEIR_NO_PARTITION;
      r.timestamp = WEIR_NO_TIMESTAMP;
      r.origin_offset = -1;
      r.headers_loaded = 1;
      self->records_.push_back(r);
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
    batch->records = self->records_.data();
    batch->count = self->records_.size();
    return &self->records_.back();
  }

  OwnedArena arena_;
  std::vector<weir_record> records_;
  weir_batch batch_{};
};

}  // namespace weir::runtime::pipeline
