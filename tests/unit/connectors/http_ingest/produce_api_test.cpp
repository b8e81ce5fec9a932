// The produce APIs: requests and answers as Confluent documents them.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <functional>
#include <memory>
#include <string>

#include "gateway.hpp"
#include "temp_file.hpp"

namespace weir::connectors::http_ingest {
namespace {

class ProduceApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ConfigProblems problems;
    const Config config =
        describe_config().parse({{"auth.methods", "none"},
                                 {"api.topics.allow", "jsontest,open.*"},
                                 {"topic.schemas", "open.strict=" + schema_.path()}},
                                problems);
    ASSERT_TRUE(problems.empty()) << problems[0].message;
    auto made = Gateway::make(config, "cluster-1", [](bool, const std::string&) {});
    ASSERT_TRUE(made) << made.error().message;
    gateway_ = std::move(*made);
  }
  /// The records' fates are "partition 0, offset i" unless `settle` changes them.
  Answer post(const std::string& path, const std::string& body, const std::string& type,
              const std::function<void(Exchange&)>& settle = {}) {
    Fields fields;
    fields.set("Content-Type", type);
    auto admitted = gateway_->admit({"POST", path, fields, body.size(), false});
    if (auto* answer = std::get_if<Answer>(&admitted)) {
      return *answer;
    }
    auto accepted = gateway_->accept(std::get<Admission>(admitted), fields, body);
    if (auto* answer = std::get_if<Answer>(&accepted)) {
      return *answer;
    }
    last_ = std::get<std::shared_ptr<Exchange>>(accepted);
    std::int64_t offset = 0;
    for (OutRecord& record : last_->records) {
      if (!record.refused) {
        record.landed_partition = record.partition.value_or(0);
        record.landed_offset = offset++;
      }
    }
    if (settle) {
      settle(*last_);
    }
    return gateway_->answer(*last_);
  }

  static constexpr const char* kJson = "application/vnd.kafka.json.v2+json";
  static constexpr const char* kBinary = "application/vnd.kafka.binary.v2+json";
  TempFile schema_{R"({"type":"object","required":["id"]})"};
  std::unique_ptr<Gateway> gateway_;
  std::shared_ptr<Exchange> last_;
};

TEST_F(ProduceApiTest, v2_json) {
  const Answer answer = post(
      "/topics/jsontest",
      R"({"records":[{"key":"somekey","value":{"foo": "bar"}},{"value":[ "foo", 1.50 ],"partition":1},{"value":53.5}]})",
      kJson);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/vnd.kafka.v2+json");
  EXPECT_EQ(
      answer.body,
      R"({"offsets":[{"partition":0,"offset":0,"error_code":null,"error":null},{"partition":1,"offset":1,"error_code":null,"error":null},{"partition":0,"offset":2,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null})");
  ASSERT_EQ(last_->records.size(), 3u);
  EXPECT_EQ(last_->records[0].key, "\"somekey\"");
  EXPECT_EQ(boost::json::parse(*last_->records[0].value), boost::json::parse(R"({"foo":"bar"})"));
  EXPECT_EQ(last_->records[1].partition, 1);
  EXPECT_EQ(last_->records[2].value, "53.5");
}

TEST_F(ProduceApiTest, v2_binary_and_the_partition_of_the_path) {
  const Answer answer = post(
      "/topics/jsontest/partitions/3",
      R"({"records":[{"key":"a2V5","value":"Y29uZmx1ZW50"},{"value":"a2Fma2E=","partition":1},{"value":null}]})",
      kBinary);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(last_->records[0].key, "key");
  EXPECT_EQ(last_->records[0].value, "confluent");
  EXPECT_EQ(last_->records[0].partition, 3);
  EXPECT_EQ(last_->records[1].value, "kafka");
  EXPECT_EQ(last_->records[1].partition, 1);
  EXPECT_EQ(last_->records[2].value, std::nullopt);
}

TEST_F(ProduceApiTest, v2_failures_of_kafka_stand_beside_the_successes) {
  const Answer answer =
      post("/topics/jsontest", R"({"records":[{"value":1},{"value":2}]})", kJson, [](Exchange& e) {
        e.records[1].code = Errc::retriable;
        e.records[1].message = "timed out";
      });
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(
                R"({"partition":null,"offset":null,"error_code":50003,"error":"timed out"})"),
            std::string::npos);
}

