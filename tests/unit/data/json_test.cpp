#include <weir/json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

struct Memory {
  OwnedArena owned;
  Arena arena() { return owned.view(); }
};

std::string round_trip(std::string_view text, const json::ReadOptions& options = {}) {
  Memory m;
  auto value = json::read(text, m.arena(), options);
  return value ? std::string(json::write(*value, m.arena())) : "error: " + value.error().message;
}

TEST(JsonRead, NumbersAsJackson) {
  EXPECT_EQ("7", round_trip("007"));
  EXPECT_EQ("-7", round_trip("-007"));
  EXPECT_EQ("-6101065172474983726", round_trip("12345678901234567890"));
  EXPECT_EQ("\"Infinity\"", round_trip("1e400"));
  EXPECT_EQ("0.0", round_trip("-0.0"));
  EXPECT_EQ("-0.0", round_trip("-1e-400"));
  EXPECT_EQ("1.0E10", round_trip("1e10"));
  EXPECT_EQ("0.001", round_trip("1e-3"));
  EXPECT_EQ("1.0E-4", round_trip("0.0001"));
  EXPECT_EQ("19.95", round_trip("19.950"));
  EXPECT_EQ(std::string(1000, '1').size(), 1000u);
  EXPECT_EQ(0u, round_trip(std::string(1000, '1')).find_first_of("-0123456789"));
  EXPECT_EQ(0u, round_trip(std::string(1001, '1')).find("error"));
  for (const char* bad : {"1.", ".5", "+1", "-", "1e", "0x1", "1a", "NaN", "1e2147483648"}) {
    EXPECT_EQ(0u, round_trip(bad).find("error")) << bad;
  }
}

TEST(JsonRead, ExactNumbersKeepIntegersOf64Bit) {
  Memory m;
  const auto kind = [&](std::string_view text) {
    const auto value = json::read(text, m.arena(), {.exact_numbers = true});
    EXPECT_TRUE(value) << text;
    EXPECT_EQ(text, json::write(*value, m.arena()));
    return value->type();
  };
  EXPECT_EQ(Kind::int64, kind("1000000000000000000"));
  EXPECT_EQ(Kind::int64, kind("9223372036854775807"));
  EXPECT_EQ(Kind::int64, kind("-9223372036854775808"));
  EXPECT_EQ(Kind::decimal, kind("9223372036854775808"));
  EXPECT_EQ(Kind::decimal, kind("-9223372036854775809"));
  EXPECT_EQ(Kind::decimal, kind("9999999999999999999"));
  EXPECT_EQ(Kind::decimal, kind("18446744073709551617"));
}

TEST(JsonRead, WhatFollowsTheValueIsIgnoredUnlessAskedFor) {
  EXPECT_EQ("{\"a\":1}", round_trip("{\"a\":1}{\"b\":2}"));
  EXPECT_EQ("1", round_trip("1 x"));
  EXPECT_EQ(0u, round_trip("1x").find("error"));
  EXPECT_EQ(0u, round_trip("truex").find("error"));
  EXPECT_EQ("null", round_trip("  "));
  EXPECT_EQ("[1]", round_trip("\xef\xbb\xbf[1]"));
  EXPECT_EQ(0u, round_trip("1 x", {.reject_trailing = true}).find("error"));
  EXPECT_EQ("1", round_trip(" 1 ", {.reject_trailing = true}));
}

TEST(JsonRead, LastOfEqualNamesWinsAtTheFirstPlace) {
  EXPECT_EQ("{\"a\":3,\"b\":2}", round_trip(R"({"a":1,"b":2,"a":3})"));
  EXPECT_EQ("{\"a\":2}", round_trip(R"({"a":1,"\u0061":2})"));
  EXPECT_EQ(0u, round_trip(R"({"a":1,"a":3})", {.reject_duplicates = true}).find("error"));
  std::string many = "{";
  std::string want = "{";
  for (int i = 0; i < 100; ++i) {
    many += "\"k" + std::to_string(i) + "\":1,";
    want += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + (i == 70 ? "\":2" : "\":1");
  }
  EXPECT_EQ(want + "}", round_trip(many + "\"k70\":2}"));
  EXPECT_EQ(0u, round_trip(many + "\"k70\":2}", {.reject_duplicates = true}).find("error"));
}

