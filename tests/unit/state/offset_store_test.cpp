#include "runtime/state/offset_store.hpp"

#include <gmock/gmock.h>

namespace weir::runtime::state {
namespace {

TEST(OffsetImageTest, KeysAreEqualByContent) {
  OffsetImage image;
  ASSERT_TRUE(image.apply(R"(["fs",{"b":2,"a":"x"}])", R"({"position":4})"));
  EXPECT_EQ(image.find("fs", R"({"a":"x","b":2})"), R"({"position":4})");
  EXPECT_EQ(image.find("fs", R"({ "b" : 2, "a":"x"})"), R"({"position":4})");
  EXPECT_EQ(image.find("fs", R"({"a":"x","b":3})"), std::nullopt);
  EXPECT_EQ(image.find("other", R"({"a":"x","b":2})"), std::nullopt);
  const auto writes = image.writes("fs", {R"({"a":"x","b":2})", R"({"position":5})"});
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(writes[0].key, R"(["fs",{"b":2,"a":"x"}])") << "the bytes first seen";
}

TEST(OffsetImageTest, DuplicatesOfAPartitionAreTakenAway) {
  OffsetImage image;
  image.apply(R"(["fs",{"a":1,"b":2}])", R"({"position":1})");
  image.apply(R"(["fs",{"b":2,"a":1}])", R"({"position":2})");
  EXPECT_EQ(image.find("fs", R"({"a":1,"b":2})"), R"({"position":2})") << "the newest wins";
  const auto writes = image.writes("fs", {R"({"a":1,"b":2})", R"({"position":3})"});
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].key, R"(["fs",{"a":1,"b":2}])");
  EXPECT_EQ(writes[1].key, R"(["fs",{"b":2,"a":1}])");
  EXPECT_EQ(writes[1].value, std::nullopt);
  for (const auto& w : writes) {
    image.apply(w.key, w.value);
  }
  EXPECT_EQ(image.find("fs", R"({"a":1,"b":2})"), R"({"position":3})");
  EXPECT_EQ(image.list("fs").size(), 1u);
}

TEST(OffsetImageTest, NewPartitionsAndTombstones) {
  OffsetImage image;
  const auto writes = image.writes("a\"b", {R"({"f":"x"})", std::nullopt});
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(writes[0].key, R"(["a\"b",{"f":"x"}])");
  image.apply(writes[0].key, R"({"p":1})");
  EXPECT_EQ(image.list("a\"b").size(), 1u);
  image.apply(writes[0].key, std::nullopt);
  EXPECT_TRUE(image.list("a\"b").empty());
  image.apply(writes[0].key, "null");
  EXPECT_TRUE(image.list("a\"b").empty());
}

TEST(OffsetImageTest, SkipsOtherKeys) {
  OffsetImage image;
  for (const char* key : {"", "x", "{}", R"(["fs"])", R"(["fs",{},1])", R"([1,{}])", R"(["fs",[]])", R"(["fs",{"a":{}}])"}) {
    EXPECT_FALSE(image.apply(key, "{}")) << key;
  }
}

TEST(OffsetImageTest, CanonicalText) {
  EXPECT_EQ(canonical_json(R"({"b":1,"a":null})"), canonical_json(R"({"a":null,"b":1})"));
  EXPECT_EQ(canonical_json(R"({"a":1.0})"), canonical_json(R"({"a":1.00})"));
  EXPECT_EQ(canonical_json(R"({"a":1e2})"), canonical_json(R"({"a":100.0})"));
  EXPECT_NE(canonical_json(R"({"a":1})"), canonical_json(R"({"a":"1"})"));
  EXPECT_EQ(canonical_json("[]"), std::nullopt);
}

}  // namespace
}  // namespace weir::runtime::state
