#include "datagen_source.hpp"

#include <poll.h>

#include <algorithm>
#include <random>
#include <utility>

namespace weir::connectors::datagen {
namespace {

constexpr std::string_view kTask = "task";
constexpr std::string_view kIteration = "iteration";
constexpr std::string_view kSeed = "random.seed";

const weir_schema kStringSchema = [] {
  weir_schema s{};
  s.struct_size = sizeof s;
  s.type = WEIR_KIND_STRING;
  s.flags = WEIR_SCHEMA_STABLE;
  return s;
}();

Value source_partition(Arena arena, std::uint32_t task) {
  return ObjectBuilder(arena, 1).add(kTask, Value::int64(task)).map();
}

}  // namespace

ConfigDef<Config> DatagenSource::describe() {
  return ConfigDef<Config>{}
      .field("kafka.topic", &Config::topic, "The topic to write to.")
      .required()
      .non_empty()
      .alias("topic")
      .importance(Importance::high)
      .choice("quickstart", &Config::quickstart,
              {{"sales", Template::sales},
               {"orders", Template::orders},
               {"users", Template::users},
               {"sequence", Template::sequence}},
              "What to make: store sales of a retailer, orders, users, or plain numbers.")
      .alias("template")
      .importance(Importance::high)
      .choice("output", &Config::output, {{"object", Output::object}, {"text", Output::text}},
              "object: a schemaless map, for JsonConverter; text: its JSON text as a string, for "
              "StringConverter.")
      .field("max.interval.ms", &Config::max_interval,
             "A record is made after a random time between 0 and this. 0: as fast as possible.")
      .at_least(0)
      .field("iterations", &Config::iterations,
             "How many records each task makes, restarts included; -1: without end.")
      .at_least(-1)
      .field("random.seed", &Config::random_seed,
             "The same seed gives the same records. Absent: another one at each first start, kept "
             "in the "
             "source offset.")
      .importance(Importance::low)
      .field("batch.size", &Config::batch_size, "Records per poll when max.interval.ms is 0.")
      .between(1, 100000)
      .importance(Importance::low);
}

Result<std::vector<ConfigMap>> DatagenSource::task_configs(const ConfigMap& config,
                                                           std::uint32_t max_tasks) {
  return std::vector<ConfigMap>(max_tasks, config);
}

DatagenSource::DatagenSource(Config config, Task task) : config_(std::move(config)), task_(task) {}

Result<void> DatagenSource::start() {
  seed_ = config_.random_seed ? static_cast<std::uint64_t>(*config_.random_seed)
                              : std::random_device{}();
  next_ = 0;
  OwnedArena memory;
  auto offset = task_.read_offset(source_partition(memory.view(), task_.id()), memory.view());
  if (!offset) {
    return offset.error();
  }
  if (offset->is_object()) {
    if (const Value* iteration = offset->find(kIteration); iteration && iteration->is_integer()) {
      next_ = iteration->as_integer();
    }
    const Value* seed = offset->find(kSeed);
    if (!config_.random_seed && seed != nullptr && seed->is_integer()) {
      seed_ = static_cast<std::uint64_t>(seed->as_integer());
    }
  }
  pace_ = Random(~seed_, task_.id(), static_cast<std::uint64_t>(next_));
  due_ = Clock::now();
  plan_next();
  return {};
}

void DatagenSource::plan_next() {
  due_ += std::chrono::duration_cast<Clock::duration>(config_.max_interval * pace_.unit());
}

bool DatagenSource::wait_until_due(std::chrono::milliseconds max_wait) {
  auto wait = max_wait;
  if (!finished()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now());
    if (left.count() <= 0) {
      return true;
    }
    wait = std::min(wait, left);
  }
  pollfd wake{task_.wake_fd(), POLLIN, 0};
  (void)::poll(&wake, 1, static_cast<int>(wait.count()));
  return !finished() && Clock::now() >= due_;
}

Result<void> DatagenSource::poll(Batch& batch, std::chrono::milliseconds max_wait) {
  if (finished() && !end_logged_) {
    end_logged_ = true;
    task_.log(LogLevel::info, "made all " + std::to_string(config_.iterations) + " records");
  }
  if (!wait_until_due(max_wait)) {
    return {};
  }
  if (config_.max_interval.count() == 0) {
    for (std::int32_t i = 0; i < config_.batch_size && !finished(); ++i) {
      append(batch);
    }
    return {};
  }
  append(batch);
  due_ = std::max(due_, Clock::now() - config_.max_interval);  // a pause is not made up for
  plan_next();
  return {};
}

void DatagenSource::append(Batch& batch) {
  Arena arena = batch.arena();
  generate(config_.quickstart, {task_.id(), next_}, seed_, scratch_);
  ++next_;
  Record record = batch.append();
  record.set_topic(arena.copy(config_.topic));
  record.set_key(Value::string(arena.copy(scratch_.key)), &kStringSchema);
  const std::string_view json = arena.copy(scratch_.value);
  if (config_.output == Output::text) {
    record.set_value(Value::string(json), &kStringSchema);
  } else {
    record.set_value(Value::lazy(json));
  }
  record.set_source(source_partition(arena, task_.id()),
                    ObjectBuilder(arena, 2)
                        .add(kIteration, Value::int64(next_))
                        .add(kSeed, Value::int64(static_cast<std::int64_t>(seed_)))
                        .map());
}

}  // namespace weir::connectors::datagen
