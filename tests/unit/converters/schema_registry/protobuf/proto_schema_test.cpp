#include <google/protobuf/descriptor.pb.h>

#include <weir/java_text.hpp>

#include "messages.hpp"

namespace weir::converters::schema_registry::protobuf {
namespace {

std::string error_of(const std::string& text, const std::vector<ImportedFile>& files = {}) {
  const auto made = ProtoSchema::compile(text, files);
  return made ? "" : made.error().message;
}

const std::string kProto3 = "syntax = \"proto3\";\n";

TEST(ProtoSchema, ReferencesOfReferences) {
  const std::string text = kProto3 + "import \"b.proto\"; message A { pkg.B b = 1; }";
  const std::vector<ImportedFile> files = {
      {"c.proto", kProto3 + "package pkg; message C { int32 n = 1; }"},
      {"b.proto", kProto3 + "package pkg; import public \"c.proto\"; message B { C c = 1; }"}};
  EXPECT_EQ(MessageType(text, {}, files).read("0a04 0a02 0807"), "Struct{b=Struct{c=Struct{n=7}}}");
  EXPECT_EQ(error_of(text, {files[1]}),
            "import \"c.proto\" is neither among the schema's references nor one of the files that "
            "need no reference "
            "(imported by b.proto)");
  EXPECT_EQ(
      error_of(kProto3 + "import \"a.proto\";", {{"a.proto", kProto3 + "import \"a.proto\";"}}),
      "\"a.proto\" imports itself, directly or through others (imported by a.proto)");
}

TEST(ProtoSchema, KnownFilesNeedNoReference) {
  for (const std::string name :
       {"google/protobuf/any.proto",         "google/protobuf/struct.proto",
        "google/protobuf/duration.proto",    "google/protobuf/empty.proto",
        "google/protobuf/field_mask.proto",  "google/protobuf/descriptor.proto",
        "google/type/money.proto",           "google/type/color.proto",
        "google/type/datetime.proto",        "google/type/dayofweek.proto",
        "google/type/decimal.proto",         "google/type/expr.proto",
        "google/type/fraction.proto",        "google/type/interval.proto",
        "google/type/latlng.proto",          "google/type/localized_text.proto",
        "google/type/month.proto",           "google/type/phone_number.proto",
        "google/type/postal_address.proto",  "google/type/quaternion.proto",
        "google/type/calendar_period.proto", "google/type/date.proto",
        "google/type/timeofday.proto",       "confluent/meta.proto",
        "confluent/type/decimal.proto",      "confluent/type/variant.proto"}) {
    EXPECT_EQ(error_of(kProto3 + "import \"" + name + "\"; message M { int32 a = 1; }"), "")
        << name;
  }
}

TEST(ProtoSchema, WhatOthersAllow) {
  // A package in the way of confluent.*, an option without its import, one that nobody knows.
  MessageType m(
      kProto3 +
      R"(package io.confluent.demo; option java_package = "x"; option (my.file) = { a: 1 };
    message M { option (buf.validate.message).cel = { id: "x" };
      int32 small = 1 [(confluent.field_meta) = { params: [ { key: "connect.type", value: "int8" } ] }, (gogoproto.nullable) = false];
      string s = 2 [default = "dflt", debug_redact = true]; })");
  ASSERT_EQ(m.error(), "");
  EXPECT_EQ(m.read(""), "Struct{small=0,s=dflt}")
      << "proto3 with a default, as Confluent's converter writes it";
  EXPECT_EQ(static_cast<Kind>(view(m.schema())->field("small")->schema->type), Kind::int8);

  MessageType enums(kProto3 +
                    "message M { enum A { UNKNOWN = 0; X = 1; } enum B { UNKNOWN = 0; A_X = 1; AX "
                    "= 2; } A a = 1; B b = 2; }");
  ASSERT_EQ(enums.error(), "") << "enums of one message may share names";
  EXPECT_EQ(enums.read("0801 1002"), "Struct{a=X,b=AX}");

  MessageType service(kProto3 +
                      "message M { int32 a = 1; } service S { rpc R(M) returns (M) { option "
                      "(google.api.http) = { get: \"/\" }; } }");
  EXPECT_EQ(service.read("0801"), "Struct{a=1}");
}

TEST(ProtoSchema, AMapSpelledOut) {
  // As Confluent's converter registers maps.
  MessageType m(kProto3 +
                "message M { repeated TagsEntry tags = 1; message TagsEntry { string key = 1; "
                "int32 value = 2; } }");
  EXPECT_EQ(m.read("0a05 0a0161 1001"), "Struct{tags={a=1}}");
  MessageType option(kProto3 +
                     "message M { repeated TagsEntry tags = 1; message TagsEntry { option "
                     "map_entry = true; string key = 1; int32 value = 2; } }");
  EXPECT_EQ(option.read("0a05 0a0161 1001"), "Struct{tags={a=1}}");
}

TEST(ProtoSchema, IndexesCountMessagesOfTheText) {
  const std::string text =
      kProto3 +
      R"(enum E { Z = 0; } message A { map<string, int32> m = 1; message B { int32 b = 1; } message C { int32 c = 1; } }
    message D { int32 d = 1; })";
  const auto proto = ProtoSchema::compile(text, {});
  ASSERT_TRUE(proto);
  const auto name = [&](std::vector<std::int32_t> path) {
    const auto found = (*proto)->message_at(path);
    if (found) {
      EXPECT_EQ(ProtoSchema::path_of(**found), path);
    }
    return found ? (*found)->full_name() : found.error().message;
  };
  EXPECT_EQ(name({0}), "A");
  EXPECT_EQ(name({1}), "D");
  EXPECT_EQ(name({0, 0}), "A.B") << "the entry of map<> does not count";
  EXPECT_EQ(name({0, 1}), "A.C");
  EXPECT_EQ(name({2}), "The schema has no message at index [2]");
  EXPECT_EQ(name({-1}), "The schema has no message at index [-1]");
  EXPECT_EQ(name({0, 0, 0}), "The schema has no message at index [0,0,0]");
}

TEST(ProtoSchema, Base64OfADescription) {
  pb::FileDescriptorProto file;
  file.set_syntax("proto3");
  file.add_message_type()->set_name("M");
  EXPECT_EQ(MessageType(java::base64(file.SerializeAsString())).read(""), "Struct{}");
}

TEST(ProtoSchema, WhatIsWrongIsSaid) {
  EXPECT_EQ(error_of(kProto3 + "message M { int32 a = ; }"),
            "Could not parse Protobuf - default.proto: line 2, column 23: Expected field number.");
  EXPECT_EQ(error_of(kProto3 + "message M { Missing a = 1; }"),
            "Invalid Protobuf schema: M.a: \"Missing\" is not defined.");
  EXPECT_NE(error_of("{\"type\":\"object\"}"), "");
  EXPECT_EQ(error_of("// \xff"), "Could not parse Protobuf - default.proto: not UTF-8");
  EXPECT_NE(error_of("edition = \"2023\"; message M {}"), "");
  std::string deep = kProto3;
  for (int i = 0; i < 1000; ++i) {
    deep += "message M {";
  }
  EXPECT_EQ(error_of(deep),
            "Could not parse Protobuf - default.proto: brackets nested deeper than 64");
  EXPECT_EQ(error_of(kProto3 + "message M { string s = 1 [(x) = { a: '" + std::string(200, '{') +
                     "' }]; } // " + std::string(200, '{')),
            "");
}

}  // namespace
}  // namespace weir::converters::schema_registry::protobuf
