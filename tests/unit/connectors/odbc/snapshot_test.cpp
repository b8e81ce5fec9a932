#include "snapshot.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace weir::connectors::odbc {
namespace {

TEST(Snapshot, TellsNewChangedAndGone) {
  Snapshot s;
  EXPECT_TRUE(s.update("\"a\"", 1));
  EXPECT_TRUE(s.update("\"b\"", 2));
  std::vector<std::string> gone;
  const auto note = [&](const std::string& key) { gone.push_back(key); };
  s.end_round(note);
  EXPECT_TRUE(gone.empty());
  EXPECT_FALSE(s.update("\"a\"", 1));
  s.end_round(note);
  EXPECT_EQ(gone, std::vector<std::string>{"\"b\""});
  EXPECT_TRUE(s.update("\"a\"", 3));
}

TEST(Snapshot, TextGoesThereAndBack) {
  Snapshot s;
  (void)s.update("\"with blank\"", 0xFFFFFFFFFFFFFFFFULL);
  (void)s.update("{\"k\":1}", 0);
  s.end_round([](const std::string&) {});
  Snapshot other;
  for (std::size_t b = 0; b < Snapshot::kBuckets; ++b) {
    other.load(b, s.text(b));
  }
  EXPECT_FALSE(other.update("\"with blank\"", 0xFFFFFFFFFFFFFFFFULL));
  EXPECT_FALSE(other.update("{\"k\":1}", 0));
}

TEST(Snapshot, HashIsTheSameForEver) { EXPECT_EQ(stable_hash("weir"), stable_hash(std::string("we") + "ir")); }

}  // namespace
}  // namespace weir::connectors::odbc
