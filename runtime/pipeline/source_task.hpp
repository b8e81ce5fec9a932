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
#include "runtime/pipeline/polled_batch.hpp"
#include "runtime/pipeline/task_core.hpp"
#include "runtime/plugin/instances.hpp"

namespace weir::runtime::pipeline {

class SourceTask final : public TaskCore, private kafka::DeliveryHandler {
 public:
  using TaskCore::TaskCore;
  ~SourceTask() override;

 private:
  /// What was produced of one poll and is not acknowledged as a whole.
  struct Flight {
    struct Mark {
      void* token;
      const std::string* topic;
      std::size_t bytes;
    };
    std::vector<Mark> marks;  // by position in the poll
    std::vector<SourceOffsets::Entry> offsets;
    std::size_t open{0};
  };
  struct Report {
    std::uint64_t tag;
    rd_kafka_resp_err_t code;
    std::int32_t partition;
    std::int64_t offset;
  };

  void run() override;
  void shut_down() noexcept override;
  Result<std::optional<std::string>> read_offset(const std::string& partition_json) override;
  void on_delivery(std::uint64_t tag, const kafka::Delivery& delivery) noexcept override;

  void start_source();
  void open_producer();
  void poll_once();
  void send(PolledBatch& batch);
  void transform(PolledBatch& batch);
  void take_failures(PolledBatch& batch);
  std::vector<SourceOffsets::Entry> offsets_of(PolledBatch& batch) const;
  bool take_reports();
  void commit_if_due(bool now);
  /// Takes the result of a write that has ended; false while one is under way.
  bool take_written();
  void wait_written();
  const std::string* intern(std::string_view topic);
  void create_if_missing(const std::string& topic);

  std::unique_ptr<Stages> stages_;
  std::optional<plugin::SourceInstance> source_;
  std::shared_ptr<kafka::Producer> producer_;
  kafka::DeliveryChannel channel_;
  PolledBatch polled_;
  std::set<std::string, std::less<>> topics_;

  std::deque<Flight> flights_;
  std::uint64_t first_flight_{0};  // number of flights_.front()
  std::map<std::string, std::string> offsets_;  // acknowledged and not written yet
  Clock::time_point next_commit_{};
  bool paused_{false};
  int poll_failures_{0};
  std::optional<Error> delivery_error_;

  std::mutex reports_mutex_;  // guards reports_
  std::vector<Report> reports_;
  std::vector<SourceOffsets::Entry> in_write_;
  std::mutex commit_mutex_;  // guards what follows
  bool writing_{false};
  std::optional<Result<void>> written_;
  std::condition_variable written_changed_;
};

}  // namespace weir::runtime::pipeline
