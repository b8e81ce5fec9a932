#include "platform.hpp"

#include <sstream>

namespace weir::test {

KafkaBroker& broker() {
  static KafkaBroker one{[] {
    KafkaOptions options;
    options.partitions = 1;
    options.properties = {"replica.fetch.max.bytes=20000000"};
    return options;
  }()};
  return one;
}

Worker& worker() {
  static Worker one{[] {
    WorkerOptions options;
    options.bootstrap = broker().bootstrap();
    options.properties = {{"group.id", "errors"},
                          {"consumer.session.timeout.ms", "6000"},
                          {"plugin.path", WEIR_PLUGINS "," WEIR_PICKY}};
    return options;
  }()};
  return one;
}

Config ErrorsTest::sink(const std::string& name, const std::string& topics) {
  return {{"connector.class", "picky_sink"},
          {"topics", topics},
          {"delivered.file", delivered_file(name).string()},
          {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
          {"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
          {"value.converter.schemas.enable", "false"}};
}

Config ErrorsTest::tolerant_sink(const std::string& name, const std::string& topics) {
  Config out = sink(name, topics);
  out.insert({{"errors.tolerance", "all"},
              {"errors.deadletterqueue.topic.name", "dlq." + name},
              {"errors.deadletterqueue.topic.replication.factor", "1"},
              {"errors.deadletterqueue.context.headers.enable", "true"}});
  return out;
}

std::set<std::int64_t> ErrorsTest::delivered(const std::string& name) const {
  std::set<std::int64_t> out;
  if (!std::filesystem::exists(delivered_file(name))) {
    return out;
  }
  std::istringstream in(read_file(delivered_file(name)));
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  while (in >> topic >> partition >> offset) {
    out.insert(offset);
  }
  return out;
}

std::vector<TopicRecord> ErrorsTest::letters(const std::string& name, std::size_t count) {
  std::vector<TopicRecord> all;
  EXPECT_TRUE(eventually(std::chrono::seconds(60),
                         [&] { return topic_exists(broker().bootstrap(), "dlq." + name); }));
  TopicReader reader(
      broker().bootstrap(), "dlq." + name, "read_committed",
      {{"fetch.message.max.bytes", "20000000"}, {"receive.message.max.bytes", "110000000"}});
  return reader.read(count);
}

double ErrorsTest::error_metric(const std::string& connector, const std::string& attribute) {
  return worker().metric("kafka_connect_task_error_metrics_" + attribute + "{connector=\"" +
                         connector + "\",task=\"0\"}");
}

std::vector<std::string> ErrorsTest::header_names(const TopicRecord& record) {
  std::vector<std::string> out;
  for (const auto& [name, value] : record.headers) {
    out.push_back(name);
  }
  return out;
}

}  // namespace weir::test
