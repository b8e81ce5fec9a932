#include "http_sink.hpp"

#include "signer.hpp"
#include "token_source.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>
#include <weir/testing/http_stub.hpp>

#include <gtest/gtest.h>

#include <set>

namespace weir::connectors::http {
namespace {

using std::chrono::milliseconds;
using weir::testing::FakeTask;
using weir::testing::Reply;
using weir::testing::Seen;
using weir::testing::StubServer;
using weir::testing::TestBatch;

// A sink against a stub partner, and what became of its records.
template <class Sink = HttpSink>
class Rig {
 public:
  Rig(StubServer& server, ConfigMap more) {
    ConfigMap map{{"http.api.url", server.url()}, {"retry.backoff.ms", "1"}, {"retry.backoff.max.ms", "5"},
                  {"idempotency.key.template", "${key}"}};
    for (auto& [key, value] : more) {
      map[key] = value;
    }
    ConfigProblems problems;
    Config config = Sink::describe().parse(map, problems);
    for (const auto& p : problems) {
      ADD_FAILURE() << p.message;
    }
    sink = std::make_unique<Sink>(config, host.task());
    EXPECT_TRUE(sink->start().has_value());
  }

  void add(std::string_view key, std::string_view json = "{}", std::int32_t partition = 0) {
    weir_record& r = batch.add("receipts", partition, static_cast<std::int64_t>(batch.size()));
    r.key = Value::string(batch.arena().copy(key));
    r.value = *json::read(batch.arena().copy(json), batch.arena());
  }
  void put() {
    auto view = batch.view();
    EXPECT_TRUE(sink->put(view).has_value());
  }
  Errc code(std::size_t i) const {
    const auto outcome = host.settled(batch, i);
    return outcome ? outcome->code : Errc::fatal;
  }
  std::string message(std::size_t i) const {
    const auto outcome = host.settled(batch, i);
    return outcome ? outcome->message : "not settled";
  }

  FakeTask host{"sink"};
  TestBatch batch;
  std::unique_ptr<Sink> sink;
};

TEST(HttpSinkTest, DeliversEachRecordOnce) {
  StubServer server([](const Seen&, std::size_t) { return Reply{201}; });
  Rig<> rig(server, {{"headers", "X-Store: ${value.s}"}});
  for (int i = 0; i < 50; ++i) {
    rig.add("k" + std::to_string(i), "{\"s\":" + std::to_string(i) + "}");
  }
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(50));
  rig.sink->stop(milliseconds(0));
  std::set<std::string> keys;
  for (const Seen& request : server.seen()) {
    keys.insert(request.header("idempotency-key"));
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/v1/receipts");
    EXPECT_EQ(request.header("content-type"), "application/json");
    EXPECT_EQ(request.header("expect"), "");
    EXPECT_EQ("{\"s\":" + request.header("x-store") + "}", request.body);
  }
  EXPECT_EQ(keys.size(), 50u);
  EXPECT_EQ(server.seen().size(), 50u);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(rig.code(i), Errc::ok);
  }
  EXPECT_EQ(rig.host.metric_sum("weir_http_requests_total{code_class=2xx}"), 50);
  EXPECT_EQ(rig.host.reports().size(), 50u);
  EXPECT_EQ(rig.host.reports()[0].first, CallOutcome::success);
}

TEST(HttpSinkTest, TriesAgainWithTheSameKey) {
  StubServer server([](const Seen&, std::size_t n) { return Reply{n < 2 ? 500 : 200}; });
  Rig<> rig(server, {});
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  ASSERT_EQ(server.seen().size(), 3u);
  for (const Seen& request : server.seen()) {
    EXPECT_EQ(request.header("idempotency-key"), "S-1");
  }
  const auto reports = rig.host.reports();
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0], (std::pair{CallOutcome::failure, std::string("http_500")}));
  EXPECT_EQ(reports[2].first, CallOutcome::success);
}

TEST(HttpSinkTest, SpentRetriesMakeABadRecordWhileTheBreakerIsClosed) {
  StubServer server([](const Seen& s, std::size_t) { return Reply{s.header("idempotency-key") == "bad" ? 500 : 200}; });
  Rig<> rig(server, {{"max.retries", "2"}});
  rig.add("bad");
  rig.add("good");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(2));
  EXPECT_EQ(rig.code(0), Errc::bad_record);
  EXPECT_NE(rig.message(0).find("retries_exhausted: 3 attempts"), std::string::npos) << rig.message(0);
  EXPECT_NE(rig.message(0).find("receipts-0@0"), std::string::npos) << rig.message(0);
  EXPECT_EQ(rig.code(1), Errc::ok);
  EXPECT_EQ(server.seen().size(), 4u);
}

