// Avro through a whole worker: source -> topic -> sink, with a real Apache Kafka and a real
// registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "support/apicurio.hpp"
#include "support/http_client.hpp"
#include "support/kafka_broker.hpp"
#include "support/schema_registry.hpp"
#include "support/topics.hpp"
#include "support/worker.hpp"

namespace weir::test {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

constexpr const char* kAvro = "io.confluent.connect.avro.AvroConverter";

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

json::value get(const std::string& url, const std::string& path) {
  return json::parse(HttpClient(url).get(path).body);
}

std::int32_t register_schema(const std::string& url, const std::string& subject,
                             const std::string& schema, const json::array& references = {}) {
  HttpClient http(url);
  const auto answer =
      http.post("/subjects/" + subject + "/versions",
                json::serialize(json::object{{"schema", schema}, {"references", references}}),
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

std::map<std::string, std::string> file_source(const std::filesystem::path& file,
                                               const std::string& topic,
                                               const std::string& registry) {
  return {{"connector.class", "FileStreamSource"},
          {"file", file.string()},
          {"topic", topic},
          {"tasks.max", "1"},
          {"key.converter", kAvro},
          {"key.converter.schema.registry.url", registry},
          {"value.converter", kAvro},
          {"value.converter.schema.registry.url", registry},
          {"transforms", "struct,name,key"},
          {"transforms.struct.type", "org.apache.kafka.connect.transforms.HoistField$Value"},
          {"transforms.struct.field", "line"},
          {"transforms.name.type", "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value"},
          {"transforms.name.schema.name", "shop.Line"},
          {"transforms.key.type", "org.apache.kafka.connect.transforms.ValueToKey"},
          {"transforms.key.fields", "line"}};
}

std::map<std::string, std::string> file_sink(const std::filesystem::path& file,
                                             const std::string& topic,
                                             const std::string& registry) {
  return {{"connector.class", "FileStreamSink"},
          {"file", file.string()},
          {"topics", topic},
          {"tasks.max", "1"},
          {"value.converter", "AvroConverter"},
          {"value.converter.schema.registry.url", registry},
          {"key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter"},
          {"consumer.override.auto.offset.reset", "earliest"}};
}

TEST(AvroFlow, FromASourceThroughATopicIntoASink) {
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto in = worker.dir() / "in.txt";
  const auto out = worker.dir() / "out.txt";
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += "line é " + std::to_string(i) + "\n";
  }
  write_file(in, text);
  worker.put_connector("avro-in", file_source(in, "avro.lines", apicurio().url()));
  worker.put_connector("avro-out", file_sink(out, "avro.lines", apicurio().url()));
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() >= 500; }))
      << worker.log_text();
  EXPECT_THAT(lines_of(out), ::testing::Contains(R"({"line":"line é 499"})"));
  EXPECT_EQ(lines_of(out).size(), 500u);

  // What stands in the topic is Confluent's format, with ids that the registry knows.
  const auto id = get(apicurio().url(), "/subjects/avro.lines-value/versions/latest")
                      .at("id")
                      .to_number<std::int32_t>();
  const auto key_id = get(apicurio().url(), "/subjects/avro.lines-key/versions/latest")
                          .at("id")
                          .to_number<std::int32_t>();
  TopicReader reader(kafka().bootstrap(), "avro.lines");
  const auto records = reader.read_to_end();
  ASSERT_EQ(records.size(), 500u);
  for (const TopicRecord& r : records) {
    EXPECT_EQ(r.value->substr(0, 5), framed(id, ""));
    EXPECT_EQ(r.key->substr(0, 5), framed(key_id, ""));
    EXPECT_EQ(r.value->substr(5), r.key->substr(5));
  }
  const json::value schema = json::parse(
      get(apicurio().url(), "/schemas/ids/" + std::to_string(id)).at("schema").as_string());
  EXPECT_EQ(
      schema,
      json::parse(
          R"({"type":"record","name":"Line","namespace":"shop","fields":[{"name":"line","type":"string"}],)"
          R"("connect.name":"shop.Line"})"));
  worker.delete_connector("avro-in");
  worker.delete_connector("avro-out");
  EXPECT_EQ(worker.terminate(), 0);
}

