// One thread of the server with the connections it serves; internal to the server.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "exchange_queue.hpp"
#include "gateway.hpp"
#include "server_metrics.hpp"

namespace weir::connectors::http_ingest {

class Session;

/// What all sessions share. Outlives them.
struct Shared {
  Shared(const Config& c, Gateway& g, ExchangeQueue& q, const ServerMetrics& m, Task t)
      : config(c), gateway(g), queue(q), metrics(m), task(t) {}

  const Config& config;
  Gateway& gateway;
  ExchangeQueue& queue;
  const ServerMetrics& metrics;
  const Task task;
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::uint64_t> next_id{0};
  std::mutex mutex;  // with `closed`: somebody waits for connections to become 0
  std::condition_variable closed;

  bool draining() const { return gateway.health().draining; }
  /// false: there is no room; nothing is counted then.
  bool reserve(std::int64_t bytes);
  void release(std::int64_t bytes);
};

/// Everything in here is touched by the lane's own thread only.
struct Lane {
  Lane(Shared& s, std::uint32_t number) : shared(s), index(number), tick(context) {}

  Shared& shared;
  const std::uint32_t index;
  std::unordered_set<Session*> sessions;
  std::unordered_map<std::uint64_t, Session*> waiting;  // by Exchange::id
  boost::asio::io_context context{1};                   // destroyed before what its coroutines use
  boost::asio::steady_timer tick;                       // looks for sessions whose time is over
};

}  // namespace weir::connectors::http_ingest
