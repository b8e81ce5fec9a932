// Made-up records at a steady pace: in the spirit of Confluent's kafka-connect-datagen.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <weir/plugin.hpp>

#include "generators.hpp"

namespace weir::connectors::datagen {

enum class Output { object, text };

struct Config {
  std::string topic;
  Template quickstart{Template::sales};
  Output output{Output::object};
  std::chrono::milliseconds max_interval{500};
  std::int64_t iterations{-1};
  std::optional<std::int64_t> random_seed;
  std::int32_t batch_size{500};
};

class DatagenSource final : public Source {
 public:
  static constexpr std::string_view kType = "datagen";
  static constexpr std::string_view kDoc = "Generates records from a built-in template.";
  static ConfigDef<Config> describe();
  /// max_tasks times the same: every task numbers its own records.
  static Result<std::vector<ConfigMap>> task_configs(const ConfigMap& config,
                                                     std::uint32_t max_tasks);

  DatagenSource(Config config, Task task);
  Result<void> start() override;
  Result<void> poll(Batch& batch, std::chrono::milliseconds max_wait) override;

 private:
  using Clock = std::chrono::steady_clock;
  void append(Batch& batch);
  bool finished() const { return config_.iterations >= 0 && next_ >= config_.iterations; }
  /// true: it is time for the next record.
  bool wait_until_due(std::chrono::milliseconds max_wait);
  void plan_next();

  const Config config_;
  const Task task_;
  std::uint64_t seed_{0};
  std::int64_t next_{0};  // iteration of the next record
  Clock::time_point due_{};
  Random pace_{0, 0, 0};
  Generated scratch_;
  bool end_logged_{false};
};

}  // namespace weir::connectors::datagen
