// A partner, the database, the broker are away under load.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <sstream>
#include <thread>

#include "support/topics.hpp"
#include "system/load.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

std::string breaker_state(Platform& platform, const std::string& connector) {
  const boost::json::value status = platform.worker().status(platform.connector(connector));
  boost::system::error_code ignored;
  const boost::json::value* state = status.find_pointer("/weir/breaker/state", ignored);
  return state != nullptr && state->is_string() ? std::string(state->get_string()) : std::string();
}

// Transitions to OPEN of the breaker of a URL's host and port.
double openings(Platform& platform, const std::string& url) {
  double sum = 0;
  const std::string label = "breaker=\"" + url.substr(7) + "\"";
  std::istringstream lines(platform.worker().metrics());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("weir_breaker_transitions_total{") && line.find(label) != std::string::npos &&
        line.find("to=\"OPEN\"") != std::string::npos) {
      sum += std::stod(line.substr(line.rfind(' ')));
    }
  }
  return sum;
}

// Receipt ids of each till in the order of receipts.enriched.
std::map<std::string, std::vector<std::string>> order_by_till(const Platform& platform,
                                                              const std::map<std::string, boost::json::value>& meant) {
  std::map<std::string, std::vector<std::string>> order;
  for (const TopicRecord& record : read_topic(servers().kafka.bootstrap(), platform.topic("receipts.enriched"))) {
    const boost::json::value receipt = boost::json::parse(record.value.value_or("null"));
    const std::string id(receipt.at("id").as_string());
    if (meant.contains(id)) {
      order[record.key.value_or("")].push_back(id);
    }
  }
  return order;
}

void expect_order(const Platform& platform, PartnerProcess& partner, const std::map<std::string, boost::json::value>& meant) {
  const std::map<std::string, PartnerReceipt> received = partner.receipts_by_id();
  std::size_t longest = 0;
  for (const auto& [till, ids] : order_by_till(platform, meant)) {
    longest = std::max(longest, ids.size());
    for (std::size_t i = 1; i < ids.size(); ++i) {
      ASSERT_TRUE(received.contains(ids[i - 1]) && received.contains(ids[i]));
      EXPECT_LT(received.at(ids[i - 1]).order, received.at(ids[i]).order) << "till " << till << ": " << ids[i - 1] << " after " << ids[i];
    }
  }
  EXPECT_GE(longest, 5U) << "the tills have too few receipts to show an order";
}

// Keys are tills, so that many receipts have the same key; the idempotency key stays the receipt's id.
std::map<std::string, std::map<std::string, std::string>> tills_as_keys() {
  return {{"ingest", {{"route.store.key", "${value.storeNo}-${value.regNo}"}}},
          {"onepass", {{"idempotency.key.template", "${value.receiptId}"}}},
          {"slyp", {{"idempotency.key.template", "${value.external_id}"}}}};
}

