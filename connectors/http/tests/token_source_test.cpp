#include "token_source.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TokenSourceTest : public ::testing::Test {
 protected:
  TokenSource source_{seconds(30)};
  TokenSource::Clock::time_point now_ = TokenSource::Clock::time_point{} + std::chrono::hours(1);
};

TEST_F(TokenSourceTest, OneFetchAtATime) {
  EXPECT_TRUE(source_.ask(now_).fetch);
  const auto other = source_.ask(now_);
  EXPECT_FALSE(other.fetch);
  EXPECT_EQ(other.header, nullptr);
  source_.fetched("t1", seconds(300), now_);
  EXPECT_EQ(*source_.ask(now_).header, "Authorization: Bearer t1");
}

TEST_F(TokenSourceTest, IsRenewedAheadOfItsEndAndServesUntilThen) {
  (void)source_.ask(now_);
  source_.fetched("t1", seconds(300), now_);
  EXPECT_FALSE(source_.ask(now_ + seconds(269)).fetch);
  const auto early = source_.ask(now_ + seconds(270));
  EXPECT_TRUE(early.fetch);
  ASSERT_NE(early.header, nullptr);
  EXPECT_EQ(source_.ask(now_ + seconds(300)).header, nullptr);
  source_.fetched("t2", seconds(300), now_ + seconds(271));
  EXPECT_EQ(*source_.ask(now_ + seconds(300)).header, "Authorization: Bearer t2");
}

TEST_F(TokenSourceTest, AShortTokenIsNotRenewedAllTheTime) {
  (void)source_.ask(now_);
  source_.fetched("t1", seconds(10), now_);
  EXPECT_FALSE(source_.ask(now_ + seconds(4)).fetch);
  EXPECT_TRUE(source_.ask(now_ + seconds(5)).fetch);
}

TEST_F(TokenSourceTest, ARefusedTokenIsGoneButNotItsSuccessor) {
  (void)source_.ask(now_);
  source_.fetched("t1", milliseconds(0), now_);
  const auto old = source_.ask(now_ + std::chrono::hours(1000));
  ASSERT_NE(old.header, nullptr);
  source_.refused(old.generation);
  const auto none = source_.ask(now_);
  EXPECT_EQ(none.header, nullptr);
  EXPECT_TRUE(none.fetch);
  source_.fetched("t2", seconds(300), now_);
  source_.refused(old.generation);
  EXPECT_NE(source_.ask(now_).header, nullptr);
}

TEST_F(TokenSourceTest, FailuresWakeAndAreCounted) {
  int woken = 0;
  source_.subscribe(this, [&] { ++woken; });
  const auto first = source_.ask(now_);
  source_.failed({.refused = true, .reason = "token_http_401"}, now_);
  EXPECT_EQ(woken, 1);
  const auto look = source_.ask(now_, false);
  EXPECT_FALSE(look.fetch);
  EXPECT_EQ(look.failures, first.failures + 1);
  EXPECT_TRUE(source_.fault().refused);
  EXPECT_TRUE(source_.ask(now_).fetch);
  source_.unsubscribe(this);
  source_.failed({}, now_);
  EXPECT_EQ(woken, 1);
}

TEST_F(TokenSourceTest, TasksWithTheSameClientShareIt) {
  Config config;
  config.token_url = "http://h/token";
  config.client_id = "a";
  const auto one = TokenSource::shared(config);
  EXPECT_EQ(one, TokenSource::shared(config));
  config.audience = "x";
  EXPECT_NE(one, TokenSource::shared(config));
}

TEST(TokenRequestTest, Forms) {
  Config config;
  config.client_id = "my client";
  config.client_secret = Secret("p@ss/word");
  config.scope = "a b";
  config.audience = "https://x";
  TokenRequest request = token_request(config);
  EXPECT_EQ(request.form, "grant_type=client_credentials&scope=a%20b&audience=https%3A%2F%2Fx");
  EXPECT_EQ(request.authorization, "Authorization: Basic bXklMjBjbGllbnQ6cCU0MHNzJTJGd29yZA==");
  config.token_auth = TokenAuth::body;
  config.scope.clear();
  config.audience.clear();
  request = token_request(config);
  EXPECT_EQ(request.form, "grant_type=client_credentials&client_id=my%20client&client_secret=p%40ss%2Fword");
  EXPECT_TRUE(request.authorization.empty());
}

TEST(TokenReplyTest, ReadsTokenAndLifetime) {
  const auto reply = parse_token_reply(R"({"access_token":"abc","token_type":"Bearer","expires_in":300})", "access_token");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->token, "abc");
  EXPECT_EQ(reply->lifetime, seconds(300));
  EXPECT_EQ(parse_token_reply(R"({"id":"x","expires_in":"60"})", "id")->lifetime, seconds(60));
  EXPECT_EQ(parse_token_reply(R"({"access_token":"x"})", "access_token")->lifetime, seconds(0));
  for (const char* text : {"", "[]", "{}", "not json", R"({"access_token":""})", R"({"access_token":"a\r\nb"})"}) {
    EXPECT_FALSE(parse_token_reply(text, "access_token").has_value()) << text;
  }
}

}  // namespace
}  // namespace weir::connectors::http
