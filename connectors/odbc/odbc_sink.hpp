// Connector odbc_sink: records into the rows of tables.
#pragma once

#include <weir/component.hpp>
#include <weir/odbc/table_sink.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::odbc {

struct OdbcSinkConfig : weir::odbc::ConnectionOptions {
  std::string table_name_format{"${topic}"};
  std::vector<std::string> topics_to_tables;
  weir::odbc::InsertMode insert_mode{weir::odbc::InsertMode::insert};
  weir::odbc::PkMode pk_mode{weir::odbc::PkMode::none};
  std::vector<std::string> pk_fields;
  bool delete_enabled{false};
  bool auto_create{false};
  bool auto_evolve{false};
  std::vector<std::string> fields_whitelist;
  std::int32_t batch_size{3000};
  std::int32_t statement_rows{200};
  bool dedupe_in_batch{true};
  bool lock_order_by_pk{true};
  std::string value_json_column;
  std::string offsets_table;
  bool fencing_enabled{true};
  weir::odbc::OnRegression offset_on_regression{weir::odbc::OnRegression::fail};
};

/// What the configuration means for the sink's engine.
weir::odbc::TableSinkOptions sink_options(const OdbcSinkConfig& config);

/// table.name.format and topics.to.tables.mapping.
weir::odbc::TableNamer table_namer(const OdbcSinkConfig& config);

class OdbcSink final : public weir::Sink {
 public:
  static constexpr std::string_view kType = "odbc_sink";
  static constexpr std::string_view kDoc =
      "Writes records into tables through an ODBC driver: insert, upsert, update, delete; exactly once with an offsets table.";
  static weir::ConfigDef<OdbcSinkConfig> describe();

  OdbcSink(const OdbcSinkConfig& config, weir::Task task);

  weir::Result<void> open(std::span<weir::TopicPartition> partitions) override { return sink_.open(partitions); }
  void close(std::span<const weir::TopicPartition> partitions, bool) override { sink_.close(partitions); }
  weir::Result<void> put(weir::Batch& batch) override { return sink_.put(batch); }

 private:
  weir::odbc::TableSink sink_;
};

}  // namespace weir::connectors::odbc
