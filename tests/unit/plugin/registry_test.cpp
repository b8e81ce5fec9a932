#include "runtime/plugin/registry.hpp"

#include <gmock/gmock.h>
#include <weir/plugin.hpp>
#include <weir/testing/fake_host.hpp>

#include <cstring>
#include <stdexcept>

#include "runtime/plugin/instances.hpp"

namespace weir::runtime::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Options {
  std::string file;
  std::string colour{"red"};
};

class Twin final : public Sink {
 public:
  static constexpr std::string_view kType = "twin";
  Result<void> put(Batch&) override { return {}; }
};

class FileSource final : public Source {
 public:
  static constexpr std::string_view kType = "file_source";
  static constexpr std::string_view kVersion = "2.1";
  static constexpr std::array<std::string_view, 1> kAliases = {
      "org.apache.kafka.connect.file.FileStreamSourceConnector"};
  static ConfigDef<Options> describe() {
    return ConfigDef<Options>{}
        .field("file", &Options::file, "What to read.").required()
        .field("colour", &Options::colour, "How.").alias("color").one_of({"red", "green"});
  }
  explicit FileSource(Options options) : options_(std::move(options)) {}
  Result<void> poll(Batch&, std::chrono::milliseconds) override { throw std::runtime_error("poll " + options_.file); }

 private:
  Options options_;
};

class Discard final : public Sink {
 public:
  static constexpr std::string_view kType = "discard";
  Result<void> put(Batch&) override { return {}; }
};

class Cast final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "Cast$Value";
  static constexpr std::array<std::string_view, 1> kAliases = {"org.apache.kafka.connect.transforms.Cast$Value"};
  using RecordTransform::apply;
  Result<void> apply(Record&) override { return {}; }
};

class Json final : public Converter {
 public:
  static constexpr std::string_view kType = "JsonConverter";
  static constexpr std::array<std::string_view, 1> kAliases = {"org.apache.kafka.connect.json.JsonConverter"};
  Result<void> decode(Batch&, Side) override { return {}; }
  Result<void> encode(Batch&, Side) override { return {}; }
};

class OtherJson final : public Converter {
 public:
  static constexpr std::string_view kType = "other";
  static constexpr std::array<std::string_view, 1> kAliases = {"com.example.JsonConverter"};
  Result<void> decode(Batch&, Side) override { return {}; }
  Result<void> encode(Batch&, Side) override { return {}; }
};

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() {
    EXPECT_TRUE(registry.add(make_plugin("t", "1.0", {component<FileSource>(), component<Discard>(), component<Cast>(),
                                                      component<Json>()}),
                             "t.so"));
  }
  Registry registry;
};

TEST_F(RegistryTest, AnswersToEveryNameOfKafkaConnect) {
  for (const char* name : {"file_source", "FileStreamSource", "FileStreamSourceConnector",
                           "org.apache.kafka.connect.file.FileStreamSourceConnector"}) {
    ASSERT_NE(registry.find_connector(name), nullptr) << name;
    EXPECT_EQ(registry.find_connector(name)->name(), "file_source");
  }
  EXPECT_EQ(registry.find_connector("FileStream"), nullptr);
  EXPECT_NE(registry.find(Kind::converter, "Json"), nullptr);
  EXPECT_NE(registry.find(Kind::transform, "org.apache.kafka.connect.transforms.Cast$Value"), nullptr);
  EXPECT_NE(registry.find(Kind::transform, "Cast$Value"), nullptr);
  EXPECT_EQ(registry.find(Kind::transform, "Value"), nullptr);
  EXPECT_EQ(registry.find(Kind::sink, "file_source"), nullptr);
  EXPECT_EQ(registry.find_connector("JsonConverter"), nullptr);
}

TEST_F(RegistryTest, ListsJavaNamesForWhatReplacesAJavaClass) {
  std::vector<std::string> names;
  for (const Component* c : registry.list()) {
    names.push_back(std::string(to_string(c->kind())) + " " + c->class_name() + " " + c->version());
  }
  EXPECT_THAT(names, ElementsAre("sink discard 1.0", "source org.apache.kafka.connect.file.FileStreamSourceConnector 2.1",
                                 "transformation org.apache.kafka.connect.transforms.Cast$Value 1.0",
                                 "converter org.apache.kafka.connect.json.JsonConverter 1.0"));
}

TEST_F(RegistryTest, DropsANameThatFitsTwo) {
  ASSERT_TRUE(registry.add(make_plugin("u", "1.0", {component<OtherJson>()}), "u.so"));
  EXPECT_EQ(registry.find(Kind::converter, "Json"), nullptr);
  EXPECT_NE(registry.find(Kind::converter, "JsonConverter"), nullptr) << "a component's own name is never ambiguous";
  EXPECT_NE(registry.find(Kind::converter, "com.example.JsonConverter"), nullptr);
}

