#include "runtime/kafka/admin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/embedded_broker.hpp"

namespace weir::runtime::kafka {
namespace {

template <auto Destroy>
using Owned = HandleDeleter<Destroy>;
using NewTopicHandle = std::unique_ptr<rd_kafka_NewTopic_t, Owned<rd_kafka_NewTopic_destroy>>;
using DeleteTopicHandle =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Owned<rd_kafka_DeleteTopic_destroy>>;
using ResourceHandle =
    std::unique_ptr<rd_kafka_ConfigResource_t, Owned<rd_kafka_ConfigResource_destroy>>;
using AlterOffsetsHandle = std::unique_ptr<rd_kafka_AlterConsumerGroupOffsets_t,
                                           Owned<rd_kafka_AlterConsumerGroupOffsets_destroy>>;
using DeleteOffsetsHandle = std::unique_ptr<rd_kafka_DeleteConsumerGroupOffsets_t,
                                            Owned<rd_kafka_DeleteConsumerGroupOffsets_destroy>>;
using DeleteGroupHandle =
    std::unique_ptr<rd_kafka_DeleteGroup_t, Owned<rd_kafka_DeleteGroup_destroy>>;
using MetadataHandle = std::unique_ptr<const rd_kafka_metadata_t, Owned<rd_kafka_metadata_destroy>>;

constexpr std::string_view kMockClusterId = "mockCluster";
constexpr auto kAnswerSlack =
    std::chrono::milliseconds(250);  // the library's own time-out carries the better text

constexpr auto kRetry = std::chrono::milliseconds(100);
using SteadyClock = std::chrono::steady_clock;

int to_ms(std::chrono::milliseconds ms) noexcept {
  return static_cast<int>(std::clamp<std::int64_t>(ms.count(), 1, 3'600'000));
}

int left_ms(SteadyClock::time_point deadline) {
  return to_ms(
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now()));
}

bool is_moving(int code) {
  return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
         code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
         code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

AdminOptionsHandle options(rd_kafka_t* rk, rd_kafka_admin_op_t op,
                           std::chrono::milliseconds timeout) {
  AdminOptionsHandle out(rd_kafka_AdminOptions_new(rk, op));
  char reason[128];
  rd_kafka_AdminOptions_set_request_timeout(out.get(), to_ms(timeout), reason, sizeof reason);
  return out;
}

/// A refusal of what was asked is a configuration error, the rest keeps its class.
Error refused(rd_kafka_resp_err_t code, const char* text, std::string_view what) {
  Errc errc = errc_of(kind_of(code));
  if (errc == Errc::fatal) {
    errc = Errc::bad_config;
  }
  return {errc, fmt::format("{}: {} ({})", what, text != nullptr ? text : rd_kafka_err2str(code),
                            rd_kafka_err2name(code))};
}

/// Makes the request on a queue of its own and waits for the one answer.
template <class Request>
Result<EventHandle> ask(rd_kafka_t* rk, std::chrono::milliseconds timeout, std::string_view what,
                        Request&& request) {
  const QueueHandle queue(rd_kafka_queue_new(rk));
  request(queue.get());
  EventHandle event(rd_kafka_queue_poll(queue.get(), to_ms(timeout + kAnswerSlack)));
  if (!event) {
    return retriable(fmt::format("{}: the broker did not answer in time", what));
  }
  if (const auto err = rd_kafka_event_error(event.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return refused(err, rd_kafka_event_error_string(event.get()), what);
  }
  return Result<EventHandle>(std::move(event));
}

std::vector<PartitionOutcome> outcomes(const rd_kafka_topic_partition_list_t* list) {
  std::vector<PartitionOutcome> out;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const auto& e = list->elems[i];
    out.push_back(
        {{e.topic, e.partition, e.offset},
         e.err,
         e.err == RD_KAFKA_RESP_ERR_NO_ERROR
             ? std::string{}
             : fmt::format("{} ({})", rd_kafka_err2str(e.err), rd_kafka_err2name(e.err))});
  }
  return out;
}

Result<std::vector<PartitionOutcome>> group_outcomes(const rd_kafka_group_result_t** groups,
                                                     std::size_t count, std::string_view what) {
  if (count != 1) {
    return retriable(fmt::format("{}: the answer is empty", what));
  }
  if (const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[0])) {
    return refused(rd_kafka_error_code(error), rd_kafka_error_string(error), what);
  }
  return outcomes(rd_kafka_group_result_partitions(groups[0]));
}

}  // namespace

