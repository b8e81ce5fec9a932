#include "runtime/pipeline/stages.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <weir/plugin.hpp>

#include "runtime/pipeline/polled_batch.hpp"

namespace weir::runtime::pipeline {
namespace {

/// How often a part of this value still fails, and as what; each test starts with an empty one.
struct Trouble {
  Errc code{Errc::retriable};
  int times{0};
};
std::map<std::string, Trouble>* trouble = nullptr;
std::map<std::string, int>* calls = nullptr;

/// The error of `what` (a value with a prefix that says where), while there is one left.
std::optional<Error> trouble_of(const std::string& what) {
  ++(*calls)[what];
  const auto it = trouble->find(what);
  if (it == trouble->end() || it->second.times == 0) {
    return std::nullopt;
  }
  --it->second.times;
  return Error{it->second.code, "trouble with " + what};
}

class ShakyConverter final : public Converter {
 public:
  static constexpr std::string_view kType = "shaky";
  Result<void> decode(Batch& batch, Side side) override {
    if (const auto whole = trouble_of("all"); whole) {
      return *whole;
    }
    for (Record r : batch) {
      const std::string raw(r.raw(side).value_or(""));
      if (auto error = trouble_of((side == Side::key ? "key " : "value ") + raw)) {
        batch.fail(r, *error);
      } else {
        r.set_part(side, Value::string(*r.raw(side)));
      }
    }
    return {};
  }
  Result<void> encode(Batch& batch, Side side) override {
    for (Record r : batch) {
      r.set_raw(side, r.part(side).text());
    }
    return {};
  }
};

class AnyHeader final : public HeaderConverter {
 public:
  static constexpr std::string_view kType = "any_header";
  Result<void> decode(std::string_view, std::optional<std::string_view> raw, Arena,
                      Header& header) override {
    if (raw == "bad") {
      return bad_record("no header");
    }
    header.value = Value::string(raw.value_or(""));
    return {};
  }
  Result<std::optional<std::string_view>> encode(std::string_view, const Header& header,
                                                 Arena) override {
    return std::optional(header.item().text());
  }
};

/// Appends "+" to every value.
class Plus final : public Transform {
 public:
  static constexpr std::string_view kType = "plus";
  Result<void> apply(Batch& batch) override {
    if (const auto whole = trouble_of("plus all"); whole) {
      return *whole;
    }
    for (Record r : batch) {
      const std::string value(r.value().text());
      if (auto error = trouble_of("plus " + value)) {
        batch.fail(r, *error);
      } else {
        r.set_value(Value::string(r.arena().copy(value + "+")));
      }
    }
    return {};
  }
};

class StartsWithA final : public Predicate {
 public:
  static constexpr std::string_view kType = "starts_with_a";
  Result<bool> test(Record& r) override {
    const std::string value(r.value().text());
    if (auto error = trouble_of("test " + value)) {
      return *error;
    }
    return value.substr(0, 1) == "a";
  }
};

class StagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    trouble = &trouble_;
    calls = &calls_;
    const auto added =
        registry_.add(make_plugin("stages-test", "1",
                                  {weir::component<ShakyConverter>(), weir::component<AnyHeader>(),
                                   weir::component<Plus>(), weir::component<StartsWithA>()}),
                      "test");
    ASSERT_TRUE(added) << added.error().message;
    spec_.key_converter.component = spec_.value_converter.component =
        find(plugin::Kind::converter, "shaky");
    spec_.header_converter.component = find(plugin::Kind::header_converter, "any_header");
    spec_.errors.retry_timeout = std::chrono::milliseconds(-1);
  }
  const plugin::Component* find(plugin::Kind kind, const char* name) {
    return registry_.find(kind, name);
  }
  void add_step(const char* alias, bool predicate = false, bool negate = false) {
    spec_.transforms.push_back(
        {alias,
         find(plugin::Kind::transform, "plus"),
         {},
         predicate ? "p" : "",
         predicate ? find(plugin::Kind::predicate, "starts_with_a") : nullptr,
         {},
         negate});
  }
  Stages& make() {
    auto made = Stages::create(
        spec_, nullptr, [](const std::string&) { return nullptr; },
        [this](std::chrono::milliseconds delay, const Retry& retry) {
          delays_.push_back(delay.count());
          retried_ += retry.records;
          return static_cast<int>(delays_.size()) <= patience_;
        });
    EXPECT_TRUE(made) << made.error().message;
    stages_ = std::move(*made);
    return *stages_;
  }
  void fill(const std::vector<std::pair<const char*, const char*>>& records) {
    for (const auto& [key, value] : records) {
      weir_record* raw = batch_.c()->append(batch_.c());
      raw->raw_key = bytes_of(std::string_view(key));
      raw->raw_value = bytes_of(std::string_view(value));
      raw->topic = bytes_of(std::string_view("t"));
    }
  }
  std::string value(std::size_t i) { return std::string(batch_[i].value().text()); }

