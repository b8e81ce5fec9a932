#include "concurrency_limit.hpp"
#include "config.hpp"
#include "outcome.hpp"
#include "request_builder.hpp"
#include "retry.hpp"
#include "signer.hpp"
#include "transfer.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

StatusPolicy policy(std::string success = "200-299") {
  const Config config;
  return {*StatusCodes::parse(success), *StatusCodes::parse(config.retry_codes), *StatusCodes::parse(config.dlq_codes)};
}

Verdict of_status(int status, bool retry_after = false, const StatusPolicy& p = policy()) {
  return classify(p, {.status = status, .retry_after = retry_after});
}

TEST(ClassifyTest, SortsStatusCodes) {
  const std::pair<int, Class> expected[] = {
      {200, Class::ok},         {201, Class::ok},         {208, Class::duplicate},  {302, Class::retriable},
      {303, Class::retriable},  {400, Class::bad_record}, {401, Class::auth},       {402, Class::retriable},
      {403, Class::auth},       {404, Class::bad_record}, {407, Class::auth},       {408, Class::retriable},
      {409, Class::bad_record}, {413, Class::bad_record}, {422, Class::bad_record}, {425, Class::retriable},
      {429, Class::throttled},  {431, Class::bad_record}, {500, Class::retriable},  {501, Class::bad_record},
      {503, Class::retriable},  {505, Class::bad_record}, {599, Class::retriable}};
  for (const auto& [status, kind] : expected) {
    EXPECT_EQ(of_status(status).kind, kind) << status;
  }
}

TEST(ClassifyTest, A503ThatSaysWhenIsThrottling) {
  EXPECT_EQ(of_status(503, true).kind, Class::throttled);
  EXPECT_EQ(of_status(503, true).call, CallOutcome::ignored);
  EXPECT_EQ(of_status(500, true).kind, Class::retriable);
}

TEST(ClassifyTest, SlypSays303ForHadItBefore) {
  EXPECT_EQ(of_status(303, false, policy("200-399")).kind, Class::duplicate);
  EXPECT_EQ(of_status(303, false, policy("200-399")).call, CallOutcome::success);
  EXPECT_EQ(of_status(409, false, policy("200-299,409")).kind, Class::duplicate);
}

TEST(ClassifyTest, TellsTheBreaker) {
  EXPECT_EQ(of_status(200).call, CallOutcome::success);
  EXPECT_EQ(of_status(500).call, CallOutcome::failure);
  EXPECT_EQ(of_status(500).reason, "http_500");
  EXPECT_EQ(of_status(401).call, CallOutcome::auth);
  EXPECT_EQ(of_status(429).call, CallOutcome::ignored);
  EXPECT_EQ(of_status(422).call, CallOutcome::ignored);
}

TEST(ClassifyTest, ATimeoutAfterTheBodyWasSentIsAmbiguous) {
  const auto p = policy();
  EXPECT_EQ(classify(p, {.failure = Failure::timeout, .sent = true}).kind, Class::ambiguous);
  EXPECT_EQ(classify(p, {.failure = Failure::timeout}).kind, Class::retriable);
  EXPECT_EQ(classify(p, {.failure = Failure::reset, .sent = true}).kind, Class::ambiguous);
  EXPECT_EQ(classify(p, {.failure = Failure::connect}).reason, "connect");
  EXPECT_EQ(classify(p, {.failure = Failure::answer_too_long, .sent = true}).kind, Class::retriable);
  EXPECT_EQ(failure_of(CURLE_PEER_FAILED_VERIFICATION), Failure::tls);
}

