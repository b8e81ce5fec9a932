#include "support/topics.hpp"

#include <librdkafka/rdkafka.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

#include "support/files.hpp"

namespace weir::test {
namespace {

using Error = std::array<char, 512>;

template <auto Function>
struct Free {
  template <class T>
  void operator()(T* pointer) const {
    Function(pointer);
  }
};
using Message = std::unique_ptr<rd_kafka_message_t, Free<rd_kafka_message_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Free<rd_kafka_conf_destroy>>;
using Partitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Free<rd_kafka_topic_partition_list_destroy>>;

std::runtime_error failure(const std::string& what, rd_kafka_resp_err_t code) {
  return std::runtime_error(what + ": " + rd_kafka_err2str(code));
}

Conf make_conf(const std::string& bootstrap, const ClientConfig& settings) {
  Conf conf(rd_kafka_conf_new());
  ClientConfig all = {{"bootstrap.servers", bootstrap},
                      {"log_level", "3"},
                      {"broker.address.family", "v4"},
                      {"reconnect.backoff.max.ms", "500"}};
  for (const auto& [name, value] : settings) {
    all[name] = value;
  }
  for (const auto& [name, value] : all) {
    Error error{};
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), error.data(), error.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error(error.data());
    }
  }
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  return conf;
}

RdKafka make(rd_kafka_type_t type, Conf conf) {
  Error error{};
  rd_kafka_t* handle = rd_kafka_new(type, conf.get(), error.data(), error.size());
  if (!handle) {
    throw std::runtime_error(std::string("rd_kafka_new: ") + error.data());
  }
  static_cast<void>(conf.release());
  return RdKafka(handle);
}

RdKafka client(const std::string& bootstrap, ClientConfig settings = {}) {
  settings.emplace("group.id", "weir-test-support");
  settings.emplace("enable.auto.commit", "false");
  return make(RD_KAFKA_CONSUMER, make_conf(bootstrap, settings));
}

/// -1 when the topic is not there, 0 while a partition has no leader.
int partitions_of(rd_kafka_t* handle, const std::string& topic) {
  auto* known = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* raw = nullptr;
  rd_kafka_resp_err_t code = rd_kafka_metadata(handle, 0, known, &raw, 10000);
  rd_kafka_topic_destroy(known);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw failure("metadata of " + topic, code);
  }
  std::unique_ptr<const rd_kafka_metadata_t, Free<rd_kafka_metadata_destroy>> metadata(raw);
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return -1;
  }
  for (int i = 0; i < found.partition_cnt; ++i) {
    if (found.partitions[i].leader < 0) {
      return 0;
    }
  }
  return found.partition_cnt;
}

TopicRecord to_record(const rd_kafka_message_t& message) {
  TopicRecord record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.partition = message.partition;
  record.offset = message.offset;
  rd_kafka_timestamp_type_t type{};
  record.timestamp = rd_kafka_message_timestamp(&message, &type);
  auto text = [](const void* data, std::size_t size) -> std::optional<std::string> {
    return data ? std::optional(std::string(static_cast<const char*>(data), size)) : std::nullopt;
  };
  record.key = text(message.key, message.key_len);
  record.value = text(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers.emplace_back(name, text(value, size));
    }
  }
  return record;
}

}  // namespace

void RdKafkaDeleter::operator()(rd_kafka_s* handle) const {
  if (rd_kafka_type(handle) == RD_KAFKA_PRODUCER) {
    rd_kafka_flush(handle, 5000);
  }
  rd_kafka_destroy(handle);
}

std::optional<std::string> TopicRecord::header(const std::string& name) const {
  auto found = std::find_if(headers.rbegin(), headers.rend(),
                            [&](const auto& entry) { return entry.first == name; });
  return found == headers.rend() ? std::nullopt : found->second;
}

TopicReader::TopicReader(const std::string& bootstrap, const std::string& topic,
                         const std::string& isolation_level, ClientConfig overrides)
    : topic_(topic) {
  overrides.emplace("isolation.level", isolation_level);
  overrides.emplace("enable.partition.eof", "true");
  overrides.emplace("auto.offset.reset", "earliest");
  overrides.emplace("fetch.wait.max.ms", "50");
  consumer_ = client(bootstrap, overrides);
  int count = partitions_of(consumer_.get(), topic);
  for (int tries = 0; count <= 0 && tries < 50; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    count = partitions_of(consumer_.get(), topic);
  }
  if (count <= 0) {
    throw std::runtime_error("no topic " + topic);
  }
  for (int i = 0; i < count; ++i) {
    places_[i].next = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_poll_set_consumer(consumer_.get());
  assign();
}

std::vector<TopicRecord> TopicReader::poll_until(const std::function<bool(std::size_t)>& enough,
                                                 std::chrono::milliseconds timeout, bool must) {
  std::vector<TopicRecord> records;
  auto until = std::chrono::steady_clock::now() + timeout;
  while (!enough(records.size())) {
    if (std::chrono::steady_clock::now() >= until) {
      if (must) {
        throw std::runtime_error("the end of " + topic_ + " was not reached in time");
      }
      break;
    }
    Message message(rd_kafka_consumer_poll(consumer_.get(), 100));
    if (!message) {
      continue;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      places_[message->partition] = {message->offset, true};
    } else if (!message->err) {
      places_[message->partition] = {message->offset + 1, false};
      records.push_back(to_record(*message));
    }  // other errors are about connections; the client repairs them itself
  }
  return records;
}

std::vector<TopicRecord> TopicReader::read_to_end(std::chrono::milliseconds timeout) {
  // The client reports the end of a partition once: assigning anew makes it report the end there is
  // now.
  assign();
  return poll_until(
      [this](std::size_t) {
        return std::all_of(places_.begin(), places_.end(),
                           [](const auto& entry) { return entry.second.at_end; });
      },
      timeout, true);
}

void TopicReader::assign() {
  Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(places_.size())));
  for (auto& [partition, place] : places_) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = place.next;
    place.at_end = false;
  }
  if (auto code = rd_kafka_assign(consumer_.get(), list.get()); code) {
    throw failure("assign " + topic_, code);
  }
}

