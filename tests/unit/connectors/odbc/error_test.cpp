#include <weir/odbc/error.hpp>

#include <gtest/gtest.h>

namespace weir::odbc {
namespace {

Failure postgres(std::string_view state, std::string_view text = "") {
  return classify(DialectKind::postgres, state, 1, text);
}
Failure sqlite(SQLINTEGER native, std::string_view text = "") {
  return classify(DialectKind::sqlite, "HY000", native, text);
}

TEST(Classify, BySqlState) {
  for (const char* s : {"08001", "08S01", "57P01", "57P03", "HYT01", "01002"}) {
    EXPECT_EQ(postgres(s), Failure::connection) << s;
  }
  for (const char* s : {"40001", "40P01", "55P03", "25P02"}) {
    EXPECT_EQ(postgres(s), Failure::transaction) << s;
  }
  for (const char* s : {"HYT00", "57014", "53100", "53300", "54001", "58030", "HY000"}) {
    EXPECT_EQ(postgres(s), Failure::overloaded) << s;
  }
  for (const char* s : {"22001", "22P02", "23502", "23514", "07006", "HY104", "44000", "54000"}) {
    EXPECT_EQ(postgres(s), Failure::data) << s;
  }
  EXPECT_EQ(postgres("23505"), Failure::duplicate);
  for (const char* s : {"42S02", "42P01", "42S22", "42703", "21S01"}) {
    EXPECT_EQ(postgres(s), Failure::schema) << s;
  }
  for (const char* s : {"42000", "42601", "42501", "IM002"}) {
    EXPECT_EQ(postgres(s), Failure::config) << s;
  }
  EXPECT_EQ(postgres("28P01"), Failure::auth);
}

TEST(Classify, WhatDriversHideInTexts) {
  EXPECT_EQ(postgres("0A000", "ERROR: cached plan must not change result type"), Failure::transaction);
  EXPECT_EQ(postgres("0A000", "ERROR: cannot do that"), Failure::config);
  EXPECT_EQ(postgres("08001", "FATAL:  password authentication failed for user \"x\""), Failure::auth);
  EXPECT_EQ(postgres("HY000", "server closed the connection unexpectedly"), Failure::connection);
  EXPECT_EQ(postgres("01000", "[unixODBC][Driver Manager]Can't open lib 'x' : file not found"), Failure::config);
}

TEST(Classify, SqliteByNativeCode) {
  EXPECT_EQ(sqlite(19, "UNIQUE constraint failed: t.a"), Failure::duplicate);
  EXPECT_EQ(sqlite(19, "NOT NULL constraint failed: t.a"), Failure::data);
  EXPECT_EQ(sqlite(5, "database is locked"), Failure::transaction);
  EXPECT_EQ(sqlite(6), Failure::transaction);
  EXPECT_EQ(sqlite(10), Failure::overloaded);
  EXPECT_EQ(sqlite(13), Failure::overloaded);
  EXPECT_EQ(sqlite(1, "near \"x\": syntax error"), Failure::config);
  EXPECT_EQ(sqlite(1, "no such table: t"), Failure::schema);
}

TEST(Classify, ClassesInTheRuntimesWords) {
  EXPECT_EQ((SqlError{Failure::data, "", 0, ""}.code()), Errc::bad_record);
  EXPECT_EQ((SqlError{Failure::duplicate, "", 0, ""}.code()), Errc::bad_record);
  EXPECT_EQ((SqlError{Failure::schema, "", 0, ""}.code()), Errc::bad_config);
  EXPECT_EQ((SqlError{Failure::config, "", 0, ""}.code()), Errc::bad_config);
  for (const Failure f : {Failure::connection, Failure::transaction, Failure::overloaded, Failure::auth}) {
    EXPECT_EQ((SqlError{f, "", 0, ""}.code()), Errc::retriable);
  }
  EXPECT_EQ((SqlError{Failure::transaction, "", 0, ""}.outcome()), CallOutcome::ignored);
  EXPECT_EQ((SqlError{Failure::connection, "", 0, ""}.outcome()), CallOutcome::failure);
  EXPECT_EQ((SqlError{Failure::auth, "", 0, ""}.outcome()), CallOutcome::auth);
}

}  // namespace
}  // namespace weir::odbc
