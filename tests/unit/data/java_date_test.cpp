#include <weir/java_date.hpp>

#include <gtest/gtest.h>

namespace weir::java {
namespace {

std::optional<std::int64_t> parsed(std::string_view text, std::string_view pattern) {
  return SimpleDateFormat::of(pattern)->parse(text);
}

TEST(JavaDate, ParsesLeniently) {
  EXPECT_EQ(1577923200000, parsed("2020-01-02xyz", "yyyy-MM-dd"));
  EXPECT_EQ(1613260800000, parsed("2020-13-45", "yyyy-MM-dd"));
  EXPECT_EQ(1577930645000, parsed("2020-01-02T03:04:05+0100", "yyyy-MM-dd'T'HH:mm:ssZ"));
  EXPECT_EQ(1577930645000, parsed("2020-01-02T03:04:05+01:00", "yyyy-MM-dd'T'HH:mm:ssXXX"));
  EXPECT_EQ(5, parsed("5", "SSS")) << "S counts milliseconds";
  EXPECT_EQ(25 * 3'600'000, parsed("25", "HH"));
  EXPECT_EQ(1577923200000, parsed("20200102", "yyyyMMdd"));
  EXPECT_EQ(std::nullopt, parsed("x", "yyyy"));
  EXPECT_EQ(std::nullopt, parsed("", "yyyy"));
  EXPECT_EQ(std::nullopt, parsed("2020/01", "yyyy-MM"));
}

// java.util.Calendar: which fields count is decided by what was read last.
TEST(JavaDate, TheFieldsReadLastDecide) {
  EXPECT_EQ(-3 * kDayMs, parsed("1 Mon", "W E")) << "the first week of January 1970 began in December";
  EXPECT_EQ(7 * kDayMs, parsed("1970 1 Thu 8", "yyyy M E d")) << "the day of the month was read last";
  EXPECT_EQ(14 * kDayMs, parsed("1970 1 8 3 Thu", "yyyy M d F E")) << "the third Thursday";
  EXPECT_EQ(31 * kDayMs, parsed("1970 9 32", "yyyy M D")) << "a day of the year";
  EXPECT_EQ(3 * kDayMs, parsed("1970-W02", "YYYY-'W'ww")) << "a week year without a weekday is its first day";
  EXPECT_EQ(0, parsed("Thu", "E"));
  EXPECT_EQ(-31 * kDayMs, parsed("NaN", "M")) << "a word of Java's number formats";
  EXPECT_EQ(1577923200000, parsed("\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa0-01-02", "yyyy-MM-dd")) << "digits of other scripts";
  EXPECT_EQ(std::nullopt, parsed(" Thu", "E")) << "blanks are passed before numbers only";
}

TEST(JavaDate, KnowsTheJulianCalendar) {
  EXPECT_EQ(-61536240000000, parsed("20", "yyyy"));
  EXPECT_EQ("1582-10-04", SimpleDateFormat::of("yyyy-MM-dd")->format(-12219292800001));
  EXPECT_EQ("1582-10-15", SimpleDateFormat::of("yyyy-MM-dd")->format(-12219292800000));
  EXPECT_EQ("0001 BC", SimpleDateFormat::of("yyyy G")->format(-62198755200000 + 31'536'000'000));
}

TEST(JavaDate, Formats) {
  const auto text = [](std::string_view pattern) { return SimpleDateFormat::of(pattern)->format(1709210096789); };
  EXPECT_EQ("Thu, 29 Feb 2024 12:34:56 UTC", text("EEE, d MMM yyyy HH:mm:ss z"));
  EXPECT_EQ("24-2-29 12 PM o'clock 000789", text("yy-M-d hh a 'o''clock' SSSSSS"));
  EXPECT_EQ("60 4 9 5 +0000 Z", text("D u w W Z X"));
}

TEST(JavaDate, RefusesWhatJavaRefuses) {
  EXPECT_EQ("Illegal pattern character 'b'", SimpleDateFormat::of("yyyy-b").error().message);
  EXPECT_EQ("Unterminated quote", SimpleDateFormat::of("yyyy'").error().message);
  EXPECT_EQ("invalid ISO 8601 format: length=4", SimpleDateFormat::of("XXXX").error().message);
}

TEST(JavaDate, EveryDayOfAFewCenturiesComesBack) {
  const auto format = *SimpleDateFormat::of("yyyy-MM-dd");
  for (std::int64_t day = -200'000; day < 100'000; day += 7) {
    EXPECT_EQ(day * kDayMs, format.parse(format.format(day * kDayMs)));
  }
}

TEST(JavaDate, IsoTextByMagnitude) {
  EXPECT_EQ("03:04:05.678Z", iso_text(11045678));
  EXPECT_EQ("2020-01-02", iso_text(1577923200000));
  EXPECT_EQ("2020-01-02T03:04:05.678Z", iso_text(1577934245678));
  EXPECT_EQ("Thu Jan 02 03:04:05 UTC 2020", date_text(1577934245678));
}

}  // namespace
}  // namespace weir::java
