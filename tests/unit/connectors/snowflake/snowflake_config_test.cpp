#include "snowflake_sink.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir::connectors::snowflake {
namespace {

Config parse(const ConfigMap& config, ConfigProblems& problems) { return SnowflakeSink::describe().parse(config, problems); }

std::string problem_keys(const ConfigMap& config) {
  ConfigProblems problems;
  (void)parse(config, problems);
  std::string out;
  for (const auto& p : problems) {
    out.append(out.empty() ? "" : " ").append(p.key);
  }
  return out;
}

const ConfigMap kAccount{{"snowflake.url.name", "https://org-acc.snowflakecomputing.com:443"},
                         {"snowflake.user.name", "weir"},
                         {"snowflake.role.name", "loader"},
                         {"snowflake.database.name", "RETAIL"},
                         {"snowflake.schema.name", "PUBLIC"},
                         {"snowflake.warehouse.name", "WH"},
                         {"snowflake.private.key", "-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n-----END PRIVATE KEY-----\n"}};

TEST(SnowflakeConfig, NeedsAnAccountOrAUrl) {
  EXPECT_EQ(problem_keys({}),
            "snowflake.url.name snowflake.user.name snowflake.role.name snowflake.database.name snowflake.schema.name "
            "snowflake.warehouse.name snowflake.private.key");
  EXPECT_EQ(problem_keys({{"connection.url", "DSN=x"}}), "");
  EXPECT_EQ(problem_keys(kAccount), "");
}

TEST(SnowflakeConfig, ConnectionStringOfTheVendorsDriver) {
  ConfigProblems problems;
  ConfigMap config = kAccount;
  config["snowflake.private.key.passphrase"] = "p}w";
  const auto o = connection_options(parse(config, problems));
  EXPECT_EQ(weir::odbc::connection_string(o, weir::odbc::DialectKind::snowflake),
            "Driver={SnowflakeDSIIDriver};Server={org-acc.snowflakecomputing.com};Account={org-acc};Role={loader};Database={RETAIL};"
            "Schema={PUBLIC};Warehouse={WH};Authenticator={SNOWFLAKE_JWT};PRIV_KEY_BASE64={AAAABBBB};PRIV_KEY_PWD={p}}w};UID={weir}");
  EXPECT_EQ(o.dialect_name, "snowflake");
  config["snowflake.authenticator"] = "programmatic_access_token";
  config["connection.password"] = "tok";
  EXPECT_NE(connection_options(parse(config, problems)).connection_url.find("TOKEN={tok}"), std::string::npos);
}

TEST(SnowflakeConfig, MergeNeedsKeysAndColumns) {
  const ConfigMap base{{"connection.url", "DSN=x"}, {"sink.mode", "merge"}};
  EXPECT_EQ(problem_keys(base), "pk.fields snowflake.enable.schematization");
  ConfigMap good = base;
  good["pk.fields"] = "ID";
  good["snowflake.enable.schematization"] = "true";
  EXPECT_EQ(problem_keys(good), "");
}

TEST(SnowflakeConfig, RefusesWhatItDoesNotDo) {
  EXPECT_EQ(problem_keys({{"connection.url", "x"}, {"snowflake.autocreate.table.type", "iceberg"}}), "snowflake.autocreate.table.type");
  EXPECT_EQ(problem_keys({{"connection.url", "x"}, {"snowflake.authenticator", "oauth"}}), "snowflake.authenticator");
  EXPECT_EQ(problem_keys({{"connection.url", "x"}, {"snowflake.topic2table.map", "a"}}), "snowflake.topic2table.map");
}

TEST(SnowflakeConfig, SecretsArePasswords) {
  const auto definition = SnowflakeSink::describe();
  for (const weir_config_key& key : definition.keys()) {
    const std::string_view name = text_of(key.name);
    const bool secret = name == "connection.password" || name.substr(0, 21) == "snowflake.private.key";
    EXPECT_EQ(key.type == WEIR_CONFIG_PASSWORD, secret) << name;
  }
}

}  // namespace
}  // namespace weir::connectors::snowflake
