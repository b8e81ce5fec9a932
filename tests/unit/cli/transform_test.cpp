#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "cli/scratch.hpp"
#include "runtime/cli/record_lines.hpp"
#include "runtime/cli/transform_command.hpp"
#include "runtime/http/json.hpp"
#include "runtime/worker/plugins.hpp"

namespace weir::runtime::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TransformTest : public ::testing::Test {
 protected:
  int run(const std::string& config, const std::string& input, bool strict = false) {
    TransformArguments arguments;
    arguments.config_file = scratch_.write("config.json", config);
    return run(arguments, input, strict);
  }
  int run(const TransformArguments& arguments, const std::string& input, bool strict = false, bool json = false) {
    static const plugin::Registry& registry = worker::load_plugins({WEIR_PLUGINS});
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err};
    console.strict = strict;
    console.json = json;
    const int status = transform(console, registry, arguments);
    out_ = out.str();
    err_ = err.str();
    return status;
  }
  Scratch scratch_;
  std::string out_;
  std::string err_;
};

TEST_F(TransformTest, ConvertersDefaultToJsonAndTheirSubKeysCount) {
  EXPECT_EQ(
      run(R"({"value.converter.schemas.enable":false,"key.converter.schemas.enable":"false"})",
          "{\"topic\":\"t\",\"key\":\"7\",\"value\":\"{\\\"a\\\": [1, null]}\"}\n"),
      0)
      << err_;
  EXPECT_EQ(out_,
            "{\"topic\":\"t\",\"partition\":0,\"key\":\"7\",\"value\":\"{\\\"a\\\":[1,null]}\","
            "\"headers\":[]}\n");
}

TEST_F(TransformTest, KeepsPartitionTimestampHeadersAndNulls) {
  EXPECT_EQ(
      run(R"({"key.converter":"StringConverter","value.converter":"StringConverter"})",
          R"({"topic":"t","partition":3,"offset":9,"timestamp":12,"key":null,"value":"","headers":[["a","1"],["b",null],["a","x"]]})"
          "\n\n"
          R"({"topic":"u","value":null})"),
      0)
      << err_;
  EXPECT_EQ(
      out_,
      R"({"topic":"t","partition":3,"timestamp":12,"key":null,"value":"","headers":[["a","1"],["b",null],["a","x"]]})"
      "\n"
      R"({"topic":"u","partition":0,"key":null,"value":null,"headers":[]})"
      "\n");
}

TEST_F(TransformTest, ABadRecordIsALineOfItsOwn) {
  EXPECT_EQ(run(R"({"value.converter.schemas.enable":false,"key.converter":"StringConverter"})",
                "{\"topic\":\"t\",\"value\":\"1\"}\n{\"topic\":\"t\",\"value\":\"{\"}\n{\"topic\":"
                "\"t\",\"value\":\"2\"}\n"),
            0);
  std::istringstream lines(out_);
  std::string first;
  std::string second;
  std::string third;
  std::getline(lines, first);
  std::getline(lines, second);
  std::getline(lines, third);
  EXPECT_THAT(first, HasSubstr("\"value\":\"1\""));
  EXPECT_THAT(second, StartsWith("{\"error\":\"VALUE_CONVERTER\",\"message\":\"Converting byte[] "
                                 "to Kafka Connect data failed"));
  EXPECT_THAT(third, HasSubstr("\"value\":\"2\""));
}

TEST_F(TransformTest, BytesThatAreNotTextTravelAsBase64) {
  EXPECT_EQ(run(R"({"key.converter":"ByteArrayConverter","value.converter":"ByteArrayConverter"})",
                R"({"topic":"t","key_base64":"/wA=","value_base64":"YWJj"})"),
            0)
      << err_;
  EXPECT_EQ(out_,
            "{\"topic\":\"t\",\"partition\":0,\"key_base64\":\"/"
            "wA=\",\"value\":\"abc\",\"headers\":[]}\n");
}

TEST_F(TransformTest, ARefusedConfigPrintsNothingOnStdout) {
  EXPECT_EQ(run(R"({"transforms":"a"})", "{\"topic\":\"t\"}\n"), 1);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("transforms.a.type"));
  EXPECT_EQ(run(R"({"value.converter":"NoSuchConverter"})", "{\"topic\":\"t\"}\n"), 1);
  EXPECT_EQ(out_, "");
  EXPECT_THAT(err_, HasSubstr("NoSuchConverter"));
  EXPECT_EQ(run("{", ""), 1);
  EXPECT_EQ(run(R"({"value.converter":null})", ""), 1);
}

