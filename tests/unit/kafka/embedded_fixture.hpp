// A broker in the process and what tests do with it again and again.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/kafka/admin.hpp"
#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/embedded_broker.hpp"
#include "runtime/kafka/producer.hpp"
#include "runtime/kafka/transactional_producer.hpp"

namespace weir::runtime::kafka {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Report {
  rd_kafka_resp_err_t code;
  std::int32_t partition;
  std::int64_t offset;
};

class CollectReports final : public DeliveryHandler {
 public:
  void on_delivery(std::uint64_t tag, const Delivery& d) noexcept override {
    std::lock_guard lock(mutex_);
    reports_[tag].push_back({d.code, d.partition, d.offset});
  }
  std::map<std::uint64_t, std::vector<Report>> reports() {
    std::lock_guard lock(mutex_);
    return reports_;
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, std::vector<Report>> reports_;
};

class Embedded : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = EmbeddedBroker::start();
    ASSERT_TRUE(started) << started.error().message;
    broker = std::move(*started);
  }

  Config config() const { return {{"bootstrap.servers", broker->bootstrap_servers()}}; }
  static Clock::time_point in(milliseconds ms) { return Clock::now() + ms; }

  std::unique_ptr<Consumer> reader(const std::string& topic, std::int32_t partitions,
                                   Config extra = {}, ConsumerOptions options = {}) const {
    auto made = Consumer::create(config().merge(extra), options);
    EXPECT_TRUE(made) << made.error().message;
    std::vector<TopicPartitionOffset> all;
    for (std::int32_t p = 0; p < partitions; ++p) {
      all.push_back({topic, p, kOffsetBeginning});
    }
    EXPECT_TRUE((*made)->assign(all));
    return std::move(*made);
  }

  /// Polls until `n` records have come or 30 s are over.
  static std::vector<Message> read(Consumer& consumer, std::size_t n) {
    std::vector<Message> out;
    const auto deadline = in(seconds(30));
    while (out.size() < n && Clock::now() < deadline) {
      auto polled = consumer.poll(milliseconds(100));
      if (auto* m = std::get_if<Message>(&polled)) {
        out.push_back(std::move(*m));
      }
    }
    EXPECT_EQ(out.size(), n);
    return out;
  }

  void fill(const std::string& topic, int records, std::int32_t partition = 0) const {
    auto producer = Producer::create(config());
    ASSERT_TRUE(producer);
    CollectReports reports;
    auto channel = (*producer)->open_channel(reports);
    ASSERT_TRUE(channel);
    for (int i = 0; i < records; ++i) {
      const std::string value = std::to_string(i);
      Headers none;
      ASSERT_TRUE(channel->produce_wait(
          {.topic = topic, .partition = partition, .key = value, .value = value}, none,
          static_cast<std::uint64_t>(i), in(seconds(20))));
    }
    ASSERT_TRUE((*producer)->flush(in(seconds(20))));
    ASSERT_EQ(reports.reports().size(), static_cast<std::size_t>(records));
  }

  std::unique_ptr<EmbeddedBroker> broker;
};

}  // namespace weir::runtime::kafka
