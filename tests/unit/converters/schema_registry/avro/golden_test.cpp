// What Confluent's AvroData and Apache Avro 1.12 make of the same schemas and data
// (golden/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <converters/schema_registry/avro/avro_converter.hpp>
#include <converters/schema_registry/avro/decoder.hpp>
#include <converters/schema_registry/avro/encoder.hpp>
#include <cstdlib>
#include <fstream>
#include <runtime/data/json_codec.hpp>
#include <string>
#include <vector>
#include <weir/json.hpp>

namespace weir::converters::schema_registry::avro {
namespace {

using runtime::data::JsonCodec;
using runtime::data::JsonConfig;

struct Case {
  std::string line;
  std::string mode;
  ConfigMap options{{"schema.registry.url", "http://127.0.0.1:1"}};
  std::string avro;
  std::string connect;
  bool has_connect{false};
  std::string data;
  bool has_data{false};
  std::optional<std::int32_t> version;
  std::string error;
};

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}
std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out.append(
        {kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]});
  }
  return out;
}

std::vector<Case> cases() {
  const char* other = std::getenv("WEIR_AVRO_CASES");  // more than the repository keeps
  std::ifstream in(other != nullptr ? other : WEIR_GOLDEN "/avro.jsonl");
  std::vector<Case> out;
  for (std::string line; std::getline(in, line);) {
    OwnedArena memory;
    const auto json = json::read(line, memory.view());
    Case c;
    c.line = line;
    const auto text = [&](const char* name) {
      const Value* v = json->find(name);
      return v != nullptr && v->is_string() ? std::string(v->text()) : std::string();
    };
    c.mode = text("mode");
    c.avro = text("avro");
    c.connect = text("connect");
    c.has_connect = json->find("connect") != nullptr && json->find("connect")->is_string();
    c.data = unhex(text("data"));
    c.has_data = json->find("data") != nullptr && json->find("data")->is_string();
    c.error = text("error");
    if (const Value* v = json->find("version")) {
      c.version = static_cast<std::int32_t>(v->as_integer());
    }
    if (const Value* options = json->find("options")) {
      for (const Member& m : options->members()) {
        c.options[std::string(m.name().text())] = std::string(m.item().text());
      }
    }
    out.push_back(std::move(c));
  }
  return out;
}

/// Members in the order of their names: Java's maps have an order of their own.
void sort_members(Value& v) {
  if (v.is_array()) {
    for (Value& item : v.items()) {
      sort_members(item);
    }
  } else if (v.is_object()) {
    for (Member& m : v.members()) {
      sort_members(m.item());
    }
    std::sort(v.members().begin(), v.members().end(),
              [](const Member& a, const Member& b) { return a.name().text() < b.name().text(); });
  }
}
std::string sorted(std::string_view text) {
  OwnedArena memory;
  auto v = json::read(text, memory.view());
  if (!v) {
    return "not JSON: " + std::string(text);
  }
  sort_members(*v);
  std::string out;
  json::write(*v, out);
  return out;
}

AvroConfig options_of(const Case& c) {
  ConfigProblems problems;
  auto config = AvroConverter::describe().parse(c.options, problems);
  EXPECT_TRUE(problems.empty());
  return config;
}

JsonCodec json_codec() { return JsonCodec(JsonConfig{.replace_null_with_default = false}); }

Result<std::string> to_connect_json(const std::string& avro, const std::string& data,
                                    const AvroOptions& options,
                                    std::optional<std::int32_t> version) {
  auto schema = AvroSchema::parse(avro);
  if (!schema) {
    return schema.error();
  }
  ToConnect to(options);
  auto ready = to.make(**schema, version);
  if (!ready) {
    return ready.error();
  }
  OwnedArena memory;
  auto value = decode(*ready->plan, data, memory.view());
  if (!value) {
    return value.error();
  }
  JsonCodec codec = json_codec();
  auto json = codec.encode(*value, ready->schema, memory.view());
  if (!json) {
    return json.error();
  }
  return *json ? std::string(**json) : std::string("null");
}

struct Written {
  std::string avro;
  std::optional<std::string> data;
};

Result<Written> from_connect_json(const std::string& connect, const AvroOptions& options) {
  OwnedArena memory;
  JsonCodec codec = json_codec();
  Value value;
  const weir_schema* schema = nullptr;
  if (auto done = codec.decode(connect, memory.view(), value, schema); !done) {
    return done.error();
  }
  auto avro = from_connect(schema, options);
  if (!avro) {
    return avro.error();
  }
  auto text = schema_text((*avro)->root());
  if (!text) {
    return text.error();
  }
  Written out{*text, std::nullopt};
  if (value.is_null()) {
    return out;
  }
  WritePlans plans;
  auto plan = plans.make(schema, (*avro)->root(), options);
  if (!plan) {
    return plan.error();
  }
  std::string bytes;
  if (auto done = encode(**plan, value, memory.view(), bytes); !done) {
    return done.error();
  }
  out.data = bytes;
  return out;
}

TEST(AvroGolden, ReadsAsAvroDataDoes) {
  std::size_t seen = 0;
  for (const Case& c : cases()) {
    if (c.mode != "to") {
      continue;
    }
    ++seen;
    const auto got = to_connect_json(c.avro, c.data, options_of(c), c.version);
    if (!c.error.empty()) {
      EXPECT_FALSE(got) << c.line << "\ngot " << *got;
    } else {
      EXPECT_TRUE(got) << c.line << "\n" << (got ? "" : got.error().message);
      if (got) {
        EXPECT_EQ(c.has_connect ? sorted(c.connect) : "null", sorted(*got)) << c.line;
      }
    }
  }
  EXPECT_GT(seen, 0u);
}

TEST(AvroGolden, WritesAsAvroDataDoes) {
  std::size_t seen = 0;
  for (const Case& c : cases()) {
    if (c.mode != "from") {
      continue;
    }
    ++seen;
    const auto got = from_connect_json(c.connect, options_of(c));
    if (!c.error.empty()) {
      EXPECT_FALSE(got) << c.line << "\ngot " << got->avro;
      continue;
    }
    EXPECT_TRUE(got) << c.line << "\n" << (got ? "" : got.error().message);
    if (!got) {
      continue;
    }
    EXPECT_EQ(c.avro, got->avro) << c.line;
    EXPECT_EQ(c.has_data, got->data.has_value()) << c.line;
    if (c.has_data && got->data && c.data != *got->data) {
      // Java's maps have an order of their own: then the two say the same.
      const bool maps = c.avro.find(R"("map")") != std::string::npos ||
                        c.avro.find("MapEntry") != std::string::npos;
      EXPECT_TRUE(maps) << c.line << "\ngot  " << hex(*got->data);
      const AvroOptions options = options_of(c);
      const auto theirs = to_connect_json(c.avro, c.data, options, {});
      const auto ours = to_connect_json(c.avro, *got->data, options, {});
      EXPECT_TRUE(theirs && ours) << c.line;
      if (theirs && ours) {
        EXPECT_EQ(sorted(*theirs), sorted(*ours)) << c.line;
      }
    }
  }
  EXPECT_GT(seen, 0u);
}

}  // namespace
}  // namespace weir::converters::schema_registry::avro
