// One accepted request on its way to Kafka and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <weir/result.hpp>

#include "config.hpp"
#include "digest.hpp"

namespace weir::connectors::http_ingest {

struct Exchange;

/// One record; what it points to belongs to its exchange.
struct OutRecord {
  Exchange* exchange{nullptr};
  std::string_view topic;
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> timestamp;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  BodyKind kind{BodyKind::bytes};
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  // What became of it, once it is settled.
  Errc code{Errc::ok};
  std::int32_t landed_partition{-1};
  std::int64_t landed_offset{-1};
  std::string message;
  bool refused{false};  // by the gateway (records:batch): it never goes to Kafka

  // v3 answers name them.
  std::string_view id;  // records:batch
  std::string_view key_type;
  std::string_view value_type;
};

enum class Api { route, v2, v3_records, v3_batch };

/// Made by a server thread, polled and settled by the task thread, answered by the server thread it
/// came from. The hand-overs go through the queue's mutex and the server's executor; nobody touches
/// it in between.
struct Exchange {
  Api api{Api::route};
  const Route* route{nullptr};
  std::string topic;
  std::string body;
  std::deque<std::string> texts;  // decoded or copied; addresses stay
  std::vector<OutRecord> records;
  std::size_t open{0};   // records not settled; task thread
  std::size_t bytes{0};  // what it counts against max.inflight.bytes
  std::optional<Digest> idempotency;
  std::uint32_t lane{0};  // which server thread answers
  std::uint64_t id{0};    // in that lane

  std::string_view keep(std::string_view text) { return texts.emplace_back(text); }
  std::string_view keep(std::string&& text) { return texts.emplace_back(std::move(text)); }
};

}  // namespace weir::connectors::http_ingest
