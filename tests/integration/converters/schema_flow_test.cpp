// Protobuf and JSON Schema through a whole worker: source -> topic -> sink, with a real Apache Kafka and a real registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <string>
#include <vector>

#include "support/apicurio.hpp"
#include "support/http_client.hpp"
#include "support/kafka_broker.hpp"
#include "support/topics.hpp"
#include "support/worker.hpp"

namespace weir::test {
namespace {

using namespace std::string_literals;
namespace json = boost::json;
using ::testing::HasSubstr;
using Config = std::map<std::string, std::string>;

KafkaBroker& kafka() {
  static KafkaBroker broker;
  return broker;
}
Apicurio& apicurio() {
  static Apicurio registry;
  return registry;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> out;
  std::string text = read_file(file);
  for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    out.push_back(text.substr(at, end - at));
  }
  return out;
}

json::value get(const std::string& path) { return json::parse(HttpClient(apicurio().url()).get(path).body); }

std::int32_t register_schema(const std::string& subject, const char* type, const std::string& schema,
                             const json::array& references = {}) {
  HttpClient http(apicurio().url());
  const auto answer = http.post("/subjects/" + subject + "/versions",
                                json::serialize(json::object{{"schema", schema}, {"schemaType", type}, {"references", references}}),
                                {"Content-Type: application/vnd.schemaregistry.v1+json"});
  EXPECT_EQ(answer.status, 200) << answer.body;
  return static_cast<std::int32_t>(json::parse(answer.body).at("id").to_number<std::int64_t>());
}

std::string framed(std::int32_t id, const std::string& data) {
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(id >> shift));
  }
  return out + data;
}

Config file_source(const std::filesystem::path& file, const std::string& topic, const std::string& converter) {
  return {{"connector.class", "FileStreamSource"},
          {"file", file.string()},
          {"topic", topic},
          {"tasks.max", "1"},
          {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
          {"value.converter", converter},
          {"value.converter.schema.registry.url", apicurio().url()},
          {"transforms", "struct,name"},
          {"transforms.struct.type", "org.apache.kafka.connect.transforms.HoistField$Value"},
          {"transforms.struct.field", "line"},
          {"transforms.name.type", "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value"},
          {"transforms.name.schema.name", "shop.Line"}};
}

Config file_sink(const std::filesystem::path& file, const std::string& topic, const std::string& converter) {
  return {{"connector.class", "FileStreamSink"},
          {"file", file.string()},
          {"topics", topic},
          {"tasks.max", "1"},
          {"value.converter", converter},
          {"value.converter.schema.registry.url", apicurio().url()},
          {"key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"},
          {"consumer.override.auto.offset.reset", "earliest"}};
}

/// 300 lines through the topic; every message starts with `start` after its id. Gives the registered schema.
std::string flow(const std::string& name, const std::string& converter, const std::string& start) {
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto in = worker.dir() / "in.txt";
  const auto out = worker.dir() / "out.txt";
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += "line \xc3\xa9 " + std::to_string(i) + "\n";
  }
  write_file(in, text);
  const std::string topic = name + ".lines";
  worker.put_connector(name + "-in", file_source(in, topic, converter));
  worker.put_connector(name + "-out", file_sink(out, topic, converter));
  EXPECT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() >= 300; })) << worker.log_text();
  EXPECT_EQ(lines_of(out).size(), 300u);
  EXPECT_THAT(lines_of(out), ::testing::Contains("{\"line\":\"line \xc3\xa9 299\"}"));
  const auto latest = get("/subjects/" + topic + "-value/versions/latest");
  const auto id = latest.at("id").to_number<std::int32_t>();
  TopicReader reader(kafka().bootstrap(), topic);
  const auto records = reader.read_to_end();
  EXPECT_EQ(records.size(), 300u);
  for (const TopicRecord& r : records) {
    EXPECT_EQ(r.value->substr(0, 5 + start.size()), framed(id, start));
  }
  worker.delete_connector(name + "-in");
  worker.delete_connector(name + "-out");
  EXPECT_EQ(worker.terminate(), 0);
  return std::string(latest.at("schema").as_string());
}

TEST(SchemaFlow, ProtobufFromASourceIntoASink) {
  const std::string schema = flow("proto", "io.confluent.connect.protobuf.ProtobufConverter", "\0\x0a"s);
  EXPECT_THAT(schema, HasSubstr("message Line"));
  EXPECT_THAT(schema, HasSubstr("string line = 1;"));
}

TEST(SchemaFlow, JsonSchemaFromASourceIntoASink) {
  const std::string schema = flow("jsonschema", "io.confluent.connect.json.JsonSchemaConverter", "{\"line\":\"");
  EXPECT_EQ(json::parse(schema).at("title").as_string(), "shop.Line");
}