TEST_F(TransformTest, UnknownKeysOfTheChainAreWarnings) {
  EXPECT_EQ(run(R"({"value.converter.schemas.enabel":"x","something.else":"y"})", ""), 0);
  EXPECT_THAT(err_, HasSubstr("schemas.enabel"));
  EXPECT_EQ(run(R"({"value.converter.schemas.enabel":"x"})", "", true), 1);
}

TEST_F(TransformTest, InputThatIsNoRecordEndsItWithItsLine) {
  EXPECT_EQ(run(R"({"value.converter":"StringConverter"})",
                "{\"topic\":\"t\",\"value\":\"1\"}\nnonsense\n"),
            1);
  EXPECT_THAT(err_, StartsWith("error: line 2: "));
  EXPECT_THAT(out_, HasSubstr("\"value\":\"1\""));
}

constexpr const char* kCast = R"({"value.converter.schemas.enable":"false","key.converter":"StringConverter",
  "transforms":"cast,mask","transforms.cast.type":"Cast$Value","transforms.cast.spec":"ammount:int32",
  "transforms.mask.type":"MaskField$Value","transforms.mask.fields":"card","transforms.mask.predicate":"orders",
  "predicates":"orders","predicates.orders.type":"TopicNameMatches","predicates.orders.pattern":"orders"})";

TEST_F(TransformTest, ExplainShowsEveryStepAndWhatItChanged) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", kCast);
  arguments.explain = true;
  EXPECT_EQ(run(arguments, R"({"topic":"orders","key":"k","value":{"ammount":"5","card":"1234"},"headers":[["trace","abc"]]})"
                           "\n"
                           R"({"topic":"other","value":{"ammount":"6","card":"1234"}})"),
            0);
  const auto has = [&](const char* text) { EXPECT_THAT(out_, HasSubstr(text)); };
  has("record 1  orders-0@0\n");
  has("header     trace = abc\n");
  has(R"(value      {"ammount":"5","card":"1234"}   {ammount: string, card: string})");
  has("  transforms.cast  org.apache.kafka.connect.transforms.Cast$Value\n"
      R"(      value      {"ammount":5,"card":"1234"}   {ammount: int32, card: string})"
      "\n");
  has("  transforms.mask  org.apache.kafka.connect.transforms.MaskField$Value  predicate orders matches: applied\n"
      R"(      value      {"ammount":5,"card":""})");
  has("predicate orders does not match: passed over\n  out\n");
  EXPECT_EQ(err_, "");
}

TEST_F(TransformTest, ExplainPointsToTheStepTheClassAndTheNearestField) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", kCast);
  arguments.explain = true;
  EXPECT_EQ(run(arguments, R"({"topic":"other","value":{"amount":"5"}})"
                           "\n"
                           R"({"topic":"other","value":{"ammount":"five"}})"
                           "\n"
                           R"({"topic":"other","value":"{"})"),
            0);
  EXPECT_THAT(out_, HasSubstr("transforms.cast.spec names the field \"ammount\", which the value does not have; did you mean \"amount\"?"));
  EXPECT_THAT(out_, HasSubstr("FAILED  TRANSFORMATION in transforms.cast (org.apache.kafka.connect.transforms.Cast$Value)"));
  EXPECT_THAT(out_, HasSubstr("FAILED  VALUE_CONVERTER in value.converter (org.apache.kafka.connect.json.JsonConverter)"));
  EXPECT_THAT(err_, HasSubstr("2 of 3 records failed"));
}

TEST_F(TransformTest, ExplainForScriptsIsALineARecord) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", kCast);
  arguments.explain = true;
  EXPECT_EQ(run(arguments, R"({"topic":"orders","value":{"ammount":"5","card":"1"}})"
                           "\n"
                           R"({"topic":"orders","value":{"ammount":"five"}})",
                false, true),
            0);
  std::istringstream lines(out_);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  auto json = http::parse_json(line);
  ASSERT_TRUE(json) << json.error().message;
  const http::Json& steps = *json->find("steps");
  ASSERT_EQ(steps.items.size(), 4u);
  EXPECT_EQ(steps.items[0].text_of("step"), "in");
  EXPECT_EQ(steps.items[1].text_of("value_converter"), "org.apache.kafka.connect.json.JsonConverter");
  EXPECT_EQ(steps.items[2].find("value")->find("ammount")->text, "5");
  EXPECT_EQ(steps.items[2].find("changed")->items[0].text, "value");
  EXPECT_EQ(steps.items[3].text_of("predicate"), "orders");
  EXPECT_EQ(steps.items[3].find("matched")->text, "true");
  EXPECT_EQ(json->find("out")->text_of("topic"), "orders");
  ASSERT_TRUE(std::getline(lines, line));
  json = http::parse_json(line);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->find("out")->text_of("error"), "TRANSFORMATION");
  EXPECT_EQ(json->text_of("failed_in"), "transforms.cast (org.apache.kafka.connect.transforms.Cast$Value)");
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(TransformTest, ReadsAFileAndNoMoreThanWasAskedFor) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", R"({"value.converter":"StringConverter","key.converter":"StringConverter"})");
  arguments.input_file = scratch_.write("records.jsonl", "{\"topic\":\"a\"}\n{\"topic\":\"b\"}\n{\"topic\":\"c\"}\nnonsense\n");
  arguments.count = 2;
  EXPECT_EQ(run(arguments, "{\"topic\":\"stdin\"}\n"), 0) << err_;
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
  arguments.count.reset();
  EXPECT_EQ(run(arguments, ""), 1);
  EXPECT_THAT(err_, HasSubstr("records.jsonl, line 4: not JSON"));
  arguments.input_file = "/no/such/file";
  EXPECT_EQ(run(arguments, ""), 1);
  EXPECT_THAT(err_, HasSubstr("--input: cannot read /no/such/file: No such file"));
}

