// One broker and one worker for all tests of this executable, and what they ask again and again.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/files.hpp"
#include "support/kafka_broker.hpp"
#include "support/topics.hpp"
#include "support/worker.hpp"

namespace weir::test {

KafkaBroker& broker();
Worker& worker();

using Config = std::map<std::string, std::string>;

class ErrorsTest : public ::testing::Test {
 protected:
  /// A sink that writes down what it takes; keys are texts.
  Config sink(const std::string& name, const std::string& topics);
  /// The same with tolerance and a dead-letter topic "dlq.<name>" with context headers.
  Config tolerant_sink(const std::string& name, const std::string& topics);

  std::filesystem::path delivered_file(const std::string& name) const {
    return dir_.path() / (name + ".txt");
  }
  /// Offsets in partition 0 that the sink has taken.
  std::set<std::int64_t> delivered(const std::string& name) const;
  /// At least `count` dead letters of "dlq.<name>", in order.
  static std::vector<TopicRecord> letters(const std::string& name, std::size_t count);
  /// Of task 0.
  static double error_metric(const std::string& connector, const std::string& attribute);
  static std::vector<std::string> header_names(const TopicRecord& record);

  TempDir dir_;
};

}  // namespace weir::test
