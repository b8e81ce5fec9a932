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
  for (const char* wrong : {"", "12", "12.5", "1e3", "12,50", ".50", "--1.00", "1.000", " 1.00"}) {
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