TEST_F(TransformTest, AFullDiskHasItsReason) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", "{}");
  std::istringstream in("{\"topic\":\"t\"}\n");
  std::ofstream out("/dev/full");
  std::ostringstream err;
  EXPECT_EQ(transform(Console{in, out, err}, worker::load_plugins({WEIR_PLUGINS}), arguments), 1);
  EXPECT_THAT(err.str(), HasSubstr("cannot write: No space left on device"));
}

TEST_F(TransformTest, OptionsThatDoNotGoTogetherAreRefused) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", "{}");
  arguments.partition = 0;
  EXPECT_EQ(run(arguments, ""), 1);
  EXPECT_THAT(err_, HasSubstr("--partition goes with --from-topic"));
  arguments.topic = "t";
  EXPECT_EQ(run(arguments, ""), 1);
  EXPECT_THAT(err_, HasSubstr("--from-topic needs --kafka"));
  arguments.input_file = "x";
  EXPECT_EQ(run(arguments, ""), 1);
  EXPECT_THAT(err_, HasSubstr("one of them"));
}

TEST_F(TransformTest, WithAWorkersFileItDoesWhatThatWorkerWould) {
  TransformArguments arguments;
  arguments.config_file = scratch_.write("config.json", R"({"value.converter.schemas.enable":"true"})");
  arguments.worker_file = scratch_.write("worker.properties",
                                         "bootstrap.servers=127.0.0.1:1\nkey.converter=StringConverter\nvalue.converter=StringConverter\n"
                                         "value.convertor=x\n");
  EXPECT_EQ(run(arguments, R"({"topic":"t","value":"plain"})"), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(R"("value":"plain")"));
  EXPECT_THAT(err_, HasSubstr("\"value.converter.schemas.enable\" is ignored"));
  EXPECT_THAT(err_, HasSubstr("\"value.convertor\" is ignored; did you mean \"value.converter\"?"));
}

TEST_F(TransformTest, AClassThatIsNotFoundHasItsNearestName) {
  EXPECT_EQ(run(R"({"transforms":"a","transforms.a.type":"Casst$Value","transforms.a.spec":"int32"})", ""), 1);
  EXPECT_THAT(err_, HasSubstr("transforms.a.type: did you mean \"Cast$Value\"?"));
}

TEST_F(TransformTest, KeysThatWereMeantForTheChainAreNotLost) {
  EXPECT_EQ(run(R"({"transform":"a","value.convertor":"StringConverter","file":"/tmp/x","values":"y"})", ""), 0);
  EXPECT_THAT(err_, HasSubstr("\"transform\" is ignored; did you mean \"transforms\"?"));
  EXPECT_THAT(err_, HasSubstr("\"value.convertor\" is ignored; did you mean \"value.converter\"?"));
  EXPECT_THAT(err_, ::testing::Not(HasSubstr("file")));
  EXPECT_EQ(run(R"({"transform":"a"})", "", true), 1);
}

TEST(RecordLines, RefuseWhatIsWrong) {
  for (const char* line : {"[]", "{}", R"({"topic":1})", R"({"topic":"t","partition":"x"})",
                           R"({"topic":"t","timestamp":1.5})", R"({"topic":"t","headers":[["a"]]})",
                           R"({"topic":"t","key_base64":"*"})", R"({"topic":"t","valeu":""})"}) {
    EXPECT_FALSE(parse_record_line(line)) << line;
  }
  const auto record =
      parse_record_line(R"({"topic":"t","value":{"a":1.50},"headers":[["h",{"base64":"AAE="}]]})");
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->value, "{\"a\":1.50}");
  EXPECT_EQ(record->headers[0].second, std::string("\0\1", 2));
}

}  // namespace
}  // namespace weir::runtime::cli
