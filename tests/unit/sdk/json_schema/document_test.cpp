#include <weir/json_schema/document.hpp>

#include <gtest/gtest.h>

namespace weir::json_schema {
namespace {

TEST(ResolveUri, AsInRfc3986) {
  EXPECT_EQ(resolve_uri("", "#/a"), "#/a");
  EXPECT_EQ(resolve_uri("", "b.json"), "b.json");
  EXPECT_EQ(resolve_uri("http://x/a/b.json#/c", "d.json"), "http://x/a/d.json");
  EXPECT_EQ(resolve_uri("http://x/a/b.json", "#id"), "http://x/a/b.json#id");
  EXPECT_EQ(resolve_uri("http://x/a/b.json", "/d.json"), "http://x/d.json");
  EXPECT_EQ(resolve_uri("http://x", "d.json"), "http://x/d.json");
  EXPECT_EQ(resolve_uri("http://x/a", "urn:other"), "urn:other");
  EXPECT_EQ(resolve_uri("a/b.json", "c.json"), "a/c.json");
}

std::string found(const Document& document, std::string_view reference, std::string_view base) {
  const auto place = document.resolve(reference, base);
  if (!place) {
    return place.error().message;
  }
  const Value* title = place->node->is_object() ? place->node->find("title") : nullptr;
  return title == nullptr ? "no title" : std::string(title->text());
}

TEST(JsonSchemaDocument, References) {
  const auto document = Document::parse(R"({"$id":"http://acme.com/sale.json","title":"root","definitions":{
      "a b":{"title":"blank"},"x/y":{"title":"slash"},"z~":{"title":"tilde"},
      "named":{"$id":"#local","title":"local"},"anchored":{"$anchor":"here","title":"anchored"},
      "moved":{"$id":"http://acme.com/sub/","title":"moved","definitions":{"in":{"title":"in moved"}}},
      "list":[{"title":"first"},{"title":"second"}],
      "values":{"enum":[{"$id":"#local","title":"a value, no schema"}]}}})",
                                         {{"other.json", R"({"title":"other","definitions":{"p":{"title":"other p"}}})"},
                                          {"store", R"({"$id":"http://store.com/s.json","title":"store"})"}});
  ASSERT_TRUE(document) << document.error().message;
  const Document& d = **document;
  const std::string base(d.root().base);
  EXPECT_EQ(base, "http://acme.com/sale.json");
  EXPECT_EQ(found(d, "#", base), "root");
  EXPECT_EQ(found(d, "#/definitions/a%20b", base), "blank");
  EXPECT_EQ(found(d, "#/definitions/x~1y", base), "slash");
  EXPECT_EQ(found(d, "#/definitions/z~0", base), "tilde");
  EXPECT_EQ(found(d, "#local", base), "local");
  EXPECT_EQ(found(d, "#here", base), "anchored");
  EXPECT_EQ(found(d, "#/definitions/list/1", base), "second");
  EXPECT_EQ(found(d, "http://acme.com/sub/", base), "moved");
  EXPECT_EQ(found(d, "#/definitions/in", "http://acme.com/sub/"), "in moved");
  EXPECT_EQ(found(d, "other.json", base), "other");
  EXPECT_EQ(found(d, "http://acme.com/other.json#/definitions/p", base), "other p");
  EXPECT_EQ(found(d, "store", base), "store");
  EXPECT_EQ(found(d, "http://store.com/s.json", base), "store");
  EXPECT_EQ(found(d, "#/definitions/list/2", base),
            "$ref \"#/definitions/list/2\" leads nowhere: it is neither in the schema nor among its references");
  EXPECT_NE(found(d, "missing.json", base).find("leads nowhere"), std::string::npos);
  EXPECT_NE(found(d, "#nothing", base).find("leads nowhere"), std::string::npos);
}

TEST(JsonSchemaDocument, WhatIsNone) {
  const auto error = [](std::string_view text) {
    const auto document = Document::parse(text);
    return document ? "" : document.error().message;
  };
  EXPECT_NE(error("{"), "");
  EXPECT_EQ(error("[1]"), "Invalid JSON Schema: a schema is a JSON object");
  EXPECT_EQ(error("true"), "");
  std::string deep;
  for (int i = 0; i < 5000; ++i) {
    deep += "{\"not\":";
  }
  EXPECT_NE(error(deep), "");
}

}  // namespace
}  // namespace weir::json_schema
