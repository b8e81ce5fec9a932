// The HTTP/1.1 server: connections, limits and time-outs. What a request means is the gateway's
// business.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>
#include <weir/result.hpp>
#include <weir/task.hpp>

#include "config.hpp"
#include "exchange_queue.hpp"
#include "gateway.hpp"
#include "server_metrics.hpp"

namespace weir::connectors::http_ingest {

class Server {
 public:
  /// Borrows everything until it is destroyed.
  Server(const Config& config, Gateway& gateway, ExchangeQueue& queue, const ServerMetrics& metrics,
         Task task);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds the listeners and starts the threads. Errc::retriable: an address is in use;
  /// Errc::bad_config: it is none of this machine's, or not permitted.
  Result<void> start();
  /// The port of each listener, in order.
  const std::vector<std::uint16_t>& ports() const noexcept;

  /// Any thread: these are settled; their callers get their answers.
  void answer(std::vector<std::shared_ptr<Exchange>> settled);

  /// Takes no new connection and no new request; what is being worked on goes on. Any thread.
  void drain();
  /// Waits until the last connection is closed, at most `limit`; then ends the threads.
  void finish(std::chrono::milliseconds limit);

 private:
  struct Core;
  std::unique_ptr<Core> core_;
};

}  // namespace weir::connectors::http_ingest
