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

TEST(JavaRegex, MeansWhatJavaMeans) {
  const auto matches = [](std::string_view pattern, std::string_view text) {
    auto regex = JavaRegex::of(pattern);
    EXPECT_TRUE(regex) << pattern << ": " << (regex ? "" : regex.error().message);
    return regex && *regex->matches(text);
  };
  EXPECT_FALSE(matches("(?i)\xc3\x89", "\xc3\xa9")) << "(?i) is for ASCII";
  EXPECT_TRUE(matches("(?iu)\xc3\x89", "\xc3\xa9"));
  EXPECT_TRUE(matches("(?i)[a-c]x", "BX"));
  EXPECT_FALSE(matches("\\p{Lower}", "\xc3\xa9"));
  EXPECT_TRUE(matches("\\pL\\PL", "a1"));
  EXPECT_TRUE(matches("[[:alpha:]]+", ":alp"));
  EXPECT_TRUE(matches("[&&a]", "a"));
  EXPECT_TRUE(matches("[^a&&b]", "a")) << "^ is for the whole class";
  EXPECT_TRUE(matches("a}]", "a}]"));
  EXPECT_TRUE(matches("(?x) a b # comment", "ab"));
  EXPECT_FALSE(matches(".", "\n"));
  EXPECT_TRUE(matches(".", "\x0b")) << "no line end in Java";
  EXPECT_TRUE(matches("\\b*?", ""));
  EXPECT_FALSE(matches("\\b*?", "ab"));
  EXPECT_FALSE(matches("\\2(a)", "a")) << "no such group: never";
  EXPECT_TRUE(matches("(a)\\12", "aa2"));
}

TEST(JavaRegex, ErrorsInJavasWords) {
  const auto message = [](std::string_view pattern) {
    const auto regex = JavaRegex::of(pattern);
    return regex ? std::string("accepted") : regex.error().message;
  };
  EXPECT_EQ("Invalid regex: Unclosed group near index 1\n(", message("("));
  EXPECT_EQ("Invalid regex: Dangling meta character '*' near index 0\n*\n^", message("*"));
  EXPECT_EQ("Invalid regex: Illegal/unsupported escape sequence near index 1\n\\q\n ^", message("\\q"));
  EXPECT_EQ("Invalid regex: Illegal character range near index 3\n[z-a]\n   ^", message("[z-a]"));
  EXPECT_EQ("Invalid regex: Illegal repetition near index 2\na{", message("a{"));
  EXPECT_EQ("Invalid regex: Named capturing group <n> is already defined near index 11\n(?<n>a)(?<n>b)\n           ^", message("(?<n>a)(?<n>b)"));
  EXPECT_EQ("Invalid regex: Unmatched closing ')' near index 0\na)\n^", message("a)"));
}

}  // namespace
}  // namespace weir::transforms::connect