TEST_F(RegistryTest, KeepsTheHigherVersionOfTwoEqualNames) {
  ASSERT_TRUE(registry.add(make_plugin("t", "1.10", {component<Discard>()}), "new.so"));
  EXPECT_EQ(registry.find_connector("discard")->version(), "1.10");
  ASSERT_TRUE(registry.add(make_plugin("t", "1.9", {component<Discard>()}), "old.so"));
  EXPECT_EQ(registry.find_connector("discard")->origin(), "new.so");
  ASSERT_EQ(registry.failures().size(), 2u);
  EXPECT_EQ(registry.failures()[1].reason, "old.so has sink discard too, and version 1.10 of new.so is used");
  ASSERT_TRUE(registry.add(make_plugin("twice", "2.0", {component<Twin>(), component<Twin>()}),
                           "twice.so"));
  EXPECT_THAT(registry.failures().back().reason,
              HasSubstr("twice.so has more than one sink twin; version 2.0 is used"));
}

TEST_F(RegistryTest, WhatIsBuiltInIsNotReplaced) {
  ASSERT_TRUE(registry.add(make_plugin("w", "0.1", {component<Twin>()}), kBuiltIn));
  ASSERT_TRUE(registry.add(make_plugin("t", "9.0", {component<Twin>()}), "t9.so"));
  EXPECT_EQ(registry.find_connector("twin")->origin(), kBuiltIn);
  EXPECT_EQ(registry.failures().back().reason, "t9.so has sink twin, which the worker has built in: it is not used, give it another name");
}

TEST_F(RegistryTest, NamesWhatItHasWhenAClassIsUnknown) {
  EXPECT_EQ(registry.unknown_connector_text("nope"),
            "Failed to find any class that implements Connector and which name matches nope, available connectors are: "
            "discard, org.apache.kafka.connect.file.FileStreamSourceConnector");
}

TEST_F(RegistryTest, CopiesTheOptions) {
  const Component& c = *registry.find_connector("file_source");
  ASSERT_EQ(c.keys().size(), 3u);
  EXPECT_TRUE(c.keys()[0].required());
  EXPECT_EQ(c.keys()[1].default_value, "red");
  EXPECT_THAT(c.keys()[1].recommended, ElementsAre("red", "green"));
  EXPECT_EQ(c.keys()[2].alias_of, "colour");
  EXPECT_FALSE(c.keys()[2].required());
  const auto problems = c.validate({{"colour", "blue"}});
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].message, "Missing required configuration \"file\" which has no default value.");
}

TEST_F(RegistryTest, ComputesTaskConfigsForConnectorsThatDoNotSay) {
  EXPECT_EQ(registry.find_connector("file_source")->task_configs({{"file", "x"}}, 4)->size(), 1u);
  EXPECT_EQ(registry.find_connector("discard")->task_configs({}, 4)->size(), 4u);
}

TEST_F(RegistryTest, InstancesReportWhatWasThrown) {
  weir::testing::FakeTask host;
  auto refused = SourceInstance::create(*registry.find_connector("file_source"), {}, host.c());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::bad_config);
  auto source = SourceInstance::create(*registry.find_connector("file_source"), {{"file", "a.txt"}}, host.c());
  ASSERT_TRUE(source) << source.error().message;
  weir::testing::TestBatch batch;
  EXPECT_EQ(source->poll(batch.c(), 0, batch.errors()), WEIR_FATAL);
  EXPECT_EQ(batch.failures().at(-1).message, "poll a.txt");
  auto wrong = SinkInstance::create(*registry.find_connector("file_source"), {}, host.c());
  EXPECT_EQ(wrong.error().message, "file_source is a source, not a sink");
}

// A plugin in C that throws although it must not: the host's own guard.
TEST(RawTable, AnExceptionStopsAtTheHost) {
  weir_sink_ops ops{};
  ops.struct_size = sizeof ops;
  ops.create = [](const weir_pair*, std::size_t, const weir_task*, const weir_error_sink*) -> void* {
    throw std::runtime_error("no");
  };
  ops.destroy = [](void*) {};
  ops.put = [](void*, weir_batch*, const weir_error_sink*) -> std::uint32_t { return WEIR_OK; };
  weir_component c = component<Discard>();
  c.ops = &ops;
  Registry registry;
  ASSERT_TRUE(registry.add(make_plugin("t", "1", {c}), "t.so"));
  weir::testing::FakeTask host;
  auto made = SinkInstance::create(*registry.find_connector("discard"), {}, host.c());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::fatal);
  EXPECT_EQ(made.error().message, "discard threw: no");
}

// A table of an older minor, which ends before the optional operations.
TEST(RawTable, OperationsThatTheTableDoesNotCoverAreNotRead) {
  weir_sink_ops ops{};
  std::memset(static_cast<void*>(&ops), 0xff, sizeof ops);  // whatever lies behind the table
  ops.struct_size = offsetof(weir_sink_ops, flush);
  ops.flags = 0;
  static int made = 0;
  ops.create = [](const weir_pair*, std::size_t, const weir_task*, const weir_error_sink*) -> void* { return &made; };
  ops.destroy = [](void*) {};
  ops.start = [](void*, const weir_error_sink*) -> std::uint32_t { return WEIR_OK; };
  ops.open = nullptr;
  ops.close = nullptr;
  ops.put = [](void*, weir_batch*, const weir_error_sink*) -> std::uint32_t { return WEIR_OK; };
  weir_component c = component<Discard>();
  c.ops = &ops;
  Registry registry;
  ASSERT_TRUE(registry.add(make_plugin("t", "1", {c}), "t.so"));
  weir::testing::FakeTask host;
  auto sink = SinkInstance::create(*registry.find_connector("discard"), {}, host.c());
  ASSERT_TRUE(sink);
  weir::testing::TestBatch batch;
  EXPECT_EQ(sink->flush(batch.errors()), WEIR_OK);
  EXPECT_EQ(sink->pre_commit({}, batch.errors()), WEIR_OK);
  sink->stop(0);
}

