#include <gtest/gtest.h>
#include <weir/config_def.hpp>

#include <atomic>
#include <thread>

namespace weir {
namespace {

enum class Mode { fast, safe };

struct Config {
  std::string url;
  std::chrono::milliseconds timeout{500};
  std::int32_t retries{3};
  bool quiet{false};
  std::vector<std::string> topics;
  Secret password;
  std::optional<std::int64_t> limit;
  Mode mode{Mode::safe};
  double ratio{0.5};
  ConfigMap routes;
  std::string kind{"a"};
};

ConfigDef<Config> describe() {
  return ConfigDef<Config>{}
      .field("url", &Config::url, "Where to.").required().non_empty().alias("http.url")
      .field("timeout.ms", &Config::timeout, "How long.").at_least(1)
      .field("retries", &Config::retries, "How often.").between(0, 10)
      .field("quiet", &Config::quiet, "Say less.")
      .field("topics", &Config::topics, "Which.")
      .field("password", &Config::password, "The secret.")
      .field("limit", &Config::limit, "At most.")
      .choice("mode", &Config::mode, {{"fast", Mode::fast}, {"safe", Mode::safe}}, "How.")
      .field("ratio", &Config::ratio, "Share.")
      .prefix("route.", &Config::routes, "Routes.")
      .field("kind", &Config::kind, "Kind.").one_of({"a", "b"})
      .check([](const Config& c, ConfigProblems& p) {
        if (c.quiet && c.retries > 5) {
          p.push_back({"quiet", "quiet needs few retries"});
        }
      });
}

TEST(ConfigDefTest, ReadsEveryTypeAndKeepsDefaults) {
  ConfigProblems problems;
  const Config c = describe().parse({{"http.url", " x "}, {"timeout.ms", "7"}, {"quiet", "TRUE"}, {"topics", "a, b ,c"}, {"password", "p"},
                                     {"limit", "9"}, {"mode", "FAST"}, {"ratio", "0.25"}, {"route.x.path", "/p"}, {"unknown", "1"}},
                                    problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(c.url, "x");
  EXPECT_EQ(c.timeout.count(), 7);
  EXPECT_EQ(c.retries, 3);
  EXPECT_TRUE(c.quiet);
  EXPECT_EQ(c.topics, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(c.password.text(), "p");
  EXPECT_EQ(c.limit, 9);
  EXPECT_EQ(c.mode, Mode::fast);
  EXPECT_EQ(c.ratio, 0.25);
  EXPECT_EQ(c.routes.at("x.path"), "/p");
}

TEST(ConfigDefTest, ReportsEveryProblemInKafkasWords) {
  ConfigProblems problems;
  (void)describe().parse({{"timeout.ms", "0"}, {"retries", "x"}, {"quiet", "maybe"}, {"limit", "1.5"}, {"mode", "slow"}, {"kind", "c"}}, problems);
  std::map<std::string, std::string> by_key;
  for (const auto& p : problems) {
    by_key[p.key] = p.message;
  }
  EXPECT_EQ(by_key.at("url"), "Missing required configuration \"url\" which has no default value.");
  EXPECT_EQ(by_key.at("timeout.ms"), "Invalid value 0 for configuration timeout.ms: Value must be at least 1");
  EXPECT_EQ(by_key.at("retries"), "Invalid value x for configuration retries: Not a number of type INT");
  EXPECT_EQ(by_key.at("quiet"), "Invalid value maybe for configuration quiet: Expected value to be either true or false");
  EXPECT_EQ(by_key.at("limit"), "Invalid value 1.5 for configuration limit: Not a number of type LONG");
  EXPECT_EQ(by_key.at("mode"), "Invalid value slow for configuration mode: String must be one of: fast, safe");
  EXPECT_EQ(by_key.at("kind"), "Invalid value c for configuration kind: String must be one of: a, b");
  EXPECT_EQ(problems.size(), 7u);
}

TEST(ConfigDefTest, ChecksOverSeveralOptionsRunWhenEachIsFine) {
  ConfigProblems problems;
  (void)describe().parse({{"url", "x"}, {"quiet", "true"}, {"retries", "6"}}, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message, "quiet needs few retries");
}

TEST(ConfigDefTest, AProfileChangesDefaultsAndRequires) {
  const auto def = describe().default_value("retries", "9").require("limit");
  ConfigProblems problems;
  EXPECT_EQ(def.parse({{"url", "x"}, {"limit", "1"}}, problems).retries, 9);
  EXPECT_TRUE(problems.empty());
  (void)def.parse({{"url", "x"}}, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].key, "limit");
}

TEST(ConfigDefTest, KeysMayBeAskedForByManyThreads) {
  const auto def = describe();
  std::atomic<std::size_t> words{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          const ConfigKeys list = def.keys();
          for (const auto& key : list) {
            words += key.recommended_count;
          }
        }
      });
    }
  }
  std::size_t once = 0;
  const ConfigKeys list = def.keys();
  for (const auto& key : list) {
    once += key.recommended_count;
  }
  EXPECT_GT(once, 0u);
  EXPECT_EQ(words, 200 * once);
}

TEST(ConfigDefTest, DescribesKeysForTheHostWithoutSecrets) {
  const auto def = describe();
  std::map<std::string, weir_config_key> keys;
  const ConfigKeys list = def.keys();
  for (const auto& k : list) {
    keys[std::string(text_of(k.name))] = k;
  }
  EXPECT_EQ(keys.at("url").default_value.data, nullptr);
  EXPECT_EQ(text_of(keys.at("timeout.ms").default_value), "500");
  EXPECT_EQ(keys.at("password").type, static_cast<std::uint32_t>(WEIR_CONFIG_PASSWORD));
  EXPECT_EQ(keys.at("limit").optional, 1u);
  EXPECT_EQ(text_of(keys.at("http.url").default_value), "url");
  EXPECT_NE(keys.at("http.url").flags & WEIR_KEY_ALIAS, 0u);
  EXPECT_NE(keys.at("route.").flags & WEIR_KEY_PREFIX, 0u);
  EXPECT_EQ(text_of(keys.at("mode").default_value), "safe");
}

}  // namespace
}  // namespace weir
