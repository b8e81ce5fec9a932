#include <weir/template.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

namespace weir {
namespace {

using testing::TestBatch;

class TemplateTest : public ::testing::Test {
 protected:
  TemplateTest() {
    weir_record& r = batch_.add("orders", 3, 42);
    r.timestamp = 1700000000123;
    r.key = Value::string("S-1 é/2");
    r.value = *json::read(R"({"a":{"b":"deep"},"n":12,"d":1.5,"t":true,"nil":null,"list":[{"x":"y"}],"quote":"a\"b\nc"})",
                          batch_.arena(), {.lazy = true});
    batch_[0].add_header("trace", Value::string("t1"));
    batch_[0].add_header("trace", Value::string("t2"));
  }
  std::string expand(std::string_view text, Escape escape = Escape::none) {
    auto made = Template::parse(text);
    EXPECT_TRUE(made.has_value()) << text;
    Record record = batch_[0];
    auto out = made->expand(record, batch_.arena(), escape);
    return out ? std::string(*out) : "ERROR " + out.error().message;
  }

  TestBatch batch_;
};

TEST_F(TemplateTest, PutsRecordMetadataIn) {
  EXPECT_EQ(expand("${topic}-${partition}-${offset}@${timestamp}"), "orders-3-42@1700000000123");
}

TEST_F(TemplateTest, ReadsKeyValueAndHeaders) {
  EXPECT_EQ(expand("${key}"), "S-1 é/2");
  EXPECT_EQ(expand("<${value.a.b}|${value.n}|${value.d}|${value.t}|${header.trace}>"), "<deep|12|1.5|true|t2>");
  EXPECT_EQ(expand("${value.list.0.x}"), "y");
  EXPECT_EQ(expand("${value.a}"), R"({"b":"deep"})");
}

TEST_F(TemplateTest, TakesTheFirstPartThatIsThere) {
  EXPECT_EQ(expand("${value.none|value.nil|value.n|key}"), "12");
}

TEST_F(TemplateTest, NamesThePlaceholderThatHasNothing) {
  EXPECT_EQ(expand("x ${value.none|header.none}"), "ERROR nothing to put in place of ${value.none|header.none}");
  EXPECT_EQ(expand("${value.n.deeper}"), "ERROR nothing to put in place of ${value.n.deeper}");
  EXPECT_EQ(expand("${value.list.1}"), "ERROR nothing to put in place of ${value.list.1}");
}

TEST_F(TemplateTest, EscapesSubstitutedTextOnly) {
  EXPECT_EQ(expand("/a b/${key}?q=${value.a.b}", Escape::percent), "/a b/S-1%20%C3%A9%2F2?q=deep");
  EXPECT_EQ(expand("{\"q\":\"${value.quote}\"}", Escape::json), "{\"q\":\"a\\\"b\\nc\"}");
}

TEST_F(TemplateTest, ConstantTextStaysItself) {
  auto made = Template::parse("no $ placeholder } here");
  ASSERT_TRUE(made.has_value());
  EXPECT_TRUE(made->constant());
  EXPECT_EQ(expand("no $ placeholder } here"), "no $ placeholder } here");
  EXPECT_EQ(expand(""), "");
}

TEST_F(TemplateTest, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"${nothing}", "${value.}", "${value..a}", "${header.}", "${topic.x}", "${}", "${a|}", "${key"}) {
    EXPECT_FALSE(Template::parse(text).has_value()) << text;
  }
  EXPECT_EQ(Template::parse("a ${bogus} b").error().code, Errc::bad_config);
}

TEST_F(TemplateTest, WorksWithALookupOfOnesOwn) {
  auto made = Template::parse("O-${value.refundId|value.invoiceId}");
  ASSERT_TRUE(made.has_value());
  auto out = made->expand_with(
      [](const Template::Part& part) -> std::optional<std::string_view> {
        return part.path.back() == "invoiceId" ? std::optional<std::string_view>("77") : std::nullopt;
      },
      batch_.arena());
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(*out, "O-77");
}

}  // namespace
}  // namespace weir
