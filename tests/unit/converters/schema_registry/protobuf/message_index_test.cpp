#include "protobuf/message_index.hpp"

#include <gtest/gtest.h>

namespace weir::converters::schema_registry::protobuf {
namespace {

using Path = std::vector<std::int32_t>;

TEST(MessageIndex, BothWays) {
  for (const auto& [path, bytes] : {std::pair<Path, std::string>{{0}, std::string(1, '\0')},
                                    {{1}, "\x02\x02"},
                                    {{4}, "\x02\x08"},
                                    {{2, 0}, std::string("\x04\x04\0", 3)},
                                    {{100}, "\x02\xc8\x01"}}) {
    EXPECT_EQ(index_bytes(path), bytes);
    const std::string payload = bytes + "rest";
    const auto split = split_index(payload);
    ASSERT_TRUE(split);
    EXPECT_EQ(split->path, path);
    EXPECT_EQ(split->index, bytes);
    EXPECT_EQ(split->message, "rest");
  }
}

TEST(MessageIndex, TheLongFormOfTheFirstMessage) {
  const auto split = split_index(std::string("\x02\0", 2));
  ASSERT_TRUE(split);
  EXPECT_EQ(split->path, Path{0});
}

TEST(MessageIndex, Broken) {
  EXPECT_FALSE(split_index(""));
  EXPECT_FALSE(split_index("\x02"));
  EXPECT_FALSE(split_index("\x04\x02"));
  EXPECT_FALSE(split_index("\x01\x02")) << "a count of -1";
  EXPECT_FALSE(split_index("\xfe\xff\xff\xff\x0f")) << "two milliards of indexes";
  EXPECT_FALSE(split_index("\xff\xff\xff\xff\xff\xff\x01"));
}

}  // namespace
}  // namespace weir::converters::schema_registry::protobuf
