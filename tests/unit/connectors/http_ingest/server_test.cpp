// A real server on the loopback, with the runtime played by the test.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "ingest_harness.hpp"
#include "temp_file.hpp"

namespace weir::connectors::http_ingest {
namespace {

TEST(IngestServer, answers_201_only_when_kafka_has_the_record) {
  IngestHarness ingest(one_route());
  ingest.hold();
  RawClient client(ingest.port());
  client.send(RawClient::request("/sales", R"({"id":"1"})"));
  ASSERT_TRUE(ingest.wait_for(1));
  EXPECT_EQ(ingest.produced()[0].value, R"({"id":"1"})");
  EXPECT_EQ(ingest.produced()[0].key, "S-1");
  EXPECT_EQ(ingest.produced()[0].topic, "sales");
  // Another connection is served while this one waits.
  RawClient other(ingest.port());
  other.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(other.receive().status, 200);
  ingest.release();
  const Reply reply = client.receive();
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, R"({"topic":"sales","partition":0,"offset":0,"key":"S-1"})");
  EXPECT_TRUE(reply.has("X-Request-Id: "));
  EXPECT_TRUE(reply.has("Date: "));
  EXPECT_FALSE(reply.closes);
}

TEST(IngestServer, a_failure_of_kafka_is_503_with_retry_after) {
  IngestHarness ingest(one_route());
  ingest.hold();
  RawClient client(ingest.port());
  client.send(RawClient::request("/sales", R"({"id":"1"})"));
  ASSERT_TRUE(ingest.wait_for(1));
  ingest.release(Errc::retriable, "Local: Message timed out");
  const Reply reply = client.receive();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("Retry-After: 1"));
  EXPECT_NE(reply.body.find("Message timed out"), std::string::npos);
  const Reply ready =
      (client.send("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"), client.receive());
  EXPECT_EQ(ready.status, 503);
  ingest.release();
  EXPECT_EQ(client.post("/sales", R"({"id":"2"})").status, 201);
  client.send("GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.receive().status, 200);
}

TEST(IngestServer, kafka_that_does_not_answer_in_time_is_503_and_the_connection_lives) {
  IngestHarness ingest(
      one_route({{"request.timeout.ms", "150"}, {"route.sale.idempotency.key", "${value.id}"}}));
  ingest.hold();
  RawClient client(ingest.port());
  const Reply late = client.post("/sales", R"({"id":"1"})");
  EXPECT_EQ(late.status, 503);
  EXPECT_TRUE(late.has("Retry-After: "));
  EXPECT_EQ(client.post("/sales", R"({"id":"1"})").status, 409);  // it may still arrive
  ingest.release();
  EXPECT_EQ(client.post("/sales", R"({"id":"2"})").status, 201);
  const Reply again = client.post("/sales", R"({"id":"1"})");
  EXPECT_EQ(again.status, 201);
  EXPECT_TRUE(again.has("Idempotency-Replayed: true"));
  EXPECT_EQ(ingest.produced().size(), 2u);
}

TEST(IngestServer, refused_requests_reach_nobody_and_keep_the_connection) {
  const TempFile schema(
      R"({"type":"object","required":["id"],"properties":{"id":{"type":"string"}}})");
  IngestHarness ingest(one_route({{"topic.schemas", "sales=" + schema.path()}}));
  RawClient client(ingest.port());
  EXPECT_EQ(client.post("/nowhere", "{}").status, 404);
  EXPECT_EQ(client.post("/sales", "{").status, 400);
  const Reply wrong = client.post("/sales", R"({"id":1})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(wrong.has("Content-Type: application/problem+json"));
  EXPECT_NE(wrong.body.find("\"pointer\":\"/id\""), std::string::npos);
  EXPECT_EQ(client.post("/sales", R"({"id":"1"})").status, 201);
  EXPECT_EQ(ingest.produced().size(), 1u);
  EXPECT_EQ(ingest.host().metric_sum("weir_http_ingest_requests_total{route=sale,status=422}"), 1);
  EXPECT_EQ(ingest.host().last_metric("weir_http_ingest_port{listener=0}"), ingest.port());
}

TEST(IngestServer, request_ids_are_taken_or_made_and_traces_passed_on) {
  IngestHarness ingest(one_route());
  RawClient client(ingest.port());
  const Reply reply = client.post("/sales", R"({"id":"1"})",
                                  "X-Request-Id: till-7.42\r\ntraceparent: 00-aa-bb-01\r\n");
  EXPECT_TRUE(reply.has("X-Request-Id: till-7.42\r\n"));
  EXPECT_EQ(ingest.produced()[0].headers.at("traceparent"), "00-aa-bb-01");
  EXPECT_FALSE(
      client.post("/sales", R"({"id":"2"})", "X-Request-Id: a b\r\n").has("X-Request-Id: a b"));
}

TEST(IngestServer, what_is_held_is_bounded) {
  IngestHarness ingest(one_route({{"max.inflight.bytes", "1000"}}));
  ingest.hold();
  const std::string body = R"({"id":")" + std::string(600, 'x') + R"("})";
  RawClient first(ingest.port());
  first.send(RawClient::request("/sales", body));
  ASSERT_TRUE(ingest.wait_for(1));
  RawClient second(ingest.port());
  const Reply busy = second.post("/sales", body);
  EXPECT_EQ(busy.status, 503);
  EXPECT_TRUE(busy.has("Retry-After: 1"));
  ingest.release();
  EXPECT_EQ(first.receive().status, 201);
  RawClient third(ingest.port());
  EXPECT_EQ(third.post("/sales", body).status, 201);
}

TEST(IngestServer, too_many_connections_are_told_so) {
  IngestHarness ingest(one_route({{"max.connections", "2"}}));
  RawClient a(ingest.port());
  RawClient b(ingest.port());
  EXPECT_EQ(a.post("/sales", R"({"id":"1"})").status, 201);
  EXPECT_EQ(b.post("/sales", R"({"id":"2"})").status, 201);
  RawClient c(ingest.port());
  EXPECT_EQ(c.receive().status, 503);
  EXPECT_TRUE(c.closed());
  EXPECT_EQ(a.post("/sales", R"({"id":"3"})").status, 201);
}

TEST(IngestServer, accepted_mode_answers_202_before_kafka) {
  IngestHarness ingest(one_route({{"response.mode", "accepted"}}));
  ingest.hold();
  RawClient client(ingest.port());
  const Reply reply = client.post("/sales", R"({"id":"1"})");
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, R"({"topic":"sales","partition":null,"offset":null,"key":"S-1"})");
  ASSERT_TRUE(ingest.wait_for(1));
}

TEST(IngestServer, a_stop_finishes_what_is_in_flight_and_closes) {
  IngestHarness ingest(one_route());
  RawClient idle(ingest.port());
  EXPECT_EQ(idle.post("/sales", R"({"id":"0"})").status, 201);
  ingest.hold();
  RawClient busy(ingest.port());
  busy.send(RawClient::request("/sales", R"({"id":"1"})"));
  ASSERT_TRUE(ingest.wait_for(2));
  ingest.shut_down();
  const Reply reply = busy.receive();
  EXPECT_EQ(reply.status, 201);
  EXPECT_TRUE(reply.closes);
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(idle.closed());
}

TEST(IngestServer, a_task_that_fails_leaves_no_caller_without_an_answer) {
  IngestHarness ingest(one_route());
  ingest.hold();
  RawClient client(ingest.port());
  client.send(RawClient::request("/sales", R"({"id":"1"})"));
  ASSERT_TRUE(ingest.wait_for(1));
  ingest.shut_down(true);
  const Reply reply = client.receive();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.closes);
}

