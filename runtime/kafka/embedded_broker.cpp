#include "runtime/kafka/embedded_broker.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka_mock.h>

#include <vector>

#include "runtime/kafka/client_config.hpp"
#include "runtime/kafka/error.hpp"

namespace weir::runtime::kafka {

void EmbeddedBroker::DestroyCluster::operator()(rd_kafka_mock_cluster_t* cluster) const noexcept {
  rd_kafka_mock_cluster_destroy(cluster);
}

Result<std::unique_ptr<EmbeddedBroker>> EmbeddedBroker::start() {
  std::unique_ptr<EmbeddedBroker> self(new EmbeddedBroker());
  auto conf =
      Config{{"client.id", "embedded-broker"}, {"log_level", "3"}}.make_conf(ClientRole::producer);
  if (!conf) {
    return std::move(conf).error();
  }
  auto rk = new_client(ClientRole::producer, std::move(*conf));
  if (!rk) {
    return std::move(rk).error();
  }
  self->rk_.reset(*rk);
  self->cluster_.reset(rd_kafka_mock_cluster_new(self->rk_.get(), 1));
  if (!self->cluster_) {
    return fatal("The embedded broker cannot be started");
  }
  self->bootstrap_ = rd_kafka_mock_cluster_bootstraps(self->cluster_.get());
  return Result<std::unique_ptr<EmbeddedBroker>>(std::move(self));
}

EmbeddedBroker::~EmbeddedBroker() = default;

Result<void> EmbeddedBroker::create_topic(const std::string& name, std::int32_t partitions) {
  if (name.empty() || name.size() > 249 ||
      partitions < 1) {  // the mock asserts on what a broker refuses
    return bad_config(fmt::format(
        "Creating topic '{}' with {} partitions: not a valid name or number", name, partitions));
  }
  std::lock_guard lock(mutex_);
  const auto err = rd_kafka_mock_topic_create(cluster_.get(), name.c_str(), partitions, 1);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return make_error(err, fmt::format("Creating topic '{}'", name));
  }
  return {};
}

Result<void> EmbeddedBroker::set_reachable(bool reachable) {
  std::lock_guard lock(mutex_);
  const auto err = reachable ? rd_kafka_mock_broker_set_up(cluster_.get(), 1)
                             : rd_kafka_mock_broker_set_down(cluster_.get(), 1);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, "Changing the embedded broker");
  }
  return {};
}

void EmbeddedBroker::delay_answers(std::chrono::milliseconds time) {
  std::lock_guard lock(mutex_);
  rd_kafka_mock_broker_set_rtt(cluster_.get(), 1, static_cast<int>(time.count()));
}

void EmbeddedBroker::refuse(std::int16_t api_key, std::int16_t code, std::size_t times) {
  const std::vector<rd_kafka_resp_err_t> codes(times, static_cast<rd_kafka_resp_err_t>(code));
  std::lock_guard lock(mutex_);
  rd_kafka_mock_push_request_errors_array(cluster_.get(), api_key, codes.size(), codes.data());
}

}  // namespace weir::runtime::kafka