Result<std::unique_ptr<Admin>> Admin::create(const Config& config, EmbeddedBroker* embedded) {
  std::unique_ptr<Admin> self(new Admin());
  auto conf = config.make_conf(ClientRole::admin, &self->warnings_);
  if (!conf) {
    return std::move(conf).error();
  }
  auto rk = new_client(ClientRole::admin, std::move(*conf));
  if (!rk) {
    return std::move(rk).error();
  }
  self->rk_.reset(*rk);
  self->config_ = config;
  self->embedded_ = embedded;
  return Result<std::unique_ptr<Admin>>(std::move(self));
}

Result<bool> Admin::is_mock(std::chrono::milliseconds timeout) {
  if (embedded_ != nullptr) {
    return true;
  }
  char* id = rd_kafka_clusterid(rk_.get(), to_ms(timeout));
  if (id == nullptr) {
    return retriable("Asking for the cluster id: the broker did not answer in time");
  }
  const bool mock = std::string_view(id).starts_with(kMockClusterId);
  rd_kafka_mem_free(rk_.get(), id);
  return mock;
}

Result<void> Admin::create_topics(const std::vector<NewTopic>& topics,
                                  std::chrono::milliseconds timeout) {
  if (embedded_ != nullptr) {
    for (const auto& t : topics) {
      if (auto made = embedded_->create_topic(t.name, t.partitions < 1 ? 1 : t.partitions); !made) {
        return made;
      }
    }
    return {};
  }
  std::vector<NewTopicHandle> owned;
  std::vector<rd_kafka_NewTopic_t*> raw;
  for (const auto& t : topics) {
    char reason[256];
    owned.emplace_back(rd_kafka_NewTopic_new(t.name.c_str(), t.partitions, t.replication_factor,
                                             reason, sizeof reason));
    if (!owned.back()) {
      return bad_config(fmt::format("Creating topic '{}': {}", t.name, reason));
    }
    for (const auto& [key, value] : t.configs) {
      rd_kafka_NewTopic_set_config(owned.back().get(), key.c_str(), value.c_str());
    }
    raw.push_back(owned.back().get());
  }
  if (raw.empty()) {
    return {};
  }
  const auto opts = options(rk_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  char reason[128];
  // How long the broker itself waits until the topic is known everywhere.
  rd_kafka_AdminOptions_set_operation_timeout(opts.get(), to_ms(timeout), reason, sizeof reason);
  auto event = ask(rk_.get(), timeout, "Creating topics", [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(rk_.get(), raw.data(), raw.size(), opts.get(), queue);
  });
  if (!event) {
    return std::move(event).error();
  }
  std::size_t n = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto err = rd_kafka_topic_result_error(results[i]);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      return refused(err, rd_kafka_topic_result_error_string(results[i]),
                     fmt::format("Creating topic '{}'", rd_kafka_topic_result_name(results[i])));
    }
  }
  return {};
}

Result<void> Admin::delete_topics(const std::vector<std::string>& topics,
                                  std::chrono::milliseconds timeout) {
  auto mock = is_mock(timeout);
  if (!mock) {
    return std::move(mock).error();
  }
  if (*mock) {
    return bad_config("Deleting topics: the embedded broker cannot do that");
  }
  std::vector<DeleteTopicHandle> owned;
  std::vector<rd_kafka_DeleteTopic_t*> raw;
  for (const auto& t : topics) {
    owned.emplace_back(rd_kafka_DeleteTopic_new(t.c_str()));
    raw.push_back(owned.back().get());
  }
  const auto opts = options(rk_.get(), RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout);
  auto event = ask(rk_.get(), timeout, "Deleting topics", [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(rk_.get(), raw.data(), raw.size(), opts.get(), queue);
  });
  if (!event) {
    return std::move(event).error();
  }
  std::size_t n = 0;
  const auto** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto err = rd_kafka_topic_result_error(results[i]);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      return refused(err, rd_kafka_topic_result_error_string(results[i]),
                     fmt::format("Deleting topic '{}'", rd_kafka_topic_result_name(results[i])));
    }
  }
  return {};
}