TEST(HttpSinkTest, ABadRecordIsSettledAtOnceAndSaysWhy) {
  StubServer server([](const Seen&, std::size_t) {
    return Reply{422, R"({"errors":["total missing"],"mobile":"0412345678"})"};
  });
  Rig<> rig(server, {});
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::bad_record);
  EXPECT_NE(rig.message(0).find("422"), std::string::npos);
  EXPECT_NE(rig.message(0).find("total missing"), std::string::npos);
  EXPECT_EQ(rig.message(0).find("0412345678"), std::string::npos);
  EXPECT_EQ(rig.host.reports()[0].first, CallOutcome::ignored);
}

TEST(HttpSinkTest, ThrottlingWaitsAsAskedAndSpendsNothing) {
  StubServer server([](const Seen&, std::size_t n) {
    return n < 3 ? Reply{429, "", {{"Retry-After", n == 1 ? "Tue, 14 Nov 2023 22:13:20 GMT" : "0"}}} : Reply{200};
  });
  Rig<> rig(server, {{"max.retries", "0"}});
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(server.seen().size(), 4u);
  EXPECT_EQ(rig.host.reports()[0].first, CallOutcome::ignored);
}

TEST(HttpSinkTest, RetryAfterOfNothingStillBacksOff) {
  StubServer server([](const Seen&, std::size_t) {
    return Reply{429, "", {{"Retry-After", "0"}}};
  });
  Rig<> rig(server, {{"retry.backoff.policy", "CONSTANT_VALUE"}, {"retry.backoff.ms", "100"}, {"retry.backoff.max.ms", "100"}});
  rig.add("S-1");
  rig.put();
  EXPECT_FALSE(rig.host.wait_settled(1, milliseconds(350)));
  rig.sink->stop(milliseconds(0));
  EXPECT_GE(server.seen().size(), 1u);
  EXPECT_LE(server.seen().size(), 5u);
}

TEST(HttpSinkTest, RetryAfterParksTheWholeHostAndIsCapped) {
  StubServer server([](const Seen&, std::size_t n) {
    return n == 0 ? Reply{503, "", {{"Retry-After", "3600"}}} : Reply{200};
  });
  Rig<> rig(server, {{"retry.after.max.ms", "150"}});
  rig.add("a");
  rig.put();
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(rig.host.wait_reports(1));
  TestBatch second;
  weir_record& r = second.add("receipts", 0, 9);
  r.key = Value::string("b");
  r.value = Value::int64(1);
  auto view = second.view();
  ASSERT_TRUE(rig.sink->put(view).has_value());
  ASSERT_TRUE(rig.host.wait_settled(2));
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(140));
  EXPECT_EQ(server.seen().size(), 3u);
}

TEST(HttpSinkTest, OrderPerKeyIsKeptThroughRetries) {
  std::map<std::string, int> tries;
  StubServer server([&](const Seen& s, std::size_t) {
    const int before = tries[s.body]++;  // under the server's lock
    return Reply{before == 0 && s.body.find('3') != std::string::npos ? 503 : 200};
  });
  Rig<> rig(server, {{"concurrency.mode", "fixed"}});
  for (int n = 0; n < 8; ++n) {
    for (const char* key : {"a", "b", "c"}) {
      rig.add(key, "{\"" + std::string(key) + "\":" + std::to_string(n) + "}");
    }
  }
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(24));
  std::map<std::string, std::vector<std::string>> order;
  for (const Seen& s : server.seen()) {
    auto& list = order[s.header("idempotency-key")];
    if (list.empty() || list.back() != s.body) {
      list.push_back(s.body);
    }
  }
  for (const auto& [key, list] : order) {
    ASSERT_EQ(list.size(), 8u) << key;
    for (std::size_t n = 0; n < 8; ++n) {
      EXPECT_EQ(list[n], "{\"" + key + "\":" + std::to_string(n) + "}");
    }
  }
}

TEST(HttpSinkTest, HangsEndInATimeoutThatMayHaveArrived) {
  StubServer server([](const Seen&, std::size_t n) { return n == 0 ? Reply{.hang = true} : Reply{200}; });
  Rig<> rig(server, {{"http.request.timeout.ms", "100"}});
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(rig.host.reports()[0], (std::pair{CallOutcome::failure, std::string("timeout")}));
  EXPECT_EQ(server.seen()[0].header("idempotency-key"), server.seen()[1].header("idempotency-key"));
  bool warned = false;
  for (const auto& [level, text] : rig.host.logs()) {
    warned = warned || text.find("may have been accepted") != std::string::npos;
  }
  EXPECT_TRUE(warned);
}

