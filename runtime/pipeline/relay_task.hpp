// consume -> decode -> transforms -> encode -> produce; consumed offsets and produced records in one Kafka transaction
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/kafka/transactional_producer.hpp"
#include "runtime/pipeline/intake.hpp"
#include "runtime/pipeline/task_core.hpp"

namespace weir::runtime::pipeline {

/// transactional.id is <group.id>-<connector>-<task>; the group's metadata goes with the offsets (KIP-447), so a member that
/// was replaced cannot commit. Dead letters are part of the transaction.
class RelayTask final : public TaskCore, private kafka::RebalanceListener, private kafka::DeliveryHandler {
 public:
  using TaskCore::TaskCore;
  ~RelayTask() override;

 private:
  using Positions = std::map<kafka::TopicPartition, std::int64_t>;
  struct Held {
    std::shared_ptr<ConsumedBatch> batch;
    std::optional<std::size_t> step;  // nullopt: the converters; behind the last one: those that write
    int attempts;
    Clock::time_point until;
  };
  /// The consumed record behind a produced one.
  struct Sent {
    std::string topic;
    std::int32_t partition;
    std::int64_t offset;
    bool letter;
    bool alone;  ///< in a request of its own
  };
  struct Refused {
    Error error;
    bool alone;
  };

  void run() override;
  void shut_down() noexcept override;
  void wake() override;
  std::optional<std::int64_t> lag() override;
  void on_assigned(std::vector<kafka::TopicPartitionOffset>& partitions) override;
  void on_revoked(const std::vector<kafka::TopicPartition>& partitions, bool lost) override;
  void on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept override;

  void iterate();
  void make_producer();
  void process(const std::shared_ptr<ConsumedBatch>& batch, std::optional<std::size_t> from_step, int attempts);
  void wait_for_converter(const std::shared_ptr<ConsumedBatch>& batch, std::optional<std::size_t> step, int attempts,
                          const Stages::Held& away);
  void take_failures(ConsumedBatch& batch);
  void reject(ConsumedBatch& batch, const StageFailure& failure);
  void produce(ConsumedBatch& batch);
  Result<void> send(const kafka::OutgoingRecord& record, kafka::Headers& headers, std::uint64_t tag);
  void send_letter(const kafka::Message& message, kafka::Headers& headers);
  void report_alone(const kafka::Message& message, kafka::Headers& headers);
  std::uint64_t tag_of(const kafka::Message& message, bool letter, bool alone = false);
  /// Why Kafka did not take the result of that record in an earlier transaction.
  std::optional<Refused> refused(const kafka::Message& message);
  /// What was produced is sent, and what comes next does not share its requests.
  void flush();
  /// Calls what takes a deadline and may be resumed: until it has an end, a minute at most, and once the task is being
  /// stopped no longer than its time for that.
  kafka::TransactionStatus insist(const std::function<kafka::TransactionStatus(Clock::time_point deadline)>& call);
  void begin_if_needed();
  /// Offsets and records of the open transaction become visible, or none of them does and consuming starts again behind the last
  /// committed one.
  void commit();
  void start_over(const kafka::TransactionStatus& status);
  bool rewind();
  void note_start(const ConsumedBatch& batch);
  void note_position(const ConsumedBatch& batch);
  bool wait_for_retry(std::chrono::milliseconds delay) override;

  std::unique_ptr<Stages> stages_;
  std::unique_ptr<kafka::TransactionalProducer> producer_;
  kafka::DeliveryChannel channel_;
  std::unique_ptr<Intake> intake_;
  std::mutex intake_mutex_;  // keeps intake_ alive while another thread uses it
  std::optional<Held> held_;
  Positions pending_;    // of the open transaction: the next offsets to be read
  Positions committed_;  // where to start over, unless the group has come further
  bool open_{false};
  Clock::time_point commit_at_{};
  bool paused_{false};
  bool rewinding_{false};  // seeks are still to be made
  int restarts_{0};
  Clock::time_point last_restart_{};
  std::optional<Clock::time_point> give_up_at_;  // once the stop has been noticed

  std::mutex sent_mutex_;  // guards what follows
  std::vector<Sent> sent_;  // in the open transaction; a tag is a position plus one
  std::map<std::tuple<std::string, std::int32_t, std::int64_t>, Refused> refused_;  // until a transaction is through
  std::optional<Error> letter_error_;
};

}  // namespace weir::runtime::pipeline
