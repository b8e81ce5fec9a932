// What happens to a record between its two ends, the same for all three kinds of task: decode, transform, encode.
#pragma once

#include <weir/abi.h>
#include <weir/record.hpp>
#include <weir/result.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/pipeline/consumed_batch.hpp"
#include "runtime/pipeline/task_spec.hpp"
#include "runtime/plugin/instances.hpp"

namespace weir::runtime::pipeline {

/// Where a record failed: Kafka Connect's names (org.apache.kafka.connect.runtime.errors.Stage).
enum class Stage { key_converter, value_converter, header_converter, transformation, task_put, task_poll, kafka_produce };
std::string_view to_string(Stage stage) noexcept;

struct StageFailure {
  std::size_t index;  ///< in the batch
  Stage stage;
  std::string class_name;  ///< what was executing
  Error error;
};

/// One set of converters and transforms: one per task, used by its thread only.
class Stages final : public HeaderLoader {
 public:
  /// `wait` sleeps up to that long and returns false when the task is being stopped.
  using Wait = std::function<bool(std::chrono::milliseconds)>;

  /// `transform_task` gives the services for the transform of that alias; what it returns must outlive this object.
  /// Errors: bad_config with the alias or the key.
  static Result<std::unique_ptr<Stages>> create(const TaskSpec& spec, const weir_task* task,
                                                const std::function<const weir_task*(const std::string& alias)>& transform_task,
                                                Wait wait);

  /// raw_key, raw_value -> key, value. Failed records are added to failures().
  void decode(weir_batch* batch);

  /// Runs the chain from step `from`. nullopt: all steps are done. Otherwise the step that could not work now (retriable;
  /// the batch is unchanged by it: call again from there) or cannot work at all.
  struct Held {
    std::size_t step;
    Error error;
  };
  std::optional<Held> transform(weir_batch* batch, std::size_t from = 0);
  std::size_t steps() const noexcept { return steps_.size(); }
  const std::string& step_name(std::size_t i) const { return steps_[i].alias; }

  /// key, value -> raw_key, raw_value, with the output converters.
  void encode(weir_batch* batch);

  /// Decodes one header; nullopt and an entry in failures() when it cannot be. `index` is the record's.
  std::optional<weir_header> decode_header(weir_batch* batch, std::size_t index, std::string_view name,
                                           std::optional<std::string_view> raw);
  /// Encodes the loaded headers of a record, in order; false and an entry in failures() when one cannot be.
  bool encode_headers(weir_batch* batch, std::size_t index,
                      const std::function<void(std::string_view name, std::optional<std::string_view> raw)>& visit);

  void load_headers(weir_batch* batch, weir_record* record, const kafka::Message& message) noexcept override;

  /// What has failed since the last call; at most one entry a record. In the order of the stages.
  std::vector<StageFailure> take_failures() { return std::exchange(failures_, {}); }
  bool has_failures() const noexcept { return !failures_.empty(); }

  std::uint64_t retries() const noexcept { return retries_; }

 private:
  struct Step {
    std::string alias;
    plugin::TransformInstance transform;
    std::optional<plugin::PredicateInstance> predicate;
    bool negate;
  };

  Stages(plugin::ConverterInstance key, plugin::ConverterInstance value, plugin::HeaderConverterInstance header,
         ErrorPolicy errors, Wait wait)
      : key_(std::move(key)), value_(std::move(value)), header_(std::move(header)), errors_(std::move(errors)), wait_(std::move(wait)) {}

  void convert(weir_batch* batch, const plugin::ConverterInstance& converter, std::uint32_t side, bool decode);
  std::optional<Error> apply(weir_batch* batch, Step& step);
  bool bypass(weir_batch* batch, Step& step);
  void fail_live(weir_batch* batch, Stage stage, const plugin::Component& component, const Error& error);
  void fail(std::size_t index, Stage stage, const plugin::Component& component, Error error);

  plugin::ConverterInstance key_;
  plugin::ConverterInstance value_;
  plugin::HeaderConverterInstance header_;
  std::optional<plugin::ConverterInstance> output_key_;
  std::optional<plugin::ConverterInstance> output_value_;
  std::vector<Step> steps_;
  ErrorPolicy errors_;
  Wait wait_;
  std::vector<StageFailure> failures_;
  std::vector<std::uint8_t> verdicts_;
  std::uint64_t retries_{0};
};

}  // namespace weir::runtime::pipeline
