#include <gtest/gtest.h>
#include <weir/plugin.hpp>
#include <weir/testing/fake_host.hpp>

#include <stdexcept>

namespace weir {
namespace {

class Thrower final : public Sink {
 public:
  static constexpr std::string_view kType = "thrower";
  Result<void> start() override { throw std::runtime_error("start is broken"); }
  Result<void> put(Batch&) override { throw 42; }
};

class Halver final : public RecordTransform {
 public:
  static constexpr std::string_view kType = "halver";
  using RecordTransform::apply;
  Result<void> apply(Record& record) override {
    if (!record.value().is_integer()) {
      throw std::invalid_argument("not a number");
    }
    if (record.value().as_integer() % 2 != 0) {
      record.drop();
    } else {
      record.set_value(Value::int64(record.value().as_integer() / 2));
    }
    return {};
  }
};

struct Needs {
  std::string what;
};
class Needy final : public Transform {
 public:
  static constexpr std::string_view kType = "needy";
  static ConfigDef<Needs> describe() { return ConfigDef<Needs>{}.field("what", &Needs::what, "Something needed.").required(); }
  explicit Needy(Needs) {}
  Result<void> apply(Batch&) override { return {}; }
};

TEST(PluginTest, WhatAPluginThrowsBecomesACodeAndAText) {
  const weir_component c = component<Thrower>();
  const auto& ops = *static_cast<const weir_sink_ops*>(c.ops);
  testing::FakeTask host;
  testing::TestBatch batch;
  void* self = ops.create(nullptr, 0, host.c(), batch.errors());
  ASSERT_NE(self, nullptr);
  EXPECT_EQ(ops.start(self, batch.errors()), static_cast<std::uint32_t>(WEIR_FATAL));
  EXPECT_EQ(batch.failures().at(-1).message, "start is broken");
  EXPECT_EQ(ops.put(self, batch.c(), batch.errors()), static_cast<std::uint32_t>(WEIR_FATAL));
  EXPECT_EQ(batch.failures().at(-1).message, "the plugin threw something that is not a std::exception");
  ops.destroy(self);
}

TEST(PluginTest, OneBadRecordFailsAloneAndFilteredOnesAreSkipped) {
  const weir_component c = component<Halver>();
  const auto& ops = *static_cast<const weir_transform_ops*>(c.ops);
  testing::FakeTask host;
  testing::TestBatch batch;
  batch.add("t").value = Value::int64(8);
  batch.add("t").value = Value::string("x");
  batch.add("t").value = Value::int64(3);
  void* self = ops.create(nullptr, 0, host.c(), batch.errors());
  EXPECT_EQ(ops.apply(self, batch.c(), batch.errors()), static_cast<std::uint32_t>(WEIR_OK));
  EXPECT_EQ(batch[0].value().as_integer(), 4);
  EXPECT_EQ(batch.failures().at(1).code, Errc::bad_record);
  EXPECT_EQ(batch.failures().at(1).message, "not a number");
  EXPECT_FALSE(batch[2].live());
  EXPECT_EQ(ops.apply(self, batch.c(), batch.errors()), static_cast<std::uint32_t>(WEIR_OK));
  EXPECT_EQ(batch[0].value().as_integer(), 2);
  ops.destroy(self);
}

TEST(PluginTest, CreateRefusesWhatValidateRefuses) {
  const weir_component c = component<Needy>();
  testing::FakeTask host;
  testing::TestBatch batch;
  EXPECT_EQ(static_cast<const weir_transform_ops*>(c.ops)->create(nullptr, 0, host.c(), batch.errors()), nullptr);
  EXPECT_EQ(batch.failures().at(-1).code, Errc::bad_config);
}

TEST(ArenaTest, ResetKeepsItsMemoryAndLargeAllocationsWork) {
  OwnedArena arena(1024);
  for (int round = 0; round < 3; ++round) {
    Arena a = arena.view();
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(a.copy("some text"), "some text");
    }
    const std::string large(100'000, 'x');
    EXPECT_EQ(a.copy(large), large);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(a.allocate(3)) % 16, 0u);
    arena.reset();
  }
  EXPECT_LE(arena.bytes(), 300'000u);
}

TEST(ValueTest, BuildersAndLookups) {
  OwnedArena memory;
  Arena a = memory.view();
  ObjectBuilder object(a, 1);
  for (int i = 0; i < 40; ++i) {
    object.add(a.copy("k" + std::to_string(i)), Value::int64(i));
  }
  object.add("k3", Value::string("last wins"));
  const Value map = object.map();
  EXPECT_EQ(map.members().size(), 41u);
  EXPECT_EQ(map.find("k17")->as_integer(), 17);
  EXPECT_EQ(map.find("k3")->text(), "last wins");
  EXPECT_EQ(map.find("nope"), nullptr);
}

}  // namespace
}  // namespace weir
