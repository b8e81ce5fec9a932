#include "gateway.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "temp_file.hpp"

namespace weir::connectors::http_ingest {
namespace {

constexpr std::string_view kSchema =
    R"({"type":"object","required":["id"],"properties":{"id":{"type":"string"}}})";

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest()
      : schema_(kSchema),
        keys_(key_line("till", "till-key", "::sales") + key_line("all", "all-key", "::*")) {
    config_ = {{"routes", "sale"},
               {"route.sale.path", "/v1/sales"},
               {"route.sale.topic", "sales"},
               {"route.sale.key", "S-${value.id}"},
               {"route.sale.idempotency.key", "${value.msgId|value.id}"},
               {"route.sale.headers.forward", "X-Till"},
               {"topic.schemas", "sales=" + schema_.path()},
               {"auth.api.keys.file", keys_.path()}};
  }
  static std::string key_line(const std::string& id, const std::string& key,
                              const std::string& rest) {
    std::string hex;
    for (const unsigned char c : sha256(key)) {
      constexpr char kHex[] = "0123456789abcdef";
      hex += kHex[c >> 4];
      hex += kHex[c & 15];
    }
    return id + ":" + hex + rest + "\n";
  }
  Gateway& gateway() {
    if (!gateway_) {
      ConfigProblems problems;
      const Config config = describe_config().parse(config_, problems);
      EXPECT_TRUE(problems.empty()) << problems[0].message;
      auto made = Gateway::make(config, "cluster", [](bool, const std::string&) {});
      EXPECT_TRUE(made) << made.error().message;
      gateway_ = std::move(*made);
    }
    return *gateway_;
  }
  static Fields good() {
    Fields f;
    f.set("X-API-Key", "till-key");
    f.set("Content-Type", "application/json; charset=UTF-8");
    return f;
  }
  int status(const Head& head) {
    auto admitted = gateway().admit(head);
    const auto* answer = std::get_if<Answer>(&admitted);
    return answer == nullptr ? 0 : answer->status;
  }
  std::variant<Answer, std::shared_ptr<Exchange>> post(const std::string& body,
                                                       const Fields& fields) {
    auto admitted = gateway().admit({"POST", "/v1/sales", fields, body.size(), false});
    EXPECT_TRUE(std::holds_alternative<Admission>(admitted));
    return gateway().accept(std::get<Admission>(admitted), fields, body);
  }
  Answer refused(const std::string& body, const Fields& fields = good()) {
    auto result = post(body, fields);
    return std::holds_alternative<Answer>(result) ? std::get<Answer>(result) : Answer{};
  }
  std::shared_ptr<Exchange> taken(const std::string& body, const Fields& fields = good()) {
    auto result = post(body, fields);
    if (auto* answer = std::get_if<Answer>(&result)) {
      ADD_FAILURE() << answer->status << " " << answer->body;
      return nullptr;
    }
    return std::get<std::shared_ptr<Exchange>>(result);
  }
  void deliver(Exchange& exchange, std::int32_t partition, std::int64_t offset) {
    exchange.records[0].landed_partition = partition;
    exchange.records[0].landed_offset = offset;
    gateway().settled(exchange);
  }

  TempFile schema_;
  TempFile keys_;
  ConfigMap config_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(GatewayTest, checks_run_in_order_and_the_first_that_fails_answers) {
  Fields none;
  EXPECT_EQ(status({"POST", "/nowhere", none, 5, false}), 404);
  EXPECT_EQ(status({"GET", "/v1/sales", none, 5, false}), 405);
  EXPECT_EQ(status({"POST", "/v1/sales", none, 5, false}), 401);
  Fields f = good();
  f.set("X-API-Key", "wrong");
  EXPECT_EQ(status({"POST", "/v1/sales", f, 5, false}), 401);
  f = good();
  f.set("Content-Type", "text/plain");
  EXPECT_EQ(status({"POST", "/v1/sales", f, 5, false}), 415);
  f.set("Content-Type", "application/json; charset=latin1");
  EXPECT_EQ(status({"POST", "/v1/sales", f, 5, false}), 415);
  f = good();
  f.set("Content-Encoding", "gzip");
  EXPECT_EQ(status({"POST", "/v1/sales", f, 5, false}), 415);
  f = good();
  EXPECT_EQ(status({"POST", "/v1/sales", f, std::nullopt, false}), 411);
  EXPECT_EQ(status({"POST", "/v1/sales", f, 1048577, false}), 413);
  EXPECT_EQ(status({"POST", "/v1/sales", f, 1048576, false}), 0);
  EXPECT_EQ(status({"POST", "/v1/sales?x=1", f, std::nullopt, true}), 0);
  f.set("Expect", "200-maybe");
  EXPECT_EQ(status({"POST", "/v1/sales", f, 5, false}), 417);
  f = good();
  f.set("Transfer-Encoding", "gzip");
  EXPECT_EQ(status({"POST", "/v1/sales", f, std::nullopt, false}), 400);
}

TEST_F(GatewayTest, a_401_and_a_405_say_what_would_be_right) {
  Fields none;
  auto answer = std::get<Answer>(gateway().admit({"POST", "/v1/sales", none, 5, false}));
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].first, "WWW-Authenticate");
  EXPECT_EQ(answer.content_type, "application/problem+json");
  answer = std::get<Answer>(gateway().admit({"PUT", "/v1/sales", none, 5, false}));
  EXPECT_EQ(answer.headers[0].second, "POST");
}

