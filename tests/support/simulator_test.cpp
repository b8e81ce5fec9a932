// The simulator on the network: faults as a client sees them.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>

#include "support/load/poster.hpp"
#include "support/partner_process.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SimulatorTest : public testing::Test {
 protected:
  HttpResponse post(const std::string& id) {
    return http_.post("/v1/receipts", R"({"receiptId":")" + id + R"("})",
                      {"Idempotency-Key: " + id});
  }

  PartnerProcess partner_{{"--partner", "onepass"}};
  HttpClient http_{partner_.url(), milliseconds(300)};
};

TEST_F(SimulatorTest, KeepsReceiptsOverAKill) {
  EXPECT_EQ(post("a").status, 201);
  EXPECT_EQ(post("a").status, 200);
  partner_.kill9();
  EXPECT_EQ(post("b").status, 0);
  partner_.start();
  EXPECT_EQ(post("a").status, 200);
  std::vector<PartnerReceipt> receipts = partner_.receipts();
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].id, "a");
  EXPECT_EQ(receipts[0].posts, 3U);
  EXPECT_EQ(receipts[0].body, R"({"receiptId":"a"})");
  partner_.clear();
  EXPECT_EQ(partner_.accepted(), 0U);
  EXPECT_EQ(post("a").status, 201);
}

TEST_F(SimulatorTest, RefusesConnectionsAndComesBack) {
  EXPECT_EQ(post("a").status, 201);
  partner_.fault(R"({"mode":"refuse","for_ms":300})");
  HttpResponse refused = post("b");
  EXPECT_EQ(refused.status, 0);
  EXPECT_TRUE(eventually(seconds(10), [&] { return post("c").status == 201; }));
  partner_.fault(R"({"mode":"refuse"})");
  EXPECT_EQ(post("d").status, 0);
  partner_.fault(R"({"mode":"none"})");
  EXPECT_TRUE(eventually(seconds(10), [&] { return post("d").status == 201; }));
  EXPECT_EQ(partner_.accepted(), 3U);
}

TEST_F(SimulatorTest, HangsWithoutKeepingTheReceipt) {
  partner_.fault(R"({"mode":"hang"})");
  HttpResponse hung = post("a");
  EXPECT_EQ(hung.status, 0);
  EXPECT_EQ(partner_.accepted(), 0U);
  partner_.fault(R"({"mode":"none"})");
  EXPECT_EQ(post("a").status, 201);
}

TEST_F(SimulatorTest, LosesAnswersAndResets) {
  partner_.fault(R"({"mode":"reset"})");
  EXPECT_EQ(post("a").status, 0);
  EXPECT_EQ(partner_.accepted(), 0U);
  partner_.fault(R"({"mode":"lose"})");
  EXPECT_EQ(post("a").status, 0);
  EXPECT_EQ(partner_.accepted(), 1U);
  partner_.fault(R"({"mode":"none"})");
  EXPECT_EQ(post("a").status, 200);
}

TEST_F(SimulatorTest, AnswersWithTheStatusThatIsAskedFor) {
  partner_.fault(R"({"mode":"500"})");
  EXPECT_EQ(post("a").status, 500);
  partner_.fault(R"({"mode":"503","retry_after":4})");
  HttpResponse unavailable = post("a");
  EXPECT_EQ(unavailable.status, 503);
  EXPECT_EQ(unavailable.header("retry-after"), "4");
  partner_.fault(R"({"mode":429})");
  EXPECT_EQ(post("a").header("retry-after"), "1");
  partner_.fault(R"({"mode":"401"})");
  EXPECT_EQ(post("a").status, 401);
  partner_.fault(R"({"mode":"status","status":418,"rate":0})");
  EXPECT_EQ(post("a").status, 201);
  EXPECT_THROW(partner_.fault(R"({"mode":"explode"})"), std::runtime_error);
  boost::json::object faults = partner_.stats()["faults"].as_object();
  EXPECT_EQ(faults["429"], 1);
}

TEST_F(SimulatorTest, SlowAnswersComeLate) {
  HttpClient patient(partner_.url(), seconds(10));
  partner_.fault(R"({"mode":"slow","delay_ms":200})");
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(patient.post("/v1/receipts", R"({"receiptId":"a"})", {"Idempotency-Key: a"}).status,
            201);
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(200));
}

// The simulator stands in for the ingest here: what counts is that the poster goes on until every
// sale has an answer.
class PosterTest : public testing::Test {
 protected:
  PosterTest() {
    options_.port = static_cast<std::uint16_t>(std::stoi(partner_.url().substr(17)));
    options_.connections = 4;
    options_.timeout = milliseconds(200);
    options_.give_up_after = seconds(30);
    for (int i = 0; i < 200; ++i) {
      sales_.push_back({(i % 2 ? "S-" : "O-") + std::to_string(i), "{}"});
    }
  }

  PartnerProcess partner_{{}};
  PosterOptions options_;
  std::vector<Sale> sales_;
};

TEST_F(PosterTest, TriesAgainUntilThereIsAnAnswer) {
  partner_.fault(R"({"mode":"reset","rate":0.2})");
  PosterReport report = post_sales(sales_, options_);
  EXPECT_EQ(report.acknowledged(), 200U);
  EXPECT_GT(report.tries_again, 0U);
  partner_.fault(R"({"mode":"refuse","for_ms":300})");
  EXPECT_EQ(post_sales(sales_, options_).acknowledged(), 200U);
  partner_.fault(R"({"mode":"hang","for_ms":300})");
  EXPECT_EQ(post_sales(sales_, options_).acknowledged(), 200U);
  partner_.fault(R"({"mode":"503","for_ms":300,"retry_after":1})");
  report = post_sales(sales_, options_);
  EXPECT_EQ(report.acknowledged(), 200U);
  EXPECT_GE(report.seconds, 1.0) << "Retry-After was not kept to";
}

TEST_F(PosterTest, ReportsRefusalsAndWhatItGaveUp) {
  partner_.fault(R"({"mode":"status","status":422})");
  PosterReport report = post_sales(sales_, options_);
  EXPECT_EQ(report.counts, (std::map<unsigned, std::uint64_t>{{422, 200}}));
  EXPECT_EQ(report.tries_again, 0U);
  partner_.fault(R"({"mode":"refuse"})");
  options_.give_up_after = milliseconds(100);
  report = post_sales(sales_, options_);
  EXPECT_EQ(report.counts, (std::map<unsigned, std::uint64_t>{{0, 200}}));
}

TEST_F(PosterTest, KeepsToTheRate) {
  options_.rate = 400;
  PosterReport report = post_sales(sales_, options_);
  EXPECT_GE(report.seconds, 199.0 / 400);
  EXPECT_EQ(report.latency_us.size(), 200U);
  EXPECT_LE(report.percentile_ms(0.5), report.percentile_ms(1));
}

}  // namespace
}  // namespace weir::test