TEST_F(ProduceApiTest, v2_refusals) {
  auto code = [](const Answer& answer) {
    return std::pair(answer.status, boost::json::parse(answer.body).at("error_code").as_int64());
  };
  using P = std::pair<int, std::int64_t>;
  EXPECT_EQ(code(post("/topics/closed", R"({"records":[{"value":1}]})", kJson)), P(403, 40301));
  EXPECT_EQ(code(post("/topics/jsontest", "{", kJson)), P(400, 400));
  EXPECT_EQ(code(post("/topics/jsontest", R"({"records":[{"value":1,"value":2}]})", kJson)),
            P(400, 400));
  EXPECT_EQ(code(post("/topics/jsontest", R"({"rcords":[]})", kJson)), P(422, 42206));
  EXPECT_EQ(code(post("/topics/jsontest", R"({"records":[]})", kJson)), P(422, 42208));
  EXPECT_EQ(code(post("/topics/jsontest", R"({"records":[{"value":"?"}]})", kBinary)),
            P(422, 42206));
  EXPECT_EQ(code(post("/topics/jsontest", R"({"records":[{"value":1,"partition":-1}]})", kJson)),
            P(422, 42206));
  EXPECT_EQ(code(post("/topics/jsontest/partitions/x", R"({"records":[{"value":1}]})", kJson)),
            P(404, 40402));
  EXPECT_EQ(code(post("/topics/jsontest", "{}", "application/vnd.kafka.avro.v2+json")),
            P(415, 415));
  EXPECT_EQ(code(post("/topics/a%2Fb", "{}", kJson)), P(404, 40401));
  EXPECT_EQ(
      code(post("/topics/open.strict", R"({"records":[{"value":{"id":1}},{"value":{}}]})", kJson)),
      P(422, 42205));
  EXPECT_EQ(code(post("/topics/open.strict", R"({"records":[{"value":"bm90IGpzb24="}]})", kBinary)),
            P(422, 42203));
}

TEST_F(ProduceApiTest, listings) {
  Fields none;
  auto get = [&](const char* path) {
    return std::get<Answer>(gateway_->admit({"GET", path, none, {}, false}));
  };
  EXPECT_EQ(get("/topics").body, R"(["jsontest"])");
  EXPECT_EQ(
      boost::json::parse(get("/v3/clusters").body).at("data").at(0).at("cluster_id").as_string(),
      "cluster-1");
  EXPECT_EQ(get("/v3/clusters/cluster-1").status, 200);
  EXPECT_EQ(get("/v3/clusters/other").status, 404);
  EXPECT_EQ(get("/v3").status, 404);
}

TEST_F(ProduceApiTest, v3_one_record) {
  const Answer answer = post(
      "/v3/clusters/cluster-1/topics/jsontest/records",
      R"({"partition_id":2,"headers":[{"name":"h","value":"dg=="}],"key":{"type":"STRING","data":"k"},"value":{"type":"JSON","data":{"a": 1}},"timestamp":"2026-03-13T16:52:45+10:00"})",
      "application/json");
  EXPECT_EQ(answer.status, 200) << answer.body;
  const auto body = boost::json::parse(answer.body);
  EXPECT_EQ(body.at("error_code").as_int64(), 200);
  EXPECT_EQ(body.at("topic_name").as_string(), "jsontest");
  EXPECT_EQ(body.at("partition_id").as_int64(), 2);
  EXPECT_EQ(body.at("key").at("size").as_int64(), 1);
  ASSERT_EQ(last_->records.size(), 1u);
  EXPECT_EQ(last_->records[0].key, "k");
  EXPECT_EQ(last_->records[0].timestamp, 1773384765000);
  ASSERT_EQ(last_->records[0].headers.size(), 1u);
  EXPECT_EQ(last_->records[0].headers[0].second, "v");
}

TEST_F(ProduceApiTest, v3_several_records_one_behind_the_other) {
  const Answer answer = post("/v3/clusters/cluster-1/topics/jsontest/records",
                             "{\"value\":{\"type\":\"STRING\",\"data\":\"a}{\"}}\n{\"value\":{"
                             "\"type\":\"AVRO\",\"data\":1}}\n"
                             "{\"value\":{\"type\":\"BINARY\",\"data\":\"Yg==\"}}",
                             "application/json");
  EXPECT_EQ(answer.status, 200);
  ASSERT_EQ(last_->records.size(), 3u);
  EXPECT_EQ(last_->records[0].value, "a}{");
  EXPECT_TRUE(last_->records[1].refused);
  EXPECT_EQ(last_->records[2].value, "b");
  EXPECT_NE(answer.body.find("\"error_code\":42206"), std::string::npos);
}

TEST_F(ProduceApiTest, v3_batch) {
  const std::string path = "/v3/clusters/cluster-1/topics/jsontest/records:batch";
  const Answer answer = post(
      path,
      R"({"entries":[{"id":"1","value":{"type":"STRING","data":"x"}},{"id":"2","value":{"type":"NONE","data":"x"}},{"id":"3","value":{"type":"STRING","data":"y"}}]})",
      "application/json", [](Exchange& e) {
        e.records[2].code = Errc::retriable;
        e.records[2].message = "away";
      });
  EXPECT_EQ(answer.status, 207);
  const auto body = boost::json::parse(answer.body);
  ASSERT_EQ(body.at("successes").as_array().size(), 1u);
  EXPECT_EQ(body.at("successes").at(0).at("id").as_string(), "1");
  ASSERT_EQ(body.at("failures").as_array().size(), 2u);
  EXPECT_EQ(body.at("failures").at(1).at("error_code").as_int64(), 50003);
  auto code = [](const Answer& a) {
    return boost::json::parse(a.body).at("error_code").as_int64();
  };
  EXPECT_EQ(code(post(path, R"({"entries":[]})", "application/json")), 42208);
  EXPECT_EQ(code(post(path, R"({"entries":[{"id":"1"},{"id":"1"}]})", "application/json")), 42208);
  EXPECT_EQ(code(post(path, R"({"entries":[{"value":{"type":"STRING","data":"x"}}]})",
                      "application/json")),
            42208);
}

}  // namespace
}  // namespace weir::connectors::http_ingest
