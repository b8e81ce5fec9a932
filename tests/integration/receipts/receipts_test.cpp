// The receipts platform end to end: real broker, PostgreSQL as warehouse and product source, partner simulators.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "integration/receipts/platform.hpp"
#include "support/topics.hpp"

namespace weir::test {
namespace {

struct Poison {
  std::string topic;
  std::string key;
  std::string value;
  std::string stage;   ///< where it must have failed
  std::string reason;  ///< part of the message
};

void write(const Platform& platform, const std::vector<Poison>& poisons) {
  TopicWriter writer(servers().kafka.bootstrap());
  for (const Poison& poison : poisons) {
    TopicRecord record;
    record.topic = platform.topic(poison.topic);
    record.partition = -1;
    record.timestamp = 1700000000123;
    record.key = poison.key;
    record.value = poison.value;
    record.headers = {{"traceparent", "00-a-b-01"}, {"traceparent", "00-c-d-01"}, {"empty", ""}, {"null", std::nullopt}};
    writer.write(record);
  }
  writer.flush();
}

// The dead letter of each poison: the bytes that came, the headers that came, and after them why.
void expect_dead_letters(Platform& platform, const std::string& connector, const std::vector<Poison>& poisons) {
  SCOPED_TRACE(connector);
  const std::string dlq = platform.topic("dlq." + (connector == "relay" ? "receipts-relay" : connector));
  std::vector<TopicRecord> letters;
  ASSERT_TRUE(eventually(std::chrono::seconds(30), [&] {
    letters = topic_exists(servers().kafka.bootstrap(), dlq) ? read_topic(servers().kafka.bootstrap(), dlq)
                                                            : std::vector<TopicRecord>();
    return letters.size() >= poisons.size();
  })) << letters.size()
      << " dead letters\n"
      << boost::json::serialize(
             platform.worker().status(platform.connector(connector == "relay" ? "receipts-relay" : connector)))
      << "\n"
      << platform.worker().metrics() << "\nend of the worker's log:\n"
      << tail(platform.worker().log());
  EXPECT_EQ(letters.size(), poisons.size());
  for (const Poison& poison : poisons) {
    SCOPED_TRACE(poison.key);
    const auto letter = std::find_if(letters.begin(), letters.end(), [&](const TopicRecord& r) { return r.key == poison.key; });
    ASSERT_NE(letter, letters.end());
    EXPECT_EQ(letter->value, poison.value);
    EXPECT_EQ(letter->timestamp, 1700000000123);
    ASSERT_GE(letter->headers.size(), 4U);
    EXPECT_EQ(letter->headers[0], (std::pair<std::string, std::optional<std::string>>("traceparent", "00-a-b-01")));
    EXPECT_EQ(letter->headers[1].second, "00-c-d-01");
    EXPECT_EQ(letter->headers[2].second, "");
    EXPECT_EQ(letter->headers[3].second, std::nullopt);
    const std::vector<TopicRecord> origin = read_topic(servers().kafka.bootstrap(), platform.topic(poison.topic));
    const auto source = std::find_if(origin.begin(), origin.end(), [&](const TopicRecord& r) { return r.key == poison.key; });
    ASSERT_NE(source, origin.end());
    EXPECT_EQ(letter->header("__connect.errors.topic"), source->topic);
    EXPECT_EQ(letter->header("__connect.errors.partition"), std::to_string(source->partition));
    EXPECT_EQ(letter->header("__connect.errors.offset"), std::to_string(source->offset));
    EXPECT_EQ(letter->header("__connect.errors.connector.name"),
              platform.connector(connector == "relay" ? "receipts-relay" : connector));
    EXPECT_EQ(letter->header("__connect.errors.task.id"), "0");
    EXPECT_EQ(letter->header("__connect.errors.stage"), poison.stage);
    EXPECT_NE(letter->header("__connect.errors.exception.message").value_or("").find(poison.reason), std::string::npos)
        << letter->header("__connect.errors.exception.message").value_or("no message");
  }
}

// Every invalid sample gets a 4xx that says what is wrong with it.
void expect_refusals(Platform& platform) {
  const std::map<std::string, std::pair<long, std::string>> answers = {
      {"truncated", {400, "JSON"}},        {"missing_storeNo", {422, "storeNo"}}, {"total_is_text", {422, "/totCents"}},
      {"items_empty", {422, "/items"}},    {"unknown_txnType", {422, "/txnType"}}, {"bad_timestamp", {422, "/txnTs"}},
      {"bad_mobile", {422, "/cust/mobile"}},
  };
  const std::map<std::string, std::string> samples = invalid_sales();
  EXPECT_EQ(samples.size(), answers.size());
  const std::string key = "X-API-Key: " + platform.api_key();
  for (const auto& [name, body] : samples) {
    SCOPED_TRACE(name);
    const auto answer = answers.find(name);
    ASSERT_NE(answer, answers.end());
    const HttpResponse response = platform.ingest().post("/v1/store/transactions", body, {key});
    EXPECT_EQ(response.status, answer->second.first) << response.body;
    EXPECT_NE(response.body.find(answer->second.second), std::string::npos) << response.body;
    EXPECT_EQ(response.header("content-type"), "application/problem+json");
  }
  const std::string sale = generate_sales(20, 99).sales[0].body;
  EXPECT_EQ(platform.ingest().post("/v1/store/transactions", sale).status, 401);
  EXPECT_EQ(platform.ingest().post("/v1/store/transactions", sale, {"X-API-Key: wrong"}).status, 401);
  EXPECT_EQ(platform.ingest().post("/v1/store/nothing", sale, {key}).status, 404);
  EXPECT_EQ(platform.ingest().get("/v1/store/transactions", {key}).status, 405);
}

std::int64_t records_of(const Platform& platform, const std::string& topic) {
  std::int64_t sum = 0;
  for (const auto& [partition, end] : end_offsets(servers().kafka.bootstrap(), platform.topic(topic))) {
    sum += end;
  }
  return sum;
}

class Receipts : public testing::TestWithParam<int> {};

TEST_P(Receipts, EverySaleArrivesWhereItBelongs) {
  Platform platform({.name = "seed" + std::to_string(GetParam())});
  const Expectation expected = generate_sales(2000, GetParam());
  const std::vector<Poison> raw = {
      {"store.transactions", "cut", R"({"storeNo":"1045","items":[)", "VALUE_CONVERTER", ""},
      {"store.transactions", "bytes", std::string("\xff\xfe\x00garbage", 10), "VALUE_CONVERTER", ""},
      {"store.transactions", "empty sale", R"({"storeNo":"1045","hello":"w\u00f6rld"})", "TRANSFORMATION", "/items"},
      {"online.orders", "no lines", R"({"schema":"online-order/2","invoiceId":"INV1"})", "TRANSFORMATION", ""},
  };
  const std::vector<Poison> neutral = {
      {"receipts.enriched", "not JSON", "receipt", "VALUE_CONVERTER", ""},
      {"receipts.enriched", "not a receipt", R"({"id":"S-1","items":7})", "TRANSFORMATION", ""},
  };

  const std::size_t half = expected.sales.size() / 2;
  PosterReport first = platform.post({expected.sales.begin(), expected.sales.begin() + static_cast<long>(half)});
  write(platform, raw);
  write(platform, neutral);
  expect_refusals(platform);
  PosterReport second = platform.post({expected.sales.begin() + static_cast<long>(half), expected.sales.end()});
  EXPECT_EQ(first.acknowledged() + second.acknowledged(), 2000U);
  EXPECT_EQ(first.tries_again + second.tries_again, 0U);

  platform.expect_delivered(expected, std::chrono::seconds(60));
  expect_dead_letters(platform, "relay", raw);
  expect_dead_letters(platform, "onepass", neutral);
  expect_dead_letters(platform, "slyp", neutral);
  expect_dead_letters(platform, "warehouse", neutral);
  // What was refused has left no trace, and nothing was stored twice.
  EXPECT_EQ(records_of(platform, "store.transactions") + records_of(platform, "online.orders"), 2004);
  EXPECT_EQ(platform.onepass().stats().at("repeats").to_number<int>(), 0);
  EXPECT_EQ(platform.slyp().stats().at("repeats").to_number<int>(), 0);
  // Sinks have committed what they settled.
  for (const char* sink : {"onepass", "slyp", "warehouse"}) {
    const auto lag = [&] { return group_lag(servers().kafka.bootstrap(), platform.group(sink), platform.topic("receipts.enriched")); };
    // A transaction marker at the end of each partition may stay uncounted.
    EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] { return lag() <= 4; })) << sink << " " << lag();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Receipts, testing::Values(11, 2026), [](const auto& seed) { return "seed" + std::to_string(seed.param); });

TEST(Products, TheirRangeIsInACompactedTopic) {
  Platform platform({.name = "products"});
  Sql sql(platform.odbc());
  const auto newest = [&] {
    std::map<std::string, std::optional<std::string>> rows;
    for (const TopicRecord& r : read_topic(servers().kafka.bootstrap(), platform.topic("reference.products"))) {
      rows[r.key.value_or("")] = r.value;
    }
    return rows;
  };
  ASSERT_TRUE(eventually(std::chrono::seconds(30), [&] {
    return topic_exists(servers().kafka.bootstrap(), platform.topic("reference.products")) && newest().size() >= 198;
  }));
  EXPECT_EQ(newest().size(), 198U);
  const std::string sku = sql.value("SELECT min(SKU) FROM PRODUCT_V");
  sql.execute("UPDATE PRODUCT SET ACTIVE = 'N' WHERE SKU = '" + sku + "'");
  EXPECT_TRUE(eventually(std::chrono::seconds(30), [&] {
    for (const auto& [key, value] : newest()) {
      if (key.find(sku) != std::string::npos) {
        return !value.has_value();
      }
    }
    return false;
  })) << "no tombstone of " << sku;
}

}  // namespace
}  // namespace weir::test