TEST(SchemaFlow, ProtobufReferencesEvolutionAndPoison) {
  const std::string proto3 = "syntax = \"proto3\";\n";
  register_schema("money.proto", "PROTOBUF", proto3 + "package shop;\nmessage Money { int64 cents = 1; }\n");
  const json::array money{json::object{{"name", "money.proto"}, {"subject", "money.proto"}, {"version", 1}}};
  const std::string head = proto3 + "package shop;\nimport \"money.proto\";\nimport \"google/protobuf/timestamp.proto\";\n";
  const auto one = register_schema("proto.sales-value", "PROTOBUF", head + "message Sale { shop.Money total = 1; }\n", money);
  const auto two = register_schema("proto.sales-value", "PROTOBUF",
                                   head + "message Sale { shop.Money total = 1; google.protobuf.Timestamp at = 2; oneof pay { string card = 3; bool cash = 4; } }\n", money);
  ASSERT_NE(one, two);
  {
    TopicWriter writer(kafka().bootstrap());
    writer.write("proto.sales", "k", framed(one, "\0\x0a\x02\x08\x07"s));
    writer.write("proto.sales", "k", framed(two, "\0\x0a\x02\x08\x08\x12\x02\x08\x05\x1a\x01v"s));
    writer.write("proto.sales", "k", std::string("no protobuf"));
    writer.write("proto.sales", "k", framed(two, "\0\x0a\x05\x08"s));  // cut off
    writer.write("proto.sales", "k", framed(one, "\0\x0a\x02\x08\x09"s));
    writer.flush();
  }
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto out = worker.dir() / "out.txt";
  auto config = file_sink(out, "proto.sales", "ProtobufConverter");
  config["errors.tolerance"] = "all";
  config["errors.deadletterqueue.topic.name"] = "proto.dead";
  config["errors.deadletterqueue.topic.replication.factor"] = "1";
  config["errors.deadletterqueue.context.headers.enable"] = "true";
  worker.put_connector("proto-sales", config);
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() >= 3; })) << worker.log_text();
  const auto lines = lines_of(out);
  EXPECT_THAT(lines[0], HasSubstr(R"("total":{"cents":7})"));
  EXPECT_THAT(lines[1], HasSubstr(R"("card":"v")"));
  EXPECT_THAT(lines[1], HasSubstr("\"total\":{\"cents\":8}"));
  EXPECT_THAT(lines[2], HasSubstr(R"("total":{"cents":9})"));
  TopicReader reader(kafka().bootstrap(), "proto.dead");
  const auto dead = reader.read(2);
  ASSERT_EQ(dead.size(), 2u);
  EXPECT_EQ(dead[0].value, "no protobuf");
  EXPECT_THAT(dead[0].header("__connect.errors.exception.message").value_or(""), HasSubstr("Unknown magic byte!"));
  EXPECT_THAT(dead[1].header("__connect.errors.exception.message").value_or(""), HasSubstr("ended unexpectedly in the middle of a field"));
  worker.delete_connector("proto-sales");
  EXPECT_EQ(worker.terminate(), 0);
}

TEST(SchemaFlow, PlainJsonGetsItsTypesFromOutside) {
  register_schema("plain.sales", "JSON", R"({"type":"object","properties":{"id":{"type":"integer","connect.type":"int32"},"note":{"type":"string"}}})");
  {
    TopicWriter writer(kafka().bootstrap());
    for (const char* topic : {"plain.one", "plain.two", "plain.three"}) {
      writer.write(topic, "k", R"({"id":5,"note":"x","more":true})");
    }
    writer.flush();
  }
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto file = worker.dir() / "schema.json";
  write_file(file, R"({"type":"object","properties":{"id":{"type":"integer"},"note":{"type":"string"}}})");
  const auto start = [&](const std::string& name, const std::string& converter, const Config& more) {
    auto config = file_sink(worker.dir() / (name + ".txt"), "plain." + name, converter);
    if (converter.find("JsonConverter") != std::string::npos) {
      config.erase("value.converter.schema.registry.url");
    }
    config.insert(more.begin(), more.end());
    // Only a record with a schema becomes a Struct, which this transform wants.
    config["transforms"] = "set";
    config["transforms.set.type"] = "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value";
    config["transforms.set.schema.name"] = "Sale";
    worker.put_connector("plain-" + name, config);
  };
  start("one", "org.apache.kafka.connect.json.JsonConverter",
        {{"value.converter.schema.content", R"({"type":"struct","fields":[{"type":"int64","field":"id"},{"type":"string","optional":true,"field":"note"}]})"}});
  start("two", "JsonConverter", {{"value.converter.schema.file", file.string()}});
  start("three", "JsonSchemaConverter", {{"value.converter.schema.registry.subject", "plain.sales"}});
  for (const char* name : {"one", "two", "three"}) {
    const auto out = worker.dir() / (std::string(name) + ".txt");
    ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() == 1; })) << name << worker.log_text();
    EXPECT_EQ(lines_of(out)[0], R"({"id":5,"note":"x"})") << name << ": what the schema does not know is gone";
    worker.delete_connector(std::string("plain-") + name);
  }
  EXPECT_EQ(worker.terminate(), 0);
}

}  // namespace
}  // namespace weir::test
