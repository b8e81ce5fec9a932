#include "request_builder.hpp"

#include "signer.hpp"

#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

namespace weir::connectors::http {
namespace {

using weir::testing::TestBatch;

class RequestBuilderTest : public ::testing::Test {
 protected:
  RequestBuilderTest() { config_.url = "http://h/x"; }

  weir_record& add(std::string_view json, std::string_view key = "k1") {
    weir_record& r = batch_.add("orders", 2, 7);
    r.key = Value::string(key);
    r.value = *json::read(json, batch_.arena());
    return r;
  }
  Delivery* build(std::size_t index = 0) {
    ConfigProblems problems;
    settings_ = std::make_unique<Settings>(Settings::make(config_, problems));
    for (const auto& p : problems) {
      ADD_FAILURE() << p.message;
    }
    Record record = batch_[index];
    return RequestBuilder(*settings_).build(batch_.c(), record);
  }
  static std::vector<std::string> lines(const Delivery& d) {
    std::vector<std::string> out;
    const char* at = d.headers;
    for (std::uint32_t i = 0; i < d.header_count; ++i) {
      out.emplace_back(at);
      at += out.back().size() + 1;
    }
    return out;
  }

  Config config_;
  std::unique_ptr<Settings> settings_;
  TestBatch batch_;
};

TEST_F(RequestBuilderTest, WritesTheValueAsJson) {
  add(R"({"a":1,"b":[true,null]})");
  const Delivery* d = build();
  EXPECT_TRUE(d->send);
  EXPECT_EQ(d->body, R"({"a":1,"b":[true,null]})");
  EXPECT_STREQ(d->key_line, "Idempotency-Key: orders-2-7");
  EXPECT_EQ(d->key, "orders-2-7");
  EXPECT_EQ(d->url, nullptr);
  EXPECT_EQ(d->header_count, 0u);
}

TEST_F(RequestBuilderTest, LazyValuesAreNotCopied) {
  weir_record& r = batch_.add("orders");
  const std::string text = R"({"a":1})";
  r.value = Value::lazy(text);
  EXPECT_EQ(build()->body.data(), text.data());
}

TEST_F(RequestBuilderTest, TheKeyNamesTheTopicConsumedFromWhateverATransformSays) {
  add("{}").topic = bytes_of("routed");
  config_.url = "http://h/${topic}";
  const Delivery* d = build();
  EXPECT_EQ(d->key, "orders-2-7");
  EXPECT_STREQ(d->url, "http://h/routed");
}

TEST_F(RequestBuilderTest, PercentEncodesWhatGoesIntoTheUrl) {
  add(R"({"id":"a/b c?&=#é"})");
  config_.url = "https://h:9/r/${value.id}?o=${offset}";
  EXPECT_STREQ(build()->url, "https://h:9/r/a%2Fb%20c%3F%26%3D%23%C3%A9?o=7");
}

TEST_F(RequestBuilderTest, WhatATemplateMissesMakesABadRecord) {
  add("{}");
  config_.url = "http://h/${value.id}";
  const Delivery* d = build();
  EXPECT_FALSE(d->send);
  EXPECT_EQ(d->fate, Errc::bad_record);
  EXPECT_NE(d->message.find("orders-2@7"), std::string_view::npos) << d->message;
  EXPECT_NE(d->message.find("${value.id}"), std::string_view::npos) << d->message;
}

TEST_F(RequestBuilderTest, ARecordWithoutTheKeyThatIdempotencyNeedsIsBad) {
  add("{}").key = Value::null();
  config_.idempotency_template = "${key}";
  EXPECT_EQ(build()->fate, Errc::bad_record);
}

TEST_F(RequestBuilderTest, NoHeaderInjection) {
  add("{\"h\":\"a\\r\\nX-Evil: 1\"}", "k\r\nX-Evil: 2");
  config_.headers = "X-H: ${value.h}";
  EXPECT_EQ(build()->fate, Errc::bad_record);
  config_.headers.clear();
  config_.idempotency_template = "${key}";
  EXPECT_EQ(build()->fate, Errc::bad_record);
}

TEST_F(RequestBuilderTest, TemplatedAndForwardedHeaders) {
  add(R"({"store":"0042","none":""})");
  batch_[0].add_header("traceparent", Value::string("00-1"));
  batch_[0].add_header("secret", Value::string("no"));
  batch_[0].add_header("X-Ref", Value::int64(5));
  config_.headers = "X-Store: ${value.store}|X-Empty: ${value.none}";
  config_.forwarded_headers = {"trace*", "x-*"};
  const std::vector<std::string> expected{"X-Store: 0042", "X-Empty;", "traceparent: 00-1", "X-Ref: 5"};
  EXPECT_EQ(lines(*build()), expected);
}

TEST_F(RequestBuilderTest, BodyFormats) {
  weir_record& r = add("\"plain \\\"text\\\"\"");
  config_.body_format = BodyFormat::string;
  EXPECT_EQ(build()->body, "plain \"text\"");
  config_.body_format = BodyFormat::json;
  EXPECT_EQ(build()->body, "\"plain \\\"text\\\"\"");
  config_.body_format = BodyFormat::raw;
  r.value = Value::bytes(std::string_view("\0\xFF", 2));
  EXPECT_EQ(build()->body, std::string_view("\0\xFF", 2));
  r.value = Value::int64(5);
  EXPECT_EQ(build()->fate, Errc::bad_record);
  config_.body_format = BodyFormat::text_template;
  config_.body_template = R"({"k":"${key}","v":${value}})";
  EXPECT_EQ(build()->body, R"({"k":"k1","v":5})");
}

TEST_F(RequestBuilderTest, TooLongABodyIsABadRecord) {
  add(R"({"a":"0123456789"})");
  config_.request_max_bytes = 18;
  EXPECT_TRUE(build()->send);
  config_.request_max_bytes = 17;
  EXPECT_EQ(build()->fate, Errc::bad_record);
}

TEST_F(RequestBuilderTest, Tombstones) {
  add("null");
  config_.url = "http://h/r/${key}";
  const std::pair<NullValues, Errc> fates[] = {{NullValues::ignore, Errc::ok},
                                               {NullValues::log, Errc::ok},
                                               {NullValues::fail, Errc::fatal},
                                               {NullValues::dlq, Errc::bad_record}};
  for (const auto& [mode, fate] : fates) {
    config_.null_values = mode;
    const Delivery* d = build();
    EXPECT_FALSE(d->send);
    EXPECT_EQ(d->fate, fate);
  }
  config_.null_values = NullValues::remove;
  const Delivery* d = build();
  EXPECT_TRUE(d->send);
  EXPECT_TRUE(d->remove);
  EXPECT_STREQ(d->url, "http://h/r/k1");
}

TEST_F(RequestBuilderTest, LanesFollowTheOrderingMode) {
  add("{}", "a");
  add("{}", "a");
  add("{}", "b");
  EXPECT_EQ(build(0)->lane_hash, build(1)->lane_hash);
  EXPECT_NE(build(0)->lane_hash, build(2)->lane_hash);
  config_.ordering = Ordering::partition;
  EXPECT_EQ(build(0)->lane_hash, build(2)->lane_hash);
}

TEST_F(RequestBuilderTest, BatchBodies) {
  add("{\"n\":1}");
  add("{\"n\":2}");
  const Delivery* both[] = {build(0), build(1)};
  std::string out = "old";
  config_.batch_prefix = "<";
  config_.batch_separator = "\n";
  config_.batch_suffix = ">";
  join_bodies(config_, both, 2, out);
  EXPECT_EQ(out, "<{\"n\":1}\n{\"n\":2}>");
  config_.batch_as_array = true;
  join_bodies(config_, both, 2, out);
  EXPECT_EQ(out, "[{\"n\":1},{\"n\":2}]");
  join_bodies(config_, both, 1, out);
  EXPECT_EQ(out, "[{\"n\":1}]");
  EXPECT_EQ(batch_key(both, 2), sha256_hex("orders-2-7\norders-2-7\n"));
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace weir::connectors::http
