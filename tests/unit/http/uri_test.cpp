#include "runtime/http/uri.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::runtime::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Target, SplitsAndDecodesOnce) {
  const auto target =
      parse_target("/connectors/a%2520b%2Fc+d/status?expand=a%20b&expand=c+d&x&=&y=1=2");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->path, ElementsAre("connectors", "a%20b/c+d", "status"));
  EXPECT_THAT(target->query, ElementsAre(Pair("expand", "a b"), Pair("expand", "c d"),
                                         Pair("x", ""), Pair("", ""), Pair("y", "1=2")));
}

TEST(Target, IgnoresOneTrailingSlash) {
  EXPECT_THAT(parse_target("/")->path, IsEmpty());
  EXPECT_THAT(parse_target("/?a=b")->path, IsEmpty());
  EXPECT_THAT(parse_target("/connectors/")->path, ElementsAre("connectors"));
  EXPECT_THAT(parse_target("/connectors/?x=1")->path, ElementsAre("connectors"));
  EXPECT_THAT(parse_target("/connectors//")->path, ElementsAre("connectors", ""));
  EXPECT_THAT(parse_target("//")->path, ElementsAre(""));
  EXPECT_THAT(parse_target("/a//b")->path, ElementsAre("a", "", "b"));
}

TEST(Target, RefusesWhatIsBroken) {
  for (const char* text :
       {"", "connectors", "*", "/%", "/%4", "/%zz", "/%00", "/%ff", "/a?b=%C3", "http:"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

TEST(Target, ReadsTheAbsoluteForm) {
  EXPECT_THAT(parse_target("http://host:1/a/b?c=d")->path, ElementsAre("a", "b"));
  EXPECT_THAT(parse_target("http://host")->path, IsEmpty());
}

TEST(Target, FlagsAreJavas) {
  const auto target = parse_target("/?a=TRUE&b=1&c=false&d");
  EXPECT_TRUE(target->flag("a", false));
  EXPECT_FALSE(target->flag("b", true));
  EXPECT_FALSE(target->flag("c", true));
  EXPECT_FALSE(target->flag("d", true));
  EXPECT_TRUE(target->flag("e", true));
}

TEST(PercentEncode, LeavesUnreservedCharacters) {
  EXPECT_EQ(percent_encode("a-b_c.d~1 /%\xC3\xA9"), "a-b_c.d~1%20%2F%25%C3%A9");
}

}  // namespace
}  // namespace weir::runtime::http