  std::map<std::string, Trouble> trouble_;
  std::map<std::string, int> calls_;
  plugin::Registry registry_;
  TaskSpec spec_;
  std::unique_ptr<Stages> stages_;
  PolledBatch batch_;
  std::vector<std::int64_t> delays_;
  std::size_t retried_{0};
  int patience_{100};
};

TEST_F(StagesTest, ARetriableConversionIsTriedAgainAndOnlyForTheRecordThatNeedsIt) {
  trouble_["value b"] = {Errc::retriable, 3};
  fill({{"1", "a"}, {"2", "b"}, {"3", "c"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->has_failures());
  EXPECT_EQ(delays_, (std::vector<std::int64_t>{300, 600, 1200}));
  EXPECT_EQ(retried_, 3u);
  EXPECT_EQ(calls_["value a"], 1);
  EXPECT_EQ(calls_["value b"], 4);
  EXPECT_EQ(calls_["value c"], 1);
  EXPECT_EQ(value(1), "b");
}

TEST_F(StagesTest, ABadRecordIsNotTriedAgain) {
  trouble_["value b"] = {Errc::bad_record, 1};
  fill({{"1", "a"}, {"2", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  const auto failures = stages_->take_failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].index, 1u);
  EXPECT_EQ(failures[0].stage, Stage::value_converter);
  EXPECT_EQ(failures[0].attempts, 1);
  EXPECT_TRUE(delays_.empty());
}

TEST_F(StagesTest, WithoutATimeoutARetriableFailureOfATransformIsAFailure) {
  spec_.errors.retry_timeout = std::chrono::milliseconds(0);
  add_step("s");
  trouble_["plus b"] = {Errc::retriable, 1};
  fill({{"1", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->transform(batch_.c()));
  const auto failures = stages_->take_failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].error.code, Errc::retriable);
  EXPECT_TRUE(delays_.empty());
}

TEST_F(StagesTest, AConverterWhoseServiceIsAwayHoldsTheBatchAndWorksLater) {
  spec_.errors.retry_timeout = std::chrono::milliseconds(0);
  trouble_["value b"] = {Errc::retriable, 2};
  trouble_["value c"] = {Errc::bad_record, 1};
  fill({{"1", "a"}, {"2", "b"}, {"3", "c"}});
  auto held = make().decode(batch_.c());
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->abandoned);
  EXPECT_EQ(held->error.code, Errc::retriable);
  const auto failures = stages_->take_failures();  // what is bad is bad
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].index, 2u);
  ASSERT_TRUE(stages_->decode(batch_.c()));
  ASSERT_FALSE(stages_->decode(batch_.c()));
  EXPECT_FALSE(stages_->has_failures());
  EXPECT_EQ(value(0), "a");
  EXPECT_EQ(value(1), "b");
}

