#include <weir/odbc/offset_store.hpp>

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "support/sql.hpp"

namespace weir::odbc {
namespace {

struct OffsetStoreTest : ::testing::Test {
  weir::test::TempDir dir;
  std::string url = weir::test::sqlite_odbc((dir.path() / "a.db").string());
  ConnectionOptions options() {
    ConnectionOptions o;
    o.connection_url = url;
    return o;
  }
  Connection one{options()};
  Connection two{options()};
  void SetUp() override {
    ASSERT_TRUE(one.connect());
    ASSERT_TRUE(two.connect());
  }
  static bool move(Connection& c, OffsetStore& store, const OffsetStore::Position& from, std::int64_t next) {
    EXPECT_TRUE(c.begin());
    auto moved = store.advance("t", 0, from, next);
    EXPECT_TRUE(moved) << moved.error().text;
    EXPECT_TRUE(moved && *moved ? c.commit() : c.rollback());
    return moved && *moved;
  }
};

TEST_F(OffsetStoreTest, StartsAtTheHintAndThenWhereItIs) {
  OffsetStore store(one, "weir_offsets", "c", true);
  auto first = store.claim("t", 0, 42);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->next, 42);
  EXPECT_TRUE(move(one, store, *first, 50));
  OffsetStore other(two, "weir_offsets", "c", true);
  auto second = other.claim("t", 0, 7);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->next, 50);
  EXPECT_GT(second->epoch, first->epoch);
}

TEST_F(OffsetStoreTest, AReplacedOwnerCannotMoveTheOffset) {
  OffsetStore old_owner(one, "weir_offsets", "c", true);
  auto first = old_owner.claim("t", 0, 0);
  ASSERT_TRUE(first);
  OffsetStore new_owner(two, "weir_offsets", "c", true);
  auto second = new_owner.claim("t", 0, 0);
  ASSERT_TRUE(second);
  EXPECT_FALSE(move(one, old_owner, *first, 10));
  EXPECT_TRUE(move(two, new_owner, *second, 10));
  EXPECT_FALSE(move(two, new_owner, *second, 20)) << "the position it moves from is not the stored one";
}

TEST_F(OffsetStoreTest, UnknownPositionIsStoredWithTheFirstTransaction) {
  OffsetStore store(one, "weir_offsets", "c", true);
  auto first = store.claim("t", 0, -1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->next, -1);
  EXPECT_TRUE(move(one, store, *first, 5));
  EXPECT_EQ((*store.read("t", 0))->next, 5);
}

TEST_F(OffsetStoreTest, WithoutFencingOnlyThePositionCounts) {
  OffsetStore a(one, "weir_offsets", "c", false);
  auto first = a.claim("t", 0, 0);
  ASSERT_TRUE(first);
  OffsetStore b(two, "weir_offsets", "c", false);
  ASSERT_TRUE(b.claim("t", 0, 0));
  EXPECT_TRUE(move(one, a, *first, 10));
}

TEST_F(OffsetStoreTest, ConnectorsAndPartitionsAreApart) {
  OffsetStore a(one, "weir_offsets", "a", true);
  OffsetStore b(one, "weir_offsets", "b", true);
  auto mine = a.claim("t", 0, 1);
  ASSERT_TRUE(mine);
  ASSERT_TRUE(b.claim("t", 0, 2));
  ASSERT_TRUE(a.claim("t", 1, 3));
  EXPECT_TRUE(move(one, a, *mine, 9));
  EXPECT_EQ((*b.read("t", 0))->next, 2);
  EXPECT_EQ((*a.read("t", 1))->next, 3);
  EXPECT_FALSE(*a.read("t", 2));
}

// Snowflake's layout: rows are only added. SQLite understands its statements too.
TEST_F(OffsetStoreTest, LogLayoutFencesAndKeepsThePosition) {
  ConnectionOptions o = options();
  o.dialect_name = "snowflake";
  Connection a(o);
  Connection b(o);
  ASSERT_TRUE(a.connect());
  ASSERT_TRUE(b.connect());
  ASSERT_TRUE(one.execute(OffsetSql(a.dialect(), "WEIR_OFFSETS").create()));
  OffsetStore old_owner(a, "WEIR_OFFSETS", "c", true);
  auto first = old_owner.claim("t", 0, 5);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->next, 5);
  EXPECT_TRUE(move(a, old_owner, *first, 8));
  OffsetStore new_owner(b, "WEIR_OFFSETS", "c", true);
  auto second = new_owner.claim("t", 0, 5);
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_EQ(second->next, 8);
  EXPECT_GT(second->epoch, first->epoch);
  EXPECT_FALSE(move(a, old_owner, {8, first->epoch}, 10)) << "an older epoch";
  EXPECT_TRUE(move(b, new_owner, *second, 10));
  EXPECT_FALSE(move(b, new_owner, *second, 12)) << "not from where it is";
  weir::test::Sql sql(url);
  EXPECT_EQ(sql.number("SELECT MAX(NEXT_OFFSET) FROM WEIR_OFFSETS"), 10);
}

TEST(OffsetSql, Snowflake) {
  const Dialect d(DialectKind::snowflake);
  const OffsetSql sql(d, "WEIR_OFFSETS");
  EXPECT_EQ(sql.create(),
            "CREATE TABLE IF NOT EXISTS \"WEIR_OFFSETS\" (\"CONNECTOR\" VARCHAR, \"KAFKA_TOPIC\" VARCHAR, \"KAFKA_PARTITION\" "
            "NUMBER(10), \"NEXT_OFFSET\" NUMBER(19), \"EPOCH\" NUMBER(19), \"COMMITTED_AT\" TIMESTAMP_NTZ(9))");
  EXPECT_EQ(sql.read(),
            "SELECT MAX(\"NEXT_OFFSET\"),MAX(\"EPOCH\") FROM \"WEIR_OFFSETS\" WHERE \"CONNECTOR\"=? AND \"KAFKA_TOPIC\"=? AND "
            "\"KAFKA_PARTITION\"=?");
  EXPECT_EQ(sql.advance(true),
            "INSERT INTO \"WEIR_OFFSETS\" (\"CONNECTOR\",\"KAFKA_TOPIC\",\"KAFKA_PARTITION\",\"NEXT_OFFSET\",\"EPOCH\",\"COMMITTED_"
            "AT\") SELECT ?,?,?,?,?,CURRENT_TIMESTAMP WHERE NOT EXISTS (SELECT 1 FROM \"WEIR_OFFSETS\" WHERE \"CONNECTOR\"=? AND "
            "\"KAFKA_TOPIC\"=? AND \"KAFKA_PARTITION\"=? AND (\"EPOCH\">? OR \"NEXT_OFFSET\">?))");
}

TEST(OffsetSql, Postgres) {
  const Dialect d(DialectKind::postgres);
  EXPECT_EQ(OffsetSql(d, "weir_offsets").advance(true),
            "UPDATE \"weir_offsets\" SET \"next_offset\"=? WHERE \"connector\"=? AND \"topic\"=? AND \"part\"=? AND "
            "\"next_offset\"=? AND \"epoch\"=?");
}

}  // namespace
}  // namespace weir::odbc
