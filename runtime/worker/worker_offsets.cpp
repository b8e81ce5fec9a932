// Offsets of connectors: KIP-875.
#include <boost/json.hpp>
#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "runtime/config/connector_config.hpp"
#include "runtime/worker/parts.hpp"
#include "runtime/worker/worker.hpp"

namespace weir::runtime::worker {
namespace {

namespace json = boost::json;
constexpr std::chrono::seconds kTimeout{30};

std::optional<json::object> object_of(const std::string& text) {
  json::error_code ec;
  json::value value = json::parse(text, ec);
  return ec || !value.is_object() ? std::nullopt : std::optional(std::move(value.get_object()));
}

// A number, or a text that is one.
std::optional<std::int64_t> integer(const json::value& value) {
  if (value.is_int64()) {
    return value.get_int64();
  }
  if (!value.is_string()) {
    return std::nullopt;
  }
  const auto& text = value.get_string();
  std::int64_t out = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

struct SinkOffset {
  kafka::TopicPartition partition;
  std::optional<std::int64_t> offset;
};

ApiResult<SinkOffset> sink_offset(const OffsetEntry& entry) {
  const auto partition = object_of(entry.partition);
  const json::value* topic = partition ? partition->if_contains("kafka_topic") : nullptr;
  const json::value* number = partition ? partition->if_contains("kafka_partition") : nullptr;
  if (topic == nullptr || number == nullptr) {
    return ApiError{400, "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"};
  }
  const auto parsed = integer(*number);
  if (!topic->is_string() || topic->get_string().empty()) {
    return ApiError{400, "Kafka topic names must be valid strings and may not be null"};
  }
  if (!parsed || *parsed < 0 || *parsed > std::numeric_limits<std::int32_t>::max()) {
    return ApiError{400, fmt::format("Partition values for sink connectors need to be integers 0 or above: {}", json::serialize(*number))};
  }
  SinkOffset out;
  out.partition.topic = std::string(topic->get_string().data(), topic->get_string().size());
  out.partition.partition = static_cast<std::int32_t>(*parsed);
  if (entry.offset) {
    const auto offset = object_of(*entry.offset);
    const json::value* value = offset ? offset->if_contains("kafka_offset") : nullptr;
    if (value == nullptr) {
      return ApiError{400, "The offset for a sink connector should either be null or contain the key 'kafka_offset'"};
    }
    out.offset = integer(*value);
    if (!out.offset || *out.offset < 0) {
      return ApiError{400, fmt::format("Offset values for sink connectors need to be integers 0 or above: {}", json::serialize(*value))};
    }
  }
  return out;
}

ApiError failed(const Error& error) { return {500, error.message}; }

}  // namespace

ApiResult<Offsets> Worker::offsets(const std::string& name) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return ApiError{404, fmt::format("Connector {} not found", name)};
  }
  Offsets out;
  if (type_of(stored->config) != "sink") {
    if (auto read = parts_->offsets->read_to_end(kTimeout); !read) {
      return failed(read.error());
    }
    for (state::OffsetEntry& entry : parts_->offsets->list(name)) {
      out.push_back({std::move(entry.partition), std::move(entry.offset)});
    }
    return out;
  }
  const auto resolved = options_.config.config_providers.resolve(stored->config);
  if (!resolved) {
    return failed(resolved.error());
  }
  auto list = parts_->admin->list_group_offsets(sink_group(resolved->config, name), {}, kTimeout);
  if (!list) {
    return failed(list.error());
  }
  for (const kafka::PartitionOutcome& each : *list) {
    if (each.position.offset >= 0) {
      json::object partition;
      partition["kafka_topic"] = each.position.topic;
      partition["kafka_partition"] = each.position.partition;
      out.push_back({json::serialize(partition), fmt::format("{{\"kafka_offset\":{}}}", each.position.offset)});
    }
  }
  return out;
}

ApiResult<std::string> Worker::alter_offsets(const std::string& name, const Offsets& offsets) { return write_offsets(name, &offsets); }
ApiResult<std::string> Worker::reset_offsets(const std::string& name) { return write_offsets(name, nullptr); }

