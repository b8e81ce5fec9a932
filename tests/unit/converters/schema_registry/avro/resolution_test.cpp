#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <converters/schema_registry/avro/resolution.hpp>
#include <string>

namespace weir::converters::schema_registry::avro {
namespace {

using ::testing::HasSubstr;

std::string reads(const std::string& reader, const std::string& writer) {
  auto r = AvroSchema::parse(reader);
  auto w = AvroSchema::parse(writer);
  EXPECT_TRUE(r && w);
  auto fits = can_read((*r)->root(), (*w)->root());
  return fits ? "yes" : fits.error().message;
}

std::string record(const std::string& fields) {
  return R"({"type":"record","name":"R","fields":[)" + fields + "]}";
}

TEST(AvroResolution, NumbersWiden) {
  EXPECT_EQ(reads(R"("long")", R"("int")"), "yes");
  EXPECT_EQ(reads(R"("double")", R"("float")"), "yes");
  EXPECT_EQ(reads(R"("bytes")", R"("string")"), "yes");
  EXPECT_EQ(reads(R"("int")", R"("long")"), "at the top: long is not read as int");
}

TEST(AvroResolution, NewFieldsNeedADefault) {
  const std::string a = R"({"name":"a","type":"int"})";
  EXPECT_EQ(reads(record(a + R"(,{"name":"b","type":"int","default":1})"), record(a)), "yes");
  EXPECT_EQ(reads(record(a + R"(,{"name":"b","type":"int"})"), record(a)),
            "at b: the field is new and has no default");
  EXPECT_EQ(reads(record(a), record(a + R"(,{"name":"b","type":"int"})")), "yes");
  EXPECT_EQ(reads(record(R"({"name":"z","type":"int","aliases":["a"]})"), record(a)), "yes");
}

TEST(AvroResolution, UnionsNeedABranchForEach) {
  EXPECT_EQ(reads(R"(["null","long"])", R"("int")"), "yes");
  EXPECT_EQ(reads(R"("int")", R"(["int"])"), "yes");
  EXPECT_THAT(reads(R"(["null","int"])", R"(["null","int","string"])"),
              HasSubstr("no branch of the reader's union takes string"));
}

TEST(AvroResolution, NamesSizesAndSymbolsCount) {
  EXPECT_THAT(
      reads(R"({"type":"fixed","name":"F","size":2})", R"({"type":"fixed","name":"F","size":3})"),
      HasSubstr("sizes"));
  EXPECT_THAT(reads(R"({"type":"enum","name":"E","symbols":["A"]})",
                    R"({"type":"enum","name":"E","symbols":["A","B"]})"),
              HasSubstr("symbol B"));
  EXPECT_EQ(reads(R"({"type":"enum","name":"E","symbols":["A"],"default":"A"})",
                  R"({"type":"enum","name":"E","symbols":["A","B"]})"),
            "yes");
  EXPECT_THAT(reads(record(""), R"({"type":"record","name":"Q","fields":[]})"),
              HasSubstr("name Q instead of R"));
  EXPECT_EQ(reads(R"({"type":"record","name":"R","aliases":["Q"],"fields":[]})",
                  R"({"type":"record","name":"Q","fields":[]})"),
            "yes");
}

TEST(AvroResolution, InsideContainersWithThePath) {
  EXPECT_EQ(
      reads(
          record(R"({"name":"l","type":{"type":"array","items":{"type":"map","values":"int"}}})"),
          record(
              R"({"name":"l","type":{"type":"array","items":{"type":"map","values":"string"}}})")),
      "at l[]{}: string is not read as int");
}

TEST(AvroResolution, RecursiveRecordsEnd) {
  const std::string list =
      R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"v","type":"int"}]})";
  const std::string other =
      R"({"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]},{"name":"v","type":"string"}]})";
  EXPECT_EQ(reads(list, list), "yes");
  EXPECT_THAT(reads(list, other), HasSubstr("string is not read as int"));
}

}  // namespace
}  // namespace weir::converters::schema_registry::avro