TEST_F(GatewayTest, a_key_may_write_its_topics_only) {
  config_["routes"] = "sale,other";
  config_["route.other.path"] = "/v1/other";
  config_["route.other.topic"] = "other";
  Fields f = good();
  EXPECT_EQ(status({"POST", "/v1/other", f, 5, false}), 403);
  f.set("X-API-Key", "all-key");
  EXPECT_EQ(status({"POST", "/v1/other", f, 5, false}), 0);
}

TEST_F(GatewayTest, the_body_passes_on_as_it_came) {
  const std::string body = "{ \"id\" : \"7\",\n \"x\": 1.50 }";
  Fields f = good();
  f.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  f.set("x-till", "T1");
  const auto exchange = taken(body, f);
  ASSERT_NE(exchange, nullptr);
  ASSERT_EQ(exchange->records.size(), 1u);
  const OutRecord& record = exchange->records[0];
  EXPECT_EQ(record.topic, "sales");
  EXPECT_EQ(record.key, "S-7");
  EXPECT_EQ(record.value, body);
  ASSERT_EQ(record.headers.size(), 2u);
  EXPECT_EQ(record.headers[0].second, "T1");
  EXPECT_EQ(record.headers[1].first, "traceparent");
}

TEST_F(GatewayTest, bad_json_is_400_and_a_broken_schema_422_with_pointers) {
  EXPECT_EQ(refused("{").status, 400);
  EXPECT_EQ(refused(R"({"id":"1","id":"2"})").status, 400);
  const Answer answer = refused(R"({"id":7})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  const auto body = boost::json::parse(answer.body);
  EXPECT_EQ(body.at("status").as_int64(), 422);
  EXPECT_EQ(body.at("errors").at(0).at("pointer").as_string(), "/id");
  EXPECT_EQ(body.at("errors").at(0).at("keyword").as_string(), "type");
}

TEST_F(GatewayTest, a_key_that_cannot_be_made_is_422) {
  config_["route.sale.key"] = "${value.missing}";
  const Answer answer = refused(R"({"id":"7"})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("${value.missing}"), std::string::npos);
}

TEST_F(GatewayTest, the_answer_says_where_the_record_is) {
  const auto exchange = taken(R"({"id":"7\"x"})");
  deliver(*exchange, 2, 1234567890123);
  const Answer answer = gateway().answer(*exchange);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body,
            R"({"topic":"sales","partition":2,"offset":1234567890123,"key":"S-7\"x"})");
}

TEST_F(GatewayTest, a_failure_of_kafka_is_503_and_a_refused_record_422) {
  const auto exchange = taken(R"({"id":"7"})");
  exchange->records[0].code = Errc::retriable;
  exchange->records[0].message = "Local: Message timed out";
  gateway().settled(*exchange);
  Answer answer = gateway().answer(*exchange);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers[0].first, "Retry-After");
  const auto again = taken(R"({"id":"7"})");  // it may be tried again
  ASSERT_NE(again, nullptr);
  again->records[0].code = Errc::bad_record;
  EXPECT_EQ(gateway().answer(*again).status, 422);
}

