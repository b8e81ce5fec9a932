// vectors/: facts about Kafka Connect 4.1.0, made with its own classes: texts that SimpleHeaderConverter and JsonConverter
// read, and what Cast makes of values.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <runtime/plugin/instances.hpp>
#include <vector>
#include <weir/connect_text.hpp>
#include <weir/json.hpp>
#include <weir/testing/fake_host.hpp>

#include "case_runner.hpp"
#include "shown.hpp"

namespace weir::conformance {
namespace {

using runtime::plugin::ConverterInstance;
using runtime::plugin::HeaderConverterInstance;
using runtime::plugin::TransformInstance;

std::vector<std::string> lines_of(const std::string& name, const std::string& start) {
  std::ifstream file(WEIR_VECTORS_FOLDER "/" + name);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(start, 0) == 0) {
      out.push_back(line.substr(start.size()));
    }
  }
  return out;
}

TEST(Vectors, SimpleHeaderConverterReads) {
  testing::FakeTask task;
  auto converter = HeaderConverterInstance::create(
      *registry().find(runtime::plugin::Kind::header_converter, "SimpleHeaderConverter"), {}, task.c());
  ASSERT_TRUE(converter);
  const auto lines = lines_of("simple-header.txt", "HDR | ");
  ASSERT_GT(lines.size(), 50u);
  for (const std::string& line : lines) {
    // text | schema | value; a null header and the text "null" have no schema.
    const auto last = line.rfind(" | ");
    const auto middle = last == std::string::npos ? last : line.rfind(" | ", last - 1);
    std::string text = line.substr(0, middle);
    std::string want = middle == std::string::npos ? "" : line.substr(middle + 3);
    if (middle == std::string::npos) {  // "null | null": the text has none, nor a value
      text = "null";
      want = "- | null";
    }
    OwnedArena memory;
    weir_header header{};
    testing::TestBatch batch;
    const bool absent = text == "null" && want == "- | null" && &line == &lines[0];
    const auto code = converter->decode(bytes_of("t"), absent ? kAbsent : bytes_of(text), memory.c(), &header, batch.errors());
    ASSERT_EQ(code, std::uint32_t{WEIR_OK}) << line;
    EXPECT_EQ(want, shown_type(header.schema) + " | " + shown(Value(header.value), header.schema)) << line;
  }
}

TEST(Vectors, JsonConverterReads) {
  testing::FakeTask task;
  const auto lines = lines_of("json-converter.txt", "J< | ");
  ASSERT_GT(lines.size(), 20u);
  for (const std::string& line : lines) {
    auto converter = ConverterInstance::create(*registry().find(runtime::plugin::Kind::converter, "JsonConverter"),
                                               {{"converter.type", "value"}, {"schemas.enable", line[0] == 's' ? "true" : "false"}}, task.c());
    ASSERT_TRUE(converter);
    const auto end = line.find(" | ", 4);
    ASSERT_NE(end, std::string::npos) << line;
    const std::string text = line.substr(4, end - 4);
    const std::string want = line.substr(end + 3);
    testing::TestBatch batch;
    weir_record& r = batch.add("t", 0, 0);
    const bool absent = line[0] == 's' && text == "null" && want == "- | null";
    r.raw_value = absent ? kAbsent : bytes_of(text);
    converter->decode(batch.c(), WEIR_SIDE_VALUE, batch.errors());
    if (want.rfind("THROWS ", 0) == 0) {
      ASSERT_EQ(1u, batch.failures().size()) << line;
      EXPECT_NE(batch.failures().begin()->second.message.find(want.substr(want.find(": ") + 2)), std::string::npos) << line;
      continue;
    }
    ASSERT_TRUE(batch.failures().empty()) << line;
    Value value(r.value);
    ASSERT_TRUE(json::expand_all(value, batch.arena()));
    EXPECT_EQ(want, shown_type(r.value_schema) + " | " + shown(value, r.value_schema)) << line;
  }
}

// The file gives inputs as Java prints them, without their types: some type of that text must do what the line says.
TEST(Vectors, CastAsKafkaConnectDoes) {
  testing::FakeTask task;
  const auto lines = lines_of("cast.txt", "");
  int checked = 0;
  for (const std::string& line : lines) {
    const auto arrow = line.find(" -> ");
    if (line[0] == '#' || arrow == std::string::npos) {
      continue;
    }
    const std::string input = line.substr(0, arrow);
    const auto end = std::min(line.find(" = ", arrow), line.find(" THROWS ", arrow));
    ASSERT_NE(end, std::string::npos) << line;
    const std::string spec = line.substr(arrow + 4, end - arrow - 4);
    const std::string want = line.substr(end + 1);
    auto cast = TransformInstance::create(*registry().find(runtime::plugin::Kind::transform, "Cast$Value"), {{"spec", spec}}, task.c());
    ++checked;
    if (want.find("THROWS ConfigException") == 0) {
      EXPECT_FALSE(cast) << line;
      continue;
    }
    ASSERT_TRUE(cast) << line << cast.error().message;
    const bool schemaless = want.back() == '-';
    std::vector<std::pair<Value, const weir_schema*>> candidates;
    const auto add = [&](const Value& v, const weir_schema* schema) { candidates.emplace_back(v, schemaless ? nullptr : schema); };
    add(Value::string(input), schemas::string());
    add(Value::bytes("\x01\x02"), schemas::bytes());
    add(Value::boolean(input == "true"), schemas::of(Kind::boolean));
    OwnedArena memory;
    if (const auto d = java::parse_decimal(input)) {
      add(Value::float64(connect::real_of<double>(input)), schemas::of(Kind::float64));
      add(Value::float32(connect::real_of<float>(input)), schemas::of(Kind::float32));
      add(Value::int64(java::to_long(*d)), schemas::of(Kind::int64));
      add(Value::decimal(input), SchemaBuilder(memory.view(), Kind::bytes).name(kDecimalName).version(1).parameter("scale", "2").build());
    }
    bool found = false;
    std::string seen;
    for (const auto& [value, schema] : candidates) {
      testing::TestBatch batch;
      weir_record& r = batch.add("t", 0, 0);
      r.value = value;
      r.value_schema = schema;
      cast->apply(batch.c(), batch.errors());
      std::string got;
      if (!batch.failures().empty()) {
        got = "THROWS DataException " + batch.failures().begin()->second.message;
      } else {
        got = "= ";
        connect::append_java_string(got, Value(r.value));
        got += " ";
        if (r.value_schema == nullptr) {
          got += "-";
        } else {
          const std::string name(text_of(r.value_schema->name));
          got.append("Schema{").append(name).append(name.empty() ? "" : ":").append(connect::type_name(r.value_schema->type)).append("}");
        }
      }
      found = found || got == want;
      seen.append("\n").append(got);
    }
    EXPECT_TRUE(found) << line << seen;
  }
  EXPECT_GT(checked, 25);
}

}  // namespace
}  // namespace weir::conformance
