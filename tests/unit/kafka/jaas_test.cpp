#include "runtime/kafka/jaas.hpp"

#include <gtest/gtest.h>

namespace weir::runtime::kafka {
namespace {

TEST(Jaas, ReadsAPlainModule) {
  const auto entry = parse_jaas(
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"alice\" "
      "password=\"a;b=\\\"c\";");
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->login_module, "org.apache.kafka.common.security.plain.PlainLoginModule");
  EXPECT_EQ(entry->options.at("username"), "alice");
  EXPECT_EQ(entry->options.at("password"), "a;b=\"c");
}

TEST(Jaas, ReadsSingleQuotesAndBareValuesAcrossLines) {
  const auto entry =
      parse_jaas("X.ScramLoginModule   required\n username='bob'\n password=cGFzcw== ;  ");
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->options.at("username"), "bob");
  EXPECT_EQ(entry->options.at("password"), "cGFzcw==");
}

TEST(Jaas, RefusesWhatIsMalformedWithoutQuotingIt) {
  for (const char* text :
       {"", "Module", "Module maybe x=\"s3cret\";", "Module required password=\"s3cret\"",
        "Module required password=\"s3cret;", "Module required s3cret;", "Module required =s3cret;",
        "Module required a=b; Other required password=s3cret;"}) {
    const auto entry = parse_jaas(text);
    ASSERT_FALSE(entry.has_value()) << text;
    EXPECT_EQ(entry.error().code, Errc::bad_config);
    EXPECT_EQ(entry.error().message.find("s3cret;"), std::string::npos) << entry.error().message;
    EXPECT_EQ(entry.error().message.find("\"s3cret"), std::string::npos) << entry.error().message;
  }
}

}  // namespace
}  // namespace weir::runtime::kafka
