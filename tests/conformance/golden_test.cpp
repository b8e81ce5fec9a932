// Replays what Apache Kafka Connect 4.1.0 (Java 17, zone UTC) made of generated configs and records: golden/*.jsonl,
// one {"config","records","want"} or {"config","refused":[[key,message],...]} a line, written by golden.py. Results are compared as a consumer sees them: JSON by
// value (1 is not 1.0), members in any order, any other text as it is; of errors the stage.
#include "case_runner.hpp"
#include "outcome.hpp"

#include <weir/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::conformance {
namespace {

std::string text_of_json(const Value& v) {
  std::string out;
  json::write(v, out);
  return out;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, Agrees) {
  std::ifstream file(std::string(WEIR_GOLDEN_FOLDER) + "/" + GetParam());
  ASSERT_TRUE(file.is_open());
  std::size_t results = 0;
  for (std::string line; std::getline(file, line);) {
    OwnedArena memory;
    auto item = json::read(line, memory.view());
    ASSERT_TRUE(item) << item.error().message;
    const std::string config_text = text_of_json(*item->find("config"));
    std::vector<std::string> records;
    if (const Value* given = item->find("records")) {
      for (const Value& record : given->items()) {
        records.push_back(text_of_json(record));
      }
    }
    const CaseResult result = run_case(config_text, records);
    if (item->find("refused") != nullptr) {
      EXPECT_TRUE(result.refused) << "accepted: " << config_text;
      // Weir stops at the problems of single options where Kafka Connect goes on to look at them together.
      bool named = false;
      std::string theirs;
      for (const Value& problem : item->find("refused")->items()) {
        const std::string_view key = problem.items()[0].text();
        const std::string_view words = problem.items()[1].text();
        // Without a key it is an exception of Kafka Connect's tasks, in words of its own.
        named = named || key.empty() || result.messages.find(words) != std::string::npos ||
                result.messages.find(key) != std::string::npos;
        theirs.append("\n").append(key).append(": ").append(words);
      }
      EXPECT_TRUE(named) << config_text << "\nKafka Connect: " << theirs << "\nWeir: " << result.messages;
      ++results;
      continue;
    }
    ASSERT_FALSE(result.refused) << result.messages << " " << config_text;
    ASSERT_EQ(records.size(), result.lines.size()) << config_text;
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto got = json::read(result.lines[i], memory.view());
      ASSERT_TRUE(got) << result.lines[i];
      EXPECT_EQ(summary(item->find("want")->items()[i]), summary(*got))
          << config_text << "\n" << records[i] << "\n" << result.lines[i];
      ++results;
    }
    if (HasFailure()) {
      break;
    }
  }
  EXPECT_GT(results, 100u);
}

INSTANTIATE_TEST_SUITE_P(KafkaConnect, Golden,
                         testing::Values("chain.jsonl", "config.jsonl", "converter.jsonl", "date.jsonl", "field.jsonl",
                                         "found.jsonl", "header.jsonl", "json.jsonl", "regex.jsonl", "schema.jsonl", "text.jsonl"),
                         [](const auto& p) { return p.param.substr(0, p.param.find('.')); });

}  // namespace
}  // namespace weir::conformance