TEST(JsonRead, DepthAndNameLimits) {
  EXPECT_EQ(std::string(1000, '[') + std::string(1000, ']'), round_trip(std::string(1000, '[') + std::string(1000, ']')));
  EXPECT_EQ(0u, round_trip(std::string(1001, '[') + std::string(1001, ']')).find("error"));
  EXPECT_EQ(0u, round_trip("[[1]]", {.max_depth = 1}).find("error"));
  EXPECT_EQ(0u, round_trip("[[1]]", {.max_depth = 1, .lazy = true}).find("error"));
  EXPECT_NE(0u, round_trip("{\"" + std::string(50000, 'n') + "\":1}").find("error"));
  EXPECT_EQ(0u, round_trip("{\"" + std::string(50001, 'n') + "\":1}").find("error"));
}

TEST(JsonRead, StringsAndTheirEscapes) {
  Memory m;
  const std::string text = R"(["plain","a\"\\\/\b\f\n\r\t\u0041","\ud83d\ude00","\ud800"])";
  auto v = json::read(text, m.arena());
  ASSERT_TRUE(v);
  EXPECT_EQ(text.data() + 2, v->items()[0].text().data()) << "a plain string borrows";
  EXPECT_EQ("a\"\\/\b\f\n\r\tA", v->items()[1].text());
  EXPECT_EQ("\xf0\x9f\x98\x80", v->items()[2].text());
  EXPECT_EQ("\xed\xa0\x80", v->items()[3].text());
  EXPECT_EQ(R"(["plain","a\"\\/\b\f\n\r\tA","\uD83D\uDE00","\uD800"])", json::write(*v, m.arena()));
  // Jackson looks at less of a sequence than a strict reader: more bytes than needed, and codes beyond Unicode, pass.
  EXPECT_EQ(R"("\u0000")", round_trip("\"\xc0\x80\""));
  EXPECT_EQ(R"("\uDCC0\uDC00")", round_trip("\"\xf5\x80\x80\x80\""));
  EXPECT_EQ(R"("\uD83D\uDE00")", round_trip("\"\xed\xa0\xbd\xed\xb8\x80\""));
  for (const char* bad : {"\"\xff\"", "\"\xc3\"", "\"\xf8\x80\x80\x80\"", "\"a\nb\"", R"("\x")", R"("\u12")", "\"a"}) {
    EXPECT_EQ(0u, round_trip(bad).find("error")) << bad;
  }
}

TEST(JsonRead, ErrorsNameTheByte) {
  Memory m;
  EXPECT_EQ("invalid JSON at byte 5: unexpected character", json::read("{\"a\":x}", m.arena()).error().message);
  EXPECT_EQ("invalid JSON at byte 4: unexpected end of input", json::read("[1, ", m.arena()).error().message);
}

TEST(JsonRead, LazyKeepsCanonicalTextOnly) {
  Memory m;
  const auto kind_of = [&](std::string_view text) {
    auto v = json::read(text, m.arena(), {.lazy = true});
    return v ? v->items()[0].type() : Kind::null;
  };
  EXPECT_EQ(Kind::lazy, kind_of(R"([{"a":[1,2.5,-3,"x\n",true,null]}])"));
  EXPECT_EQ(Kind::lazy, kind_of("[[]]"));
  for (const char* text : {R"([{"a": 1}])", "[[1e5]]", "[[-0]]", "[[-0.0]]", "[[007]]", "[[1234567890.1234567]]",
                           "[[12345678901234567890]]", R"([["\ud800"]])"}) {
    EXPECT_EQ(Kind::lazy == kind_of(text), false) << text;
  }
  EXPECT_EQ(Kind::null, kind_of("[[1,]]"));
  EXPECT_EQ(Kind::null, kind_of("[[\"\xff\"]]"));
}