Result<std::map<std::string, std::string>> Admin::topic_configs(const std::string& topic,
                                                                std::chrono::milliseconds timeout) {
  const std::string what = fmt::format("Reading the settings of topic '{}'", topic);
  auto mock = is_mock(timeout);
  if (!mock) {
    return std::move(mock).error();
  }
  if (*mock) {
    return bad_config(what + ": the embedded broker has none");
  }
  const ResourceHandle resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* raw[] = {resource.get()};
  const auto opts = options(rk_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  auto event = ask(rk_.get(), timeout, what, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConfigs(rk_.get(), raw, 1, opts.get(), queue);
  });
  if (!event) {
    return std::move(event).error();
  }
  std::size_t n = 0;
  const auto** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &n);
  if (n != 1) {
    return retriable(what + ": the answer is empty");
  }
  if (const auto err = rd_kafka_ConfigResource_error(resources[0]);
      err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return refused(err, rd_kafka_ConfigResource_error_string(resources[0]), what);
  }
  std::map<std::string, std::string> out;
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &n);
  for (std::size_t i = 0; i < n; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    out.emplace(rd_kafka_ConfigEntry_name(entries[i]), value != nullptr ? value : "");
  }
  return out;
}

Result<std::vector<TopicDescription>> Admin::describe_topics(const std::vector<std::string>& topics,
                                                             std::chrono::milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  std::vector<TopicDescription> out;
  const auto add = [&](const rd_kafka_metadata_topic_t& t) {
    TopicDescription d{t.topic, t.partition_cnt, ErrorKind::other, std::nullopt};
    if (t.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      d.kind = kind_of(t.err);
      d.error = make_error(t.err, fmt::format("Topic '{}'", t.topic));
    }
    out.push_back(std::move(d));
  };
  // One question for each name: the alternative is the metadata of the whole cluster.
  for (std::size_t i = 0; i < std::max<std::size_t>(topics.size(), 1); ++i) {
    TopicHandle handle;
    if (!topics.empty()) {
      handle.reset(rd_kafka_topic_new(rk_.get(), topics[i].c_str(), nullptr));
      if (!handle) {
        return make_error(rd_kafka_last_error(), fmt::format("Topic '{}'", topics[i]));
      }
    }
    const rd_kafka_metadata_t* raw = nullptr;
    const auto err =
        rd_kafka_metadata(rk_.get(), topics.empty() ? 1 : 0, handle.get(), &raw, left_ms(deadline));
    const MetadataHandle metadata(raw);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return make_error(err, "Asking about topics");
    }
    for (int t = 0; t < metadata->topic_cnt; ++t) {
      add(metadata->topics[t]);
    }
  }
  return out;
}

Result<ClusterDescription> Admin::describe_cluster(std::chrono::milliseconds timeout) {
  ClusterDescription out;
  const rd_kafka_metadata_t* raw = nullptr;
  const auto err = rd_kafka_metadata(rk_.get(), 0, nullptr, &raw, to_ms(timeout));
  const MetadataHandle metadata(raw);
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return make_error(err, "Asking about the cluster");
  }
  out.brokers = metadata->broker_cnt;
  if (char* id = rd_kafka_clusterid(rk_.get(), to_ms(timeout))) {
    out.cluster_id = id;
    rd_kafka_mem_free(rk_.get(), id);
  }
  out.controller = rd_kafka_controllerid(rk_.get(), to_ms(timeout));
  return out;
}

Result<std::vector<PartitionOutcome>> Admin::list_group_offsets(
    const std::string& group, const std::vector<TopicPartition>& partitions,
    std::chrono::milliseconds timeout) {
  const std::string what = fmt::format("Listing the offsets of group '{}'", group);
  const auto deadline = SteadyClock::now() + timeout;
  std::vector<TopicPartition> asked = partitions;
  if (asked.empty()) {
    auto topics = describe_topics({}, timeout);
    if (!topics) {
      return std::move(topics).error();
    }
    for (const auto& t : *topics) {
      for (std::int32_t p = 0;
           p < t.partitions && t.name != "__consumer_offsets" && t.name != "__transaction_state";
           ++p) {
        asked.push_back({t.name, p});
      }
    }
  }
  if (asked.empty()) {
    return std::vector<PartitionOutcome>{};
  }
  // Not rd_kafka_ListConsumerGroupOffsets(): in 2.0.2 it crashes the process when the coordinator
  // has moved. A consumer that names the group without joining it may ask as well.
  Config as_member = config_;
  as_member.set("group.id", group).erase("group.instance.id");
  auto consumer = Consumer::create(as_member, {.sampler = false});
  if (!consumer) {
    return std::move(consumer).error();
  }
  const ListHandle list = to_list(asked);
  rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
  while (is_moving(err = rd_kafka_committed((*consumer)->raw(), list.get(), left_ms(deadline))) &&
         SteadyClock::now() + kRetry < deadline) {
    std::this_thread::sleep_for(kRetry);
  }
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return refused(err, nullptr, what);
  }
  auto out = outcomes(list.get());
  std::erase_if(out,
                [](const PartitionOutcome& o) { return o.code == 0 && o.position.offset < 0; });
  return out;
}

