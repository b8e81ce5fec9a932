#include "support/partner/partner.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <sstream>

#include "support/files.hpp"
#include "support/partner/schema_validator.hpp"
#include "support/process.hpp"

namespace weir::test {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string schema(const std::string& name) {
  return std::string(WEIR_SCHEMAS) + "/" + name + ".schema.json";
}

std::vector<std::string> generate(const std::string& arguments) {
  std::vector<std::string> argv = {"python3", WEIR_RECEIPTS "/generate"};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) {
    argv.push_back(word);
  }
  Outcome outcome = run(argv);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  std::vector<std::string> lines;
  std::istringstream text(outcome.out);
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  return lines;
}

class PartnerTest : public testing::Test {
 protected:
  static PartnerRequest post(std::string_view body, std::string_view key = "k1") {
    PartnerRequest request;
    request.method = "POST";
    request.target = "/v1/receipts";
    request.body = body;
    request.idempotency_key = key;
    return request;
  }

  Partner::Clock::time_point now_{seconds(1780000000)};
};

TEST_F(PartnerTest, SignatureIsHmacSha256InLowerCaseHex) {
  // RFC 4231, test case 2
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_F(PartnerTest, OnePassKnowsAnIdempotencyKey) {
  Partner partner({PartnerKind::onepass});
  const std::string body = R"({"receiptId":"S-1"})";
  EXPECT_EQ(partner.handle(post(body), now_).status, 201U);
  EXPECT_EQ(partner.handle(post(body), now_).status, 200U);
  EXPECT_EQ(partner.handle(post(R"({"receiptId":"S-1","x":1})"), now_).status, 409U);
  EXPECT_EQ(partner.handle(post(body, ""), now_).status, 400U);
  EXPECT_EQ(partner.handle(post("{", "k2"), now_).status, 400U);
  EXPECT_EQ(partner.handle(post("{}", "k2"), now_).status, 422U);
  EXPECT_EQ(partner.handle(post(std::string(256 * 1024 + 1, ' '), "k2"), now_).status, 413U);
  EXPECT_EQ(partner.handle(post(body, "k2"), now_).status, 201U) << "another key, another receipt";
  json::object stats = partner.stats();
  EXPECT_EQ(stats["accepted"], 2);
  EXPECT_EQ(stats["repeats"], 1);
  EXPECT_EQ(stats["repeats_under_another_key"], 1);
  EXPECT_EQ(stats["repeats_with_another_body"], 1);
  EXPECT_EQ(partner.receipts(),
            R"({"id":"S-1","idempotency_key":"k1","posts":2,"order":0,"body":{"receiptId":"S-1"}})"
            "\n"
            R"({"id":"S-1","idempotency_key":"k2","posts":1,"order":1,"body":{"receiptId":"S-1"}})"
            "\n");
}

TEST_F(PartnerTest, OnePassTokenLivesItsTime) {
  PartnerOptions options{PartnerKind::onepass};
  options.client_id = "weir";
  options.client_secret = "s:e&c";
  Partner partner(options);
  const std::string body = R"({"receiptId":"S-1"})";
  EXPECT_EQ(partner.handle(post(body), now_).status, 401U);

  PartnerRequest ask;
  ask.method = "POST";
  ask.target = "/oauth/token";
  ask.body = "grant_type=client_credentials&client_id=weir&client_secret=wrong";
  EXPECT_EQ(partner.handle(ask, now_).status, 401U);
  ask.body = "grant_type=client_credentials&client_id=weir&client_secret=s%3Ae%26c";
  PartnerAnswer answer = partner.handle(ask, now_);
  ASSERT_EQ(answer.status, 200U);
  ask.body = "grant_type=client_credentials";
  ask.authorization = "Basic d2VpcjpzJTNBZSUyNmM=";  // weir:s%3Ae%26c
  EXPECT_EQ(partner.handle(ask, now_).status, 200U);

  json::object token = json::parse(answer.body).as_object();
  EXPECT_EQ(token["expires_in"], 300);
  const std::string bearer = "Bearer " + std::string(token["access_token"].as_string());
  PartnerRequest request = post(body);
  request.authorization = bearer;
  EXPECT_EQ(partner.handle(request, now_ + seconds(299)).status, 201U);
  EXPECT_EQ(partner.handle(request, now_ + seconds(300)).status, 401U);
}

TEST_F(PartnerTest, SlypChecksKeyAndSignatureAndAnswersPreviousSuccess) {
  PartnerOptions options{PartnerKind::slyp};
  options.api_key = "key";
  options.hmac_secret = "secret";
  Partner partner(options);
  const std::string body = R"({"external_id":"S-1"})";
  const std::string signature = hmac_sha256_hex("secret", "1780000000." + body);
  PartnerRequest request = post(body);
  request.timestamp = "1780000000";
  request.signature = signature;
  EXPECT_EQ(partner.handle(request, now_).status, 401U);
  request.api_key = "key";
  EXPECT_EQ(partner.handle(request, now_ + seconds(301)).status, 401U);
  EXPECT_EQ(partner.handle(request, now_).status, 201U);
  EXPECT_EQ(partner.handle(request, now_).status, 303U);
  request.body = R"({"external_id":"S-2"})";
  EXPECT_EQ(partner.handle(request, now_).status, 401U);
}

TEST_F(PartnerTest, RetryAfterIsSecondsAtOnePassAndADateAtSlyp) {
  PartnerAnswer onepass = Partner({PartnerKind::onepass}).throttled(seconds(7), now_);
  EXPECT_EQ(onepass.status, 429U);
  EXPECT_EQ(onepass.headers.at(0).second, "7");
  PartnerAnswer slyp = Partner({PartnerKind::slyp}).throttled(seconds(7), now_ + milliseconds(1));
  EXPECT_EQ(slyp.headers.at(0).second, http_date(now_ + seconds(8)));
  EXPECT_EQ(http_date(Partner::Clock::time_point(seconds(784111777))),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_F(PartnerTest, RemembersItsReceiptsOverARestart) {
  TempDir dir;
  PartnerOptions options{PartnerKind::onepass};
  options.state_dir = dir.path();
  std::string before;
  {
    Partner partner(options);
    partner.handle(post(R"({"receiptId":"S-1","price":1.50})"), now_);
    partner.handle(post(R"({"receiptId":"S-1","price":1.50})"), now_);
    before = partner.receipts();
  }
  write_file(dir.path() / "receipts.ndjson",
             read_file(dir.path() / "receipts.ndjson") + "{\"id\":\"half");
  Partner again(options);
  EXPECT_EQ(again.receipts(), before);
  EXPECT_EQ(again.handle(post(R"({"receiptId":"S-1","price":1.50})"), now_).status, 200U);
}

TEST_F(PartnerTest, GeneratedDocumentsPassTheSchemas) {
  SchemaValidator store(schema("store-transaction"));
  SchemaValidator online(schema("online-order"));
  SchemaValidator onepass(schema("onepass-receipt"));
  SchemaValidator slyp(schema("slyp-receipt"));
  auto expect_valid = [](const SchemaValidator& validator, const std::string& line) {
    if (line != "null") {
      for (const SchemaError& error : validator.check(json::parse(line))) {
        ADD_FAILURE() << error.pointer << " " << error.message << " in " << line;
      }
    }
  };
  for (const std::string& line : generate("--count 300 --seed 11")) {
    expect_valid(line.starts_with(R"({"msgId")") ? store : online, line);
  }
  for (const std::string& line : generate("--count 300 --seed 11 --expected onepass")) {
    expect_valid(onepass, line);
  }
  for (const std::string& line : generate("--count 300 --seed 11 --expected slyp")) {
    expect_valid(slyp, line);
  }
}

TEST_F(PartnerTest, SchemaErrorsSayWhereAndWhy) {
  SchemaValidator store(schema("store-transaction"));
  json::value sale = json::parse(generate("--count 1 --scenario store_sms_slyp").at(0));
  json::value broken = sale;
  broken.at("txnTs") = "14/03/2026";
  broken.at("items").at(0).at("qty") = "two";
  std::vector<SchemaError> errors = store.check(broken);
  EXPECT_GE(errors.size(), 3U);
  auto has = [&](const std::string& pointer) {
    return std::any_of(errors.begin(), errors.end(),
                       [&](const SchemaError& error) { return error.pointer == pointer; });
  };
  EXPECT_TRUE(has("/txnTs"));
  EXPECT_TRUE(has("/items/0/qty"));
  broken = sale;
  broken.at("cust").at("mobile") = std::string(900000, '1');  // std::regex overflows the stack here
  EXPECT_FALSE(store.check(broken).empty());
}

TEST_F(PartnerTest, EveryInvalidSampleIsRefused) {
  SchemaValidator store(schema("store-transaction"));
  int seen = 0;
  for (const std::string& line : generate("--count 14 --keyed --invalid 7")) {
    if (line.starts_with("invalid-")) {
      ++seen;
      boost::system::error_code error;
      json::value document = json::parse(line.substr(line.find('\t') + 1), error);
      EXPECT_TRUE(error || !store.check(document).empty()) << line;
    }
  }
  EXPECT_EQ(seen, 7);
}

}  // namespace
}  // namespace weir::test
