// golden/bad_input.jsonl: broken, huge and odd input does what Kafka Connect does with it, or fails at the same stage with
// a reason; written by bad_input_cases.py.
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <fstream>
#include <weir/java_text.hpp>
#include <weir/json.hpp>

#include "case_runner.hpp"
#include "outcome.hpp"

namespace weir::conformance {
namespace {

std::string sha256(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) {
    out.append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out;
}

/// The record as `weir transform` reads it.
std::string written(const Value& record, Arena arena) {
  ObjectBuilder out(arena);
  for (const Member& m : record.members()) {
    const std::string_view name = m.name().text();
    if (name != "value" || !m.item().is_object()) {
      out.add(name, m.item());
    } else if (const Value* bytes = m.item().find("base64")) {
      out.add("value_base64", *bytes);
    } else {
      std::string text;
      for (const Value& part : m.item().find("repeat")->items()) {
        for (std::int64_t n = part.items()[1].as_integer(); n > 0; --n) {
          text += part.items()[0].text();
        }
      }
      out.add("value", Value::string(arena.copy(text)));
    }
  }
  std::string line;
  json::write(out.map(), line);
  return line;
}

TEST(BadInput, DoesWhatKafkaConnectDoes) {
  std::ifstream file(WEIR_GOLDEN_FOLDER "/bad_input.jsonl");
  ASSERT_TRUE(file.is_open());
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    OwnedArena memory;
    const auto item = json::read(line, memory.view());
    ASSERT_TRUE(item) << line;
    std::string config;
    json::write(*item->find("config"), config);
    const CaseResult result = run_case(config, {written(*item->find("record"), memory.view())});
    ASSERT_FALSE(result.refused) << result.messages;
    ASSERT_EQ(1u, result.lines.size()) << line;
    auto got = json::read(result.lines[0], memory.view());
    ASSERT_TRUE(got);
    const Value& want = *item->find("want");
    bool hashed = false;
    for (const char* name : {"value", "value_base64"}) {
      if (const Value* hash = want.find(std::string(name) + "_sha256")) {
        hashed = true;
        const Value* value = got->find(name);
        EXPECT_TRUE(value != nullptr && value->is_string() && sha256(value->text()) == hash->text())
            << line.substr(0, 300) << "\n" << result.lines[0].substr(0, 300);
      }
    }
    if (!hashed) {
      EXPECT_EQ(summary(want), summary(*got)) << line.substr(0, 300) << "\n" << result.lines[0].substr(0, 300);
    }
    if (const Value* message = got->find("message")) {
      EXPECT_FALSE(message->text().empty()) << line;
    }
  }
  EXPECT_GT(count, 400);
}

}  // namespace
}  // namespace weir::conformance