std::vector<TopicRecord> TopicReader::read(std::size_t count, std::chrono::milliseconds timeout) {
  return poll_until([count](std::size_t have) { return have >= count; }, timeout, false);
}

TopicWriter::TopicWriter(const std::string& bootstrap, ClientConfig overrides)
    : failures_(std::make_unique<Failures>()) {
  overrides.emplace("enable.idempotence", "true");
  overrides.emplace("linger.ms", "2");
  overrides.emplace("partitioner", "murmur2_random");
  Conf conf = make_conf(bootstrap, overrides);
  rd_kafka_conf_set_opaque(conf.get(), failures_.get());
  rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t* handle, const rd_kafka_message_t* message,
                                             void* opaque) { delivered(handle, message, opaque); });
  producer_ = make(RD_KAFKA_PRODUCER, std::move(conf));
}

void TopicWriter::delivered(rd_kafka_s*, const void* raw, void* opaque) {
  const auto* message = static_cast<const rd_kafka_message_t*>(raw);
  auto* failures = static_cast<Failures*>(opaque);
  if (message->err && failures->count++ == 0) {
    failures->first = rd_kafka_err2str(message->err);
  }
}

void TopicWriter::write(const std::string& topic, std::optional<std::string> key,
                        std::optional<std::string> value, std::int32_t partition) {
  TopicRecord record;
  record.topic = topic;
  record.partition = partition;
  record.key = std::move(key);
  record.value = std::move(value);
  write(record);
}

void TopicWriter::write(const TopicRecord& record) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()),
                        value ? value->data() : nullptr,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  auto data = [](const std::optional<std::string>& text) {
    return text ? const_cast<char*>(text->data()) : nullptr;
  };
  auto size = [](const std::optional<std::string>& text) { return text ? text->size() : 0; };
  while (true) {
    rd_kafka_resp_err_t code = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(record.topic.c_str()),
        RD_KAFKA_V_PARTITION(record.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(data(record.key), size(record.key)),
        RD_KAFKA_V_VALUE(data(record.value), size(record.value)),
        RD_KAFKA_V_TIMESTAMP(record.timestamp > 0 ? record.timestamp : 0),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer_.get(), 50);
      continue;
    }
    if (code) {
      rd_kafka_headers_destroy(headers);
      throw failure("produce to " + record.topic, code);
    }
    break;
  }
  rd_kafka_poll(producer_.get(), 0);
}

void TopicWriter::flush(std::chrono::milliseconds timeout) {
  auto code = rd_kafka_flush(producer_.get(), static_cast<int>(timeout.count()));
  if (code) {
    throw failure("flush", code);
  }
  if (failures_->count > 0) {
    throw std::runtime_error(std::to_string(failures_->count) +
                             " records not delivered: " + failures_->first);
  }
}

std::vector<TopicRecord> read_topic(const std::string& bootstrap, const std::string& topic,
                                    const std::string& isolation_level) {
  std::vector<TopicRecord> all = TopicReader(bootstrap, topic, isolation_level).read_to_end();
  std::sort(all.begin(), all.end(), [](const TopicRecord& a, const TopicRecord& b) {
    return std::pair(a.partition, a.offset) < std::pair(b.partition, b.offset);
  });
  return all;
}

