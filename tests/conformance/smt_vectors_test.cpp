// vectors/smt.txt: each transform on four records, with the schemas and Java types that come out, as Apache Kafka
// Connect 4.1.0 made them.
#include "case_runner.hpp"
#include "shown.hpp"

#include <runtime/plugin/instances.hpp>

#include <weir/connect_text.hpp>
#include <weir/schema.hpp>
#include <weir/testing/fake_host.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <vector>

namespace weir::conformance {
namespace {

weir_member member(std::string_view name, const Value& value) {
  weir_member m{};
  m.key = Value::string(name);
  m.value = value;
  return m;
}

// The four input records of the file.
void fill(testing::TestBatch& batch, std::string_view which) {
  const Arena arena = batch.arena();
  weir_record& r = batch.add("top", 3, 42);
  r.timestamp = which == "null value+schema,no ts" ? WEIR_NO_TIMESTAMP : 1577934245678;
  r.key = Value::string("k");
  r.key_schema = which == "map" ? nullptr : schemas::string();
  Arena a = arena;
  auto* items = a.array<weir_value>(1);
  items[0] = Value::string("p");
  auto* inner = a.array<weir_member>(2);
  inner[0] = member("x", Value::int64(9));
  inner[1] = member("a.b", Value::string("q"));
  if (which == "map") {
    auto* members = a.array<weir_member>(6);
    members[0] = member("id", Value::int64(7));
    members[1] = member("s", Value::string("12"));
    members[2] = member("ts", Value::int64(1577934245678));
    members[3] = member("n", Value::map(inner, 1));
    members[4] = member("arr", Value::array(items, 1));
    members[5] = member("nul", Value());
    r.value = Value::map(members, 6);
  }
  if (which == "map" || which == "tombstone") {
    return;
  }
  const weir_schema* text = SchemaBuilder(a, Kind::string).optional().default_value(Value::string("DD")).build();
  const weir_schema* nested =
      SchemaBuilder(a, Kind::structure).optional().field("x", schemas::int64()).field("a.b", schemas::string(true)).build();
  const weir_schema* list = SchemaBuilder(a, Kind::array).optional().values(schemas::string()).build();
  r.value_schema = SchemaBuilder(a, Kind::structure)
                       .name("V")
                       .version(1)
                       .optional()
                       .field("id", schemas::int32())
                       .field("s", schemas::string(true))
                       .field("d", text)
                       .field("ts", schemas::timestamp(true))
                       .field("n", nested)
                       .field("arr", list)
                       .build();
  if (which == "struct") {
    auto* members = a.array<weir_member>(6);
    members[0] = member("id", Value::int32(7));
    members[1] = member("s", Value::string("12"));
    members[2] = member("d", Value());
    members[3] = member("ts", Value::timestamp(1577934245678));
    members[4] = member("n", Value::structure(inner, 2));
    members[5] = member("arr", Value::array(items, 1));
    r.value = Value::structure(members, 6);
  }
}

// "a=1, b=x,y" (values may hold commas, but none followed by a blank)
ConfigMap parse_config(std::string_view text) {
  ConfigMap config;
  while (!text.empty()) {
    const auto end = text.find(", ");
    const std::string_view entry = text.substr(0, end);
    const auto equals = entry.find('=');
    config[std::string(entry.substr(0, equals))] = std::string(entry.substr(equals + 1));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 2);
  }
  return config;
}

std::string run(std::string_view transform, std::string_view which, const ConfigMap& config) {
  const std::string name(transform);
  const bool sided = name != "InsertHeader" && name != "RegexRouter" && name != "TimestampRouter" && name != "ValueToKey" &&
                     name != "DropHeaders" && name != "Filter";
  static testing::FakeTask task;
  const runtime::plugin::Component* component = registry().find(runtime::plugin::Kind::transform, sided ? name + "$Value" : name);
  auto instance = runtime::plugin::TransformInstance::create(*component, config, task.c());
  if (!instance) {
    return "THROWS " + instance.error().message;
  }
  testing::TestBatch batch;
  fill(batch, which);
  instance->apply(batch.c(), batch.errors());
  if (!batch.failures().empty()) {
    return "THROWS " + batch.failures().begin()->second.message;
  }
  Record record = batch[0];
  if (record.c()->state == WEIR_RECORD_DROPPED) {
    return "DROPPED";
  }
  std::string out = "topic=" + std::string(record.topic());
  out.append(" key=").append(shown_type(record.key_schema())).append(" ").append(shown(record.key(), record.key_schema()));
  out.append(" val=").append(shown_type(record.value_schema())).append(" ").append(shown(record.value(), record.value_schema()));
  if (!record.headers().empty()) {
    out += " hdr=";
    for (const Header& h : record.headers()) {
      out.append(h.name_text()).append("=").append(shown_type(h.schema)).append(":").append(shown(h.item(), view(h.schema))).append(" ");
    }
  }
  return out;
}

TEST(SmtVectors, AgreeWithKafkaConnect) {
  std::ifstream file(WEIR_VECTORS_FOLDER "/smt.txt");
  ASSERT_TRUE(file.is_open());
  int lines = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("SMT | ", 0) != 0) {
      continue;
    }
    const auto bar1 = line.find(" | ", 6);
    const auto bar2 = line.find("} | ", bar1 + 3);
    ASSERT_NE(bar2, std::string::npos) << line;
    const std::string title = line.substr(6, bar1 - 6);
    const auto bracket = title.rfind(" [");
    const std::string which = title.substr(bracket + 2, title.size() - bracket - 3);
    const std::string transform = title.substr(0, std::min(title.find(' '), bracket));
    std::string want = line.substr(bar2 + 4);
    const std::string got = run(transform, which, parse_config(line.substr(bar1 + 4, bar2 - bar1 - 4)));
    if (want.rfind("THROWS ", 0) == 0) {  // the exception's class is Java's
      const auto colon = want.find(": ");
      const std::string words = want.substr(colon + 2);
      // Ours where Java dies of a null pointer, or prints the whole record.
      const bool own_words = want.find("NullPointerException") != std::string::npos || words.rfind("Timestamp missing", 0) == 0;
      EXPECT_EQ("THROWS", got.substr(0, 6)) << line;
      if (!own_words) {
        EXPECT_NE(got.find(words), std::string::npos) << line << "\n" << got;
      }
    } else {
      EXPECT_EQ(want, got) << line;
    }
    ++lines;
  }
  EXPECT_GT(lines, 100);
}

}  // namespace
}  // namespace weir::conformance