TEST(AvroFlow, EvolutionAndReferencesAndPoison) {
  const std::string url = apicurio().url();
  const std::int32_t money = register_schema(
      url, "money",
      R"({"type":"record","name":"Money","namespace":"shop","fields":[{"name":"cents","type":"long"}]})");
  ASSERT_GT(money, 0);
  const json::array uses_money{
      json::object{{"name", "shop.Money"}, {"subject", "money"}, {"version", 1}}};
  const std::int32_t one = register_schema(
      url, "avro.sales-value",
      R"({"type":"record","name":"Sale","namespace":"shop","fields":[{"name":"total","type":"shop.Money"}]})",
      uses_money);
  const std::int32_t two = register_schema(
      url, "avro.sales-value",
      R"({"type":"record","name":"Sale","namespace":"shop","fields":[{"name":"total","type":"shop.Money"},{"name":"till","type":["null","int"],"default":null}]})",
      uses_money);
  ASSERT_NE(one, two);
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto out = worker.dir() / "out.txt";
  {
    TopicWriter writer(kafka().bootstrap());
    writer.write("avro.sales", "k", framed(one, "\x02"));
    writer.write("avro.sales", "k", framed(two, std::string("\x04\x02\x06", 3)));
    writer.write("avro.sales", "k", std::string("no avro"));
    writer.write("avro.sales", "k", framed(99'999, "\x02"));
    writer.write("avro.sales", "k", framed(two, "\x04"));  // cut off
    writer.write("avro.sales", "k", framed(one, "\x08"));
    writer.flush();
  }
  auto config = file_sink(out, "avro.sales", url);
  config["errors.tolerance"] = "all";
  config["errors.deadletterqueue.topic.name"] = "avro.dead";
  config["errors.deadletterqueue.topic.replication.factor"] = "1";
  config["errors.deadletterqueue.context.headers.enable"] = "true";
  worker.put_connector("avro-sales", config);
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() >= 3; }))
      << worker.log_text();
  EXPECT_EQ(lines_of(out), (std::vector<std::string>{R"({"total":{"cents":1}})",
                                                     R"({"total":{"cents":2},"till":3})",
                                                     R"({"total":{"cents":4}})"}));
  TopicReader reader(kafka().bootstrap(), "avro.dead");
  const auto dead = reader.read(3);
  ASSERT_EQ(dead.size(), 3u);
  EXPECT_EQ(dead[0].value, "no avro");
  EXPECT_THAT(dead[0].header("__connect.errors.exception.message").value_or(""),
              HasSubstr("Unknown magic byte!"));
  EXPECT_EQ(dead[1].value, framed(99'999, "\x02"));
  EXPECT_THAT(dead[1].header("__connect.errors.exception.message").value_or(""),
              HasSubstr("Error retrieving Avro value schema for id 99999"));
  EXPECT_THAT(dead[2].header("__connect.errors.exception.message").value_or(""),
              HasSubstr("middle of a value"));
  EXPECT_EQ(dead[2].header("__connect.errors.stage"), "VALUE_CONVERTER");
  worker.delete_connector("avro-sales");
  EXPECT_EQ(worker.terminate(), 0);
}

TEST(AvroFlow, ARegistryThatIsDownIsNoDeadLetter) {
  SchemaRegistry registry;
  const auto id = registry.add("avro.outage-value", R"("string")");
  {
    TopicWriter writer(kafka().bootstrap());
    writer.write("avro.outage", "k", framed(id, "\x04hi"));
    writer.flush();
  }
  registry.fail_next(2, 503);
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto out = worker.dir() / "out.txt";
  auto config = file_sink(out, "avro.outage", registry.url());
  config["value.converter.retries.wait.ms"] = "50";
  worker.put_connector("avro-outage", config);
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() == 1; }))
      << worker.log_text();
  EXPECT_EQ(lines_of(out)[0], "hi");
  EXPECT_GE(registry.requests().size(), 3u);
  worker.delete_connector("avro-outage");
  EXPECT_EQ(worker.terminate(), 0);
}

TEST(AvroFlow, TheRuntimeTriesAgainWhenTheConverterHasGivenUp) {
  SchemaRegistry registry;
  const auto id = registry.add("avro.retry-value", R"("string")");
  {
    TopicWriter writer(kafka().bootstrap());
    writer.write("avro.retry", "k", framed(id, "\x04hi"));
    writer.flush();
  }
  registry.fail_next(2, 503);
  Worker worker({.bootstrap = kafka().bootstrap()});
  const auto out = worker.dir() / "out.txt";
  auto config = file_sink(out, "avro.retry", registry.url());
  config["value.converter.max.retries"] = "0";
  config["errors.retry.timeout"] = "60000";
  worker.put_connector("avro-retry", config);
  ASSERT_TRUE(eventually(std::chrono::seconds(60), [&] { return lines_of(out).size() == 1; }))
      << worker.log_text();
  EXPECT_EQ(lines_of(out)[0], "hi");
  worker.delete_connector("avro-retry");
  EXPECT_EQ(worker.terminate(), 0);
}

}  // namespace
}  // namespace weir::test
