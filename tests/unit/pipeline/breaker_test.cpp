#include "runtime/pipeline/breaker.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace weir::runtime::pipeline {
namespace {

using std::chrono::milliseconds;
using Outcome = Breaker::Outcome;
using Permit = Breaker::Permit;

class BreakerTest : public testing::Test {
 protected:
  Breaker make(BreakerSettings settings = {}) {
    return Breaker(
        "onepass", settings,
        [this](const std::string&, BreakerState from, BreakerState to, const std::string& reason) {
          log_.push_back(std::string(to_string(from)) + ">" + std::string(to_string(to)) + ":" + reason);
        },
        [this] { return now_; }, 1);
  }
  void pass(milliseconds ms) { now_ += ms; }
  static void call(Breaker& b, Outcome outcome, std::string_view reason = "http_500") {
    const auto grant = b.acquire();
    ASSERT_NE(grant.permit, Permit::denied);
    b.report(grant.id, outcome, reason);
  }

  Breaker::Clock::time_point now_{Breaker::Clock::now()};
  std::vector<std::string> log_;
};

TEST_F(BreakerTest, OpensAfterFiveFailuresInARow) {
  Breaker b = make();
  for (int i = 0; i < 4; ++i) {
    call(b, Outcome::failure, "connect");
  }
  EXPECT_EQ(b.state(), BreakerState::closed);
  call(b, Outcome::failure, "connect");
  EXPECT_EQ(b.state(), BreakerState::open);
  EXPECT_EQ(b.acquire().permit, Permit::denied);
  EXPECT_EQ(log_, std::vector<std::string>{"CLOSED>OPEN:connect"});
}

TEST_F(BreakerTest, OpensAtTheFailureRateOnlyAfterTheMinimumOfCalls) {
  Breaker b = make();
  call(b, Outcome::failure);
  call(b, Outcome::success);
  call(b, Outcome::failure);
  call(b, Outcome::success);
  EXPECT_EQ(b.state(), BreakerState::closed);
  call(b, Outcome::failure);
  EXPECT_EQ(b.state(), BreakerState::open);
}

TEST_F(BreakerTest, IgnoredCallsSayNothing) {
  Breaker b = make();
  for (int i = 0; i < 50; ++i) {
    call(b, Outcome::ignored);
  }
  EXPECT_EQ(b.state(), BreakerState::closed);
}

TEST_F(BreakerTest, ARefusedCredentialOpensAtOnce) {
  Breaker b = make();
  call(b, Outcome::auth, "http_401");
  EXPECT_EQ(b.state(), BreakerState::open);
  EXPECT_EQ(b.snapshot().reason, "auth");
}

TEST_F(BreakerTest, AStormOfBadRecordsOpensAtOnceUnderItsOwnName) {
  Breaker b = make();
  call(b, Outcome::auth, "dlq_storm");
  EXPECT_EQ(b.state(), BreakerState::open);
  EXPECT_EQ(b.snapshot().reason, "dlq_storm");
}

TEST_F(BreakerTest, HalfOpenLetsOneProbeThroughAndClosesAfterThree) {
  Breaker b = make();
  for (int i = 0; i < 5; ++i) {
    call(b, Outcome::failure);
  }
  const auto denied = b.acquire();
  EXPECT_GE(denied.wait, milliseconds(800));
  EXPECT_LE(denied.wait, milliseconds(1201));
  pass(milliseconds(1300));
  const auto probe = b.acquire();
  EXPECT_EQ(probe.permit, Permit::probe);
  EXPECT_EQ(b.acquire().permit, Permit::denied);
  b.report(probe.id, Outcome::success, "");
  call(b, Outcome::success);
  EXPECT_EQ(b.state(), BreakerState::half_open);
  call(b, Outcome::success);
  EXPECT_EQ(b.state(), BreakerState::closed);
  EXPECT_EQ(log_, (std::vector<std::string>{"CLOSED>OPEN:http_500", "OPEN>HALF_OPEN:timer",
                                            "HALF_OPEN>CLOSED:recovered"}));
}

TEST_F(BreakerTest, AFailedProbeOpensForTwiceAsLongUpToTheMaximum) {
  Breaker b = make();
  for (int i = 0; i < 5; ++i) {
    call(b, Outcome::failure);
  }
  std::int64_t expected = 1000;
  for (int i = 0; i < 8; ++i) {
    const auto wait = b.acquire().wait.count();
    EXPECT_GE(wait, expected * 8 / 10) << i;
    EXPECT_LE(wait, expected * 12 / 10 + 1) << i;
    pass(milliseconds(wait));
    call(b, Outcome::failure);
    expected = std::min<std::int64_t>(expected * 2, 30'000);
  }
}

TEST_F(BreakerTest, ACallCountsAsSlowWhenItsTimeHasPassed) {
  Breaker b = make();
  std::vector<Breaker::Grant> hanging;
  for (int i = 0; i < 5; ++i) {
    hanging.push_back(b.acquire());
  }
  pass(milliseconds(9'999));
  EXPECT_EQ(b.state(), BreakerState::closed);
  pass(milliseconds(2));
  EXPECT_EQ(b.state(), BreakerState::open);
  EXPECT_EQ(b.snapshot().reason, "slow_calls");
  for (const auto& grant : hanging) {
    b.report(grant.id, Outcome::success, "");  // late answers of before do not close it
  }
  EXPECT_EQ(b.state(), BreakerState::open);
}

TEST_F(BreakerTest, AProbeThatNeverEndsDoesNotHoldItHalfOpen) {
  Breaker b = make();
  for (int i = 0; i < 5; ++i) {
    call(b, Outcome::failure);
  }
  pass(milliseconds(1300));
  EXPECT_EQ(b.acquire().permit, Permit::probe);
  pass(milliseconds(60'001));
  EXPECT_EQ(b.state(), BreakerState::open);
}

TEST_F(BreakerTest, AProbeHasItsWholeTimeHoweverLongNothingCameBeforeIt) {
  Breaker b = make();
  for (int i = 0; i < 5; ++i) {
    call(b, Outcome::failure);
  }
  pass(milliseconds(1300));
  EXPECT_EQ(b.state(), BreakerState::half_open);
  for (int i = 0; i < 3; ++i) {
    pass(std::chrono::minutes(10));  // a record comes now and then
    const auto probe = b.acquire();
    ASSERT_EQ(probe.permit, Permit::probe);
    pass(milliseconds(59'000));
    EXPECT_EQ(b.state(), BreakerState::half_open);  // somebody looks while the probe is under way
    b.report(probe.id, Outcome::success, "");
  }
  EXPECT_EQ(b.state(), BreakerState::closed);
}

TEST_F(BreakerTest, AProbeOfAnEarlierTimeNeitherClosesNorOpensNorMakesRoom) {
  Breaker b = make();
  for (int i = 0; i < 5; ++i) {
    call(b, Outcome::failure);
  }
  pass(milliseconds(1300));
  const auto lost = b.acquire();
  ASSERT_EQ(lost.permit, Permit::probe);
  pass(milliseconds(60'001));
  ASSERT_EQ(b.state(), BreakerState::open);
  pass(milliseconds(2500));
  ASSERT_EQ(b.acquire().permit, Permit::probe);
  b.report(lost.id, Outcome::failure, "late");
  EXPECT_EQ(b.state(), BreakerState::half_open);
  EXPECT_EQ(b.acquire().permit, Permit::denied);
}

TEST_F(BreakerTest, NewSettingsCountFromNowOn) {
  Breaker b = make();
  for (int i = 0; i < 5; ++i) {
    call(b, Outcome::failure);
  }
  ASSERT_EQ(b.state(), BreakerState::open);
  BreakerSettings settings;
  settings.close_after_successes = 1;
  settings.consecutive_failures = 2;
  b.configure(settings);
  EXPECT_EQ(b.state(), BreakerState::open);  // an outage is not over because of a config
  pass(milliseconds(1300));
  call(b, Outcome::success);
  EXPECT_EQ(b.state(), BreakerState::closed);
  call(b, Outcome::failure);
  call(b, Outcome::failure);
  EXPECT_EQ(b.state(), BreakerState::open);
  settings.enabled = false;
  b.configure(settings);
  EXPECT_EQ(b.acquire().permit, Permit::closed);
  settings.enabled = true;
  b.configure(settings);
  EXPECT_EQ(b.state(), BreakerState::closed);
}

TEST_F(BreakerTest, DisabledByHandIsEndedByHand) {
  Breaker b = make();
  b.force(BreakerState::disabled);
  EXPECT_EQ(b.state(), BreakerState::disabled);
  b.force(BreakerState::closed);
  EXPECT_EQ(b.state(), BreakerState::closed);
}

TEST_F(BreakerTest, ForcedOpenStaysUntilClosedByHand) {
  Breaker b = make();
  b.force(BreakerState::forced_open);
  pass(std::chrono::hours(1));
  EXPECT_EQ(b.acquire().permit, Permit::denied);
  EXPECT_EQ(b.state(), BreakerState::forced_open);
  b.force(BreakerState::closed);
  call(b, Outcome::success);
  EXPECT_EQ(b.state(), BreakerState::closed);
}

TEST_F(BreakerTest, DisabledNeverOpens) {
  BreakerSettings settings;
  settings.enabled = false;
  Breaker b = make(settings);
  for (int i = 0; i < 100; ++i) {
    call(b, Outcome::failure);
  }
  EXPECT_EQ(b.state(), BreakerState::disabled);
}

TEST(BreakerRegistryTest, OneBreakerPerName) {
  BreakerRegistry registry;
  Breaker& a = registry.get("host:443", {});
  EXPECT_EQ(&a, &registry.get("host:443", {}));
  EXPECT_NE(&a, &registry.get("host:444", {}));
  EXPECT_EQ(registry.find("nobody"), nullptr);
  EXPECT_EQ(registry.all().size(), 2u);
}

}  // namespace
}  // namespace weir::runtime::pipeline
