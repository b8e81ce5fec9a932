#include <weir/odbc/row_mapper.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

namespace weir::odbc {
namespace {

using testing::TestBatch;

std::string text(const std::vector<Field>& fields) {
  std::string out;
  for (const Field& f : fields) {
    out.append(out.empty() ? "" : " ").append(f.name).append(f.key ? "*=" : "=");
    json::write(f.value, out);
  }
  return out;
}

struct Mapped {
  Result<RowKind> kind;
  std::string fields;
};

Mapped map(const MapperOptions& options, const char* key, const char* value) {
  static std::vector<std::unique_ptr<TestBatch>> batches;
  batches.push_back(std::make_unique<TestBatch>());
  TestBatch& batch = *batches.back();
  weir_record& r = batch.add("t", 3, 7);
  if (key != nullptr) {
    r.key = *json::read(key, batch.arena());
  }
  if (value != nullptr) {
    r.value = *json::read(value, batch.arena());
  }
  std::vector<Field> fields{{"of another record", Value::null(), nullptr, true}};
  Record record = batch[0];
  const RowMapper mapper(options);  // the names of its key columns live in it
  auto kind = mapper.map(record, fields);
  fields.erase(fields.begin());
  std::string shown = text(fields);
  return {std::move(kind), std::move(shown)};
}

TEST(RowMapper, MembersAreColumns) {
  const auto m = map({}, nullptr, R"({"a":1,"b":"x","c":{"d":[1]}})");
  ASSERT_TRUE(m.kind);
  EXPECT_EQ(m.fields, R"(a=1 b="x" c={"d":[1]})");
}

TEST(RowMapper, WhitelistKeepsKeys) {
  MapperOptions o;
  o.pk_mode = PkMode::record_value;
  o.pk_fields = {"id"};
  o.whitelist = {"b"};
  EXPECT_EQ(map(o, nullptr, R"({"a":1,"b":2,"id":3})").fields, "b=2 id*=3");
}

TEST(RowMapper, KeyOfTheRecord) {
  MapperOptions o;
  o.pk_mode = PkMode::record_key;
  o.pk_fields = {"id"};
  EXPECT_EQ(map(o, R"("k")", R"({"a":1,"id":"other"})").fields, R"(id*="k" a=1)");
  EXPECT_EQ(map(o, R"({"id":5,"x":6})", R"({"a":1})").fields, "id*=5 a=1");
  o.pk_fields.clear();
  EXPECT_EQ(map(o, R"({"id":5,"x":6})", R"({"a":1})").fields, "id*=5 x*=6 a=1");
  EXPECT_EQ(map(o, nullptr, R"({"a":1})").kind.error().code, Errc::bad_record);
  EXPECT_EQ(map(o, R"("k")", R"({"a":1})").kind.error().code, Errc::bad_record);
}

TEST(RowMapper, Coordinates) {
  MapperOptions o;
  o.pk_mode = PkMode::kafka;
  EXPECT_EQ(map(o, nullptr, R"({"a":1})").fields,
            R"(__connect_topic*="t" __connect_partition*=3 __connect_offset*=7 a=1)");
}

TEST(RowMapper, KeyMembersOfTheValueMustBeThere) {
  MapperOptions o;
  o.pk_mode = PkMode::record_value;
  o.pk_fields = {"id"};
  EXPECT_EQ(map(o, nullptr, R"({"a":1})").kind.error().code, Errc::bad_record);
  EXPECT_EQ(map(o, nullptr, R"({"a":1,"id":null})").kind.error().code, Errc::bad_record);
}

TEST(RowMapper, Tombstones) {
  MapperOptions o;
  o.pk_mode = PkMode::record_key;
  o.pk_fields = {"id"};
  EXPECT_EQ(map(o, R"("k")", nullptr).kind.error().code, Errc::bad_record);
  o.on_null = OnNull::remove;
  const auto removed = map(o, R"("k")", nullptr);
  EXPECT_EQ(*removed.kind, RowKind::remove);
  EXPECT_EQ(removed.fields, R"(id*="k")");
  o.on_null = OnNull::ignore;
  EXPECT_EQ(*map(o, R"("k")", nullptr).kind, RowKind::skip);
}

TEST(RowMapper, WholeDocuments) {
  MapperOptions o;
  o.document_column = "DOC";
  o.metadata_column = "META";
  o.offset_column = "OFF";
  o.metadata_push_time = false;
  EXPECT_EQ(map(o, R"("k")", R"({"a":[1,{"b":null}]})").fields,
            R"(META={"topic":"t","partition":3,"offset":7,"key":"k"} DOC={"a":[1,{"b":null}]} OFF=7)");
  o.on_null = OnNull::row;
  o.metadata_column.clear();
  EXPECT_EQ(map(o, nullptr, nullptr).fields, "DOC=null OFF=7");
}

TEST(RowMapper, OnlyObjectsHaveColumns) {
  EXPECT_EQ(map({}, nullptr, "[1]").kind.error().code, Errc::bad_record);
  EXPECT_EQ(map({}, nullptr, "\"x\"").kind.error().code, Errc::bad_record);
}

}  // namespace
}  // namespace weir::odbc
