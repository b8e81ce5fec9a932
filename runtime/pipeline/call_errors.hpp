// What a plugin call reported: one error for the whole call, and errors of single records.
#pragma once

#include <weir/abi.h>
#include <weir/record.hpp>
#include <weir/result.hpp>

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace weir::runtime::pipeline {

/// Lives during one call into a plugin. A record that failed gets the state WEIR_RECORD_FAILED, so later stages skip it.
class CallErrors {
 public:
  struct RecordError {
    std::size_t index;
    Error error;
  };

  explicit CallErrors(weir_batch* batch = nullptr) noexcept : batch_(batch) {
    sink_.ctx = this;
    sink_.fail = &CallErrors::fail;
  }
  CallErrors(const CallErrors&) = delete;
  CallErrors& operator=(const CallErrors&) = delete;

  const weir_error_sink* sink() const noexcept { return &sink_; }
  std::vector<RecordError>& records() noexcept { return records_; }

  /// The outcome of the call: its code, with the text that was reported for it.
  Result<void> outcome(std::uint32_t code) const {
    if (code == WEIR_OK) {
      return {};
    }
    if (whole_) {
      return Error{static_cast<Errc>(code), whole_->message};
    }
    return Error{static_cast<Errc>(code), "the plugin gave no reason"};
  }

 private:
  static void fail(void* ctx, std::int64_t record, std::uint32_t code, weir_bytes message) {
    auto* self = static_cast<CallErrors*>(ctx);
    try {
      Error error{code >= WEIR_RETRIABLE && code <= WEIR_FATAL ? static_cast<Errc>(code) : Errc::fatal,
                  std::string(text_of(message))};
      if (record < 0 || self->batch_ == nullptr ||
          static_cast<std::size_t>(record) >= self->batch_->count) {
        self->whole_ = std::move(error);
        return;
      }
      const auto index = static_cast<std::size_t>(record);
      weir_record* r = Record(self->batch_, index).c();
      if (r->state != WEIR_RECORD_LIVE) {
        return;  // reported twice, or not this call's
      }
      r->state = WEIR_RECORD_FAILED;
      self->records_.push_back({index, std::move(error)});
    } catch (const std::exception&) {
      // Out of memory while an error is being recorded: the record stays live and the call's code decides.
    }
  }

  weir_batch* batch_;
  weir_error_sink sink_{};
  std::vector<RecordError> records_;
  std::optional<Error> whole_;
};

}  // namespace weir::runtime::pipeline
