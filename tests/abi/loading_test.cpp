// Plugins as they come: good ones, bad ones, and the sentence each bad one gets.
#include <gtest/gtest.h>
#include <weir/testing/fake_host.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/plugin/instances.hpp"
#include "runtime/plugin/loader.hpp"

namespace weir::runtime::plugin {
namespace {

namespace fs = std::filesystem;

const fs::path kPlugins = WEIR_TEST_PLUGINS;

std::string refusal(const char* name) {
  Registry registry;
  Loader loader(registry);
  const auto loaded = loader.load_file(kPlugins / name);
  EXPECT_FALSE(loaded) << name;
  EXPECT_TRUE(registry.list().empty());
  return loaded ? std::string() : loaded.error().message;
}

std::string path(const char* name) { return (kPlugins / name).string(); }

TEST(Loading, WhatIsNoPluginSaysSo) {
  EXPECT_EQ(refusal("not_a_plugin.so"), path("not_a_plugin.so") + " is not a Weir plugin: it does not export weir_plugin_entry_v1");
}

TEST(Loading, AnotherMajorNamesBothVersionsAndTheFix) {
  EXPECT_EQ(refusal("wrong_abi.so"), path("wrong_abi.so") +
                                         " speaks version 9 of the plugin contract and this worker version 1: rebuild it against the Weir SDK 1.x");
}

TEST(Loading, ANewerMinorNamesBothVersionsAndTheFix) {
  EXPECT_EQ(refusal("newer_minor.so"), path("newer_minor.so") +
                                           " needs version 1.99 of the plugin contract and this worker has 1.0: use a newer worker, or rebuild it "
                                           "against the Weir SDK 1.0");
}

TEST(Loading, ABrokenTableSaysWhatIsBroken) {
  EXPECT_EQ(refusal("broken_table.so"), path("broken_table.so") +
                                            " is broken: its plugin table has struct_size 0, at least 72 was expected; rebuild it against the Weir "
                                            "SDK 1.x");
}

TEST(Loading, WhatItsEntryThrowsIsSaid) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(refusal("refusing.so"),
            path("refusing.so") +
                " refused to be loaded: its entry returned nothing, and said why on stderr");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "weir-test-refusing cannot be loaded: no options today\n");
}

TEST(Loading, BadPluginsDoNotHurtTheRest) {
  Registry registry;
  Loader loader(registry);
  loader.load_path({kPlugins});
  EXPECT_EQ(registry.failures().size(), 5u);
  ASSERT_NE(registry.find(Kind::sink, "throwing_sink"), nullptr);
  EXPECT_EQ(registry.find(Kind::sink, "throwing_sink")->version(), "1.0.0");
  loader.load_path({kPlugins});
  EXPECT_NE(registry.find(Kind::sink, "throwing_sink"), nullptr) << "loading again replaces nothing";
}

TEST(Loading, APluginCutShortIsRefused) {
  std::ifstream in(kPlugins / "throwing.so", std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  ASSERT_GT(whole.size(), 4096u);
  const fs::path folder = fs::path(::testing::TempDir()) / ("weir-cut-" + std::to_string(::getpid()));
  fs::create_directory(folder);
  fs::permissions(folder, fs::perms::owner_all);
  for (const std::size_t size : {std::size_t{21}, std::size_t{64}, std::size_t{1000}, whole.size() / 2, whole.size() - 1}) {
    const fs::path file = folder / ("cut" + std::to_string(size) + ".so");
    std::ofstream(file, std::ios::binary) << whole.substr(0, size);
    fs::permissions(file, fs::perms(0644));
    Registry registry;
    Loader loader(registry);
    const auto loaded = loader.load_file(file);
    EXPECT_FALSE(loaded) << size;
    EXPECT_EQ(loaded.error().message.find(file.string()), 0u) << loaded.error().message;
  }
  fs::remove_all(folder);
}

class Throwing : public ::testing::Test {
 protected:
  Throwing() { EXPECT_TRUE(Loader(registry).load_file(kPlugins / "throwing.so")); }
  const Component& component(Kind kind, const char* name) { return *registry.find(kind, name); }
  Registry registry;
  testing::FakeTask host;
  testing::TestBatch batch;
};

TEST_F(Throwing, AConstructorThatThrowsIsAnError) {
  auto made = SinkInstance::create(component(Kind::sink, "throwing_sink"), {{"throws.at", "constructor"}}, host.c());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::fatal);
  EXPECT_EQ(made.error().message, "thrown by the constructor");
}

TEST_F(Throwing, EveryCallOfEveryKindIsFatalAndSaysWhy) {
  auto source = SourceInstance::create(component(Kind::source, "throwing_source"), {}, host.c());
  ASSERT_TRUE(source);
  EXPECT_EQ(source->start(batch.errors()), WEIR_FATAL);
  EXPECT_EQ(batch.failures().at(-1).message, "thrown by start");
  EXPECT_EQ(source->poll(batch.c(), 0, batch.errors()), WEIR_FATAL);
  EXPECT_EQ(batch.failures().at(-1).message, "thrown by poll");
  source->acknowledged({});
  source->committed();
  source->stop();

  auto sink = SinkInstance::create(component(Kind::sink, "throwing_sink"), {}, host.c());
  ASSERT_TRUE(sink);
  EXPECT_EQ(sink->put(batch.c(), batch.errors()), WEIR_FATAL);
  EXPECT_EQ(sink->flush(batch.errors()), WEIR_FATAL);
  sink->close({}, false);
  sink->stop(0);

  auto opener = SinkInstance::create(component(Kind::sink, "throwing_open_sink"), {}, host.c());
  ASSERT_TRUE(opener);
  EXPECT_EQ(opener->start(batch.errors()), WEIR_FATAL);
  EXPECT_EQ(opener->open({}, batch.errors()), WEIR_FATAL);
  EXPECT_EQ(opener->pre_commit({}, batch.errors()), WEIR_FATAL);

  auto transform = TransformInstance::create(component(Kind::transform, "throwing_transform"), {}, host.c());
  ASSERT_TRUE(transform);
  EXPECT_EQ(transform->apply(batch.c(), batch.errors()), WEIR_FATAL);

  batch.add("t");
  std::uint8_t answer = 0;
  auto predicate = PredicateInstance::create(component(Kind::predicate, "throwing_predicate"), {}, host.c());
  ASSERT_TRUE(predicate);
  EXPECT_EQ(predicate->test(batch.c(), &answer, batch.errors()), WEIR_FATAL);

  auto converter = ConverterInstance::create(component(Kind::converter, "throwing_converter"), {}, host.c());
  ASSERT_TRUE(converter);
  EXPECT_EQ(converter->decode(batch.c(), WEIR_SIDE_VALUE, batch.errors()), WEIR_FATAL);
  EXPECT_EQ(converter->encode(batch.c(), WEIR_SIDE_KEY, batch.errors()), WEIR_FATAL);
}

TEST_F(Throwing, WhatIsNoExceptionIsCaughtToo) {
  auto sink = SinkInstance::create(component(Kind::sink, "throwing_sink"), {{"throws.at", "int"}}, host.c());
  ASSERT_TRUE(sink);
  EXPECT_EQ(sink->put(batch.c(), batch.errors()), WEIR_FATAL);
  EXPECT_EQ(batch.failures().at(-1).message, "the plugin threw something that is not a std::exception");
}

}  // namespace
}  // namespace weir::runtime::plugin
