// What clients do wrong on the wire, by malice or by accident. After each the server must still
// serve.
#include <gtest/gtest.h>

#include <string>

#include "ingest_harness.hpp"

namespace weir::connectors::http_ingest {
namespace {

class IngestProtocol : public ::testing::Test {
 protected:
  /// The answer to these bytes on a connection of their own.
  Reply raw(std::string_view bytes) {
    RawClient client(ingest_.port());
    client.send(bytes);
    return client.receive();
  }
  void TearDown() override {
    RawClient client(ingest_.port());
    EXPECT_EQ(client.post("/sales", R"({"id":"alive"})").status, 201);
  }

  IngestHarness ingest_{one_route({{"header.timeout.ms", "200"},
                                   {"request.timeout.ms", "400"},
                                   {"idle.timeout.ms", "300"},
                                   {"request.max.bytes", "4096"}})};
};

constexpr std::string_view kHead =
    "POST /sales HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
std::string with(std::string_view more) { return std::string(kHead) + std::string(more); }

TEST_F(IngestProtocol, slow_headers_are_cut_off) {
  RawClient client(ingest_.port());
  client.send("POST /sales HTTP/1.1\r\nHos");
  EXPECT_EQ(client.receive().status, 408);
  EXPECT_TRUE(client.closed());
}

TEST_F(IngestProtocol, a_slow_body_is_cut_off) {
  RawClient client(ingest_.port());
  client.send(with("Content-Length: 100\r\n\r\n{\"id\":"));
  const Reply reply = client.receive();
  EXPECT_EQ(reply.status, 408);
  EXPECT_TRUE(reply.closes);
  EXPECT_TRUE(client.closed());
}

TEST_F(IngestProtocol, an_idle_connection_is_closed_without_a_word) {
  RawClient client(ingest_.port());
  EXPECT_TRUE(client.closed());
}

TEST_F(IngestProtocol, pipelined_requests_are_answered_in_order) {
  RawClient client(ingest_.port());
  std::string bytes;
  for (int i = 0; i < 20; ++i) {
    bytes += RawClient::request(i % 5 == 4 ? "/nowhere" : "/sales",
                                R"({"id":")" + std::to_string(i) + R"("})");
  }
  client.send(bytes);
  for (int i = 0; i < 20; ++i) {
    const Reply reply = client.receive();
    if (i % 5 == 4) {
      EXPECT_EQ(reply.status, 404);
    } else {
      EXPECT_EQ(reply.status, 201);
      EXPECT_NE(reply.body.find("\"S-" + std::to_string(i) + "\""), std::string::npos);
    }
  }
}

TEST_F(IngestProtocol, both_lengths_are_refused_and_the_connection_closed) {
  for (const char* both :
       {"Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 10\r\n\r\n",
        "Content-Length: 10\r\nContent-Length: 11\r\n\r\n", "Content-Length: -1\r\n\r\n",
        "Transfer-Encoding: gzip\r\n\r\n", "Transfer-Encoding: chunked, gzip\r\n\r\n"}) {
    const Reply reply = raw(with(both) + "0\r\n\r\n");
    EXPECT_EQ(reply.status, 400) << both;
    EXPECT_TRUE(reply.closes) << both;
  }
}

TEST_F(IngestProtocol, line_feeds_alone_and_nonsense_are_not_http) {
  EXPECT_EQ(raw("POST /sales HTTP/1.1\nHost: x\n\n").status, 400);
  EXPECT_EQ(raw("\x16\x03\x01\x02\x01\x01 hello tls\r\n\r\n").status, 400);
  EXPECT_EQ(raw("POST /sales HTTP/1.1\r\nBad Header: x\r\n\r\n").status, 400);
  EXPECT_EQ(raw("POST /sales HTTP/9.9\r\n\r\n").status, 400);
}

TEST_F(IngestProtocol, lengths_that_are_missing_or_too_long) {
  EXPECT_EQ(raw(with("\r\n")).status, 411);
  const Reply declared = raw(with("Content-Length: 104857600\r\n\r\n{"));
  EXPECT_EQ(declared.status, 413);
  EXPECT_TRUE(declared.closes);
  RawClient client(ingest_.port());
  std::string chunked = with("Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 8; ++i) {
    chunked += "400\r\n" + std::string(1024, ' ') + "\r\n";
  }
  client.send(chunked);
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(IngestProtocol, a_hundred_megabytes_on_one_line_are_not_taken_in) {
  RawClient client(ingest_.port());
  client.send(with("Content-Length: 104857600\r\n\r\n"));
  const std::string block(1024 * 1024, 'x');
  for (int i = 0; i < 100 && client.send(block); ++i) {
  }
  RawClient header(ingest_.port());
  header.send("POST /");
  for (int i = 0; i < 100 && header.send(block); ++i) {
  }
}

TEST_F(IngestProtocol, long_headers_are_431) {
  EXPECT_EQ(raw(with("X-Long: " + std::string(20'000, 'x') + "\r\n\r\n")).status, 431);
  EXPECT_EQ(raw("GET /" + std::string(20'000, 'x')).status, 431);
}

TEST_F(IngestProtocol, chunked_bodies_are_taken) {
  const Reply reply =
      raw(with("Transfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n7;ext=1\r\n\":\"7\"} "
               "\r\n0\r\nTrailer: x\r\n\r\n"));
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(ingest_.produced().back().value, "{\"id\":\"7\"} ");
}

TEST_F(IngestProtocol, bad_chunks_are_refused) {
  EXPECT_EQ(raw(with("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")).status, 400);
  EXPECT_EQ(raw(with("Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}")).status, 400);
  const Reply extension =
      raw(with("Transfer-Encoding: chunked\r\n\r\n2;x=" + std::string(200'000, 'e') +
               "\r\n{}\r\n0\r\n\r\n"));
  EXPECT_GE(extension.status, 400);
  EXPECT_LT(extension.status, 500);
}

TEST_F(IngestProtocol, bodies_that_are_not_acceptable_json) {
  RawClient client(ingest_.port());
  const std::string deep = R"({"id":)" + std::string(100, '[') + std::string(100, ']') + "}";
  for (const std::string& body :
       {std::string("{\"id\":\"\xFF\"}"), std::string(R"({"id":"1","id":"2"})"), deep,
        std::string(R"({"id":"\u0000"})"), std::string(R"({"id":"\ud800"})"),
        std::string(R"({"id":1e999})"), std::string(R"({"id":"1)"), std::string()}) {
    const Reply reply = client.post("/sales", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_FALSE(reply.closes);
  }
  EXPECT_EQ(client.post("/sales", R"({"id":"x","n":-0})").status, 201);
  EXPECT_EQ(ingest_.produced().back().value, R"({"id":"x","n":-0})");
}

TEST_F(IngestProtocol, a_body_that_ends_early_reaches_nobody) {
  {
    RawClient client(ingest_.port());
    client.send(with("Content-Length: 100\r\n\r\n{\"id\":\"cut\"}"));
  }
  RawClient client(ingest_.port());
  EXPECT_EQ(client.post("/sales", R"({"id":"1"})").status, 201);
  EXPECT_EQ(ingest_.produced().size(), 1u);
}

TEST_F(IngestProtocol, continue_is_said_only_after_the_checks) {
  RawClient client(ingest_.port());
  client.send(with("Content-Length: 10\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.receive().status, 100);
  client.send(R"({"id":"7"})");
  EXPECT_EQ(client.receive().status, 201);
  RawClient refused(ingest_.port());
  refused.send(
      "POST /sales HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: "
      "10\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.receive().status, 415);
  EXPECT_TRUE(refused.closed());
}

TEST_F(IngestProtocol, an_answer_to_head_has_no_body) {
  RawClient client(ingest_.port());
  client.send(
      "HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  const Reply head = client.receive(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 17"));
  EXPECT_EQ(client.receive().body, "{\"status\":\"live\"}");
}

TEST_F(IngestProtocol, http_1_0_is_understood) {
  RawClient client(ingest_.port());
  client.send(
      "POST /sales HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: "
      "10\r\n\r\n{\"id\":\"7\"}");
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_TRUE(client.closed());
  RawClient kept(ingest_.port());
  kept.send("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.receive().has("Connection: keep-alive"));
  kept.send("GET /health/live HTTP/1.0\r\n\r\n");
  EXPECT_EQ(kept.receive().status, 200);
}

}  // namespace
}  // namespace weir::connectors::http_ingest
