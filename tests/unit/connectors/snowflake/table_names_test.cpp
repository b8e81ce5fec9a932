#include "table_names.hpp"

#include <gtest/gtest.h>

namespace weir::connectors::snowflake {
namespace {

TEST(TableNames, MapsLiterallyThenByExpressionThenByName) {
  auto names = TableNames::parse({"receipts.enriched:RECEIPTS", "store\\..*:DB.S.SALES"});
  ASSERT_TRUE(names);
  EXPECT_EQ(names->table_of("receipts.enriched"), "RECEIPTS");
  EXPECT_EQ(names->table_of("store.transactions"), "DB.S.SALES");
  EXPECT_EQ(names->table_of("a store.transactions"), "A_STORE_TRANSACTIONS_1835441311")
      << "an expression matches the whole topic";
  EXPECT_EQ(names->table_of("orders_2"), "ORDERS_2");
}

TEST(TableNames, OtherTopicsGetJavasHash) {
  auto names = TableNames::parse({});
  ASSERT_TRUE(names);
  EXPECT_EQ(names->table_of("a.b"), "A_B_94741");    // "a.b".hashCode()
  EXPECT_EQ(names->table_of("a-b"), "A_B_94710");    // "a-b".hashCode()
  EXPECT_EQ(names->table_of("1a"), "_1A_1616");      // "1a".hashCode()
}

TEST(TableNames, RefusesWhatIsNoPair) {
  EXPECT_FALSE(TableNames::parse({"a"}));
  EXPECT_FALSE(TableNames::parse({":t"}));
  EXPECT_FALSE(TableNames::parse({"t:"}));
  EXPECT_FALSE(TableNames::parse({"(:t"}));
}

}  // namespace
}  // namespace weir::connectors::snowflake