TEST(HttpSinkTest, ResetsAreTriedAgain) {
  StubServer server([](const Seen&, std::size_t n) { return n == 0 ? Reply{.reset = true} : Reply{200}; });
  Rig<> rig(server, {});
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
}

TEST(HttpSinkTest, TooLongAnAnswerIsCutOffAndTriedAgain) {
  StubServer server([](const Seen&, std::size_t n) { return Reply{200, std::string(n == 0 ? 5000 : 5, 'x')}; });
  Rig<> rig(server, {{"response.max.bytes", "1000"}});
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(rig.host.reports()[0].second, "answer_too_long");
}

TEST(HttpSinkTest, RefusedConnectionsOpenTheBreakerAndNothingIsSpentMeanwhile) {
  std::uint16_t port = 0;
  {
    StubServer gone([](const Seen&, std::size_t) { return Reply{}; });
    port = gone.port();
  }
  StubServer server([](const Seen&, std::size_t) { return Reply{200}; });
  Rig<> rig(server, {{"http.api.url", "http://127.0.0.1:" + std::to_string(port) + "/x"}, {"max.retries", "3"}});
  rig.host.set_breaker("127.0.0.1:" + std::to_string(port), Permit::probe);
  rig.add("a");
  rig.add("b");
  rig.put();
  ASSERT_TRUE(rig.host.wait_reports(20));  // far more than max.retries
  EXPECT_EQ(rig.host.reports()[0], (std::pair{CallOutcome::failure, std::string("connect")}));
  EXPECT_EQ(rig.host.settle_calls(), 0u);
  rig.sink->stop(milliseconds(0));
  EXPECT_EQ(rig.code(0), Errc::retriable);
  EXPECT_EQ(rig.code(1), Errc::retriable);
}

TEST(HttpSinkTest, ADeniedRecordWaitsForTheBreaker) {
  StubServer server([](const Seen&, std::size_t) { return Reply{200}; });
  Rig<> rig(server, {});
  rig.host.set_breaker(server.breaker(), Permit::denied, milliseconds(5));
  rig.add("a");
  rig.put();
  rig.add("b");
  EXPECT_FALSE(rig.host.wait_settled(1, milliseconds(50)));
  EXPECT_TRUE(server.seen().empty());
  rig.host.set_breaker(server.breaker(), Permit::closed);
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
}

TEST(HttpSinkTest, RefusedCredentialsOpenTheBreakerAndAreNoBadRecords) {
  StubServer server([](const Seen&, std::size_t n) { return Reply{n < 2 ? 403 : 200}; });
  Rig<> rig(server, {{"max.retries", "0"}});
  rig.add("a");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(rig.host.reports()[0], (std::pair{CallOutcome::auth, std::string("http_403")}));
}

ConfigMap oauth(const StubServer& server) {
  return {{"oauth2.token.url", server.url("/token")}, {"oauth2.client.id", "id"}, {"oauth2.client.secret", "secret"}};
}

TEST(OnePassTest, FetchesATokenAndRenewsItOnceOn401) {
  int tokens = 0;
  StubServer server([&](const Seen& s, std::size_t) {
    if (s.target == "/token") {
      EXPECT_EQ(s.header("authorization"), "Basic aWQ6c2VjcmV0");
      return Reply{200, "{\"access_token\":\"t" + std::to_string(++tokens) + "\",\"expires_in\":300}"};
    }
    return Reply{s.header("authorization") == "Bearer t2" ? 201 : 401};
  });
  Rig<OnePassSink> rig(server, oauth(server));
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  const auto reports = rig.host.reports();
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[0].first, CallOutcome::ignored);
  EXPECT_EQ(reports[1].first, CallOutcome::success);
  EXPECT_EQ(tokens, 2);
}

TEST(OnePassTest, A401WithAFreshTokenIsAuth) {
  StubServer server([&](const Seen& s, std::size_t n) {
    return s.target == "/token" ? Reply{200, "{\"access_token\":\"t\"}"} : Reply{n < 6 ? 401 : 201};
  });
  Rig<OnePassSink> rig(server, oauth(server));
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(rig.host.reports()[1], (std::pair{CallOutcome::auth, std::string("http_401")}));
}