TEST_F(StagesTest, OfflineItIsTheRecordsFailure) {
  spec_.errors.retry_timeout = std::chrono::milliseconds(0);
  spec_.errors.hold_converters = false;
  trouble_["value b"] = {Errc::retriable, 1};
  fill({{"1", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_EQ(stages_->take_failures().size(), 1u);
}

TEST_F(StagesTest, AConverterThatCannotWorkAtAllIsTriedAgainForAllRecords) {
  trouble_["all"] = {Errc::retriable, 2};
  fill({{"1", "a"}, {"2", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->has_failures());
  EXPECT_EQ(delays_.size(), 2u);
  EXPECT_EQ(retried_, 4u);
}

TEST_F(StagesTest, TheFirstFailingStageWins) {
  add_step("s");
  trouble_["key 1"] = {Errc::bad_record, 1};
  trouble_["value a"] = {Errc::bad_record, 1};
  trouble_["value b"] = {Errc::bad_record, 1};
  fill({{"1", "a"}, {"2", "b"}, {"3", "c"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->transform(batch_.c()));
  const auto failures = stages_->take_failures();
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_EQ(failures[0].index, 0u);
  EXPECT_EQ(failures[0].stage, Stage::key_converter);
  EXPECT_EQ(failures[1].index, 1u);
  EXPECT_EQ(failures[1].stage, Stage::value_converter);
  EXPECT_EQ(calls_["value a"], 0);
  EXPECT_EQ(calls_["plus a"], 0);
  EXPECT_EQ(value(2), "c+");
}

TEST_F(StagesTest, ATransformIsNotAppliedTwiceToWhatItIsThroughWith) {
  add_step("one");
  add_step("two");
  trouble_["plus b"] = {Errc::retriable, 2};
  fill({{"1", "a"}, {"2", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->transform(batch_.c()));
  EXPECT_EQ(value(0), "a++");
  EXPECT_EQ(value(1), "b++");
}

TEST_F(StagesTest, PredicateAndTransformAreOneOperationUnderTheTransformsName) {
  add_step("s", true);
  trouble_["test b"] = {Errc::retriable, 1};
  trouble_["test c"] = {Errc::bad_record, 1};
  trouble_["plus a"] = {Errc::retriable, 1};
  fill({{"1", "a"}, {"2", "b"}, {"3", "c"}, {"4", "ax"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->transform(batch_.c()));
  const auto failures = stages_->take_failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].index, 2u);
  EXPECT_EQ(failures[0].stage, Stage::transformation);
  EXPECT_EQ(failures[0].class_name, find(plugin::Kind::transform, "plus")->class_name());
  EXPECT_EQ(value(0), "a+");
  EXPECT_EQ(value(1), "b");  // the predicate was asked again and said no
  EXPECT_EQ(value(3), "ax+");
  EXPECT_EQ(calls_["test b"], 2);
  EXPECT_EQ(calls_["test a"], 2);
}

TEST_F(StagesTest, WhatWaitedWhenTheTaskStopsIsNoFailure) {
  add_step("s");
  patience_ = 2;
  trouble_["plus b"] = {Errc::retriable, 100};
  fill({{"1", "a"}, {"2", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  const auto held = stages_->transform(batch_.c());
  ASSERT_TRUE(held);
  EXPECT_TRUE(held->abandoned);
  EXPECT_FALSE(stages_->has_failures());
  EXPECT_EQ(delays_.size(), 3u);
}

TEST_F(StagesTest, AfterTheLastAttemptTheRecordFailsWithItsNumber) {
  spec_.errors.retry_timeout = std::chrono::milliseconds(1);
  spec_.errors.retry_delay_max = std::chrono::milliseconds(0);
  patience_ = 1'000'000'000;
  trouble_["plus b"] = {Errc::retriable, 1'000'000'000};
  add_step("s");
  fill({{"1", "b"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  EXPECT_FALSE(stages_->transform(batch_.c()));
  const auto failures = stages_->take_failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].attempts, calls_["plus b"]);
  EXPECT_EQ(static_cast<int>(delays_.size()), calls_["plus b"] - 1);
}

TEST_F(StagesTest, ATransformThatCallsOutIsHeldUnchangedWhateverTheTimeout) {
  spec_.errors.retry_timeout = std::chrono::milliseconds(0);
  add_step("one");
  add_step("two");
  fill({{"1", "a"}});
  ASSERT_FALSE(make().decode(batch_.c()));
  trouble_["plus all"] = {Errc::retriable, 1};
  auto held = stages_->transform(batch_.c());
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->abandoned);
  EXPECT_EQ(held->step, 0u);
  held = stages_->transform(batch_.c(), held->step);
  EXPECT_FALSE(held);
  EXPECT_EQ(value(0), "a++");
}

TEST_F(StagesTest, AHeaderConverterThatMayFailIsAskedBeforeTheTransforms) {
  add_step("s");
  fill({{"1", "a"}});
  make();
  batch_.record(0).headers_loaded = 0;
  static bool asked = false;
  asked = false;
  batch_.c()->load_headers = [](weir_batch*, weir_record* r) {
    r->headers_loaded = 1;
    asked = true;
  };
  ASSERT_FALSE(stages_->decode(batch_.c()));
  EXPECT_TRUE(asked);
  EXPECT_FALSE(stages_->decode_header(batch_.c(), 0, "h", "bad"));
  const auto failures = stages_->take_failures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].stage, Stage::header_converter);
  EXPECT_EQ(failures[0].error.message, "header h: no header");
}

}  // namespace
}  // namespace weir::runtime::pipeline
