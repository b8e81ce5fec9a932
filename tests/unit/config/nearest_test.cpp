#include "runtime/config/nearest.hpp"

#include <gtest/gtest.h>

namespace weir::runtime::config {
namespace {

TEST(Nearest, FindsSlips) {
  const std::vector<std::string> known = {"topics", "topics.regex", "errors.tolerance", "breaker.open.ms"};
  EXPECT_EQ(nearest("topic", known), "topics");
  EXPECT_EQ(nearest("errors.tolerence", known), "errors.tolerance");
  EXPECT_EQ(nearest("braeker.open.ms", known), "breaker.open.ms");
  EXPECT_EQ(nearest("something.else", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest("a", {"b"}), std::nullopt);
  EXPECT_EQ(nearest("fiel", {"file"}), "file");
  EXPECT_EQ(nearest(std::string(10'000, 'x'), known), std::nullopt);
  EXPECT_EQ(unknown_key_text("topic", known), "Unknown key \"topic\" is ignored; did you mean \"topics\"?");
  EXPECT_EQ(unknown_key_text("zzzzzzzz", known), "Unknown key \"zzzzzzzz\" is ignored.");
}

}  // namespace
}  // namespace weir::runtime::config
