#include <java_regex.hpp>

#include <gtest/gtest.h>

namespace weir::transforms::connect {
namespace {

std::string replaced(std::string_view pattern, std::string_view text, std::string_view with) {
  auto regex = JavaRegex::of(pattern);
  if (!regex) {
    return "refused";
  }
  auto out = regex->replace_if_matches(text, with);
  return out ? *out : "error: " + out.error().message;
}

TEST(JavaRegex, ReplacesTheFirstMatchOfAFullMatch) {
  EXPECT_EQ("b-a", replaced("(.*)-(.*)", "a-b", "$2-$1"));
  EXPECT_EQ("xb", replaced("a|ab", "ab", "x"));
  EXPECT_EQ("abc", replaced("b", "abc", "x")) << "only where all of it matches";
  EXPECT_EQ("$1", replaced(".*", "a", "\\$1"));
  EXPECT_EQ("a0", replaced("(.*)", "a", "$10")) << "no group ten: group one, then 0";
  EXPECT_EQ("a", replaced("(?<n>.*)", "a", "${n}"));
  EXPECT_EQ("[]", replaced("(x)?a", "a", "[$1]"));
}

TEST(JavaRegex, WrongReplacementsFailTheRecord) {
  for (const char* with : {"$", "a\\", "$2", "${m}", "${", "$x", "${1}"}) {
    EXPECT_EQ(0u, replaced("(.*)", "a", with).find("error")) << with;
  }
}

TEST(JavaRegex, AsciiClassesAsInJava) {
  const auto matches = [](std::string_view pattern, std::string_view text) {
    auto regex = JavaRegex::of(pattern);
    return regex && *regex->matches(text);
  };
  EXPECT_FALSE(matches("\\w", "\xc3\xa9"));
  EXPECT_TRUE(matches("\\W", "\xc3\xa9"));
  EXPECT_TRUE(matches("[\\w.-]+", "a.b-c_1"));
  EXPECT_FALSE(matches("\\d", "\xd9\xa3"));
  EXPECT_TRUE(matches("[a-z&&[^b]]+", "ac"));
  EXPECT_FALSE(matches("[a-z&&[^b]]+", "abc"));
  EXPECT_TRUE(matches("\\Qa.b\\E", "a.b"));
  EXPECT_FALSE(matches("\\Qa.b\\E", "axb"));
  EXPECT_TRUE(matches("a\\b-b", "a-b"));
  EXPECT_TRUE(matches("\\cA", "\x01"));
}

TEST(JavaRegex, RefusesBrokenPatterns) {
  for (const char* pattern : {"(", "[", "*", "\\", "(?<n>a", "a{2,1}"}) {
    EXPECT_EQ("refused", replaced(pattern, "a", "b")) << pattern;
  }
}

TEST(JavaRegex, ALimitEndsARunawayPattern) {
  auto regex = JavaRegex::of("(a+)+b");
  ASSERT_TRUE(regex);
  EXPECT_FALSE(regex->matches(std::string(60, 'a') + "c"));
}

}  // namespace
}  // namespace weir::transforms::connect
