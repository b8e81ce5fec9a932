// The commits of a Consumer.
#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "runtime/kafka/consumer.hpp"
#include "runtime/kafka/offsets_at.hpp"

namespace weir::runtime::kafka {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr auto kRetry = std::chrono::milliseconds(100);

int left_ms(SteadyClock::time_point deadline) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

std::uint64_t Consumer::start_commit(const std::vector<TopicPartitionOffset>& offsets,
                                     std::chrono::milliseconds timeout, CommitHandler handler) {
  const std::uint64_t id = next_commit_++;
  commits_.emplace(id, PendingCommit{SteadyClock::now() + timeout, std::move(handler)});
  const ListHandle list = to_list(offsets);
  ++client_->unanswered;
  const auto err = rd_kafka_commit_queue(rk_, list.get(), client_->commit_queue.get(),
                                         &Consumer::commit_callback, reinterpret_cast<void*>(id));
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    --client_->unanswered;
    finish_commit(id, make_error(err, "Committing offsets"));
  }
  return id;
}

void Consumer::commit_callback(rd_kafka_t* rk, rd_kafka_resp_err_t err,
                               rd_kafka_topic_partition_list_t* offsets, void* commit_id) noexcept {
  auto* client = static_cast<ConsumerClient*>(rd_kafka_opaque(rk));
  --client->unanswered;
  Consumer* self = client->owner;
  if (self == nullptr) {
    return;
  }
  try {
    Result<void> result;
    if (offsets != nullptr) {
      result = first_error(offsets, "Committing offsets of");
    }
    if (result && err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR__NO_OFFSET) {
      result = make_error(err, "Committing offsets");
    }
    self->finish_commit(reinterpret_cast<std::uint64_t>(commit_id), result);
  } catch (...) {
    self->push_error({ErrorKind::other, err, fatal("A commit handler threw"), {}, -1, -1});
  }
}

void Consumer::finish_commit(std::uint64_t id, const Result<void>& result) {
  auto node = commits_.extract(id);
  if (!node.empty() && node.mapped().handler) {  // empty: it was given up at its deadline
    node.mapped().handler(result);
  }
}

void Consumer::serve_commits(int timeout_ms) {
  rd_kafka_queue_poll_callback(client_->commit_queue.get(), timeout_ms);
  const auto now = SteadyClock::now();
  for (;;) {
    const auto late = std::find_if(commits_.begin(), commits_.end(),
                                   [&](const auto& c) { return now >= c.second.deadline; });
    if (late == commits_.end()) {
      return;
    }
    finish_commit(late->first, retriable("Committing offsets: the broker did not answer in time"));
  }
}

void Consumer::commit(const std::vector<TopicPartitionOffset>& offsets, CommitHandler handler) {
  start_commit(offsets, options_.commit_deadline, std::move(handler));
}

Result<void> Consumer::commit_and_wait(const std::vector<TopicPartitionOffset>& offsets,
                                       std::chrono::milliseconds timeout) {
  std::optional<Result<void>> done;
  const auto deadline = SteadyClock::now() + timeout;
  const std::uint64_t id =
      start_commit(offsets, timeout, [&](const Result<void>& result) { done = result; });
  while (!done && SteadyClock::now() < deadline) {
    serve_commits(left_ms(deadline));
  }
  if (!done) {
    finish_commit(id, retriable("Committing offsets: the broker did not answer in time"));
  }
  return *done;
}

Result<std::vector<TopicPartitionOffset>> Consumer::committed(
    const std::vector<TopicPartition>& partitions, std::chrono::milliseconds timeout) const {
  const auto deadline = SteadyClock::now() + timeout;
  const ListHandle list = to_list(partitions);
  for (;;) {
    const auto err = rd_kafka_committed(rk_, list.get(), left_ms(deadline));
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      break;
    }
    if (kind_of(err) != ErrorKind::transport || SteadyClock::now() + kRetry >= deadline) {
      return make_error(err, "Reading committed offsets");
    }
    std::this_thread::sleep_for(
        kRetry);  // the coordinator is moving, which the library does not wait for
  }
  if (auto ok = first_error(list.get(), "Reading the committed offset of"); !ok) {
    return std::move(ok).error();
  }
  return from_list(list.get());
}

}  // namespace weir::runtime::kafka
