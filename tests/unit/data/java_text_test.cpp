#include <weir/java_text.hpp>

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <weir/java_map.hpp>

namespace weir::java {
namespace {

TEST(JavaText, Doubles) {
  const std::pair<double, const char*> cases[] = {{0.0, "0.0"},          {-0.0, "-0.0"},
                                                  {1, "1.0"},            {100, "100.0"},
                                                  {12.5, "12.5"},        {0.01, "0.01"},
                                                  {19.99, "19.99"},      {1e-3, "0.001"},
                                                  {9.999e-4, "9.999E-4"}, {9999999, "9999999.0"},
                                                  {1e7, "1.0E7"},        {1.5e10, "1.5E10"},
                                                  {1e-5, "1.0E-5"},      {0.1 + 0.2, "0.30000000000000004"},
                                                  {-1234.5678, "-1234.5678"}, {9.223372036854775807e18, "9.223372036854776E18"},
                                                  {5e-324, "4.9E-324"}};
  for (const auto& [value, text] : cases) {
    if (value != 5e-324) {  // Java 17 prints two digits at least
      EXPECT_EQ(text, to_string(value));
    }
  }
  EXPECT_EQ("NaN", to_string(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ("-Infinity", to_string(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ("0.1", to_string(0.1F));
  EXPECT_EQ("3.4028235E38", to_string(std::numeric_limits<float>::max()));
  EXPECT_EQ("1.6777216E7", to_string(16777216.0F));
}

TEST(JavaText, DecimalsAsBigDecimal) {
  const std::pair<const char*, const char*> cases[] = {
      {"12.30", "12.30"},  {"1E+3", "1E+3"},     {"1e3", "1E+3"},          {"0.0000001", "1E-7"}, {"0.000001", "0.000001"},
      {"-0.00", "0.00"},   {"007", "7"},         {"123e-5", "0.00123"},    {"+5.", "5"},          {".5", "0.5"},
      {"1.23E+5", "1.23E+5"}, {"0e10", "0E+10"}, {"-12345678901234567890.5", "-12345678901234567890.5"}};
  for (const auto& [in, out] : cases) {
    const auto d = parse_decimal(in);
    ASSERT_TRUE(d) << in;
    EXPECT_EQ(out, to_string(*d));
  }
  for (const char* bad : {"", "-", ".", "1e", "e5", "1.2.3", "x", "1e2147483648", " 1"}) {
    EXPECT_FALSE(parse_decimal(bad)) << bad;
  }
  EXPECT_EQ("1000", *to_plain_string(*parse_decimal("1E+3")));
  EXPECT_EQ("0.00123", *to_plain_string(*parse_decimal("123e-5")));
  EXPECT_FALSE(to_plain_string(*parse_decimal("1e1000000000")));
}

TEST(JavaText, UnscaledBytesBothWays) {
  const std::pair<const char*, std::string> cases[] = {{"0", std::string("\0", 1)},
                                                       {"1230", "\x04\xce"},
                                                       {"-5", "\xfb"},
                                                       {"127", "\x7f"},
                                                       {"128", std::string("\0\x80", 2)},
                                                       {"-128", "\x80"},
                                                       {"-129", "\xff\x7f"},
                                                       {"-256", std::string("\xff\0", 2)},
                                                       {"18446744073709551616", std::string("\x01\0\0\0\0\0\0\0\0", 9)}};
  for (const auto& [text, bytes] : cases) {
    const auto d = *parse_decimal(text);
    EXPECT_EQ(bytes, unscaled_bytes(d)) << text;
    EXPECT_EQ(text, to_string(decimal_from_bytes(bytes, 0)));
  }
  EXPECT_EQ("12.30", to_string(decimal_from_bytes("\x04\xce", 2)));
  EXPECT_EQ("-1", to_string(decimal_from_bytes("\xff\xff\xff", 0)));
}

TEST(JavaText, LowBitsOfDecimals) {
  EXPECT_EQ(12, to_long(*parse_decimal("12.99")));
  EXPECT_EQ(-12, to_long(*parse_decimal("-12.99")));
  EXPECT_EQ(0, to_long(*parse_decimal("0.5")));
  EXPECT_EQ(1000, to_long(*parse_decimal("1E+3")));
  EXPECT_EQ(0, to_long(*parse_decimal("1E+64")));
  EXPECT_EQ(-6101065172474983726, to_long(*parse_decimal("12345678901234567890")));
}

TEST(JavaText, Base64) {
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd", "\xff\xfe"}) {
    EXPECT_EQ(bytes, *parse_base64(base64(bytes)));
  }
  EXPECT_EQ("YQ==", base64("a"));
  for (const char* bad : {"A", "AQ", "AQI", "A===", "!!!!", "AQ=A", "====", "A=QI"}) {
    EXPECT_FALSE(parse_base64(bad)) << bad;
  }
  EXPECT_EQ("ab", *parse_base64(" YQ== Yg=="));
}

// Java 17 does not always give the shortest digits; these are its own.
TEST(JavaText, RealsAsJava17) {
  EXPECT_EQ("0.002", java::to_string(0.002));
  EXPECT_EQ("9.0071993E15", java::to_string(9007199254740993.0f));
  EXPECT_EQ("1.17549435E-38", java::to_string(1.17549435e-38f));
  EXPECT_EQ("5.6E-45", java::to_string(5e-45f));
  EXPECT_EQ("1.23456792E8", java::to_string(123456789.123f));
  EXPECT_EQ("9.6714065E24", java::to_string(9.6714066e24f)) << "a sum that wraps in Java";
  EXPECT_EQ("5.6843418860808015E-14", java::to_string(std::ldexp(1.0, -44)));
  EXPECT_EQ("4.9E-324", java::to_string(4.9e-324));
  EXPECT_EQ("2.2250738585072014E-308", java::to_string(2.2250738585072014e-308));
  EXPECT_EQ("1.7976931348623157E308", java::to_string(1.7976931348623157e308));
  EXPECT_EQ("0.001", java::to_string(0.001));
  EXPECT_EQ("1.0E7", java::to_string(1e7));
}

TEST(JavaText, EveryRealReadsBackAsItself) {
  std::uint64_t seed = 1;
  for (int i = 0; i < 20'000; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const auto d = std::bit_cast<double>(seed);
    if (std::isfinite(d)) {
      EXPECT_EQ(d, std::strtod(java::to_string(d).c_str(), nullptr));
    }
    const auto f = std::bit_cast<float>(static_cast<std::uint32_t>(seed >> 32));
    if (std::isfinite(f)) {
      EXPECT_EQ(f, std::strtof(java::to_string(f).c_str(), nullptr));
    }
  }
}

TEST(JavaText, DigitsOfOtherScripts) {
  EXPECT_EQ("12", java::to_string(*java::parse_decimal("\xef\xbc\x91\xef\xbc\x92")));
  EXPECT_FALSE(java::parse_decimal("1\xc3\xa9"));
  EXPECT_EQ("a1-2", java::ascii_digits("a\xd9\xa1-2"));
}

TEST(JavaText, MapsInTheOrderOfJavasHashMap) {
  const auto order = [](std::vector<Value> keys, java::MapOrder kind) {
    std::vector<weir_member> members;
    for (const Value& key : keys) {
      weir_member m{};
      m.key = key;
      members.push_back(m);
    }
    members.resize(java::as_hash_map(members, kind));
    std::string out;
    for (const weir_member& m : members) {
      const Value key(m.key);
      out.append(key.is_string() ? std::string(key.text()) : key.is_null() ? "null" : std::to_string(key.as_integer())).append(" ");
    }
    return out;
  };
  EXPECT_EQ("name id ts ", order({Value::string("id"), Value::string("ts"), Value::string("name")}, 0));
  EXPECT_EQ("ts id ", order({Value::string("ts"), Value::string("id")}, java::sized_map(2)));
  EXPECT_EQ("id ts ", order({Value::string("id"), Value::string("ts")}, java::kAsPut));
  EXPECT_EQ("null 465542248 ", order({Value::int32(465542248), Value(), Value()}, 0));
  EXPECT_EQ("7 -8124589758289256278 8354079621321588886 ",
            order({Value::int64(-8124589758289256278), Value::int64(7), Value::int64(8354079621321588886)}, 0));
}

}  // namespace
}  // namespace weir::java
