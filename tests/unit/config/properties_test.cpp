#include "runtime/config/properties.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace weir::runtime::config {
namespace {

ConfigMap parsed(std::string_view text, Charset charset = Charset::latin1) {
  auto result = parse_properties(text, charset);
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : ConfigMap{};
}

// Expected values are those of java.util.Properties.load.
TEST(Properties, Separators) {
  EXPECT_EQ(parsed("a=1\nb:2\nc 3\nd\t=\t4\ne = : 5\nf\n"),
            (ConfigMap{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", ": 5"}, {"f", ""}}));
  EXPECT_EQ(parsed("a=b=c"), (ConfigMap{{"a", "b=c"}}));
  EXPECT_EQ(parsed("  lead = trail  "), (ConfigMap{{"lead", "trail  "}}));
  EXPECT_EQ(parsed("x\\=y\\:z\\ w=1"), (ConfigMap{{"x=y:z w", "1"}}));
  EXPECT_EQ(parsed("=v"), (ConfigMap{{"", "v"}}));
}

TEST(Properties, CommentsAndBlankLines) {
  EXPECT_EQ(parsed("# c\n  ! d\n\n \t\na=1 # not a comment\n#x\\\nb=2"), (ConfigMap{{"a", "1 # not a comment"}, {"b", "2"}}));
}

TEST(Properties, Continuations) {
  EXPECT_EQ(parsed("a=1,\\\n    2,\\\r\n  3\nb=4"), (ConfigMap{{"a", "1,2,3"}, {"b", "4"}}));
  EXPECT_EQ(parsed("a=1\\\\\nb=2"), (ConfigMap{{"a", "1\\"}, {"b", "2"}})) << "two backslashes are one, and end the line";
  EXPECT_EQ(parsed("a=1\\\n\nb=2"), (ConfigMap{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(parsed("a=1\\\n# still the value"), (ConfigMap{{"a", "1# still the value"}}));
  EXPECT_EQ(parsed("a=1\\"), (ConfigMap{{"a", "1"}}));
  EXPECT_EQ(parsed("a=1\rb=2\r\nc=3"), (ConfigMap{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

TEST(Properties, Escapes) {
  EXPECT_EQ(parsed("a=\\t\\n\\r\\f\\q\\\\"), (ConfigMap{{"a", "\t\n\r\fq\\"}}));
  EXPECT_EQ(parsed("a=\\u00e9\\u20AC\\uD83D\\uDE00"), (ConfigMap{{"a", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}}));
  EXPECT_EQ(parsed("a=\\uD83D"), (ConfigMap{{"a", "\xef\xbf\xbd"}}));
  auto broken = parse_properties("a=\\u12g4");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "Malformed \\uxxxx encoding.");
}

TEST(Properties, CharsetsDiffer) {
  EXPECT_EQ(parsed("a=\xe9"), (ConfigMap{{"a", "\xc3\xa9"}}));
  EXPECT_EQ(parsed("a=\xc3\xa9", Charset::utf8), (ConfigMap{{"a", "\xc3\xa9"}}));
}

TEST(Properties, TheLastOfEqualKeysWins) { EXPECT_EQ(parsed("a=1\na=2"), (ConfigMap{{"a", "2"}})); }

TEST(FlatJsonTest, KeepsTheTextOfScalars) {
  auto config = parse_json_config(R"({"a":"x\u00e9","b":1.50,"c":true,"d":12345678901234567890123,"e":-0,"f":1E5,"g":""})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, (ConfigMap{{"a", "x\xc3\xa9"}, {"b", "1.50"}, {"c", "true"}, {"d", "12345678901234567890123"}, {"e", "-0"}, {"f", "1E5"}, {"g", ""}}));
}

TEST(FlatJsonTest, SaysWhatIsWrong) {
  const auto refusal = [](std::string_view text) {
    auto config = parse_json_config(text);
    return config ? std::string("accepted") : config.error().message;
  };
  EXPECT_EQ(refusal("{\"a\":null}"), "the value of \"a\" is null, a text was expected");
  EXPECT_EQ(refusal("{\n\"a\":[1]}"), "line 2: the value of \"a\" is an array, a text was expected");
  EXPECT_EQ(refusal("{\"a\":{\"b\":1}}"), "the value of \"a\" is an object, a text was expected");
  EXPECT_EQ(refusal("{\"a\":{\"b\":{}}}"), "line 1: the value of \"b\" is an object, a text was expected");
  EXPECT_EQ(refusal("{\"a\":1,\"a\":2}"), "line 1: \"a\" is there twice");
  EXPECT_EQ(refusal("[]"), "line 1: a JSON object was expected");
  EXPECT_EQ(refusal("3"), "line 1: a JSON object was expected");
  EXPECT_THAT(refusal("{\"a\":\"\xff\"}"), ::testing::HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("{\"a\":1"), ::testing::HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("{} x"), ::testing::HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(std::string(100'000, '[')), ::testing::HasSubstr("JSON object was expected"));
}

class ConnectorFileTest : public ::testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) {
    const auto file = std::filesystem::path(::testing::TempDir()) / ("weir-connector-" + std::to_string(::getpid()));
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
};

TEST_F(ConnectorFileTest, ReadsTheThreeForms) {
  for (const char* text : {R"({"name":"a","connector.class":"x","tasks.max":2})",
                           R"({"name":"a","config":{"connector.class":"x","tasks.max":"2"},"more":{"x":1}})",
                           "name=a\nconnector.class=x\ntasks.max=2\n"}) {
    auto file = load_connector(write(text));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->name, "a");
    EXPECT_EQ(file->config, (ConfigMap{{"name", "a"}, {"connector.class", "x"}, {"tasks.max", "2"}}));
  }
  EXPECT_EQ(load_connector(write(R"({"name":"a","initial_state":"paused","config":{}})"))->initial_state, "PAUSED");
}

TEST_F(ConnectorFileTest, NeedsOneName) {
  EXPECT_THAT(load_connector(write("{}")).error().message, ::testing::HasSubstr("it has no \"name\""));
  EXPECT_THAT(load_connector(write(R"({"name":"a","config":{"name":"b"}})")).error().message,
              ::testing::HasSubstr("Connector name configuration (b) doesn't match connector name (a)"));
  EXPECT_THAT(load_connector("/nonexistent/file").error().message, ::testing::HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace weir::runtime::config
