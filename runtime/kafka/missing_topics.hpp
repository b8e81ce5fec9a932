// Subscribed topics that do not exist yet. librdkafka tells it once and looks again only after
// topic.metadata.refresh.interval.ms (5 minutes); Java's consumer keeps asking, with pauses of up
// to a second, and so does this.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <string>
#include <vector>

namespace weir::runtime::kafka {

/// One thread.
class MissingTopics {
 public:
  /// Of a new subscription. Regular expressions name no topic that could be missing.
  void subscribed(const std::vector<std::string>& topics);
  /// The library has reported a topic that is not there.
  void note() noexcept;
  bool any() const noexcept { return missing_; }
  /// When it is time, asks the cluster for its topics and waits for the answer, up to a second. The
  /// library reads the answer too, and joins the group again when a subscribed topic has come.
  void look(rd_kafka_t* rk);

 private:
  std::vector<std::string> topics_;
  bool missing_{false};
  std::chrono::steady_clock::time_point next_{};
  std::chrono::milliseconds pause_{0};
};

}  // namespace weir::runtime::kafka