TEST(OnePassTest, ATokenEndpointThatSaysNoIsAuth) {
  StubServer server([&](const Seen& s, std::size_t n) {
    if (s.target == "/token") {
      return n < 2 ? Reply{401, R"({"error":"invalid_client"})"} : Reply{200, R"({"access_token":"t"})"};
    }
    return Reply{201};
  });
  Rig<OnePassSink> rig(server, oauth(server));
  rig.add("S-1");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(rig.host.reports()[0], (std::pair{CallOutcome::auth, std::string("token_http_401")}));
}

TEST(OnePassTest, TasksShareATokenRequest) {
  int tokens = 0;
  StubServer server([&](const Seen& s, std::size_t) {
    return s.target == "/token" ? (++tokens, Reply{200, R"({"access_token":"t","expires_in":300})"}) : Reply{201};
  });
  Rig<OnePassSink> one(server, oauth(server));
  Rig<OnePassSink> two(server, oauth(server));
  for (int i = 0; i < 5; ++i) {
    one.add("a" + std::to_string(i));
    two.add("b" + std::to_string(i));
  }
  one.put();
  two.put();
  ASSERT_TRUE(one.host.wait_settled(5));
  ASSERT_TRUE(two.host.wait_settled(5));
  EXPECT_EQ(tokens, 1);
}

TEST(OnePassTest, ATokenThatEndsBeforeItIsUsedIsFetchedAgain) {
  StubServer server([&](const Seen& s, std::size_t) {
    return s.target == "/token" ? Reply{200, R"({"access_token":"t"})"} : Reply{201};
  });
  // Another task's fetch is under way while the sink waits for the token they share.
  ConfigProblems problems;
  const auto tokens = TokenSource::shared(OnePassSink::describe().parse(oauth(server), problems));
  ASSERT_TRUE(tokens->ask(TokenSource::Clock::now()).fetch);
  Rig<OnePassSink> rig(server, oauth(server));
  rig.add("S-1");
  rig.put();
  EXPECT_FALSE(rig.host.wait_settled(1, milliseconds(100)));
  tokens->fetched("gone", milliseconds(1), TokenSource::Clock::now() - std::chrono::hours(1));
  ASSERT_TRUE(rig.host.wait_settled(1));
  EXPECT_EQ(rig.code(0), Errc::ok);
}

TEST(SlypTest, SignsEachTryAnewAndTakes303ForHadItBefore) {
  Signer signer(HmacAlgorithm::sha256, "s3cret");
  StubServer server([&](const Seen& s, std::size_t n) {
    const std::vector<SignPiece> literal{{SignPiece::What::literal, s.header("x-timestamp") + "." + s.body}};
    if (s.header("x-api-key") != "key" || s.header("x-signature") != signer.sign(literal, {})) {
      return Reply{401};
    }
    return n == 0 ? Reply{500} : Reply{303, "", {{"Location", "/elsewhere"}}};
  });
  Rig<SlypSink> rig(server, {{"auth.api.key.value", "key"}, {"hmac.secret", "s3cret"}});
  rig.add("S-1", R"({"total":12.5})");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(1));
  rig.sink->stop(milliseconds(0));
  EXPECT_EQ(rig.code(0), Errc::ok);
  EXPECT_EQ(server.seen().size(), 2u);  // no redirect followed
  EXPECT_EQ(rig.host.metric_sum("weir_http_duplicates_total"), 1);
  EXPECT_EQ(rig.host.metric_sum("weir_http_requests_total{code_class=3xx}"), 1);
}

TEST(HttpSinkTest, ABatchWithABadRecordIsBisected) {
  StubServer server([](const Seen& s, std::size_t) {
    return Reply{s.body.find("bad") != std::string::npos ? 422 : 200};
  });
  Rig<> rig(server, {{"batch.max.size", "8"}, {"batch.json.as.array", "true"}});
  for (int i = 0; i < 8; ++i) {
    rig.add("k" + std::to_string(i), i == 5 ? R"("bad")" : std::to_string(i));
  }
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(8));
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(rig.code(i), i == 5 ? Errc::bad_record : Errc::ok) << i;
  }
  EXPECT_EQ(server.seen()[0].body, R"([0,1,2,3,4,"bad",6,7])");
  EXPECT_EQ(server.seen()[0].header("idempotency-key"), sha256_hex("k0\nk1\nk2\nk3\nk4\nk5\nk6\nk7\n"));
}

TEST(HttpSinkTest, A413SplitsABatch) {
  StubServer server([](const Seen& s, std::size_t) { return Reply{s.body.size() > 10 ? 413 : 200}; });
  Rig<> rig(server, {{"batch.max.size", "4"}});
  for (int i = 0; i < 4; ++i) {
    rig.add("k" + std::to_string(i), "\"1234\"");
  }
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rig.code(i), Errc::ok);
  }
}