TEST(JsonRead, ExpandOpenAndAt) {
  Memory m;
  auto v = json::read(R"({"a":{"b":[{"c/d":1,"e~f":"x"}]},"n":{}})", m.arena(), {.lazy = true});
  ASSERT_TRUE(v);
  Value copy = *v->find("a");
  ASSERT_TRUE(copy.is_lazy());
  ASSERT_TRUE(json::open(copy, m.arena()));
  EXPECT_TRUE(copy.find("b")->is_lazy());
  ASSERT_TRUE(json::expand(*v->find("a"), m.arena()));
  EXPECT_TRUE(v->find("a")->find("b")->is_array());
  EXPECT_TRUE(v->find("n")->is_lazy());
  ASSERT_TRUE(json::expand_all(*v, m.arena()));
  EXPECT_TRUE(v->find("n")->is_object());

  auto w = json::read(R"({"a":{"b":[{"c/d":1,"e~f":"x","":2}]}})", m.arena(), {.lazy = true});
  EXPECT_EQ(1, json::at(*w, "/a/b/0/c~1d", m.arena())->as_integer());
  EXPECT_EQ("x", json::at(*w, "/a/b/0/e~0f", m.arena())->text());
  EXPECT_EQ(2, json::at(*w, "/a/b/0/", m.arena())->as_integer());
  EXPECT_EQ(&*w, json::at(*w, "", m.arena()));
  for (const char* nowhere : {"a", "/b", "/a/b/1", "/a/b/00", "/a/b/-", "/a/b/0/e~2", "/a/b/0/c~1d/x"}) {
    EXPECT_EQ(nullptr, json::at(*w, nowhere, m.arena())) << nowhere;
  }
}

TEST(JsonWrite, EveryKind) {
  Memory m;
  ObjectBuilder o(m.arena());
  o.add("n", Value())
      .add("b", Value::boolean(true))
      .add("i", Value::int8(-5))
      .add("f", Value::float32(0.1F))
      .add("d", Value::float64(100))
      .add("x", Value::bytes(std::string_view("\x01\x02", 2)))
      .add("m", Value::decimal("12.30"))
      .add("t", Value::timestamp(5))
      .add("l", Value::lazy("[1.50]"));
  EXPECT_EQ(R"({"n":null,"b":true,"i":-5,"f":0.1,"d":100.0,"x":"AQI=","m":12.30,"t":5,"l":[1.50]})",
            json::write(o.map(), m.arena()));
  ObjectBuilder keyed(m.arena());
  keyed.add_member(Value::int32(1), Value::string("x"));
  EXPECT_EQ(R"([[1,"x"]])", json::write(keyed.map(), m.arena()));
}

TEST(JsonWrite, AppendsToAStringAndGrows) {
  std::string out = "start ";
  const std::string big(100'000, '"');
  json::write(Value::string(big), out);
  EXPECT_EQ(6 + 2 + 2 * big.size(), out.size());
  EXPECT_EQ("start \"\\\"", out.substr(0, 9));
  Memory m;
  EXPECT_EQ(out.substr(6), json::write(Value::string(big), m.arena()));
}

TEST(JsonWrite, ShortStringsOfEveryLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      std::string text(size, 'a');
      std::string want(size, 'a');
      if (at < size) {
        text[at] = "\"\\\n\x1f"[at % 4];
        const char* escaped[] = {"\\\"", "\\\\", "\\n", "\\u001F"};
        want.replace(at, 1, escaped[at % 4]);
      }
      std::string out;
      json::write(Value::string(text), out);
      EXPECT_EQ("\"" + want + "\"", out);
    }
  }
  std::string out;
  json::write(Value::string("caf\xc3\xa9"), out);
  EXPECT_EQ("\"caf\xc3\xa9\"", out);
}

TEST(JsonWrite, TextsOfOneArenaDoNotOverlap) {
  Memory m;
  const std::string_view first = json::write(Value::string("first"), m.arena());
  const std::string_view second = json::write(Value::string(std::string(200'000, 'x')), m.arena());
  const std::string_view third = json::write(Value::string("third"), m.arena());
  EXPECT_EQ("\"first\"", first);
  EXPECT_EQ(200'002u, second.size());
  EXPECT_EQ('x', second[100'000]);
  EXPECT_EQ("\"third\"", third);
}

}  // namespace
}  // namespace weir
