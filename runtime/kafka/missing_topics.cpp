#include "runtime/kafka/missing_topics.hpp"

#include <algorithm>
#include <memory>

#include "runtime/kafka/handles.hpp"

namespace weir::runtime::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{1000};  // Java's retry.backoff.max.ms
constexpr int kAnswerMs = 1000;

}  // namespace

void MissingTopics::subscribed(const std::vector<std::string>& topics) {
  topics_.clear();
  std::copy_if(topics.begin(), topics.end(), std::back_inserter(topics_),
               [](const std::string& topic) { return !topic.starts_with('^'); });
  missing_ = false;
}

void MissingTopics::note() noexcept {
  if (!missing_) {
    missing_ = true;
    pause_ = kFirstPause;
    next_ = SteadyClock::now() + pause_;
  }
}

void MissingTopics::look(rd_kafka_t* rk) {
  if (!missing_ || SteadyClock::now() < next_) {
    return;
  }
  pause_ = std::min(pause_ * 2, kLongestPause);
  // All topics: an answer that names some does not reach the library's group member.
  const rd_kafka_metadata_t* raw = nullptr;
  const auto err = rd_kafka_metadata(rk, 1, nullptr, &raw, kAnswerMs);
  const std::unique_ptr<const rd_kafka_metadata_t, HandleDeleter<rd_kafka_metadata_destroy>>
      metadata(raw);
  next_ = SteadyClock::now() + pause_;
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  missing_ = !std::all_of(topics_.begin(), topics_.end(), [&](const std::string& topic) {
    return std::any_of(metadata->topics, metadata->topics + metadata->topic_cnt,
                       [&](const rd_kafka_metadata_topic_t& found) {
                         return found.topic == topic && found.err == RD_KAFKA_RESP_ERR_NO_ERROR;
                       });
  });
}

}  // namespace weir::runtime::kafka
