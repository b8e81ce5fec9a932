// Connector snowflake: records into Snowflake tables over ODBC, exactly once; the same into any other ODBC database.
#pragma once

#include <weir/component.hpp>
#include <weir/odbc/table_sink.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::snowflake {

enum class SinkMode : std::uint8_t { append, merge };
enum class NullValues : std::uint8_t { row, ignore };

struct Config : weir::odbc::ConnectionOptions {
  std::string url_name;
  std::string user_name;
  std::string role_name;
  std::string database_name;
  std::string schema_name;
  std::string warehouse_name;
  std::string driver{"SnowflakeDSIIDriver"};
  std::string authenticator{"snowflake_jwt"};
  weir::Secret private_key;
  weir::Secret private_key_passphrase;
  std::vector<std::string> topic2table;
  bool schematization{false};
  bool metadata_all{true};
  bool metadata_createtime{true};
  bool metadata_topic{true};
  bool metadata_offset_and_partition{true};
  bool metadata_push_time{true};
  std::string autocreate_table_type{"snowflake"};
  NullValues on_null{NullValues::row};
  bool fail_on_authorization_errors{false};
  SinkMode sink_mode{SinkMode::append};
  std::vector<std::string> pk_fields;
  std::int32_t flush_rows{10'000};
  std::int32_t statement_rows{200};
  std::string offsets_table{"WEIR_OFFSETS"};
  weir::odbc::OnRegression offset_on_regression{weir::odbc::OnRegression::fail};
};

/// Where to connect: connection.url as it is, or the keywords of Snowflake's driver from the snowflake.* keys.
weir::odbc::ConnectionOptions connection_options(const Config& config);

/// What the configuration means for the sink's engine.
weir::odbc::TableSinkOptions sink_options(const Config& config);

class SnowflakeSink final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "snowflake";
  static constexpr std::array<std::string_view, 2> kAliases{
      "com.snowflake.kafka.connector.SnowflakeSinkConnector",
      "com.snowflake.kafka.connector.SnowflakeStreamingSinkConnector"};
  static constexpr std::string_view kDoc =
      "Writes records into Snowflake tables over ODBC, exactly once: appended, or merged by key. With connection.url it does "
      "the same in PostgreSQL, SQLite and others.";
  static weir::ConfigDef<Config> describe();

  SnowflakeSink(const Config& config, weir::Task task);

  weir::Result<void> open(std::span<weir::TopicPartition> partitions) override { return sink_.open(partitions); }
  void close(std::span<const weir::TopicPartition> partitions, bool) override { sink_.close(partitions); }
  weir::Result<void> put(weir::Batch& batch) override { return sink_.put(batch); }

 private:
  weir::odbc::TableSink sink_;
};

}  // namespace weir::connectors::snowflake