TEST(Outage, APartnerThatIsDownHoldsUpNobodyElse) {
  Platform platform({.name = "onepass_down", .overrides = tills_as_keys()});
  const Expectation expected = generate_sales(3000, 7);
  const std::vector<Sale> before(expected.sales.begin(), expected.sales.begin() + 500);
  const std::vector<Sale> during(expected.sales.begin() + 500, expected.sales.end());
  EXPECT_EQ(platform.post(before).acknowledged(), 500U);
  wait_for_rows(platform, 500);
  const std::string group = platform.group("onepass");
  const GroupState at_start = describe_group(servers().kafka.bootstrap(), group);
  ASSERT_EQ(at_start.state, "Stable");
  ASSERT_EQ(at_start.member_ids.size(), 1U);
  EXPECT_EQ(openings(platform, platform.onepass().url()), 0);

  const auto started = Clock::now();
  platform.onepass().fault(R"({"mode":"refuse"})");
  Load load(platform, during, 100);  // 25 s
  bool open = false;
  const auto watch = [&](seconds until) {
    while (Clock::now() - started < until) {
      open = open || breaker_state(platform, "onepass") == "OPEN";
      const GroupState now = describe_group(servers().kafka.bootstrap(), group);
      EXPECT_EQ(now.state, "Stable");
      EXPECT_EQ(now.member_ids, at_start.member_ids);
      std::this_thread::sleep_for(milliseconds(250));
    }
  };
  watch(seconds(10));
  EXPECT_TRUE(open) << "the breaker did not open while connections were refused";
  platform.onepass().fault(R"({"mode":"hang","tokens":true})");
  watch(seconds(20));
  platform.onepass().fault(R"({"mode":"500"})");
  watch(seconds(25));
  const std::uint64_t stuck = platform.onepass().accepted();
  EXPECT_EQ(load.report().acknowledged(), 2500U);
  // The others have everything while OnePass is still down.
  EXPECT_TRUE(eventually(seconds(4), [&] {
    return platform.rows() == 3000 && platform.slyp().accepted() == expected.slyp.size();
  })) << platform.progress(expected);
  watch(seconds(30));
  EXPECT_EQ(platform.onepass().accepted(), stuck);
  EXPECT_LT(stuck, expected.onepass.size() / 2);
  EXPECT_NE(breaker_state(platform, "onepass"), "CLOSED");
  EXPECT_EQ(breaker_state(platform, "slyp"), "CLOSED");
  EXPECT_GE(openings(platform, platform.onepass().url()), 1);
  EXPECT_EQ(openings(platform, platform.slyp().url()), 0);

  const auto recovered = Clock::now();
  platform.onepass().fault(R"({"mode":"none"})");
  platform.expect_delivered(expected, seconds(90));
  std::printf("all there %.1f s after the end of the outage\n", std::chrono::duration<double>(Clock::now() - recovered).count());
  EXPECT_TRUE(eventually(seconds(10), [&] { return breaker_state(platform, "onepass") == "CLOSED"; }));
  EXPECT_EQ(describe_group(servers().kafka.bootstrap(), group).member_ids, at_start.member_ids);
  expect_order(platform, platform.onepass(), expected.onepass);
  expect_order(platform, platform.slyp(), expected.slyp);
  EXPECT_FALSE(topic_exists(servers().kafka.bootstrap(), platform.topic("dlq.onepass")) &&
               !read_topic(servers().kafka.bootstrap(), platform.topic("dlq.onepass")).empty());
}

TEST(Outage, ADatabaseThatIsStoppedAndStartedUnderLoadLosesNothing) {
  Platform platform({.name = "db_down"});
  const Expectation expected = generate_sales(2000, 8);
  Load load(platform, expected.sales, 100);
  wait_for_rows(platform, 400);
  servers().postgres.stop();
  std::this_thread::sleep_for(seconds(8));
  servers().postgres.start();
  EXPECT_EQ(load.report().acknowledged(), 2000U);
  platform.expect_delivered(expected, seconds(90));
  for (const char* name : {"receipts-relay", "warehouse", "products"}) {
    EXPECT_EQ(platform.worker().task_states(platform.connector(name)), std::vector<std::string>{"RUNNING"}) << name;
  }
}

TEST(Outage, ABrokerThatIsStoppedAndStartedUnderLoadLosesNothing) {
  Platform platform({.name = "kafka_down"});
  const Expectation expected = generate_sales(2000, 9);
  Load load(platform, expected.sales, 100);
  wait_for_rows(platform, 400);
  servers().kafka.stop();
  std::this_thread::sleep_for(seconds(8));
  servers().kafka.start();
  EXPECT_EQ(load.report().acknowledged(), 2000U);
  platform.expect_delivered(expected, seconds(120));
  for (const char* name : {"ingest", "receipts-relay", "onepass", "slyp", "warehouse", "products"}) {
    EXPECT_EQ(platform.worker().task_states(platform.connector(name)), std::vector<std::string>{"RUNNING"}) << name;
  }
}

}  // namespace
}  // namespace weir::test
