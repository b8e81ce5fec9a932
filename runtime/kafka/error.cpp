#include "runtime/kafka/error.hpp"

#include <fmt/format.h>

namespace weir::runtime::kafka {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::transport: return "transport";
    case ErrorKind::unknown_topic: return "unknown_topic";
    case ErrorKind::authentication: return "authentication";
    case ErrorKind::authorization: return "authorization";
    case ErrorKind::auto_offset_reset: return "auto_offset_reset";
    case ErrorKind::max_poll_exceeded: return "max_poll_exceeded";
    case ErrorKind::stale_member: return "stale_member";
    case ErrorKind::partition_end: return "partition_end";
    case ErrorKind::bad_message: return "bad_message";
    case ErrorKind::queue_full: return "queue_full";
    case ErrorKind::purged: return "purged";
    case ErrorKind::fenced: return "fenced";
    case ErrorKind::fatal: return "fatal";
    case ErrorKind::other: return "other";
  }
  return "other";
}

ErrorKind kind_of(rd_kafka_resp_err_t code) noexcept {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS: return ErrorKind::transport;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return ErrorKind::unknown_topic;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
    case RD_KAFKA_RESP_ERR_SECURITY_DISABLED: return ErrorKind::authentication;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return ErrorKind::authorization;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__NO_OFFSET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return ErrorKind::auto_offset_reset;
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: return ErrorKind::max_poll_exceeded;
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST: return ErrorKind::stale_member;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: return ErrorKind::partition_end;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP: return ErrorKind::bad_message;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: return ErrorKind::queue_full;
    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return ErrorKind::purged;
    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: return ErrorKind::fenced;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID: return ErrorKind::fatal;
    default: return ErrorKind::other;
  }
}

Errc errc_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::transport:
    case ErrorKind::queue_full:
    case ErrorKind::stale_member:
    case ErrorKind::max_poll_exceeded:
    case ErrorKind::partition_end:
    case ErrorKind::purged:
    case ErrorKind::unknown_topic: return Errc::retriable;
    case ErrorKind::bad_message: return Errc::bad_record;
    case ErrorKind::authentication:
    case ErrorKind::authorization: return Errc::bad_config;
    case ErrorKind::auto_offset_reset:
    case ErrorKind::fenced:
    case ErrorKind::fatal:
    case ErrorKind::other: return Errc::fatal;
  }
  return Errc::fatal;
}

Error make_error(rd_kafka_resp_err_t code, std::string_view what) {
  return {errc_of(kind_of(code)),
          fmt::format("{}: {} ({})", what, rd_kafka_err2str(code), rd_kafka_err2name(code))};
}

Error make_error(const rd_kafka_error_t* error, std::string_view what) {
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
  Errc errc = errc_of(kind_of(code));
  if (rd_kafka_error_is_fatal(error) != 0) {
    errc = Errc::fatal;
  } else if (rd_kafka_error_is_retriable(error) != 0) {
    errc = Errc::retriable;
  }
  return {errc, fmt::format("{}: {} ({})", what, rd_kafka_error_string(error),
                            rd_kafka_error_name(error))};
}

ClientError client_error(rd_kafka_t* rk, rd_kafka_resp_err_t code, std::string_view reason) {
  ClientError out;
  out.code = code;
  out.kind = kind_of(code);
  std::string text(reason);
  if (code == RD_KAFKA_RESP_ERR__FATAL) {
    char cause[512] = "";
    const rd_kafka_resp_err_t original = rd_kafka_fatal_error(rk, cause, sizeof cause);
    if (original != RD_KAFKA_RESP_ERR_NO_ERROR) {
      out.code = original;
      out.kind = kind_of(original) == ErrorKind::fenced ? ErrorKind::fenced : ErrorKind::fatal;
      text = cause;
    }
  }
  const auto named = static_cast<rd_kafka_resp_err_t>(out.code);
  out.error = {errc_of(out.kind),
               fmt::format("{} ({})", text.empty() ? rd_kafka_err2str(named) : text,
                           rd_kafka_err2name(named))};
  return out;
}

}  // namespace weir::runtime::kafka
