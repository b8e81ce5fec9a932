#include "runtime/cli/config_input.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace weir::runtime::cli {
namespace {

TEST(ConfigInput, TakesTheNameFromWhereItStands) {
  const auto wrapped = parse_connector(
      R"({"name":"a","config":{"k":null,"n":1e3},"initial_state":"paused","more":[]})");
  ASSERT_TRUE(wrapped) << wrapped.error().message;
  EXPECT_EQ(wrapped->name, "a");
  EXPECT_EQ(wrapped->initial_state, "paused");
  EXPECT_EQ(to_json(wrapped->config), R"({"k":null,"n":"1e3"})");
  const auto flat = parse_connector(" \n{\"name\":\"b\",\"config\":\"text\"}");
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->name, "b");
  EXPECT_EQ(to_json(flat->config), R"({"config":"text","name":"b"})");
  const auto properties = parse_connector("name=c\na.b: x\\\n   y\n");
  ASSERT_TRUE(properties);
  EXPECT_EQ(properties->name, "c");
  EXPECT_EQ(to_json(properties->config), R"({"a.b":"xy","name":"c"})");
}

TEST(ConfigInput, PassesOverAByteOrderMark) {
  const auto json = parse_connector("\xEF\xBB\xBF{\"name\":\"a\"}");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->name, "a");
  const auto properties = parse_connector("\xEF\xBB\xBFname=a\r\n");
  ASSERT_TRUE(properties) << properties.error().message;
  EXPECT_EQ(properties->name, "a");
}

TEST(ConfigInput, SaysWhatIsNoConfig) {
  EXPECT_EQ(parse_connector(" \n").error().message,
            "there is nothing in it, a connector's config was expected");
  EXPECT_EQ(parse_connector("[1]").error().message, "a JSON object was expected");
  EXPECT_EQ(parse_connector("{\n\"a\": 1,\n}").error().message,
            "not valid JSON: syntax error at byte 10, in line 3");
  std::istringstream in;
  EXPECT_EQ(read_connector("/tmp", in).error().message, "/tmp is a folder, a file was expected");
}

TEST(ConfigInput, RefusesNestedValues) {
  EXPECT_FALSE(parse_connector(R"({"a":{}})"));
  EXPECT_FALSE(parse_connector(R"({"a":1,"a":2})"));
  EXPECT_FALSE(parse_connector(R"({"name":"x","config":{"a":[]}})"));
}

}  // namespace
}  // namespace weir::runtime::cli
