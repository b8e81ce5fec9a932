// Small components for the tests of the config folder.
#pragma once

#include <weir/plugin.hpp>

#include <string>
#include <vector>

#include "runtime/config/connector_config.hpp"
#include "runtime/plugin/registry.hpp"

namespace weir::runtime::config::fixtures {

struct SinkOptions {
  std::string url;
  Secret password;
  std::int64_t max_retries{3};
  ConfigMap extra;
};
class TestSink final : public Sink {
 public:
  static constexpr std::string_view kType = "test_sink";
  static ConfigDef<SinkOptions> describe() {
    return ConfigDef<SinkOptions>{}
        .field("api.url", &SinkOptions::url, "Where to.").required()
        .field("api.password", &SinkOptions::password, "Who.")
        .field("max.retries", &SinkOptions::max_retries, "Tries.")
        .prefix("extra.", &SinkOptions::extra, "More.");
  }
  explicit TestSink(SinkOptions) {}
  Result<void> put(Batch&) override { return {}; }
};
class TestSource final : public Source {
 public:
  static constexpr std::string_view kType = "test_source";
  Result<void> poll(Batch&, std::chrono::milliseconds) override { return {}; }
};
struct FieldOptions {
  std::string field;
};
class Drop final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "Drop";
  static constexpr std::array<std::string_view, 1> kAliases = {"org.example.transforms.Drop"};
  static ConfigDef<FieldOptions> describe() {
    return ConfigDef<FieldOptions>{}.field("field", &FieldOptions::field, "Which.").required();
  }
  explicit Drop(FieldOptions) {}
  using RecordTransform::apply;
  Result<void> apply(Record&) override { return {}; }
};
class Always final : public Predicate {
 public:
  static constexpr std::string_view kType = "Always";
  Result<bool> test(Record&) override { return true; }
};
struct JsonOptions {
  bool schemas{true};
};
class Json final : public Converter {
 public:
  static constexpr std::string_view kType = "JsonConverter";
  static constexpr std::array<std::string_view, 1> kAliases = {"org.apache.kafka.connect.json.JsonConverter"};
  static ConfigDef<JsonOptions> describe() {
    return ConfigDef<JsonOptions>{}.field("schemas.enable", &JsonOptions::schemas, "Envelope.");
  }
  explicit Json(JsonOptions) {}
  Result<void> decode(Batch&, Side) override { return {}; }
  Result<void> encode(Batch&, Side) override { return {}; }
};
class Simple final : public HeaderConverter {
 public:
  static constexpr std::string_view kType = "SimpleHeaderConverter";
  static constexpr std::array<std::string_view, 1> kAliases = {"org.apache.kafka.connect.storage.SimpleHeaderConverter"};
  Result<void> decode(std::string_view, std::optional<std::string_view>, Arena, Header&) override { return {}; }
  Result<std::optional<std::string_view>> encode(std::string_view, const Header&, Arena) override {
    return std::optional<std::string_view>();
  }
};

inline void fill(plugin::Registry& registry) {
  (void)registry.add(make_plugin("t", "1.0", {component<TestSink>(), component<TestSource>(), component<Drop>(), component<Always>(),
                                              component<Json>(), component<Simple>()}),
                     "t.so");
  (void)registry.add(relay_plugin(), kBuiltIn);
}

inline WorkerConfig worker(ConfigMap more = {}) {
  more.insert({{"group.id", "g"}, {"config.storage.topic", "c"}, {"offset.storage.topic", "o"}, {"status.storage.topic", "s"},
               {"key.converter", "JsonConverter"}, {"value.converter", "JsonConverter"}, {"value.converter.schemas.enable", "false"}});
  return *WorkerConfig::create(more, false);
}

}  // namespace weir::runtime::config::fixtures
