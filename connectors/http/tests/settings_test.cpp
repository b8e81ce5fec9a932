#include "http_sink.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::http {
namespace {

template <class Sink = HttpSink>
ConfigProblems problems_of(ConfigMap map) {
  ConfigProblems problems;
  (void)Sink::describe().parse(map, problems);
  return problems;
}

bool has(const ConfigProblems& problems, std::string_view key) {
  for (const auto& p : problems) {
    if (p.key == key) {
      return true;
    }
  }
  return false;
}

TEST(SettingsTest, AskForTheUrl) {
  EXPECT_TRUE(has(problems_of({}), "http.api.url"));
  EXPECT_TRUE(problems_of({{"http.api.url", "http://localhost:1/x"}}).empty());
  EXPECT_TRUE(problems_of({{"http.url", "https://[::1]/x"}}).empty());
}

TEST(SettingsTest, RefuseUrlsWithoutAFixedHost) {
  for (const char* url : {"ftp://a/b", "a/b", "http://", "http://${value.host}/x", "http:///x", "http://a${key}:1/"}) {
    EXPECT_TRUE(has(problems_of({{"http.api.url", url}}), "http.api.url")) << url;
  }
  EXPECT_TRUE(problems_of({{"http.api.url", "http://h/${topic}/${key|value.id}?x=${header.y}"}}).empty());
}

TEST(SettingsTest, ProfilesAskForTheirSecrets) {
  const auto onepass = problems_of<OnePassSink>({{"http.api.url", "http://h/x"}});
  EXPECT_TRUE(has(onepass, "oauth2.token.url"));
  EXPECT_TRUE(has(onepass, "oauth2.client.id"));
  EXPECT_TRUE(has(onepass, "oauth2.client.secret"));
  const auto slyp = problems_of<SlypSink>({{"http.api.url", "http://h/x"}});
  EXPECT_TRUE(has(slyp, "auth.api.key.value"));
  EXPECT_TRUE(has(slyp, "hmac.secret"));
  EXPECT_TRUE(problems_of<SlypSink>({{"http.api.url", "http://h/x"}, {"auth.type", "none"}}).empty());
}

TEST(SettingsTest, ProfilesChangeDefaultsOnly) {
  ConfigProblems problems;
  const Config slyp = SlypSink::describe().parse(
      {{"http.api.url", "http://h/x"}, {"auth.api.key.value", "k"}, {"hmac.secret", "s"}}, problems);
  ASSERT_TRUE(problems.empty());
  EXPECT_EQ(slyp.success_codes, "200-399");
  EXPECT_EQ(slyp.idempotency_template, "${key}");
  EXPECT_EQ(slyp.request_timeout, std::chrono::milliseconds(5000));
  const Config other = SlypSink::describe().parse(
      {{"http.api.url", "http://h/x"}, {"auth.type", "none"}, {"http.request.timeout.ms", "7"}}, problems);
  EXPECT_EQ(other.request_timeout, std::chrono::milliseconds(7));
}

TEST(SettingsTest, ReportEachProblemWithItsKey) {
  const auto problems = problems_of({{"http.api.url", "http://h/x"},
                                     {"headers", "A: 1|bad header: 2"},
                                     {"success.on.status.codes", "200-"},
                                     {"dlq.on.status.codes", "4xx"},
                                     {"auth.type", "basic,bearer,magic"},
                                     {"idempotency.key.template", "${nope}"},
                                     {"https.ssl.keystore.location", "/x.pem"},
                                     {"breaker.name", "a/b"}});
  for (const char* key : {"headers", "dlq.on.status.codes", "auth.type", "idempotency.key.template",
                          "https.ssl.key.location", "breaker.name", "connection.user", "auth.bearer.token"}) {
    EXPECT_TRUE(has(problems, key)) << key;
  }
  EXPECT_FALSE(has(problems, "success.on.status.codes"));
}

TEST(SettingsTest, SecretsStandInNoProblem) {
  const auto problems = problems_of({{"http.api.url", "http://user:hunter2@h${key}/x?k=hunter2"},
                                     {"auth.type", "bearer"},
                                     {"auth.bearer.token", "hunter2\r\nX: y"}});
  ASSERT_FALSE(problems.empty());
  for (const auto& p : problems) {
    EXPECT_EQ(p.message.find("hunter2"), std::string::npos) << p.message;
  }
}

TEST(SettingsTest, BreakerIsNamedAfterHostAndPort) {
  ConfigProblems problems;
  Config config;
  config.url = "https://user:pw@api.onepass.example/v1?x=1";
  const Settings plain = Settings::make(config, problems);
  EXPECT_EQ(plain.breaker, "api.onepass.example:443");
  EXPECT_EQ(plain.shown_url, "https://api.onepass.example/v1");
  config.breaker_name = "partner";
  EXPECT_EQ(Settings::make(config, problems).breaker, "partner");
  EXPECT_TRUE(problems.empty());
}

TEST(SettingsTest, FixedHeadersHoldTheCredentials) {
  ConfigProblems problems;
  Config config;
  config.url = "http://h/x";
  config.auth = {"basic", "api_key"};
  config.user = "Aladdin";
  config.password = Secret("open sesame");
  config.api_key = Secret("k1");
  config.headers = "X-Fixed: a b|content-type: text/csv|X-From: ${topic}";
  const Settings made = Settings::make(config, problems);
  ASSERT_TRUE(problems.empty());
  const std::vector<std::string> expected{"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "X-API-Key: k1",
                                          "X-Fixed: a b", "content-type: text/csv", "Expect:"};
  EXPECT_EQ(made.fixed_headers, expected);
  ASSERT_EQ(made.header_templates.size(), 1u);
  EXPECT_EQ(made.header_templates[0].name, "X-From");
}

TEST(SettingsTest, ApiKeyMayStandInTheQuery) {
  ConfigProblems problems;
  Config config;
  config.url = "http://h/x?a=1";
  config.auth = {"api_key"};
  config.api_key = Secret("k/$ey");
  config.api_key_in = KeyPlace::query;
  const Settings made = Settings::make(config, problems);
  EXPECT_EQ(made.url.text(), "http://h/x?a=1&X-API-Key=k%2F%24ey");
  EXPECT_EQ(made.shown_url, "http://h/x");
}

TEST(SettingsTest, GlobsMatch) {
  EXPECT_TRUE(glob_matches("*", "anything"));
  EXPECT_TRUE(glob_matches("x-*-id", "X-Trace-Id"));
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
  EXPECT_FALSE(glob_matches("x-*-id", "x-trace-ids"));
  EXPECT_TRUE(glob_matches("a*b*c", "a--b-bc"));
}

TEST(StatusCodesTest, ReadRangesAndLists) {
  const auto codes = StatusCodes::parse("200-299, 303 ,500-");
  ASSERT_TRUE(codes.has_value());
  for (const int yes : {200, 250, 299, 303, 500, 599}) {
    EXPECT_TRUE(codes->contains(yes)) << yes;
  }
  for (const int no : {0, 199, 300, 304, 499, 600, -1}) {
    EXPECT_FALSE(codes->contains(no)) << no;
  }
  for (const char* text : {"2xx", "600", "99", "300-200", "200-abc", "1-", "200 300"}) {
    EXPECT_FALSE(StatusCodes::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace weir::connectors::http
