// poll -> transforms -> encode -> produce -> acknowledge -> commit source offset (at least once)
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/kafka/producer.hpp"
#include "runtime/pipeline/lone_records.hpp"
#include "runtime/pipeline/polled_batch.hpp"
#include "runtime/pipeline/source_letter.hpp"
#include "runtime/pipeline/task_core.hpp"
#include "runtime/plugin/instances.hpp"

namespace weir::runtime::pipeline {

class SourceTask final : public TaskCore, private kafka::DeliveryHandler {
 public:
  using TaskCore::TaskCore;
  ~SourceTask() override;

 private:
  static constexpr std::uint64_t kRecordsPerFlight = std::uint64_t{1} << 20;  // a tag is flight number * this + position
  /// A tag has no room for more flights: their numbers begin again.
  static constexpr std::uint64_t kFlightNumbers = (kafka::DeliveryChannel::kMaxTag + 1) / kRecordsPerFlight;

  /// What was produced of one poll and is not acknowledged as a whole.
  struct Flight {
    struct Mark {
      void* token{nullptr};
      const std::string* topic{nullptr};
      std::int32_t partition{kafka::kAnyPartition};
      std::size_t letter_for{kNoLetter};  // position of the record that this is the dead letter of
      bool bare{false};                   // a letter without its bytes
      bool alone{false};                  // sent in a request of its own
    };
    static constexpr std::size_t kNoLetter = static_cast<std::size_t>(-1);
    std::vector<Mark> marks;  // by position in the poll, behind them the dead letters
    std::vector<SourcePosition> positions;  // by position in the poll; only kept for dead letters and the log
    std::vector<SourceOffsets::Entry> offsets;
    std::size_t open{0};
  };
  struct Report {
    std::uint64_t tag;
    rd_kafka_resp_err_t code;
    std::int32_t partition;
    std::int64_t offset;
    std::unique_ptr<SourceLetter> lost;  // what was not taken
  };

  void run() override;
  void shut_down() noexcept override;
  Result<std::optional<std::string>> read_offset(const std::string& partition_json) override;
  void on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept override;

  void start_source();
  void open_producer();
  void poll_once();
  void prepare(PolledBatch& batch);
  void send(PolledBatch& batch);
  /// False: being stopped.
  bool transform(PolledBatch& batch);
  bool encode(PolledBatch& batch);
  void take_failures(PolledBatch& batch);
  bool wait_for_retry(std::chrono::milliseconds delay) override;

  /// What happens to a record of a poll that failed: log, counters, dead letter. Throws when it is not tolerated.
  void reject(PolledBatch& batch, StageFailure failure);
  /// The same for one that Kafka did not take, `lost`. False: the task must fail.
  bool reject_produced(std::uint64_t flight, std::size_t position, const Error& error, SourceLetter lost);
  /// The flight is not complete before the letter is acknowledged.
  void send_letter(std::uint64_t flight, std::size_t position, SourceLetter letter, bool bare = false);
  /// The second chance of what was refused together with others. False: it cannot be had.
  bool send_alone(std::uint64_t flight, std::size_t position, const SourceLetter& lost);
  bool has_dead_letters() const { return !spec_.errors.dead_letter_topic.empty(); }
  Flight& flight(std::uint64_t number) { return flights_[number - first_flight_]; }
  std::vector<SourceOffsets::Entry> offsets_of(PolledBatch& batch) const;
  bool take_reports();
  void commit_if_due(bool now);
  /// Takes the result of a write that has ended; false while one is under way.
  bool take_written();
  void wait_written(Clock::time_point deadline);
  const std::string* intern(std::string_view topic);
  void create_if_missing(const std::string& topic);

  std::unique_ptr<Stages> stages_;
  std::optional<plugin::SourceInstance> source_;
  std::shared_ptr<kafka::Producer> producer_;
  kafka::DeliveryChannel channel_;
  LoneRecords alone_{spec_, *this};
  PolledBatch polled_;
  std::vector<weir_record> originals_;  // of polled_, as the source gave them; only kept for dead letters and the log
  std::uint64_t current_{0};            // the flight of polled_
  std::set<std::string, std::less<>> topics_;
  std::set<std::string, std::less<>> unused_topics_;  // of records that only became dead letters

  std::deque<Flight> flights_;
  /// Number of flights_.front(). Not from 0, so that the numbers that begin again are no rare case.
  std::uint64_t first_flight_{kFlightNumbers - 2};
  std::map<std::string, std::string> offsets_;  // acknowledged and not written yet
  Clock::time_point next_commit_{};
  bool paused_{false};
  int poll_failures_{0};
  std::optional<Error> delivery_error_;

  std::mutex reports_mutex_;  // guards reports_
  std::vector<Report> reports_;
  std::vector<SourceOffsets::Entry> in_write_;
  /// Of the write under way. Its answer may come when the task has gone.
  struct Write {
    std::mutex mutex;  // guards what follows
    bool under_way{false};
    std::optional<Result<void>> result;
    std::condition_variable changed;
  };
  const std::shared_ptr<Write> write_{std::make_shared<Write>()};
};

}  // namespace weir::runtime::pipeline
