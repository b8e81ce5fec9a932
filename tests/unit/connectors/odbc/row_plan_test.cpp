#include <weir/odbc/row_plan.hpp>

#include <gtest/gtest.h>

namespace weir::odbc {
namespace {

struct Fixture : ::testing::Test {
  Fixture() {
    table.name = "t";
    for (Shape* s : {&full, &narrow, &gone}) {
      s->table = &table;
      s->keys = {0};
      s->targets = {{"id", false, true}};
    }
    gone.remove = true;
    keyless.table = &table;
  }
  Table table;
  Shape full, narrow, gone, keyless;

  static std::string text(const RowPlan& plan) {
    std::string out;
    for (const auto& group : plan.groups()) {
      out += "[";
      for (const Row& r : group) {
        out.append(r.key).append(std::to_string(r.record)).append(" ");
      }
      out.back() = ']';
    }
    return out;
  }
};

using RowPlanTest = Fixture;

TEST_F(RowPlanTest, RowsGoInTheOrderOfTheirKeys) {
  const std::vector<Row> rows{{0, &full, nullptr, "c"}, {1, &full, nullptr, "a"}, {2, &full, nullptr, "b"}};
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::upsert, true, true})), "[a1 b2 c0]");
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::upsert, true, false})), "[c0 a1 b2]");
}

TEST_F(RowPlanTest, TheLastRowOfAKeyWins) {
  const std::vector<Row> rows{{0, &full, nullptr, "b"}, {1, &full, nullptr, "a"}, {2, &full, nullptr, "b"}};
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::upsert, true, true})), "[a1 b2]");
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::append_once, true, true})), "[a1 b0]");
}

TEST_F(RowPlanTest, WithoutDedupeTheOrderOfOneKeyIsKeptInSegments) {
  const std::vector<Row> rows{{0, &full, nullptr, "b"}, {1, &full, nullptr, "a"}, {2, &full, nullptr, "b"}};
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::upsert, false, true})), "[a1 b0][b2]");
}

TEST_F(RowPlanTest, OtherColumnsOfTheSameKeyAreNotLost) {
  const std::vector<Row> rows{{0, &full, nullptr, "b"}, {1, &narrow, nullptr, "b"}};
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::upsert, true, true})), "[b0][b1]");
}

TEST_F(RowPlanTest, RemovalEndsWhatWasBeforeAndARowBeginsAgain) {
  const std::vector<Row> rows{{0, &full, nullptr, "b"}, {1, &gone, nullptr, "b"}};
  EXPECT_EQ(text(RowPlan(rows, {InsertMode::upsert, true, true})), "[b1]");
  const std::vector<Row> again{{0, &gone, nullptr, "b"}, {1, &full, nullptr, "b"}};
  EXPECT_EQ(text(RowPlan(again, {InsertMode::upsert, true, true})), "[b0][b1]");
}

TEST_F(RowPlanTest, RowsWithoutKeysStayAsTheyAre) {
  const std::vector<Row> rows{{0, &keyless, nullptr, ""}, {1, &keyless, nullptr, ""}};
  EXPECT_EQ(RowPlan(rows, {}).size(), 2u);
}

TEST_F(RowPlanTest, KeysOfSeveralColumnsDoNotRunIntoEachOther) {
  OwnedArena arena;
  Shape two;
  two.keys = {0, 1};
  const Cell a[2] = {Cell::of("ab"), Cell::of("c")};
  const Cell b[2] = {Cell::of("a"), Cell::of("bc")};
  EXPECT_NE(row_key(two, a, arena.view()), row_key(two, b, arena.view()));
}

}  // namespace
}  // namespace weir::odbc
