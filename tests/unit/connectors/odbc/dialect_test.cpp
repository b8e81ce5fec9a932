#include <weir/odbc/dialect.hpp>

#include <gtest/gtest.h>

#include <array>

namespace weir::odbc {
namespace {

const std::array<Target, 3> kColumns{Target{"ID", false, true}, Target{"DOC", true, false}, Target{"N", false, false}};

TEST(Dialect, QuotesNames) {
  Dialect d(DialectKind::postgres);
  EXPECT_EQ(d.name("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(d.table("db.sch.t"), "\"db\".\"sch\".\"t\"");
  EXPECT_EQ(d.table("\"a.b\".t"), "\"a.b\".\"t\"");
  d.quoted = false;
  EXPECT_EQ(d.table("sch.t"), "sch.t");
}

TEST(Dialect, CreatesTables) {
  const std::array<Column, 5> columns{Column{"ID", {ColumnKind::text}}, Column{"AT", {ColumnKind::timestamp}},
                                      Column{"SUM", {ColumnKind::decimal, 2}}, Column{"OK", {ColumnKind::boolean}},
                                      Column{"DOC", {ColumnKind::json}}};
  const std::array<std::string, 1> keys{"ID"};
  EXPECT_EQ(Dialect(DialectKind::postgres).create_table("\"T\"", columns, keys),
            "CREATE TABLE IF NOT EXISTS \"T\" (\"ID\" TEXT NOT NULL, \"AT\" TIMESTAMP(3), \"SUM\" NUMERIC(38,2), \"OK\" BOOLEAN, "
            "\"DOC\" JSONB, PRIMARY KEY (\"ID\"))");
  EXPECT_EQ(Dialect(DialectKind::sqlite).create_table("\"T\"", columns, keys),
            "CREATE TABLE IF NOT EXISTS \"T\" (\"ID\" TEXT NOT NULL, \"AT\" TEXT, \"SUM\" TEXT, \"OK\" INTEGER, \"DOC\" TEXT, "
            "PRIMARY KEY (\"ID\"))");
  EXPECT_EQ(Dialect(DialectKind::snowflake).create_table("\"T\"", columns, keys),
            "CREATE TABLE IF NOT EXISTS \"T\" (\"ID\" VARCHAR NOT NULL, \"AT\" TIMESTAMP_NTZ(9), \"SUM\" NUMBER(38,2), \"OK\" "
            "BOOLEAN, \"DOC\" VARIANT, PRIMARY KEY (\"ID\"))");
}

TEST(Dialect, TypesFollowTheTable) {
  const Dialect pg(DialectKind::postgres);
  const Dialect lite(DialectKind::sqlite);
  const Dialect sf(DialectKind::snowflake);
  const struct {
    ColumnKind kind;
    const char* postgres;
    const char* sqlite;
    const char* snowflake;
  } rows[] = {{ColumnKind::int8, "SMALLINT", "INTEGER", "NUMBER(5)"},
              {ColumnKind::int16, "SMALLINT", "INTEGER", "NUMBER(5)"},
              {ColumnKind::int32, "INTEGER", "INTEGER", "NUMBER(10)"},
              {ColumnKind::int64, "BIGINT", "INTEGER", "NUMBER(19)"},
              {ColumnKind::float32, "REAL", "REAL", "FLOAT"},
              {ColumnKind::float64, "DOUBLE PRECISION", "REAL", "FLOAT"},
              {ColumnKind::bytes, "BYTEA", "BLOB", "BINARY"},
              {ColumnKind::date, "DATE", "TEXT", "DATE"},
              {ColumnKind::time, "TIME", "TEXT", "TIME"}};
  for (const auto& r : rows) {
    EXPECT_EQ(pg.type({r.kind}), r.postgres);
    EXPECT_EQ(lite.type({r.kind}), r.sqlite);
    EXPECT_EQ(sf.type({r.kind}), r.snowflake);
  }
}

TEST(Dialect, Inserts) {
  EXPECT_EQ(Dialect(DialectKind::postgres).insert("\"T\"", kColumns, 2),
            "INSERT INTO \"T\" (\"ID\",\"DOC\",\"N\") VALUES (?,?,?),(?,?,?)");
  EXPECT_EQ(Dialect(DialectKind::snowflake).insert("\"T\"", kColumns, 2),
            "INSERT INTO \"T\" (\"ID\",\"DOC\",\"N\") SELECT column1,PARSE_JSON(column2),column3 FROM VALUES (?,?,?),(?,?,?)");
}

TEST(Dialect, Upserts) {
  for (const DialectKind kind : {DialectKind::postgres, DialectKind::sqlite}) {
    EXPECT_EQ(Dialect(kind).upsert("\"T\"", kColumns, OnConflict::update, 1),
              "INSERT INTO \"T\" (\"ID\",\"DOC\",\"N\") VALUES (?,?,?) ON CONFLICT (\"ID\") DO UPDATE SET "
              "\"DOC\"=EXCLUDED.\"DOC\",\"N\"=EXCLUDED.\"N\"");
    EXPECT_EQ(Dialect(kind).upsert("\"T\"", kColumns, OnConflict::ignore, 1),
              "INSERT INTO \"T\" (\"ID\",\"DOC\",\"N\") VALUES (?,?,?) ON CONFLICT (\"ID\") DO NOTHING");
  }
  EXPECT_EQ(Dialect(DialectKind::snowflake).upsert("\"T\"", kColumns, OnConflict::update, 2),
            "MERGE INTO \"T\" AS t USING (SELECT column1 AS \"ID\",PARSE_JSON(column2) AS \"DOC\",column3 AS \"N\" FROM VALUES "
            "(?,?,?),(?,?,?)) AS s ON t.\"ID\"=s.\"ID\" WHEN MATCHED THEN UPDATE SET t.\"DOC\"=s.\"DOC\",t.\"N\"=s.\"N\" WHEN NOT "
            "MATCHED THEN INSERT (\"ID\",\"DOC\",\"N\") VALUES (s.\"ID\",s.\"DOC\",s.\"N\")");
  EXPECT_EQ(Dialect(DialectKind::snowflake).upsert("\"T\"", kColumns, OnConflict::ignore, 1),
            "MERGE INTO \"T\" AS t USING (SELECT column1 AS \"ID\",PARSE_JSON(column2) AS \"DOC\",column3 AS \"N\" FROM VALUES "
            "(?,?,?)) AS s ON t.\"ID\"=s.\"ID\" WHEN NOT MATCHED THEN INSERT (\"ID\",\"DOC\",\"N\") VALUES "
            "(s.\"ID\",s.\"DOC\",s.\"N\")");
}

TEST(Dialect, UpdatesAndDeletes) {
  const Dialect d(DialectKind::generic);
  EXPECT_EQ(d.update("\"T\"", kColumns), "UPDATE \"T\" SET \"DOC\"=?,\"N\"=? WHERE \"ID\"=?");
  const std::array<Target, 1> one{kColumns[0]};
  const std::array<Target, 2> two{Target{"A", false, true}, Target{"B", false, true}};
  EXPECT_EQ(d.remove("\"T\"", one, 3), "DELETE FROM \"T\" WHERE \"ID\" IN (?,?,?)");
  EXPECT_EQ(d.remove("\"T\"", two, 2), "DELETE FROM \"T\" WHERE (\"A\"=? AND \"B\"=?) OR (\"A\"=? AND \"B\"=?)");
  EXPECT_EQ(Dialect(DialectKind::postgres).add_column("\"T\"", {"X", {ColumnKind::int64}}),
            "ALTER TABLE \"T\" ADD COLUMN IF NOT EXISTS \"X\" BIGINT");
  EXPECT_EQ(Dialect(DialectKind::sqlite).add_column("\"T\"", {"X", {ColumnKind::int64}}),
            "ALTER TABLE \"T\" ADD COLUMN \"X\" INTEGER");
}

}  // namespace
}  // namespace weir::odbc
