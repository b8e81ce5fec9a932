#include "paths.hpp"

#include <weir/json.hpp>

#include <gtest/gtest.h>

namespace weir::transforms::odbc_lookup {
namespace {

std::string keys(const char* key, const char* target, const char* value) {
  auto paths = Paths::parse(key, target);
  if (!paths) {
    return "refused: " + paths.error().message;
  }
  OwnedArena arena;
  json::ReadOptions lazy;
  lazy.lazy = true;
  Value root = *json::read(value, arena.view(), lazy);
  std::vector<Slot> slots;
  if (auto found = paths->find(root, arena.view(), slots); !found) {
    return "error: " + found.error().message;
  }
  std::string out;
  for (const Slot& s : slots) {
    out.append(out.empty() ? "" : " ");
    if (s.key == nullptr) {
      out.append("none");
    } else {
      json::write(*s.key, out);
    }
    out.append("@");
    json::write(*s.parent, out);
  }
  return out;
}

TEST(Paths, EveryItem) {
  EXPECT_EQ(keys("/items/*/sku", "/items/*/product", R"({"items":[{"sku":"a"},{"x":1},{"sku":7}]})"),
            R"("a"@{"sku":"a"} none@{"x":1} 7@{"sku":7})");
  EXPECT_EQ(keys("/o/*/l/*/k", "/o/*/l/*/r", R"({"o":[{"l":[{"k":1},{"k":2}]},{"l":[]},{"l":[{"k":3}]}]})"),
            R"(1@{"k":1} 2@{"k":2} 3@{"k":3})");
}

TEST(Paths, MembersOfAnObjectToo) {
  EXPECT_EQ(keys("/m/*/k", "/m/*/r", R"({"m":{"a":{"k":1},"b":{"k":2}}})"), R"(1@{"k":1} 2@{"k":2})");
}

TEST(Paths, DeeperPlaces) {
  EXPECT_EQ(keys("/i/*/a/k", "/i/*/b/r", R"({"i":[{"a":{"k":1},"b":{}},{"a":{"k":2}}]})"), "1@{}");
  EXPECT_EQ(keys("/k", "/r", R"({"k":"x"})"), R"("x"@{"k":"x"})");
  EXPECT_EQ(keys("/i/*/a/k", "merge", R"({"i":[{"a":{"k":1}}]})"), R"(1@{"k":1})");
}

TEST(Paths, NothingThere) {
  EXPECT_EQ(keys("/items/*/sku", "/items/*/product", "{}"), "");
  EXPECT_EQ(keys("/items/*/sku", "/items/*/product", R"({"items":null})"), "");
  EXPECT_EQ(keys("/items/*/sku", "/items/*/product", R"({"items":[1,"x",null]})"), "");
}

TEST(Paths, RefusesOtherStars) {
  EXPECT_EQ(keys("/items/*/sku", "/lines/*/product", "{}").substr(0, 7), "refused");
  EXPECT_EQ(keys("/items/*/sku", "/items/*/x/*/p", "{}").substr(0, 7), "refused");
  EXPECT_EQ(keys("/items/*/sku", "/product", "{}").substr(0, 7), "refused");
  EXPECT_EQ(keys("items", "/product", "{}").substr(0, 7), "refused");
  EXPECT_EQ(keys("/items/*", "merge", "{}").substr(0, 7), "refused");
}

TEST(Paths, EscapedNames) { EXPECT_EQ(keys("/a~1b/~0", "/a~1b/r", R"({"a/b":{"~":1}})"), R"(1@{"~":1})"); }

}  // namespace
}  // namespace weir::transforms::odbc_lookup
