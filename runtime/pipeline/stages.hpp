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

#include "runtime/pipeline/call_errors.hpp"
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
  int attempts{1};
};

/// Records of one operation that failed, may be tried again, and wait for it.
struct Retry {
  Stage stage;
  std::size_t records;
  const Error& error;  ///< of the first of them
};

/// One set of converters and transforms: one per task, used by its thread only.
class Stages final : public HeaderLoader {
 public:
  /// Called before records are tried again (errors.retry.*): waits that long. False: the task is being stopped, or the
  /// batch is not its own any more; then the call in progress says that it was abandoned.
  using Wait = std::function<bool(std::chrono::milliseconds, const Retry&)>;

  /// `transform_task` gives the services for the transform of that alias; what it returns must outlive this object.
  /// Errors: bad_config with the alias or the key.
  static Result<std::unique_ptr<Stages>> create(const TaskSpec& spec, const weir_task* task,
                                                const std::function<const weir_task*(const std::string& alias)>& transform_task,
                                                Wait wait);

  /// Why a batch cannot go on now.
  struct Held {
    std::size_t step;  ///< of the chain
    Error error;
    bool abandoned{false};  ///< the task is being stopped, or the batch was taken away: it is of no use any more
  };

  /// raw_key, raw_value -> key, value, and headers where their conversion may fail. Failed records are added to failures();
  /// what has failed once is left alone by what follows. nullopt: done. Otherwise a converter cannot work now (retriable:
  /// call again).
  [[nodiscard]] std::optional<Held> decode(weir_batch* batch);

  /// Runs the chain from step `from`, up to `to`. nullopt: these steps are done. Otherwise the step that could not work now
  /// (retriable; the batch is unchanged by it: call again from there) or cannot work at all.
  static constexpr std::size_t kAllSteps = static_cast<std::size_t>(-1);
  std::optional<Held> transform(weir_batch* batch, std::size_t from = 0, std::size_t to = kAllSteps);
  /// What the predicate of the last step that ran said of a record that was live then.
  bool verdict(std::size_t record) const { return verdicts_.at(record) != 0; }
  std::size_t steps() const noexcept { return steps_.size(); }
  const std::string& step_name(std::size_t i) const { return steps_[i].alias; }

  /// key, value -> raw_key, raw_value, with the output converters; otherwise as decode().
  [[nodiscard]] std::optional<Held> encode(weir_batch* batch);

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

 private:
  struct Step {
    std::string alias;
    plugin::TransformInstance transform;
    std::optional<plugin::PredicateInstance> predicate;
    bool negate;
  };

  Stages(plugin::ConverterInstance key, plugin::ConverterInstance value, plugin::HeaderConverterInstance header,
         ErrorPolicy errors, Wait wait);

  /// What one attempt of an operation came to.
  struct Attempt {
    Result<void> outcome;  ///< of the whole call
    bool may_hold{false};  ///< retriable as a whole: not for errors.retry.*, the caller holds the batch
  };
  enum class Ended { done, held, abandoned };

  std::optional<Held> convert(weir_batch* batch, const plugin::ConverterInstance& converter, std::uint32_t side, bool decode);
  void convert_headers(weir_batch* batch);
  /// KIP-298: runs `attempt` on the live records, and again on those that may be tried again, until none is left or their
  /// time is over. Records that fail for good are added to failures(). `why` is set when it was held.
  Ended execute(weir_batch* batch, Stage stage, const plugin::Component& component,
                const std::function<Attempt(CallErrors&)>& attempt, Error& why);
  Attempt apply(weir_batch* batch, Step& step, CallErrors& errors);
  void fail_header(std::size_t index, std::string_view name, const Error& error);

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
  bool headers_may_fail_;
};

}  // namespace weir::runtime::pipeline
