#include "runtime/cli/topic_input.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "runtime/config/nearest.hpp"

namespace weir::runtime::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr seconds kPatience{15};

struct MetadataDeleter {
  void operator()(const rd_kafka_metadata_t* m) const noexcept { rd_kafka_metadata_destroy(m); }
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

LineRecord line_of(const kafka::Message& m) {
  LineRecord out;
  out.topic = m.topic();
  out.partition = m.partition();
  out.offset = m.offset();
  out.timestamp = m.timestamp();
  const auto owned = [](std::optional<std::string_view> bytes) {
    return bytes ? Bytes(std::string(*bytes)) : std::nullopt;
  };
  out.key = owned(m.key());
  out.value = owned(m.value());
  m.for_each_header([&](std::string_view name, std::optional<std::string_view> value) {
    out.headers.emplace_back(std::string(name), owned(value));
  });
  return out;
}

/// The number of partitions; of a topic that is not there, an error with the nearest name.
Result<std::int32_t> partitions_of(rd_kafka_t* rk, const std::string& topic,
                                   const std::string& bootstrap) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto err =
      rd_kafka_metadata(rk, 1, nullptr, &raw, static_cast<int>(milliseconds(kPatience).count()));
  const std::unique_ptr<const rd_kafka_metadata_t, MetadataDeleter> metadata(raw);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return retriable("--kafka: " + bootstrap + " does not answer: " + rd_kafka_err2str(err));
  }
  std::vector<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (metadata->topics[i].topic == topic && metadata->topics[i].partition_cnt > 0) {
      return metadata->topics[i].partition_cnt;
    }
    names.emplace_back(metadata->topics[i].topic);
  }
  const auto near = config::nearest(topic, names);
  return bad_config("--from-topic: there is no topic \"" + topic + "\" at " + bootstrap +
                    (near ? "; did you mean \"" + *near + "\"?" : ""));
}

}  // namespace

Result<std::unique_ptr<TopicInput>> TopicInput::open(kafka::Config config,
                                                     const TopicQuery& query) {
  std::unique_ptr<TopicInput> self(new TopicInput());
  self->bootstrap_ = config.get("bootstrap.servers").value_or("");
  config.erase("group.id").erase("group.instance.id");
  config.set("enable.partition.eof", "true").set("allow.auto.create.topics", "false");
  config.set("enable.auto.commit", "false");
  auto consumer = kafka::Consumer::create(config, {.sampler = false});
  if (!consumer) {
    return consumer.error();
  }
  self->consumer_ = std::move(*consumer);
  const auto count = partitions_of(self->consumer_->raw(), query.topic, self->bootstrap_);
  if (!count) {
    return count.error();
  }
  if (query.partition && (*query.partition < 0 || *query.partition >= *count)) {
    return bad_config("--partition: \"" + query.topic + "\" has partitions 0 to " +
                      std::to_string(*count - 1) + ", not " + std::to_string(*query.partition));
  }
  std::vector<kafka::TopicPartition> partitions;
  for (std::int32_t p = 0; p < *count; ++p) {
    if (!query.partition || *query.partition == p) {
      partitions.push_back({query.topic, p});
    }
  }
  auto begins = self->consumer_->beginning_offsets(partitions, kPatience);
  auto ends = self->consumer_->end_offsets(partitions, kPatience);
  if (!begins || !ends) {
    return !begins ? begins.error() : ends.error();
  }
  std::vector<kafka::TopicPartitionOffset> start = *begins;
  self->follow_ = query.from == "end";
  if (self->follow_) {
    start = *ends;
  } else if (query.from != "beginning") {
    const auto offset = number(query.from);
    if (!offset) {
      return bad_config("--from: \"" + query.from +
                        "\" is neither beginning, end, an offset, nor -N for the last N records");
    }
    const bool last = *offset < 0;
    if (last) {
      start = *ends;
      if (auto found =
              self->find_last(static_cast<std::size_t>(-(*offset + 1)) + 1, *begins, start);
          !found) {
        return found.error();
      }
    }
    for (std::size_t i = 0; i < start.size() && !last; ++i) {
      const std::int64_t begin = start[i].offset;
      const std::int64_t end = (*ends)[i].offset;
      if (query.partition && (*offset < begin || *offset > end)) {
        return bad_config("--from: partition " + std::to_string(*query.partition) +
                          " has offsets " + std::to_string(begin) + " to " +
                          std::to_string(end - 1) + ", not " + query.from);
      }
      start[i].offset = std::clamp(*offset, begin, end);
    }
  }
  std::vector<kafka::TopicPartitionOffset> read;
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (self->follow_ || start[i].offset < (*ends)[i].offset) {
      read.push_back(start[i]);
      self->open_.emplace(start[i].partition, (*ends)[i].offset);
    }
  }
  if (auto done = self->consumer_->assign(read); !done) {
    return done.error();
  }
  return self;
}