struct Damage {
  const char* name;
  void (*apply)(weir_plugin&, weir_component&, weir_sink_ops&);
  const char* text;
};

class BrokenTable : public ::testing::TestWithParam<Damage> {};

TEST_P(BrokenTable, GetsOneSentence) {
  weir_component c = component<Discard>();
  weir_sink_ops ops = *static_cast<const weir_sink_ops*>(c.ops);
  c.ops = &ops;
  weir_plugin plugin = *make_plugin("t", "1", {});
  plugin.components = &c;
  plugin.component_count = 1;
  GetParam().apply(plugin, c, ops);
  Registry registry;
  const auto added = registry.add(&plugin, "/x/t.so");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Errc::bad_config);
  EXPECT_EQ(added.error().message, GetParam().text);
  EXPECT_TRUE(registry.list().empty());
}

INSTANTIATE_TEST_SUITE_P(
    , BrokenTable,
    ::testing::Values(
        Damage{"major", [](weir_plugin& p, weir_component&, weir_sink_ops&) { p.abi_major = 2; },
               "/x/t.so speaks version 2 of the plugin contract and this worker version 1: rebuild it against the Weir SDK "
               "1.x"},
        Damage{"minor", [](weir_plugin& p, weir_component&, weir_sink_ops&) { p.abi_minor = 7; },
               "/x/t.so needs version 1.7 of the plugin contract and this worker has 1.0: use a newer worker, or rebuild it "
               "against the Weir SDK 1.0"},
        Damage{"size", [](weir_plugin& p, weir_component&, weir_sink_ops&) { p.struct_size = 20; },
               "/x/t.so is broken: its plugin table has struct_size 20, at least 72 was expected; rebuild it against the "
               "Weir SDK 1.x"},
        Damage{"none", [](weir_plugin& p, weir_component&, weir_sink_ops&) { p.components = nullptr; },
               "/x/t.so is broken: it has no components; rebuild it against the Weir SDK 1.x"},
        Damage{"stride", [](weir_plugin& p, weir_component&, weir_sink_ops&) { p.component_stride = 8; },
               "/x/t.so is broken: its components have stride 8, at least 120 was expected; rebuild it against the Weir SDK "
               "1.x"},
        Damage{"kind", [](weir_plugin&, weir_component& c, weir_sink_ops&) { c.kind = 77; },
               "/x/t.so is broken: component \"discard\": kind 77 is not known; rebuild it against the Weir SDK 1.x"},
        Damage{"ops", [](weir_plugin&, weir_component& c, weir_sink_ops&) { c.ops = nullptr; },
               "/x/t.so is broken: component \"discard\": its table of operations is missing; rebuild it against the Weir "
               "SDK 1.x"},
        Damage{"put", [](weir_plugin&, weir_component&, weir_sink_ops& o) { o.put = nullptr; },
               "/x/t.so is broken: component \"discard\": its table of operations lacks one that every component of its "
               "kind has; rebuild it against the Weir SDK 1.x"},
        Damage{"create", [](weir_plugin&, weir_component&, weir_sink_ops& o) { o.create = nullptr; },
               "/x/t.so is broken: component \"discard\": its table of operations lacks create or destroy; rebuild it "
               "against the Weir SDK 1.x"},
        Damage{"opssize", [](weir_plugin&, weir_component&, weir_sink_ops& o) { o.struct_size = 16; },
               "/x/t.so is broken: component \"discard\": its table of operations has struct_size 16, at least 56 was "
               "expected; rebuild it against the Weir SDK 1.x"},
        Damage{"keys", [](weir_plugin&, weir_component& c, weir_sink_ops&) { c.key_count = 3; c.key_stride = 4; c.keys = nullptr; },
               "/x/t.so is broken: component \"discard\": its options have stride 4, at least 120 was expected; rebuild it "
               "against the Weir SDK 1.x"}),
    [](const auto& each) { return each.param.name; });

TEST(Versions, CompareAsPeopleDo) {
  EXPECT_LT(compare_versions("1.9", "1.10"), 0);
  EXPECT_EQ(compare_versions("1.0", "1.0"), 0);
  EXPECT_GT(compare_versions("2", "1.99"), 0);
  EXPECT_LT(compare_versions("1.0-rc1", "1.0"), 0);
  EXPECT_LT(compare_versions("1.0", "1.0.1"), 0);
}

}  // namespace
}  // namespace weir::runtime::plugin