Result<std::vector<PartitionOutcome>> Admin::alter_group_offsets(
    const std::string& group, const std::vector<TopicPartitionOffset>& offsets,
    std::chrono::milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  for (;;) {
    auto result = alter_once(group, offsets, std::chrono::milliseconds(left_ms(deadline)));
    // A coordinator that is being found is reported, not waited for.
    const bool again = result ? std::any_of(result->begin(), result->end(),
                                            [](const auto& o) { return is_moving(o.code); })
                              : result.error().code == Errc::retriable;
    if (!again || SteadyClock::now() + kRetry >= deadline) {
      return result;
    }
    std::this_thread::sleep_for(kRetry);
  }
}

Result<std::vector<PartitionOutcome>> Admin::alter_once(
    const std::string& group, const std::vector<TopicPartitionOffset>& offsets,
    std::chrono::milliseconds timeout) {
  const std::string what = fmt::format("Setting offsets of group '{}'", group);
  const ListHandle list = to_list(offsets);
  const AlterOffsetsHandle request(
      rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  rd_kafka_AlterConsumerGroupOffsets_t* raw[] = {request.get()};
  const auto opts = options(rk_.get(), RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, timeout);
  auto event = ask(rk_.get(), timeout, what, [&](rd_kafka_queue_t* queue) {
    rd_kafka_AlterConsumerGroupOffsets(rk_.get(), raw, 1, opts.get(), queue);
  });
  if (!event) {
    return std::move(event).error();
  }
  std::size_t n = 0;
  const auto** groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event->get()), &n);
  return group_outcomes(groups, n, what);
}

Result<std::vector<PartitionOutcome>> Admin::delete_group_offsets(
    const std::string& group, const std::vector<TopicPartition>& partitions,
    std::chrono::milliseconds timeout) {
  const std::string what = fmt::format("Deleting offsets of group '{}'", group);
  auto mock = is_mock(timeout);
  if (!mock) {
    return std::move(mock).error();
  }
  if (*mock) {
    return bad_config(what +
                      ": the embedded broker cannot do that; restart the worker to forget them");
  }
  const ListHandle list = to_list(partitions);
  const DeleteOffsetsHandle request(
      rd_kafka_DeleteConsumerGroupOffsets_new(group.c_str(), list.get()));
  rd_kafka_DeleteConsumerGroupOffsets_t* raw[] = {request.get()};
  const auto opts = options(rk_.get(), RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS, timeout);
  auto event = ask(rk_.get(), timeout, what, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteConsumerGroupOffsets(rk_.get(), raw, 1, opts.get(), queue);
  });
  if (!event) {
    return std::move(event).error();
  }
  std::size_t n = 0;
  const auto** groups = rd_kafka_DeleteConsumerGroupOffsets_result_groups(
      rd_kafka_event_DeleteConsumerGroupOffsets_result(event->get()), &n);
  return group_outcomes(groups, n, what);
}

Result<void> Admin::delete_group(const std::string& group, std::chrono::milliseconds timeout) {
  const std::string what = fmt::format("Deleting group '{}'", group);
  auto mock = is_mock(timeout);
  if (!mock) {
    return std::move(mock).error();
  }
  if (*mock) {
    return bad_config(
        what + ": the embedded broker cannot do that; restart the worker to forget its offsets");
  }
  const DeleteGroupHandle request(rd_kafka_DeleteGroup_new(group.c_str()));
  rd_kafka_DeleteGroup_t* raw[] = {request.get()};
  const auto opts = options(rk_.get(), RD_KAFKA_ADMIN_OP_DELETEGROUPS, timeout);
  auto event = ask(rk_.get(), timeout, what, [&](rd_kafka_queue_t* queue) {
    rd_kafka_DeleteGroups(rk_.get(), raw, 1, opts.get(), queue);
  });
  if (!event) {
    return std::move(event).error();
  }
  std::size_t n = 0;
  const auto** groups =
      rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event->get()), &n);
  for (std::size_t i = 0; i < n; ++i) {
    const rd_kafka_error_t* error = rd_kafka_group_result_error(groups[i]);
    if (error != nullptr && rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND) {
      return refused(rd_kafka_error_code(error), rd_kafka_error_string(error), what);
    }
  }
  return {};
}

}  // namespace weir::runtime::kafka
