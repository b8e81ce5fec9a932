// Keys and idempotency.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "api_keys.hpp"
#include "idempotency_store.hpp"
#include "temp_file.hpp"

namespace weir::connectors::http_ingest {
namespace {

constexpr const char* kTill =
    "till:3ebc76d1ed5a9a6b1c8aa94b4e9ad1d6e3d2c7d3a4e1c47ba2d5c09dd0fbd77b::store.transactions";

std::string line(const std::string& id, const std::string& key, const std::string& rest) {
  std::string hex;
  for (const unsigned char c : sha256(key)) {
    constexpr char kHex[] = "0123456789abcdef";
    hex += kHex[c >> 4];
    hex += kHex[c & 15];
  }
  return id + ":" + hex + ":" + rest + "\n";
}

TEST(Sha256, known_values) {
  EXPECT_EQ(line("", "abc", ""),
            ":ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad:\n");
  EXPECT_FALSE(parse_digest("zz").has_value());
  EXPECT_TRUE(parse_digest(std::string(64, 'A')).has_value());
}

TEST(ApiKeyTable, finds_the_caller_and_its_topics) {
  const auto table = ApiKeyTable::parse("# comment\n\n" +
                                        line("till", "till-key", "gold:store.transactions, other") +
                                        line("web", "web-key", ":*"));
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->size(), 2u);
  const auto till = table->find("till-key");
  ASSERT_NE(till, nullptr);
  EXPECT_EQ(till->id, "till");
  EXPECT_TRUE(till->may_write("store.transactions"));
  EXPECT_TRUE(till->may_write("other"));
  EXPECT_FALSE(till->may_write("online.orders"));
  EXPECT_TRUE(table->find("web-key")->may_write("anything"));
  EXPECT_EQ(table->find("till-key "), nullptr);
  EXPECT_EQ(table->find(""), nullptr);
  EXPECT_EQ(table->plans(), std::vector<std::string>{"gold"});
}

TEST(ApiKeyTable, bad_lines_are_named) {
  EXPECT_TRUE(ApiKeyTable::parse(kTill).has_value());
  EXPECT_NE(ApiKeyTable::parse("# x\nnonsense\n").error().message.find("line 2"),
            std::string::npos);
  EXPECT_NE(ApiKeyTable::parse("id:abc::*").error().message.find("SHA-256"), std::string::npos);
  EXPECT_NE(ApiKeyTable::parse(":" + std::string(64, '0') + "::*").error().message.find("no id"),
            std::string::npos);
}

TEST(ApiKeys, a_missing_or_bad_file_is_refused) {
  auto log = [](bool, const std::string&) {};
  EXPECT_EQ(ApiKeys::open("/nowhere/keys", log).error().code, Errc::bad_config);
  const TempFile bad("nonsense");
  EXPECT_EQ(ApiKeys::open(bad.path(), log).error().code, Errc::bad_config);
}

TEST(ApiKeys, the_file_is_read_again_when_it_changes) {
  TempFile file(line("a", "first", ":*"));
  std::vector<std::string> logs;
  auto keys = ApiKeys::open(file.path(), [&](bool, const std::string& m) { logs.push_back(m); });
  ASSERT_TRUE(keys);
  EXPECT_NE((*keys)->find("first"), nullptr);
  auto eventually = [&](auto condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) {
        return false;
      }
      std::this_thread::yield();
    }
    return true;
  };
  file.write(line("a", "first", ":*") + line("b", "second", ":*"));
  EXPECT_TRUE(eventually([&] { return (*keys)->find("second") != nullptr; }));
  file.write("half a li");
  EXPECT_TRUE(eventually([&] {
    (void)(*keys)->find("x");
    return !logs.empty() && logs.back().find("stay valid") != std::string::npos;
  }));
  EXPECT_NE((*keys)->find("second"), nullptr);
}

using Store = IdempotencyStore;

TEST(IdempotencyStore, a_request_is_fresh_then_running_then_finished) {
  Store store(std::chrono::hours(1), 100);
  const auto now = Store::Clock::now();
  EXPECT_EQ(store.begin(sha256("k"), sha256("body"), now).state, Store::State::fresh);
  EXPECT_EQ(store.begin(sha256("k"), sha256("body"), now).state, Store::State::running);
  EXPECT_EQ(store.begin(sha256("k"), sha256("other"), now).state, Store::State::differs);
  store.finish(sha256("k"), 3, 42);
  const auto seen = store.begin(sha256("k"), sha256("body"), now);
  EXPECT_EQ(seen.state, Store::State::finished);
  EXPECT_EQ(seen.partition, 3);
  EXPECT_EQ(seen.offset, 42);
  EXPECT_EQ(store.begin(sha256("k"), sha256("other"), now).state, Store::State::differs);
}

TEST(IdempotencyStore, what_failed_may_be_tried_again) {
  Store store(std::chrono::hours(1), 100);
  const auto now = Store::Clock::now();
  EXPECT_EQ(store.begin(sha256("k"), sha256("body"), now).state, Store::State::fresh);
  store.forget(sha256("k"));
  EXPECT_EQ(store.begin(sha256("k"), sha256("body"), now).state, Store::State::fresh);
}

TEST(IdempotencyStore, old_entries_go) {
  Store store(std::chrono::seconds(10), 100);
  const auto now = Store::Clock::now();
  (void)store.begin(sha256("k"), sha256("body"), now);
  store.finish(sha256("k"), 0, 0);
  EXPECT_EQ(store.begin(sha256("k"), sha256("body"), now + std::chrono::seconds(9)).state,
            Store::State::finished);
  EXPECT_EQ(store.begin(sha256("k"), sha256("body"), now + std::chrono::seconds(11)).state,
            Store::State::fresh);
  EXPECT_EQ(store.size(), 1u);
}

TEST(IdempotencyStore, the_oldest_goes_when_there_are_too_many) {
  Store store(std::chrono::hours(1), 3);
  const auto now = Store::Clock::now();
  for (int i = 0; i < 10; ++i) {
    (void)store.begin(sha256(std::to_string(i)), sha256("b"), now);
    store.finish(sha256(std::to_string(i)), 0, i);
  }
  EXPECT_LE(store.size(), 4u);
  EXPECT_EQ(store.begin(sha256("9"), sha256("b"), now).state, Store::State::finished);
  EXPECT_EQ(store.begin(sha256("0"), sha256("b"), now).state, Store::State::fresh);
}

TEST(IdempotencyStore, an_entry_begun_again_is_not_taken_for_its_older_self) {
  Store store(std::chrono::seconds(10), 100);
  const auto now = Store::Clock::now();
  (void)store.begin(sha256("k"), sha256("b"), now);
  store.forget(sha256("k"));
  (void)store.begin(sha256("k"), sha256("b"), now + std::chrono::seconds(8));
  store.finish(sha256("k"), 1, 1);
  EXPECT_EQ(store.begin(sha256("k"), sha256("b"), now + std::chrono::seconds(12)).state,
            Store::State::finished);
}

}  // namespace
}  // namespace weir::connectors::http_ingest