TEST(HttpSinkTest, AStormOfRefusalsKeepsTheRecords) {
  StubServer server([](const Seen&, std::size_t n) { return Reply{n < 30 ? 404 : 200}; });
  Rig<> rig(server, {{"dlq.storm.window", "4"}});
  for (int i = 0; i < 10; ++i) {
    rig.add("k" + std::to_string(i));
  }
  rig.host.set_breaker(server.breaker(), Permit::probe);
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(10));
  std::size_t bad = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    bad += rig.code(i) == Errc::bad_record ? 1 : 0;
  }
  EXPECT_EQ(bad, 3u);
  EXPECT_EQ(rig.host.reports()[3], (std::pair{CallOutcome::auth, std::string("dlq_storm")}));
}

TEST(HttpSinkTest, TombstonesDelete) {
  StubServer server([](const Seen&, std::size_t) { return Reply{204}; });
  Rig<> rig(server, {{"behavior.on.null.values", "delete"}, {"http.api.url", server.url("/r/${key}")}, {"request.method", "PUT"}});
  rig.add("a", "1");
  rig.add("a", "null");
  rig.add("a", "2");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(3));
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].method, "PUT");
  EXPECT_EQ(seen[1].method, "DELETE");
  EXPECT_EQ(seen[1].target, "/r/a");
  EXPECT_EQ(seen[1].body, "");
  EXPECT_EQ(seen[2].method, "PUT");
  EXPECT_EQ(seen[2].body, "2");
}

TEST(HttpSinkTest, RecordsThatCannotBeSentAreSettledWithoutARequest) {
  StubServer server([](const Seen&, std::size_t) { return Reply{200}; });
  Rig<> rig(server, {{"http.api.url", server.url("/${value.id}")}});
  rig.add("a", "{}");
  rig.add("b", "null");
  rig.add("c", "{\"id\":1}");
  rig.put();
  ASSERT_TRUE(rig.host.wait_settled(3));
  EXPECT_EQ(rig.code(0), Errc::bad_record);
  EXPECT_EQ(rig.code(1), Errc::ok);
  EXPECT_EQ(rig.code(2), Errc::ok);
  EXPECT_EQ(server.seen().size(), 1u);
}

TEST(HttpSinkTest, StopGivesBackWhatIsUnderWay) {
  StubServer server([](const Seen&, std::size_t) { return Reply{.hang = true}; });
  Rig<> rig(server, {});
  rig.add("a");
  rig.add("b");
  rig.put();
  ASSERT_TRUE(server.wait_seen(1));
  rig.sink->stop(milliseconds(20));
  EXPECT_EQ(rig.code(0), Errc::retriable);
  EXPECT_EQ(rig.code(1), Errc::retriable);
  EXPECT_EQ(rig.host.reports()[0].first, CallOutcome::ignored);
}

TEST(HttpSinkTest, CloseGivesBackThePartitionsTakenAwayOnly) {
  StubServer server([](const Seen& s, std::size_t) {
    return s.body == "\"hang\"" ? Reply{.hang = true} : Reply{200};
  });
  Rig<> rig(server, {{"concurrency.mode", "fixed"}, {"http.max.connections", "1"}});
  rig.add("a", "\"hang\"", 1);
  rig.add("b", "1", 2);
  rig.add("c", "1", 1);
  rig.put();
  ASSERT_TRUE(server.wait_seen(1));
  TopicPartition lost{};
  lost.topic = bytes_of("receipts");
  lost.partition = 1;
  rig.sink->close(std::span(&lost, 1), true);
  EXPECT_EQ(rig.code(0), Errc::retriable);
  EXPECT_EQ(rig.code(2), Errc::retriable);
  ASSERT_TRUE(rig.host.wait_settled(3));
  EXPECT_EQ(rig.code(1), Errc::ok);
}

TEST(HttpSinkTest, LingeringBatchesGoOutOnFlush) {
  StubServer server([](const Seen&, std::size_t) { return Reply{200}; });
  Rig<> rig(server, {{"batch.max.size", "100"}, {"batch.linger.ms", "600000"}});
  rig.add("a", "1");
  rig.add("b", "2");
  rig.put();
  EXPECT_TRUE(rig.sink->flush().has_value());
  ASSERT_TRUE(rig.host.wait_settled(2));
  ASSERT_EQ(server.seen().size(), 1u);
  EXPECT_EQ(server.seen()[0].body, "1,2");
}

}  // namespace
}  // namespace weir::connectors::http