TEST_F(GatewayTest, the_same_request_again_gets_the_same_answer) {
  const auto first = taken(R"({"id":"7","msgId":"m1"})");
  EXPECT_EQ(refused(R"({"id":"7","msgId":"m1"})").status, 409);
  deliver(*first, 1, 5);
  const Answer again = refused(R"({"id":"7","msgId":"m1"})");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, gateway().answer(*first).body);
  ASSERT_EQ(again.headers.size(), 1u);
  EXPECT_EQ(again.headers[0].first, "Idempotency-Replayed");
  EXPECT_EQ(refused(R"({"id":"8","msgId":"m1"})").status, 422);
  EXPECT_NE(taken(R"({"id":"8","msgId":"m2"})"), nullptr);
}

TEST_F(GatewayTest, the_header_goes_before_the_template_and_keys_are_per_caller) {
  Fields f = good();
  f.set("Idempotency-Key", "k1");
  const auto first = taken(R"({"id":"7"})", f);
  EXPECT_EQ(refused(R"({"id":"7"})", f).status, 409);
  EXPECT_NE(taken(R"({"id":"7"})"), nullptr);  // another key: the template's
  f.set("X-API-Key", "all-key");
  EXPECT_NE(taken(R"({"id":"7"})", f), nullptr);  // another caller
  f = good();
  f.set("Idempotency-Key", std::string(300, 'x'));
  EXPECT_EQ(refused(R"({"id":"9"})", f).status, 400);
}

TEST_F(GatewayTest, validation_can_be_switched_off) {
  config_["validation.mode"] = "off";
  config_["route.sale.key"] = "";
  config_["route.sale.idempotency.key"] = "";
  const auto exchange = taken(R"([1])");
  ASSERT_NE(exchange, nullptr);
  EXPECT_EQ(exchange->records[0].key, std::nullopt);
  EXPECT_EQ(refused("[1").status, 400);
}

TEST_F(GatewayTest, timestamps_come_from_the_document) {
  config_["route.sale.timestamp"] = "${value.at}";
  EXPECT_EQ(taken(R"({"id":"1","at":"2026-03-13T16:52:45+10:00"})")->records[0].timestamp,
            1773384765000);
  EXPECT_EQ(taken(R"({"id":"2","at":1773384765000})")->records[0].timestamp, 1773384765000);
  EXPECT_EQ(refused(R"({"id":"3","at":"yesterday"})").status, 422);
}

TEST_F(GatewayTest, health_follows_the_worker) {
  Fields none;
  auto ready = [&] {
    return std::get<Answer>(gateway().admit({"GET", "/health/ready", none, {}, false})).status;
  };
  EXPECT_EQ(status({"GET", "/health/live", none, {}, false}), 200);
  EXPECT_EQ(ready(), 503);
  gateway().health().polled_at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count();
  EXPECT_EQ(ready(), 200);
  gateway().health().inflight_bytes = 250 * 1024 * 1024;
  EXPECT_EQ(ready(), 503);
  gateway().health().inflight_bytes = 0;
  gateway().health().draining = true;
  EXPECT_EQ(ready(), 503);
}

TEST_F(GatewayTest, the_openapi_document_has_the_routes_and_schemas) {
  Fields none;
  const Answer answer =
      std::get<Answer>(gateway().admit({"GET", "/openapi.json", none, {}, false}));
  EXPECT_EQ(answer.status, 200);
  const auto document = boost::json::parse(answer.body);
  const auto& post = document.at("paths").at("/v1/sales").at("post");
  EXPECT_EQ(post.at("requestBody")
                .at("content")
                .at("application/json")
                .at("schema")
                .at("required")
                .at(0)
                .as_string(),
            "id");
  EXPECT_TRUE(post.at("responses").as_object().contains("201"));
}

TEST(GatewayMake, missing_files_are_all_named) {
  ConfigProblems problems;
  const Config config = describe_config().parse({{"routes", "a"},
                                                 {"route.a.path", "/a"},
                                                 {"route.a.topic", "a"},
                                                 {"route.a.schema", "/nowhere/a.json"},
                                                 {"topic.schemas", "a=/nowhere/b.json"},
                                                 {"auth.api.keys.file", "/nowhere/keys"}},
                                                problems);
  ASSERT_TRUE(problems.empty());
  const auto made = Gateway::make(config, "c", [](bool, const std::string&) {});
  ASSERT_FALSE(made);
  for (const char* file : {"/nowhere/a.json", "/nowhere/b.json", "/nowhere/keys"}) {
    EXPECT_NE(made.error().message.find(file), std::string::npos) << file;
  }
}

}  // namespace
}  // namespace weir::connectors::http_ingest
