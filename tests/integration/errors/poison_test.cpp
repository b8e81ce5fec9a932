// Records as nobody wants them: each is delivered or in the dead-letter topic as it was, and
// nothing else suffers.
#include <map>
#include <set>

#include "platform.hpp"

namespace weir::test {
namespace {

using std::chrono::seconds;

struct Poison {
  const char* name;
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool delivered;  ///< what Kafka Connect's JsonConverter says of it (schemas.enable=false)
};

std::string nested(std::size_t depth, bool closed) {
  std::string out(depth, '[');
  return closed ? out + std::string(depth, ']') : out;
}

std::vector<Poison> corpus() {
  const std::string bad_utf8 = "{\"a\":\"\xff\xfe\"}";
  return {
      {"fine", "k", "{\"a\":1}", true},
      {"truncated", "k", "{\"a\":{\"b\":[1,2", false},
      {"truncated text", "k", "{\"a\":\"b", false},
      {"100,000 deep", "k", nested(100'000, true), false},
      {"100,000 deep, open", "k", nested(100'000, false), false},
      {"1,001 deep", "k", nested(1'001, true), false},
      {"900 deep", "k", nested(900, true), true},
      {"invalid UTF-8", "k", bad_utf8, false},
      {"invalid UTF-8 alone", "k", std::string("\xc3\x28"), false},
      {"invalid UTF-8 in the key", std::string("\xff\xfe"), "{\"a\":1}", true},
      {"10 MB", "k", "{\"a\":\"" + std::string(10'000'000, 'x') + "\"}", true},
      {"10 MB that is bad", "k", "{\"a\":\"" + std::string(10'000'000, 'x'), false},
      {"null value", "k", std::nullopt, true},
      {"null key", std::nullopt, "{\"a\":1}", true},
      {"both null", std::nullopt, std::nullopt, true},
      {"no bytes", "", "", true},
      {"byte order mark", "k", "\xef\xbb\xbf{\"a\":1}", true},
      {"byte order mark alone", "k", "\xef\xbb\xbf", false},
      {"blank", "k", "   ", true},
      {"a NUL", "k", std::string("{\"a\":\0 1}", 9), false},
      {"number too large", "k", "{\"a\":1e400}", true},
      {"100 digits", "k", "{\"a\":" + std::string(100, '9') + "}", true},
      {"a name twice", "k", "{\"a\":1,\"a\":2}", true},
      {"lone surrogate", "k", "{\"a\":\"\\ud800\"}", true},
      {"not JSON", "k", "<xml/>", false},
      {"trailing comma", "k", "{\"a\":1,}", false},
  };
}

TEST_F(ErrorsTest, EveryPoisonIsDeliveredOrADeadLetterAsItWas) {
  const auto records = corpus();
  create_topic(broker().bootstrap(), "poison", 1, {{"max.message.bytes", "20000000"}});
  create_topic(broker().bootstrap(), "steady", 1);
  worker().put_connector("steady", tolerant_sink("steady", "steady"));
  worker().wait_running("steady", 1);
  worker().put_connector("poison", tolerant_sink("poison", "poison"));
  worker().wait_running("poison", 1);
  const double before = usage_of(worker().pid()).rss_mib;

  TopicWriter writer(broker().bootstrap(), {{"message.max.bytes", "20000000"}});
  std::size_t bad = 0;
  for (const Poison& p : records) {
    writer.write("poison", p.key, p.value, 0);
    bad += p.delivered ? 0 : 1;
  }
  TopicRecord many;
  many.topic = "poison";
  many.partition = 0;
  many.key = "k";
  many.value = "{";
  for (int i = 0; i < 1'000; ++i) {
    many.headers.emplace_back("h" + std::to_string(i % 10),
                              i % 3 == 0 ? std::nullopt : std::optional(std::string(50, 'v')));
  }
  writer.write(many);
  ++bad;
  writer.flush();

  const auto found = letters("poison", bad);
  EXPECT_EQ(found.size(), bad);
  std::map<std::int64_t, TopicRecord> by_offset;
  for (const TopicRecord& letter : found) {
    const auto offset = std::stoll(letter.header("__connect.errors.offset").value_or("-1"));
    EXPECT_TRUE(by_offset.emplace(offset, letter).second) << offset;
  }
  const auto last = static_cast<std::int64_t>(records.size());
  ASSERT_TRUE(eventually(seconds(60), [&] {
    return committed_offsets(broker().bootstrap(), "connect-poison", "poison")[0] == last + 1;
  }));
  const auto taken = delivered("poison");
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto offset = static_cast<std::int64_t>(i);
    EXPECT_EQ(taken.contains(offset), records[i].delivered) << records[i].name;
    const auto letter = by_offset.find(offset);
    EXPECT_EQ(letter != by_offset.end(), !records[i].delivered) << records[i].name;
    if (letter != by_offset.end()) {
      EXPECT_TRUE(letter->second.key == records[i].key) << records[i].name;
      EXPECT_TRUE(letter->second.value == records[i].value) << records[i].name;
      EXPECT_EQ(letter->second.header("__connect.errors.stage"), "VALUE_CONVERTER")
          << records[i].name;
    }
  }
  ASSERT_TRUE(by_offset.contains(last));
  const TopicRecord& with_headers = by_offset.at(last);
  ASSERT_EQ(with_headers.headers.size(), 1'012u);
  EXPECT_TRUE(std::equal(many.headers.begin(), many.headers.end(), with_headers.headers.begin()));

  writer.write("steady", "k", "{\"a\":1}");
  writer.flush();
  EXPECT_TRUE(eventually(seconds(30), [&] { return delivered("steady").size() == 1; }));
  EXPECT_EQ(worker().task_states("poison"), std::vector<std::string>{"RUNNING"});
  EXPECT_LT(usage_of(worker().pid()).peak_rss_mib - before, 150);
  worker().delete_connector("poison");
  worker().delete_connector("steady");
}

TEST_F(ErrorsTest, PoisonAsHeadersGoesTheSameWay) {
  create_topic(broker().bootstrap(), "heads", 1);
  TopicWriter writer(broker().bootstrap());
  const std::vector<std::optional<std::string>> values{
      "{\"a\":1}", "{\"a\":", std::nullopt, "", std::string("\xff\xfe"), nested(5'000, true)};
  for (const auto& value : values) {
    TopicRecord r;
    r.topic = "heads";
    r.partition = 0;
    r.key = "k";
    r.value = "{}";
    r.headers = {{"h", value}};
    writer.write(r);
  }
  writer.flush();
  // Simple headers take anything.
  worker().put_connector("simple", tolerant_sink("simple", "heads"));
  ASSERT_TRUE(eventually(seconds(30), [&] { return delivered("simple").size() == values.size(); }));
  // JSON headers do not, although nothing looks at them.
  Config config = tolerant_sink("json", "heads");
  config["header.converter"] = "org.apache.kafka.connect.json.JsonConverter";
  config["header.converter.schemas.enable"] = "false";
  worker().put_connector("json", config);
  const auto found = letters("json", 3);
  ASSERT_EQ(found.size(), 3u);
  for (const TopicRecord& letter : found) {
    EXPECT_EQ(letter.header("__connect.errors.stage"), "HEADER_CONVERTER");
    EXPECT_EQ(letter.header("__connect.errors.class.name"),
              "org.apache.kafka.connect.json.JsonConverter");
    EXPECT_EQ(
        letter.headers[0].second,
        values[static_cast<std::size_t>(std::stoi(*letter.header("__connect.errors.offset")))]);
  }
  ASSERT_TRUE(eventually(seconds(30), [&] {
    return delivered("json") == std::set<std::int64_t>{0, 2, 3};
  }));
  worker().delete_connector("simple");
  worker().delete_connector("json");
}

}  // namespace
}  // namespace weir::test