Result<void> TopicInput::find_last(std::size_t count,
                                   const std::vector<kafka::TopicPartitionOffset>& begins,
                                   std::vector<kafka::TopicPartitionOffset>& start) {
  constexpr std::size_t kMostAtOnce = 100'000;
  struct Partition {
    kafka::TopicPartitionOffset* start;
    std::int64_t begin;
    std::deque<std::int64_t> found;
  };
  std::map<std::int32_t, Partition> partitions;
  for (std::size_t i = 0; i < start.size(); ++i) {
    partitions.emplace(start[i].partition, Partition{&start[i], begins[i].offset, {}});
  }
  for (std::size_t step = std::min(count, kMostAtOnce);; step = std::min(step * 2, kMostAtOnce)) {
    std::vector<kafka::TopicPartitionOffset> read;
    for (auto& [number, p] : partitions) {
      const std::int64_t until = p.start->offset;
      if (p.found.size() < count && until > p.begin) {
        p.start->offset = std::max(p.begin, until - static_cast<std::int64_t>(step));
        read.push_back(*p.start);
        open_.emplace(number, until);
      }
    }
    if (read.empty()) {
      break;
    }
    if (auto done = consumer_->assign(read); !done) {
      return done.error();
    }
    while (!open_.empty()) {
      if (auto done = poll(milliseconds(500)); !done) {
        return done.error();
      }
    }
    for (auto record = ready_.rbegin(); record != ready_.rend(); ++record) {
      auto& found = partitions.at(record->partition).found;
      if (found.size() < count) {
        found.push_front(record->offset);
      }
    }
    ready_.clear();
  }
  for (auto& [number, p] : partitions) {
    if (p.found.size() == count) {
      p.start->offset = p.found.front();
    }
  }
  return {};
}

Result<void> TopicInput::poll(milliseconds timeout) {
  auto polled = consumer_->poll(timeout);
  if (auto* message = std::get_if<kafka::Message>(&polled)) {
    silent_since_.reset();
    const auto open = open_.find(message->partition());
    if (follow_) {
      ready_.push_back(line_of(*message));
    } else if (open != open_.end()) {
      if (message->offset() < open->second) {
        ready_.push_back(line_of(*message));
      }
      if (message->offset() + 1 >= open->second) {
        open_.erase(open);
      }
    }
    return {};
  }
  if (auto* error = std::get_if<kafka::ClientError>(&polled)) {
    if (error->kind == kafka::ErrorKind::partition_end) {
      silent_since_.reset();
      if (!follow_) {
        open_.erase(error->partition);
      }
      return {};
    }
    if (error->error.code != Errc::retriable) {
      return error->error;
    }
  }
  const auto now = Clock::now();
  if (!silent_since_) {
    silent_since_ = now;
  }
  if (!follow_ && now - *silent_since_ > kPatience) {
    return retriable("nothing came from " + bootstrap_ + " for " +
                     std::to_string(kPatience.count()) + " s, though there is more to be read");
  }
  return {};
}

Result<std::optional<LineRecord>> TopicInput::next() {
  while (ready_.empty()) {
    if (open_.empty()) {
      return std::optional<LineRecord>();
    }
    if (auto done = poll(milliseconds(500)); !done) {
      return done.error();
    }
  }
  LineRecord out = std::move(ready_.front());
  ready_.pop_front();
  return std::optional(std::move(out));
}

bool TopicInput::more_at_once() {
  if (ready_.empty() && !open_.empty()) {
    (void)poll(milliseconds(0));  // an error comes again with next()
  }
  return !ready_.empty();
}

}  // namespace weir::runtime::cli