ApiResult<std::string> Worker::write_offsets(const std::string& name, const Offsets* offsets) {
  if (auto wait = not_ready()) {
    return *wait;
  }
  const std::lock_guard lock(change_mutex_);
  if (offsets != nullptr && offsets->empty()) {
    return ApiError{400, "Partitions / offsets need to be provided for an alter offsets request"};
  }
  const auto stored = parts_->configs->connector(name);
  if (!stored) {
    return ApiError{404, fmt::format("Connector {} not found", name)};
  }
  if (stored->target != state::TargetState::stopped || !stored->tasks.empty()) {
    return ApiError{400, fmt::format("Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified "
                                     "connector by issuing a 'PUT' request to the '/connectors/{}/stop' endpoint",
                                     name)};
  }
  const char* word = offsets != nullptr ? "altered" : "reset";
  const std::string done = fmt::format(
      "The Connect framework-managed offsets for this connector have been {} successfully. However, if this connector manages offsets "
      "externally, they will need to be manually {} in the system that the connector uses.",
      word, word);

  if (type_of(stored->config) != "sink") {
    if (auto read = parts_->offsets->read_to_end(kTimeout); !read) {
      return failed(read.error());
    }
    std::vector<state::OffsetEntry> entries;
    if (offsets != nullptr) {
      for (const OffsetEntry& entry : *offsets) {
        if (!state::canonical_json(entry.partition) || (entry.offset && !state::canonical_json(*entry.offset))) {
          return ApiError{400, "Partitions and offsets of a source connector are objects of texts, numbers, booleans and nulls"};
        }
        entries.push_back({entry.partition, entry.offset});
      }
    } else {
      entries = parts_->offsets->list(name);
      for (state::OffsetEntry& entry : entries) {
        entry.offset.reset();
      }
    }
    if (auto written = parts_->offsets->write_and_wait(name, entries, kTimeout); !written) {
      return failed(written.error());
    }
    return done;
  }

  const auto resolved = options_.config.config_providers.resolve(stored->config);
  if (!resolved) {
    return failed(resolved.error());
  }
  const std::string group = sink_group(resolved->config, name);
  if (offsets == nullptr) {
    if (parts_->admin->embedded()) {
      return ApiError{500, "The embedded broker cannot delete the offsets of a sink: it would end the process"};
    }
    if (auto deleted = parts_->admin->delete_group(group, kTimeout); !deleted) {
      return failed(deleted.error());
    }
    return done;
  }
  std::vector<kafka::TopicPartitionOffset> set;
  std::vector<kafka::TopicPartition> gone;
  for (const OffsetEntry& entry : *offsets) {
    auto parsed = sink_offset(entry);
    if (!parsed) {
      return parsed.error();
    }
    if (parsed->offset) {
      set.push_back({parsed->partition.topic, parsed->partition.partition, *parsed->offset});
    } else {
      gone.push_back(parsed->partition);
    }
  }
  const auto settle = [&](const Result<std::vector<kafka::PartitionOutcome>>& outcome) -> std::optional<ApiError> {
    if (!outcome) {
      return failed(outcome.error());
    }
    for (const kafka::PartitionOutcome& each : *outcome) {
      if (each.code != 0) {
        return ApiError{500, fmt::format("Failed to alter consumer group offsets for connector {}, topic partition {}-{}: {}. If the group is still "
                                         "active, try again in a moment",
                                         name, each.position.topic, each.position.partition, each.message)};
      }
    }
    return std::nullopt;
  };
  if (!set.empty()) {
    if (auto error = settle(parts_->admin->alter_group_offsets(group, set, kTimeout))) {
      return *error;
    }
  }
  if (!gone.empty()) {
    if (parts_->admin->embedded()) {
      return ApiError{500, "The embedded broker cannot delete the offsets of a sink: it would end the process"};
    }
    if (auto error = settle(parts_->admin->delete_group_offsets(group, gone, kTimeout))) {
      return *error;
    }
  }
  return done;
}

}  // namespace weir::runtime::worker
