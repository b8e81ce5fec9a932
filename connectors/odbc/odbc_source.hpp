// Connector odbc_source: rows of tables, views and queries into topics.
#pragma once

#include "horizon.hpp"
#include "row_reader.hpp"
#include "snapshot.hpp"
#include "source_config.hpp"

#include <weir/component.hpp>
#include <weir/odbc/connection.hpp>
#include <weir/odbc/statement.hpp>
#include <weir/odbc/table.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::connectors::odbc {

class OdbcSource final : public weir::Source {
 public:
  static constexpr std::string_view kType = "odbc_source";
  static constexpr std::string_view kDoc =
      "Reads tables, views and queries through an ODBC driver: everything, new rows, or the differences to what was sent.";
  static weir::ConfigDef<OdbcSourceConfig> describe() { return describe_source(); }
  /// Tables are shared out among the tasks; a query has one.
  static weir::Result<std::vector<weir::ConfigMap>> task_configs(const weir::ConfigMap& config, std::uint32_t max_tasks);

  OdbcSource(OdbcSourceConfig config, weir::Task task);
  ~OdbcSource() override;

  weir::Result<void> start() override;
  weir::Result<void> poll(weir::Batch& batch, std::chrono::milliseconds max_wait) override;

 private:
  struct Position {
    std::optional<std::int64_t> incrementing;
    std::string timestamp;  ///< as the database writes it; empty: none
  };
  /// A row that snapshot.diff found changed, or a key that is gone (value null), until it is sent.
  struct Change {
    weir::Value key;
    weir::Value value;
    std::size_t bucket{0};
  };
  struct Stream {
    explicit Stream(const OdbcSourceConfig& config) : reader(config) {}
    std::string table;  ///< empty: the query
    std::string topic;
    RowReader reader;
    std::chrono::steady_clock::time_point due;
    Position position;         ///< of the last row that was sent
    Position safe;             ///< timestamp: all rows up to here were sent
    std::optional<weir::odbc::Statement> open;  ///< stands on a row that is not sent yet
    Horizon horizon;
    Snapshot sent;
    weir::OwnedArena arena;    ///< of changes
    std::deque<Change> changes;
  };

  weir::Result<void> read(Stream& stream, weir::Batch& batch);
  weir::odbc::Outcome<void> query(Stream& stream);
  /// Up to where the stream may be read (of a time also without a database that tells); nullopt: nothing is settled yet.
  weir::odbc::Outcome<std::optional<std::string>> until(Stream& stream, const std::string& horizon_sql);
  weir::odbc::Outcome<void> send_rows(Stream& stream, weir::Batch& batch);
  weir::odbc::Outcome<void> compare(Stream& stream);
  void send_changes(Stream& stream, weir::Batch& batch);
  bool full(const weir::Batch& batch) const { return batch.size() >= static_cast<std::size_t>(config_.batch_max_rows); }
  weir::Value source_partition(const Stream& stream, std::optional<std::size_t> bucket, weir::Arena arena) const;
  weir::Value source_offset(const Position& position, weir::Arena arena) const;
  weir::Result<void> load(Stream& stream);
  weir::Error failed(Stream& stream, const weir::odbc::SqlError& error);

  OdbcSourceConfig config_;
  weir::Task task_;
  weir::odbc::Connection connection_;
  weir::odbc::TableCatalog catalog_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::optional<weir::Error> broken_;  // a configuration that turned out wrong
  weir::Metric rows_;
  weir::Metric queries_;
};

}  // namespace weir::connectors::odbc
