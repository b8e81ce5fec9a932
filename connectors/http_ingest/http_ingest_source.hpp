// The source task: takes what the server has accepted, gives it to the runtime, and answers when
// Kafka has it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>
#include <weir/plugin.hpp>

#include "config.hpp"
#include "exchange_queue.hpp"
#include "gateway.hpp"
#include "server.hpp"
#include "server_metrics.hpp"

namespace weir::connectors::http_ingest {

class HttpIngestSource final : public Source {
 public:
  static constexpr std::string_view kType = "http_ingest";
  static constexpr std::string_view kDoc =
      "Takes records over HTTP: business routes with schemas, and the produce API of REST Proxy.";
  static ConfigDef<Config> describe() { return describe_config(); }

  HttpIngestSource(Config config, Task task);
  ~HttpIngestSource() override;

  Result<void> start() override;
  Result<void> poll(Batch& batch, std::chrono::milliseconds max_wait) override;
  void acknowledged(std::span<const Ack> acks) override;
  void stop() override;

  /// The ports listened on, once started.
  std::vector<std::uint16_t> ports() const;

 private:
  void append(Batch& batch, Exchange& exchange);
  /// Makes answers of what Kafka has never seen.
  std::vector<std::shared_ptr<Exchange>> given_up(std::vector<std::shared_ptr<Exchange>> list);
  /// Gives back what the exchange holds, and sends its answer.
  void close(std::shared_ptr<Exchange> exchange, std::vector<std::shared_ptr<Exchange>>& answers);

  const Config config_;
  const Task task_;
  ExchangeQueue queue_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<ServerMetrics> metrics_;
  std::unordered_map<Exchange*, std::shared_ptr<Exchange>>
      polled_;  // until the last record is settled
  std::unique_ptr<Server> server_;
};

}  // namespace weir::connectors::http_ingest
