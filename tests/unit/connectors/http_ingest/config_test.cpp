#include "config.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir::connectors::http_ingest {
namespace {

ConfigMap receipts() {
  return {{"listeners", "http://127.0.0.1:0"},
          {"routes", "store,online"},
          {"route.store.path", "/v1/store/transactions"},
          {"route.store.topic", "store.transactions"},
          {"route.store.key", "S-${value.storeNo}-${value.txnNo}"},
          {"route.online.path", "/v1/online/orders"},
          {"route.online.topic", "online.orders"},
          {"route.online.key", "O-${value.refundId|value.invoiceId}"},
          {"auth.methods", "none"}};
}

/// The problems, as "key: message".
std::string problems_with(ConfigMap config, const std::string& key, const std::string& value) {
  config[key] = value;
  ConfigProblems problems;
  (void)describe_config().parse(config, problems);
  std::string out;
  for (const auto& p : problems) {
    out += p.key + ": " + p.message + "\n";
  }
  return out;
}

TEST(IngestConfig, the_receipts_platform_is_accepted) {
  ConfigProblems problems;
  const Config config = describe_config().parse(receipts(), problems);
  ASSERT_TRUE(problems.empty()) << problems[0].message;
  const auto routes = parse_routes(config, problems);
  ASSERT_EQ(routes.size(), 2u);
  EXPECT_EQ(routes[0].path, "/v1/store/transactions");
  EXPECT_EQ(routes[1].key.text(), "O-${value.refundId|value.invoiceId}");
  EXPECT_EQ(config.request_max_bytes, 1048576);
  EXPECT_EQ(config.max_json_depth, 64);
  EXPECT_TRUE(config.topics_allow.empty());
}

TEST(IngestConfig, keys_are_needed_unless_everybody_may) {
  ConfigMap config = receipts();
  config.erase("auth.methods");
  EXPECT_NE(problems_with(config, "x", "").find("auth.api.keys.file"), std::string::npos);
  EXPECT_EQ(problems_with(config, "auth.api.keys.file", "/some/file"), "");
}

TEST(IngestConfig, what_is_not_built_is_refused_never_passed_over) {
  const std::pair<const char*, const char*> later[] = {
      {"auth.methods", "jwt"},         {"auth.methods", "basic"},
      {"auth.methods", "hmac"},        {"auth.methods", "mtls"},
      {"auth.methods", "none,jwt"},    {"validation.mode", "dlq"},
      {"ssl.keystore.location", "/k"}, {"ssl.client.auth", "required"},
      {"idempotency.topic", "t"},      {"cors.origins", "*"},
      {"rate.limit.global", "100"},    {"rate.limit.ip", "100"},
      {"plan.gold.rate", "10"},        {"auth.jwt.issuer", "x"},
      {"auth.hmac.secrets.file", "x"}, {"route.store.auth", "jwt"},
      {"route.store.plan", "gold"}};
  for (const auto& [key, value] : later) {
    EXPECT_NE(problems_with(receipts(), key, value).find("not supported by this version"),
              std::string::npos)
        << key;
  }
  EXPECT_NE(
      problems_with(receipts(), "listeners", "https://127.0.0.1:1").find("https is not supported"),
      std::string::npos);
  EXPECT_NE(problems_with(receipts(), "auth.methods", "magic").find("must be one of"),
            std::string::npos);
}

TEST(IngestConfig, routes_are_checked) {
  EXPECT_NE(problems_with(receipts(), "route.store.path", "v1").find("route.store.path"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.store.path", "/topics/x").find("taken"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.store.path", "/v1/online/orders").find("two routes"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.store.topic", "a b").find("topic name"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.store.key", "${value.a").find("closing brace"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.store.key", "${offset}")
                .find("only value, header and topic"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.stroe.key", "x").find("route.stroe.key"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "route.store.pth", "x").find("route.store.pth"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "routes", "store,online,third").find("route.third.path"),
            std::string::npos);
  EXPECT_NE(problems_with(receipts(), "topic.schemas", "nonsense").find("topic=file"),
            std::string::npos);
  EXPECT_NE(problems_with({{"auth.methods", "none"}}, "routes", "").find("Nothing can be posted"),
            std::string::npos);
}

TEST(IngestConfig, listeners) {
  EXPECT_EQ(parse_listener("http://127.0.0.1:8082")->port, "8082");
  EXPECT_EQ(parse_listener("http://[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listener("http://:80/")->host, "");
  for (const char* bad : {"", "8082", "http://127.0.0.1", "http://h:99999", "http://::1:80",
                          "ftp://h:1", "http://h:x"}) {
    EXPECT_FALSE(parse_listener(bad).has_value()) << bad;
  }
}

TEST(IngestConfig, topics_are_closed_unless_allowed) {
  EXPECT_FALSE(is_allowed({}, "t"));
  EXPECT_TRUE(is_allowed({"t"}, "t"));
  EXPECT_FALSE(is_allowed({"t"}, "tt"));
  EXPECT_TRUE(is_allowed({"x", "store.*"}, "store.transactions"));
  EXPECT_TRUE(is_allowed({"*"}, "any"));
  EXPECT_FALSE(is_topic_name(".."));
  EXPECT_FALSE(is_topic_name("a/b"));
  EXPECT_FALSE(is_topic_name(std::string(250, 'a')));
}

}  // namespace
}  // namespace weir::connectors::http_ingest
