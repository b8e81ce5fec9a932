#include "cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace weir::transforms::odbc_lookup {
namespace {

using std::chrono::milliseconds;

RowText row(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

struct CacheTest : ::testing::Test {
  CacheOptions options = [] {
    CacheOptions o;
    o.ttl = milliseconds(100);
    o.ttl_jitter = 0;
    o.negative_ttl = milliseconds(10);
    o.stale_on_error = milliseconds(1000);
    return o;
  }();
  Cache::Clock::time_point now{};
  int asked{0};
  bool down{false};

  Answered ask(Cache& cache, std::string_view key, bool stale = true) {
    return cache.resolve({key}, now, milliseconds(1000), stale, [&](const auto& keys) -> std::optional<std::vector<RowText>> {
      ++asked;
      if (down) {
        return std::nullopt;
      }
      std::vector<RowText> out;
      for (std::string_view k : keys) {
        out.push_back(k == "unknown" ? nullptr : row("row of " + std::string(k)));
      }
      return out;
    })[0];
  }
};

TEST_F(CacheTest, AsksOnceUntilTheRowIsOld) {
  Cache cache(options);
  EXPECT_EQ(ask(cache, "a").how, Answer::miss);
  now += milliseconds(99);
  EXPECT_EQ(ask(cache, "a").how, Answer::hit);
  now += milliseconds(1);
  EXPECT_EQ(ask(cache, "a").how, Answer::miss);
  EXPECT_EQ(asked, 2);
}

TEST_F(CacheTest, UnknownKeysHaveTheirOwnTime) {
  Cache cache(options);
  EXPECT_EQ(ask(cache, "unknown").how, Answer::negative);
  now += milliseconds(9);
  EXPECT_EQ(ask(cache, "unknown").how, Answer::negative);
  EXPECT_EQ(asked, 1);
  now += milliseconds(1);
  (void)ask(cache, "unknown");
  EXPECT_EQ(asked, 2);
}

TEST_F(CacheTest, OldRowsServeWhileTheSourceIsDown) {
  Cache cache(options);
  (void)ask(cache, "a");
  down = true;
  now += milliseconds(500);
  const Answered stale = ask(cache, "a");
  EXPECT_EQ(stale.how, Answer::stale);
  EXPECT_EQ(*stale.row, "row of a");
  EXPECT_EQ(ask(cache, "a", false).how, Answer::error);
  EXPECT_EQ(ask(cache, "b").how, Answer::error);
  now += milliseconds(600);
  EXPECT_EQ(ask(cache, "a").how, Answer::error) << "too old";
}

TEST_F(CacheTest, TheLeastUsedRowGoes) {
  options.max_entries = 2;
  Cache cache(options);
  (void)ask(cache, "a");
  (void)ask(cache, "b");
  (void)ask(cache, "a");
  (void)ask(cache, "c");
  EXPECT_EQ(ask(cache, "a").how, Answer::hit);
  EXPECT_EQ(ask(cache, "b").how, Answer::miss);
  EXPECT_EQ(cache.counts().entries, 2u);
  EXPECT_EQ(cache.counts().evictions, 2u);
}

TEST_F(CacheTest, BytesAreBounded) {
  options.max_bytes = 10'000;
  Cache cache(options);
  for (int i = 0; i < 1000; ++i) {
    (void)ask(cache, std::to_string(i));
    ASSERT_LE(cache.counts().bytes, 10'000u);
  }
  EXPECT_GT(cache.counts().entries, 10u);
}

TEST_F(CacheTest, FiftyThreadsAskOnce) {
  Cache cache(options);
  std::atomic<int> statements{0};
  std::atomic<int> good{0};
  std::latch go(50);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 50; ++i) {
      threads.emplace_back([&] {
        go.arrive_and_wait();
        const auto answer = cache.resolve({"cold"}, now, std::chrono::seconds(30), false,
                                          [&](const auto&) -> std::optional<std::vector<RowText>> {
                                            ++statements;
                                            return std::vector<RowText>{row("x")};
                                          });
        good += answer[0].row && *answer[0].row == "x" ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(statements, 1);
  EXPECT_EQ(good, 50);
}

TEST_F(CacheTest, EqualConfigurationsShare) {
  auto a = shared_cache("same", options);
  EXPECT_EQ(a, shared_cache("same", options));
  EXPECT_NE(a, shared_cache("other", options));
  std::weak_ptr<Cache> gone = a;
  a.reset();
  EXPECT_TRUE(gone.expired());
}

}  // namespace
}  // namespace weir::transforms::odbc_lookup
