#include "snowflake_sink.hpp"

#include "table_names.hpp"

#include <utility>

namespace weir::connectors::snowflake {

using weir::odbc::braced;
using weir::odbc::InsertMode;
using weir::odbc::OnNull;
using weir::odbc::OnRegression;
using weir::odbc::PkMode;

namespace {

void check(const Config& c, weir::ConfigProblems& problems) {
  auto refuse = [&](std::string key, std::string why) { problems.push_back({std::move(key), std::move(why)}); };
  if (c.connection_url.empty()) {
    const std::pair<const char*, const std::string*> needed[] = {
        {"snowflake.url.name", &c.url_name},           {"snowflake.user.name", &c.user_name},
        {"snowflake.role.name", &c.role_name},         {"snowflake.database.name", &c.database_name},
        {"snowflake.schema.name", &c.schema_name},     {"snowflake.warehouse.name", &c.warehouse_name}};
    for (const auto& [key, value] : needed) {
      if (value->empty()) {
        refuse(key, std::string("Missing required configuration \"") + key + "\": it is needed when connection.url is not set.");
      }
    }
    if (c.authenticator == "snowflake_jwt" && c.private_key.empty()) {
      refuse("snowflake.private.key", "snowflake.authenticator=snowflake_jwt needs snowflake.private.key");
    }
    if (c.authenticator == "programmatic_access_token" && c.connection_password.empty()) {
      refuse("connection.password", "snowflake.authenticator=programmatic_access_token takes the token from connection.password");
    }
  }
  if (c.sink_mode == SinkMode::merge && c.pk_fields.empty()) {
    refuse("pk.fields", "sink.mode=merge needs pk.fields");
  }
  if (c.sink_mode == SinkMode::merge && !c.schematization) {
    refuse("snowflake.enable.schematization", "sink.mode=merge needs a column for each member: set it to true");
  }
  if (auto names = TableNames::parse(c.topic2table); !names) {
    refuse("snowflake.topic2table.map", names.error().message);
  }
}

}  // namespace

weir::ConfigDef<Config> SnowflakeSink::describe() {
  return weir::odbc::describe_connection(weir::ConfigDef<Config>{})
      .default_value("connection.url", "")
      .field("snowflake.url.name", &Config::url_name, "Host of the account; required without `connection.url`.")
      .group("Snowflake")
      .field("snowflake.user.name", &Config::user_name, "User; required without `connection.url`.")
      .group("Snowflake")
      .field("snowflake.role.name", &Config::role_name, "Role; required without `connection.url`.")
      .group("Snowflake")
      .field("snowflake.database.name", &Config::database_name, "Database; required without `connection.url`.")
      .group("Snowflake")
      .field("snowflake.schema.name", &Config::schema_name, "Schema; required without `connection.url`.")
      .group("Snowflake")
      .field("snowflake.warehouse.name", &Config::warehouse_name, "Warehouse; required without `connection.url`.")
      .group("Snowflake")
      .field("snowflake.driver", &Config::driver, "Name under which Snowflake's ODBC driver is installed.")
      .group("Snowflake")
      .field("snowflake.authenticator", &Config::authenticator, "How to log in.")
      .one_of({"snowflake_jwt", "programmatic_access_token"})
      .group("Snowflake")
      .field("snowflake.private.key", &Config::private_key, "For snowflake_jwt: PEM, or its bare base64.")
      .group("Snowflake")
      .field("snowflake.private.key.passphrase", &Config::private_key_passphrase, "Of an encrypted private key.")
      .group("Snowflake")
      .field("snowflake.topic2table.map", &Config::topic2table,
             "`topic:table` pairs; a topic may be a regular expression. Others go to the table of their own name.")
      .group("Table")
      .field("snowflake.enable.schematization", &Config::schematization,
             "true: a column for each member of the value. false: RECORD_CONTENT, RECORD_METADATA and the Kafka coordinates.")
      .importance(weir::Importance::high)
      .group("Table")
      .field("snowflake.metadata.all", &Config::metadata_all, "false: no RECORD_METADATA.")
      .group("Table")
      .field("snowflake.metadata.createtime", &Config::metadata_createtime, "Record time in RECORD_METADATA.")
      .group("Table")
      .field("snowflake.metadata.topic", &Config::metadata_topic, "Topic in RECORD_METADATA.")
      .group("Table")
      .field("snowflake.metadata.offset.and.partition", &Config::metadata_offset_and_partition,
             "Partition and offset in RECORD_METADATA.")
      .group("Table")
      .field("snowflake.streaming.metadata.connectorPushTime", &Config::metadata_push_time,
             "Time of writing in RECORD_METADATA.")
      .group("Table")
      .field("snowflake.autocreate.table.type", &Config::autocreate_table_type,
             "snowflake: missing tables are created, missing columns added. none: neither.")
      .one_of({"snowflake", "none"})
      .group("Table")
      .choice("behavior.on.null.values", &Config::on_null, {{"DEFAULT", NullValues::row}, {"IGNORE", NullValues::ignore}},
              "A record without a value: a row with null content, or no row. With schematization there is never a row.")
      .group("Write")
      .field("enable.task.fail.on.authorization.errors", &Config::fail_on_authorization_errors,
             "true: a refused login stops the task. false: the circuit breaker opens and tries again.")
      .group("Write")
      .choice("sink.mode", &Config::sink_mode, {{"append", SinkMode::append}, {"merge", SinkMode::merge}},
              "append: every record is a row. merge: a row for each key, the last record wins.")
      .importance(weir::Importance::high)
      .group("Write")
      .field("pk.fields", &Config::pk_fields, "Members of the value that are the key of sink.mode=merge.")
      .group("Write")
      .field("flush.rows", &Config::flush_rows, "Most records in one transaction.")
      .at_least(1)
      .group("Write")
      .field("statement.rows", &Config::statement_rows, "Most rows in one statement.")
      .between(1, 10'000)
      .group("Write")
      .field("offsets.table", &Config::offsets_table,
             "Table of the stored offsets, written in the transaction of the rows; created if missing.")
      .non_empty()
      .group("Exactly once")
      .choice("offset.on.regression", &Config::offset_on_regression,
              {{"fail", OnRegression::fail}, {"reset", OnRegression::reset}, {"rewind", OnRegression::rewind}},
              "A topic that begins again below the stored offset: stop the task, take the lower offset, or skip what lies below.")
      .group("Exactly once")
      .check(check);
}

weir::odbc::ConnectionOptions connection_options(const Config& config) {
  weir::odbc::ConnectionOptions o = config;
  if (!config.connection_url.empty()) {
    return o;
  }
  std::string url = "Driver=" + braced(config.driver);
  auto add = [&](std::string_view key, const std::string& value) {
    url.append(";").append(key).append("=").append(braced(value));
  };
  std::string_view host = config.url_name;
  if (const auto scheme = host.find("://"); scheme != std::string_view::npos) {
    host.remove_prefix(scheme + 3);
  }
  host = host.substr(0, host.find_first_of(":/"));
  add("Server", std::string(host));
  add("Account", std::string(host.substr(0, host.find(".snowflakecomputing."))));
  add("Role", config.role_name);
  add("Database", config.database_name);
  add("Schema", config.schema_name);
  add("Warehouse", config.warehouse_name);
  if (config.authenticator == "snowflake_jwt") {
    std::string key;  // the body of a PEM is the bare form
    std::string_view rest = config.private_key.text();
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      if (line.substr(0, 5) != "-----") {
        for (char c : line) {
          if (c != '\r' && c != ' ') {
            key.push_back(c);
          }
        }
      }
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    add("Authenticator", "SNOWFLAKE_JWT");
    add("PRIV_KEY_BASE64", key);
    if (!config.private_key_passphrase.empty()) {
      add("PRIV_KEY_PWD", config.private_key_passphrase.text());
    }
  } else {
    add("Authenticator", "PROGRAMMATIC_ACCESS_TOKEN");
    add("TOKEN", config.connection_password.text());
    o.connection_password = weir::Secret();
  }
  o.connection_url = url;
  o.connection_user = config.user_name;
  o.dialect_name = "snowflake";
  return o;
}

weir::odbc::TableSinkOptions sink_options(const Config& config) {
  weir::odbc::TableSinkOptions o;
  if (config.schematization) {
    o.mapper.on_null = OnNull::ignore;
  } else {
    o.mapper.on_null = config.on_null == NullValues::ignore ? OnNull::ignore : OnNull::row;
    o.mapper.document_column = "RECORD_CONTENT";
    o.mapper.metadata_column = config.metadata_all ? "RECORD_METADATA" : "";
    o.mapper.topic_column = "KAFKA_TOPIC";
    o.mapper.partition_column = "KAFKA_PARTITION";
    o.mapper.offset_column = "KAFKA_OFFSET";
    o.mapper.ingested_at_column = "INGESTED_AT";
    o.mapper.metadata_create_time = config.metadata_createtime;
    o.mapper.metadata_topic = config.metadata_topic;
    o.mapper.metadata_offset_and_partition = config.metadata_offset_and_partition;
    o.mapper.metadata_push_time = config.metadata_push_time;
  }
  if (config.sink_mode == SinkMode::merge) {
    o.insert_mode = InsertMode::upsert;
    o.mapper.pk_mode = PkMode::record_value;
    o.mapper.pk_fields = config.pk_fields;
  }
  o.auto_create = o.auto_evolve = config.autocreate_table_type == "snowflake";
  o.batch_size = static_cast<std::size_t>(config.flush_rows);
  o.statement_rows = static_cast<std::size_t>(config.statement_rows);
  o.offsets_table = config.offsets_table;
  o.on_regression = config.offset_on_regression;
  o.fail_on_auth = config.fail_on_authorization_errors;
  return o;
}

SnowflakeSink::SnowflakeSink(const Config& config, weir::Task task)
    : sink_(task, connection_options(config), sink_options(config),
            [names = *TableNames::parse(config.topic2table)](std::string_view topic) -> weir::Result<std::string> {
              return names.table_of(topic);
            }) {}

}  // namespace weir::connectors::snowflake
