#include <gtest/gtest.h>
#include <weir/json.hpp>

#include "transforms/receipt/instant.hpp"
#include "transforms/receipt/models.hpp"
#include "transforms/receipt/money.hpp"

namespace weir::transforms::receipt {
namespace {

TEST(MoneyTest, TextAndCents) {
  EXPECT_EQ(cents_of("12.50"), 1250);
  EXPECT_EQ(cents_of("-0.05"), -5);
  EXPECT_EQ(money_text(-5), "-0.05");
  EXPECT_EQ(money_text(123456), "1234.56");
  EXPECT_EQ(cents_of("-99999999999.99"), -kMaxCents);
  for (const char* wrong : {"", "12", "12.5", "1e3", "12,50", ".50", "--1.00", "1.000", " 1.00", "100000000000.00"}) {
    EXPECT_FALSE(cents_of(wrong)) << wrong;
  }
}

TEST(InstantTest, KeepsItsOffsetAndNeverSaysZ) {
  EXPECT_EQ(iso_text(*parse_instant("2026-03-07T13:33:48.000Z")), "2026-03-07T13:33:48+00:00");
  EXPECT_EQ(iso_text(*parse_instant("2026-03-07T13:33:48.120Z")), "2026-03-07T13:33:48.120000+00:00");
  EXPECT_EQ(iso_text(*parse_instant("2026-03-07T07:26:46-03:30")), "2026-03-07T07:26:46-03:30");
  EXPECT_EQ(utc_text(*parse_instant("2026-03-07T07:26:46+08:00")), "2026-03-06 23:26:46");
  for (const char* wrong : {"14/03/2026 1:22pm", "2026-02-30T00:00:00Z", "2026-03-07T24:00:00Z", "2026-03-07T07:26:46", "2026-03-07T07:26:46.Z",
                            "2026-03-07T07:26:46+08:00x"}) {
    EXPECT_FALSE(parse_instant(wrong)) << wrong;
  }
}

/// A neutral receipt of one line for Slyp.
std::string neutral(const std::string& net, const std::string& discount = "0") {
  return R"({"id":"S-1","type":"SALE","channel":"IN_STORE","issued":"2026-03-07T07:26:46+08:00","send":true,"number":"1","items":[
    {"line":1,"sku":"41","title":"t","quantity":1,"unit":5,"gst":0,"product":null,"discounts":[],"net":)" +
         net + R"(,"discount":)" + discount + R"(}],"shipping":0,"gst":0,"rounding":0,"total":)" + net + R"(,"tenders":[],"mobile":"+61491570006"})";
}

std::string slyp(const std::string& text) {
  OwnedArena memory;
  auto made = to_slyp(*json::read(text, memory.view()), {"n", "a", "b"}, memory.view());
  std::string out = made ? "" : made.error().message;
  if (made) {
    json::write(*made, out);
  }
  return out;
}

TEST(SlypTest, AmountsAreNumbersThatAnyConverterCanWrite) {
  OwnedArena memory;
  const auto made = to_slyp(*json::read(neutral("-1999"), memory.view()), {"n", "a", "b"}, memory.view());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(made->find("total_price")->is_real());
  const std::string text = slyp(neutral("-1999"));
  EXPECT_NE(text.find(R"("total_price":-19.99,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("total":19.99,)"), std::string::npos) << text;
  EXPECT_NE(slyp(neutral("99999999")).find(R"("total_price":999999.99,)"), std::string::npos);
}

TEST(SlypTest, AmountsThatWouldOverflowAreRefused) {
  EXPECT_EQ(slyp(neutral("-9223372036854775808")), "/items/0/net is not what it must be: an integer of at most 13 digits");
  EXPECT_EQ(slyp(neutral("1", "9223372036854775807")), "/items/0/discount is not what it must be: an integer of at most 13 digits");
  EXPECT_EQ(slyp(neutral("0.5")), "/items/0/net is not what it must be: an integer of at most 13 digits");
}

TEST(SlypTest, AnEmptyMobileIsNone) {
  std::string text = neutral("1");
  text.replace(text.find("+61491570006"), 12, "");
  EXPECT_EQ(slyp(text), "null");
}

TEST(NeutralTest, NamesTheFieldThatIsMissing) {
  OwnedArena memory;
  const auto fails = [&](const char* text) {
    auto sale = json::read(text, memory.view());
    auto made = to_neutral(*sale, memory.view());
    return made ? std::string() : made.error().message;
  };
  EXPECT_EQ(fails(R"({"a":1})"), "neither a store sale (storeNo) nor an online order (invoiceId)");
  EXPECT_EQ(fails(R"([1])"), "neither a store sale (storeNo) nor an online order (invoiceId)");
  EXPECT_EQ(fails(R"({"storeNo":"1","items":[{"ln":1}]})"), "/items/0/sku is missing: a text");
  EXPECT_EQ(fails(R"({"invoiceId":"INV1","lines":[{"lineId":"1"}]})"), "/lines/0/productCode is missing: a text");
}

}  // namespace
}  // namespace weir::transforms::receipt
