#include <weir/odbc/value_cells.hpp>
#include <weir/schema.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace weir::odbc {
namespace {

struct ValueCells : ::testing::Test {
  OwnedArena arena;
  Dialect postgres{DialectKind::postgres};
  Dialect sqlite{DialectKind::sqlite};
  std::string text(const Value& v, const weir_schema* schema = nullptr) {
    auto cell = to_cell(v, view(schema), postgres, arena.view());
    return cell ? std::string(cell->text) : "error: " + cell.error().message;
  }
};

TEST_F(ValueCells, PostgresGetsText) {
  EXPECT_EQ(text(Value::boolean(true)), "true");
  EXPECT_EQ(text(Value::int64(-9223372036854775807LL - 1)), "-9223372036854775808");
  EXPECT_EQ(text(Value::float64(0.1)), "0.1");
  EXPECT_EQ(text(Value::float32(0.1F)), "0.1");
  EXPECT_EQ(text(Value::float64(std::numeric_limits<double>::infinity())), "Infinity");
  EXPECT_EQ(text(Value::decimal("12.50")), "12.50");
  EXPECT_EQ(text(Value::timestamp(1'772'359'872'345)), "2026-03-01 10:11:12.345");
  EXPECT_EQ(text(Value::timestamp(1'772'359'872'345), schemas::date()), "2026-03-01");
  EXPECT_EQ(text(Value::timestamp(36'672'345), schemas::time()), "10:11:12.345");
  EXPECT_EQ(text(Value::timestamp(-1)), "1969-12-31 23:59:59.999");
}

TEST_F(ValueCells, SqliteGetsNumbers) {
  EXPECT_EQ(to_cell(Value::boolean(true), nullptr, sqlite, arena.view())->integer, 1);
  EXPECT_EQ(to_cell(Value::int64(7), nullptr, sqlite, arena.view())->type, Cell::Type::integer);
  EXPECT_EQ(to_cell(Value::float64(0.5), nullptr, sqlite, arena.view())->real, 0.5);
}

TEST_F(ValueCells, BadRecords) {
  EXPECT_EQ(text(Value::string(std::string_view("a\0b", 3))).substr(0, 5), "error");
  EXPECT_EQ(text(Value::timestamp(std::numeric_limits<std::int64_t>::max())).substr(0, 5), "error");
  EXPECT_TRUE(to_cell(Value::string(std::string_view("a\0b", 3)), nullptr, sqlite, arena.view()));
}

TEST_F(ValueCells, TimesAreReadBack) {
  std::int32_t nanos = 0;
  EXPECT_EQ(parse_time("2026-03-01 10:11:12.3456789", &nanos), 1'772'359'872'345);
  EXPECT_EQ(nanos, 345'678'900);
  EXPECT_EQ(parse_time("2026-03-01"), 1'772'323'200'000);
  EXPECT_EQ(parse_time("2026-03-01T10:11:12Z"), 1'772'359'872'000);
  EXPECT_FALSE(parse_time("2026-02-30 00:00:00"));
  EXPECT_FALSE(parse_time("yesterday"));
  EXPECT_FALSE(parse_time(""));
}

TEST(ColumnTypes, HoldBoth) {
  const ColumnType i32{ColumnKind::int32}, i64{ColumnKind::int64}, f64{ColumnKind::float64}, text{ColumnKind::text};
  EXPECT_EQ(merge_types(i32, i64), i64);
  EXPECT_EQ(merge_types(f64, i64), f64);
  EXPECT_EQ(merge_types(f64, text), text);
  EXPECT_EQ(merge_types({ColumnKind::boolean}, i32), text);
  EXPECT_FALSE(type_of_value(Value::null()));
}

}  // namespace
}  // namespace weir::odbc