TEST(IngestServer, many_connections_on_several_threads) {
  IngestHarness ingest(one_route({{"server.threads", "2"}}));
  constexpr int kClients = 16;
  constexpr int kEach = 50;
  std::vector<std::jthread> threads;
  std::atomic<int> good{0};
  for (int c = 0; c < kClients; ++c) {
    threads.emplace_back([&, c] {
      RawClient client(ingest.port());
      for (int i = 0; i < kEach; ++i) {
        const std::string id = std::to_string(c) + "-" + std::to_string(i);
        const Reply reply = client.post("/sales", R"({"id":")" + id + R"("})");
        good +=
            reply.status == 201 && reply.body.find("\"S-" + id + "\"") != std::string::npos ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, kClients * kEach);
  EXPECT_EQ(ingest.produced().size(), static_cast<std::size_t>(kClients * kEach));
}

TEST(IngestServer, a_caller_that_leaves_hurts_nobody) {
  IngestHarness ingest(one_route());
  ingest.hold();
  {
    RawClient gone(ingest.port());
    gone.send(RawClient::request("/sales", R"({"id":"1"})"));
    ASSERT_TRUE(ingest.wait_for(1));
  }
  ingest.release();
  RawClient client(ingest.port());
  EXPECT_EQ(client.post("/sales", R"({"id":"2"})").status, 201);
}

TEST(IngestServer, a_port_that_is_taken_is_retriable) {
  IngestHarness ingest(one_route());
  ConfigProblems problems;
  ConfigMap config = one_route({{"auth.methods", "none"}});
  config["listeners"] = "http://127.0.0.1:" + std::to_string(ingest.port());
  const Config parsed = describe_config().parse(config, problems);
  testing::FakeTask host;
  HttpIngestSource second(parsed, host.task());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::retriable);
}

}  // namespace
}  // namespace weir::connectors::http_ingest
