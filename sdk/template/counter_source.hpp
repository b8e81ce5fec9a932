// A source: numbers 1, 2, 3 ... up to a limit. After a restart it goes on behind what Kafka has acknowledged.
#pragma once

#include <weir/plugin.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace example {

struct CounterConfig {
  std::string topic;
  std::int64_t last{100};
};

class CounterSource final : public weir::Source {
 public:
  static constexpr std::string_view kType = "counter";
  static constexpr std::string_view kDoc = "Counts from 1 to a limit.";

  static weir::ConfigDef<CounterConfig> describe() {
    return weir::ConfigDef<CounterConfig>{}
        .field("topic", &CounterConfig::topic, "Where the numbers go.")
        .required()
        .non_empty()
        .field("last", &CounterConfig::last, "The last number.")
        .at_least(1);
  }

  CounterSource(CounterConfig config, weir::Task task) : config_(std::move(config)), task_(task) {}

  weir::Result<void> start() override {
    weir::OwnedArena arena;
    auto offset = task_.read_offset(partition(arena.view()), arena.view());
    if (!offset) {
      return offset.error();
    }
    if (const weir::Value* n = offset->is_object() ? offset->find("number") : nullptr) {
      number_ = n->as_integer();
    }
    return {};
  }

  weir::Result<void> poll(weir::Batch& batch, std::chrono::milliseconds) override {
    weir::Arena arena = batch.arena();
    const weir::Value from = partition(arena);
    for (int i = 0; i < 100 && number_ < config_.last; ++i) {
      ++number_;
      weir::Record record = batch.append();
      record.set_topic(arena.copy(config_.topic));
      record.set_value(weir::ObjectBuilder(arena, 1).add("number", weir::Value::int64(number_)).map());
      record.set_source(from, weir::ObjectBuilder(arena, 1).add("number", weir::Value::int64(number_)).map());
    }
    return {};
  }

 private:
  static weir::Value partition(weir::Arena arena) {
    return weir::ObjectBuilder(arena, 1).add("counter", weir::Value::string("only")).map();
  }

  CounterConfig config_;
  weir::Task task_;
  std::int64_t number_{0};
};

}  // namespace example