void create_topic(const std::string& bootstrap, const std::string& topic, int partitions,
                  const std::map<std::string, std::string>& configs) {
  RdKafka handle = client(bootstrap);
  Error error{};
  std::unique_ptr<rd_kafka_NewTopic_t, Free<rd_kafka_NewTopic_destroy>> wanted(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, error.data(), error.size()));
  if (!wanted) {
    throw std::runtime_error(error.data());
  }
  for (const auto& [name, value] : configs) {
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  }
  std::unique_ptr<rd_kafka_queue_t, Free<rd_kafka_queue_destroy>> queue(
      rd_kafka_queue_new(handle.get()));
  rd_kafka_NewTopic_t* topics[] = {wanted.get()};
  rd_kafka_CreateTopics(handle.get(), topics, 1, nullptr, queue.get());
  std::unique_ptr<rd_kafka_event_t, Free<rd_kafka_event_destroy>> event(
      rd_kafka_queue_poll(queue.get(), 30000));
  if (!event || rd_kafka_event_error(event.get())) {
    throw std::runtime_error("create topic " + topic + ": " +
                             (event ? rd_kafka_event_error_string(event.get()) : "no answer"));
  }
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    auto code = rd_kafka_topic_result_error(results[i]);
    if (code && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      throw std::runtime_error("create topic " + topic + ": " +
                               rd_kafka_topic_result_error_string(results[i]));
    }
  }
  if (!eventually(std::chrono::seconds(30),
                  [&] { return partitions_of(handle.get(), topic) > 0; })) {
    throw std::runtime_error("topic " + topic + " got no leaders");
  }
}

int partition_count(const std::string& bootstrap, const std::string& topic) {
  return partitions_of(client(bootstrap).get(), topic);
}

bool topic_exists(const std::string& bootstrap, const std::string& topic) {
  // Asks for all topics: to ask for one by name may create it.
  RdKafka handle = client(bootstrap);
  const rd_kafka_metadata_t* raw = nullptr;
  auto code = rd_kafka_metadata(handle.get(), 1, nullptr, &raw, 10000);
  if (code) {
    throw failure("metadata", code);
  }
  std::unique_ptr<const rd_kafka_metadata_t, Free<rd_kafka_metadata_destroy>> metadata(raw);
  return std::any_of(metadata->topics, metadata->topics + metadata->topic_cnt,
                     [&](const rd_kafka_metadata_topic_t& t) { return t.topic == topic; });
}

std::map<std::int32_t, std::int64_t> end_offsets(const std::string& bootstrap,
                                                 const std::string& topic) {
  RdKafka handle = client(bootstrap, {{"isolation.level", "read_uncommitted"}});
  std::map<std::int32_t, std::int64_t> ends;
  int count = partitions_of(handle.get(), topic);
  for (int i = 0; i < count; ++i) {
    std::int64_t low = 0;
    rd_kafka_resp_err_t code{};
    const auto asked = [&] {
      code = rd_kafka_query_watermark_offsets(handle.get(), topic.c_str(), i, &low, &ends[i], 10000);
      return code != RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;  // of a topic just made
    };
    if (!eventually(std::chrono::seconds(10), asked) || code) {
      throw failure("end of " + topic, code);
    }
  }
  return ends;
}

std::map<std::int32_t, std::int64_t> committed_offsets(const std::string& bootstrap,
                                                       const std::string& group,
                                                       const std::string& topic) {
  RdKafka handle = client(bootstrap, {{"group.id", group}});
  int count = partitions_of(handle.get(), topic);
  Partitions list(rd_kafka_topic_partition_list_new(std::max(count, 1)));
  for (int i = 0; i < count; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i);
  }
  if (auto code = rd_kafka_committed(handle.get(), list.get(), 30000); code) {
    throw failure("offsets of group " + group, code);
  }
  std::map<std::int32_t, std::int64_t> offsets;
  for (int i = 0; i < list->cnt; ++i) {
    if (list->elems[i].offset >= 0) {
      offsets[list->elems[i].partition] = list->elems[i].offset;
    }
  }
  return offsets;
}

std::int64_t group_lag(const std::string& bootstrap, const std::string& group,
                       const std::string& topic) {
  auto committed = committed_offsets(bootstrap, group, topic);
  std::int64_t lag = 0;
  for (const auto& [partition, end] : end_offsets(bootstrap, topic)) {
    auto found = committed.find(partition);
    lag += end - (found == committed.end() ? 0 : found->second);
  }
  return lag;
}

GroupState describe_group(const std::string& bootstrap, const std::string& group) {
  RdKafka handle = client(bootstrap);
  GroupState state;
  // A coordinator that is moving or loading answers with an error of the group, or with nothing.
  rd_kafka_resp_err_t code{};
  const auto described = [&] {
    const rd_kafka_group_list* raw = nullptr;
    code = rd_kafka_list_groups(handle.get(), group.c_str(), &raw, 10000);
    if (code) {
      return code != RD_KAFKA_RESP_ERR__PARTIAL;
    }
    std::unique_ptr<const rd_kafka_group_list, Free<rd_kafka_group_list_destroy>> list(raw);
    state = {};
    for (int i = 0; i < list->group_cnt; ++i) {
      code = list->groups[i].err;
      state.state = list->groups[i].state;
      for (int m = 0; m < list->groups[i].member_cnt; ++m) {
        state.member_ids.emplace_back(list->groups[i].members[m].member_id);
      }
    }
    return !code && !state.state.empty();
  };
  if (!eventually(std::chrono::seconds(10), described) && code) {
    throw failure("group " + group, code);
  }
  return state;
}

}  // namespace weir::test
