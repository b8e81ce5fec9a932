#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <converters/schema_registry/config.hpp>
#include <string>

namespace weir::converters::schema_registry {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The problem of that key; empty: none.
std::string problem(const std::string& key, ConfigMap config) {
  config.emplace("schema.registry.url", "http://localhost:8081");
  ConfigProblems problems;
  (void)registry_keys<RegistryConfig>().parse(config, problems);
  for (const auto& p : problems) {
    if (p.key == key) {
      return p.message;
    }
  }
  return {};
}

TEST(RegistryConfig, NeedsAUrl) {
  ConfigProblems problems;
  (void)registry_keys<RegistryConfig>().parse({}, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("schema.registry.url"));
  EXPECT_THAT(problem("schema.registry.url", {{"schema.registry.url", "mock://scope"}}),
              HasSubstr("mock://"));
  EXPECT_THAT(problem("schema.registry.url", {{"schema.registry.url", "ftp://x"}}),
              HasSubstr("http or https"));
  EXPECT_THAT(
      problem("schema.registry.url", {{"schema.registry.url", "http://a:1,http://b:2/base"}}), "");
}

TEST(RegistryConfig, DoesNotRepeatASecret) {
  EXPECT_THAT(problem("schema.registry.url", {{"schema.registry.url", "ftp://me:secret@x"}}),
              AllOf(HasSubstr("[hidden]"), ::testing::Not(HasSubstr("secret"))));
  EXPECT_THAT(problem("basic.auth.user.info", {{"basic.auth.credentials.source", "USER_INFO"},
                                               {"basic.auth.user.info", "hush"}}),
              AllOf(HasSubstr("user:password"), ::testing::Not(HasSubstr("hush"))));
}

TEST(RegistryConfig, RefusesWhatItCannotDo) {
  EXPECT_THAT(
      problem("basic.auth.credentials.source", {{"basic.auth.credentials.source", "SASL_INHERIT"}}),
      HasSubstr("USER_INFO"));
  EXPECT_THAT(problem("basic.auth.credentials.source", {{"basic.auth.credentials.source", "x"}}),
              HasSubstr("URL or USER_INFO"));
  EXPECT_THAT(problem("bearer.auth.credentials.source",
                      {{"bearer.auth.credentials.source", "OAUTHBEARER"}}),
              HasSubstr("STATIC_TOKEN"));
  EXPECT_THAT(problem("bearer.auth.token", {{"bearer.auth.credentials.source", "STATIC_TOKEN"}}),
              HasSubstr("Must be set"));
  EXPECT_THAT(
      problem("value.subject.name.strategy", {{"value.subject.name.strategy", "com.x.Mine"}}),
      HasSubstr("cannot be loaded"));
  EXPECT_THAT(problem("schema.registry.ssl.truststore.type",
                      {{"schema.registry.ssl.truststore.type", "JKS"}}),
              HasSubstr("PEM"));
  EXPECT_THAT(problem("schema.registry.ssl.truststore.location",
                      {{"schema.registry.ssl.truststore.location", "/etc/trust.jks"}}),
              HasSubstr("keytool"));
  EXPECT_EQ(problem("schema.registry.ssl.keystore.type",
                    {{"schema.registry.ssl.keystore.type", "PKCS12"}}),
            "");
  EXPECT_THAT(problem("proxy.port", {{"proxy.host", "p"}}), HasSubstr("proxy.port"));
  EXPECT_THAT(problem("request.header.X", {{"request.header.X", "a\r\nInjected: b"}}),
              HasSubstr("Not a header"));
}

TEST(RegistryConfig, TakesOlderSpellings) {
  ConfigProblems problems;
  const auto config =
      registry_keys<RegistryConfig>().parse({{"schema.registry.url", "http://a"},
                                             {"basic.auth.credentials.source", "user_info"},
                                             {"schema.registry.basic.auth.user.info", "u:p"},
                                             {"schemas.cache.size", "7"},
                                             {"key.subject.name.strategy", "RecordNameStrategy"}},
                                            problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(config.basic_user_info.text(), "u:p");
  EXPECT_EQ(config.schemas_cache_size, 7);
  EXPECT_EQ(config.strategy(Side::key), SubjectStrategy::record);
  EXPECT_EQ(config.strategy(Side::value), SubjectStrategy::topic);
}

}  // namespace
}  // namespace weir::converters::schema_registry
