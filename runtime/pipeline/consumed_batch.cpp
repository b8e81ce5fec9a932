#include "runtime/pipeline/consumed_batch.hpp"

#include <utility>

namespace weir::runtime::pipeline {
namespace {

weir_bytes bytes_or_absent(std::optional<std::string_view> bytes) noexcept {
  return bytes ? bytes_of(*bytes) : kAbsent;
}

}  // namespace

ConsumedBatch::ConsumedBatch(HeaderLoader& loader, std::size_t expected, std::uint64_t epoch)
    : loader_(loader), epoch_(epoch) {
  messages_.reserve(expected);
  records_.reserve(expected);
  batch_.struct_size = sizeof batch_;
  batch_.record_stride = sizeof(weir_record);
  batch_.arena = arena_.c();
  batch_.host = this;
  batch_.load_headers = [](weir_batch* batch, weir_record* record) {
    ConsumedBatch* self = of(batch);
    record->headers_loaded = 1;
    self->loader_.load_headers(batch, record,
                               self->messages_[static_cast<std::size_t>(record - self->records_.data())]);
  };
  batch_.append = nullptr;
}

void ConsumedBatch::add(kafka::Message message) {
  weir_record r{};
  r.topic = r.origin_topic = bytes_of(message.topic());
  r.partition = r.origin_partition = message.partition();
  r.origin_offset = message.offset();
  r.timestamp = message.timestamp().value_or(WEIR_NO_TIMESTAMP);
  r.raw_key = bytes_or_absent(message.key());
  r.raw_value = bytes_or_absent(message.value());
  bytes_ += message.size() + sizeof(weir_record);
  records_.push_back(r);
  messages_.push_back(std::move(message));
  batch_.records = records_.data();
  batch_.count = records_.size();
}

void ConsumedBatch::seal() {
  settled_ = std::make_unique<std::atomic<std::uint8_t>[]>(records_.size());
  unsettled_.store(records_.size(), std::memory_order_release);
}

std::size_t ConsumedBatch::live() const noexcept {
  std::size_t n = 0;
  for (const weir_record& r : records_) {
    n += r.state == WEIR_RECORD_LIVE ? 1u : 0u;
  }
  return n;
}

}  // namespace weir::runtime::pipeline