TEST(RetryTest, BackoffDoublesUpToItsCeilingWithFullJitter) {
  const RetryPolicy p;
  EXPECT_EQ(backoff(p, 0, 0.5), milliseconds(250));
  EXPECT_EQ(backoff(p, 3, 0.5), milliseconds(2000));
  EXPECT_EQ(backoff(p, 3, 0.0), milliseconds(0));
  EXPECT_EQ(backoff(p, 6, 0.5), milliseconds(15'000));
  EXPECT_EQ(backoff(p, 4'000'000, 0.5), milliseconds(15'000));
  RetryPolicy constant;
  constant.policy = BackoffPolicy::constant_value;
  EXPECT_EQ(backoff(constant, 5, 0.1), milliseconds(500));
}

TEST(RetryTest, SpentByCountOrByTime) {
  const RetryPolicy p;
  EXPECT_FALSE(spent(p, 10, milliseconds(0)));
  EXPECT_TRUE(spent(p, 11, milliseconds(0)));
  EXPECT_FALSE(spent(p, 1, milliseconds(299'999)));
  EXPECT_TRUE(spent(p, 1, milliseconds(300'000)));
}

TEST(RetryTest, ReadsBothFormsOfRetryAfter) {
  const auto now = system_clock::from_time_t(1'700'000'000);  // Tue, 14 Nov 2023 22:13:20 GMT
  EXPECT_EQ(parse_retry_after("7", now), milliseconds(7000));
  EXPECT_EQ(parse_retry_after(" 0 ", now), milliseconds(0));
  EXPECT_EQ(parse_retry_after("Tue, 14 Nov 2023 22:13:30 GMT", now), milliseconds(10'000));
  EXPECT_EQ(parse_retry_after("Tue, 14 Nov 2023 22:00:00 GMT", now), milliseconds(0));
  for (const char* text : {"", "soon", "-3", "1.5", "99999999999999999999"}) {
    EXPECT_FALSE(parse_retry_after(text, now).has_value()) << text;
  }
}

TEST(ConcurrencyLimitTest, GrowsWhileTheLimitIsReachedAndAnswersStayFast) {
  ConcurrencyLimit limit(1, 4, false);
  auto now = ConcurrencyLimit::Clock::time_point{} + std::chrono::hours(1);
  for (int i = 0; i < 20; ++i) {
    limit.started(limit.value());
    now += milliseconds(100);
    limit.succeeded(now, 0.05);
  }
  EXPECT_EQ(limit.value(), 4u);
}

TEST(ConcurrencyLimitTest, StaysWhenNobodyReachesIt) {
  ConcurrencyLimit limit(3, 8, false);
  auto now = ConcurrencyLimit::Clock::time_point{} + std::chrono::hours(1);
  for (int i = 0; i < 20; ++i) {
    limit.started(1);
    now += milliseconds(100);
    limit.succeeded(now, 0.05);
  }
  EXPECT_EQ(limit.value(), 3u);
}

TEST(ConcurrencyLimitTest, ShrinksByATenthOnPushBackAndOnSlowAnswers) {
  ConcurrencyLimit limit(20, 20, false);
  auto now = ConcurrencyLimit::Clock::time_point{} + std::chrono::hours(1);
  limit.succeeded(now, 0.05);
  now += milliseconds(100);
  limit.pushed_back(now);
  EXPECT_EQ(limit.value(), 18u);
  now += milliseconds(100);
  limit.succeeded(now, 0.5);
  EXPECT_EQ(limit.value(), 16u);
  for (int i = 0; i < 100; ++i) {
    now += std::chrono::seconds(1);
    limit.pushed_back(now);
  }
  EXPECT_EQ(limit.value(), 1u);
}

TEST(ConcurrencyLimitTest, StartsAgainFromTheBottomAfterAnOutage) {
  ConcurrencyLimit limit(2, 20, false);
  auto now = ConcurrencyLimit::Clock::time_point{} + std::chrono::hours(1);
  for (int i = 0; i < 9; ++i) {
    limit.started(limit.value());
    now += milliseconds(100);
    limit.succeeded(now, 0.05);
  }
  EXPECT_GT(limit.value(), 5u);
  limit.reset();
  EXPECT_EQ(limit.value(), 2u);
  ConcurrencyLimit fixed(1, 5, true);
  EXPECT_EQ(fixed.value(), 5u);
}

TEST(SignerTest, Rfc4231) {
  Signer jefe(HmacAlgorithm::sha256, "Jefe");
  const std::vector<SignPiece> body{{SignPiece::What::body, {}}};
  EXPECT_EQ(jefe.sign(body, {.body = "what do ya want for nothing?"}),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(jefe.sign(body, {.body = "what do ya want for nothing?"}),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  Signer long_one(HmacAlgorithm::sha512, "Jefe");
  EXPECT_EQ(std::string(long_one.sign(body, {.body = "what do ya want for nothing?"})).substr(0, 32),
            "164b7a7bfcf819e2e395fbe73b56e0a3");
}

TEST(SignerTest, JoinsThePieces) {
  ConfigProblems problems;
  Config config;
  config.url = "http://h/x";
  config.auth = {"hmac"};
  config.hmac_secret = Secret("s");
  const Settings made = Settings::make(config, problems);
  ASSERT_TRUE(problems.empty());
  Signer signer(HmacAlgorithm::sha256, "s");
  const std::vector<SignPiece> literal{{SignPiece::What::literal, "1700000000.{}"}};
  const std::string expected(signer.sign(literal, {}));
  EXPECT_EQ(signer.sign(made.sign, {.timestamp = "1700000000", .body = "{}"}), expected);
}

TEST(ExcerptTest, MasksWhatMayBeACustomers) {
  EXPECT_EQ(excerpt("{\"mobile\":\"+61412345678\",\"n\":12}"), "{\"mobile\":\"+***********\",\"n\":12}");
  EXPECT_EQ(excerpt("mail jo.doe@example.com\r\nx"), "mail ******@example.com  x");
  EXPECT_EQ(excerpt("abcdef", 3), "abc...");
}

TEST(PathTest, FindsPathAndQuery) {
  EXPECT_EQ(path_of("https://h:1/a/b?c=d#e"), "/a/b?c=d");
  EXPECT_EQ(path_of("https://h"), "/");
}

}  // namespace
}  // namespace weir::connectors::http
