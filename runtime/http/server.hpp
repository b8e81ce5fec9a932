// The REST server: sockets, limits and time-outs around Api.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <weir/result.hpp>

#include "runtime/http/settings.hpp"
#include "runtime/metrics/registry.hpp"
#include "runtime/worker/facade.hpp"

namespace weir::runtime::http {

/// One thread for the sockets, and a few for calls that block. bind(), start(), stop(): one thread,
/// in this order.
class Server {
 public:
  Server(Settings settings, metrics::Registry& metrics);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Opens the listeners; connections wait until start(). Error: bad_config with the address.
  Result<void> bind();
  /// Of the first listener, also when 0 was asked for; after bind().
  std::uint16_t port() const noexcept;
  std::uint16_t port(std::size_t listener) const noexcept;
  /// "host:port" that others use, and the worker_id of statuses; after bind().
  std::string advertised() const;

  /// Serves from now on; the worker may still be reading its state. It must outlive stop().
  void start(worker::Facade& worker);
  /// From now on everything but reads gets 503: the worker is going down. Any thread.
  void refuse_changes() noexcept;
  /// Closes the listeners and idle connections, waits for running requests until the deadline, then
  /// ends. Calls into the worker that are still running are waited for. Further calls do nothing.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(2));

 private:
  class Core;
  class Session;
  std::shared_ptr<Core> core_;
};

}  // namespace weir::runtime::http
