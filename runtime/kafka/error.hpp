// librdkafka's error codes in the runtime's words. Any thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/result.hpp"

namespace weir::runtime::kafka {

/// What happened, finer than Errc, so that each can become a task state.
enum class ErrorKind : std::uint8_t {
  transport,       // broker or all brokers down, time-outs, coordinator away: goes away by itself
  unknown_topic,   // subscribed or produced to a topic or partition that does not exist
  authentication,  // SASL or TLS refused us
  authorization,   // no ACL for the topic, group or transactional id
  auto_offset_reset,  // no usable offset and auto.offset.reset=none
  max_poll_exceeded,  // the task did not poll in time; the assignment is lost, the client rejoins
  stale_member,       // generation or member id of an older assignment
  partition_end,      // with enable.partition.eof=true only
  bad_message,        // this record cannot be sent or read: too large, corrupt
  queue_full,         // local producer queue: back-pressure
  purged,             // the record was dropped by purge() or an aborted transaction
  fenced,             // another producer or static member took our id
  fatal,              // the client cannot be used any more
  other,
};

std::string_view to_string(ErrorKind kind) noexcept;

ErrorKind kind_of(rd_kafka_resp_err_t code) noexcept;

/// transport, queue_full, purged, stale_member, max_poll_exceeded, unknown_topic: retriable;
/// bad_message: bad_record; authentication, authorization: bad_config; the rest: fatal.
Errc errc_of(ErrorKind kind) noexcept;

/// "<what>: <library's text> (<code name>)".
Error make_error(rd_kafka_resp_err_t code, std::string_view what);
Error make_error(const rd_kafka_error_t* error, std::string_view what);

/// An error that a client met by itself, delivered in the order of the calls to poll.
struct ClientError {
  ErrorKind kind{ErrorKind::other};
  int code{0};  // rd_kafka_resp_err_t
  Error error;
  std::string topic;           // empty: not about one topic
  std::int32_t partition{-1};  // -1: not about one partition
  std::int64_t offset{-1};     // partition_end: the end offset
};

/// For the client's error callback; asks the client for the cause behind a fatal error.
ClientError client_error(rd_kafka_t* rk, rd_kafka_resp_err_t code, std::string_view reason);

}  // namespace weir::runtime::kafka
