// One consumed record.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "runtime/kafka/handles.hpp"

namespace weir::runtime::kafka {

enum class TimestampType : std::uint8_t { none, create_time, log_append_time };

/// Owns the library's message and shows views into it, which live as long as it does. A held
/// message pins its whole fetch buffer, and must be gone before its Consumer. Move-only; one thread
/// at a time, any thread.
class Message {
 public:
  Message() = default;
  explicit Message(rd_kafka_message_t* raw) noexcept : raw_(raw) {}

  explicit operator bool() const noexcept { return raw_ != nullptr; }

  std::string_view topic() const noexcept { return rd_kafka_topic_name(raw_->rkt); }
  /// The same pointer for every record of a topic as long as the consumer lives: a cheap key for
  /// caches.
  const void* topic_id() const noexcept { return raw_->rkt; }
  std::int32_t partition() const noexcept { return raw_->partition; }
  std::int64_t offset() const noexcept { return raw_->offset; }

  /// Absent is not empty: a record without value is a tombstone.
  std::optional<std::string_view> key() const noexcept { return view(raw_->key, raw_->key_len); }
  std::optional<std::string_view> value() const noexcept { return view(raw_->payload, raw_->len); }

  /// Milliseconds since 1970; nothing when the record has none.
  std::optional<std::int64_t> timestamp() const noexcept {
    rd_kafka_timestamp_type_t type{};
    const std::int64_t ms = rd_kafka_message_timestamp(raw_.get(), &type);
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || ms < 0 ? std::nullopt : std::optional(ms);
  }
  TimestampType timestamp_type() const noexcept {
    rd_kafka_timestamp_type_t type{};
    rd_kafka_message_timestamp(raw_.get(), &type);
    switch (type) {
      case RD_KAFKA_TIMESTAMP_CREATE_TIME: return TimestampType::create_time;
      case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: return TimestampType::log_append_time;
      default: return TimestampType::none;
    }
  }

  /// Calls `visit(std::string_view name, std::optional<std::string_view> value)` for each header in
  /// order. The headers are parsed at the first call (about 0.1 us each), so records whose headers
  /// nobody wants cost nothing. False: the record has headers that cannot be parsed.
  template <class Visit>
  bool for_each_header(Visit&& visit) const {
    rd_kafka_headers_t* headers = nullptr;
    if (const auto err = rd_kafka_message_headers(raw_.get(), &headers);
        err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return err == RD_KAFKA_RESP_ERR__NOENT;
    }
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      visit(std::string_view(name), view(value, size));
    }
    return true;
  }
  std::size_t header_count() const noexcept {
    rd_kafka_headers_t* headers = nullptr;
    return rd_kafka_message_headers(raw_.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR
               ? rd_kafka_header_cnt(headers)
               : 0;
  }

  /// Bytes of key and value.
  std::size_t size() const noexcept { return raw_->len + raw_->key_len; }

  const rd_kafka_message_t* raw() const noexcept { return raw_.get(); }

 private:
  static std::optional<std::string_view> view(const void* data, std::size_t size) noexcept {
    return data == nullptr ? std::nullopt
                           : std::optional(std::string_view(static_cast<const char*>(data), size));
  }

  std::unique_ptr<rd_kafka_message_t, HandleDeleter<rd_kafka_message_destroy>> raw_;
};

}  // namespace weir::runtime::kafka
